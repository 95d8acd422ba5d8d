"""Settings: environment variables in, a dictionary for Flask out. docs/operator.md has the same table in words."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
MAIL_BACKENDS = ("console", "file", "smtp", "locmem")


class Misconfigured(Exception):
    """The product will not start like this. The text says what to set."""


def settings(environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What the environment asks for, with defaults under which a fresh checkout runs on its own machine."""
    given = os.environ if environment is None else environment
    instance = Path(given.get("GRANTS_INSTANCE", ROOT / "instance"))
    production = given.get("GRANTS_ENVIRONMENT", "development") == "production"
    port = given.get("PORT", "8000")
    backend = given.get("MAIL_BACKEND", "file")
    if backend not in MAIL_BACKENDS:
        raise Misconfigured(f"MAIL_BACKEND is {backend!r}; it may be {', '.join(MAIL_BACKENDS)}.")
    return {
        "PRODUCTION": production,
        "INSTANCE": instance,
        "SECRET_KEY": given.get("SECRET_KEY") or _development_key(instance, production),
        "SQLALCHEMY_DATABASE_URI": database_url(given.get("DATABASE_URL") or f"sqlite:///{instance / 'grants.sqlite'}"),
        "BASE_URL": given.get("BASE_URL", f"http://127.0.0.1:{port}").rstrip("/"),
        "ATTACHMENT_STORE": given.get("ATTACHMENT_STORE", str(instance / "attachments")),
        "CLAMD": given.get("CLAMD", ""),
        "MAX_CONTENT_LENGTH": int(given.get("MAX_UPLOAD_MB", "100")) * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 4 * 1024 * 1024,
        "MAX_FORM_PARTS": 5000,
        "MAIL_BACKEND": backend,
        "MAIL_FILE_PATH": str(instance / "mail"),
        "MAIL_SERVER": given.get("MAIL_SERVER", "127.0.0.1"),
        "MAIL_PORT": int(given.get("MAIL_PORT", "25")),
        "MAIL_USERNAME": given.get("MAIL_USERNAME"),
        "MAIL_PASSWORD": given.get("MAIL_PASSWORD"),
        "MAIL_USE_TLS": given.get("MAIL_USE_TLS", "") == "1",
        "MAIL_USE_SSL": given.get("MAIL_USE_SSL", "") == "1",
        "MAIL_TIMEOUT": 15,
        "MAIL_DEFAULT_SENDER": given.get("MAIL_FROM", "grants@example.org"),
        "PROXY_HOPS": int(given.get("PROXY_HOPS", "0")),
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": given.get("BASE_URL", "").startswith("https://"),
        "WTF_CSRF_TIME_LIMIT": None,
    }


def database_url(url: str) -> str:
    """The same address with psycopg 3 named, which a bare `postgresql://` leaves open."""
    for scheme in ("postgres://", "postgresql://"):
        if url.startswith(scheme):
            return "postgresql+psycopg://" + url.removeprefix(scheme)
    return url


def _development_key(instance: Path, production: bool) -> str:
    """A secret of this checkout's own, made once; in production it must be given."""
    if production:
        raise Misconfigured("Set SECRET_KEY: in production the product does not make one up.")
    kept = instance / "secret_key"
    if not kept.exists():
        instance.mkdir(parents=True, exist_ok=True)
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_hex(32))
    return kept.read_text()
