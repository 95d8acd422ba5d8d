"""The pages on which a programme manager changes what a round asks."""

import io

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import event

from grants.funds import operations as funds
from grants.funds.definition.as_mapping import as_yaml, mapping_of
from grants.funds.definition.reading import shipped
from grants.funds.definition.types import CheckKind
from grants.funds.form import editing
from grants.funds.form.editing import definition_being_edited
from grants.funds.form.forms import SETTINGS
from grants.funds.form.pieces import piece
from grants.funds.models import QuestionKind
from grants.kernel.db import db
from grants.people.roles import Role
from tests.dates import NOW
from tests.factories import make_bid_round, make_person, sign_in

FORM = "/rounds/lrf-new/form"


@pytest.fixture
def manager(session):
    return make_person(Role.PROGRAMME_MANAGER)


@pytest.fixture
def draft(manager):
    return funds.make_round(shipped()["lrf-2017"], code="lrf-new", name="LRF, new", by=manager, at=NOW)


@pytest.fixture
def desk(client, manager, draft):
    sign_in(client, manager)
    return client


def test_every_kind_of_question_is_added_and_changed_on_a_page(desk, draft):
    own = {
        "text": {"max_words": "100"},
        "choice": {"options": "Sale\nLong lease"},
        "choices": {"options": "one | The first\ntwo | The second"},
        "computed": {"formula": "leverage"},
        "table": {
            "columns__1__label": "What",
            "columns__1__kind": "text",
            "columns__1__max_words": "20",
            "columns__2__label": "Cost",
            "columns__2__kind": "money",
            "columns__3__label": "Paid",
            "columns__3__kind": "choice",
            "columns__3__options": "Yes\nNot yet",
        },
        "money": {"min": "1", "max": "1,000".replace(",", "")},
        "date": {"past": "y"},
        "file": {"kinds": ["pdf"], "megabytes": "5", "count": "2"},
    }
    section = definition_being_edited(draft)["sections"][0]["key"]
    for kind in QuestionKind:
        data = {"label": f"What of {kind.value.replace('_', ' ')}?", "hint": "", "required": "y", **own.get(kind, {})}
        answer = desk.post(f"{FORM}/sections/{section}/questions/new?kind={kind}", data=data)
        assert answer.status_code == 302, (kind, answer.text[answer.text.find("There is a problem") :][:600])
    added = {q["kind"]: q for q in definition_being_edited(draft)["sections"][0]["questions"][-len(QuestionKind) :]}
    assert set(added) == {str(kind) for kind in QuestionKind}
    assert added["choice"]["options"] == {"sale": "Sale", "long_lease": "Long lease"}
    assert [column["key"] for column in added["table"]["columns"]] == ["what", "cost", "paid"]
    assert added["file"]["megabytes"] == 5
    assert added["date"]["past"] is True
    for question in added.values():
        assert desk.get(f"{FORM}/sections/{section}/questions/{question['key']}").status_code == 200
    page = desk.get(f"{FORM}/preview/{section}").text
    assert "What of table?" in page
    assert "Long lease" in page


def test_what_a_page_shows_is_saved_as_it_was(desk, draft, browser_form):
    """Each page, opened and saved without a change, changes nothing."""
    before = definition_being_edited(draft)
    for address in every_page(before):
        data = browser_form(desk.get(address).text)
        answer = desk.post(address, data=data)
        assert answer.status_code == 302, (address, answer.text[answer.text.find("There is a problem") :][:500])
    assert definition_being_edited(draft) == before


def every_page(definition):
    """A page of each sort: one question of each kind, one of each list, all settings."""
    kinds = {}
    for section in definition["sections"]:
        for question in section["questions"]:
            kinds[question["kind"], "only_if" in question] = f"{section['key']}/questions/{question['key']}"
    yield f"{FORM}/sections/{definition['sections'][0]['key']}"
    yield from (f"{FORM}/sections/{place}" for place in kinds.values())
    for what in ("eligibility", "gateway", "criteria", "measures"):
        yield from (f"{FORM}/{what}/{one.get('key') or one['code']}" for one in definition.get(what, [])[:1])
    yield from (f"{FORM}/cross_checks/{number}" for number, _ in enumerate(definition["cross_checks"], start=1))
    yield from (f"{FORM}/settings/{name}" for name in SETTINGS)
    yield f"{FORM}/weights"


@pytest.fixture
def browser_form():
    """What a browser sends of a page's form left as it stands."""

    def sent(page: str) -> dict[str, list[str]]:
        form = BeautifulSoup(page, "html.parser").select_one("main form[method=post]")
        found: dict[str, list[str]] = {}
        for box in form.select("input[name], textarea[name], select[name]"):
            value = None
            if box.name == "textarea":
                value = box.text.removeprefix("\n")
            elif box.name == "select":
                chosen = box.select_one("option[selected]") or box.select_one("option")
                value = chosen["value"] if chosen else ""
            elif box.get("type") not in ("radio", "checkbox") or box.has_attr("checked"):
                value = box.get("value", "")
            if value is not None:
                found.setdefault(box["name"], []).append(value)
        return found

    return sent


@pytest.fixture
def statements():
    """How many statements something takes."""

    def count(something) -> int:
        seen: list[str] = []

        def note(*args) -> None:
            seen.append(args[2])

        event.listen(db.engine, "before_cursor_execute", note)
        try:
            something()
        finally:
            event.remove(db.engine, "before_cursor_execute", note)
        return len(seen)

    return count


@pytest.mark.parametrize("kind", list(CheckKind))
def test_every_kind_of_cross_check_has_a_page(desk, draft, kind, browser_form):
    address = f"{FORM}/cross_checks/new?kind={kind}"
    data = browser_form(desk.get(address).text) | {"message": "These do not agree.", "mark": "D"}
    answer = desk.post(address, data=data | {"pounds": "10", "count": "2", "percent": "10"})
    assert answer.status_code in (200, 302)
    if not {"question", "other"} & set(data):
        assert answer.status_code == 302
        assert definition_being_edited(draft)["cross_checks"][-1]["message"] == "These do not agree."


def test_a_fault_is_shown_at_its_field(desk, draft):
    section = definition_being_edited(draft)["sections"][0]
    data = {"label": "A choice", "options": "Only one"}
    page = desk.post(f"{FORM}/sections/{section['key']}/questions/new?kind=choice", data=data).text
    assert "Answers to choose from: a choice has at least two." in page


def test_a_section_is_added_moved_and_removed(desk, draft, browser_form):
    desk.post(f"{FORM}/sections/new", data={"title": "Carbon saved", "intro": "", "per": "project"})
    desk.post(f"{FORM}/move", data={"up": "sections/carbon_saved"})
    keys = [section["key"] for section in definition_being_edited(draft)["sections"]]
    assert keys.index("carbon_saved") == len(keys) - 2
    address = f"{FORM}/remove/sections/carbon_saved"
    assert desk.post(address, data=browser_form(desk.get(address).text)).status_code == 302
    assert "carbon_saved" not in [section["key"] for section in definition_being_edited(draft)["sections"]]


def test_a_file_goes_out_and_comes_in_and_its_faults_are_all_named(desk, draft):
    text = desk.get(f"{FORM}/download").text
    assert text.startswith("code: lrf-new")
    changed = text.replace("kind: yes_no", "kind: poem", 1).replace("mode: window", "mode: sometimes")
    page = desk.post(f"{FORM}/upload", data={"file": (io.BytesIO(changed.encode()), "round.yaml")}).text
    assert "one of window, rolling, direct is expected" in page
    assert "poem" in page
    other = as_yaml(mapping_of(shipped()["blrf2-r3"]))
    answer = desk.post(f"{FORM}/upload", data={"file": (io.BytesIO(other.encode()), "round.yaml")})
    assert answer.status_code == 302
    now = definition_being_edited(draft)
    assert (now["code"], now["fund"]["code"]) == ("lrf-new", "lrf")
    assert now["sections"] == mapping_of(shipped()["blrf2-r3"])["sections"]


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"- a list", b"a: &b [*b]", b"", b"x" * 900_000])
def test_what_is_no_definition_is_refused_in_words(desk, content):
    page = desk.post(f"{FORM}/upload", data={"file": (io.BytesIO(content), "round.yaml")})
    assert page.status_code == 200
    assert "There is a problem" in page.text


def test_the_comparison_says_what_differs_from_the_template(desk, draft):
    assert "The round asks what the template" in desk.get(f"{FORM}/compare").text
    section = definition_being_edited(draft)["sections"][0]["key"]
    desk.post(f"{FORM}/sections/{section}/questions/new?kind=date", data={"label": "When?", "required": "y"})
    assert "Question “When?”: added." in desk.get(f"{FORM}/compare").text


def test_weights_are_changed_together_and_must_make_100(desk, draft, browser_form):
    data = browser_form(desk.get(f"{FORM}/weights").text)
    names = [name for name in data if name.startswith("weight_")]
    data[names[0]] = [str(int(data[names[0]][0]) + 1)]
    assert "The weights make 101, not 100." in desk.post(f"{FORM}/weights", data=data).text
    data[names[1]] = [str(int(data[names[1]][0]) - 1)]
    assert desk.post(f"{FORM}/weights", data=data).status_code == 302


def test_changes_to_an_open_round_wait_are_shown_and_published(app, client, manager, browser_form):
    make_bid_round(code="open-one")
    db.session.commit()
    sign_in(client, manager)
    address = "/rounds/open-one/form/sections/need/questions/open"
    data = browser_form(client.get(address).text) | {"label": "Is it open land?"}
    assert client.post(address, data=data).status_code == 302
    page = client.get("/rounds/open-one/form").text
    assert "Changes that wait" in page
    publish = "/rounds/open-one/form/publish"
    data = browser_form(client.get(publish).text) | {"note": "It was unclear."}
    assert client.post(publish, data=data).status_code == 302
    assert "Version 2 of the form" in client.get("/rounds/open-one/form").text
    assert client.get(publish).status_code == 404
    assert "It was unclear." in app.test_client().get("/rounds/open-one").text


def test_a_round_with_thirty_sections_and_all_templates_are_shown(desk, draft, manager, statements):
    questions = [{"key": f"q{n}", "kind": "text", "label": f"Question {n}?", "max_words": 10} for n in range(10)]
    many = [{"key": f"s{n}", "title": f"Section {n}", "questions": questions} for n in range(30)]
    definition = {**definition_being_edited(draft), "sections": many, "cross_checks": []}
    editing.replace_definition(draft, definition, what="changed", by=manager, at=NOW)
    db.session.commit()
    db.session.expire_all()
    few = statements(lambda: desk.get(FORM))
    assert few < 20
    assert piece(definition_being_edited(draft), ("sections", "s29"))["title"] == "Section 29"
