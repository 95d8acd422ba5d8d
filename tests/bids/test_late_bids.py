"""A late bid is kept, and judged only once the programme has taken it in; a withdrawn one is judged no more."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from grants.allocation.operations import decisions_to_announce
from grants.allocation.queries import asks_in, bids_in, progress
from grants.appraisal.queries import bids_open_to
from grants.appraisal.ranking.totals import ranking
from grants.bids import operations as bids
from grants.bids.deadline.late import take_in
from grants.bids.models import BidStatus
from grants.funds.models import LateBids, RoundStatus
from grants.kernel.errors import Refused
from grants.messages.models import Message
from grants.people.roles import Role
from tests.factories import NOW, TODAY, make_appraised_round, make_bid, make_person, make_task, sign_in


def late_bid(round=None):
    bid = make_bid(round or make_appraised_round(late_bids=LateBids.KEPT))
    bid.late = True
    return bid


def manager():
    return make_person(Role.PROGRAMME_MANAGER)


def judged(session, bid):
    session.flush()
    return bid in session.scalars(bids_open_to(make_person(Role.ELIGIBILITY_CHECKER), TODAY)).unique().all()


def test_a_late_bid_is_in_no_list_of_those_who_judge_until_it_is_taken_in(session):
    bid = late_bid()
    assert not judged(session, bid)
    assert progress([bid.round_id]) == {}
    assert asks_in(bid.round, bids_in(bid.round, manager(), TODAY)) == {}
    with pytest.raises(Refused, match="No bid"):
        decisions_to_announce(bid.round, by=manager(), day=TODAY)
    with pytest.raises(Refused, match="waits for the next assessment point"):
        bids.move(bid, BidStatus.APPRAISAL, by=None)
    take_in([bid], reason="The point of December.", by=manager(), at=NOW)
    assert judged(session, bid)
    assert progress([bid.round_id])[bid.round_id].bids == 1
    bids.move(bid, BidStatus.APPRAISAL, by=None)


def test_the_council_is_told_once_that_its_late_bid_is_taken_in(session):
    bid = late_bid()
    take_in([bid], reason="December.", by=manager(), at=NOW)
    told = session.scalars(select(Message).where(Message.subject == f"Late bid taken in: {bid.reference}")).all()
    assert len(told) == 3
    with pytest.raises(Refused, match="does not wait"):
        take_in([bid], reason="Again.", by=manager(), at=NOW)


def test_only_late_bids_of_a_round_not_announced_are_taken_in_and_with_a_reason(session):
    bid, in_time = late_bid(), make_bid()
    with pytest.raises(Refused, match="assessment point"):
        take_in([bid], reason="", by=manager(), at=NOW)
    with pytest.raises(Refused, match="does not wait"):
        take_in([in_time], reason="x", by=manager(), at=NOW)
    bid.round.status, bid.round.announced_at = RoundStatus.ANNOUNCED, NOW
    with pytest.raises(Refused, match="is announced"):
        take_in([bid], reason="x", by=manager(), at=NOW)


def test_the_programme_takes_ticked_bids_in_by_a_page(session, client):
    round = make_appraised_round(late_bids=LateBids.KEPT, name="Rolling on")
    bid, other = late_bid(round), late_bid(round)
    page = f"/rounds/{round.code}/late-bids"
    council = client.application.test_client()
    sign_in(council, make_person(Role.BID_AUTHOR, council=bid.lead_council))
    assert "waits for the next assessment point" in council.get(f"/bids/{bid.key}").text
    assert council.get(page).status_code == council.post(page).status_code == 403
    sign_in(client, manager())
    assert "Late bids kept for the next assessment point: Rolling on" in client.get("/").text
    assert bid.reference in client.get(page).text
    assert "Tick at least one" in client.post(page, data={"reason": "December."}).text
    assert client.post(page, data={"bids": [bid.key], "reason": "December."}).status_code == 302
    session.expire_all()
    assert (bid.taken_in_at is None, other.taken_in_at) == (False, None)
    assert client.post(page, data={"bids": [make_bid().key], "reason": "x"}).status_code in (200, 404)


def test_a_withdrawn_bid_leaves_every_list_and_the_programme_is_told_why(session):
    bid = make_bid(make_appraised_round(), status=BidStatus.APPRAISAL)
    task = make_task(bid)
    person = manager()
    bids.withdraw(
        bid, reason="The land was sold.", by=make_person(Role.BID_COORDINATOR, council=bid.lead_council), at=NOW
    )
    assert not judged(session, bid)
    assert ranking(bid.round) == []
    told = session.scalars(select(Message).where(Message.subject == f"Bid withdrawn: {bid.reference}")).all()
    assert person.id in {message.person_id for message in told}
    assert all("The land was sold." in message.body for message in told)
    assert task.bid.status is BidStatus.WITHDRAWN


def test_a_withdrawn_draft_is_nobodys_business_and_both_sides_read_why_a_submitted_one_went(session, app):
    draft, bid = make_bid(status=BidStatus.DRAFT), make_bid()
    for one in (draft, bid):
        coordinator = make_person(Role.BID_COORDINATOR, council=one.lead_council)
        bids.withdraw(one, reason="The land was sold.", by=coordinator, at=NOW + timedelta(minutes=1))
    session.commit()
    withdrawn = session.scalars(select(Message).where(Message.subject.contains("withdrawn"))).all()
    assert all(draft.title not in message.body for message in withdrawn)
    for person in (manager(), make_person(Role.BID_AUTHOR, council=bid.lead_council)):
        client = app.test_client()
        sign_in(client, person)
        assert "The land was sold." in client.get(f"/bids/{bid.key}").text
