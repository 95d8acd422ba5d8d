"""Changing what a round asks: piece by piece, through the reader of the templates, without losing anybody's change."""

from copy import deepcopy
from datetime import timedelta

import pytest

from grants.funds import operations as funds
from grants.funds.definition.as_mapping import as_json, as_yaml, from_json, mapping_of
from grants.funds.definition.reading import read_definition, shipped
from grants.funds.definition.to_definition import definition_of
from grants.funds.form import editing
from grants.funds.form.editing import Faulty, definition_being_edited, settings_of
from grants.funds.form.pieces import digest, free_key, piece
from grants.funds.models import Round, RoundStatus
from grants.funds.queries import round_in_full
from grants.kernel.db import db
from grants.kernel.errors import Overtaken, Refused
from grants.kernel.financial_year import FinancialYear as FY
from grants.people.roles import Role
from tests.dates import NOW
from tests.factories import make_bid_round, make_person

NEED = ("sections", "need")


@pytest.fixture
def manager(session):
    return make_person(Role.PROGRAMME_MANAGER)


@pytest.fixture
def draft(manager):
    return funds.make_round(shipped()["lrf-2017"], code="lrf-new", name="LRF, new", by=manager, at=NOW)


def change(round: Round, place: tuple[str, ...], by, **values) -> None:
    standing = piece(definition_being_edited(round), place)
    editing.change_piece(round, place, {**standing, **values}, seen=digest(standing), by=by, at=NOW)


@pytest.mark.parametrize("code", sorted(shipped()))
def test_a_round_turned_into_its_definition_and_back_asks_the_same(session, manager, code):
    template = shipped()[code]
    round = funds.make_round(template, code="one", name=template.name, by=manager, at=NOW)
    text = as_yaml(mapping_of(definition_of(round)))
    again = funds.make_round(read_definition(text), code="two", name=template.name, by=manager, at=NOW)
    one, two = mapping_of(definition_of(round)), mapping_of(definition_of(again))
    assert {**one, "code": ""} == {**two, "code": ""}
    assert from_json(as_json(one)) == one


@pytest.mark.parametrize("code", sorted(shipped()))
def test_a_template_written_as_yaml_reads_as_itself(code):
    assert read_definition(as_yaml(mapping_of(shipped()[code]))) == shipped()[code]


def first_question(round: Round) -> tuple[str, ...]:
    section = definition_being_edited(round)["sections"][0]
    return ("sections", section["key"], "questions", section["questions"][0]["key"])


def test_a_changed_question_is_the_drafts_own(draft, manager):
    place = first_question(draft)
    change(draft, place, manager, label="Who are you?")
    db.session.commit()
    db.session.expire_all()
    assert round_in_full(manager, "lrf-new").sections[0].questions[0].label == "Who are you?"


def test_of_two_who_change_one_question_the_second_is_told_and_two_questions_do_not_meet(draft, manager):
    place = first_question(draft)
    seen = digest(piece(definition_being_edited(draft), place))
    section = definition_being_edited(draft)["sections"][0]
    other = (*place[:3], section["questions"][1]["key"])
    change(draft, other, manager, hint="Another hint")
    standing = piece(definition_being_edited(draft), place)
    editing.change_piece(draft, place, {**standing, "hint": "One"}, seen=seen, by=manager, at=NOW)
    with pytest.raises(Overtaken):
        editing.change_piece(draft, place, {**standing, "hint": "Two"}, seen=seen, by=manager, at=NOW)
    assert piece(definition_being_edited(draft), other)["hint"] == "Another hint"


def test_a_fault_is_told_at_its_field_and_nothing_changes(draft, manager):
    place = first_question(draft)
    before = deepcopy(definition_being_edited(draft))
    with pytest.raises(Faulty) as refused:
        change(draft, place, manager, kind="text", max_words=0)
    assert [name for name, _ in refused.value.faults] == ["max_words"]
    assert definition_being_edited(draft) == before


def test_weights_may_be_wrong_while_a_draft_is_made_but_not_when_it_is_published(draft, manager):
    criterion = definition_being_edited(draft)["criteria"][0]["key"]
    change(draft, ("criteria", criterion), manager, weight=1)
    assert any("not 100" in sentence for sentence in funds.lacking(draft, NOW))


def test_a_question_on_which_another_depends_cannot_be_removed(draft, manager):
    definition = definition_being_edited(draft)
    section, condition = next(
        (s, q["only_if"]) for s in definition["sections"] for q in s["questions"] if "only_if" in q
    )
    place = ("sections", section["key"], "questions", condition["question"])
    with pytest.raises(Refused, match="depends on"):
        editing.remove_piece(draft, place, seen=digest(piece(definition, place)), by=manager, at=NOW)


def test_pieces_are_added_moved_and_removed(draft, manager):
    added = {"key": "extra", "title": "Extra", "questions": []}
    editing.add_piece(draft, ("sections",), added, by=manager, at=NOW)
    editing.move_piece(draft, ("sections", "extra"), -1, by=manager, at=NOW)
    keys = [section["key"] for section in definition_being_edited(draft)["sections"]]
    assert keys.index("extra") == len(keys) - 2
    seen = digest(piece(definition_being_edited(draft), ("sections", "extra")))
    editing.remove_piece(draft, ("sections", "extra"), seen=seen, by=manager, at=NOW)
    assert "extra" not in [section["key"] for section in definition_being_edited(draft)["sections"]]


def test_settings_are_changed_together_and_none_takes_the_default(draft, manager):
    seen = digest(settings_of(definition_being_edited(draft), ["late_bids", "grace_seconds"]))
    editing.change_settings(draft, {"late_bids": "kept", "grace_seconds": None}, seen=seen, by=manager, at=NOW)
    assert (draft.late_bids, draft.grace_seconds) == ("kept", 120)


def test_a_file_with_faults_changes_nothing_and_names_each_by_its_place(draft, manager):
    before = definition_being_edited(draft)
    wrong = deepcopy(before)
    wrong["sections"][0]["questions"][0]["kind"] = "poem"
    wrong["criteria"][0]["weight"] = 0
    with pytest.raises(Faulty) as refused:
        editing.replace_definition(draft, wrong, what="imported", by=manager, at=NOW)
    assert len(refused.value.faults) >= 2
    assert definition_being_edited(draft) == before


def test_a_change_to_an_open_round_waits_for_its_next_version_and_its_weights_are_locked(session, manager):
    round = make_bid_round()
    change(round, (*NEED, "questions", "problem"), manager, label="What is the matter?")
    assert round.sections[0].questions[0].label != "What is the matter?"
    assert piece(definition_being_edited(round), (*NEED, "questions", "problem"))["label"] == "What is the matter?"
    with pytest.raises(Refused, match="stay as they are"):
        editing.change_settings(
            round,
            {"late_bids": "kept"},
            seen=digest(settings_of(definition_being_edited(round), ["late_bids"])),
            by=manager,
            at=NOW,
        )
    editing.discard_changes(round, by=manager, at=NOW)
    assert piece(definition_being_edited(round), (*NEED, "questions", "problem"))["label"] != "What is the matter?"


def test_no_piece_is_called_like_the_page_that_adds_one(draft, manager):
    with pytest.raises(Faulty, match="choose another"):
        editing.add_piece(draft, ("sections",), {"key": "new", "title": "New", "questions": []}, by=manager, at=NOW)
    assert free_key("New", []) == "new_2"
    assert free_key("9 to 5", ["n_9_to_5"]) == "n_9_to_5_2"


def test_two_rounds_of_one_fund_are_never_open_at_once_and_the_clash_is_named(draft, manager):
    def dated(round: Round, opens: int, closes: int | None) -> Round:
        closes_at = NOW + timedelta(days=closes) if closes else None
        times = {"opens_at": NOW + timedelta(days=opens), "closes_at": closes_at, "final_date": None}
        funds.set_dates(round, **times, version_seen=round.version, by=manager)
        return round

    funds.publish(dated(draft, 1, 10), by=manager, at=NOW)
    other = funds.copy_round(draft, code="lrf-other", name="LRF, other", by=manager, at=NOW)
    for opens, closes in ((2, 5), (0, 1), (10, 20), (5, 30)):
        dated(other, opens, closes)
        with pytest.raises(Refused, match="LRF, new, of the same fund, takes bids from"):
            funds.publish(other, by=manager, at=NOW)
    funds.publish(dated(other, 11, 20), by=manager, at=NOW)
    with pytest.raises(Refused, match="LRF, other, of the same fund"):
        funds.extend(
            draft,
            closes_at=NOW + timedelta(days=12),
            reason="More time.",
            version_seen=draft.version,
            by=manager,
            at=NOW,
        )


def test_a_round_may_open_when_its_expression_of_interest_closes(draft, manager):
    draft.opens_at, draft.closes_at = NOW + timedelta(days=1), NOW + timedelta(days=10)
    draft.expression_of_interest = True
    funds.publish(draft, by=manager, at=NOW)
    after = funds.copy_round(draft, code="lrf-after", name="After", by=manager, at=NOW)
    after.expression_of_interest, after.follows = False, draft
    after.opens_at, after.closes_at = draft.closes_at, NOW + timedelta(days=20)
    funds.publish(after, by=manager, at=NOW)
    assert after.status is RoundStatus.PUBLISHED


def test_a_copy_in_another_year_takes_none_of_the_money(draft, manager):
    same = funds.copy_round(draft, code="same", name="Same", by=manager, at=NOW)
    later = funds.copy_round(draft, code="later", name="Later", by=manager, at=NOW, first_year=FY(2030))
    assert sum(line.pence for line in same.budget) == sum(line.pence for line in draft.budget) > 0
    assert later.budget == []
    one, two = definition_being_edited(draft), definition_being_edited(same)
    assert {**one, "code": "", "name": ""} == {**two, "code": "", "name": ""}
    assert same.template_code == "lrf-2017"
