"""Pages on which a council's administrator keeps its people, and the page behind an invitation's link."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from grants.bids.models import Bid
from grants.bids.people import inviting, leaving
from grants.bids.people.colleague_forms import (
    AcceptForm,
    GiveRoleForm,
    HandOverForm,
    InviteToCouncilForm,
    JoinForm,
    WhyForm,
)
from grants.bids.people.colleague_queries import (
    acting_for,
    colleague,
    council_to_keep,
    councils_kept_by,
    held_by,
    invitation_among,
    invitations_of,
    roles_here,
)
from grants.bids.people.inviting_views import invitation_page, send_again, take_back
from grants.councils.models import Council
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.forms import Form, attempt, choices
from grants.kernel.pages import page_of
from grants.people import invitations
from grants.people.access import me, requires, signed_in
from grants.people.models import Appointment, Invitation, Person
from grants.people.roles import Permission, Role

bp = Blueprint("colleagues", __name__)


@bp.route("/colleagues")
@requires(Permission.COUNCIL_PEOPLE_MANAGE)
def mine() -> ResponseReturnValue:
    """The council that this person keeps, or the choice where there are several."""
    councils = list(db.session.scalars(councils_kept_by(me(), clock.today())))
    if len(councils) == 1:
        return redirect(url_for(".people", code=councils[0].code))
    return render_template("bids/colleagues_of.html", councils=councils)


@bp.route("/councils/<code>/people")
@requires(Permission.COUNCIL_PEOPLE_MANAGE)
def people(code: str) -> ResponseReturnValue:
    council, day = _council(code), clock.today()
    page = page_of(acting_for(council, day))
    return render_template(
        "bids/council_people.html",
        council=council,
        page=page,
        roles=roles_here(page.rows, council, day),
        sent=db.session.execute(invitations_of(council).limit(100)).all(),
    )


@bp.route("/councils/<code>/people/invite", methods=["GET", "POST"])
@requires(Permission.COUNCIL_PEOPLE_MANAGE)
def invite(code: str) -> ResponseReturnValue:
    council, form = _council(code), InviteToCouncilForm()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            role = Role(form.role.data) if form.role.data in set(Role) else None
            sent = inviting.invite(
                inviting.Invited(form.email.data or "", council, role=role),
                sure=bool(form.sure.data),
                address_of_page=invitation_page(),
                by=me(),
                at=clock.now(),
            )
        if attempted.ok:
            flash(f"An invitation goes to {sent.email}.")
            return redirect(url_for(".people", code=code))
    return render_template("bids/invite_to_council.html", council=council, form=form)


@bp.route("/councils/<code>/people/invitations/<invitation_key>/again", methods=["POST"])
@requires(Permission.COUNCIL_PEOPLE_MANAGE)
def send_invitation_again(code: str, invitation_key: str) -> ResponseReturnValue:
    flash(send_again(invitation_among(invitations_of(_council(code)), invitation_key)))
    return redirect(url_for(".people", code=code))


@bp.route("/councils/<code>/people/invitations/<invitation_key>/take-back", methods=["POST"])
@requires(Permission.COUNCIL_PEOPLE_MANAGE)
def take_back_invitation(code: str, invitation_key: str) -> ResponseReturnValue:
    flash(take_back(invitation_among(invitations_of(_council(code)), invitation_key)))
    return redirect(url_for(".people", code=code))


@bp.route("/councils/<code>/people/<key>")
@requires(Permission.COUNCIL_PEOPLE_MANAGE)
def person(code: str, key: str) -> ResponseReturnValue:
    council, shown = _colleague(code, key)
    return render_template(
        "bids/council_person.html",
        council=council,
        person=shown,
        roles=roles_here([shown], council, clock.today())[shown.id],
        held=held_by(shown, council),
    )


@bp.route("/councils/<code>/people/<key>/appoint", methods=["GET", "POST"])
@requires(Permission.COUNCIL_PEOPLE_MANAGE)
def appoint(code: str, key: str) -> ResponseReturnValue:
    council, shown = _colleague(code, key)
    form, name = GiveRoleForm(), shown.name
    if form.validate_on_submit():
        with attempt(form) as attempted:
            role = Role(form.role.data) if form.role.data in set(Role) else Role.COLLEAGUE
            reason = form.reason.data or ""
            leaving.appoint_colleague(shown, role, council, reason=reason, by=me(), at=clock.now())
        if attempted.ok:
            flash(f"{name} is now {role.label}.")
            return redirect(url_for(".person", code=code, key=key))
    return render_template("bids/give_role.html", council=council, person=shown, form=form)


@bp.route("/councils/<code>/people/<key>/appointments/<int:number>/end", methods=["GET", "POST"])
@requires(Permission.COUNCIL_PEOPLE_MANAGE)
def end_role(code: str, key: str, number: int) -> ResponseReturnValue:
    council, shown = _colleague(code, key)
    appointment, form = _role(shown, council, number), WhyForm()
    name, role = shown.name, appointment.role
    if form.validate_on_submit():
        with attempt(form) as attempted:
            leaving.end_role(appointment, council, reason=form.reason.data or "", by=me(), at=clock.now())
        if attempted.ok:
            flash(f"{name} is no longer {role.label}.")
            return redirect(url_for(".people", code=code))
    return render_template("bids/end_role.html", council=council, person=shown, role=role, form=form)


@bp.route("/councils/<code>/people/<key>/hand-over", methods=["GET", "POST"])
@requires(Permission.COUNCIL_PEOPLE_MANAGE)
def hand_over(code: str, key: str) -> ResponseReturnValue:
    council, leaver = _colleague(code, key)
    form, name = HandOverForm(), leaver.name
    others = [p for p in db.session.scalars(acting_for(council, clock.today())) if p is not leaver and p.active]
    form.to.choices = choices([(p.key, f"{p.name} ({p.email})") for p in others], blank="Choose a colleague")
    if form.validate_on_submit():
        with attempt(form) as attempted:
            to = next((p for p in others if p.key == form.to.data), leaver)
            done = leaving.hand_over(
                leaver, to, council, leaves=bool(form.leaves.data), reason=form.reason.data or "", by=me(),
                at=clock.now(),
            )  # fmt: skip
        if attempted.ok:
            flash(f"{name}: handed over {_counted(done.bids, 'bid')} and {_counted(done.tasks, 'task')}.")
            return redirect(url_for(".people", code=code))
    return render_template(
        "bids/hand_over.html", council=council, person=leaver, held=held_by(leaver, council), form=form
    )


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _council(code: str) -> Council:
    return council_to_keep(me(), code, clock.today())


def _colleague(code: str, key: str) -> tuple[Council, Person]:
    council = _council(code)
    return council, colleague(council, key, clock.today())


def _role(person: Person, council: Council, number: int) -> Appointment:
    """A role that this person holds for this council, whatever number the address says."""
    held = roles_here([person], council, clock.today())[person.id]
    appointment = next((a for a in held if a.id == number), None)
    if appointment is None:
        raise NotFound
    return appointment


@bp.route("/invitations/", defaults={"secret": ""})
@bp.route("/invitations/<secret>", methods=["GET", "POST"])
@requires(Permission.PUBLIC)
def invitation(secret: str) -> ResponseReturnValue:
    """Looking at a link does not spend it (mail scanners open links). The page is the same whether or not its address
    has an account: who has one signs in, anyone else sets a name and a password."""
    found = invitations.open_invitation(secret, at=clock.now())
    if found is None or not inviting.still_holds(found, at=clock.now()):
        return render_template("bids/invitation_spent.html"), 404
    return _accept(found) if signed_in() else _join(found)


def _accept(found: Invitation) -> ResponseReturnValue:
    form = AcceptForm()
    council, bid = inviting.council_and_bid(found)
    if form.validate_on_submit():
        with attempt(form) as attempted:
            inviting.accept(found, me(), at=clock.now())
        if attempted.ok:
            flash("You have accepted the invitation.")
            return redirect(_where_next(bid))
    return _page(found, form, council, bid)


def _join(found: Invitation) -> ResponseReturnValue:
    form = JoinForm()
    council, bid = inviting.council_and_bid(found)
    if form.validate_on_submit():
        with attempt(form) as attempted:
            at = clock.now()
            new = invitations.newcomer(found, name=form.name.data or "", password=form.password.data or "", at=at)
            inviting.accept(found, new, at=at)
        if attempted.ok:
            flash("Your account is ready. Sign in with the address that the invitation went to.")
            return redirect(url_for("people.sign_in", next=_where_next(bid)))
    return _page(found, form, council, bid)


def _where_next(bid: Bid | None) -> str:
    return url_for("bids.show", key=bid.key) if bid else url_for("people.home")


def _page(found: Invitation, form: Form, council: Council, bid: Bid | None) -> ResponseReturnValue:
    offered = inviting.in_words(inviting.offer_of(found), council, bid)
    theirs = not signed_in() or me().email == found.email
    return render_template(
        "bids/invitation.html", form=form, offered=offered, inviter=found.invited_by, theirs=theirs, found=found
    )
