"""Sets of assumptions: read line by line, loaded once and never changed, pinned to a round with its form."""

import io
from fractions import Fraction

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from grants.funds import operations as funds
from grants.funds.assuming import typed
from grants.funds.assuming.operations import Figures, load
from grants.funds.assuming.sets import (
    SHIPPED_CODE,
    adjustments_for,
    assumptions_of,
    deflators_of,
    keep_shipped,
    set_named,
    shipped_set,
)
from grants.funds.assuming.value_for_money import GREEN_BOOK_2022
from grants.funds.definition.as_mapping import as_yaml, mapping_of
from grants.funds.definition.reading import read_definition, shipped
from grants.funds.definition.to_definition import definition_of
from grants.funds.form import editing
from grants.funds.models import AssumptionSet, Mark, RoundStatus
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.people.roles import Role
from tests.dates import NOW
from tests.factories import make_appraised_round, make_bid_round, make_person, sign_in

HOMES = {"leakage": "0.1", "displacement": "0", "substitution": "0", "multiplier": "1"}
FIGURES = Figures(
    steps=[["0.035", None]], labels=[["1", "Enough"]], below="Too little", deflators={}, cost_scope="public",
    optimism_bias=0, additionality={"homes": HOMES},
)  # fmt: skip


@pytest.fixture
def manager(session):
    return make_person(Role.PROGRAMME_MANAGER)


@pytest.fixture
def loaded(manager):
    said = {"code": "ours", "title": "Our own", "source": "", "mark": Mark.DEFAULT, "released_on": None}
    made = load(**said, figures=FIGURES, by=manager)
    db.session.flush()
    return made


@pytest.fixture
def draft(manager):
    return funds.make_round(shipped()["blrf2-r3"], code="blrf-new", name="BLRF, new", by=manager, at=NOW)


def test_the_shipped_set_is_kept_as_one_row_that_says_the_same_exactly(session):
    assert keep_shipped() is keep_shipped()
    db.session.expire_all()
    assert assumptions_of(set_named(SHIPPED_CODE)) == GREEN_BOOK_2022


def test_a_set_has_its_own_defaults_for_an_outcome_by_measure_or_heading(loaded):
    assert adjustments_for(loaded, ["homes_released", "homes"]).leakage == Fraction(1, 10)
    assert adjustments_for(loaded, ["jobs"]).multiplier == 1


def test_a_set_never_changes(loaded, manager):
    for code in ("ours", SHIPPED_CODE):
        with pytest.raises(Refused, match="already"):
            load(code=code, title="Again", source="", mark=Mark.DEFAULT, released_on=None, figures=FIGURES, by=manager)


@pytest.mark.parametrize(
    ("reader", "lines", "fault"),
    [
        (typed.read_steps, "", "Enter at least one rate"),
        (typed.read_steps, "3.5", None),
        (typed.read_steps, "3.5 | 30\n3 | 30\n2.5", "Line 2: the years go up"),
        (typed.read_steps, "3.5 | 30", "Line 1: each line but the last"),
        (typed.read_steps, "3.5\n3", "Line 1: each line but the last"),
        (typed.read_steps, "-1", "Line 1: a rate"),
        (typed.read_steps, "NaN", "Line 1: a rate"),
        (typed.read_steps, "20.1", "Line 1: a rate"),
        (typed.read_steps, "3 | ٣\n2", "Line 1: the year is counted"),
        (typed.read_labels, "1 | Enough\n1 | More", "Line 2: the ratios go up"),
        (typed.read_labels, "0 | Enough", "Line 1: a ratio above nought"),
        (typed.read_labels, "1", "Line 1: the name"),
        (typed.read_labels, "1 | A\n2 | A", "Line 2: A is there"),
        (typed.read_deflators, "", None),
        (typed.read_deflators, "2024/25 | 98.74\n2024/25 | 99", "Line 2: 2024/25 is there"),
        (typed.read_deflators, "2024/26 | 98.74", "Line 1: a financial year"),
        (typed.read_deflators, "2024/25 | 0", "Line 1: a price index"),
        (typed.read_deflators, "2024/25 | 1e309", "Line 1: a price index"),
        (typed.read_deflators, "2024/25 | 1 | 2", "Line 1: 2 entries"),
        (typed.read_deflators, "\n".join(["2024/25 | 1"] * 201), "201 lines"),
        (typed.read_additionality, "homes | 0 | 25 | 0 | 1", None),
        (typed.read_additionality, "homes | 0 | 101 | 0 | 1", "Line 1: three percentages"),
        (typed.read_additionality, "Homes! | 0 | 1 | 0 | 1", "Line 1: the code"),
    ],
)
def test_every_line_that_is_wrong_is_told_by_its_number(reader, lines, fault):
    if fault is None:
        reader(lines)
    else:
        with pytest.raises(typed.Unreadable, match=fault):
            reader(lines)


@given(st.dictionaries(st.integers(1950, 2100), st.decimals("0.0001", "9999", places=4), max_size=20))
def test_price_indices_come_back_as_they_were_typed(by_year):
    said = {str(year): f"{index.normalize():f}" for year, index in by_year.items()}
    assert typed.read_deflators(typed.deflators_typed(said)) == dict(sorted(said.items()))


@given(st.text(max_size=200))
def test_whatever_is_typed_is_read_or_refused(text):
    for reader in (typed.read_steps, typed.read_labels, typed.read_deflators, typed.read_additionality):
        try:
            reader(text)
        except typed.Unreadable as fault:
            assert fault.faults  # noqa: PT017 - either is right


# --- The pages


def sent(client, **changed):
    soup = BeautifulSoup(client.get("/assumptions/new").text, "html.parser")
    said = {area["name"]: area.text.strip("\n") for area in soup.select("main textarea")}
    said |= {box["name"]: box["value"] for box in soup.select("main input[type=text], main input[checked]")}
    return said | {"code": "gb-2026", "title": "Green Book 2026"} | changed


def test_a_set_with_price_indices_out_of_a_file_is_loaded_and_read(client, manager):
    sign_in(client, manager)
    file = (io.BytesIO(b"Financial year,GDP deflator\n2026/27,100\n2027-28,102.1\n"), "deflators.csv")
    day = {"released_on-day": "27", "released_on-month": "3", "released_on-year": "2026"}
    assert client.post("/assumptions/new", data=sent(client, file=file, **day)).status_code == 302
    made = set_named("gb-2026")
    assert deflators_of(made) == {2026: Fraction(100), 2027: Fraction("102.1")}
    assert assumptions_of(made).steps == GREEN_BOOK_2022.steps
    assert "102.1" in client.get("/assumptions/gb-2026").text
    assert "Green Book 2026" in client.get("/assumptions").text


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"code": "Green Book"}, "Use small letters"),
        ({"code": SHIPPED_CODE}, "already"),
        ({"steps": "lots"}, "Line 1: a rate"),
        ({"deflators": "2026/27 | 100"}, "on which day"),
        ({"mark": "P", "source": " "}, "Say where it was published"),
        ({"below": "High"}, "there already"),
        ({"file": (io.BytesIO(b"\xff\xfe\x00"), "a.csv")}, "no CSV"),
        ({"file": (io.BytesIO(b"2026/27," * 20_000), "a.csv")}, "larger than"),
        ({"title": "a\x00b"}, "cannot be kept"),
    ],
)
def test_what_cannot_be_loaded_is_said_at_its_field_and_kept_typed(client, manager, changed, said):
    sign_in(client, manager)
    answer = client.post("/assumptions/new", data=sent(client, additionality="homes | 0 | 25 | 0 | 1.5", **changed))
    assert answer.status_code == 200
    assert said in answer.text
    assert "homes | 0 | 25 | 0 | 1.5" in answer.text
    assert db.session.query(AssumptionSet).filter_by(title="Green Book 2026").count() == 0


def test_only_programme_managers_load_and_everyone_with_a_round_reads(client, loaded):
    sign_in(client, make_person(Role.BID_AUTHOR))
    assert client.get("/assumptions/ours").status_code == 200
    assert client.get("/assumptions/none").status_code == 404
    assert client.get(f"/assumptions/{SHIPPED_CODE}").status_code == 200
    assert client.post("/assumptions/new", data={"code": "mine"}).status_code == 403


# --- Of a round


def test_a_round_pins_its_set_and_its_definition_names_it(draft, loaded, manager):
    assert draft.assumption_set.code == SHIPPED_CODE
    assert "assumption_set" not in mapping_of(definition_of(draft))
    with pytest.raises(Refused, match="asks for one that is not among Too little, Enough"):
        choose(draft, "ours", manager)
    gateway = [{**gate, "value_at_least": "Enough"} if gate.get("value_at_least") else gate
               for gate in mapping_of(definition_of(draft))["gateway"]]  # fmt: skip
    choose(draft, "ours", manager, gateway=gateway)
    assert draft.assumption_set is loaded
    written = as_yaml(mapping_of(definition_of(draft)))
    assert read_definition(written).assumption_set == "ours"
    assert [gate.value_at_least for gate in read_definition(written).gates if gate.value_at_least] == ["Enough"]


def choose(round, code, by, **more):
    definition = {**editing.definition_being_edited(round), "assumption_set": code, **more}
    editing.replace_definition(round, definition, what="chose assumptions", by=by, at=NOW)


def test_a_set_that_was_never_loaded_is_refused(draft, manager):
    with pytest.raises(Refused, match="no assumptions called nobodys"):
        choose(draft, "nobodys", manager)
    assert draft.assumption_set.code == SHIPPED_CODE


def test_the_set_is_chosen_on_a_page_and_locked_once_the_round_is_published(client, manager, loaded):
    draft = funds.make_round(shipped()["ope-phase"], code="ope-new", name="OPE, new", by=manager, at=NOW)
    db.session.commit()
    sign_in(client, manager)
    page = f"/rounds/{draft.code}/form/settings/assumptions"
    soup = BeautifulSoup(client.get(page).text, "html.parser")
    assert soup.select_one("option[selected]")["value"] == SHIPPED_CODE
    seen = soup.select_one("input[name=seen]")["value"]
    assert client.post(page, data={"seen": seen, "assumption_set": "ours"}).status_code == 302
    assert draft.assumption_set.code == "ours"
    open_round = make_bid_round(code="open-now")
    open_round.status = RoundStatus.PUBLISHED
    db.session.commit()
    page = f"/rounds/{open_round.code}/form/settings/assumptions"
    seen = BeautifulSoup(client.get(page).text, "html.parser").select_one("input[name=seen]")["value"]
    answer = client.post(page, data={"seen": seen, "assumption_set": "ours"})
    assert "stay as they are" in answer.text
    db.session.refresh(open_round)
    assert open_round.assumption_set is None


def test_the_prospectus_says_what_value_for_money_is_worked_out_by(client, loaded):
    round = make_appraised_round(code="with-ours", assumption_set=loaded)
    db.session.commit()
    assert "Value for money is worked out by Our own." in client.get(f"/rounds/{round.code}").text
    sign_in(client, make_person(Role.BID_AUTHOR))
    assert 'href="/assumptions/ours"' in client.get(f"/rounds/{round.code}").text


def test_a_shipped_set_that_is_not_in_the_table_yet_reads_the_same(session):
    assert assumptions_of(shipped_set()) == GREEN_BOOK_2022
