"""Pages on which a bid is started, and on which its title and those who are in it are changed."""

from datetime import date

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from grants.bids import operations
from grants.bids.blueprint import bp
from grants.bids.deadline.late_attempts import attempt_edit
from grants.bids.models import Bid
from grants.bids.people.invitations import my_invitations
from grants.bids.people.places import WRITERS
from grants.bids.queries import bid_to_write
from grants.bids.starting.forms import CouncilsForm
from grants.bids.starting.seating import Partner, Seats, details_seen, partners_typed, typed_partners
from grants.councils.models import Council, MembershipRole, Partnership
from grants.councils.partnership_queries import accountable_on
from grants.councils.queries import council_named, councils_in_being, councils_named, in_being, partnerships_of
from grants.councils.succession import not_in_being
from grants.funds.deadlines.closing import longest_of
from grants.funds.models import Invitation, Round, RoundPhase
from grants.funds.queries import round_for, visible_rounds
from grants.kernel import clock
from grants.kernel.arrival import arrived
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.kernel.forms import attempt
from grants.people.access import me, my_councils, requires
from grants.people.roles import Permission


def open_rounds() -> list[Round]:
    """Rounds to which this person can start a bid now."""
    if not my_councils(*WRITERS):
        return []
    now, longer = clock.now(), longest_of(my_councils(*WRITERS))
    rounds = db.session.scalars(visible_rounds(me())).unique()
    return [round for round in rounds if round.phase(now, until=longer.get(round.id)) is RoundPhase.OPEN]


@bp.route("/bids/start", methods=["GET", "POST"])
@requires(Permission.BID_WRITE)
def start() -> ResponseReturnValue:
    """Which partnership comes first, because its members are offered on the page that follows."""
    code = request.args.get("round", "")
    if not code:
        return render_template("bids/choose_round.html", rounds=open_rounds())
    round = round_for(me(), code)
    if round.invitation is not Invitation.NOBODY and not {"begin", "partnership"} & request.args.keys():
        invited = my_invitations(me(), round, clock.today())
        return render_template("bids/by_invitation.html", round=round, invited=invited)
    theirs = list(db.session.scalars(partnerships_of(my_councils(*WRITERS), clock.today())).unique())
    asked = request.args.get("partnership", "" if theirs else "none")
    partnership = next((one for one in theirs if one.key == asked), None)
    if partnership is None and asked != "none":
        return render_template("bids/choose_partnership.html", round=round, partnerships=theirs)
    form, members = CouncilsForm(), _members_of(partnership)
    _offer(form, members)
    if not form.is_submitted():
        form.members.data = [council.code for council in members]
        _propose(form, partnership, clock.today())
    if form.validate_on_submit():
        with attempt(form) as attempted:
            seats = _seats_of(form, partnership, members)
            bid = operations.start(
                round, title=form.title.data or "", lead=seats.lead, partnership=partnership, members=seats.members,
                accountable=seats.accountable, partners=seats.partners,
                by=me(), at=clock.now(), form_token=form.form_token.data or None,
            )  # fmt: skip
        if attempted.ok:
            return redirect(url_for(".show", key=bid.key))
    return render_template(
        "bids/start.html", form=form, round=round, partnership=partnership, members=members, ended=_ended_councils()
    )


@bp.route("/bids/<key>/details", methods=["GET", "POST"])
@requires(Permission.BID_WRITE)
def details(key: str) -> ResponseReturnValue:
    bid = bid_to_write(me(), key)
    members = _members_of(bid.partnership)
    form = CouncilsForm(data=_stands(bid, members))
    _offer(form, members, bid)
    if form.validate_on_submit():
        with attempt_edit(form, bid, "Title and councils") as attempted:
            seats = _seats_of(form, bid.partnership, members)
            operations.change_details(
                bid, title=form.title.data or "", lead=seats.lead, partnership=bid.partnership, members=seats.members,
                accountable=seats.accountable, partners=seats.partners,
                seen=form.seen.data or "", by=me(), at=arrived(),
            )  # fmt: skip
        if attempted.ok:
            return redirect(url_for(".show", key=key))
        form.seen.data = details_seen(bid)
    return render_template("bids/details.html", form=form, bid=bid, members=members)


def _members_of(partnership: Partnership | None) -> list[Council]:
    """The councils that are members of the partnership today."""
    day = clock.today()
    standing = [m for m in partnership.memberships if m.covers(day)] if partnership else []
    return list(dict.fromkeys(m.council for m in standing if m.council is not None))


def _offer(form: CouncilsForm, members: list[Council], bid: Bid | None = None) -> None:
    """Fill the lists of the form."""
    day = clock.today()
    mine = councils_in_being(day).where(Council.id.in_(my_councils(*WRITERS)))
    leads = list(db.session.scalars(mine))
    if bid and bid.lead_council not in leads:
        leads.append(bid.lead_council)
    form.lead.choices = [(council.code, council.name) for council in leads]
    form.members.choices = [(council.code, council.name) for council in members]


def _propose(form: CouncilsForm, partnership: Partnership | None, day: date) -> None:
    """What the partnership itself says of who receives the money and which partners it has."""
    if partnership is None:
        return
    receiver = accountable_on(partnership, day)
    form.accountable.data = receiver.shown_name if receiver else ""
    partners = partnership.places(MembershipRole.PARTNER, day)
    form.partners.data = "\n".join(typed_partners(Partner(p.shown_name, p.partner_kind) for p in partners))


def _stands(bid: Bid, offered: list[Council]) -> dict[str, object]:
    """What the form of a bid's details shows before anything is typed."""
    others = [seat.council for seat in bid.councils if not seat.leads]
    return {
        "title": bid.title,
        "lead": bid.lead_council.code,
        "members": [council.code for council in others if council in offered],
        "more": "\n".join(council.name for council in others if council not in offered),
        "accountable": bid.accountable_council.name if bid.accountable_council else "",
        "partners": "\n".join(typed_partners(bid.partners)),
        "seen": details_seen(bid),
    }


def _seats_of(form: CouncilsForm, partnership: Partnership | None, offered: list[Council]) -> Seats:
    """Everyone as chosen and as typed. Refused for a name that is not surely one council."""
    lead = db.session.scalar(select(Council).where(Council.code == (form.lead.data or "")))
    if lead is None:
        raise Refused("Choose the lead council.", field="lead")
    ticked, day = set(form.members.data or []), clock.today()
    typed = councils_named(form.more.data or "", day, field="more")
    receiver = form.accountable.data or ""
    return Seats(
        lead,
        [council for council in offered if council.code in ticked] + typed,
        partnership,
        council_named(receiver, day, field="accountable") if receiver else None,
        partners_typed(form.partners.data or ""),
    )


def _ended_councils() -> list[str]:
    """A sentence for each council that this person writes for and that can no longer bid."""
    day = clock.today()
    gone = select(Council).where(Council.id.in_(my_councils(*WRITERS)), ~in_being(day)).order_by(Council.name)
    return [not_in_being(council, day) for council in db.session.scalars(gone)]
