"""Round definitions: the shipped templates say what was published, and every fault is told by its path."""

from contextlib import suppress
from datetime import date

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from grants.funds.definition.node import MOST_CHARACTERS, DefinitionError
from grants.funds.definition.reading import read_definition, shipped
from grants.funds.definition.shipping import SHIPPED
from grants.funds.definition.types import ProjectPart, TargetScope
from grants.funds.models import Asked, GateStage, Heading, Mark, QuestionKind, RoundMode, Stream
from grants.kernel.financial_year import FinancialYear as FY

LRF = shipped()["lrf-2017"]
LRF_TEXT = (SHIPPED / "lrf-2017.yaml").read_text(encoding="utf-8")


class _Plainly(yaml.SafeDumper):
    """Writes the same value out again where it stands twice: definitions may have no anchors."""

    def ignore_aliases(self, data):
        return True


def written(definition):
    return yaml.dump(definition, Dumper=_Plainly, allow_unicode=True)


def small():
    """A definition with one of everything, valid."""
    criterion = {"key": "value", "name": "Value", "weight": 100, "mark": "D", "bands": dict.fromkeys(range(6), "words")}
    question = {"key": "why", "kind": "text", "label": "Why?", "max_words": 10}
    return {
        "code": "small",
        "name": "Small",
        "summary": "A small round.",
        "fund": {
            "code": "small-fund",
            "name": "Small fund",
            "purpose": "Try.",
            "legal_power": "None",
            "stream": "capital",
            "funder": "Us",
        },
        "mode": "window",
        "years": [2017, 2018],
        "budget": [{"year": 2017, "stream": "capital", "pounds": 100, "mark": "D"}],
        "eligibility": [{"code": "E1", "text": "A council.", "mark": "D"}],
        "criteria": [criterion],
        "pass_mark": {"total": 50, "critical": 2, "mark": "D"},
        "project_parts": ["funding"],
        "sections": [{"key": "first", "title": "First", "questions": [question]}],
        "measures": [{"key": "homes", "name": "Homes", "unit": "count", "heading": "homes", "mark": "D"}],
        "attachments": {"kinds": ["pdf"], "megabytes": 5, "count": 3},
        "return": {"every": "quarter", "due_days": 20, "mark": "D"},
    }


def changed(path, value):
    """The small definition with one value replaced, or removed by None."""
    definition = small()
    *way, last = path
    place = definition
    for step in way:
        place = place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return definition


def faults_of(definition):
    text = definition if isinstance(definition, str) else written(definition)
    with pytest.raises(DefinitionError) as caught:
        read_definition(text)
    return caught.value.faults


def question(**settings):
    return changed(("sections", 0, "questions", 0), {"key": "q", "label": "What?", **settings})


def test_every_template_is_shipped_in_a_file_of_its_own_code():
    assert len(shipped()) == 17
    assert {definition.code for definition in shipped().values()} == {file.stem for file in SHIPPED.glob("*.yaml")}


@pytest.mark.parametrize("definition", shipped().values(), ids=shipped())
def test_whatever_a_template_calls_published_says_where(definition):
    origins = [line.origin for line in definition.budget] + [gate.origin for gate in definition.gates]
    origins += [c.origin for c in definition.criteria] + [m.origin for m in definition.measures]
    origins += [part.origin for part in (definition.headline, definition.pass_mark, definition.returns) if part]
    assert all(origin.source for origin in origins if origin.mark is Mark.PUBLISHED)


@pytest.mark.parametrize("definition", shipped().values(), ids=shipped())
def test_every_band_of_a_template_is_our_own_wording(definition):
    assert all(criterion.bands_mark is Mark.DEFAULT for criterion in definition.criteria)


@pytest.mark.parametrize("definition", shipped().values(), ids=shipped())
def test_a_template_asks_in_questions_that_fit_a_page(definition):
    for section in definition.sections:
        for asked in section.questions:
            assert asked.label.endswith("?"), asked.label
            assert len(asked.label) <= 100
            assert asked.kind is not QuestionKind.TEXT or asked.max_words <= 500


def test_the_land_release_fund_is_as_the_paper_states_it():
    assert [str(year) for year in LRF.years] == ["2017/18", "2018/19", "2019/20"]
    assert LRF.headline.pence == 45_000_000_00
    assert [line.pence for line in LRF.budget] == [24_997_308_00, 9_993_742_00, 10_211_161_00]
    assert sum(line.pence for line in LRF.budget) - LRF.headline.pence == 202_211_00
    assert "£202,211" in LRF.headline.note
    assert {line.origin.mark for line in LRF.budget} == {Mark.DEFAULT}
    assert {line.stream for line in LRF.budget} == {Stream.CAPITAL}
    (homes,) = [measure for measure in LRF.measures if measure.headline and measure.heading is Heading.HOMES]
    assert homes.target_hundredths == 7280_00
    assert homes.origin.mark is Mark.PUBLISHED
    assert LRF.final_date.on == date(2020, 3, 31)
    assert LRF.final_date.origin.mark is Mark.INFERRED


def test_the_land_release_funds_weights_are_ours():
    weights = {criterion.key: criterion.weight for criterion in LRF.criteria}
    assert list(weights.values()) == [35, 30, 20, 10, 5]
    assert [c.key for c in LRF.criteria if c.critical] == ["value_for_money", "deliverability"]
    assert {criterion.origin.mark for criterion in LRF.criteria} == {Mark.DEFAULT}


def test_the_land_release_fund_asks_five_sections_of_the_bid_and_two_of_each_project():
    asked = [section.per for section in LRF.sections]
    assert (asked.count(Asked.BID), asked.count(Asked.PROJECT)) == (5, 2)
    assert LRF.project_parts == (ProjectPart.SITES, ProjectPart.FUNDING, ProjectPart.OUTCOMES)
    assert [gate.code for gate in LRF.gates] == ["E1", "E2", "E3", "E4", "E5", "G1", "G2", "G3"]


def test_one_public_estate_is_measured_against_what_was_expected_of_the_whole_programme():
    measures = {measure.heading: measure for measure in shipped()["ope-6"].measures if measure.headline}
    targets = {heading: measure.target_hundredths // 100 for heading, measure in measures.items()}
    assert targets == {
        Heading.HOMES: 25_000,
        Heading.JOBS: 44_000,
        Heading.RECEIPTS: 615_000_000,
        Heading.SAVINGS: 158_000_000,
    }
    assert {measure.target_scope for measure in measures.values()} == {TargetScope.PROGRAMME}


def test_the_pilot_is_a_checklist_of_five_and_is_not_scored():
    pilot = shipped()["nhs-staff-2018"]
    assert pilot.mode is RoundMode.DIRECT
    assert pilot.criteria == ()
    assert pilot.pass_mark is None
    assert len([gate for gate in pilot.gates if gate.stage is GateStage.GATEWAY]) == 5
    assert pilot.fund == shipped()["ope-phase"].fund


def test_brownfield_weights_are_published_and_place_is_looked_up():
    criteria = shipped()["blrf2-r3"].criteria
    assert [(c.weight, c.looked_up, c.origin.mark) for c in criteria] == [
        (50, True, Mark.PUBLISHED),
        (35, False, Mark.PUBLISHED),
        (10, False, Mark.PUBLISHED),
        (5, False, Mark.PUBLISHED),
    ]


def test_a_small_definition_reads_as_written():
    definition = read_definition(written(small()))
    assert definition.years == (FY(2017), FY(2018))
    assert definition.budget[0].pence == 100_00
    assert definition.sections[0].per is Asked.BID
    assert definition.headline is None
    assert definition.milestones == definition.declarations == ()


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        (("code",), None, "code: missing"),
        (("code",), "Small One", "code: small letters, figures and single hyphens only"),
        (("name",), 5, "name: text is expected here"),
        (("name",), "n" * 121, "name: longer than 120 characters"),
        (("mode",), "auction", "mode: one of window, rolling, direct is expected, not 'auction'"),
        (("colour",), "red", "colour: not a name that is known here"),
        (("fund",), None, "fund: missing"),
        (("fund", "stream"), "both", "fund.stream: one of capital, revenue is expected, not 'both'"),
        (("years",), [], "years: the calendar years in which the financial years begin are expected here"),
        (("years",), [2017, 2019], "years: each year follows the one before it"),
        (("budget", 0, "year"), 2020, "budget: 2020/21 is not a year of the round"),
        (("budget", 0, "pounds"), 10.5, "budget[1].pounds: a whole number from 0 to 92,233,720,368,547,758"),
        (("budget", 0, "pounds"), -1, "budget[1].pounds: a whole number"),
        (("budget",), small()["budget"] * 2, "budget: a year and stream is given twice: 2017/18 capital"),
        (("budget", 0, "mark"), "P", "budget[1].source: what is marked as published says where"),
        (("budget", 0, "mark"), None, "budget[1].mark: missing"),
        (("headline",), {"pounds": 90, "mark": "D"}, "headline: the budget differs from it by £10"),
        (("final_date",), {"day": "soon", "what": "Done", "mark": "D"}, "final_date.day: a date such as"),
        (("eligibility",), "E1", "eligibility: a list is expected here"),
        (("eligibility",), small()["eligibility"] * 2, "gates: a code is given twice: E1"),
        (("eligibility", 0), "E1", "eligibility[1]: names and values are expected here"),
        (("criteria",), [], "criteria: a round that is competed for has at least one"),
        (("criteria", 0, "weight"), 95, "criteria: the weights make 95, not 100"),
        (("criteria", 0, "weight"), 0, "criteria[1].weight: a whole number from 1 to 100"),
        (("criteria", 0, "weight"), True, "criteria[1].weight: a whole number from 1 to 100"),
        (("criteria", 0, "critical"), "perhaps", "criteria[1].critical: true or false is expected here"),
        (("criteria", 0, "bands"), {5: "words"}, "criteria[1].bands: a text is expected for each mark"),
        (("criteria", 0, "key"), "Value", "criteria[1].key: a small letter, then"),
        (("pass_mark",), None, "pass_mark: missing, though there are criteria"),
        (
            ("project_parts",),
            ["roads"],
            "project_parts: one of sites, funding, outcomes, milestones, risks, value is expected, not 'roads'",
        ),
        (("project_parts",), ["sites", "sites"], "project_parts: a part is given twice: sites"),
        (("sections",), [], "sections: at least one is needed"),
        (("sections",), small()["sections"] * 2, "sections: a key is given twice: first"),
        (("sections", 0, "questions"), [], "sections[1].questions: at least one is needed"),
        (
            ("sections", 0, "questions"),
            small()["sections"][0]["questions"] * 2,
            "sections[1].questions: a key is given",
        ),
        (("measures", 0, "unit"), "yards", "measures[1].unit: one of count"),
        (("measures", 0, "factor"), 0, "measures[1].factor: a number above nought"),
        (("measures", 0, "factor"), "half", "measures[1].factor: a number above nought"),
        (("measures",), small()["measures"] * 2, "measures: a key is given twice: homes"),
        (("attachments", "kinds"), ["exe", "pdf"], "attachments.kinds: exe cannot be attached"),
        (("attachments", "kinds"), [], "attachments.kinds: at least one is needed"),
        (("return", "every"), "day", "return.every: one of quarter, half_year, year is expected, not 'day'"),
        (("milestones",), ["Start", "Start"], "milestones: a milestone is given twice: Start"),
        (("declarations",), [1], "declarations: every item is a text"),
    ],
)
def test_each_fault_is_told_by_its_path(path, value, fault):
    assert any(told.startswith(fault) for told in faults_of(changed(path, value))), faults_of(changed(path, value))


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"kind": "text"}, "max_words: missing, though the question is of the kind text"),
        ({"kind": "date", "max_words": 5}, "max_words: means nothing for a question of the kind date"),
        ({"kind": "choice"}, "options: missing, though the question is of the kind choice"),
        ({"kind": "choice", "options": {"a": "A"}}, "options: a choice has at least two"),
        ({"kind": "choice", "options": {"a": "A", "b": 2}}, "options: each is a short name and what is shown"),
        ({"kind": "choice", "options": ["A", "B"]}, "options: names and values are expected here"),
        ({"kind": "money", "min": 5, "max": 1}, "max: less than min"),
        ({"kind": "table"}, "columns: missing, though the question is of the kind table"),
        ({"kind": "table", "columns": [{"key": "f", "kind": "file", "label": "F?"}]}, "columns[1].kind: file cannot"),
        ({"kind": "computed", "formula": "magic"}, "formula: one of cost_per_home"),
        ({"kind": "riddle"}, "kind: one of text"),
    ],
)
def test_a_question_has_what_its_kind_needs_and_nothing_else(settings, fault):
    assert any(told.startswith(f"sections[1].questions[1].{fault}") for told in faults_of(question(**settings)))


@pytest.mark.parametrize(
    ("condition", "fault"),
    [
        ({"question": "nowhere", "is": "yes"}, "no earlier choice or yes and no"),
        ({"question": "later", "is": "yes"}, "no earlier choice or yes and no"),
        ({"question": "member", "is": "maybe"}, "the answer 'maybe', which cannot be given"),
        ({"question": "member"}, "is: missing"),
    ],
)
def test_a_question_depends_only_on_an_earlier_answer_that_can_be_given(condition, fault):
    member, later = ({"key": key, "kind": "yes_no", "label": "Is it?"} for key in ("member", "later"))
    why = {"key": "why", "kind": "text", "label": "Why?", "max_words": 10, "only_if": condition}
    assert any(fault in told for told in faults_of(changed(("sections", 0, "questions"), [member, why, later])))


def test_no_and_yes_are_answers_whether_or_not_they_are_quoted():
    joining = next(asked for asked in LRF.sections[0].questions if asked.key == "joining")
    assert joining.only_if.value == "no"
    bare = LRF_TEXT.replace('is: "no"', "is: no")
    assert bare != LRF_TEXT
    assert read_definition(bare) == LRF


def test_settings_hold_only_what_the_kind_needs():
    need = {asked.key: asked for asked in LRF.sections[1].questions}
    assert need["problem"].settings == {"max_words": 500}
    assert need["how_much_later"].settings["only_if"] == {"question": "without_grant", "is": "later"}
    assert ["later", "The same homes, but later"] in need["without_grant"].settings["options"]
    columns = [
        {"key": "item", "kind": "text", "label": "Item?", "max_words": 9},
        {"key": "on", "kind": "date", "label": "On?"},
    ]
    table = read_definition(written(question(kind="table", columns=columns))).sections[0].questions[0]
    assert table.settings == {"columns": columns}


def test_every_heading_has_at_most_one_headline_and_other_none():
    measure = {**small()["measures"][0], "headline": True}
    twice = changed(("measures",), [measure, {**measure, "key": "more"}])
    assert "measures: a heading's headline is given twice: homes" in faults_of(twice)
    other = changed(("measures",), [{**measure, "heading": "other"}])
    assert faults_of(other) == ("measures[1].headline: no measure stands for the heading other",)


def test_all_faults_are_told_at_once():
    definition = changed(("criteria", 0, "weight"), 95)
    definition["years"] = [2017, 2020]
    del definition["summary"]
    assert len(faults_of(definition)) == 3


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "the definition is not a list of names and values"),
        ("- 1", "the definition is not a list of names and values"),
        ("code: [", "not readable as YAML"),
        ("code: a\ncode: b", "'code' is given twice in line 1"),
        ("a: &x [1]\nb: *x", "an anchor"),
        ("a: !!python/object/apply:os.system [ls]", "not readable as YAML"),
        ("day: 2017-02-31", "not readable as YAML"),
        ("[" * 5000, "not readable as YAML"),
        ("a: \x00", "not readable as YAML"),
        (" " * (MOST_CHARACTERS + 1), "longer than 200,000 characters"),
    ],
    ids=["empty", "a list", "broken", "twice", "anchor", "object", "no such day", "deep", "nul", "long"],
)
def test_what_is_no_definition_is_refused_in_words(text, fault):
    (told,) = faults_of(text)
    assert fault in told


@given(st.lists(st.integers(1, 100), min_size=1, max_size=8))
def test_weights_are_accepted_exactly_when_they_make_100(weights):
    criterion = small()["criteria"][0]
    criteria = [{**criterion, "key": f"c{i}", "weight": weight} for i, weight in enumerate(weights)]
    text = written(changed(("criteria",), criteria))
    if sum(weights) == 100:
        assert [c.weight for c in read_definition(text).criteria] == weights
    else:
        assert faults_of(text) == (f"criteria: the weights make {sum(weights)}, not 100",)


@given(st.one_of(st.text(), st.text("abc:-[]{}&*!|>\n 12?\"'#%@,~"), st.from_regex(r"(\w+: .{0,9}\n){1,4}")))
def test_no_text_does_worse_than_a_definition_error(text):
    with pytest.raises(DefinitionError):
        read_definition(text)


values = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(), st.dates())
trees = st.recursive(values, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3))


@given(st.sampled_from(sorted(small())), trees)
def test_no_value_in_the_place_of_another_does_worse_than_a_definition_error(name, tree):
    text = written({**small(), name: tree})
    with suppress(DefinitionError):
        read_definition(text)
