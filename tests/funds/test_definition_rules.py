"""What a definition says of handing in, councils shut out and what must agree; and how shipped templates differ."""

import pytest

from grants.funds.definition.reading import read_definition, shipped
from grants.funds.definition.shipping import shipped_mappings
from grants.funds.definition.types import CHECK_NEEDS, CheckKind, ProjectPart
from grants.funds.models import Asked, Invitation, LateBids, Mark, RoundMode
from tests.funds.test_definition import changed, faults_of, question, written


def with_checks(*checks):
    """The small definition with one question of each kind that a check can name, and these checks."""
    kinds = {"ask": "money", "profile": "money_by_year", "day": "date", "people": "number", "yes": "yes_no"}
    questions = [{"key": key, "kind": kind, "label": f"{key}?"} for key, kind in kinds.items()]
    columns = [
        {"key": "item", "kind": "text", "label": "Item", "max_words": 9},
        {"key": "cost", "kind": "money", "label": "Cost"},
        {"key": "days", "kind": "number", "label": "Days"},
    ]
    questions.append({"key": "costs", "kind": "table", "label": "Costs?", "columns": columns})
    of_project = {"key": "works", "title": "Works", "per": "project", "questions": [questions[0]]}
    definition = changed(("sections",), [{"key": "s", "title": "S", "questions": questions}, of_project])
    definition["cross_checks"] = [{"message": "Agree.", "mark": "D", **check} for check in checks]
    return definition


def test_what_is_not_said_of_handing_in_is_as_is_usual():
    rules = read_definition(written(changed(("code",), "small"))).handing_in
    assert (rules.grace_seconds, rules.late_bids, rules.working_days) == (120, LateBids.REFUSED, (10, 5, 1))
    assert (rules.expression_of_interest, rules.invitation, rules.board_minute) == (False, Invitation.NOBODY, False)


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("grace_seconds", 901, "grace_seconds: a whole number from 0 to 900"),
        ("late_bids", "perhaps", "late_bids: one of refused, kept is expected"),
        ("invitation", "some", "invitation: one of nobody, newcomers, everyone"),
        ("board_minute", "yes", "board_minute: true or false is expected here"),
        ("reminders", {"working_days": [0]}, "reminders.working_days: each is a whole number from 1 to 60"),
        (
            "exclusions",
            {"councils": ["Leeds"], "why": "So.", "mark": "D"},
            "exclusions.councils: each is a code such as",
        ),
        ("exclusions", {"councils": ["E08000003"], "mark": "D"}, "exclusions.why: missing"),
        ("exclusions", {"councils": ["E08000003"] * 2, "why": "So.", "mark": "D"}, "exclusions.councils: a council is"),
        (
            "eligibility",
            [{"code": "E1", "text": "A council.", "mark": "D", "asks": "Is it?", "passes_with": "maybe"}],
            "eligibility[1].passes_with: yes or no is expected here",
        ),
    ],
)
def test_faults_of_handing_in_are_told_by_their_path(name, value, fault):
    assert any(told.startswith(fault) for told in faults_of(changed((name,), value)))


def test_a_first_stage_follows_no_other_and_needs_no_criteria():
    first = changed(("criteria",), None)
    first |= {"expression_of_interest": True, "pass_mark": None}
    assert read_definition(written(first)).criteria == ()
    assert any("a first stage follows no other" in told for told in faults_of({**first, "follows": "another"}))


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"kind": "number", "decimals": 1}, "decimals: 0 or 2 is expected here"),
        ({"kind": "money", "decimals": 0}, "decimals: means nothing for a question of the kind money"),
        ({"kind": "file", "kinds": ["exe"]}, "kinds: exe cannot be attached"),
        ({"kind": "file", "megabytes": 101}, "megabytes: a whole number from 1 to 100"),
        ({"kind": "text", "max_words": 5, "past": True}, "past: means nothing for a question of the kind text"),
        ({"kind": "date", "count": 2}, "count: means nothing for a question of the kind date"),
    ],
)
def test_numbers_have_decimals_and_files_their_own_limits(settings, fault):
    assert any(told.startswith(f"sections[1].questions[1].{fault}") for told in faults_of(question(**settings)))


def test_a_file_question_keeps_its_limits_in_its_settings():
    asked = read_definition(written(question(kind="file", kinds=["pdf"], megabytes=5, count=2)))
    assert asked.sections[0].questions[0].settings == {"kinds": ["pdf"], "megabytes": 5, "count": 2}


SOUND = [
    {"kind": "most_grant", "pounds": 5, "per": "project"},
    {"kind": "least_grant", "pounds": 5},
    {"kind": "most_projects", "count": 1},
    {"kind": "least_bodies", "count": 2},
    {"kind": "grant_equals", "question": "s.profile"},
    {"kind": "not_after_final_date", "question": "s.day"},
    {"kind": "funding_covers", "question": "s.costs", "column": "cost"},
    {"kind": "sum_equals", "question": "s.costs", "column": "cost", "other": "s.ask"},
    {"kind": "match_percent", "percent": 25, "per": "project"},
]


def test_each_kind_of_check_can_be_written():
    definition = read_definition(written(with_checks(*SOUND)))
    assert {check.kind for check in definition.cross_checks} == set(CheckKind) == set(CHECK_NEEDS)
    assert definition.cross_checks[0].per is Asked.PROJECT
    assert definition.cross_checks[6].settings == {**SOUND[6], "message": "Agree.", "mark": "D"}


@pytest.mark.parametrize(
    ("check", "fault"),
    [
        ({"kind": "guess"}, "cross_checks[1].kind: one of most_grant"),
        ({"kind": "most_grant"}, "cross_checks[1].pounds: missing, though the check is of the kind most_grant"),
        (
            {"kind": "most_grant", "pounds": 1, "count": 1},
            "cross_checks[1].count: means nothing for a check of the kind",
        ),
        ({"kind": "most_grant", "pounds": 1, "mark": "P"}, "cross_checks[1].source: what is marked as published"),
        ({"kind": "match_percent", "percent": 101}, "cross_checks[1].percent: a whole number from 1 to 100"),
        ({"kind": "grant_equals", "question": "s.nothing"}, "cross_checks[1]: there is no question s.nothing"),
        (
            {"kind": "grant_equals", "question": "ask"},
            "cross_checks[1]: there is no question ask; write section.question",
        ),
        ({"kind": "grant_equals", "question": "s.day"}, "cross_checks[1]: s.day is of the kind date, which this check"),
        ({"kind": "not_after_final_date", "question": "s.ask"}, "cross_checks[1]: s.ask is of the kind money"),
        ({"kind": "funding_covers", "question": "s.costs"}, "cross_checks[1]: s.costs is a table: name a column"),
        ({"kind": "funding_covers", "question": "s.costs", "column": "days"}, "cross_checks[1]: s.costs is a table"),
        ({"kind": "funding_covers", "question": "s.ask", "column": "cost"}, "cross_checks[1]: s.ask is no table"),
        ({"kind": "sum_equals", "question": "s.ask", "other": "s.people"}, "cross_checks[1]: money cannot be compared"),
        (
            {"kind": "sum_equals", "question": "s.ask", "other": "works.ask"},
            "cross_checks[1]: one question is asked of the",
        ),
    ],
)
def test_a_check_names_what_it_needs_and_what_can_be_compared(check, fault):
    assert any(told.startswith(fault) for told in faults_of(with_checks(check))), faults_of(with_checks(check))


def test_money_cannot_be_checked_where_no_funding_is_asked_for():
    definition = with_checks(SOUND[0])
    definition["project_parts"] = ["sites"]
    assert any("the round does not ask for funding" in told for told in faults_of(definition))


def test_a_template_that_is_like_another_takes_all_that_it_does_not_say():
    third, fourth = shipped()["blrf2-r3"], shipped()["blrf2-r4"]
    assert (fourth.sections, fourth.criteria, fourth.declarations) == (
        third.sections,
        third.criteria,
        third.declarations,
    )
    assert (third.mode, fourth.mode) == (RoundMode.WINDOW, RoundMode.ROLLING)
    assert fourth.headline.pence == 19_800_000_00
    assert len(fourth.exclusions.councils) == 19
    assert fourth.exclusions.origin.mark is Mark.PUBLISHED


def test_what_a_template_changes_stands_in_the_place_of_the_same_key(tmp_path):
    (tmp_path / "a.yaml").write_text("code: a\nname: A\nsections: [{key: one, title: 1}, {key: two, title: 2}]\n")
    (tmp_path / "b.yaml").write_text(
        "like: a\ncode: b\nwith: {sections: [{key: one, title: I}, {key: three, title: III}]}\n"
    )
    assert shipped_mappings(tmp_path)["b"] == {
        "code": "b",
        "name": "A",
        "sections": [{"key": "one", "title": "I"}, {"key": "two", "title": 2}, {"key": "three", "title": "III"}],
    }


def test_a_person_cannot_write_a_template_that_is_like_another():
    assert "like: not a name that is known here" in faults_of({**changed(("name",), "Mine"), "like": "lrf-2017"})


@pytest.mark.parametrize(
    ("code", "mode", "expected"),
    [
        ("ope-6", RoundMode.WINDOW, (Invitation.NEWCOMERS, 8_700_000_00)),
        ("ope-8", RoundMode.WINDOW, (Invitation.NOBODY, 10_000_000_00)),
        ("ope-9", RoundMode.WINDOW, (Invitation.NOBODY, 6_000_000_00)),
        ("ope-10", RoundMode.WINDOW, (Invitation.EVERYONE, 1_200_000_00)),
        ("sphl", RoundMode.WINDOW, (Invitation.NOBODY, 1_500_000_00)),
        ("mou-tracker", RoundMode.DIRECT, (Invitation.NOBODY, 21_000_000_00)),
    ],
)
def test_each_template_is_as_was_published(code, mode, expected):
    template = shipped()[code]
    assert template.mode is mode
    assert (template.handing_in.invitation, template.headline.pence) == expected
    assert template.headline.origin.mark is Mark.PUBLISHED


def test_the_housing_advisers_weights_are_published_as_far_as_they_were_seen():
    criteria = shipped()["hap"].criteria
    assert [criterion.weight for criterion in criteria] == [20, 20, 15, 15, 15, 15]
    assert [criterion.origin.mark for criterion in criteria] == [Mark.PUBLISHED] * 4 + [Mark.DEFAULT] * 2


def test_an_expression_of_interest_asks_for_no_project():
    first = shipped()["ope-eoi"]
    assert first.handing_in.expression_of_interest
    assert first.project_parts == ()
    assert {section.per for section in first.sections} == {Asked.BID}
    assert ProjectPart.FUNDING in shipped()["ope-10"].project_parts
