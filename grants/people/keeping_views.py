"""Pages for administrators: who is here, in which roles, since when and why."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.audit.queries import trail
from grants.kernel import clock
from grants.kernel.forms import attempt
from grants.kernel.pages import page_of
from grants.people import operations
from grants.people.access import absolute, me, requires
from grants.people.bodies import council_id_named, council_names
from grants.people.forms import AppointmentForm, PeopleFilter, PersonForm, ReasonForm
from grants.people.models import Appointment, Person
from grants.people.queries import people_found, person_with
from grants.people.roles import Permission, Role

_EVENTS = 25


def add_routes(bp: Blueprint) -> None:
    """These pages belong to the blueprint of signing in, which the menu calls `people`."""
    for path, view in (
        ("/people", index),
        ("/people/new", new),
        ("/people/<key>", show),
        ("/people/<key>/link", send_link),
        ("/people/<key>/appoint", appoint),
        ("/people/<key>/appointments/<int:number>/end", end_appointment),
        ("/people/<key>/disable", disable),
        ("/people/<key>/enable", enable),
    ):
        methods = {index: ["GET"], show: ["GET"], send_link: ["POST"]}.get(view, ["GET", "POST"])
        bp.add_url_rule(path, view.__name__, view, methods=methods)


@requires(Permission.PEOPLE_MANAGE)
def index() -> ResponseReturnValue:
    asked = PeopleFilter(request.args)
    asked.validate()
    role = asked.role.data if asked.role.data in set(Role) else None
    rows = people_found(
        search="" if asked.search.errors else asked.search.data or "",
        role=Role(role) if role else None,
        active={"active": True, "disabled": False}.get(asked.state.data or ""),
        day=clock.today(),
    )
    page = page_of(rows)
    return render_template("people/index.html", page=page, asked=asked, councils=_councils_of(*page.rows))


@requires(Permission.PEOPLE_MANAGE)
def new() -> ResponseReturnValue:
    form = PersonForm()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            person = operations.add_person(
                name=form.name.data or "", email=form.email.data or "", by=me(), at=clock.now()
            )
            operations.invite(person, address_of_page=_password_page(), by=me(), at=clock.now())
        if attempted.ok:
            flash(f"{person.name} is here and gets a link to set a password. Now say in which role.")
            return redirect(url_for("people.appoint", key=person.key))
    return render_template("people/new.html", form=form)


@requires(Permission.PEOPLE_MANAGE)
def show(key: str) -> ResponseReturnValue:
    person = person_with(key)
    events = page_of(trail(person), size=_EVENTS)
    return render_template("people/show.html", person=person, events=events, councils=_councils_of(person))


@requires(Permission.PEOPLE_MANAGE)
def send_link(key: str) -> ResponseReturnValue:
    person, form = person_with(key), ReasonForm(formdata=None)
    with attempt(form) as attempted:
        operations.invite(person, address_of_page=_password_page(), by=me(), at=clock.now())
    flash(f"A link goes to {person.email}." if attempted.ok else " ".join(str(e) for e in form.form_errors))
    return redirect(url_for("people.show", key=key))


@requires(Permission.PEOPLE_MANAGE)
def appoint(key: str) -> ResponseReturnValue:
    person, form = person_with(key), AppointmentForm()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            council_id = council_id_named(form.council.data, clock.today()) if form.council.data else None
            operations.appoint(
                person,
                Role(form.role.data),
                council_id=council_id,
                by=me(),
                on=clock.today(),
                reason=form.reason.data or "",
            )
        if attempted.ok:
            flash(f"{person.name} is now {Role(form.role.data).label}.")
            return redirect(url_for("people.show", key=key))
    return render_template("people/appoint.html", form=form, person=person)


@requires(Permission.PEOPLE_MANAGE)
def end_appointment(key: str, number: int) -> ResponseReturnValue:
    person = person_with(key)
    appointment = _appointment(person, number)
    form = ReasonForm()
    if form.validate_on_submit():
        role = appointment.role
        with attempt(form) as attempted:
            operations.end_appointment(
                appointment, by=me(), on=clock.today(), at=clock.now(), reason=form.reason.data or ""
            )
        if attempted.ok:
            flash(f"{person.name} is no longer {role.label}.")
            return redirect(url_for("people.show", key=key))
    title = f"Take away the role of {appointment.role.label}"
    effect = "It holds from the next click: whatever this person has open ends, and needs a new sign-in."
    return _ask_reason(person, form, title=title, effect=effect, verb="Take the role away")


@requires(Permission.PEOPLE_MANAGE)
def disable(key: str) -> ResponseReturnValue:
    person, form = person_with(key), ReasonForm()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            operations.disable(person, by=me(), on=clock.today(), at=clock.now(), reason=form.reason.data or "")
        if attempted.ok:
            flash(f"{person.name} can no longer sign in.")
            return redirect(url_for("people.show", key=key))
    effect = "The person cannot sign in any more and is signed out everywhere. What he or she did stays as it is."
    return _ask_reason(person, form, title="Disable the account", effect=effect, verb="Disable the account")


@requires(Permission.PEOPLE_MANAGE)
def enable(key: str) -> ResponseReturnValue:
    person, form = person_with(key), ReasonForm()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            operations.enable(person, by=me(), reason=form.reason.data or "")
        if attempted.ok:
            flash(f"{person.name} can sign in again.")
            return redirect(url_for("people.show", key=key))
    effect = "The person can sign in again, with the password and the roles of before."
    return _ask_reason(person, form, title="Enable the account", effect=effect, verb="Enable the account")


def _ask_reason(person: Person, form: ReasonForm, *, title: str, effect: str, verb: str) -> ResponseReturnValue:
    return render_template("people/reason.html", person=person, form=form, title=title, effect=effect, verb=verb)


def _appointment(person: Person, number: int) -> Appointment:
    """One of this person's own, whatever number the address says."""
    return next((a for a in person.appointments if a.id == number), None) or abort(404)


def _password_page() -> str:
    return absolute(url_for("people.set_password", secret=""))


def _councils_of(*people: Person) -> dict[int, str]:
    return council_names({a.council_id for person in people for a in person.appointments if a.council_id is not None})
