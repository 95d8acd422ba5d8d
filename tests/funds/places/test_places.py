"""Lists of place scores: taken over whole with every fault by its cell, named by criteria, readable by everyone."""

import io

import pytest
from openpyxl import Workbook

from grants.audit.models import AuditEvent
from grants.funds import operations as funds
from grants.funds.definition.as_mapping import mapping_of
from grants.funds.definition.node import load_mapping
from grants.funds.definition.reading import examine, shipped
from grants.funds.definition.to_definition import definition_of
from grants.funds.form import editing
from grants.funds.form.checklist import lacking
from grants.funds.form.pieces import digest, piece
from grants.funds.models import PlaceScoreList, Round, RoundStatus
from grants.funds.places.keeping import take_later_edition
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.people.roles import Role
from tests.factories import NOW, make_council, make_person, sign_in
from tests.funds.places.made import make_place_list

NAMED = {"name": "Place scores", "edition": "2024", "source": "Gov page, 1 May 2024"}


@pytest.fixture
def manager(session):
    return make_person(Role.PROGRAMME_MANAGER)


@pytest.fixture
def councils(session):
    return make_council("Northshire Council", code="E09900001"), make_council("Southshire Council", code="E09900002")


def sent(client, content, *, name="scores.csv", **typed):
    data = {**NAMED, **typed, "file": (io.BytesIO(content), name)}
    return client.post("/place-scores/new", data=data, content_type="multipart/form-data")


def book(*rows):
    made, out = Workbook(), io.BytesIO()
    for row in rows:
        made.active.append(row)
    made.save(out)
    return out.getvalue()


def test_a_list_is_taken_over_by_name_or_code_and_everyone_may_read_it_once_a_round_uses_it(client, manager, councils):
    sign_in(client, manager)
    content = book(["Points", "Rank", "Council"], [87.35, 1, "Northshire Council"], [0, 2, "E09900002"], [None, None])
    answer = sent(client, content, name="scores.xlsx")
    assert answer.status_code == 302
    shown = client.get(answer.location).text
    assert "87.35" in shown
    (kept,) = db.session.query(PlaceScoreList).all()
    assert {row.council.name: row.hundredths for row in kept.scores} == {
        "Northshire Council": 8735, "Southshire Council": 0,
    }  # fmt: skip
    assert "Southshire" not in client.get(f"/place-scores/{kept.key}?search=north").text
    assert "Place scores" in client.get("/place-scores").text
    client.delete_cookie("session")
    assert client.get(f"/place-scores/{kept.key}").status_code == 404
    round_ = make_looked_up_round(manager)
    round_.criteria[0].place_list, round_.status, round_.published_at = kept, RoundStatus.PUBLISHED, NOW
    db.session.commit()
    assert "87.35" in client.get(f"/place-scores/{kept.key}").text
    assert f"/place-scores/{kept.key}" in client.get(f"/rounds/{round_.code}").text


def test_every_fault_is_shown_with_its_cell_and_nothing_is_kept(client, manager, councils):
    sign_in(client, manager)
    lines = ["council,points", "Northshire Council,50", "Northshire,51", "Southshire Council,100.01",
             "Nowhere at all,-1", "E09900001,60", "Southshire Council,1.005", "=1+1,7"]  # fmt: skip
    answer = sent(client, "\n".join(lines).encode())
    assert answer.status_code == 200
    for cell in ("A3", "B4", "A5", "B5", "A6", "A7", "B7", "A8"):
        assert f">{cell}</th>" in answer.text
    assert "Did you mean Northshire Council?" in answer.text
    assert "named in an earlier row" in answer.text
    assert NAMED["source"] in answer.text
    assert db.session.query(PlaceScoreList).count() == 0


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "scores.csv", "is empty|headings"),
        (b"a,b\n1,2\n", "scores.csv", "headings council and points"),
        (b"council,points,points\nx,1,2\n", "scores.csv", "each once"),
        (b"council,points\n", "scores.csv", "names no council"),
        (b'council,points\n"a', "scores.csv", "cannot be read"),
        (b"\xff\xfe\x00", "scores.csv", "."),
        (b"PK\x03\x04nonsense", "scores.xlsx", "."),
        (b"council,points\nx,1\n", "scores.exe", "CSV or an XLSX"),
    ],
)
def test_a_file_that_is_no_list_is_refused_in_words(client, manager, content, name, said):
    sign_in(client, manager)
    answer = sent(client, content, name=name)
    assert answer.status_code == 200
    assert "There is a problem" in answer.text
    assert any(words in answer.text for words in said.split("|"))


def test_an_edition_is_never_replaced_and_only_managers_add_one(client, manager, councils):
    content = b"council,points\nNorthshire Council,50\n"
    sign_in(client, manager)
    assert sent(client, content).status_code == 302
    again = sent(client, content)
    assert "A correction is another edition" in again.text
    sign_in(client, make_person(Role.AUDITOR))
    assert sent(client, content, edition="2025").status_code == 403
    assert db.session.query(PlaceScoreList).count() == 1


def make_looked_up_round(manager, code="places") -> Round:
    made = funds.make_round(shipped()["blrf2-r3"], code=code, name="Places", by=manager, at=NOW)
    db.session.flush()
    return made


def keep(councils):
    return make_place_list(dict.fromkeys(councils, 5000), name="Place scores", edition="2024")


def test_a_looked_up_criterion_cannot_open_without_its_list(client, manager, councils):
    keep(councils)
    round_ = make_looked_up_round(manager)
    assert any("looked up in for Place-based metrics" in said for said in lacking(round_, NOW))
    sign_in(client, manager)
    path = f"/rounds/{round_.code}/form/criteria/place"
    page = client.get(path).text
    assert "Place scores, 2024" in page
    change_criterion(round_, manager, place_list={"name": "Place scores", "edition": "2024"})
    assert not any("looked up" in said for said in lacking(round_, NOW))
    assert round_.criteria[0].place_list.edition == "2024"
    with pytest.raises(editing.Faulty, match="Add it first"):
        change_criterion(round_, manager, place_list={"name": "Place scores", "edition": "1999"})


def change_criterion(round_, manager, key="place", **changed):
    standing = piece(editing.definition_being_edited(round_), ("criteria", key))
    editing.change_piece(round_, ("criteria", key), {**standing, **changed}, seen=digest(standing), by=manager, at=NOW)


def test_a_published_round_takes_a_later_edition_that_only_adds_councils(client, manager, councils):
    north, south = councils
    first = make_place_list({north: 50_00}, name="Place scores", edition="2024")
    make_place_list({north: 50_01, south: 1_00}, name="Place scores", edition="2025")
    wider = make_place_list({north: 50_00, south: 1_00}, name="Place scores", edition="2024, with the South")
    round_ = make_looked_up_round(manager)
    criterion = round_.criteria[0]
    criterion.place_list, round_.status, round_.published_at = first, RoundStatus.PUBLISHED, NOW
    db.session.commit()
    sign_in(client, manager)
    path = f"/place-scores/{first.key}/rounds/{round_.code}"
    assert path in client.get(f"/place-scores/{first.key}").text
    other = db.session.query(PlaceScoreList).filter_by(edition="2025").one()
    refused = client.post(path, data={"edition": other.key, "reason": "Newer"}).text
    assert "Edition 2025 has other points, or none, for Northshire Council: marks would change." in refused
    assert ">Newer</textarea>" in refused.replace("\n", "")
    assert "Give a reason." in client.post(path, data={"edition": wider.key}).text
    assert criterion.place_list is first
    answer = client.post(path, data={"edition": wider.key, "reason": "The South bids too."}, follow_redirects=True)
    assert "takes its marks from Place scores, 2024, with the South." in answer.text
    db.session.refresh(criterion)
    assert criterion.place_list is wider
    event = db.session.query(AuditEvent).filter_by(verb="took_later_edition").one()
    assert (event.reason, event.details["before"]) == ("The South bids too.", "2024")
    assert client.get(path).status_code == 404  # the round has left it
    client.post("/sign-out")
    for listed, public in ((first, 200), (wider, 200), (other, 404)):
        assert client.get(f"/place-scores/{listed.key}").status_code == public


def test_an_announced_round_keeps_its_edition(manager, councils):
    first, later = (make_place_list({councils[0]: 1}, name="Scores", edition=edition) for edition in ("1", "2"))
    round_ = make_looked_up_round(manager)
    round_.criteria[0].place_list = first
    round_.status, round_.published_at, round_.announced_at = RoundStatus.ANNOUNCED, NOW, NOW
    db.session.flush()
    with pytest.raises(Refused):
        take_later_edition(round_, first, later, reason="Too late", by=manager, at=NOW)
    assert round_.criteria[0].place_list is first


def test_parts_and_lists_go_through_the_definition_and_back(manager, councils):
    keep(councils)
    round_ = make_looked_up_round(manager)
    change_criterion(round_, manager, place_list={"name": "Place scores", "edition": "2024"})
    change_criterion(round_, manager, "strategic_case", parts=["Need", "Plan", "Decision"])
    said = mapping_of(definition_of(round_))
    assert said["criteria"][0]["place_list"] == {"name": "Place scores", "edition": "2024"}
    assert said["criteria"][1]["parts"] == ["Need", "Plan", "Decision"]
    definition, faults = examine(said)
    assert faults == []
    assert mapping_of(definition) == said
    assert round_.criteria[1].numbered_parts == [(1, "Need"), (2, "Plan"), (3, "Decision")]
    copied = funds.copy_round(round_, code="copied", name="Copied", by=manager, at=NOW)
    assert copied.criteria[0].place_list is round_.criteria[0].place_list
    assert dict(copied.criteria[1].parts) == {"1": "Need", "2": "Plan", "3": "Decision"}


@pytest.mark.parametrize(
    ("key", "changed", "said"),
    [
        ("strategic_case", {"parts": ["Only one"]}, "two to 4 parts"),
        ("strategic_case", {"parts": list("abcde")}, "two to 4 parts"),
        ("strategic_case", {"parts": ["Need", "need"]}, "given twice"),
        ("strategic_case", {"parts": ["x" * 81, "y"]}, "longer than 80"),
        ("place", {"parts": ["Need", "Plan"]}, "has no parts"),
        ("strategic_case", {"place_list": {"name": "Place scores", "edition": "2024"}}, "takes no list"),
    ],
)
def test_parts_and_lists_that_make_no_sense_are_refused_at_their_field(manager, key, changed, said):
    round_ = make_looked_up_round(manager)
    with pytest.raises(editing.Faulty, match=said) as refused:
        change_criterion(round_, manager, key, **changed)
    assert refused.value.faults[0][0] in ("parts", "place_list")
    assert not round_.criteria[1].parts


def test_parts_are_typed_one_a_line_on_the_criterions_page(client, manager):
    round_ = make_looked_up_round(manager)
    db.session.commit()
    sign_in(client, manager)
    path = f"/rounds/{round_.code}/form/criteria/strategic_case"
    standing = piece(editing.definition_being_edited(round_), ("criteria", "strategic_case"))
    typed = {"name": standing["name"], "weight": standing["weight"], "mark": "P", "source": standing.get("source", ""),
             "bands_mark": "D", "seen": digest(standing), "parts": "Need\nPlan", **{
                 f"bands__{mark}": words for mark, words in standing["bands"].items()}}  # fmt: skip
    assert client.post(path, data=typed).status_code == 302
    assert "2 parts" in client.get(f"/rounds/{round_.code}/form").text
    assert load_mapping(client.get(f"/rounds/{round_.code}/form/download").text)["criteria"][1]["parts"] == [
        "Need",
        "Plan",
    ]
