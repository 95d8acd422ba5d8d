"""Pages for deciding: the rounds, one round's ranking beside its money, and each bid's decision."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.exceptions import NotFound

from grants.allocation import desk as desk
from grants.allocation import operations, queries
from grants.allocation.forms import ConfirmForm, TakeBackForm, asked_lines, decide_form
from grants.allocation.models import Decision, DecisionOutcome
from grants.allocation.pages import Candidate, board
from grants.appraisal.queries import bids_open_to
from grants.appraisal.ranking.line import Policy
from grants.appraisal.tallies import FEWEST_APPRAISERS, moderated_on_few
from grants.audit.queries import trail
from grants.bids.models import Bid
from grants.funds.deadlines.closing import still_open
from grants.funds.models import Round
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.forms import EditForm, attempt
from grants.kernel.pages import Page, asked_page, page_of
from grants.people.access import me, requires
from grants.people.roles import Permission

bp = Blueprint("allocation", __name__)
_ROWS = 100


@bp.route("/decisions")
@requires(Permission.DECISION_READ)
def rounds() -> ResponseReturnValue:
    page = page_of(queries.rounds_to_decide(me(), clock.today()))
    open_to_me = bids_open_to(me(), clock.today())
    return render_template(
        "allocation/rounds.html",
        page=page,
        progress=queries.progress((round.id for round in page.rows), open_to_me),
        now=clock.now(),
    )


@bp.route("/decisions/<code>")
@requires(Permission.DECISION_READ)
def show(code: str) -> ResponseReturnValue:
    round = queries.round_to_decide(code)
    policy = Policy.SKIP if request.args.get("line") == Policy.SKIP else Policy.STOP
    found = board(round, me(), clock.today(), policy)
    return render_template(
        "allocation/show.html",
        round=round,
        board=found,
        policy=policy,
        page=_part(found.candidates),
        can_announce=found.to_announce and not still_open(round, clock.now()),
        now=clock.now(),
    )


@bp.route("/decisions/<code>/<key>")
@requires(Permission.DECISION_READ)
def decision(code: str, key: str) -> ResponseReturnValue:
    round, bid = _loaded(code, key)
    return _decision_page(round, bid, ConfirmForm())


@bp.route("/decisions/<code>/<key>/propose", methods=["GET", "POST"])
@requires(Permission.DECISION_PROPOSE)
def propose(code: str, key: str) -> ResponseReturnValue:
    round, bid = _loaded(code, key)
    lines = asked_lines(bid)
    left = None if queries.closes_any(round, me(), clock.today()) else queries.left_in(round, but=bid)
    form = decide_form(lines, queries.decision_on(bid), left)
    if form.validate_on_submit():
        with attempt(form) as attempted:
            operations.propose(
                bid,
                outcome=DecisionOutcome(form.outcome.data),
                lines=form.amounts(lines),
                reason=form.reason.data or "",
                conditions=form.conditions.data or "",
                by=me(),
                at=clock.now(),
                version_seen=form.version_seen,
            )
        if attempted.ok:
            flash("Proposed. Another person now confirms it.")
            return redirect(url_for(".show", code=code))
        round, bid = _loaded(code, key)
        lines = asked_lines(bid)
    decision = _caught_up(form, bid)
    return render_template("allocation/propose.html", round=round, bid=bid, form=form, lines=lines, decision=decision)


@bp.route("/decisions/<code>/<key>/confirm", methods=["POST"])
@requires(Permission.DECISION_CONFIRM)
def confirm(code: str, key: str) -> ResponseReturnValue:
    round, bid = _loaded(code, key)
    form = ConfirmForm()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            operations.confirm(_decided(bid), by=me(), at=clock.now(), version_seen=form.version_seen)
        if attempted.ok:
            flash("Confirmed.")
            return redirect(url_for(".show", code=code))
        round, bid = _loaded(code, key)
    return _decision_page(round, bid, form)


@bp.route("/decisions/<code>/<key>/withdraw", methods=["GET", "POST"])
@requires(Permission.DECISION_PROPOSE)
def withdraw(code: str, key: str) -> ResponseReturnValue:
    return _take_back(code, key, "withdraw")


@bp.route("/decisions/<code>/<key>/reopen", methods=["GET", "POST"])
@requires(Permission.DECISION_CONFIRM)
def reopen(code: str, key: str) -> ResponseReturnValue:
    return _take_back(code, key, "reopen")


def _take_back(code: str, key: str, verb: str) -> ResponseReturnValue:
    """Withdraw a proposal or reopen a confirmed decision: the same question, and the same answer on the page."""
    round, bid = _loaded(code, key)
    decision = _decided(bid)
    stands: Decision | None = decision
    form = TakeBackForm(version=decision.version)
    if form.validate_on_submit():
        operation = operations.reopen if verb == "reopen" else operations.withdraw
        with attempt(form) as attempted:
            operation(decision, reason=form.reason.data or "", by=me(), version_seen=form.version_seen)
        if attempted.ok:
            flash("The decision is reopened." if verb == "reopen" else "The proposal is withdrawn.")
            return redirect(url_for(".show", code=code))
        round, bid = _loaded(code, key)
        stands = _caught_up(form, bid)
    return render_template("allocation/take_back.html", round=round, bid=bid, form=form, verb=verb, decision=stands)


def _caught_up(form: EditForm, bid: Bid) -> Decision | None:
    """What is decided of the bid now; what was sent and came too late is sent again on top of it."""
    decision = queries.decision_on(bid)
    form.catch_up(decision.version if decision else 0)
    return decision


def _loaded(code: str, key: str) -> tuple[Round, Bid]:
    """The bid through its round: NotFound where the two do not belong together or are not this person's to see."""
    round = queries.round_to_decide(code)
    return round, queries.bid_to_decide(round, key, me(), clock.today())


def _decided(bid: Bid) -> Decision:
    decision = queries.decision_on(bid)
    if decision is None:
        raise NotFound
    return decision


def _decision_page(round: Round, bid: Bid, form: ConfirmForm) -> ResponseReturnValue:
    decision = _caught_up(form, bid)
    if decision and not form.is_submitted():
        form.version.data = str(decision.version)
    events = db.session.scalars(trail(decision)).all() if decision else []
    return render_template(
        "allocation/decision.html",
        round=round,
        bid=bid,
        decision=decision,
        to_settle=bid.status in queries.TO_DECIDE and bool(queries.to_settle(select(Bid).where(Bid.id == bid.id))),
        few=bool(moderated_on_few(select(Bid).where(Bid.id == bid.id))),
        least=FEWEST_APPRAISERS,
        form=form,
        events=events,
        me=me(),
    )


def _part(rows: Sequence[Candidate]) -> Page[Candidate]:
    """One page of rows that had to be ranked together anyway."""
    number = min(asked_page(), max(1, -(-len(rows) // _ROWS)))
    return Page(rows[(number - 1) * _ROWS : number * _ROWS], number, len(rows), _ROWS)
