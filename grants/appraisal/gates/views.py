"""The eligibility check: which bids wait for it, the gates of one bid beside its content, and the conclusion."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, func

from grants.appraisal import queries
from grants.appraisal.gates import checking
from grants.appraisal.gates import queries as gate_queries
from grants.appraisal.gates.forms import findings_of, gates_form, late_findings
from grants.appraisal.remarks import queries as remarks
from grants.appraisal.room import bp
from grants.bids.afterwards.clarification_queries import answers_sent
from grants.bids.models import Bid, BidStatus
from grants.bids.queries import bid_in_full
from grants.funds.models import Gate, GateStage
from grants.kernel import clock
from grants.kernel.db import found
from grants.kernel.errors import Refused
from grants.kernel.forms import EditForm, Form, attempt
from grants.kernel.pages import page_of
from grants.people.access import me, requires
from grants.people.roles import Permission

_ALL = "all"
STAGES = {GateStage.ELIGIBILITY: "Eligibility", GateStage.GATEWAY: "Gateway"}
"""In the order in which a bid comes to them (domain rule, steps 7 and 8)."""


@dataclass(frozen=True)
class Checked:
    """One bid in the list, with how many of its gates have a finding that counts."""

    bid: Bid
    waits: bool
    of_eligibility: int
    """Gates of the round, by stage."""
    of_gateway: int
    passed: int
    failed: int
    agreed: int
    queries: int
    gateway_done: int

    @property
    def gates(self) -> int:
        return self.of_eligibility + self.of_gateway

    @property
    def eligibility_done(self) -> int:
        return self.done - self.gateway_done

    @property
    def done(self) -> int:
        return self.passed + self.failed + self.queries

    @property
    def state(self) -> str:
        """What a checker would do next; what came of the check where it is concluded."""
        if self.waits and self.bid.status is not BidStatus.SUBMITTED:
            return "check_again"
        if self.bid.status is BidStatus.INELIGIBLE:
            return "ineligible"
        if self.bid.status is not BidStatus.SUBMITTED:
            return "eligible"
        if not self.done and self.gates:
            return "not_started"
        if self.queries:
            return "query"
        if self.done < self.gates:
            return "being_checked"
        return "second_check" if self.failed > self.agreed else "to_conclude"


@bp.route("/eligibility")
@requires(Permission.ELIGIBILITY_CHECK)
def eligibility_list() -> ResponseReturnValue:
    bids = queries.bids_open_to(me(), clock.today()).where(Bid.status.in_(queries.CHECKED))
    rounds = queries.rounds_with(bids)
    show, code, tag = (request.args.get(name, "") for name in ("show", "round", "tag"))
    asked = bids if show == _ALL else bids.where(gate_queries.to_check())
    if chosen := next((round_ for round_ in rounds if round_.code == code), None):
        asked = asked.where(Bid.round_id == chosen.id)
    tags = remarks.tag_names(asked)
    if tag in tags:
        asked = asked.where(remarks.tagged(tag))
    page = page_of(_with_counts(asked).order_by(Bid.submitted_at, Bid.id), scalars=False)
    return render_template(
        "appraisal/eligibility_list.html",
        page=page,
        rows=_checked(page.rows),
        rounds=rounds,
        chosen=chosen,
        show=show,
        tags=tags,
        tag=tag,
    )


def _with_counts(bids: Select[Bid]) -> Select[Any]:
    """In the order of `Checked`, apart from the gates of the bids' rounds."""
    counts = gate_queries.gate_counts().subquery()
    wanted = ("passed", "failed", "agreed", "queries", "of_gateway")
    return bids.outerjoin(counts, counts.c.bid_id == Bid.id).add_columns(
        gate_queries.to_check(), *(func.coalesce(counts.c[name], 0) for name in wanted)
    )


def _checked(rows: Sequence[Any]) -> list[Checked]:
    gates = gate_queries.gates_of({bid.round_id for bid, *_ in rows})
    return [
        Checked(bid, bool(waits), *(gates.get((bid.round_id, stage), 0) for stage in GateStage), *map(int, counts))
        for bid, waits, *counts in rows
    ]


@bp.route("/eligibility/<key>", methods=["GET", "POST"])
@requires(Permission.ELIGIBILITY_CHECK)
def check(key: str) -> ResponseReturnValue:
    bid = _bid(key)
    gates = bid.round.gates
    form = gates_form(gates, gate_queries.gate_results(bid))
    if form.validate_on_submit():
        with attempt(form) as attempted:
            changed = checking.check(bid, findings_of(form, gates), by=me(), at=clock.now())
        if attempted.ok:
            if changed:
                flash("Your findings are saved.")
            else:
                flash("Nothing has changed: there was nothing new to save.", "important")
            return redirect(url_for(".check", key=key))
    return _check_page(bid, form, form)


@bp.route("/eligibility/<key>/gates/<int:gate_id>/agree", methods=["POST"])
@requires(Permission.ELIGIBILITY_CHECK)
def agree_fail(key: str, gate_id: int) -> ResponseReturnValue:
    bid, form = _bid(key), EditForm()
    result = found(gate_queries.gate_result(bid, gate_id))
    if form.validate_on_submit():
        with attempt(form) as attempted:
            checking.agree_fail(result, version_seen=form.version_seen, by=me(), at=clock.now())
        if attempted.ok:
            flash("You have agreed to the fail.")
            return redirect(url_for(".check", key=key))
    return _check_page(bid, None, form)


@bp.route("/eligibility/<key>/conclude", methods=["POST"])
@requires(Permission.ELIGIBILITY_CHECK)
def conclude_eligibility(key: str) -> ResponseReturnValue:
    """Saves what was typed and concludes, both or neither; where it is refused, what was typed stays on the page."""
    bid = _bid(key)
    gates = bid.round.gates
    form = gates_form(gates, gate_queries.gate_results(bid))
    if form.validate_on_submit():
        changed: list[Gate] = []
        with attempt(form) as attempted:
            changed = checking.check(bid, findings_of(form, gates), by=me(), at=clock.now())
            checking.conclude_eligibility(bid, by=me(), at=clock.now())
        if attempted.ok:
            passed = bid.status is not BidStatus.INELIGIBLE
            flash(
                f"{bid.reference} is eligible and goes to appraisal." if passed else f"{bid.reference} is ineligible."
            )
            return redirect(url_for(".eligibility_list"))
        if changed:
            form.refuse(Refused("Your findings are not saved yet: they stand below as you typed them."))
    return _check_page(bid, form, form)


@bp.route("/eligibility/<key>/reopen", methods=["POST"])
@requires(Permission.ELIGIBILITY_CHECK)
def reopen_eligibility(key: str) -> ResponseReturnValue:
    bid, form = _bid(key), Form()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            checking.reopen_eligibility(bid, by=me(), at=clock.now())
        if attempted.ok:
            flash("The check is open again.")
            return redirect(url_for(".check", key=key))
    return _check_page(bid, None, form)


def _bid(key: str) -> Bid:
    return queries.found_bid(queries.bids_open_to(me(), clock.today()), key, *queries.CHECKED)


def _check_page(bid: Bid, gates: Form | None, form: Form) -> ResponseReturnValue:
    """`form` is what was sent, whose errors stand in the summary; `gates` the findings as typed, None for as stored."""
    known = gate_queries.gate_results(bid)
    is_open = bid.status is BidStatus.SUBMITTED
    return render_template(
        "appraisal/check.html",
        bid=bid_in_full(bid.id),
        clarified=answers_sent(bid, clock.now()),
        results=known,
        gates=gates or gates_form(bid.round.gates, known),
        typed=gates is not None and gates.is_submitted(),
        late=late_findings(gates, known) if gates and gates.is_submitted() else set(),
        form=form,
        stages=[(words, [gate for gate in bid.round.gates if gate.stage is stage]) for stage, words in STAGES.items()],
        worth=checking.Judged(bid),
        is_open=is_open,
        check_again=not is_open and gate_queries.is_to_check(bid),
    )
