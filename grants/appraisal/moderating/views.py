"""Moderation: which bids are ready for it, and the marks of one bid side by side with those agreed."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.appraisal import queries
from grants.appraisal.judgement import Judgement
from grants.appraisal.marks_forms import late_marks
from grants.appraisal.moderating import agreeing
from grants.appraisal.moderating.forms import agreed_form, agreed_of
from grants.appraisal.parts import parts_of
from grants.appraisal.room import bp
from grants.bids.afterwards.clarification_queries import answers_sent
from grants.bids.models import Bid, BidStatus
from grants.bids.queries import bid_in_full
from grants.funds.models import RoundStatus
from grants.kernel import clock
from grants.kernel.forms import Form, attempt
from grants.kernel.pages import page_of
from grants.people.access import me, requires
from grants.people.roles import Permission

_READY, _ALL = "ready", "all"


@dataclass(frozen=True)
class Listed:
    """One bid in the list. While an appraiser has not submitted, nothing is said but that it waits."""

    bid: Bid
    judgement: Judgement
    agreed: int

    @property
    def state(self) -> str:
        if self.bid.status is BidStatus.MODERATED:
            return "moderated"
        if not self.judgement.ready:
            return "waiting"
        return "being_agreed" if self.agreed else "ready"


@bp.route("/moderation")
@requires(Permission.MODERATE)
def moderation_list() -> ResponseReturnValue:
    bids = queries.bids_judged_by_others(me(), clock.today()).where(Bid.status.in_(queries.SCORED))
    rounds = queries.rounds_with(bids)
    show, code = request.args.get("show", _READY), request.args.get("round", "")
    asked = bids if show == _ALL else bids.where(Bid.status == BidStatus.APPRAISAL, ~queries.waits_for_appraisers())
    if chosen := next((round_ for round_ in rounds if round_.code == code), None):
        asked = asked.where(Bid.round_id == chosen.id)
    page = page_of(asked.order_by(Bid.reference))
    return render_template(
        "appraisal/moderation_list.html", page=page, rows=_listed(page.rows), rounds=rounds, chosen=chosen, show=show
    )


def _listed(bids: Sequence[Bid]) -> list[Listed]:
    ids = [bid.id for bid in bids]
    judged, agreed = queries.judged(ids), queries.agreed_counts(ids)
    criteria = queries.criteria_by_round({bid.round_id for bid in bids})
    return [Listed(bid, Judgement(criteria[bid.round_id], judged[bid.id]), agreed.get(bid.id, 0)) for bid in bids]


@bp.route("/moderation/<key>", methods=["GET", "POST"])
@requires(Permission.MODERATE)
def moderate(key: str) -> ResponseReturnValue:
    bid = _bid(key)
    criteria = queries.criteria_of(bid.round_id)
    form = agreed_form(criteria, queries.agreed_marks(bid))
    if form.validate_on_submit():
        with attempt(form) as attempted:
            agreeing.agree_marks(bid, agreed_of(form, criteria), by=me(), at=clock.now())
        if attempted.ok:
            flash("The agreed marks are saved.")
            return redirect(url_for(".moderate", key=key))
    return _bid_page(bid, form, form)


@bp.route("/moderation/<key>/conclude", methods=["POST"])
@requires(Permission.MODERATE)
def conclude_moderation(key: str) -> ResponseReturnValue:
    bid, form = _bid(key), Form()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            agreeing.conclude_moderation(bid, by=me(), at=clock.now())
        if attempted.ok:
            flash(f"{bid.reference} is moderated and stands in the ranking.")
            return redirect(url_for(".moderation_list"))
    return _bid_page(bid, None, form)


def _bid(key: str) -> Bid:
    return queries.found_bid(queries.bids_judged_by_others(me(), clock.today()), key, *queries.SCORED)


def _bid_page(bid: Bid, marks: Form | None, form: Form) -> ResponseReturnValue:
    """`form` is what was sent, whose errors stand in the summary; `marks` as typed, None for as stored."""
    judgement = queries.judgement_of(bid)
    if not judgement.ready:
        return render_template("appraisal/moderation_waits.html", bid=bid)
    late = late_marks(marks, judgement.agreed) if marks and marks.is_submitted() else set()
    return render_template(
        "appraisal/moderate.html",
        bid=bid_in_full(bid.id),
        clarified=answers_sent(bid, clock.now()),
        judgement=judgement,
        marks=marks or agreed_form(judgement.criteria, judgement.agreed),
        form=form,
        late=late,
        parts=parts_of(judgement.criteria),
        is_open=bid.round.status is not RoundStatus.ANNOUNCED,
        changes=queries.changes_of(judgement.agreed.values()),
    )
