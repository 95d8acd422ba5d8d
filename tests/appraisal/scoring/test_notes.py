"""Highlights and notes of an appraiser on a bid: beside the answer, and for nobody else."""

import pytest

from grants.appraisal.models import MarginNote
from grants.appraisal.scoring.noting import note, pieces, place_of
from grants.audit.models import AuditEvent
from grants.bids.models import BidStatus
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.people.roles import Role
from tests.factories import NOW, give_scores, make_bid, make_person, make_task, sign_in

SECRET = "Ask the valuer about this xyzzy."


@pytest.fixture
def page(task, appraiser, client):
    sign_in(client, appraiser)
    return f"/appraisals/{task.key}"


def on_answer(page):
    return f"{page}/answers/need/problem"


def test_a_highlight_stands_in_the_answer_and_a_note_beside_it(bid, page, client):
    assert client.post(on_answer(page), data={"quote": "Contaminated   land", "text": SECRET}).status_code == 302
    shown = client.get(page).text
    assert '<mark class="grants-marked">Contaminated land</mark>.' in shown
    assert SECRET in shown
    assert "Your notes (1)" in shown
    assert db.session.query(MarginNote).one().quote == "Contaminated land"


def test_words_that_are_not_in_the_answer_cannot_be_highlighted_and_stay_typed(page, client):
    shown = client.post(on_answer(page), data={"quote": "Golden land", "text": "Hm."}).text
    assert "These words do not stand in the answer" in shown
    assert "Golden land" in shown
    assert db.session.query(MarginNote).count() == 0


@pytest.mark.parametrize("sent", [{}, {"quote": " ", "text": ""}, {"text": "x" * 5_001}, {"text": "a\x00b"}])
def test_a_note_says_something_that_can_be_kept(page, client, sent):
    assert client.post(on_answer(page), data=sent).status_code == 200
    assert db.session.query(MarginNote).count() == 0


def test_the_page_itself_gets_the_answer_anew_or_the_reason_why_not(page, client):
    fetch = {"X-Requested-With": "fetch"}
    told = client.post(on_answer(page), data={"quote": "Contaminated"}, headers=fetch)
    assert told.status_code == 200
    assert '<mark class="grants-marked">Contaminated</mark> land.' in told.text
    assert "<html" not in told.text
    refused = client.post(on_answer(page), data={"quote": "Golden"}, headers=fetch)
    assert (refused.status_code, list(refused.json)) == (409, ["refused"])


def test_an_answer_of_a_project_is_noted_on_by_itself(bid, page, client):
    project = bid.projects[0]
    way = f"{page}/projects/{project.key}/answers/works/route"
    assert client.post(way, data={"quote": "Sale", "text": "To whom?"}).status_code == 302
    assert db.session.query(MarginNote).one().project_id == project.id
    for wrong in (f"{page}/answers/works/route", f"{page}/projects/x/answers/works/route", f"{page}/answers/need/none"):
        assert client.get(wrong).status_code == 404


def test_a_note_on_the_whole_bid_is_listed_and_removed_softly(page, client):
    client.post(f"{page}/notes", data={"text": SECRET})
    row = db.session.query(MarginNote).one()
    assert SECRET in client.get(f"{page}/notes").text
    assert client.post(f"{page}/notes/{row.key}/remove").status_code == 302
    assert SECRET not in client.get(page).text
    assert client.post(f"{page}/notes/{row.key}/remove").status_code == 404
    assert db.session.query(MarginNote).one().removed_at is not None


def test_nobody_else_reads_a_note_and_the_trail_has_no_word_of_it(bid, task, appraiser, client):
    other = give_scores(make_task(bid), 3, 3, 3)
    note(task, None, None, "", quote="", words=SECRET, by=appraiser, at=NOW)
    give_scores(task, 3, 3, 3)
    row = db.session.query(MarginNote).one()
    sign_in(client, other.person)
    for way in (f"/appraisals/{other.key}", f"/appraisals/{other.key}/notes"):
        assert SECRET not in client.get(way).text
    assert client.get(f"/appraisals/{task.key}/notes").status_code == 404
    assert client.post(f"/appraisals/{other.key}/notes/{row.key}/remove").status_code == 404
    for role, way in ((Role.MODERATOR, f"/moderation/{bid.key}"), (Role.AUDITOR, "/audit")):
        sign_in(client, make_person(role))
        assert SECRET not in client.get(way).text
    assert all(SECRET not in str(event.details) + event.reason for event in db.session.query(AuditEvent))


def test_a_conflict_closes_the_notes_too(bid, task, page, client):
    client.post(f"{page}/notes", data={"text": SECRET})
    client.post(f"{page}/conflict", data={"reason": "My sister works there."})
    for way in (f"{page}/notes", on_answer(page)):
        assert client.get(way).status_code == 404
        assert client.post(way, data={"text": "More."}).status_code == 404


def test_before_the_declaration_nothing_can_be_noted(bid, appraiser, client):
    task = make_task(make_bid(bid.round, status=BidStatus.APPRAISAL), appraiser, declared=False)
    sign_in(client, appraiser)
    assert client.get(on_answer(f"/appraisals/{task.key}")).status_code == 404
    with pytest.raises(Refused):
        note(task, None, None, "", quote="", words="Hm.", by=appraiser, at=NOW)


# --- Where highlights lie


def test_a_quote_is_found_over_line_ends_and_every_blank():
    assert place_of("the\nold   depot", "We clear the old\ndepot.") == (9, 22)
    assert place_of("a.c", "abc") is None
    assert place_of("  ", "abc") is None


def test_highlights_that_overlap_share_the_text_and_none_of_it_is_lost():
    answer = "One two three four"
    notes = [MarginNote(quote=quote, text="") for quote in ("two three", "three four", "gone")]
    cut = pieces(answer, notes)
    assert "".join(piece.text for piece in cut) == answer
    assert [piece.text for piece in cut if piece.note] == ["two three", " four"]
