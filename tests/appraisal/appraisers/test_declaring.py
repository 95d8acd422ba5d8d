"""What an appraiser declares, and what follows: bids that close, scores set aside, and no bid without a declaration."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from grants.appraisal import operations as appraisal
from grants.appraisal import queries
from grants.appraisal.appraisers import declaring, settling
from grants.appraisal.appraisers.conflicts import proposed
from grants.appraisal.appraisers.declaring import Declared, Profile
from grants.appraisal.appraisers.queries import has_declared, to_look_at_again
from grants.appraisal.models import AssignmentState, Interest, InterestKind, YearlyDeclaration
from grants.audit.models import AuditEvent
from grants.bids import operations as bids
from grants.bids.models import BidStatus, Conflict
from grants.kernel.db import db
from grants.kernel.errors import Overtaken, Refused
from grants.kernel.financial_year import FinancialYear
from grants.people.roles import Role
from tests.dates import NOW, TODAY
from tests.factories import give_scores, make_council, make_partnership, make_person, make_task, sign_in


def declare(person, **told):
    return declaring.declare_interest(person, Declared(**told), by=person, at=NOW)


def test_an_interest_in_a_bids_council_closes_it_at_once_and_keeps_the_score(appraiser, bid):
    task, other = give_scores(make_task(bid, appraiser), 3, 3, 3), make_task(bid)
    _, closed = declare(appraiser, kind=InterestKind.FAMILY, council=bid.lead_council)
    db.session.flush()
    assert closed == [bid]
    assert (task.state, task.submitted_at, len(task.scores)) == (AssignmentState.CONFLICTED, NOW, 3)
    assert not task.counts
    assert other.state is AssignmentState.SCORING
    assert list(db.session.scalars(queries.my_assignments(appraiser))) == []
    db.session.commit()
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.verb == "declared_conflict")).one()
    assert event.details["set_aside"] is True
    assert event.subject_key == task.key


def test_an_interest_elsewhere_closes_nothing_and_the_same_told_twice_is_one(appraiser, bid):
    make_task(bid, appraiser)
    elsewhere = make_council()
    first, closed = declare(appraiser, kind=InterestKind.CLIENT, council=elsewhere)
    again, _ = declare(appraiser, kind=InterestKind.CLIENT, council=elsewhere)
    assert (closed, again) == ([], first)
    assert db.session.query(Conflict).count() == 0


def test_somebody_near_the_bid_is_proposed_and_not_closed_out(appraiser, bid):
    """A member of the partnership, or a neighbour, is for a person to judge."""
    near = make_council()
    make_partnership(bid.lead_council, near)
    make_task(bid, appraiser)
    _, closed = declare(appraiser, kind=InterestKind.EMPLOYER, council=near)
    assert closed == []
    assert len(proposed([appraiser.id], [bid.id])) == 1


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"kind": InterestKind.CLIENT}, "council"),
        ({"kind": InterestKind.PAST_EMPLOYER, "body": "Some Homes Ltd"}, "until_on"),
        ({"kind": InterestKind.OTHER, "body": "Some Homes Ltd"}, "note"),
        (
            {"kind": InterestKind.LAND, "body": "Some Homes Ltd", "from_on": TODAY, "until_on": TODAY - timedelta(1)},
            "until_on",
        ),
    ],
)
def test_an_unclear_interest_is_refused_at_its_field(appraiser, told, field):
    with pytest.raises(Refused) as refusal:
        declare(appraiser, **told)
    assert refusal.value.field == field
    assert db.session.query(Interest).count() == 0


def test_an_interest_is_ended_and_never_before_it_began(appraiser, manager):
    interest, _ = declare(appraiser, kind=InterestKind.EMPLOYER, council=make_council(), from_on=date(2020, 1, 1))
    with pytest.raises(Refused):
        declaring.end_interest(interest, date(2019, 12, 31), by=appraiser)
    declaring.end_interest(interest, date(2020, 1, 1), by=appraiser)
    with pytest.raises(Refused):
        declaring.take_back_interest(interest, reason="A slip.", by=appraiser, at=NOW)
    declaring.take_back_interest(interest, reason="A slip.", by=manager, at=NOW)
    assert interest.taken_back_at == NOW


def test_a_declaration_holds_to_the_31st_of_march(session, now):
    person = make_person(Role.ELIGIBILITY_CHECKER)
    at = NOW.replace(year=2027, month=3, day=31, hour=22)  # 23:00 in London: summer time has begun
    declaring.declare_year(person, by=person, at=at)
    declaring.declare_year(person, by=person, at=at)
    assert [row.year for row in db.session.query(YearlyDeclaration)] == [FinancialYear(2026)]
    assert has_declared(person, date(2027, 3, 31))
    assert not has_declared(person, date(2027, 4, 1))


def test_a_profile_is_saved_by_whoever_had_it_open_last(appraiser, manager):
    declaring.save_profile(appraiser, Profile(["planning", "housing"], ["London"], 12), by=appraiser)
    db.session.flush()
    with pytest.raises(Overtaken):
        declaring.save_profile(appraiser, Profile([], [], None, version_seen=0), by=manager)
    profile = declaring.save_profile(appraiser, Profile(["economics"], [], 0, version_seen=1), by=manager)
    assert (profile.skills, profile.most_bids) == ({"skills": ["economics"]}, 0)
    with pytest.raises(Refused):
        declaring.save_profile(appraiser, Profile(["alchemy"], [], None, version_seen=2), by=manager)


# --- Settling


def keys(person, bid):
    return [ground.key for ground in proposed([person.id], [bid.id]).get((person.id, bid.id), [])]


def test_a_confirmed_conflict_closes_the_bid_for_good(appraiser, manager, bid, tie):
    task = make_task(bid, appraiser)
    tie(appraiser, bid.lead_council, InterestKind.PAST_EMPLOYER)
    settling.confirm_conflict(bid, appraiser, reason="Left last year.", by=manager, at=NOW)
    assert task.state is AssignmentState.CONFLICTED
    with pytest.raises(Refused):
        settling.confirm_conflict(bid, appraiser, reason="Again.", by=manager, at=NOW)
    with pytest.raises(Refused):
        appraisal.assign([bid], appraiser, by=manager, at=NOW)


def test_nobody_is_given_a_bid_while_a_conflict_waits_to_be_settled(appraiser, manager, bid, tie):
    tie(appraiser, bid.lead_council, InterestKind.PAST_EMPLOYER)
    with pytest.raises(Refused, match="Settle that first"):
        appraisal.assign([bid], appraiser, by=manager, at=NOW)
    settling.clear_conflict(bid, appraiser, seen=keys(appraiser, bid), reason="In parks.", by=manager, at=NOW)
    (task,) = appraisal.assign([bid], appraiser, by=manager, at=NOW)
    assert task.state is AssignmentState.TO_DECLARE


def test_clearing_says_which_grounds_and_is_refused_when_they_changed(appraiser, manager, bid, tie):
    tie(appraiser, bid.lead_council, InterestKind.PAST_EMPLOYER)
    seen = keys(appraiser, bid)
    tie(appraiser, bid.lead_council, InterestKind.FAMILY)
    with pytest.raises(Overtaken):
        settling.clear_conflict(bid, appraiser, seen=seen, reason="In parks.", by=manager, at=NOW)
    settling.clear_conflict(bid, appraiser, seen=keys(appraiser, bid), reason="In parks.", by=manager, at=NOW)
    assert keys(appraiser, bid) == []
    tie(appraiser, bid.lead_council, InterestKind.LAND)
    (new,) = keys(appraiser, bid)
    settling.clear_conflict(bid, appraiser, seen=[new], reason="Sold.", by=manager, at=NOW)
    assert keys(appraiser, bid) == []


def test_who_acts_for_a_council_of_the_bid_cannot_be_cleared(manager, bid):
    clerk = make_person(Role.APPRAISER, Role.BID_AUTHOR, council=bid.lead_council)
    with pytest.raises(Refused, match="acts for a council"):
        settling.clear_conflict(bid, clerk, seen=keys(clerk, bid), reason="Fine.", by=manager, at=NOW)


def test_nobody_settles_what_concerns_oneself(bid, tie):
    person = make_person(Role.APPRAISER, Role.PROGRAMME_MANAGER)
    tie(person, bid.lead_council)
    with pytest.raises(Refused):
        settling.clear_conflict(bid, person, seen=keys(person, bid), reason="Fine.", by=person, at=NOW)


def test_a_score_set_aside_after_moderation_is_to_be_looked_at_again(appraiser, manager, bid, client):
    task = give_scores(make_task(bid, appraiser), 3, 3, 3)
    early = give_scores(make_task(bid), 4, 4, 4)
    give_scores(make_task(bid), 3, 3, 3)
    appraisal.declare_conflict(early, reason="Before.", by=early.person, at=NOW)
    bids.move(bid, BidStatus.MODERATED, by=None)
    declare(appraiser, kind=InterestKind.FAMILY, council=bid.lead_council)
    db.session.flush()
    assert list(db.session.scalars(to_look_at_again(manager, TODAY))) == [task]
    sign_in(client, manager)
    assert "Moderated bids with a score set aside since" in client.get("/").text
    settling.note_looked_again(task, reason="The marks that are left stand.", by=manager, at=NOW)
    db.session.commit()
    assert "set aside since" not in client.get("/").text
