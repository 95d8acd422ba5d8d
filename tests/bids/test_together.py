"""Writing together: saving while typing, versions, parts given to colleagues, comments."""

import re
import threading
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select, update
from sqlalchemy.exc import DatabaseError

from grants.audit.models import AuditEvent
from grants.bids import operations as bids
from grants.bids.answers.answering import Given
from grants.bids.answers.edits import Change, compared
from grants.bids.answers.section_queries import section_of
from grants.bids.content import bid_content
from grants.bids.models import AnswerEdit, Bid, BidStatus, Comment, Task
from grants.bids.projects.spots import Spot
from grants.bids.queries import bid_in_full
from grants.bids.together.queries import my_tasks
from grants.funds.models import Section
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.messages.models import Message
from grants.people.models import Person
from grants.people.roles import Role
from tests.bids.test_writing import every_kind, fields, value
from tests.dates import NOW, TODAY
from tests.factories import fill_in, make_bid, make_draft, make_person, sign_in


@pytest.fixture
def bid(session):
    return make_draft()


@pytest.fixture
def ann(bid):
    return make_person(Role.BID_AUTHOR, council=bid.lead_council, name="Ann Author")


@pytest.fixture
def beth(bid):
    return make_person(Role.BID_AUTHOR, council=bid.lead_council, name="Beth Author")


@pytest.fixture
def need(bid):
    section = bid.round.sections[0]
    return Spot(bid, None, section, list(section.questions))


@contextmanager
def counted():
    """What is said to the database meanwhile, but for the beginning and end of transactions."""
    said = []
    note = lambda conn, cursor, statement, *rest: said.append(statement)  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
        said[:] = [one for one in said if not one.startswith(("PRAGMA", "BEGIN"))]


def typing(client, bid, code="need"):
    """(send, what the page holds): `send` is what autosave.js does with the questions named."""
    page = f"/bids/{bid.key}/sections/{code}"
    held = fields(client.get(page).text)

    def send(**typed):
        codes = [name.removeprefix("q_") for name in typed]
        seen = {f"seen_{code}": held[f"seen_{code}"] for code in codes}
        answer = client.post(f"{page}/autosave", data={"asked": codes, "opened": held["opened"], **seen, **typed})
        if answer.status_code == 200:
            held.update({f"seen_{code}": mark for code, mark in answer.json["seen"].items()})
        return answer

    return send, held


def edits(session):
    return session.scalars(select(AnswerEdit).order_by(AnswerEdit.id)).all()


# --- Saving while typing


def test_what_is_typed_is_saved_answer_by_answer(session, client, bid, ann):
    sign_in(client, ann)
    send, _ = typing(client, bid)
    assert send(q_problem="The land").json["at"] == "12:00"
    assert send(q_problem="The land is wet").json["clashes"] == {}
    assert send(q_cost="12").json["unfit"] == {}
    assert (value(session, bid, "problem"), value(session, bid, "cost")) == ("The land is wet", 12_00)


def test_a_half_answer_is_no_error_and_keeps_nothing_else_from_being_saved(session, client, bid, ann):
    sign_in(client, ann)
    send, _ = typing(client, bid)
    told = send(q_problem="Wet", q_cost="1,2").json
    assert list(told["unfit"]) == ["cost"]
    assert "amount in pounds" in told["unfit"]["cost"]
    assert (value(session, bid, "problem"), value(session, bid, "cost")) == ("Wet", None)
    assert "govuk-error" not in client.get(f"/bids/{bid.key}/sections/need").text


def test_of_two_who_type_in_one_answer_the_second_is_told_and_nothing_is_lost(session, app, bid, ann, beth):
    first, second = app.test_client(), app.test_client()
    sign_in(first, ann)
    sign_in(second, beth)
    sends, sends_too = typing(first, bid)[0], typing(second, bid)[0]
    sends(q_problem="From Ann")
    told = sends_too(q_problem="From Beth", q_cost="5").json
    assert told["clashes"]["problem"]["by"] == "Ann Author"
    assert told["clashes"]["problem"]["theirs"] == "From Ann"
    assert (value(session, bid, "problem"), value(session, bid, "cost")) == ("From Ann", 5_00)
    page = f"/bids/{bid.key}/sections/need/autosave"
    mine = {"asked": "problem", "seen_problem": told["clashes"]["problem"]["seen"], "q_problem": "From Beth"}
    assert second.post(page, data=mine).json["clashes"] == {}
    assert value(session, bid, "problem") == "From Beth"
    assert [edit.value["is"] for edit in edits(session) if edit.value["is"] != 5_00] == ["From Ann", "From Beth"]


def test_a_bid_with_the_section_151_officer_is_not_taken_back_by_typing(session, client):
    bid = make_bid(status=BidStatus.SIGNED)
    author = make_person(Role.BID_AUTHOR, council=bid.lead_council)
    sign_in(client, author)
    page = client.get(f"/bids/{bid.key}/sections/need").text
    assert "data-autosave" not in page
    assert "does not save by itself" in page
    send, _ = typing(client, bid)
    answer = send(q_problem="Another text")
    assert answer.status_code == 409
    assert "Section 151 officer" in answer.json["refused"]
    session.expire_all()
    assert bid.status is BidStatus.SIGNED
    assert value(session, bid, "problem") == "Contaminated land."


def test_typing_after_closing_is_refused_in_words(session, client, bid, ann, now):
    bid.round.closes_at = NOW + timedelta(minutes=5)
    sign_in(client, ann)
    send, _ = typing(client, bid)
    now.shift(300 + bid.round.grace_seconds + 1)
    answer = send(q_problem="Too late")
    assert answer.status_code == 409
    assert "closed" in answer.json["refused"]
    assert value(session, bid, "problem") is None


def test_typing_within_the_grace_is_kept_and_said_to_be_late(session, client, bid, ann, now):
    bid.round.closes_at = NOW + timedelta(minutes=5)
    sign_in(client, ann)
    send, _ = typing(client, bid)
    send(q_problem="In time")
    now.shift(300 + bid.round.grace_seconds - 1)
    assert send(q_problem="Late").json["late"] is True
    assert value(session, bid, "problem") == "In time"
    assert edits(session)[-1].late


def test_an_hour_of_typing_is_a_few_events_and_every_version(session, client, bid, ann, now):
    sign_in(client, ann)
    send, _ = typing(client, bid)
    for count in range(1, 13):
        assert send(q_problem=" ".join(["word"] * count)).json["seen"]
        now.shift(60)
    events = session.scalar(select(func.count(AuditEvent.id)).where(AuditEvent.verb == "answered"))
    assert events == 1
    assert len(edits(session)) == 12


def test_a_save_while_typing_costs_few_statements(session, client, bid, ann, now):
    sign_in(client, ann)
    send, _ = typing(client, bid)
    send(q_problem="The land")
    now.shift(5)
    with counted() as said:
        send(q_problem="The land is wet")
    assert sum(statement.startswith(("INSERT", "UPDATE", "WITH")) for statement in said) in (2, 3)  # by engine
    assert len(said) <= 9, "\n".join(said)


# --- Versions


def test_every_real_change_is_a_version_and_none_can_be_altered(session, bid, ann):
    question = bid.round.sections[0].questions[0]
    for words in ("One", "One", "Two"):
        bids.answer(bid, question, words, by=ann, at=NOW)
    assert [(edit.value["is"], edit.changed_by_id) for edit in edits(session)] == [("One", ann.id), ("Two", ann.id)]
    session.commit()
    with pytest.raises(DatabaseError), session.begin_nested():
        session.execute(update(AnswerEdit).values(changed_by_id=None))


def test_versions_are_shown_with_who_when_and_what_changed(session, client, bid, ann, beth, now):
    question = bid.round.sections[0].questions[0]
    bids.answer(bid, question, "The land is wet and cold", by=ann, at=NOW)
    bids.answer(bid, question, "The land is dry and cold", by=beth, at=NOW)
    sign_in(client, ann)
    page = client.get(f"/bids/{bid.key}/sections/need/questions/problem/versions").text
    assert page.index("Beth Author, 12:00 on 21 November 2026") < page.index("Ann Author, 12:00 on 21 November 2026")
    assert re.search(r"<del[^>]*>.*wet .*</del><ins[^>]*>.*dry .*</ins>", page)


def test_what_one_person_saved_within_ten_minutes_is_shown_as_one(session, client, bid, ann, beth):
    question = bid.round.sections[0].questions[0]
    for words in ("A", "A B", "A B C"):
        bids.answer(bid, question, words, by=ann, at=NOW)
    bids.answer(bid, question, "D", by=beth, at=NOW)
    sign_in(client, ann)
    page = f"/bids/{bid.key}/sections/need/questions/problem/versions"
    assert client.get(page).text.count("<h2") == 2
    assert client.get(f"{page}?every=yes").text.count("<h2") == 4


def test_an_earlier_text_is_put_back_unless_somebody_was_faster(session, client, bid, ann, beth):
    question = bid.round.sections[0].questions[0]
    bids.answer(bid, question, "Old and good", by=ann, at=NOW)
    bids.answer(bid, question, "New and bad", by=beth, at=NOW)
    old = edits(session)[0].id
    sign_in(client, ann)
    page = f"/bids/{bid.key}/sections/need/questions/problem/versions"
    sent = {"edit": old, "version": fields(client.get(page).text)["version"]}
    bids.answer(bid, question, "Newer still", by=beth, at=NOW)
    refused = client.post(page, data=sent)
    assert "changed this answer meanwhile" in refused.text
    assert value(session, bid, "problem") == "Newer still"
    assert client.post(page, data={**sent, "version": fields(refused.text)["version"]}).status_code == 302
    assert value(session, bid, "problem") == "Old and good"
    assert len(edits(session)) == 4


def test_a_version_of_another_answer_cannot_be_put_back_here(session, client, bid, ann):
    other = make_draft()
    bids.answer(other, other.round.sections[0].questions[0], "Secret", by=make_person(), at=NOW)
    sign_in(client, ann)
    page = f"/bids/{bid.key}/sections/need/questions/problem/versions"
    answer = client.post(page, data={"edit": edits(session)[0].id, "version": "0"})
    assert "Choose a version of this answer." in answer.text
    assert value(session, bid, "problem") is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("a b c", "a b c"),
        ("", "new words"),
        ("gone", ""),
        ("a b\n\nc d", "a x\n\nc e"),
        ("a " * 9000, "b " * 9000),
    ],
)
def test_pieces_of_two_texts_make_both_again(old, new):
    pieces = compared(old, new)
    assert "".join(piece.text for piece in pieces if piece.change is not Change.REMOVED) == new
    gone = "".join(piece.text for piece in pieces if piece.change is Change.REMOVED)
    assert set(gone.split()) <= set(old.split())


# --- Parts given to colleagues


def test_a_part_is_given_and_told_once_and_lies_on_the_desk(session, client, bid, ann, beth, need):
    question = need.questions[0]
    task = bids.give_task(need, question, beth, by=ann, at=NOW)
    assert bids.give_task(need, question, beth, by=ann, at=NOW) is task
    told = session.scalars(select(Message)).all()
    assert [message.to for message in told] == [beth.email]
    assert question.label in told[0].body
    assert [mine.task for mine in my_tasks(beth, TODAY)] == [task]
    sign_in(client, beth)
    assert f"Write “{need.section.title}: {question.label}”" in client.get("/").text


def test_given_to_another_it_leaves_the_first(session, bid, ann, beth, need):
    first = bids.give_task(need, None, ann, by=beth, at=NOW)
    second = bids.give_task(need, None, beth, by=ann, at=NOW)
    assert first.ended_at is not None
    assert second.ended_at is None
    bids.finish_task(second, need.title, by=beth, at=NOW)
    assert my_tasks(beth, TODAY) == []
    with pytest.raises(Refused, match="meanwhile"):
        bids.take_back_task(second, need.title, by=ann, at=NOW)


def test_only_who_writes_the_bid_can_be_given_a_part_of_it(session, bid, ann, need):
    officer = make_person(Role.SECTION_151_OFFICER, council=bid.lead_council)
    for stranger in (officer, make_person(Role.BID_AUTHOR)):
        with pytest.raises(Refused, match="cannot write in this bid"):
            bids.give_task(need, None, stranger, by=ann, at=NOW)
    task = bids.give_task(need, None, ann, by=ann, at=NOW)
    with pytest.raises(Refused, match="Only Ann Author"):
        bids.finish_task(task, need.title, by=officer, at=NOW)


def test_giving_a_part_leaves_a_signature_as_it_is(session):
    bid = make_bid(status=BidStatus.SIGNED)
    author = make_person(Role.BID_AUTHOR, council=bid.lead_council)
    spot = Spot(bid, bid.projects[0], None, [])
    bids.give_task(spot, None, author, by=author, at=NOW)
    bids.comment(spot, None, "Nearly there", by=author, at=NOW)
    assert bid.status is BidStatus.SIGNED
    assert bid.signature is not None


def test_the_task_list_shows_who_is_on_what_and_what_is_said(session, client, bid, ann, beth, need):
    page = f"/bids/{bid.key}/sections/need/give"
    sign_in(client, ann)
    answer = client.post(page, data={"about": "problem", "person": beth.key}, follow_redirects=True)
    assert "Beth Author is on it." in answer.text
    bids.comment(need, need.questions[0], "Say how deep", by=beth, at=NOW)
    listed = client.get(f"/bids/{bid.key}").text
    assert "Beth Author" in listed
    assert "1 open comment" in listed
    shown = client.get(f"/bids/{bid.key}/sections/need").text
    assert "Given to Beth Author." in shown
    task = session.scalars(select(Task)).one()
    sign_in(client, beth)
    assert client.post(f"/bids/{bid.key}/tasks/{task.key}/done").status_code == 302
    assert "Beth Author" not in re.sub(r"(?s)<header.*?</header>", "", client.get(f"/bids/{bid.key}").text)


def test_the_task_list_costs_the_same_for_many_tasks_and_comments(session, client, bid, ann, beth, need):
    fill_in(bid, ann, projects=3)
    sign_in(client, ann)
    client.get(f"/bids/{bid.key}")
    with counted() as before:
        client.get(f"/bids/{bid.key}")
    for spot in (need, *(Spot(bid, project, None, []) for project in bid.projects)):
        bids.give_task(spot, None, beth, by=ann, at=NOW)
        for _ in range(3):
            bids.comment(spot, None, "And?", by=ann, at=NOW)
    session.commit()
    with counted() as after:
        client.get(f"/bids/{bid.key}")
    assert len(after) == len(before)


def test_a_project_with_tasks_and_comments_can_be_taken_off(session, bid, ann):
    project = fill_in(bid, ann).projects[0]
    spot = Spot(bid, project, None, [])
    bids.give_task(spot, None, ann, by=ann, at=NOW)
    bids.comment(spot, None, "Too dear", by=ann, at=NOW)
    bids.remove_project(project, by=ann, at=NOW)
    assert session.scalar(select(func.count(Comment.id))) == 0
    assert session.scalar(select(func.count(Task.id))) == 0


# --- Comments


def test_colleagues_are_told_of_a_comment_but_not_what_it_says(session, bid, ann, beth, need):
    officer = make_person(Role.SECTION_151_OFFICER, council=bid.lead_council)
    bids.give_task(need, None, ann, by=ann, at=NOW)
    bids.comment(need, None, "Ask finance", by=officer, at=NOW)
    bids.comment(need, None, "They say 4 million pounds", by=beth, at=NOW)
    bids.comment(need, None, "Good", by=ann, at=NOW)
    told = session.scalars(select(Message).where(Message.subject.like("A comment%")).order_by(Message.id)).all()
    to = [message.to for message in told]
    assert to == [ann.email, ann.email, officer.email, beth.email, officer.email]
    assert not any("million" in message.body or "finance" in message.body for message in told)


def test_the_same_comment_sent_twice_is_said_once(session, client, bid, ann):
    sign_in(client, ann)
    page = f"/bids/{bid.key}/sections/need/comments"
    sent = {**fields(client.get(page).text), "about": "problem", "text": "How deep?"}
    for _ in range(2):
        assert client.post(page, data=sent).status_code == 302
    assert session.scalar(select(func.count(Comment.id))) == 1
    assert "How deep?" in client.get(page).text
    assert "Write a comment." in client.post(page, data={"text": " ", "about": ""}).text


def test_a_comment_is_settled_and_opened_again(session, client, bid, ann, need):
    said = bids.comment(need, None, "How deep?", by=ann, at=NOW)
    sign_in(client, ann)
    client.post(f"/bids/{bid.key}/comments/{said.key}/settle")
    assert "open comment" not in client.get(f"/bids/{bid.key}").text
    assert "Settled" in client.get(f"/bids/{bid.key}/sections/need/comments").text
    client.post(f"/bids/{bid.key}/comments/{said.key}/reopen")
    assert "1 open comment" in client.get(f"/bids/{bid.key}").text


def test_the_programme_never_sees_who_said_what_while_the_bid_was_written(session, app):
    bid = make_bid(status=BidStatus.SIGNED)
    author = make_person(Role.BID_AUTHOR, council=bid.lead_council)
    said = bids.comment(Spot(bid, None, bid.round.sections[0], []), None, "Inflated by a third", by=author, at=NOW)
    bids.give_task(Spot(bid, bid.projects[0], None, []), None, author, by=author, at=NOW)
    bids.submit(bid, by=make_person(Role.BID_COORDINATOR, council=bid.lead_council), at=NOW)
    roles = (Role.PROGRAMME_MANAGER, Role.AUDITOR, Role.MODERATOR, Role.ADMINISTRATOR)
    bid_pages = ["", "/print", "/history", "/sections/need/comments", f"/comments/{said.key}/settle"]
    pages = [f"/bids/{bid.key}{page}" for page in bid_pages] + [f"/audit/bid/{bid.key}", "/audit"]
    for role in roles:
        client = app.test_client()
        sign_in(client, make_person(role))
        for page in pages:
            assert "Inflated" not in client.get(page).text
        assert client.get(f"/bids/{bid.key}/sections/need/comments").status_code in (403, 404)
        assert client.post(f"/bids/{bid.key}/comments/{said.key}/settle").status_code in (403, 404)
        assert client.get(f"/bids/{bid.key}/sections/need/questions/problem/versions").status_code in (403, 404)
    assert session.scalar(select(Comment.settled_at)) is None
    assert "Inflated" not in str(bid_content(bid_in_full(bid.id)))


# --- Totals


def test_totals_are_worked_out_by_the_server(session, client, bid, ann):
    every_kind(bid.round)
    sign_in(client, ann)
    page = f"/bids/{bid.key}/sections/all"
    opened = client.get(page).text
    assert "Save and work out the totals" in opened
    typed = {"q_k_money_by_year_2026": "100", "q_k_money_by_year_2028": "50.50"}
    typed |= {"q_k_table_0_cost": "1,000", "q_k_table_1_cost": "2.25"}
    answer = client.post(page, data={**fields(opened), **typed, "then": "totals"})
    assert answer.location.endswith(page)
    shown = client.get(page).text
    assert "<strong data-total>£150.50</strong>" in shown
    assert "<span data-total>£1,002.25</span>" in shown


# --- Two saves at once


def test_who_waits_for_a_save_under_way_reads_what_it_saved(app, session, bid, ann, beth):
    """I13, T26: on PostgreSQL the second is already waiting for the row while the first saves."""
    section_id, bid_id, people = bid.round.sections[0].id, bid.id, [ann.id, beth.id]
    session.commit()
    held, found = threading.Event(), []

    def save(person_id, words, *, first):
        with app.app_context():
            by = db.session.get_one(Person, person_id)
            db.session.rollback()
            if not first:
                held.wait(60)
            page = section_of(select(Bid).where(Bid.id == bid_id), Section.id == section_id, None, hold=True)
            by = db.session.get_one(Person, person_id)
            if first:
                held.set()
                time.sleep(0.5)
            found.append(bids.save_section(page, [Given(page.questions[0], words, 0, "")], by=by, at=NOW))
            db.session.commit()

    two = [
        threading.Thread(target=save, args=(people[0], "First"), kwargs={"first": True}),
        threading.Thread(target=save, args=(people[1], "Second"), kwargs={"first": False}),
    ]
    for thread in two:
        thread.start()
    for thread in two:
        thread.join(60)
    assert [len(clashes) for clashes in found] == [0, 1]
    assert value(session, bid, "problem") == "First"
