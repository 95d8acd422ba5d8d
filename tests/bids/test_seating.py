"""Who is in a bid: who receives the money, partners that are no councils, and councils that have ended."""

import json
from datetime import date

import pytest
from sqlalchemy import select

from grants.awards import operations as awards
from grants.bids import operations as bids
from grants.bids.models import Bid, BidStatus
from grants.bids.starting.seating import Partner, details_seen, partners_typed
from grants.councils.models import Membership, MembershipRole, Succession, SuccessionKind
from grants.councils.queries import forget_name_book
from grants.funds.models import RoundStatus
from grants.kernel.errors import Overtaken, Refused
from grants.people.roles import Role
from tests.factories import (
    LONG_AGO,
    NOW,
    TODAY,
    made,
    make_bid,
    make_bid_round,
    make_council,
    make_decision,
    make_draft,
    make_partnership,
    make_person,
    sign_in,
)


@pytest.fixture
def lead(session):
    return make_council("Anyshire County Council")


@pytest.fixture
def member(session):
    return make_council("Borough of Any")


def test_another_council_than_the_lead_may_receive_the_money_if_it_takes_part(lead, member):
    bid = make_draft(lead=lead, members=[member], accountable=member)
    assert bid.accountable_council is member
    assert make_draft(lead=lead, members=[member], accountable=lead).accountable_council is None
    with pytest.raises(Refused, match="must take part"):
        make_draft(lead=lead, members=[member], accountable=make_council())


def test_partners_are_kept_by_name_and_kind_and_named_once(lead):
    partners = partners_typed("Anyshire  Trust; NHS body\n\nThe Port of Any\n")
    assert partners == [Partner("Anyshire Trust", "NHS body"), Partner("The Port of Any")]
    bid = make_draft(lead=lead, partners=partners)
    assert [(p.name, p.kind) for p in bid.partners] == [("Anyshire Trust", "NHS body"), ("The Port of Any", "")]
    for wrong in ("A\na", "x" * 201, f"A; {'x' * 41}", "; NHS body"):
        with pytest.raises(Refused):
            make_draft(lead=lead, partners=partners_typed(wrong))


def test_who_saves_over_changed_partners_is_told(lead):
    bid = make_draft(lead=lead, partners=[Partner("One")])
    by = make_person(Role.BID_COORDINATOR, council=lead)
    seen, said = (
        details_seen(bid),
        {"title": "T", "lead": lead, "partnership": None, "members": [], "by": by, "at": NOW},
    )
    bids.change_details(bid, **said, partners=[Partner("Two")], seen=seen)
    assert [p.name for p in bid.partners] == ["Two"]
    with pytest.raises(Overtaken):
        bids.change_details(bid, **said, partners=[], seen=seen)


def test_a_council_that_has_ended_cannot_start_a_bid_and_its_successor_can(session, client):
    gone = make_council("Old Any District Council", ended_on=date(2023, 3, 31))
    new = make_council("Any Council", began_on=date(2023, 4, 1))
    made(Succession(predecessor=gone, successor=new, on=date(2023, 4, 1), kind=SuccessionKind.MERGE))
    forget_name_book()
    person = make_person(Role.BID_COORDINATOR, council=gone)
    with pytest.raises(Refused, match=r"no longer in being.*Any Council stands in its place"):
        make_draft(lead=gone, by=person)
    with pytest.raises(Refused, match="Any Council stands in its place"):
        make_draft(lead=new, members=[gone])
    assert make_draft(lead=new).lead_council is new
    round = make_bid_round()
    sign_in(client, person)
    page = client.get(f"/bids/start?round={round.code}&partnership=none").text
    assert "Any Council stands in its place" in page


def test_the_start_page_proposes_what_the_partnership_says(session, client, lead, member):
    partnership = make_partnership(member, lead=lead, name="One Anyshire")
    partnership.memberships += [
        Membership(council=member, printed_as="", role=MembershipRole.ACCOUNTABLE, position=8, from_on=LONG_AGO),
        Membership(
            printed_as="The Trust", partner_kind="NHS body", role=MembershipRole.PARTNER, position=9, from_on=LONG_AGO
        ),
    ]
    round = make_bid_round()
    sign_in(client, make_person(Role.BID_COORDINATOR, council=lead))
    address = f"/bids/start?round={round.code}&partnership={partnership.key}"
    page = client.get(address).text
    assert 'value="Borough of Any"' in page
    assert "The Trust; NHS body" in page
    said = {"title": "Docks", "lead": lead.code, "members": member.code, "accountable": member.name}
    answer = client.post(address, data={**said, "partners": "The Trust; NHS body"})
    bid = session.scalars(select(Bid)).one()
    assert answer.location.endswith(f"/bids/{bid.key}")
    assert (bid.accountable_council.name, bid.partners[0].kind) == ("Borough of Any", "NHS body")
    read = client.get(f"/bids/{bid.key}/print").text
    assert "Borough of Any receives the money." in read
    assert "The Trust (NHS body)" in read
    assert "The Trust; NHS body" in client.get(f"/bids/{bid.key}/details").text


def test_the_submission_keeps_the_partnership_as_it_was_that_day(session, lead, member):
    partnership = make_partnership(lead, member, lead=lead, name="One Anyshire")
    partnership.memberships[-1].until_on = date(2020, 1, 1)
    bid = make_bid(
        lead=lead, partnership=partnership, members=[member], accountable=member, partners=[Partner("The Trust", "NHS")]
    )
    kept = json.loads(bid.submission.content)
    assert kept["partners"] == [{"name": "The Trust", "kind": "NHS"}]
    assert member.name in json.dumps(kept["accountable_council"])
    places = [(place["name"], place["role"]) for place in kept["memberships"]]
    assert places == [(lead.name, "lead"), (lead.name, "member")]
    assert kept["memberships"][0]["code"] == lead.code


def test_the_award_goes_to_the_accountable_council(session, lead, member):
    round = make_bid_round(closes_at=None)
    bid = make_bid(round=round, lead=lead, members=[member], accountable=member, status=BidStatus.MODERATED)
    make_decision(bid)
    bids.move(bid, BidStatus.SUCCESSFUL, by=None)
    round.status, round.announced_at = RoundStatus.ANNOUNCED, NOW
    session.flush()
    [award] = awards.award_funded(round, by=make_person(Role.PROGRAMME_MANAGER), at=NOW)
    assert (award.council, award.recipient) == (member, member.name)
    theirs = make_person(Role.SECTION_151_OFFICER, council=member)
    make_person(Role.SECTION_151_OFFICER, council=lead)
    awards.offer(award, text="Here is the money.", by=make_person(Role.PROGRAMME_MANAGER), at=NOW)
    awards.accept(award, by=theirs, at=NOW, on=TODAY)
    assert award.accepted_by is theirs
