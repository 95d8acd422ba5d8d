"""Pages for partnerships: who is in them, who was on any day, and changing that."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.councils import partnerships as operations
from grants.councils.forms import PartnershipFilter
from grants.councils.models import Membership, MembershipRole, Partnership
from grants.councils.partnership_forms import (
    AddPlaceForm,
    AsAtForm,
    ChangeHolderForm,
    EndPlaceForm,
    NewPartnershipForm,
    StarForm,
    TakeBackForm,
)
from grants.councils.partnership_queries import may_edit, partnership_to_edit, place_of, places_on, warnings_of
from grants.councils.partnerships import HELD_BY_ONE, Why
from grants.councils.queries import (
    council_named,
    councils_named,
    other_partnerships,
    partnership_in_full,
    partnerships_found,
)
from grants.kernel import clock
from grants.kernel.forms import EditForm, attempt
from grants.kernel.pages import page_of
from grants.people.access import me, requires
from grants.people.roles import Permission


def add_routes(bp: Blueprint) -> None:
    """These pages belong to the blueprint of councils."""
    for path, view in (
        ("/partnerships", partnerships),
        ("/partnerships/new", new_partnership),
        ("/partnerships/<key>", partnership),
        ("/partnerships/<key>/add", add_place),
        ("/partnerships/<key>/lead", change_holder),
        ("/partnerships/<key>/places/<int:number>/end", end_place),
        ("/partnerships/<key>/places/<int:number>/star", change_star),
        ("/partnerships/<key>/places/<int:number>/take-back", take_back_place),
    ):
        methods = ["GET"] if view in (partnerships, partnership) else ["GET", "POST"]
        bp.add_url_rule(path, view.__name__, view, methods=methods)


@requires(Permission.SIGNED_IN)
def partnerships() -> ResponseReturnValue:
    asked = PartnershipFilter(request.args)
    fit = asked.validate()
    page = page_of(partnerships_found(search=asked.search.data or "" if fit else ""))
    return render_template("councils/partnerships.html", page=page, asked=asked)


@requires(Permission.SIGNED_IN)
def partnership(key: str) -> ResponseReturnValue:
    shown, today = partnership_in_full(key), clock.today()
    asked = AsAtForm(request.args)
    day = asked.day(today)
    return render_template(
        "councils/partnership.html",
        partnership=shown,
        asked=asked,
        day=day,
        places=places_on(shown, day),
        history=sorted(shown.memberships, key=lambda place: (place.from_on, place.position)),
        elsewhere=other_partnerships(shown, day),
        warnings=warnings_of(shown, day),
        edits=may_edit(me(), shown, today),
        held_by_one=HELD_BY_ONE,
    )


@requires(Permission.PARTNERSHIP_EDIT)
def new_partnership() -> ResponseReturnValue:
    form, today = NewPartnershipForm(), clock.today()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            day = form.on.data or today
            made = operations.begin_partnership(
                form.name.data or "",
                lead=council_named(form.lead.data or "", day, field="lead"),
                members=councils_named(form.members.data or "", day, field="members"),
                on=day,
                by=me(),
                today=today,
            )
        if attempted.ok:
            flash(f"{made.name} is a partnership now.")
            return redirect(url_for(".partnership", key=made.key))
    return render_template("councils/new_partnership.html", form=form)


@requires(Permission.PARTNERSHIP_EDIT)
def add_place(key: str) -> ResponseReturnValue:
    changed, form = partnership_to_edit(me(), key, clock.today()), AddPlaceForm()

    def add() -> None:
        name, day = form.name.data or "", form.on.data or clock.today()
        if form.kind_of_place.data == "partner":
            operations.add_partner(changed, name, kind=form.kind.data or "", on=day, why=_why(form))
        else:
            council = council_named(name, day, field="name")
            operations.add_member(changed, council, on=day, starred=bool(form.starred.data), why=_why(form))

    return _answer(form, changed, add, "councils/add_place.html")


@requires(Permission.PARTNERSHIP_EDIT)
def change_holder(key: str) -> ResponseReturnValue:
    changed, form = partnership_to_edit(me(), key, clock.today()), ChangeHolderForm()

    def change() -> None:
        day = form.on.data or clock.today()
        council = council_named(form.name.data or "", day, field="name")
        operations.change_holder(changed, MembershipRole(form.role.data), council, on=day, why=_why(form))

    return _answer(form, changed, change, "councils/change_lead.html")


@requires(Permission.PARTNERSHIP_EDIT)
def end_place(key: str, number: int) -> ResponseReturnValue:
    changed, place = _place(key, number)
    form = EndPlaceForm()
    return _answer(
        form,
        changed,
        lambda: operations.end_place(place, until=form.until.data or clock.today(), why=_why(form)),
        "councils/change_place.html",
        place=place,
        title=f"{place.shown_name} leaves the partnership",
        effect="It stays in the history, with the last day that you give.",
        verb="Give it this last day",
    )


@requires(Permission.PARTNERSHIP_EDIT)
def change_star(key: str, number: int) -> ResponseReturnValue:
    changed, place = _place(key, number)
    form = StarForm()
    return _answer(
        form,
        changed,
        lambda: operations.change_star(place, on=form.on.data or clock.today(), why=_why(form)),
        "councils/change_place.html",
        place=place,
        title=f"Take the star off {place.shown_name}" if place.starred else f"Give {place.shown_name} a star",
        effect="Annexes of earlier days keep what was printed then.",
        verb="Take the star off" if place.starred else "Give the star",
    )


@requires(Permission.PARTNERSHIP_EDIT)
def take_back_place(key: str, number: int) -> ResponseReturnValue:
    changed, place = _place(key, number)
    form = TakeBackForm()
    return _answer(
        form,
        changed,
        lambda: operations.take_back(place, today=clock.today(), why=_why(form)),
        "councils/change_place.html",
        place=place,
        title=f"Take back the place of {place.shown_name}",
        effect="It was entered wrongly and has held on no day before today: it goes, and whoever it replaced goes on.",
        verb="Take it back",
    )


def _place(key: str, number: int) -> tuple[Partnership, Membership]:
    changed = partnership_to_edit(me(), key, clock.today())
    return changed, place_of(changed, number)


def _answer(
    form: EditForm, changed: Partnership, act: Callable[[], object], template: str, **values: object
) -> ResponseReturnValue:
    """Ask, do it, and go back to the partnership, which says how it now stands."""
    key, version = changed.key, changed.version
    if request.method == "GET":
        form.version.data = str(version)
    if form.validate_on_submit():
        with attempt(form) as attempted:
            act()
        if attempted.ok:
            flash("The partnership is changed.")
            return redirect(url_for(".partnership", key=key))
        form.catch_up(changed.version)
    return render_template(template, form=form, partnership=changed, **values)


def _why(form: EditForm) -> Why:
    return Why(by=me(), reason=form["reason"].data or "", version_seen=form.version_seen)
