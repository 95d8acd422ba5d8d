"""A new bid is made of an earlier one as far as the questions match, and what does not fit is said."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from grants.audit.models import AuditEvent
from grants.bids import operations as bids
from grants.bids.models import AnswerEdit, Bid, BidStatus, FundingSource
from grants.bids.queries import bid_in_full
from grants.bids.starting.copying import copy_bid, may_be_copied
from grants.bids.starting.copying_plan import planned
from grants.councils.models import Succession, SuccessionKind
from grants.councils.queries import forget_name_book
from grants.funds.models import QuestionKind, RoundStatus, Stream
from grants.kernel.db import Json
from grants.kernel.errors import Refused
from grants.kernel.financial_year import FinancialYear as FY
from grants.people.roles import Role
from tests.factories import NOW, TODAY, made, make_bid, make_bid_round, make_council, make_person, sign_in


def writer(council):
    return make_person(Role.BID_COORDINATOR, council=council)


def plan_of(old, round, by):
    full = bid_in_full(old.id)
    return planned(full, round, leads=by.councils_on(TODAY, Role.BID_COORDINATOR), day=TODAY)


def test_everything_that_fits_is_copied_with_a_history_that_begins_anew(session):
    old, round = make_bid(status=BidStatus.UNSUCCESSFUL, projects=2), make_bid_round()
    by = writer(old.lead_council)
    copy = bid_in_full(copy_bid(old, round, by=by, at=NOW).id)
    session.commit()
    assert (copy.title, copy.status, copy.round, copy.copied_from_id) == (old.title, BidStatus.DRAFT, round, old.id)
    assert sorted(answer.value["is"] for answer in copy.answers) == ["Contaminated land.", "sale", "sale", "yes"]
    assert {answer.question.section.round_id for answer in copy.answers} == {round.id}
    assert len(session.scalars(select(AnswerEdit).where(AnswerEdit.bid_id == copy.id)).all()) == 4
    assert [project.title for project in copy.projects] == [project.title for project in old.projects]
    assert copy.ask == old.ask
    for project in copy.projects:
        assert [site.postcode for site in project.sites] == ["SW1A 2AA"]
        assert [(line.measure.round_id, line.hundredths) for line in project.outcomes] == [(round.id, 40_00)]
    assert not {p.key for p in copy.projects} & {p.key for p in old.projects}
    assert session.scalar(select(AuditEvent).where(AuditEvent.verb == "copied")).details["left_out"] == 0


def test_a_question_that_differs_is_left_out_and_said(session):
    round = make_bid_round()
    problem, _, _, cost = round.sections[0].questions
    problem.kind = QuestionKind.DATE
    route = round.sections[1].questions[0]
    route.settings = Json({"options": [["lease", "Lease"], ["gift", "Gift"]]})
    cost.code = "price"
    old = make_bid(status=BidStatus.WITHDRAWN)
    plan = plan_of(old, round, writer(old.lead_council))
    said = " ".join(plan.left_out)
    assert "does not ask this in the same form" in said
    assert "must be one of the answers offered" in said
    copy = bid_in_full(copy_bid(old, round, by=writer(old.lead_council), at=NOW).id)
    assert [answer.value["is"] for answer in copy.answers] == ["yes"]


def test_money_and_outcomes_outside_the_new_years_are_left_out_and_said(session):
    old = make_bid(make_bid_round(first_year=FY(2026), last_year=FY(2028)), status=BidStatus.DRAFT)
    round = make_bid_round(first_year=FY(2027), last_year=FY(2028))
    by = writer(old.lead_council)
    money = {
        (FY(2026), Stream.CAPITAL, FundingSource.GRANT): 100,
        (FY(2027), Stream.CAPITAL, FundingSource.GRANT): 200,
        (FY(2027), Stream.REVENUE, FundingSource.GRANT): 300,
        (FY(2027), Stream.REVENUE, FundingSource.COUNCIL): 400,
    }
    bids.set_funding(old.projects[0], money, version_seen=None, by=by, at=NOW)
    round.measures[0].code = "homes_of_another_kind"
    session.flush()
    said = " ".join(plan_of(old, round, by).left_out)
    assert "£1 in 2026/27, outside the years" in said
    assert "£3 of revenue grant, which this fund does not pay" in said
    assert "Homes, which" in said
    copy = bid_in_full(copy_bid(old, round, by=by, at=NOW).id)
    assert sorted(line.pence for line in copy.projects[0].funding) == [200, 400]
    assert copy.projects[0].outcomes == []


def test_a_successor_takes_the_place_of_a_council_that_has_ended(session):
    gone, heir, member = make_council("Old Anyshire"), make_council("New Anyshire"), make_council("Third Anyshire")
    old = make_bid(lead=gone, members=[member], status=BidStatus.UNSUCCESSFUL)
    vesting = TODAY - timedelta(days=30)
    gone.ended_on = vesting - timedelta(days=1)
    made(Succession(predecessor_id=gone.id, successor_id=heir.id, on=vesting, kind=SuccessionKind.MERGE))
    session.commit()
    forget_name_book()
    round, by = make_bid_round(), writer(heir)
    plan = plan_of(old, round, by)
    assert plan.changed == ["New Anyshire in the place of Old Anyshire, which is no longer in being."]
    copy = bid_in_full(copy_bid(old, round, by=by, at=NOW).id)
    assert copy.lead_council is heir
    assert [seat.council for seat in copy.councils] == [heir, member]
    assert copy.projects[0].council is heir


def test_without_a_successor_nothing_is_copied(session):
    gone = make_council()
    old = make_bid(lead=gone, status=BidStatus.UNSUCCESSFUL)
    gone.ended_on = TODAY - timedelta(days=1)
    session.commit()
    forget_name_book()
    with pytest.raises(Refused, match="nobody stands in its place"):
        copy_bid(old, make_bid_round(), by=make_person(Role.BID_COORDINATOR), at=NOW)


@pytest.mark.parametrize(
    ("status", "allowed"),
    [
        (BidStatus.DRAFT, True),
        (BidStatus.SIGNED, True),
        (BidStatus.SUBMITTED, False),
        (BidStatus.INELIGIBLE, False),
        (BidStatus.MODERATED, False),
        (BidStatus.SUCCESSFUL, False),
        (BidStatus.RESERVE, False),
        (BidStatus.UNSUCCESSFUL, True),
        (BidStatus.WITHDRAWN, True),
    ],
)
def test_only_a_bid_that_is_over_or_never_handed_in_is_copied(session, status, allowed):
    """What is still judged is treated alike whatever was found, so that nothing can be learned from it (T06)."""
    old = make_bid(status=status)
    assert may_be_copied(old) is allowed
    if not allowed:
        with pytest.raises(Refused, match="as it now stands"):
            copy_bid(old, make_bid_round(), by=writer(old.lead_council), at=NOW)


def test_a_late_bid_that_was_never_taken_in_is_copied_once_its_round_is_announced(session):
    old = make_bid()
    old.late = True
    assert not may_be_copied(old)
    old.round.status, old.round.announced_at = RoundStatus.ANNOUNCED, NOW
    assert may_be_copied(old)


def test_somebody_else_cannot_copy_and_a_closed_round_takes_no_copy(session):
    old = make_bid(status=BidStatus.UNSUCCESSFUL)
    with pytest.raises(Refused, match="only for a council that you write bids for"):
        copy_bid(old, make_bid_round(), by=make_person(Role.BID_COORDINATOR), at=NOW)
    closed = make_bid_round(opens_at=NOW - timedelta(days=9), closes_at=NOW - timedelta(days=1))
    with pytest.raises(Refused, match="closed"):
        copy_bid(old, closed, by=writer(old.lead_council), at=NOW)


def test_the_same_form_sent_twice_makes_one_copy(session):
    old, round = make_bid(status=BidStatus.UNSUCCESSFUL), make_bid_round()
    by = writer(old.lead_council)
    first = copy_bid(old, round, by=by, at=NOW, form_token="once")
    session.commit()
    assert copy_bid(old, round, by=by, at=NOW, form_token="once").id == first.id
    assert len(bid_in_full(first.id).projects) == 1


def test_a_draft_is_not_offered_to_the_round_in_which_it_is_written(session, client):
    draft, other = make_bid(status=BidStatus.DRAFT, title="Half written"), make_bid_round(name="The next round")
    own = draft.round
    sign_in(client, writer(draft.lead_council))
    offered = client.get(f"/bids/{draft.key}/copy").text
    assert f"round={other.code}" in offered
    assert f"round={own.code}" not in offered
    assert "form_token" not in client.get(f"/bids/{draft.key}/copy?round={own.code}").text
    client.post(f"/bids/{draft.key}/copy?round={own.code}", data={"form_token": "t"})
    assert session.scalars(select(Bid)).all() == [draft]
    assert "Half written" not in client.get(f"/bids/start/earlier?round={own.code}").text
    assert "Half written" in client.get(f"/bids/start/earlier?round={other.code}").text


def test_a_person_starts_from_an_earlier_bid_by_pages(session, app, client):
    old, round = make_bid(status=BidStatus.UNSUCCESSFUL, title="Old hopes"), make_bid_round(name="The next round")
    stranger = app.test_client()
    sign_in(client, writer(old.lead_council))
    sign_in(stranger, make_person(Role.BID_COORDINATOR))
    assert "Old hopes" in client.get(f"/bids/start/earlier?round={round.code}").text
    assert "Old hopes" not in stranger.get("/bids/start/earlier").text
    page = f"/bids/{old.key}/copy?round={round.code}"
    assert stranger.get(page).status_code == stranger.post(page).status_code == 404
    assert "The next round" in client.get(f"/bids/{old.key}/copy").text
    assert "Not copied" in client.get(page).text
    answer = client.post(page, data={"form_token": "t"})
    copied = client.get(answer.location).text
    assert "Old hopes" in copied
    new = session.scalars(select(Bid).where(Bid.copied_from_id == old.id)).one()
    assert stranger.get(f"/bids/{new.key}/copied").status_code == 404
