"""Grants for English councils: rounds, bids, appraisal, awards, returns and the annexes behind a board paper."""

from pathlib import Path
from typing import Any

from flask import Flask
from flask_mailman import Mail
from flask_migrate import Migrate
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from grants import commands
from grants import config as configuration
from grants.demo import commands as demo
from grants.frame import frame
from grants.kernel.db import db
from grants.kernel.security import protect
from grants.people.access import check_every_route
from grants.rooms import register_rooms

_HERE = Path(__file__).resolve().parent


def create_app(config: dict[str, Any] | None = None) -> Flask:
    """The product, set up from the environment, `config` (of a test, say) having the last word."""
    app = Flask(__name__, template_folder=str(_HERE.parent / "templates"), static_folder=str(_HERE / "static"))
    app.config.update(configuration.settings())
    app.config.update(config or {})
    Path(app.config["INSTANCE"]).mkdir(parents=True, exist_ok=True)
    if app.config["PROXY_HOPS"]:
        hops = app.config["PROXY_HOPS"]
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    db.init_app(app)
    Migrate(app, db, directory=str(_HERE.parent / "migrations"), render_as_batch=True)
    Mail(app)
    CSRFProtect(app)
    protect(app)
    frame(app)
    register_rooms(app)
    commands.register(app)
    demo.register(app)
    check_every_route(app)
    return app
