"""The page of a panel: the marks of one bid side by side, those agreed with a second person, and the end of it."""

from collections.abc import Iterable

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.appraisal import queries
from grants.appraisal.gates import worth
from grants.appraisal.marks_forms import late_marks
from grants.appraisal.moderating import agreeing, concluding
from grants.appraisal.moderating import queries as moderating
from grants.appraisal.moderating.forms import (
    ConcludeForm,
    ReopenModerationForm,
    SecondForm,
    agreed_form,
    agreed_of,
    catch_up,
    not_proposed,
)
from grants.appraisal.moderating.rules import Line, Rule, line_of, rules_of
from grants.appraisal.moderating.strip import strip_of
from grants.appraisal.parts import Part, Place
from grants.appraisal.remarks.queries import open_flags
from grants.appraisal.room import bp
from grants.appraisal.tallies import FEWEST_APPRAISERS, kept_in_vain
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
    """One form with several buttons, so that none of them loses what was typed for another."""
    bid = _bid(key)
    page = _Page(bid, SecondForm())
    if page.marks.validate_on_submit():
        if request.form.get("then") == "conclude":
            return _to_conclude(page)
        with attempt(page.marks) as attempted:
            sent = agreed_of(page.marks, page.criteria)
            proposed = agreeing.agree_marks(bid, sent, by=me(), at=clock.now())
        if attempted.ok:
            said = "The marks are proposed. They count when a second person has agreed to them."
            flash(said if proposed else "Nothing has changed: these marks stand already.")
            if not page.second.seconded.data:
                return redirect(url_for(".moderate", key=key))
            page.caught_up((criterion.id, part) for criterion, part in sent)
    return page.shown(page.marks)


def _to_conclude(page: "_Page") -> ResponseReturnValue:
    """To the page that asks; refused while something on this one would be lost."""
    if waiting := page.not_proposed:
        titles = ", ".join(part.title for part in waiting)
        page.marks.form_errors.append(f"Not saved yet: {titles}. Propose these marks first, or leave them out.")
    if page.second.seconded.data:
        page.marks.form_errors.append("Agree first to the marks that you have ticked.")
    if page.marks.form_errors:
        return page.shown(page.marks)
    return redirect(url_for(".conclude_moderation", key=page.bid.key))


@bp.route("/moderation/<key>/second", methods=["POST"])
@requires(Permission.MODERATE)
def second_marks(key: str) -> ResponseReturnValue:
    bid = _bid(key)
    page = _Page(bid, SecondForm())
    if page.second.validate_on_submit():
        with attempt(page.second) as attempted:
            seen = page.second.seen
            agreeing.second_marks(bid, seen, by=me(), at=clock.now())
        if attempted.ok:
            flash("You have agreed to the marks. They count from now on.")
            if page.marks.validate() and not page.not_proposed:
                return redirect(url_for(".moderate", key=key))
            page.caught_up(seen)
    return page.shown(page.second)


@bp.route("/moderation/<key>/conclude", methods=["GET", "POST"])
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
    if bid.status is BidStatus.MODERATED:
        return redirect(url_for(".moderate", key=key))
    judgement = queries.judgement_of(bid)
    if not judgement.ready:
        return _waits(bid)
    line = _line(bid)
    return render_template(
        "appraisal/moderating/conclude.html", bid=bid, judgement=judgement, rules=_rules(bid, line), line=line,
        form=form,
    )  # fmt: skip


@bp.route("/moderation/<key>/reopen", methods=["GET", "POST"])
@requires(Permission.MODERATE)
def reopen_moderation(key: str) -> ResponseReturnValue:
    bid, form = _bid(key), ReopenModerationForm()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            concluding.reopen_moderation(bid, reason=form.reason.data or "", by=me(), at=clock.now())
        if attempted.ok:
            flash(f"The moderation of {bid.reference} is open again. The bid can be given to more appraisers.")
            return redirect(url_for(".moderation_list", round=bid.round.code))
    return render_template("appraisal/moderating/reopen.html", bid=bid, form=form)


def _bid(key: str) -> Bid:
    return queries.found_bid(queries.bids_judged_by_others(me(), clock.today()), key, *queries.SCORED)


def _waits(bid: Bid) -> ResponseReturnValue:
    return render_template("appraisal/moderating/waits.html", bid=bid, flags=open_flags([bid.id])[bid.id])


class _Page:
    """The page of one bid: `marks` and `second` are as they were sent, or where nothing was sent as they stand."""

    def __init__(self, bid: Bid, second: SecondForm) -> None:
        self.bid, self.second, self.criteria = bid, second, queries.criteria_of(bid.round_id)
        self.marks = agreed_form(self.criteria, queries.agreed_marks(bid))

    @property
    def not_proposed(self) -> list[Part]:
        return not_proposed(self.marks, self.criteria, queries.agreed_marks(self.bid))

    def caught_up(self, places: Iterable[Place]) -> None:
        catch_up(self.marks, places, queries.agreed_marks(self.bid))

    def shown(self, form: Form) -> ResponseReturnValue:
        """`form` is the one of the two whose errors stand in the summary; what was typed is kept in both."""
        bid, judgement = self.bid, queries.judgement_of(self.bid)
        if not (judgement.ready or bid.status is BidStatus.MODERATED):
            return _waits(bid)
        waiting = {(row.criterion_id, row.part): row for row in judgement.unsettled}
        others = {place: row for place, row in waiting.items() if row.agreed_by_id != me().id}
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
            marks=self.marks,
            second=self.second.offer(judgement.parts, others),
            own=[row for row in waiting.values() if row.agreed_by_id == me().id],
            form=form,
            late=late_marks(self.marks, judgement.agreed) if self.marks.is_submitted() else set(),
            flags=open_flags([bid.id])[bid.id],
            few=len(judgement.counting) < FEWEST_APPRAISERS,
            least=FEWEST_APPRAISERS,
            kept_in_vain=kept_in_vain(bid),
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
