"""What the programme has achieved in all."""

import pytest

from grants.awards.models import AwardStatus
from grants.funds.models import Heading, OutcomeMeasure, Unit
from grants.outcomes import operations as returns
from grants.outcomes.totals import HeadingTotal, programme_totals
from tests.factories import NOW, made
from tests.outcomes.world import Q1, Q2, make_returning_round, make_world


def total_of(*worlds, heading: Heading = Heading.HOMES) -> HeadingTotal:
    ids = {world.award.round_id for world in worlds}
    return next(total for total in programme_totals(ids) if total.heading is heading)


@pytest.fixture
def world(session):
    return make_world()


def test_each_award_counts_with_its_latest_signed_return_alone(world):
    world.submitted(Q1, {("homes_released", 2026): (10_00, 12_00), ("homes_released", 2027): (None, 28_00)})
    world.submitted(Q2, {("homes_released", 2026): (15_00, 20_00), ("homes_released", 2027): (None, 18_00)})
    homes = total_of(world)
    assert (homes.target, homes.actual, homes.forecast, homes.validated) == (40_00, 15_00, 38_00, 0)


def test_validated_figures_stay_validated_while_a_newer_return_waits(world):
    first = world.submitted(Q1, {("homes_released", 2026): (10_00, 12_00)})
    returns.validate(first, note="Seen.", by=world.manager, at=NOW)
    world.submitted(Q2, {("homes_released", 2026): (15_00, 20_00)})
    homes = total_of(world)
    assert (homes.actual, homes.validated) == (15_00, 10_00)


def test_a_queried_or_unsigned_return_counts_for_nothing(world):
    world.submitted(Q1, {("homes_released", 2026): (10_00, 12_00)})
    second = world.submitted(Q2, {("homes_released", 2026): (99_00, 99_00)})
    returns.query(second, question="Really?", by=world.manager, at=NOW)
    assert total_of(world).actual == 10_00


def test_homes_started_are_not_added_to_homes_released(world):
    world.submitted(Q2, {("homes_released", 2026): (10_00, 12_00), ("homes_started", 2026): (7_00, 7_00)})
    assert total_of(world).actual == 10_00


def test_awards_and_rounds_add_up_and_a_withdrawn_award_leaves(session, world):
    beside = make_world(round=world.award.round)
    elsewhere = make_world()
    for one in (world, beside, elsewhere):
        one.submitted(Q2, {("homes_released", 2026): (10_00, 12_00), ("capital_receipt", 2026): (100_01, 100_01)})
    assert total_of(world).actual == 20_00
    assert total_of(world, elsewhere).actual == 30_00
    assert total_of(world, elsewhere).target == 120_00
    assert total_of(world, heading=Heading.RECEIPTS).actual == 200_02
    beside.award.status = AwardStatus.WITHDRAWN
    assert (total_of(world).actual, total_of(world).target) == (10_00, 40_00)


def test_a_stated_target_stands_in_only_where_no_project_promised_one(session):
    round = make_returning_round()
    measure = next(m for m in round.measures if m.code == "homes_released")
    measure.target_hundredths, measure.target_source = 7_280_00, "The paper"
    silent = make_world(round=round, homes=0)
    assert (total_of(silent).target, total_of(silent).stated) == (7_280_00, ["The paper"])
    promising = make_world(round=round)
    assert (total_of(promising).target, total_of(promising).stated) == (40_00, [])


def test_a_target_of_the_whole_programme_is_no_rounds_own(session):
    round = make_returning_round()
    made(
        OutcomeMeasure(
            round=round,
            position=99,
            code="jobs",
            name="Jobs",
            unit=Unit.FTE,
            heading=Heading.JOBS,
            headline=True,
            target_hundredths=44_000_00,
            target_of_programme=True,
            target_source="The paper",
        )
    )
    jobs = total_of(make_world(round=round), heading=Heading.JOBS)
    assert (jobs.target, jobs.programme_target, jobs.programme_source) == (None, 44_000_00, "The paper")


def test_nothing_reported_is_nought_and_no_round_is_no_fault(session, world):
    assert total_of(world).actual == 0
    assert [t.actual for t in programme_totals([])] == [0, 0, 0, 0]
