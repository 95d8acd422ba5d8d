"""Proposing, confirming and taking back: two people, a reason, and never more than the ask or the year's money."""

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from grants.allocation import operations, queries
from grants.allocation.models import Decision, DecisionOutcome
from grants.audit.queries import trail
from grants.bids import operations as bids
from grants.bids.models import BidStatus
from grants.funds.models import Stream
from grants.kernel.db import db
from grants.kernel.errors import Overtaken, Refused
from grants.kernel.financial_year import FinancialYear as FY
from grants.people.roles import Role
from tests.factories import NOW, make_bid, make_closed_round, make_decision, make_person

FUND, RESERVE, REJECT = DecisionOutcome.FUND, DecisionOutcome.RESERVE, DecisionOutcome.REJECT
FIRST = (FY(2026), Stream.CAPITAL)


@pytest.fixture
def manager(session):
    return make_person(Role.PROGRAMME_MANAGER)


@pytest.fixture
def officer(session):
    return make_person(Role.FINANCE_OFFICER)


@pytest.fixture
def round(session):
    """£10m of capital in 2026/27, nothing in later years."""
    return make_closed_round()


@pytest.fixture
def bid(round):
    return make_bid(round, status=BidStatus.MODERATED)


def proposal(bid, **values):
    lines = {(project, FY(2026), Stream.CAPITAL): 500_000_00 for project in bid.projects}
    said = {"outcome": FUND, "lines": lines, "reason": "Best value.", "conditions": "", "at": NOW}
    return {**said, **values}


def test_a_proposal_keeps_the_money_by_project_and_year_and_takes_it_from_the_purse(bid, round, manager):
    decision = operations.propose(bid, **proposal(bid, by=manager))
    db.session.flush()
    assert [(line.project, line.year, line.pence) for line in decision.lines] == [
        (bid.projects[0], FY(2026), 500_000_00)
    ]
    assert queries.committed_in(round) == {FIRST: 500_000_00}
    everything = queries.bids_in(round, manager, NOW.date())
    [purse] = queries.purses(round, queries.asks_in(round, everything).values(), everything)
    assert (purse.budget, purse.asked, purse.left) == (10_000_000_00, 500_000_00, 9_500_000_00)


def test_another_person_confirms(bid, manager, officer):
    decision = operations.propose(bid, **proposal(bid, by=manager))
    with pytest.raises(Refused, match="Another person"):
        operations.confirm(decision, by=manager, at=NOW)
    operations.confirm(decision, by=officer, at=NOW)
    assert (decision.confirmed_by, decision.confirmed_at) == (officer, NOW)
    with pytest.raises(Refused, match="confirmed already"):
        operations.confirm(decision, by=officer, at=NOW)


def test_who_proposes_last_is_the_one_who_may_not_confirm(bid, manager):
    colleague = make_person(Role.PROGRAMME_MANAGER)
    operations.propose(bid, **proposal(bid, by=manager))
    decision = operations.propose(bid, **proposal(bid, by=colleague, reason="Seen again."))
    with pytest.raises(Refused, match="Another person"):
        operations.confirm(decision, by=colleague, at=NOW)
    operations.confirm(decision, by=manager, at=NOW)


def test_a_reason_is_always_asked_for(bid, manager):
    with pytest.raises(Refused, match="why") as refused:
        operations.propose(bid, **proposal(bid, by=manager, reason=" "))
    assert refused.value.field == "reason"


def test_more_than_the_ask_is_refused_next_to_the_amount(bid, manager):
    place = (bid.projects[0], FY(2026), Stream.CAPITAL)
    with pytest.raises(Refused, match="£500,000") as refused:
        operations.propose(bid, **proposal(bid, by=manager, lines={place: 500_000_01}))
    assert refused.value.field == operations.line_field(*place)


def test_a_year_that_was_not_asked_for_is_refused(bid, manager):
    with pytest.raises(Refused, match="asks for £0"):
        operations.propose(bid, **proposal(bid, by=manager, lines={(bid.projects[0], FY(2027), Stream.CAPITAL): 1}))


def test_a_negative_amount_is_refused(bid, manager):
    with pytest.raises(Refused):
        operations.propose(bid, **proposal(bid, by=manager, lines={(bid.projects[0], *FIRST): -1}))


def test_a_project_of_another_bid_is_refused(bid, round, manager):
    other = make_bid(round, status=BidStatus.MODERATED)
    with pytest.raises(Refused, match="another bid"):
        operations.propose(bid, **proposal(other, by=manager))


def test_lines_of_nought_are_dropped_and_funding_with_nothing_is_refused(round, manager):
    bid = make_bid(round, status=BidStatus.MODERATED, projects=2)
    first, second = bid.projects
    decision = operations.propose(bid, **proposal(bid, by=manager, lines={(first, *FIRST): 100, (second, *FIRST): 0}))
    assert [line.project for line in decision.lines] == [first]
    with pytest.raises(Refused, match="how much"):
        operations.propose(bid, **proposal(bid, by=manager, lines={(first, *FIRST): 0}))


def test_only_a_bid_to_be_funded_keeps_lines(bid, round, manager):
    decision = operations.propose(bid, **proposal(bid, by=manager))
    db.session.flush()
    operations.propose(bid, **proposal(bid, by=manager, outcome=RESERVE))
    db.session.flush()
    assert decision.lines == []
    assert queries.committed_in(round) == {}


def test_a_year_cannot_be_overspent_and_what_is_left_is_said(round, manager):
    first, second = (make_bid(round, status=BidStatus.MODERATED, pence=6_000_000_00) for _ in range(2))
    make_decision(first, by=manager, confirmed=False)
    with pytest.raises(Refused, match="2026/27 has £4,000,000 of capital left") as refused:
        make_decision(second, by=manager, confirmed=False)
    assert refused.value.field == operations.line_field(second.projects[0], *FIRST)
    make_decision(second, by=manager, pence=4_000_000_00, confirmed=False)
    assert queries.committed_in(round) == {FIRST: 10_000_000_00}


def test_one_penny_over_is_over(round, manager):
    first, second = (make_bid(round, status=BidStatus.MODERATED, pence=6_000_000_00) for _ in range(2))
    make_decision(first, by=manager, confirmed=False)
    with pytest.raises(Refused, match="left"):
        make_decision(second, by=manager, pence=4_000_000_01, confirmed=False)


def test_the_two_projects_of_one_bid_share_the_purse(round, manager):
    bid = make_bid(round, status=BidStatus.MODERATED, projects=2, pence=6_000_000_00)
    with pytest.raises(Refused, match="this takes £12,000,000"):
        make_decision(bid, by=manager)


def test_a_bid_that_is_withdrawn_gives_its_money_back(round, manager):
    first, second = (make_bid(round, status=BidStatus.MODERATED, pence=6_000_000_00) for _ in range(2))
    make_decision(first, by=manager)
    bids.move(first, BidStatus.WITHDRAWN, by=None)
    make_decision(second, by=manager)
    assert queries.committed_in(round) == {FIRST: 6_000_000_00}


@pytest.mark.parametrize("status", [BidStatus.SUBMITTED, BidStatus.APPRAISAL])
def test_a_bid_that_is_not_moderated_cannot_be_decided(round, manager, status):
    bid = make_bid(round, status=status)
    with pytest.raises(Refused, match="not moderated yet"):
        make_decision(bid, by=manager)


def test_an_ineligible_bid_can_only_be_rejected(round, manager):
    bid = make_bid(round, status=BidStatus.INELIGIBLE)
    with pytest.raises(Refused, match="only be rejected"):
        make_decision(bid, by=manager)
    assert make_decision(bid, REJECT, by=manager).outcome is REJECT


def test_a_proposal_can_be_changed_until_it_is_confirmed(bid, manager, officer):
    decision = operations.propose(bid, **proposal(bid, by=manager))
    again = operations.propose(bid, **proposal(bid, by=manager, outcome=REJECT, reason="On reflection."))
    assert again is decision
    operations.confirm(decision, by=officer, at=NOW)
    with pytest.raises(Refused, match="Reopen"):
        operations.propose(bid, **proposal(bid, by=manager))


def test_the_same_proposal_again_changes_nothing(bid, manager):
    decision = operations.propose(bid, **proposal(bid, by=manager, version_seen=0))
    db.session.commit()
    assert operations.propose(bid, **proposal(bid, by=manager, version_seen=0)) is decision
    db.session.commit()
    assert decision.version == 1
    assert len(db.session.scalars(trail(decision)).all()) == 1


def test_who_decides_on_what_another_has_changed_is_told(bid, manager, officer):
    operations.propose(bid, **proposal(bid, by=manager))
    db.session.flush()
    with pytest.raises(Overtaken):
        operations.propose(bid, **proposal(bid, by=officer, version_seen=0, reason="Mine."))
    with pytest.raises(Overtaken):
        operations.confirm(db.session.scalars(select(Decision)).one(), by=officer, at=NOW, version_seen=7)


def test_a_proposal_is_withdrawn_with_a_reason_and_leaves_its_trail(bid, round, manager):
    decision = operations.propose(bid, **proposal(bid, by=manager))
    db.session.commit()
    with pytest.raises(Refused, match="why"):
        operations.withdraw(decision, reason="", by=manager)
    operations.withdraw(decision, reason="Too early.", by=manager)
    db.session.commit()
    assert db.session.scalar(select(Decision)) is None
    assert queries.committed_in(round) == {}
    assert [event.verb for event in db.session.scalars(trail(decision))] == ["withdrew", "proposed"]


def test_a_confirmed_decision_is_reopened_and_needs_a_second_person_again(bid, manager, officer):
    decision = make_decision(bid, by=manager, confirmed_by=officer)
    with pytest.raises(Refused, match="Reopen"):
        operations.withdraw(decision, reason="No.", by=manager)
    operations.reopen(decision, reason="New facts.", by=manager)
    assert decision.confirmed_at is None
    with pytest.raises(Refused, match="Another person"):
        operations.confirm(decision, by=manager, at=NOW)
    with pytest.raises(Refused, match="not confirmed"):
        operations.reopen(decision, reason="Again.", by=manager)


def test_the_table_itself_refuses_one_person_as_both(bid, manager):
    from sqlalchemy.exc import IntegrityError

    decision = operations.propose(bid, **proposal(bid, by=manager))
    decision.confirmed_by, decision.confirmed_at = manager, NOW
    with pytest.raises(IntegrityError):
        db.session.flush()
    db.session.rollback()


def test_a_confirmation_looks_at_the_budget_again(bid, round, manager, officer):
    decision = operations.propose(bid, **proposal(bid, by=manager))
    round.budget[0].pence = 499_999_99
    with pytest.raises(Refused, match=r"the budget is £499,999\.99"):
        operations.confirm(decision, by=officer, at=NOW)


amounts = st.integers(1, 700)
steps = st.tuples(
    st.sampled_from(["fund", "reject", "confirm", "withdraw", "reopen", "leave"]), st.integers(0, 2), amounts
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(steps, max_size=14), st.integers(0, 1500))
def test_no_order_of_decisions_ever_overspends_the_year(session, asked, budget):
    """I02: after every step, accepted or refused, what is committed fits the budget."""
    db.session.rollback()
    round = make_closed_round()
    round.budget[0].pence = budget
    three = [make_bid(round, status=BidStatus.MODERATED, pence=700) for _ in range(3)]
    first, second = make_person(Role.PROGRAMME_MANAGER), make_person(Role.PROGRAMME_MANAGER)
    for verb, which, pence in asked:
        with suppress(Refused):
            take(verb, three[which], pence, first, second)
        db.session.flush()
        assert queries.committed_in(round).get(FIRST, 0) <= budget


def take(verb, bid, pence, first, second):
    decision = queries.decision_on(bid)
    if verb in ("fund", "reject"):
        lines = {(bid.projects[0], *FIRST): pence}
        outcome = FUND if verb == "fund" else REJECT
        operations.propose(bid, outcome=outcome, lines=lines, reason="So.", conditions="", by=first, at=NOW)
    elif verb == "leave" and bid.status is BidStatus.MODERATED:
        bids.move(bid, BidStatus.WITHDRAWN, by=None)
    elif decision and verb == "confirm":
        operations.confirm(decision, by=second, at=NOW)
    elif decision and verb == "withdraw":
        operations.withdraw(decision, reason="So.", by=first)
    elif decision and verb == "reopen":
        operations.reopen(decision, reason="So.", by=first)
