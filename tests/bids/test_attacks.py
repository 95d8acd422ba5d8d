"""What somebody might try with forms of their own making, in rooms that were found to believe too much."""

import io
from contextlib import suppress

import pytest
from sqlalchemy import select

from grants.bids import operations as bids
from grants.bids.answers.values import clean, in_words
from grants.bids.models import AnswerEdit, BidStatus
from grants.bids.queries import bid_in_full
from grants.bids.starting.copying import copy_bid
from grants.bids.starting.form_moves import publish_version
from grants.bids.starting.seating import details_seen
from grants.funds.form.editing import change_piece, definition_being_edited
from grants.funds.form.pieces import digest, piece
from grants.funds.models import Invitation, Question, QuestionKind, Round
from grants.kernel.db import Json
from grants.kernel.errors import Refused
from grants.kernel.financial_year import FinancialYear as FY
from grants.people.models import Person
from grants.people.roles import Role
from tests.factories import NOW, make_bid, make_bid_round, make_council, make_draft, make_person, sign_in


def test_the_token_of_another_form_copies_nothing_into_a_bid_that_is_there(session):
    """T09, I11: else a bid that was submitted would get more projects, and so a larger ask."""
    council, round = make_council(), make_bid_round()
    by = make_person(Role.BID_COORDINATOR, council=council)
    old = make_draft(lead=council, by=by)
    bids.add_project(old, council=council, title="More", summary="", by=by, at=NOW)
    mine = make_draft(round, lead=council, by=by, form_token="first")
    with pytest.raises(Refused):
        copy_bid(old, round, by=by, at=NOW, form_token="first")
    assert bid_in_full(mine.id).projects == []
    copy = copy_bid(old, round, by=by, at=NOW, form_token="second")
    assert copy_bid(old, round, by=by, at=NOW, form_token="second") is copy
    with pytest.raises(Refused):
        copy_bid(mine, round, by=by, at=NOW, form_token="second")


@pytest.fixture
def change(session):
    """Give a bid another lead, as its page does."""

    def change(bid, lead, by):
        bids.change_details(
            bid, title=bid.title, lead=lead, partnership=None, members=[], seen=details_seen(bid), by=by, at=NOW
        )

    return change


def test_a_council_that_cannot_start_a_bid_does_not_come_to_lead_one_later(session, change):
    lead, shut_out = make_council(), make_council()
    round = make_bid_round(exclusions=Json({"councils": [shut_out.code], "why": "It has had its share."}))
    bid, by = make_draft(round, lead=lead, members=[shut_out]), make_person(Role.BID_AUTHOR, council=shut_out)
    with pytest.raises(Refused, match="It has had its share"):
        change(bid, shut_out, by)
    assert bid.lead_council is lead


def test_a_council_that_was_not_invited_does_not_come_to_lead_one_later(session, change):
    first = make_bid_round(expression_of_interest=True)
    invited = make_bid(first, status=BidStatus.INVITED).lead_council
    other = make_council()
    full = make_bid_round(fund=first.fund, follows_id=first.id, invitation=Invitation.EVERYONE)
    bid, by = make_draft(full, lead=invited, members=[other]), make_person(Role.BID_AUTHOR, council=other)
    with pytest.raises(Refused, match="has no invitation"):
        change(bid, other, by)
    assert bid.lead_council is invited


def test_versions_of_an_answer_are_read_though_the_question_is_now_of_another_kind(session, client):
    round = make_bid_round()
    manager, author = (
        make_person(Role.PROGRAMME_MANAGER),
        make_person(Role.BID_AUTHOR, council=(lead := make_council())),
    )
    bid = make_draft(round, lead=lead, by=author)
    bids.answer(bid, round.sections[0].questions[0], "Contaminated land.", by=author, at=NOW)
    session.commit()
    place = ("sections", "need", "questions", "problem")
    standing = piece(definition_being_edited(round), place)
    changed = {name: value for name, value in standing.items() if name != "max_words"} | {"kind": "money"}
    change_piece(round, place, changed, seen=digest(standing), by=manager, at=NOW)
    publish_version(round, note="Money.", seen=digest(definition_being_edited(round)), by=manager, at=NOW)
    sign_in(client, author)
    page = f"/bids/{bid.key}/sections/need/questions/problem/versions"
    assert "Contaminated land." in client.get(page).text
    edit = session.scalars(select(AnswerEdit.id)).one()
    answer = client.post(page, data={"edit": edit, "version": 0})
    assert "must be a number" in answer.text


@pytest.mark.parametrize("kind", [kind for kind in QuestionKind if kind is not QuestionKind.COMPUTED])
def test_a_value_of_any_other_kind_is_refused_and_nothing_breaks(kind):
    settings = {"options": [["x", "X"]], "columns": [{"key": "a", "kind": "text", "label": "A"}]}
    question = Question(code="q", kind=kind, label="Q", settings=Json(settings))
    round = Round(first_year=FY(2026), last_year=FY(2027))
    for value in ("x", 5, ["x"], [{"a": 1}], {"2026": 5}, {"2026": "x"}, {"key": []}, [[1]], True):
        with suppress(Refused):
            in_words(question, clean(question, value, round))


def test_a_file_sent_under_the_name_of_any_other_field_is_no_answer(session, client):
    bid = make_draft()
    sign_in(client, session.get_one(Person, bid.started_by_id))
    page = f"/bids/{bid.key}/sections/need"
    names = ("q_problem", "q_open", "q_cost", "seen_problem", "keep_problem", "opened")
    sent = {name: (io.BytesIO(b"abc"), "a.pdf") for name in names}
    assert client.post(page, data=sent).status_code in (200, 302)
    sent = {name: (io.BytesIO(b"abc"), "a.pdf") for name in names}
    assert client.post(f"{page}/autosave", data={"asked": ["problem", "cost"], **sent}).status_code == 200
    titles = {name: (io.BytesIO(b"abc"), "a.pdf") for name in ("title", "form_token", "lead", "partners")}
    assert client.post(f"/bids/{bid.key}/details", data=titles).status_code == 200
    assert session.scalars(select(AnswerEdit)).all() == []
