"""The page of a panel: the marks of one bid side by side, those agreed with a second person, and the end of it."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from grants.appraisal import queries
from grants.appraisal.gates import worth
from grants.appraisal.marks_forms import late_marks
from grants.appraisal.moderating import agreeing, concluding
from grants.appraisal.moderating import queries as moderating
from grants.appraisal.moderating.forms import ConcludeForm, SecondForm, agreed_form, agreed_of
from grants.appraisal.moderating.rules import Line, Rule, line_of, rules_of
from grants.appraisal.moderating.strip import strip_of
from grants.appraisal.remarks.queries import open_flags
from grants.appraisal.room import bp
from grants.bids.afterwards.clarification_queries import answers_sent
from grants.bids.models import Bid, BidStatus
from grants.bids.queries import bid_in_full
from grants.funds.models import RoundStatus
from grants.kernel import clock
from grants.kernel.forms import Form, attempt
from grants.people.access import me, requires
from grants.people.roles import Permission


@bp.route("/moderation/<key>", methods=["GET", "POST"])
@requires(Permission.MODERATE)
def moderate(key: str) -> ResponseReturnValue:
    bid = _bid(key)
    criteria = queries.criteria_of(bid.round_id)
    form = agreed_form(criteria, queries.agreed_marks(bid))
    if form.validate_on_submit():
        with attempt(form) as attempted:
            proposed = agreeing.agree_marks(bid, agreed_of(form, criteria), by=me(), at=clock.now())
        if attempted.ok:
            said = "The marks are proposed. They count when a second person has agreed to them."
            flash(said if proposed else "Nothing has changed: these marks stand already.")
            return redirect(url_for(".moderate", key=key))
    return _bid_page(bid, form)


@bp.route("/moderation/<key>/second", methods=["POST"])
@requires(Permission.MODERATE)
def second_marks(key: str) -> ResponseReturnValue:
    bid, form = _bid(key), SecondForm()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            agreeing.second_marks(bid, form.seen, by=me(), at=clock.now())
        if attempted.ok:
            flash("You have agreed to the marks. They count from now on.")
            return redirect(url_for(".moderate", key=key))
    return _bid_page(bid, form)


@bp.route("/moderation/<key>/conclude", methods=["POST"])
@requires(Permission.MODERATE)
def conclude_moderation(key: str) -> ResponseReturnValue:
    bid, form = _bid(key), ConcludeForm()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            why = form.kept_because.data or ""
            concluding.conclude_moderation(bid, kept_because=why, by=me(), at=clock.now())
        if attempted.ok:
            flash(f"{bid.reference} is moderated and stands in the ranking.")
            return redirect(url_for(".moderation_list", round=bid.round.code))
    return _bid_page(bid, form)


def _bid(key: str) -> Bid:
    return queries.found_bid(queries.bids_judged_by_others(me(), clock.today()), key, *queries.SCORED)


def _bid_page(bid: Bid, form: Form) -> ResponseReturnValue:
    """`form` is what was sent, or the empty one for marks; its errors stand in the summary, what was typed is kept."""
    judgement = queries.judgement_of(bid)
    if not (judgement.ready or bid.status is BidStatus.MODERATED):
        return render_template("appraisal/moderating/waits.html", bid=bid, flags=open_flags([bid.id])[bid.id])
    sent_marks = not isinstance(form, SecondForm | ConcludeForm)
    marks = form if sent_marks else agreed_form(judgement.criteria, judgement.agreed)
    waiting = {(row.criterion_id, row.part): row for row in judgement.unsettled}
    others = {place: row for place, row in waiting.items() if row.agreed_by_id != me().id}
    second = (form if isinstance(form, SecondForm) else SecondForm(formdata=None)).offer(judgement.parts, others)
    conclusion, line = moderating.conclusion_of(bid), _line(bid)
    return render_template(
        "appraisal/moderating/bid.html",
        bid=bid_in_full(bid.id),
        clarified=answers_sent(bid, clock.now()),
        worth=worth.latest(bid),
        judgement=judgement,
        strip=strip_of(judgement),
        rules=_rules(bid, line),
        line=line,
        marks=marks,
        second=second,
        own=[row for row in waiting.values() if row.agreed_by_id == me().id],
        conclude=form if isinstance(form, ConcludeForm) else ConcludeForm(formdata=None),
        form=form,
        late=late_marks(marks, judgement.agreed) if sent_marks and marks.is_submitted() else set(),
        flags=open_flags([bid.id])[bid.id],
        is_open=bid.round.status is not RoundStatus.ANNOUNCED,
        conclusion=conclusion,
        changes=moderating.changes_of(judgement.agreed.values(), conclusion),
        titles={str(row.id): part.title for part in judgement.parts if (row := judgement.agreed.get(part.place))},
    )


def _line(bid: Bid) -> Line:
    return line_of(bid.round, queries.bids_judged_by_others(me(), clock.today()))


def _rules(bid: Bid, line: Line) -> list[Rule]:
    """In the order in which they are named everywhere."""
    said = rules_of(bid, line)
    return [rule for rule in Rule if rule in said]
