"""What every answer carries, and what no request may bring."""

import secrets

from flask import Flask, Response, abort, g, request
from werkzeug.routing import IntegerConverter

from grants.kernel.arrival import note_arrivals

_SAFE = ("GET", "HEAD", "OPTIONS")


class RowNumber(IntegerConverter):
    """A number in an address that some row may have: a larger one is no row's, and no database takes it."""

    regex = r"[0-9]{1,9}"


def protect(app: Flask) -> None:
    """Nonce CSP and its company on every answer; no state change asked for by another site."""
    app.url_map.converters["int"] = RowNumber
    note_arrivals(app)
    app.before_request(_refuse_foreign_origin)
    app.before_request(_refuse_unfit_address)
    app.after_request(_add_headers)
    app.jinja_env.globals["csp_nonce"] = nonce


def nonce() -> str:
    """One for each answer: only scripts that carry it run."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def _refuse_foreign_origin() -> None:
    origin = request.headers.get("Origin")
    if request.method not in _SAFE and origin and origin != request.host_url.rstrip("/"):
        abort(403)


def _refuse_unfit_address() -> None:
    """NUL and its like in an address mean nothing good, and the two databases disagree about them."""
    if any(ord(character) < 32 for value in (request.path, *request.args.values()) for character in value):
        abort(404)


def _add_headers(answer: Response) -> Response:
    answer.headers.setdefault(
        "Content-Security-Policy",
        f"default-src 'self'; script-src 'self' 'nonce-{nonce()}'; style-src 'self'; img-src 'self' data:; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    )
    answer.headers.setdefault("X-Content-Type-Options", "nosniff")
    answer.headers.setdefault("X-Frame-Options", "DENY")
    # Not no-referrer: under it browsers send `Origin: null` with our own forms, and we would refuse them.
    answer.headers.setdefault("Referrer-Policy", "same-origin")
    answer.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
    answer.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if request.endpoint == "static":
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    else:
        answer.headers["Cache-Control"] = "no-store"
        answer.vary.add("Cookie")
    if request.is_secure:
        answer.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return answer
