"""Pages of one bid: who has to do with it, inviting a colleague, ending a place."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from grants.bids.blueprint import bp
from grants.bids.models import Bid, BidPlace, BidRole
from grants.bids.people.colleague_forms import InviteToBidForm, WhyForm
from grants.bids.people.colleague_queries import (
    bid_of_council_side,
    bid_to_invite_to,
    councils_to_invite_for,
    invitation_among,
    invitations_to,
    places_in,
    state_of,
)
from grants.bids.people.inviting import BY_COUNCIL, Invited, council_and_bid, in_words, invite, offer_of
from grants.bids.people.people_on import people_on
from grants.bids.people.placing import end_place
from grants.councils.models import Council
from grants.kernel import clock
from grants.kernel.errors import Refused
from grants.kernel.forms import Form, attempt
from grants.kernel.pages import page_of
from grants.people import invitations
from grants.people.access import absolute, may, me, my_councils, requires
from grants.people.models import Invitation
from grants.people.roles import Permission, Role


@bp.app_template_global()
def invitation_state(invitation: Invitation) -> str:
    return state_of(invitation, clock.now())


@bp.route("/bids/<key>/people")
@requires(Permission.BID_READ)
def people(key: str) -> ResponseReturnValue:
    """Who of the councils reads and writes the bid; for those who may invite to it also whom they have invited."""
    day = clock.today()
    bid = bid_of_council_side(me(), key, day)
    councils = _councils(bid)
    return render_template(
        "bids/people.html",
        bid=bid,
        places=places_in(bid),
        readers=people_on(bid, day),
        writers=set(people_on(bid, day, writing=True)),
        councils=councils,
        page=page_of(invitations_to(bid, councils), scalars=False) if councils else None,
    )


def _councils(bid: Bid) -> list[Council]:
    """Those for whose colleagues this person may invite to the bid; none for most who read it."""
    return councils_to_invite_for(me(), bid, clock.today()) if may(Permission.COLLEAGUE_INVITE) else []


@bp.route("/bids/<key>/people/invite", methods=["GET", "POST"])
@requires(Permission.COLLEAGUE_INVITE)
def invite_colleague(key: str) -> ResponseReturnValue:
    bid, form = bid_to_invite_to(me(), key, clock.today()), InviteToBidForm()
    councils = _councils(bid)
    kept = my_councils(Role.COUNCIL_ADMINISTRATOR)
    form.offer([(c.code, c.name) for c in councils], roles=any(c.id in kept for c in councils))
    if form.validate_on_submit():
        with attempt(form) as attempted:
            sent = invite(
                _invited(form, bid, councils), sure=bool(form.sure.data), address_of_page=invitation_page(), by=me(),
                at=clock.now(),
            )  # fmt: skip
        if attempted.ok:
            flash(f"An invitation goes to {sent.email}.")
            return redirect(url_for(".people", key=key))
    return render_template("bids/invite.html", bid=bid, form=form)


def _invited(form: InviteToBidForm, bid: Bid, councils: list[Council]) -> Invited:
    council = next((c for c in councils if c.code == form.council.data), None)
    if council is None:
        raise Refused("Choose the council.", field="council")
    part, email = str(form.part.data), form.email.data or ""
    if part in set(BidRole):
        return Invited(email, council, bid=bid, bid_role=BidRole(part))
    if part not in BY_COUNCIL:
        raise Refused("Choose what the invitation is for.", field="part")
    return Invited(email, council, role=Role(part))


def invitation_page() -> str:
    """Where the link leads, from the configuration and not from what a request says its host is."""
    return absolute(url_for("colleagues.invitation", secret=""))


@bp.route("/bids/<key>/people/invitations/<invitation_key>/again", methods=["POST"])
@requires(Permission.COLLEAGUE_INVITE)
def send_invitation_again(key: str, invitation_key: str) -> ResponseReturnValue:
    flash(send_again(_invitation(key, invitation_key)))
    return redirect(url_for(".people", key=key))


@bp.route("/bids/<key>/people/invitations/<invitation_key>/take-back", methods=["POST"])
@requires(Permission.COLLEAGUE_INVITE)
def take_back_invitation(key: str, invitation_key: str) -> ResponseReturnValue:
    flash(take_back(_invitation(key, invitation_key)))
    return redirect(url_for(".people", key=key))


def _invitation(key: str, invitation_key: str) -> Invitation:
    bid = bid_to_invite_to(me(), key, clock.today())
    return invitation_among(invitations_to(bid, _councils(bid)), invitation_key)


def send_again(invitation: Invitation) -> str:
    """Do it, and say what came of it; these two have no form but their button."""
    form, email = Form(formdata=None), invitation.email
    what = in_words(offer_of(invitation), *council_and_bid(invitation))
    with attempt(form) as attempted:
        invitations.send_again(invitation, what=what, address_of_page=invitation_page(), by=me(), at=clock.now())
    return f"A new link goes to {email}." if attempted.ok else " ".join(map(str, form.form_errors))


def take_back(invitation: Invitation) -> str:
    form, email = Form(formdata=None), invitation.email
    with attempt(form) as attempted:
        invitations.take_back(invitation, by=me(), at=clock.now())
    return f"The invitation to {email} is taken back." if attempted.ok else " ".join(map(str, form.form_errors))


@bp.route("/bids/<key>/people/<person_key>/end", methods=["GET", "POST"])
@requires(Permission.COLLEAGUE_INVITE)
def end_place_of(key: str, person_key: str) -> ResponseReturnValue:
    bid, form = bid_to_invite_to(me(), key, clock.today()), WhyForm()
    place = _place(bid, person_key)
    name = place.person.name
    if form.validate_on_submit():
        with attempt(form) as attempted:
            end_place(place, reason=form.reason.data or "", by=me(), at=clock.now())
        if attempted.ok:
            flash(f"{name} has no place in this bid any more.")
            return redirect(url_for(".people", key=key))
    return render_template("bids/end_place.html", bid=bid, place=place, form=form)


def _place(bid: Bid, person_key: str) -> BidPlace:
    """A place of this bid that this person may end: of somebody for whose council they may invite."""
    day, mine = clock.today(), {council.id for council in _councils(bid)}
    place = next((p for p in places_in(bid) if p.person.key == person_key), None)
    if place is None or not place.person.councils_on(day) & mine:
        raise NotFound
    return place
