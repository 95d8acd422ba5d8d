"""Rounds: made from a template, dated, given money, published, announced; and what never changes after that."""

from datetime import date, timedelta

import pytest

from grants.audit.queries import trail
from grants.funds import operations as funds
from grants.funds.definition.reading import shipped
from grants.funds.models import Mark, Round, RoundPhase, RoundStatus, Stream
from grants.funds.queries import round_in_full, visible_rounds
from grants.kernel.errors import Overtaken, Refused
from grants.kernel.financial_year import FinancialYear as FY
from grants.people.roles import Role
from tests.factories import NOW, make_person

OPENS, CLOSES = NOW + timedelta(days=7), NOW + timedelta(days=60)


@pytest.fixture
def manager(session):
    return make_person(Role.PROGRAMME_MANAGER)


@pytest.fixture
def draft(manager):
    return funds.make_round(shipped()["lrf-2017"], code="lrf-new", name="LRF, new", by=manager, at=NOW)


def ready(round: Round, manager) -> Round:
    dates = {"opens_at": OPENS, "closes_at": CLOSES, "final_date": date(2029, 3, 31)}
    funds.set_dates(round, **dates, version_seen=round.version, by=manager)
    return round


@pytest.mark.parametrize("code", shipped())
def test_a_round_carries_everything_its_template_asks(session, manager, code):
    definition = shipped()[code]
    made = funds.make_round(definition, code=f"{code}-again", name="Again", by=manager, at=NOW)
    session.commit()
    read = round_in_full(manager, made.code)
    assert [g.code for g in read.gates] == [g.code for g in definition.gates]
    assert [(c.code, c.weight, c.mark) for c in read.criteria] == [
        (c.key, c.weight, c.origin.mark) for c in definition.criteria
    ]
    assert [[q.code for q in s.questions] for s in read.sections] == [
        [q.key for q in s.questions] for s in definition.sections
    ]
    assert [(m.code, m.target_hundredths) for m in read.measures] == [
        (m.key, m.target_hundredths) for m in definition.measures
    ]
    assert {(b.year, b.stream): b.pence for b in read.budget} == {
        (b.year, b.stream): b.pence for b in definition.budget
    }
    assert [d.text for d in read.declarations] == list(definition.declarations)
    assert tuple(read.years) == definition.years
    assert read.attachment_rules["kinds"] == list(definition.attachments.kinds)


def test_the_land_release_fund_of_2017_keeps_its_budget_to_the_pound(draft):
    assert {line.year: line.pence for line in draft.budget} == {
        FY(2017): 24_997_308_00,
        FY(2018): 9_993_742_00,
        FY(2019): 10_211_161_00,
    }
    assert {line.mark for line in draft.budget} == {Mark.DEFAULT}
    assert draft.headline_pence == 45_000_000_00


def test_a_round_of_other_years_takes_no_figure_that_belonged_to_the_old_ones(session, manager):
    made = funds.make_round(
        shipped()["lrf-2017"], code="lrf-2026", name="LRF 2026", by=manager, at=NOW, first_year=FY(2026)
    )
    assert made.years == [FY(2026), FY(2027), FY(2028)]
    assert not made.budget
    assert made.headline_pence is made.final_date is None
    assert not any(m.target_hundredths for m in made.measures)
    assert sum(c.weight for c in made.criteria) == 100


def test_two_rounds_of_one_fund_share_it(session, manager, draft):
    second = funds.make_round(shipped()["lrf-2017"], code="lrf-b", name="B", by=manager, at=NOW)
    assert second.fund is draft.fund


@pytest.mark.parametrize("code", ["", "LRF", "a b", "new", "a--b", "-a", "ä", "x" * 41, "../etc"])
def test_a_code_that_would_not_do_in_an_address_is_refused(session, manager, code):
    with pytest.raises(Refused) as refusal:
        funds.make_round(shipped()["lrf-2017"], code=code, name="X", by=manager, at=NOW)
    assert refusal.value.field == "code"


def test_no_two_rounds_have_one_code(session, manager, draft):
    with pytest.raises(Refused):
        funds.make_round(shipped()["ope-phase"], code=draft.code, name="X", by=manager, at=NOW)


def test_a_round_closes_after_it_opens_and_ends_after_it_closes(manager, draft):
    with pytest.raises(Refused):
        funds.set_dates(draft, opens_at=OPENS, closes_at=OPENS, final_date=None, version_seen=draft.version, by=manager)
    early = CLOSES.date()
    with pytest.raises(Refused):
        funds.set_dates(
            draft, opens_at=OPENS, closes_at=CLOSES, final_date=early, version_seen=draft.version, by=manager
        )


def test_a_line_the_programme_changes_is_its_own_and_the_others_keep_their_mark(session, manager, draft):
    lines = {(line.year, line.stream): line.pence for line in draft.budget}
    lines[FY(2018), Stream.CAPITAL] = 1
    del lines[FY(2019), Stream.CAPITAL]
    before = draft.version
    funds.set_budget(draft, lines, by=manager)
    assert [(line.year, line.pence, line.mark) for line in draft.budget] == [
        (FY(2017), 24_997_308_00, Mark.DEFAULT),
        (FY(2018), 1, Mark.PUBLISHED),
    ]
    session.commit()
    assert draft.version > before, "two people changing only the budget meet"


def test_a_budget_outside_the_years_of_the_round_is_refused(manager, draft):
    with pytest.raises(Refused, match="2020/21 is not a year"):
        funds.set_budget(draft, {(FY(2020), Stream.CAPITAL): 100}, by=manager)


def test_the_second_of_two_managers_is_told(manager, draft):
    with pytest.raises(Overtaken):
        funds.set_dates(draft, opens_at=OPENS, closes_at=CLOSES, final_date=None, version_seen=99, by=manager)


def test_a_draft_says_all_that_it_lacks_at_once(manager, draft):
    draft.criteria[0].weight = 34
    assert funds.lacking(draft, NOW) == [
        "Say when the round opens.",
        "Say when the round closes.",
        "The weights of the criteria add up to 99, not 100.",
    ]
    with pytest.raises(Refused):
        funds.publish(draft, by=manager, at=NOW)


def test_a_budget_that_differs_from_the_stated_total_needs_a_reason(manager, draft):
    ready(draft, manager)
    funds.set_headline(draft, 45_000_000_00, "", by=manager)
    assert len(funds.lacking(draft, NOW)) == 1
    assert "£45,202,211" in funds.lacking(draft, NOW)[0]


def test_after_publishing_nothing_but_the_closing_time_moves_and_only_later(session, manager, draft):
    funds.publish(ready(draft, manager), by=manager, at=NOW)
    for change in (
        lambda: funds.set_budget(draft, {}, by=manager),
        lambda: funds.set_headline(draft, 1, "", by=manager),
        lambda: funds.set_text(draft, name="Y", summary="", version_seen=draft.version, by=manager),
        lambda: funds.set_dates(
            draft, opens_at=None, closes_at=None, final_date=None, version_seen=draft.version, by=manager
        ),
        lambda: funds.cancel(draft, reason="x", version_seen=draft.version, by=manager),
        lambda: funds.publish(draft, by=manager, at=NOW),
    ):
        with pytest.raises(Refused):
            change()
    session.commit()
    with pytest.raises(Refused, match="later"):
        funds.extend(draft, closes_at=CLOSES, reason="Flood", version_seen=draft.version, by=manager, at=OPENS)
    later = CLOSES + timedelta(days=7)
    with pytest.raises(Refused, match="Say why"):
        funds.extend(draft, closes_at=later, reason=" ", version_seen=draft.version, by=manager, at=OPENS)
    funds.extend(draft, closes_at=later, reason="Flood", version_seen=draft.version, by=manager, at=OPENS)
    session.commit()
    event = session.scalars(trail(draft)).first()
    assert (event.verb, event.reason, event.details["closed_at"]) == ("extended", "Flood", CLOSES.isoformat())
    with pytest.raises(Refused):
        funds.extend(
            draft,
            closes_at=later + timedelta(days=9),
            reason="Late",
            version_seen=draft.version,
            by=manager,
            at=later + timedelta(seconds=1),
        )


def test_the_last_instant_is_in_time_and_the_next_is_not(manager, draft):
    funds.publish(ready(draft, manager), by=manager, at=NOW)
    assert draft.phase(OPENS - timedelta(microseconds=1)) is RoundPhase.UPCOMING
    assert draft.takes_bids(OPENS)
    assert draft.takes_bids(CLOSES)
    assert draft.phase(CLOSES + timedelta(microseconds=1)) is RoundPhase.CLOSED


def test_a_round_is_announced_once_and_only_when_it_has_closed(manager, draft):
    with pytest.raises(Refused):
        funds.announce(draft, by=manager, at=NOW)
    funds.publish(ready(draft, manager), by=manager, at=NOW)
    with pytest.raises(Refused, match="not closed"):
        funds.announce(draft, by=manager, at=CLOSES)
    after = CLOSES + timedelta(days=30)
    funds.announce(draft, by=manager, at=after)
    assert (draft.status, draft.announced_at) == (RoundStatus.ANNOUNCED, after)
    with pytest.raises(Refused):
        funds.announce(draft, by=manager, at=after)


def test_a_direct_round_needs_no_dates_and_takes_no_bids(session, manager):
    pilot = funds.make_round(shipped()["nhs-staff-2018"], code="nhs", name="Pilot", by=manager, at=NOW)
    funds.publish(pilot, by=manager, at=NOW)
    assert not pilot.takes_bids(NOW)
    funds.announce(pilot, by=manager, at=NOW)


def test_drafts_are_for_the_programme_and_auditors(session, manager, draft):
    for person, sees in (
        (manager, True),
        (make_person(Role.AUDITOR), True),
        (make_person(Role.ADMINISTRATOR), False),
        (make_person(Role.BID_AUTHOR), False),
        (None, False),
    ):
        assert (draft in session.scalars(visible_rounds(person)).all()) is sees


def test_a_cancelled_draft_keeps_its_reason_and_is_not_public(session, manager, draft):
    with pytest.raises(Refused):
        funds.cancel(draft, reason="", version_seen=draft.version, by=manager)
    funds.cancel(draft, reason="Made by mistake", version_seen=draft.version, by=manager)
    session.commit()
    assert session.scalars(trail(draft)).first().reason == "Made by mistake"
    assert draft not in session.scalars(visible_rounds(None)).all()
