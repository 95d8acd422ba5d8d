"""What the data proposes as conflicts of interest, ground by ground, and what it leaves alone."""

from datetime import date, timedelta

import pytest
from sqlalchemy import event

from grants.appraisal.appraisers.conflicts import proposed
from grants.appraisal.appraisers.grounds import years_before
from grants.appraisal.models import ClearedConflict, InterestKind
from grants.bids.models import BidPartner, BidStatus, Conflict
from grants.councils.models import Succession, SuccessionKind
from grants.kernel.db import Json, db
from grants.people import operations as people
from grants.people.roles import Role
from tests.dates import NOW, TODAY
from tests.factories import made, make_appraised_round, make_bid, make_council, make_partnership, make_person


def words(person, bid):
    return [ground.words for ground in proposed([person.id], [bid.id]).get((person.id, bid.id), [])]


def test_a_person_without_ties_is_proposed_nowhere(appraiser, bid, tie):
    tie(appraiser, make_council())
    assert proposed([appraiser.id], [bid.id]) == {}


def test_an_employer_in_the_bid_is_named(appraiser, bid, tie):
    tie(appraiser, bid.lead_council)
    name = bid.lead_council.name
    assert words(appraiser, bid) == [f"Works for {name}. {name} is in the bid."]


def test_a_role_for_a_council_of_the_bid_counts_as_does_one_given_up_lately(bid):
    clerk = make_person(Role.BID_AUTHOR, council=bid.lead_council)
    assert words(clerk, bid)[0].startswith("Acts for")
    clerk.appointments[0].until_on = TODAY - timedelta(days=30)
    db.session.flush()
    assert words(clerk, bid)[0].startswith("Acted for")


def test_so_does_one_given_and_taken_away_on_one_day(bid):
    administrator, clerk = make_person(Role.ADMINISTRATOR), make_person()
    of_a_day = people.appoint(clerk, Role.BID_AUTHOR, council_id=bid.lead_council_id, by=administrator, on=TODAY)
    people.end_appointment(of_a_day, by=administrator, on=TODAY, at=NOW, reason="A mistake.")
    db.session.flush()
    assert clerk.councils_on(TODAY) == set()
    assert words(clerk, bid)[0].startswith("Acted for")


def test_a_tie_that_ended_counts_for_five_years_to_the_day(appraiser, bid, tie):
    interest = tie(appraiser, bid.lead_council, until_on=years_before(TODAY, 5))
    assert len(words(appraiser, bid)) == 1
    interest.until_on -= timedelta(days=1)
    db.session.flush()
    assert words(appraiser, bid) == []


def test_what_was_taken_back_counts_no_more(appraiser, bid, tie):
    tie(appraiser, bid.lead_council, taken_back_at=NOW)
    assert words(appraiser, bid) == []


@pytest.mark.parametrize("tied_to_old", [True, False])
def test_councils_that_became_one_are_one(appraiser, bid, tied_to_old, tie):
    old = make_council("Old Anyshire Borough Council", ended_on=date(2019, 3, 31))
    new = bid.lead_council
    if not tied_to_old:
        bid.lead_council, bid.councils[0].council, old, new = old, old, old, new
    made(Succession(predecessor=old, successor=new, on=date(2019, 4, 1), kind=SuccessionKind.MERGE))
    tie(appraiser, old if tied_to_old else new)
    (said,) = words(appraiser, bid)
    assert "By reorganisation it is one with" in said


def test_the_two_halves_of_a_split_are_not_each_other(appraiser, bid, tie):
    county, other = make_council(), make_council()
    for half in (bid.lead_council, other):
        made(Succession(predecessor=county, successor=half, on=date(2021, 4, 1), kind=SuccessionKind.SPLIT))
    tie(appraiser, other)
    assert words(appraiser, bid) == []


def test_a_member_of_the_bids_partnership_that_is_not_in_the_bid(appraiser, bid, tie):
    absent = make_council("Absent Council")
    bid.partnership = make_partnership(bid.lead_council, absent, name="The Shires")
    tie(appraiser, absent)
    (said,) = words(appraiser, bid)
    assert said.endswith("Absent Council is a member of the partnership that bids, The Shires.")


def test_a_neighbour_in_another_partnership_of_a_council_of_the_bid(appraiser, bid, tie):
    near = make_council("Near Council")
    make_partnership(bid.lead_council, near, name="The Coast")
    interest = tie(appraiser, near)
    (said,) = words(appraiser, bid)
    assert said == (
        f"Works for Near Council. It is with {bid.lead_council.name}, "
        "a council of the bid, in the partnership The Coast."
    )
    interest.until_on = TODAY - timedelta(days=1)
    db.session.flush()
    assert words(appraiser, bid) == []  # a past tie reaches a council of the bid, not its neighbours


def test_a_partner_that_is_no_council_by_its_name(appraiser, bid, tie):
    made(BidPartner(bid=bid, name="Anyshire NHS Trust", position=1))
    tie(appraiser, body="anyshire nhs TRUST", kind=InterestKind.FAMILY)
    assert words(appraiser, bid) == ["Has family or a friend at anyshire nhs TRUST. It is a partner in the bid."]


def test_a_cleared_ground_stays_away_until_there_is_a_new_one(appraiser, manager, bid, tie):
    tie(appraiser, bid.lead_council, InterestKind.PAST_EMPLOYER)
    keys = [ground.key for ground in proposed([appraiser.id], [bid.id])[appraiser.id, bid.id]]
    made(
        ClearedConflict(
            person=appraiser, bid=bid, grounds=Json({"grounds": keys}), reason="Long ago, in parks.",
            cleared_at=NOW, cleared_by_id=manager.id,
        )
    )  # fmt: skip
    assert words(appraiser, bid) == []
    tie(appraiser, bid.lead_council, InterestKind.FAMILY)
    assert len(words(appraiser, bid)) == 1


def test_what_is_on_record_is_not_proposed_again(appraiser, bid, tie):
    tie(appraiser, bid.lead_council)
    made(Conflict(person_id=appraiser.id, bid_id=bid.id, declared_at=NOW, declared_by_id=appraiser.id, reason="Work"))
    assert proposed([appraiser.id], [bid.id]) == {}


def test_any_number_of_people_and_bids_costs_the_same_queries(session, tie):
    round = make_appraised_round()
    bids = [make_bid(round, status=BidStatus.APPRAISAL) for _ in range(3)]
    people = [make_person(Role.APPRAISER) for _ in range(4)]
    for person in people:
        for bid in bids:
            tie(person, bid.lead_council)
    db.session.flush()
    asked = []
    event.listen(db.engine, "before_cursor_execute", note := lambda *args: asked.append(args[2]))
    found = proposed([person.id for person in people], [bid.id for bid in bids])
    event.remove(db.engine, "before_cursor_execute", note)
    assert len(found) == 12
    assert len(asked) == 5
