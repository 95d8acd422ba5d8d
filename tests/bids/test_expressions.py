"""A first stage: expressions of interest are invited or declined, and open the door to the round that follows."""

import pytest
from sqlalchemy import select

from grants.allocation.queries import rounds_to_decide
from grants.appraisal.queries import bids_open_to
from grants.audit.models import AuditEvent
from grants.bids import operations as bids
from grants.bids.afterwards.expressions import decline, invite
from grants.bids.models import BidStatus
from grants.bids.people.invitations import check_invited, my_invitations
from grants.bids.starting.copying import copy_bid
from grants.councils.models import Succession, SuccessionKind
from grants.funds.models import Invitation, RoundStatus
from grants.kernel.errors import Refused
from grants.messages.models import Message
from grants.people.roles import Role
from tests.factories import (
    NOW,
    TODAY,
    made,
    make_award,
    make_bid,
    make_bid_round,
    make_council,
    make_draft,
    make_fund,
    make_partnership,
    make_person,
    make_round,
    sign_in,
)


def first_stage(**values):
    return make_bid_round(expression_of_interest=True, **values)


def following(first, invitation=Invitation.EVERYONE):
    return make_bid_round(fund=first.fund, follows_id=first.id, invitation=invitation, name="The full round")


def manager():
    return make_person(Role.PROGRAMME_MANAGER)


def test_several_are_invited_and_others_declined_and_their_councils_are_told_at_once(session):
    round = first_stage()
    yes, also, no = (make_bid(round) for _ in range(3))
    invite([yes, also], by=manager(), at=NOW)
    decline([no], reason="The land is not the council's.", by=manager(), at=NOW)
    session.commit()
    assert [bid.status for bid in (yes, also, no)] == [BidStatus.INVITED, BidStatus.INVITED, BidStatus.DECLINED]
    assert no.shown_status is BidStatus.DECLINED
    told = session.scalars(select(Message).where(Message.subject == f"Expression of interest: {no.reference}")).all()
    assert len(told) == 3  # author, coordinator and Section 151 officer
    assert all("The land is not the council's." in message.body for message in told)
    assert session.scalar(select(AuditEvent.reason).where(AuditEvent.verb == "declined"))


def test_an_answer_is_given_once_with_a_reason_and_to_expressions_of_interest_alone(session):
    bid, other = make_bid(first_stage()), make_bid()
    with pytest.raises(Refused, match="Say why"):
        decline([bid], reason=" ", by=manager(), at=NOW)
    with pytest.raises(Refused, match="no expression of interest"):
        invite([other], by=manager(), at=NOW)
    with pytest.raises(Refused, match="at least one"):
        invite([], by=manager(), at=NOW)
    invite([bid], by=manager(), at=NOW)
    with pytest.raises(Refused):
        decline([bid], reason="On second thoughts.", by=manager(), at=NOW)


def test_an_expression_of_interest_is_never_judged_and_no_other_bid_is_invited(session):
    expressed, bid = make_bid(first_stage()), make_bid()
    for wrong in (BidStatus.APPRAISAL, BidStatus.INELIGIBLE):
        with pytest.raises(Refused):
            bids.move(expressed, wrong, by=None)
    for wrong in (BidStatus.INVITED, BidStatus.DECLINED):
        with pytest.raises(Refused):
            bids.move(bid, wrong, by=None)
    assert list(session.scalars(bids_open_to(manager(), TODAY))) == [bid]
    assert expressed.round not in session.scalars(rounds_to_decide(manager(), TODAY)).all()


def test_only_an_invited_council_starts_a_bid_in_the_round_that_follows(session):
    first = first_stage()
    invited, declined = make_bid(first), make_bid(first)
    invite([invited], by=manager(), at=NOW)
    decline([declined], reason="No.", by=manager(), at=NOW)
    round = following(first)
    assert make_draft(round, lead=invited.lead_council).status is BidStatus.DRAFT
    for lead in (declined.lead_council, make_council()):
        with pytest.raises(Refused, match="invited by an expression of interest"):
            make_draft(round, lead=lead)


def test_a_partnership_that_was_invited_may_bid_with_another_lead(session):
    first, one, two = first_stage(), make_council(), make_council()
    partnership = make_partnership(one, two)
    invite([make_bid(first, lead=one, partnership=partnership)], by=manager(), at=NOW)
    round = following(first)
    assert make_draft(round, lead=two, partnership=partnership)
    with pytest.raises(Refused):
        make_draft(round, lead=two)


def test_a_successor_inherits_the_invitation(session):
    first, heir = first_stage(), make_council()
    expressed = make_bid(first)
    invite([expressed], by=manager(), at=NOW)
    before = expressed.lead_council
    made(Succession(predecessor_id=before.id, successor_id=heir.id, on=TODAY, kind=SuccessionKind.MERGE))
    check_invited(following(first), heir, None)


def test_newcomers_need_an_invitation_and_those_with_an_award_of_the_fund_do_not(session):
    fund = make_fund()
    first = first_stage(fund=fund)
    round = following(first, Invitation.NEWCOMERS)
    announced = make_round(fund=fund, status=RoundStatus.ANNOUNCED, announced_at=NOW)
    old_hand, newcomer, elsewhere = make_council(), make_council(), make_council()
    make_award(old_hand, round=announced)
    make_award(elsewhere)
    assert make_draft(round, lead=old_hand)
    for lead in (newcomer, elsewhere):
        with pytest.raises(Refused, match="new to this fund"):
            make_draft(round, lead=lead)
    invite([make_bid(first, lead=newcomer)], by=manager(), at=NOW)
    assert make_draft(round, lead=newcomer)


def test_the_full_bid_starts_from_the_expression_of_interest(session):
    first = first_stage()
    expressed = make_bid(first)
    coordinator = make_person(Role.BID_COORDINATOR, council=expressed.lead_council)
    round = following(first)
    assert my_invitations(coordinator, round, TODAY) == []
    invite([expressed], by=manager(), at=NOW)
    session.flush()
    assert my_invitations(coordinator, round, TODAY) == [expressed]
    assert my_invitations(make_person(Role.BID_COORDINATOR), round, TODAY) == []
    assert copy_bid(expressed, round, by=coordinator, at=NOW).copied_from_id == expressed.id


# --- Pages


def test_the_programme_ticks_confirms_and_only_then_are_councils_told(session, client):
    first = first_stage()
    bid, other = make_bid(first, title="Depot"), make_bid(first)
    sign_in(client, manager())
    page = f"/rounds/{first.code}/expressions"
    assert "Depot" in client.get(page).text
    assert "Expressions of interest to answer" in client.get("/").text
    assert "Tick at least one" in client.post(page, data={"answer": "invite"}).text
    asked = client.post(page, data={"answer": "decline", "bids": [bid.key]}).location
    assert "Depot" in client.get(asked).text
    assert session.scalar(select(Message).where(Message.subject.contains("Expression"))) is None
    assert "Say why." in client.post(asked, data={"bids": [bid.key], "reason": ""}).text
    assert client.post(asked, data={"bids": [bid.key], "reason": "Too early."}).status_code == 302
    session.expire_all()
    assert (bid.status, other.status) == (BidStatus.DECLINED, BidStatus.SUBMITTED)
    assert session.scalar(select(Message).where(Message.subject.contains("Expression")))
    council = client.application.test_client()
    sign_in(council, make_person(Role.BID_AUTHOR, council=bid.lead_council))
    assert "Too early." in council.get(f"/bids/{bid.key}").text


def test_bids_of_another_round_or_of_an_own_council_cannot_be_slipped_in(session, client):
    first, second = first_stage(), first_stage()
    bid, foreign = make_bid(first), make_bid(second)
    own = make_person(Role.PROGRAMME_MANAGER, Role.BID_AUTHOR, council=bid.lead_council)
    sign_in(client, own)
    invitation = f"/rounds/{first.code}/expressions/invite"
    assert client.post(invitation, data={"bids": [foreign.key]}).status_code == 404
    assert client.post(invitation, data={"bids": [bid.key]}).status_code == 404
    assert client.get(f"{invitation}?bid=%00").status_code == 404
    plain = make_bid_round()
    assert client.get(f"/rounds/{plain.code}/expressions").status_code == 404
    session.expire_all()
    assert {bid.status, foreign.status} == {BidStatus.SUBMITTED}


@pytest.mark.parametrize("role", [Role.BID_COORDINATOR, Role.APPRAISER, Role.FINANCE_OFFICER, Role.AUDITOR])
def test_nobody_but_the_programme_manager_invites(session, client, role):
    first = first_stage()
    sign_in(client, make_person(role))
    for tail in ("", "/invite", "/decline"):
        assert client.post(f"/rounds/{first.code}/expressions{tail}").status_code == 403


def test_the_start_page_of_a_round_by_invitation_leads_to_the_expression_of_interest(session, app):
    first = first_stage()
    expressed = make_bid(first, title="Depot")
    invite([expressed], by=manager(), at=NOW)
    round = following(first)
    invited, other = app.test_client(), app.test_client()
    sign_in(invited, make_person(Role.BID_AUTHOR, council=expressed.lead_council))
    sign_in(other, make_person(Role.BID_AUTHOR))
    page = f"/bids/start?round={round.code}"
    assert f"/bids/{expressed.key}/copy?round={round.code}" in invited.get(page).text
    assert "Depot" not in other.get(page).text
    assert "None of your councils has an invitation" in other.get(page).text
    assert "Title of the bid" in invited.get(f"{page}&begin=yes").text
