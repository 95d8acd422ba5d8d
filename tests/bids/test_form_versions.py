"""A form that changes while its round is open: bids being written move to it, submitted ones stay as they are."""

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select

from grants.bids import operations as bids
from grants.bids.answers.edits import versions_of
from grants.bids.checks import faults, values_of
from grants.bids.content import bid_content
from grants.bids.models import Bid, BidStatus
from grants.bids.projects.spots import spot_for
from grants.bids.queries import bid_in_full
from grants.bids.shown import answers_shown
from grants.bids.starting.form_moves import publish_version
from grants.funds.form import editing
from grants.funds.form.editing import definition_being_edited
from grants.funds.form.pieces import digest, items, piece
from grants.funds.form.versions import changes_waiting
from grants.funds.models import Question, Round
from grants.kernel.db import db
from grants.kernel.errors import Overtaken, Refused
from grants.messages.models import Message
from grants.people.roles import Role
from tests.dates import NOW, TODAY
from tests.factories import fill_in, make_bid, make_bid_round, make_council, make_draft, make_person

QUESTIONS = ("sections", "need", "questions")


@pytest.fixture
def manager(session):
    return make_person(Role.PROGRAMME_MANAGER)


def change(round: Round, key: str, by, **values) -> None:
    standing = piece(definition_being_edited(round), (*QUESTIONS, key))
    changed = {**standing, **values}
    editing.change_piece(round, (*QUESTIONS, key), changed, seen=digest(standing), by=by, at=NOW)


def publish(round: Round, by, note: str = "The question was unclear.") -> None:
    publish_version(round, note=note, seen=digest(definition_being_edited(round)), by=by, at=NOW)
    db.session.commit()
    db.session.expire_all()


def codes(bid: Bid) -> list[str]:
    return [question.code for section in bid.sections for question in section.questions_in(bid.form_version)]


def question(bid: Bid, code: str) -> Question:
    return next(q for s in bid.sections for q in s.questions_in(bid.form_version) if q.code == code)


def test_a_draft_moves_to_the_new_form_with_its_answers_and_a_submitted_bid_stays(manager):
    round = make_bid_round()
    author = make_person(Role.BID_COORDINATOR, council=(lead := make_council()))
    draft = fill_in(make_draft(round, lead=lead, by=author), author)
    submitted = make_bid(round)
    db.session.commit()
    before = bid_content(bid_in_full(submitted.id))
    change(round, "problem", manager, label="What is the matter?")
    publish(round, manager)
    draft, submitted = bid_in_full(draft.id), bid_in_full(submitted.id)
    assert (draft.form_version, submitted.form_version) == (2, 1)
    assert question(draft, "problem").label == "What is the matter?"
    assert values_of(draft)[None, question(draft, "problem").id] == "Contaminated land."
    assert faults(draft) == []
    assert bid_content(submitted) == before
    assert question(submitted, "problem").label != "What is the matter?"
    assert answers_shown(submitted)[0].answers[0].words == "Contaminated land."
    kept = question(submitted, "open")
    assert question(draft, "open").id == kept.id, "what did not change keeps its row"


def test_an_answer_that_no_longer_fits_is_asked_again_and_the_old_one_stays(manager):
    round = make_bid_round()
    author = make_person(Role.BID_COORDINATOR, council=(lead := make_council()))
    draft = fill_in(make_draft(round, lead=lead, by=author), author)
    old = draft.projects[0]
    place = ("sections", "works", "questions", "route")
    standing = piece(definition_being_edited(round), place)
    options = {"lease": "Lease", "gift": "Gift"}
    editing.change_piece(round, place, {**standing, "options": options}, seen=digest(standing), by=manager, at=NOW)
    publish(round, manager)
    draft = bid_in_full(draft.id)
    assert values_of(draft).get((old.id, question(draft, "route").id)) is None
    assert any("no answer yet" in fault.text for fault in faults(draft))
    assert "sale" in [answer.value["is"] for answer in draft.answers]


def test_a_signature_falls_with_the_reason_and_each_applicant_is_told_once(manager):
    round = make_bid_round()
    signed = make_bid(round, status=BidStatus.SIGNED)
    make_bid(round)
    stranger = make_person(Role.BID_AUTHOR, council=make_council())
    db.session.commit()
    change(round, "problem", manager, hint="In plain words.")
    publish(round, manager, note="We say what we want to read.")
    assert signed.status is BidStatus.DRAFT
    assert signed.signature is None
    told = db.session.scalars(select(Message).where(Message.subject.startswith("The form has changed"))).all()
    assert len({message.to for message in told}) == len(told) == 6
    assert all("We say what we want to read." in message.body for message in told)
    assert stranger.email not in [message.to for message in told]


def test_the_history_of_a_carried_answer_goes_on(app, manager):
    round = make_bid_round()
    author = make_person(Role.BID_COORDINATOR, council=(lead := make_council()))
    draft = fill_in(make_draft(round, lead=lead, by=author), author)
    change(round, "problem", manager, label="What is the matter?")
    publish(round, manager)
    draft = bid_in_full(draft.id)
    spot = spot_for(author, draft.key, "need", None, on=TODAY)
    bids.answer(draft, question(draft, "problem"), "More.", version_seen=1, by=author, at=NOW + timedelta(hours=1))
    with app.test_request_context():
        page, _ = versions_of(spot, question(draft, "problem"), every=True)
    assert [row.edit.value["is"] for row in page.rows] == ["More.", "Contaminated land."]


def test_what_was_decided_upon_is_what_is_published(manager):
    round = make_bid_round()
    change(round, "problem", manager, label="One")
    seen = digest(definition_being_edited(round))
    change(round, "problem", manager, label="Two")
    with pytest.raises(Overtaken):
        publish_version(round, note="A note", seen=seen, by=manager, at=NOW)
    with pytest.raises(Refused, match="Say what changed"):
        publish_version(round, note=" ", seen=digest(definition_being_edited(round)), by=manager, at=NOW)
    assert changes_waiting(round) == [
        "Section “The need”: Question “Two”: Label: “Two” instead of “What about problem?”."
    ]


def test_a_new_bid_answers_the_newest_form(manager):
    round = make_bid_round()
    editing.remove_piece(
        round, (*QUESTIONS, "cost"), seen=digest(piece(definition_being_edited(round), (*QUESTIONS, "cost"))),
        by=manager, at=NOW,
    )  # fmt: skip
    publish(round, manager)
    assert codes(make_draft(round)) == ["problem", "open", "why_not", "route"]


@pytest.mark.parametrize("seed", range(6))
def test_every_version_finds_its_own_questions_in_its_own_order(manager, seed):
    """Added, removed, moved and changed at will over several versions: no version ever loses its order."""
    chance = Random(seed)
    round = make_bid_round()
    expected = {1: asked_now(round)}
    for number in range(2, 6):
        for step in range(chance.randint(1, 4)):
            change_at_will(round, f"n{number}{step}", chance, manager)
        publish(round, manager, note="Changed.")
        expected[number] = asked_now(round)
    for number, keys in expected.items():
        section = next(section for section in round.sections_in(number) if section.code == "need")
        assert [question.code for question in section.questions_in(number)] == keys


def asked_now(round: Round) -> list[str]:
    return [question["key"] for question in items(definition_being_edited(round), QUESTIONS)]


def change_at_will(round: Round, new: str, chance: Random, by) -> None:
    keys = [key for key in asked_now(round) if key not in ("open", "why_not")] or [""]
    key = chance.choice(keys)
    done = {"by": by, "at": NOW}
    what = chance.choice(["add", "remove", "move", "change"]) if key else "add"
    if what == "add":
        editing.add_piece(round, QUESTIONS, {"key": new, "kind": "date", "label": new}, **done)
    elif what == "move":
        editing.move_piece(round, (*QUESTIONS, key), chance.choice([-2, -1, 1, 2]), **done)
    elif what == "change":
        change(round, key, by, label=new)
    else:
        seen = digest(piece(definition_being_edited(round), (*QUESTIONS, key)))
        editing.remove_piece(round, (*QUESTIONS, key), seen=seen, **done)
