"""The frame around every page: menu, formats for templates, error pages, who is signed in."""

from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from grants.kernel import clock, money
from grants.kernel.db import db, writing
from grants.people import operations
from grants.people.access import may, signed_in
from grants.people.models import Person
from grants.people.roles import Permission

_SEEN_EVERY_MINUTES = 5


@dataclass(frozen=True)
class MenuItem:
    label: str
    endpoint: str
    permission: Permission
    also: tuple[str, ...] = ()
    """Further addresses whose pages belong to it."""


MENU = (
    MenuItem("Funding rounds", "funds.rounds", Permission.PUBLIC),
    MenuItem("Bids", "bids.index", Permission.BID_READ),
    MenuItem("Eligibility", "appraisal.eligibility_list", Permission.ELIGIBILITY_CHECK),
    MenuItem("My appraisals", "appraisal.mine", Permission.BID_SCORE, ("/interests",)),
    MenuItem("Moderation", "appraisal.moderation_list", Permission.MODERATE),
    MenuItem("Flags", "appraisal.flags", Permission.FLAG_RAISE),
    MenuItem("Appraisal", "appraisal.rounds", Permission.RANKING_READ, ("/appraisers", "/feedback", "/panels")),
    MenuItem("Decisions", "allocation.rounds", Permission.DECISION_READ),
    MenuItem("Awards", "awards.index", Permission.AWARD_READ),
    MenuItem("Returns", "outcomes.index", Permission.RETURN_READ),
    MenuItem("Programme", "reports.programme", Permission.REPORTS_READ),
    MenuItem("Our people", "colleagues.mine", Permission.COUNCIL_PEOPLE_MANAGE),
    MenuItem("Councils", "councils.index", Permission.SIGNED_IN),
    MenuItem("People", "people.index", Permission.PEOPLE_MANAGE),
    MenuItem("Audit", "audit.index", Permission.AUDIT_READ),
)

_ERRORS = {
    400: ("We could not read that request", "Go back, check what you entered and try again."),
    403: ("You cannot use this page", "Your role does not include it. If you need it, ask your administrator."),
    404: (
        "Page not found",
        "If you typed the address, check it. What you look for may have moved, or not be yours to see.",
    ),
    405: ("That cannot be done here", "Go back and use the buttons on the page."),
    410: (
        "This file cannot be downloaded",
        "The virus scanner found something harmful in it. Whoever attached it has been told, and can attach another.",
    ),
    413: ("That is too large", "Make the file or the text smaller and try again."),
    423: ("This file is being checked for viruses", "Try again in a few minutes."),
    429: ("Too many tries", "Wait a few minutes and try again."),
    500: ("Sorry, something went wrong on our side", "Nothing was changed. Try again in a few minutes."),
}


def frame(app: Flask) -> None:
    """Give `app` its menu, its formats and its error pages."""
    _recognise_people(app)
    app.jinja_env.filters.update(pounds=money.pounds, day=_day, moment=_moment, label=_label, hundredths=_hundredths)
    app.jinja_env.globals.update(asset=_asset_finder(app), may=may, Permission=Permission, page_link=_page_link)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(_frame_values)
    app.register_error_handler(CSRFError, lambda error: _error_page(400))
    app.register_error_handler(HTTPException, lambda error: _error_page(error.code or 500, error))
    app.register_error_handler(InternalServerError, lambda error: _error_page(500))


def _recognise_people(app: Flask) -> None:
    manager = LoginManager(app)
    manager.session_protection = None  # the open sign-in's own row decides, not the browser's address
    manager.user_loader(_person_of)
    app.after_request(_note_visit)


def _person_of(secret: str) -> Person | None:
    sign_in = operations.current_sign_in(secret, at=clock.now())
    if sign_in is None:
        return None
    sign_in.person.sign_in_secret = secret
    request.sign_in_seen = (sign_in.id, sign_in.seen_at)  # type: ignore[attr-defined]
    return sign_in.person


def _note_visit(answer: Any) -> Any:
    """Keep an idle sign-in apart from a used one; written seldom, and in a transaction of its own."""
    seen = getattr(request, "sign_in_seen", None)
    if seen and (clock.now() - seen[1]).total_seconds() > _SEEN_EVERY_MINUTES * 60:
        db.session.rollback()
        with writing():
            operations.note_visit(seen[0], at=clock.now())
            db.session.commit()
    return answer


def _page_link(number: int) -> str:
    """The address of this page with another page number and all else as asked, but what `url_for` takes for itself."""
    typed = {name: values for name, values in request.args.lists() if name != "endpoint" and name[:1] != "_"}
    asked = {**typed, **(request.view_args or {}), "page": number}
    return url_for(request.endpoint or "people.home", **asked)


def _frame_values() -> dict[str, Any]:
    room = _room()
    known = request.routing_exception is None and request.endpoint != "people.home"  # home is no page of People
    menu = [
        {"label": item.label, "href": url_for(item.endpoint), "current": known and _leads_here(item, room)}
        for item in MENU
        if may(item.permission)
    ]
    return {"menu": menu, "is_signed_in": signed_in(), "today": clock.today()}


def _room() -> str:
    """The blueprint of the page, or, of one that has no place in the menu, the room that its file lies in."""
    name = (request.endpoint or "").split(".")[0]
    pages = current_app.blueprints.get(name)
    in_menu = any(item.endpoint.split(".")[0] == name for item in MENU)
    return name if in_menu or pages is None else pages.import_name.split(".")[1]


def _leads_here(item: MenuItem, room: str) -> bool:
    """Whether this is where the menu's item leads: its room, or its own part of a room that has several items."""
    of_room = [other for other in MENU if other.endpoint.split(".")[0] == room]
    begins = tuple(f"{path}/" for path in (url_for(item.endpoint), *item.also))
    return item in of_room and (len(of_room) == 1 or f"{request.path}/".startswith(begins))


def _error_page(code: int, error: HTTPException | None = None) -> ResponseReturnValue:
    if error is not None and error.response is not None:
        return error.response
    if error is not None and code < 400:
        return error
    db.session.rollback()
    title, advice = _ERRORS.get(code, _ERRORS[400 if code < 500 else 500])
    return render_template("error.html", title=title, advice=advice, code=code), code


def _asset_finder(app: Flask) -> Any:
    known: dict[str, str] = {}

    def asset(name: str) -> str:
        """The address of a static file; its content's hash in it lets browsers keep it for ever."""
        if name not in known or app.debug:
            content = (Path(str(app.static_folder)) / name).read_bytes()
            known[name] = url_for("static", filename=name, v=sha256(content).hexdigest()[:12])
        return known[name]

    return asset


def _day(value: date | datetime | None) -> str:
    """`16 February 2018`, as London's calendar has it."""
    if value is None:
        return ""
    day = clock.london(value).date() if isinstance(value, datetime) else value
    return f"{day.day} {day:%B %Y}"


def _moment(value: datetime | None) -> str:
    """`23:59 on 16 February 2018`, London time."""
    return "" if value is None else f"{clock.london(value):%H:%M} on {_day(value)}"


def _label(value: Any) -> str:
    """A stored value as words: `sign_off` is `Sign off`."""
    return str(getattr(value, "label", "") or str(value).replace("_", " ").capitalize())


def _hundredths(value: int | None, unit: Any = "count") -> str:
    """An outcome as people write it: homes as a number, pounds as money."""
    if value is None:
        return ""
    if str(unit).startswith("pounds"):
        return money.pounds(value)
    whole, rest = divmod(value, 100)
    return f"{whole:,}.{rest:02}".rstrip("0") if rest else f"{whole:,}"
