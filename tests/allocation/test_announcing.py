"""The announcement: nothing before it, everything at it, once and for everyone."""

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from grants.allocation import operations
from grants.allocation.models import Announcement, DecisionOutcome
from grants.awards.models import Award
from grants.bids import operations as bids
from grants.bids.models import BidStatus
from grants.funds.models import RoundStatus
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.messages.models import Message
from grants.people.models import Person
from grants.people.roles import Role
from tests.factories import (
    NOW,
    close,
    make_bid,
    make_closed_round,
    make_council,
    make_decision,
    make_person,
    sign_in,
)

FUND, RESERVE, REJECT = DecisionOutcome.FUND, DecisionOutcome.RESERVE, DecisionOutcome.REJECT
LATER = NOW + timedelta(days=30)
UNDO = re.compile(r"\d\d:\d\d on|nonce=\S+|value=\"[^\"]{20,}\"|\d+ (?:minutes?|seconds?)")


@pytest.fixture
def manager(session):
    return make_person(Role.PROGRAMME_MANAGER)


@pytest.fixture
def round(session):
    return make_closed_round()


def announced(round, manager, **values):
    said = {"statement": "Thank you all.", "by": manager, "at": LATER}
    return operations.announce(round, **{**said, **values})


def people_of(bid):
    holders = select(Person.email).where(Person.appointments.any(council_id=bid.lead_council_id))
    return set(db.session.scalars(holders))


def test_every_bid_gets_its_outcome_and_its_people_are_told(round, manager):
    kinds = {FUND: BidStatus.SUCCESSFUL, RESERVE: BidStatus.RESERVE, REJECT: BidStatus.UNSUCCESSFUL}
    decided = {outcome: make_bid(round, status=BidStatus.MODERATED) for outcome in kinds}
    for outcome, bid in decided.items():
        make_decision(bid, outcome, conditions="Report monthly." if outcome is FUND else "", reason="SECRET REASON")
    before = set(db.session.scalars(select(Message.id)))
    announcement = announced(round, manager)
    db.session.commit()
    assert (round.status, round.announced_at) == (RoundStatus.ANNOUNCED, LATER)
    assert announcement.announced_by is manager
    told = [m for m in db.session.scalars(select(Message)) if m.id not in before]
    for outcome, bid in decided.items():
        assert bid.status is kinds[outcome]
        letters = [m for m in told if bid.reference in m.body]
        assert {m.to for m in letters} == people_of(bid)
        assert all("Thank you all." in m.body and "SECRET" not in m.body for m in letters)
    assert any("£500,000 of capital in 2026/27" in m.body and "Report monthly." in m.body for m in told)


def test_a_bid_that_is_not_decided_or_not_confirmed_holds_the_round_up(round, manager):
    first, second = (make_bid(round, status=BidStatus.MODERATED) for _ in range(2))
    make_decision(first)
    with pytest.raises(Refused, match=second.reference):
        announced(round, manager)
    decision = make_decision(second, confirmed=False)
    with pytest.raises(Refused, match=second.reference):
        announced(round, manager)
    assert round.status is RoundStatus.PUBLISHED
    operations.confirm(decision, by=make_person(Role.FINANCE_OFFICER), at=NOW)
    announced(round, manager)
    assert second.status is BidStatus.SUCCESSFUL


@pytest.mark.parametrize("status", [BidStatus.SUBMITTED, BidStatus.APPRAISAL])
def test_so_does_one_that_is_still_being_judged(round, manager, status):
    bid = make_bid(round, status=status)
    with pytest.raises(Refused, match=bid.reference):
        announced(round, manager)


def test_an_ineligible_bid_is_unsuccessful_without_a_further_decision(round, manager):
    make_decision(make_bid(round, status=BidStatus.MODERATED))
    bid = make_bid(round, status=BidStatus.INELIGIBLE)
    announced(round, manager)
    assert bid.status is BidStatus.UNSUCCESSFUL


def test_drafts_and_withdrawn_bids_are_left_alone(round, manager):
    draft, gone = make_bid(round, status=BidStatus.DRAFT), make_bid(round, status=BidStatus.MODERATED)
    make_decision(gone)
    bids.move(gone, BidStatus.WITHDRAWN, by=None)
    make_decision(make_bid(round, status=BidStatus.MODERATED), REJECT)
    announced(round, manager)
    assert (draft.status, gone.status) == (BidStatus.DRAFT, BidStatus.WITHDRAWN)


def test_a_round_is_announced_once_and_its_decisions_stand(round, manager):
    decision = make_decision(make_bid(round, status=BidStatus.MODERATED))
    announced(round, manager)
    with pytest.raises(Refused, match="announced"):
        announced(round, manager)
    with pytest.raises(Refused, match="stand"):
        operations.reopen(decision, reason="Too late.", by=manager)
    assert len(db.session.scalars(select(Announcement)).all()) == 1


def test_an_open_round_cannot_be_announced_nor_one_without_bids_or_words(round, manager):
    with pytest.raises(Refused, match="No bid"):
        announced(round, manager)
    make_decision(make_bid(round, status=BidStatus.MODERATED))
    with pytest.raises(Refused, match="closed"):
        announced(round, manager, at=NOW)
    with pytest.raises(Refused) as refused:
        announced(round, manager, statement=" ")
    assert refused.value.field == "statement"


def test_money_that_no_longer_fits_stops_the_announcement(round, manager):
    make_decision(make_bid(round, status=BidStatus.MODERATED))
    round.budget[0].pence = 1
    with pytest.raises(Refused, match="the budget is"):
        announced(round, manager)


# --- On the page, and what a council can tell before


def test_announcing_on_the_page_makes_the_awards_in_the_same_go(round, manager, client):
    bid = make_bid(round, status=BidStatus.MODERATED, projects=2)
    make_decision(bid)
    close(round)
    sign_in(client, manager)
    page = client.get(f"/decisions/{round.code}/announce")
    assert page.status_code == 200
    answer = client.post(f"/decisions/{round.code}/announce", data={"statement": "Well done."})
    assert answer.location == f"/awards?round={round.code}"
    awards = db.session.scalars(select(Award).where(Award.round_id == round.id)).all()
    assert [award.project.bid_id for award in awards] == [bid.id, bid.id]
    again = client.post(f"/decisions/{round.code}/announce", data={"statement": "Well done."})
    assert again.location == f"/decisions/{round.code}"
    assert len(db.session.scalars(select(Award)).all()) == 2


def test_the_page_says_what_stands_in_the_way_before_anybody_tries(round, manager, client):
    bid = make_bid(round, status=BidStatus.MODERATED)
    sign_in(client, manager)
    button, link = "cannot be taken back", "What stands in the way of the announcement"
    page = client.get(f"/decisions/{round.code}/announce").text
    assert "The round has not closed yet: bids can come in until" in page
    assert f"Not yet decided and confirmed: {bid.reference}." in page
    assert "Feedback is approved for 0 of 1 bid and goes out with the outcomes." in page
    assert button not in page
    make_decision(bid)
    assert link in client.get(f"/decisions/{round.code}").text
    assert "can be announced" not in client.get("/").text
    close(round)
    assert link not in client.get(f"/decisions/{round.code}").text
    assert "can be announced" in client.get("/").text
    assert button in client.get(f"/decisions/{round.code}/announce").text
    round.budget[0].pence = 1
    page = client.get(f"/decisions/{round.code}/announce").text
    assert "The decisions take more of capital in 2026/27 than there is." in page
    assert button not in page
    refused = client.post(f"/decisions/{round.code}/announce", data={"statement": "Typed at length."}).text
    assert "Typed at length." in refused


def test_a_refused_announcement_leaves_nothing_behind(round, manager, client):
    make_bid(round, status=BidStatus.MODERATED)
    close(round)
    sign_in(client, manager)
    before = len(db.session.scalars(select(Message)).all())
    answer = client.post(f"/decisions/{round.code}/announce", data={"statement": "Well done."})
    assert "Not yet decided and confirmed" in answer.text
    db.session.expire_all()
    assert round.status is RoundStatus.PUBLISHED
    assert len(db.session.scalars(select(Message)).all()) == before


@pytest.mark.sqlite  # the same queries on either engine
def test_before_the_announcement_a_council_sees_the_same_whatever_was_decided(round, manager, client, product):
    """Gap 25, T06: every page a council can reach, and its outbox, before any decision and after the last one."""
    council = make_council()
    mine = [make_bid(round, lead=council, status=BidStatus.MODERATED) for _ in range(2)]
    close(round)
    person = make_person(Role.BID_COORDINATOR, Role.SECTION_151_OFFICER, council=council)
    sign_in(client, person)
    before = walk(client, product, round, mine), post(person)
    make_decision(mine[0], FUND, by=manager)
    make_decision(mine[1], REJECT, by=manager, conditions="None.")
    assert (walk(client, product, round, mine), post(person)) == before
    announced(round, manager)
    assert walk(client, product, round, mine) != before[0]
    assert len(post(person)) == len(before[1]) + 2


def walk(client, product, round, bids):
    """What the person sees at every address that can be made of these bids and their round, always at the same moment.

    A file says when it was made: looked at a second later it would differ by that alone.
    """
    with time_machine.travel(LATER, tick=False):
        return dict(looked_at(client, product, round, bids))


def looked_at(client, product, round, bids):
    for rule in product.url_map.iter_rules():
        if "GET" not in rule.methods or rule.endpoint == "static":
            continue
        for bid in bids:
            path = re.sub(r"<(?:\w+(?:\([^)]*\))?:)?code>", round.code, str(rule))
            path = re.sub(r"<[^>]*>", bid.key, path)
            answer = client.get(path)
            yield path, (answer.status_code, UNDO.sub("", answer.data.decode("latin-1")))


def post(person):
    found = select(Message.subject, Message.body).where(Message.person_id == person.id).order_by(Message.id)
    return db.session.execute(found).all()
