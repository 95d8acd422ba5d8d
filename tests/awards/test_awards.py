"""From the decision to the answer: awards equal what was decided, offers go to the council, and only it can answer."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from grants.allocation import operations as allocation
from grants.allocation.models import DecisionOutcome
from grants.audit.queries import trail
from grants.awards import operations
from grants.awards.models import AWARD_MOVES, Award, AwardStatus, MovementKind
from grants.bids.models import BidStatus
from grants.funds.models import Stream
from grants.kernel.db import db
from grants.kernel.errors import Overtaken, Refused
from grants.kernel.financial_year import FinancialYear as FY
from grants.messages.models import Message
from grants.people.models import Person
from grants.people.roles import Role
from tests.factories import NOW, make_award, make_bid, make_closed_round, make_council, make_decision, make_person

LATER = NOW + timedelta(days=30)
DAY = LATER.date()


@pytest.fixture
def manager(session):
    return make_person(Role.PROGRAMME_MANAGER)


def announced(manager, *bids):
    allocation.announce(bids[0].round, statement="Thank you.", by=manager, at=LATER)
    return operations.award_funded(bids[0].round, by=manager, at=LATER)


def awarded(manager, **values):
    """(award, its council's Section 151 officer) of a bid that was funded."""
    bid = make_bid(make_closed_round(), status=BidStatus.MODERATED, **values)
    make_decision(bid)
    [award] = announced(manager, bid)
    db.session.flush()
    return award, officer_of(award)


def officer_of(award):
    holds = Person.appointments.any(council_id=award.council_id, role=Role.SECTION_151_OFFICER)
    return db.session.scalars(select(Person).where(holds)).first()


def offered(manager, **values):
    award, officer = awarded(manager, **values)
    operations.offer(award, text="We offer.", by=manager, at=LATER)
    return award, officer


def test_each_funded_project_becomes_one_award_to_the_penny(manager):
    round = make_closed_round()
    bid = make_bid(round, status=BidStatus.MODERATED, projects=2)
    lost = make_bid(round, status=BidStatus.MODERATED)
    decision = make_decision(bid, pence=123_456_78)
    make_decision(lost, DecisionOutcome.REJECT)
    awards = announced(manager, bid)
    assert [award.project for award in awards] == bid.projects
    for award, line in zip(awards, decision.lines, strict=True):
        assert award.profile(DAY) == {line.year: line.pence} == {FY(2026): 123_456_78}
        assert award.profile(DAY - timedelta(days=1)) == {}
        assert [m.kind for m in award.movements] == [MovementKind.AWARD]
        assert (award.council, award.recipient, award.awarded_on) == (bid.lead_council, bid.lead_council.name, DAY)
        assert award.status is AwardStatus.PROPOSED
    assert len({award.reference for award in awards}) == 2
    assert all(award.reference.startswith(bid.reference) for award in awards)


def test_awards_stand_in_the_order_of_the_annex_and_are_made_once(manager):
    round = make_closed_round()
    councils = [make_council(name) for name in ("Wessex Council", "Anglia Council")]
    bids = [make_bid(round, lead=council, status=BidStatus.MODERATED) for council in councils]
    for bid in bids:
        make_decision(bid)
    awards = announced(manager, *bids)
    db.session.flush()
    assert [award.recipient for award in awards] == ["Anglia Council", "Wessex Council"]
    assert [award.position for award in awards] == [1, 2]
    assert operations.award_funded(round, by=manager, at=LATER) == []


def test_nothing_is_awarded_before_the_announcement(manager):
    bid = make_bid(make_closed_round(), status=BidStatus.MODERATED)
    make_decision(bid)
    with pytest.raises(Refused, match="announced"):
        operations.award_funded(bid.round, by=manager, at=LATER)


def test_an_offer_is_sent_to_the_councils_officers_with_its_schedule(manager):
    award, officer = awarded(manager)
    text = operations.offer_text(award, DAY)
    assert "£500,000" in text
    assert "2026/27: £500,000 of capital" in text
    operations.offer(award, text=text, by=manager, at=LATER)
    assert (award.status, award.offered_at, award.offer_text) == (AwardStatus.OFFERED, LATER, text)
    told = db.session.scalars(select(Message).where(Message.subject == f"Offer of grant {award.reference}")).all()
    assert officer.email in {m.to for m in told}
    assert len(told) == 2
    with pytest.raises(Refused, match="cannot be offered"):
        operations.offer(award, text=text, by=manager, at=LATER)


def test_an_offer_needs_words_and_somebody_who_could_accept_it(manager):
    award, officer = awarded(manager)
    with pytest.raises(Refused) as refused:
        operations.offer(award, text=" ", by=manager, at=LATER)
    assert refused.value.field == "text"
    officer.active = False
    with pytest.raises(Refused, match="Nobody is Section 151 officer"):
        operations.offer(award, text="We offer.", by=manager, at=LATER)


def test_the_section_151_officer_of_that_council_accepts(manager):
    award, officer = offered(manager)
    others = [make_person(Role.SECTION_151_OFFICER), make_person(Role.BID_COORDINATOR, council=award.council), manager]
    for other in others:
        with pytest.raises(Refused, match="Only the Section 151 officer"):
            operations.accept(award, by=other, at=LATER, on=DAY)
    operations.accept(award, by=officer, at=LATER, on=DAY)
    assert (award.status, award.accepted_on, award.accepted_by) == (AwardStatus.ACCEPTED, DAY, officer)
    db.session.commit()
    assert [event.verb for event in db.session.scalars(trail(award))] == ["accepted", "offered", "awarded"]


def test_declining_takes_the_promise_back_by_movements_and_keeps_the_history(manager):
    award, officer = offered(manager)
    day_after = LATER + timedelta(days=1)
    with pytest.raises(Refused, match="why"):
        operations.decline(award, reason="", by=officer, at=day_after)
    operations.decline(award, reason="The site is sold.", by=officer, at=day_after)
    assert award.status is AwardStatus.DECLINED
    assert award.profile(DAY) == {FY(2026): 500_000_00}
    assert award.total(day_after.date()) == 0
    with pytest.raises(Refused, match="cannot be accepted"):
        operations.accept(award, by=officer, at=day_after, on=DAY)


def test_whoever_answers_an_offer_that_changed_is_told(manager):
    award, officer = offered(manager)
    db.session.flush()
    with pytest.raises(Overtaken):
        operations.accept(award, by=officer, at=LATER, on=DAY, version_seen=award.version - 1)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["offer", "accept", "decline"]), max_size=6), st.integers(1, 500_000_00))
def test_an_award_only_moves_as_drawn_and_its_profile_always_makes_its_total(session, verbs, pence):
    """I01 and I19 under any order of operations."""
    db.session.rollback()
    manager = make_person(Role.PROGRAMME_MANAGER)
    bid = make_bid(make_closed_round(), status=BidStatus.MODERATED)
    make_decision(bid, pence=pence)
    [award] = announced(manager, bid)
    officer = officer_of(award)
    does = {
        "offer": lambda: operations.offer(award, text="We offer.", by=manager, at=LATER),
        "accept": lambda: operations.accept(award, by=officer, at=LATER, on=DAY),
        "decline": lambda: operations.decline(award, reason="No.", by=officer, at=LATER),
    }
    for verb in verbs:
        before = award.status
        try:
            does[verb]()
        except Refused:
            assert award.status is before
        else:
            assert award.status in AWARD_MOVES[before]
        gone = award.status in (AwardStatus.DECLINED, AwardStatus.WITHDRAWN)
        assert award.total(DAY) == sum(award.profile(DAY).values()) == (0 if gone else pence)


def test_a_profile_is_that_of_its_day(session):
    award = make_award(profile={2017: 900_00, 2018: 100_00}, on=date(2018, 2, 16))
    assert award.profile(date(2018, 2, 15)) == {}
    assert award.profile(date(2018, 2, 16)) == {FY(2017): 900_00, FY(2018): 100_00}
    assert {m.stream for m in award.movements} == {Stream.CAPITAL}
    assert db.session.scalars(select(Award)).all() == [award]
