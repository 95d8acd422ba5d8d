"""Browsers from which somebody signed in before. A stranger's wrong guesses lock an account, but not them.

The cookie is signed, holds no secret, and opens nothing without the password: it only gives this browser ten tries of
its own while the account rests. So nobody can keep a council out on deadline day by typing wrong passwords elsewhere.
"""

from datetime import timedelta

from flask import Response, current_app, request
from itsdangerous import BadData, URLSafeSerializer

from grants.kernel.db import new_key
from grants.people.models import Person

_COOKIE = "known_browser"
_KEPT = timedelta(days=365)
_MOST_PEOPLE = 5


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.config["SECRET_KEY"]), salt="known-browser")


def known_here() -> dict[str, str]:
    """Keys of the people who have signed in with this browser, each with the browser's own name for that person."""
    try:
        said = _signer().loads(request.cookies.get(_COOKIE, ""))
    except BadData:
        return {}
    return {str(person): str(browser) for person, browser in said.items()} if isinstance(said, dict) else {}


def remember(answer: Response, person: Person) -> Response:
    """Let this browser be known for `person` from now on, and for the few who used it last."""
    known = known_here()
    name = known.pop(person.key, "") or new_key()
    kept = dict([*known.items(), (person.key, name)][-_MOST_PEOPLE:])
    answer.set_cookie(
        _COOKIE,
        _signer().dumps(kept),
        max_age=_KEPT,
        httponly=True,
        samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
    )
    return answer
