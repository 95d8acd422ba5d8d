"""Returns: which quarters ask for one, what may be said in it, who signs, and what the programme does with it."""

from datetime import date

import pytest
from sqlalchemy import select

from grants.awards.models import AwardStatus
from grants.bids.models import Conflict
from grants.kernel.errors import Overtaken, Refused
from grants.kernel.financial_year import FinancialYear as FY
from grants.kernel.financial_year import Quarter
from grants.messages.models import Message
from grants.outcomes import operations as returns
from grants.outcomes.checks import MOST, Reported
from grants.outcomes.models import ReturnStatus
from grants.outcomes.queries import open_quarters, previous_return, quarters_due, visible_returns
from grants.people.roles import Role
from tests.factories import NOW, TODAY, made, make_award, make_council, make_person
from tests.outcomes.world import Q1, Q2, Q3, make_world


@pytest.fixture
def world(session):
    return make_world()


def test_quarters_run_from_acceptance_to_the_one_under_way(world):
    dues = quarters_due(world.award, TODAY)
    assert [due.quarter for due in dues] == [Q3, Q2, Q1]
    assert [due.due_on for due in dues] == [date(2027, 1, 20), date(2026, 10, 20), date(2026, 7, 20)]
    assert [due.overdue for due in dues] == [False, True, True]


@pytest.mark.parametrize(("day", "late"), [(date(2026, 10, 20), False), (date(2026, 10, 21), True)])
def test_a_return_is_overdue_from_the_day_after_it_was_due(world, day, late):
    world.start(Q2)
    assert next(due for due in quarters_due(world.award, day) if due.quarter == Q2).overdue is late


def test_a_signed_return_is_not_overdue(world):
    world.submitted(Q2)
    assert not next(due for due in quarters_due(world.award, TODAY) if due.quarter == Q2).overdue


def test_31_march_and_1_april_lie_in_different_quarters(session):
    award = make_world().award
    award.accepted_on = date(2026, 3, 31)
    assert open_quarters(award, date(2026, 4, 1)) == [Quarter(FY(2025), 4), Quarter(FY(2026), 1)]


def test_an_award_from_a_paper_is_asked_for_nothing_but_may_report(session):
    award = make_award(on=date(2018, 2, 16))
    dues = quarters_due(award, TODAY)
    assert [(due.quarter, due.due_on, due.overdue) for due in dues] == [(Q3, None, False), (Q2, None, False)]


def test_a_return_opens_with_the_last_signed_figures(world):
    first = world.submitted(Q1)
    second = world.start(Q2)
    assert previous_return(world.award, Q2) is first
    said = {(f.measure_id, f.year): (f.actual_hundredths, f.forecast_hundredths) for f in second.figures}
    assert said == {(world.homes.id, FY(2026)): (10_00, 12_00), (world.homes.id, FY(2027)): (None, 28_00)}
    assert [(s.year, s.actual_pence, s.forecast_pence) for s in second.spending] == [(FY(2026), 100_00, 500_000_00)]


def test_a_year_that_has_ended_has_no_forecast_in_the_next_return(world):
    world.submitted(Q3)
    may = date(2027, 5, 1)
    fourth = world.start(Quarter(FY(2026), 4), today=may)
    world.save(fourth, {("homes_released", 2026): (12_00, 12_00)})
    returns.send_for_sign_off(fourth, by=world.author, at=NOW)
    returns.sign(fourth, by=world.officer, at=NOW)
    first_of_next = world.start(Quarter(FY(2027), 1), today=may)
    assert [(f.year, f.actual_hundredths, f.forecast_hundredths) for f in first_of_next.figures] == [
        (FY(2026), 12_00, None)
    ]


def test_two_colleagues_who_start_the_same_return_get_one(session, world):
    assert world.start(Q2) is world.start(Q2, by=world.coordinator, form_token="another")


def test_a_return_waits_for_the_one_before_it_and_none_is_slipped_in_behind(world):
    world.start(Q2)
    with pytest.raises(Refused, match="must be signed first"):
        world.start(Q3)
    with pytest.raises(Refused, match="later quarter"):
        world.start(Q1)


def test_no_return_for_an_award_not_accepted_or_a_quarter_to_come(world):
    with pytest.raises(Refused, match="No return can be made"):
        world.start(Quarter(FY(2026), 4))
    with pytest.raises(Refused, match="No return can be made"):
        world.start(Quarter(FY(2025), 4))
    world.award.status = AwardStatus.OFFERED
    with pytest.raises(Refused, match="accepted"):
        world.start(Q2)


@pytest.mark.parametrize(
    ("figure", "field", "said"),
    [
        ((("homes_released", 2026), (10_50, None)), "actual_m_homes_released_2026", "whole numbers"),
        ((("homes_released", 2027), (1_00, None)), "actual_m_homes_released_2027", "yet"),
        ((("homes_released", 2025), (None, 1_00)), "forecast_m_homes_released_2025", "is over"),
        ((("homes_released", 2026), (-1_00, None)), "actual_m_homes_released_2026", "nought or more"),
        ((("homes_released", 2026), (MOST + 100, None)), "actual_m_homes_released_2026", "not so large"),
        ((("homes_released", 2026), (5_00, 4_00)), "forecast_m_homes_released_2026", "below"),
    ],
)
def test_a_figure_that_cannot_be_is_refused_at_its_box(session, world, figure, field, said):
    begun = world.start()
    with pytest.raises(Refused, match=said) as refusal:
        world.save(begun, dict([figure]))
    assert refusal.value.field == field
    assert not begun.figures


def test_a_part_of_a_hectare_and_a_penny_are_figures(world):
    begun = world.start()
    world.save(begun, {("hectares_released", 2026): (1_25, None), ("capital_receipt", 2026): (1, None)})
    assert {f.measure.code: f.actual_hundredths for f in begun.figures} == {
        "hectares_released": 125,
        "capital_receipt": 1,
    }


def test_grant_spent_before_it_can_be_is_refused(world):
    begun = world.start()
    with pytest.raises(Refused) as refusal:
        world.save(begun, {}, spending={FY(2027): Reported(1, None)})
    assert refusal.value.field == "actual_spent_2027"


def test_less_achieved_than_before_needs_a_reason_and_a_move_between_years_does_not(world):
    world.submitted(Q1, {("homes_released", 2026): (10_00, 40_00)})
    second = world.start(Q2)
    with pytest.raises(Refused, match="Say why") as refusal:
        world.save(second, {("homes_released", 2026): (9_00, 40_00)})
    assert refusal.value.field == "correction"
    world.save(second, {("homes_released", 2026): (9_00, 40_00)}, correction="One plot was counted twice.")
    assert second.correction == "One plot was counted twice."
    world.save(second, {("homes_released", 2026): (10_00, 40_00)}, correction="Not needed any more.")
    assert second.correction == ""


def test_an_emptied_box_is_no_figure_and_nought_is_one(session, world):
    begun = world.start()
    world.save(begun, {("homes_released", 2026): (5_00, 6_00)})
    world.save(begun, {("homes_released", 2026): (0, None)})
    assert [(f.actual_hundredths, f.forecast_hundredths) for f in begun.figures] == [(0, None)]
    world.save(begun, {("homes_released", 2026): (None, None)})
    session.commit()
    assert begun.figures == []


def test_the_second_of_two_who_save_is_told(session, world):
    begun = world.start()
    session.commit()
    seen = begun.version
    world.save(begun, {("homes_released", 2026): (5_00, 6_00)})
    with pytest.raises(Overtaken):
        world.save(begun, {}, version_seen=seen, by=world.coordinator)


def test_an_unready_return_says_all_that_it_lacks(world):
    begun = world.start()
    with pytest.raises(Refused) as refusal:
        returns.send_for_sign_off(begun, by=world.author, at=NOW)
    for said in ("what has happened", "at least one measure", "grant spent so far in 2026/27"):
        assert said in str(refusal.value)


def test_only_the_section_151_officer_of_the_council_that_receives_the_award_signs(session, world):
    begun = world.start()
    world.save(begun, {("homes_released", 2026): (5_00, 6_00)})
    returns.send_for_sign_off(begun, by=world.coordinator, at=NOW)
    stranger = make_person(Role.SECTION_151_OFFICER, council=make_council())
    for person in (world.author, world.coordinator, world.manager, stranger):
        with pytest.raises(Refused):
            returns.sign(begun, by=person, at=NOW)
        with pytest.raises(Refused):
            returns.send_back(begun, reason="No", by=person, at=NOW)
    with pytest.raises(Overtaken):
        returns.sign(begun, by=world.officer, at=NOW, version_seen=begun.version + 1)
    returns.sign(begun, by=world.officer, at=NOW)
    assert (begun.status, begun.signed_by_id, begun.signed_at) == (ReturnStatus.SUBMITTED, world.officer.id, NOW)


def test_only_those_who_write_for_the_council_write(session, world):
    begun = world.start()
    neighbour = make_person(Role.BID_AUTHOR)
    for person in (neighbour, world.officer, world.manager):
        with pytest.raises(Refused):
            world.save(begun, {}, by=person)
        with pytest.raises(Refused):
            returns.send_for_sign_off(begun, by=person, at=NOW)
        with pytest.raises(Refused):
            world.start(Q3, by=person)


def test_a_manager_with_a_conflict_with_the_bid_is_not_told_of_its_returns(session, world):
    bid_id, manager, other = world.award.bid_id, world.manager, make_person(Role.PROGRAMME_MANAGER)
    made(Conflict(bid_id=bid_id, person_id=manager.id, declared_at=NOW, declared_by_id=manager.id, reason="A friend."))
    world.submitted()
    session.flush()
    told = set(session.scalars(select(Message.person_id).where(Message.body.contains("can be validated"))))
    assert told == {other.id}


def test_a_signed_return_stays_as_it_is_until_the_programme_asks(session, world, outbox):
    begun = world.submitted()
    with pytest.raises(Refused):
        world.save(begun, {})
    with pytest.raises(Refused):
        returns.query(begun, question=" ", by=world.manager, at=NOW)
    returns.query(begun, question="Which ten homes?", by=world.manager, at=NOW)
    assert "Which ten homes?" in session.scalars(select(Message.body)).all()[-1]
    world.save(begun, {("homes_released", 2026): (9_00, 12_00)})
    returns.send_for_sign_off(begun, by=world.author, at=NOW)
    returns.sign(begun, by=world.officer, at=NOW)
    with pytest.raises(Refused, match="what you checked"):
        returns.validate(begun, note="", by=world.manager, at=NOW)
    returns.validate(begun, note="Seen the completion notices.", by=world.manager, at=NOW)
    assert begun.status is ReturnStatus.VALIDATED
    for late in (
        lambda: world.save(begun, {}),
        lambda: returns.query(begun, question="More?", by=world.manager, at=NOW),
        lambda: returns.sign(begun, by=world.officer, at=NOW),
    ):
        with pytest.raises(Refused):
            late()


def test_nobody_but_a_programme_manager_validates(world):
    begun = world.submitted()
    for person in (world.author, world.officer, make_person(Role.FINANCE_OFFICER), make_person(Role.AUDITOR)):
        with pytest.raises(Refused):
            returns.validate(begun, note="Fine", by=person, at=NOW)


def test_what_the_officer_sends_back_is_written_again(session, world):
    begun = world.start()
    world.save(begun, {("homes_released", 2026): (5_00, 6_00)})
    returns.send_for_sign_off(begun, by=world.author, at=NOW)
    with pytest.raises(Refused):
        world.save(begun, {})
    returns.send_back(begun, reason="The spending is old.", by=world.officer, at=NOW)
    assert begun.status is ReturnStatus.DRAFT
    world.save(begun, {("homes_released", 2026): (6_00, 6_00)})


def test_who_sees_which_return(session, world):
    begun = world.start()

    def seen(person) -> bool:
        return begun in session.scalars(visible_returns(person, TODAY)).all()

    stranger, auditor = make_person(Role.BID_AUTHOR), make_person(Role.AUDITOR)
    assert [seen(p) for p in (world.author, world.officer, auditor)] == [True, True, True]
    assert [seen(p) for p in (stranger, world.manager, make_person(Role.FINANCE_OFFICER))] == [False, False, False]
    world.save(begun, {("homes_released", 2026): (5_00, 6_00)})
    returns.send_for_sign_off(begun, by=world.author, at=NOW)
    assert not seen(world.manager)
    returns.sign(begun, by=world.officer, at=NOW)
    assert seen(world.manager)
    assert not seen(stranger)
    assert not seen(make_person(Role.APPRAISER))
