"""Pages on which a new bid is made of an earlier one, and on which one reads what was left out."""

from datetime import date

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, and_, or_
from sqlalchemy.orm import contains_eager

from grants.bids.blueprint import bp
from grants.bids.models import BEING_WRITTEN, Bid
from grants.bids.people.places import WRITERS, written_by
from grants.bids.queries import bid_for, bid_in_full, bid_to_write, visible_bids
from grants.bids.starting.copying import COPIED_FROM, copy_bid, earlier_bid, may_be_copied
from grants.bids.starting.copying_plan import Plan, planned
from grants.bids.starting.views import open_rounds
from grants.funds.models import Round, RoundStatus
from grants.funds.queries import round_in_full
from grants.kernel import clock
from grants.kernel.errors import Refused
from grants.kernel.forms import CreateForm, attempt
from grants.kernel.pages import page_of
from grants.people.access import me, my_councils, requires
from grants.people.models import Person
from grants.people.roles import Permission


class CopyForm(CreateForm):
    """Nothing but the button."""


def earlier_bids(person: Person, day: date) -> Select[Bid]:
    """Bids that this person writes for and may make a new one of, the last changed first, with their rounds."""
    left_over = and_(Bid.late, Bid.taken_in_at.is_(None), Round.status == RoundStatus.ANNOUNCED)
    bids = visible_bids(person, day).join(Bid.round).options(contains_eager(Bid.round))
    return bids.where(written_by(person, day), or_(Bid.status.in_(COPIED_FROM), left_over))


@bp.route("/bids/start/earlier")
@requires(Permission.BID_WRITE)
def choose_earlier() -> ResponseReturnValue:
    """From which bid is the new one to be made?"""
    code = request.args.get("round", "")
    written_there = and_(Bid.status.in_(BEING_WRITTEN), Round.code == code)
    page = page_of(earlier_bids(me(), clock.today()).where(~written_there))
    return render_template("bids/choose_earlier.html", page=page, code=code)


@bp.route("/bids/<key>/copy", methods=["GET", "POST"])
@requires(Permission.BID_WRITE)
def copy(key: str) -> ResponseReturnValue:
    """First the round, in the address; then what would be copied and what not; then the new bid.

    Never the round in which the bid is still written: two drafts of one bid would stand side by side there.
    """
    bid = bid_to_write(me(), key)
    rounds = [round for round in open_rounds() if not (bid.being_written and round.id == bid.round_id)]
    code = request.args.get("round", "")
    if code not in {round.code for round in rounds} or not may_be_copied(bid):
        return render_template("bids/copy_round.html", bid=bid, rounds=rounds, allowed=may_be_copied(bid))
    round, form = round_in_full(me(), code), CopyForm()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            made = copy_bid(bid, round, by=me(), at=clock.now(), form_token=form.form_token.data or None)
        if attempted.ok:
            return redirect(url_for(".copied", key=made.key))
    return render_template("bids/copy.html", bid=bid, round=round, plan=_plan(bid, round, form), form=form)


def _plan(old: Bid, round: Round, form: CopyForm) -> Plan | None:
    """What a copy has; none where it cannot be made, and the form says why."""
    day = clock.today()
    try:
        return planned(bid_in_full(old.id), round, leads=my_councils(*WRITERS), day=day)
    except Refused as refusal:
        if not form.form_errors:
            form.refuse(refusal)
        return None


@bp.route("/bids/<key>/copied")
@requires(Permission.BID_WRITE)
def copied(key: str) -> ResponseReturnValue:
    """What was left out when the bid was made of an earlier one, worked out anew; and where to go on."""
    bid = bid_to_write(me(), key)
    old = earlier_bid(bid)
    if old is None:
        return redirect(url_for(".show", key=key))
    old, form = bid_for(me(), old.key), CopyForm()
    plan = _plan(old, round_in_full(me(), bid.round.code), form)
    return render_template("bids/copied.html", bid=bid, old=old, plan=plan)
