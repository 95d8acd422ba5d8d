"""Who is asking, and whether this route is theirs. Every route names one permission; none is open by default."""

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from flask import Flask, abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from grants.kernel import clock
from grants.people.models import Person
from grants.people.roles import Permission, Role

P = ParamSpec("P")
R = TypeVar("R", bound=ResponseReturnValue)
View = Callable[P, ResponseReturnValue]

_OPEN_ENDPOINTS = {"static"}


def me() -> Person:
    """The person signed in; only behind a route that asks for one."""
    return cast(Person, current_user)


def signed_in() -> bool:
    return bool(current_user.is_authenticated)


def may(permission: Permission | str) -> bool:
    """Whether whoever is asking may do this today. For menus and buttons; routes and queries decide for real."""
    if permission == Permission.PUBLIC:
        return True
    return signed_in() and (permission == Permission.SIGNED_IN or me().may_on(clock.today(), Permission(permission)))


def my_councils(*roles: Role, on: date | None = None) -> set[int]:
    """Ids of the councils I act for today, in one of `roles` where any are named."""
    return me().councils_on(on or clock.today(), *roles)


def requires(permission: Permission) -> Callable[[View[P]], View[P]]:
    """Let a view be reached only by those who hold `permission`; others are asked to sign in, or told no."""

    def guard(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            if permission is not Permission.PUBLIC and not signed_in():
                return _ask_to_sign_in()
            if not may(permission):
                abort(403)
            return view(*args, **kwargs)

        cast(Any, guarded).permission = permission
        return guarded

    return guard


def _ask_to_sign_in() -> ResponseReturnValue:
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("people.sign_in", next=back))


def check_every_route(app: Flask) -> None:
    """Refuse to start with a route that nobody gave a permission."""
    naked = [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in _OPEN_ENDPOINTS and not hasattr(app.view_functions[rule.endpoint], "permission")
    ]
    if naked:
        raise RuntimeError(f"routes without a permission: {', '.join(sorted(naked))}")


def own_path(path: str | None) -> str | None:
    """`path` if it stays inside the product: one leading slash, no host, no scheme, no blanks or backslashes."""
    if not path or not path.startswith("/") or path.startswith("//"):
        return None
    if "\\" in path or any(ord(character) <= 32 for character in path):
        return None
    return path


def absolute(path: str) -> str:
    """An address for an e-mail: from the configuration, never from what a request says its host is."""
    return str(current_app.config["BASE_URL"]) + path
