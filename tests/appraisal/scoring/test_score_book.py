"""The workbook of an appraiser's scores: out with the bids' text, filled in, and back whole or not at all."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from grants.appraisal import operations
from grants.appraisal.guards import Marked
from grants.appraisal.models import FlagKind, Score
from grants.appraisal.scoring.book_writing import pieces_of
from grants.bids.models import BidStatus
from grants.bids.workbook.heights import MOST_LINES, POINTS_OF_A_LINE, lines_of
from grants.kernel.db import db
from grants.people.roles import Role
from tests.appraisal.gates.test_valuing import value
from tests.appraisal.remarks.test_flags import answer
from tests.appraisal.scoring.conftest import REASON
from tests.appraisal.scoring.test_scoring_page import asked_on, flag
from tests.bids.test_workbook import Filled
from tests.factories import NOW, give_scores, make_appraised_round, make_bid, make_person, make_task, sign_in

MARK = "Mark, 0 to 5"


@pytest.fixture
def page(task, appraiser, client):
    """The page of this round's workbook, with a second bid beside the first."""
    garage = make_bid(task.bid.round, status=BidStatus.APPRAISAL, title="Bus garage")
    make_task(garage, appraiser)
    task.bid.reference, garage.reference = "A-1", "B-1"  # by which they are in order
    sign_in(client, appraiser)
    return f"/appraisals/rounds/{task.bid.round.code}/workbook"


def taken(client, page):
    return Filled(client.get(f"{page}.xlsx").data)


def sent(client, page, book):
    data = book if isinstance(book, bytes) else book.bytes()
    return client.post(page, data={"file": (io.BytesIO(data), "scores.xlsx")})


def marks():
    return {(row.assignment_id, row.criterion_id): row.mark for row in db.session.query(Score)}


def test_it_has_a_row_for_each_criterion_of_each_open_bid_and_the_bids_text(bid, task, divided, page, client):
    give_scores(make_task(make_bid(bid.round, status=BidStatus.APPRAISAL, title="Done"), task.person), 3, 3, 3, 3)
    theirs = make_bid(bid.round, status=BidStatus.APPRAISAL, title="Not mine")
    give_scores(make_task(theirs), 1, 1, 1, 1)
    book = taken(client, page).book
    rows = list(book["Scores"].iter_rows(min_row=2, max_row=9, min_col=2, max_col=8, values_only=True))
    assert [row[1] for row in rows] == ["Old depot"] * 4 + ["Bus garage"] * 4
    assert rows[1][2] == "Deliverability: The team"
    assert "5: all that could be asked for" in rows[0][4]
    text = [cell for row in book["Bids"].iter_rows(values_only=True) for cell in row if cell]
    assert "Contaminated land." in text
    assert any("Money by financial year" in cell for cell in text)
    assert not any(title in str(cell) for cell in text for title in ("Done", "Not mine"))


def test_what_is_a_projects_does_not_stand_under_its_site(bid, page, client):
    rows = [
        row[:4] for row in taken(client, page).book["Bids"].iter_rows(min_row=2, values_only=True) if row[0] == "A-1"
    ]
    of_site = [question for _, part, question, _ in rows if part and ": Site: " in part]
    assert of_site
    assert not any("Money" in question for question in of_site)
    money = next(part for _, part, question, _ in rows if question and question.startswith("Money by financial year"))
    assert money == f"Project 1: {bid.projects[0].title}"


def test_it_has_what_stands_beside_the_bid_on_the_page(bid, looked_up, checker, manager, page, client):
    raised = flag(bid, checker, FlagKind.CLARIFICATION, bid.round.criteria[0])
    asked_on(raised, manager)
    answer(bid)
    value(bid.projects[0], 1_600_00, by=checker)
    db.session.commit()
    said = {row[1:4] for row in taken(client, page).book["Bids"].iter_rows(min_row=2, values_only=True)}
    words = {(part, what) for part, _, what in said}
    assert ("Clarified by the council", "Which?") in words
    assert ("Clarified by the council", "The north site.") in words
    assert (
        "Looked up in a published list",
        "72.5 of 100 points in Places, 2025: a mark of 3.625 of 5. You do not score it.",
    ) in words
    worth = next(what for part, what in words if part == "Value for money, as the programme worked it out")
    assert "Benefits for £1 of cost: " in worth


def test_marks_and_reasons_come_back(bid, task, page, client):
    book = taken(client, page)
    book.put("Scores", MARK, 0, 4).put("Scores", "Reason", 0, REASON)
    book.put("Scores", MARK, 2, 0).put("Scores", "Reason", 2, "=1+1 is how they reckon, and it does not add up at all.")
    assert sent(client, page, book).status_code == 302
    assert "Taken in: 2 changed in 1 bid." in client.get(page).text
    one, _, three = bid.round.criteria
    assert marks() == {(task.id, one.id): 4, (task.id, three.id): 0}
    again = taken(client, page)
    assert again.cell("Scores", "Reason", 2).data_type == "s"
    assert again.cell("Scores", MARK, 1).value is None
    assert task.submitted_at is None


def test_an_untouched_file_changes_nothing_whatever_happened_meanwhile(bid, task, appraiser, page, client):
    book = taken(client, page)
    operations.score(task, {(bid.round.criteria[0], 1): Marked(5, REASON)}, by=appraiser, at=NOW)
    before = marks()
    assert sent(client, page, book).status_code == 302
    assert "Nothing was changed" in client.get(page).text
    assert marks() == before


def test_every_fault_is_named_with_its_cell_and_nothing_is_saved(bid, task, appraiser, page, client):
    book = taken(client, page)
    operations.score(task, {(bid.round.criteria[2], 1): Marked(1, "On the screen.")}, by=appraiser, at=NOW)
    flag(bid, appraiser, FlagKind.CLARIFICATION, bid.round.criteria[1])
    book.put("Scores", MARK, 0, 6)
    book.put("Scores", MARK, 1, 3)
    book.put("Scores", MARK, 2, 3)
    book.put("Scores", MARK, 3, "good")
    book.put("Scores", MARK, 4, 4).put("Scores", "Reason", 4, REASON)
    before = marks()
    shown = sent(client, page, book).text
    assert "4 things are to be put right" in shown
    for cell in ("G2", "G3", "G4", "G5"):
        assert f">{cell}<" in shown
    assert "On the screen." in shown
    assert "waits for a question to the council" in shown
    assert marks() == before


@pytest.mark.parametrize("gone", ["conflict", "ended", "submitted"])
def test_a_bid_that_is_closed_meanwhile_is_refused_by_its_cell_alone(task, appraiser, manager, page, client, gone):
    book = taken(client, page)
    if gone == "conflict":
        operations.declare_conflict(task, reason="A friend.", by=appraiser, at=NOW)
    elif gone == "ended":
        operations.end_assignment(task, reason="Ill.", by=manager, at=NOW)
    else:
        give_scores(task, 3, 3, 3)
    before = marks()
    assert sent(client, page, book).status_code == 302
    book.put("Scores", MARK, 0, 5)
    shown = sent(client, page, book).text
    assert ">G2<" in shown
    assert "Old depot" not in shown
    assert marks() == before
    assert "Old depot" not in str(list(taken(client, page).book["Bids"].iter_rows(values_only=True)))


def test_the_file_of_somebody_else_or_of_another_round_is_not_taken(task, appraiser, page, client):
    book = taken(client, page)
    elsewhere = make_task(make_bid(make_appraised_round(), status=BidStatus.APPRAISAL), appraiser)
    other = f"/appraisals/rounds/{elsewhere.bid.round.code}/workbook"
    assert "somebody else’s, or of another round" in sent(client, other, book).text
    stranger = make_person(Role.APPRAISER)
    make_task(task.bid, stranger)
    sign_in(client, stranger)
    assert "somebody else’s" in sent(client, page, book).text
    sign_in(client, make_person(Role.APPRAISER))
    assert client.get(page).status_code == 404
    assert client.get(f"{page}.xlsx").status_code == 404


@pytest.mark.parametrize("data", [b"", b"no workbook", b"PK\x03\x04 broken"])
def test_what_is_no_workbook_is_refused(page, client, data):
    answer = sent(client, page, data)
    assert answer.status_code == 200
    assert "There is a problem" in answer.text


def test_a_row_added_twice_or_made_up_is_a_fault(page, client):
    book = taken(client, page)
    scores = book.book["Scores"]
    scores.cell(8, 1).value, scores.cell(8, 7).value = scores.cell(2, 1).value, 5
    scores.cell(9, 1).value, scores.cell(9, 7).value = "made:up:1", 5
    scores.cell(10, 7).value = 5
    shown = sent(client, page, book).text
    for cell in ("G2", "G8", "A9", "G10"):
        assert f">{cell}<" in shown
    assert marks() == {}


def test_no_cell_is_a_formula_and_rows_are_as_high_as_their_text(bid, task, page, client):
    book = load_workbook(io.BytesIO(client.get(f"{page}.xlsx").data))
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
    bands = book["Scores"]["F2"].value.split("\n")
    assert len(bands) > 1
    assert book["Scores"].row_dimensions[2].height >= len(bands) * POINTS_OF_A_LINE


@given(st.lists(st.text(alphabet="ab -\t\u00a0", max_size=9_000), min_size=1, max_size=5).map("\n".join))
def test_a_long_answer_goes_on_in_the_next_row_and_each_row_shows_all_of_its_own(answer):
    pieces = pieces_of(answer)
    assert "".join(pieces).replace("\n", "") == answer.replace("\n", "")
    assert all(lines_of(piece, 110) <= MOST_LINES for piece in pieces)


def test_who_goes_on_in_a_file_that_was_sent_is_told_to_take_a_new_one(bid, task, page, client):
    book = taken(client, page).put("Scores", MARK, 0, 3)
    assert sent(client, page, book).status_code == 302
    shown = sent(client, page, book.put("Scores", MARK, 0, 4)).text
    assert ">G2<" in shown
    assert "or by sending the file before. Take a new workbook" in shown
    assert set(marks().values()) == {3}
