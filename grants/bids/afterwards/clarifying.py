"""Clarifications: the programme asks for chosen questions again, the council answers them once, by a time of its own.

What was submitted and its hash stay as they are: new answers stand beside the old ones. An ask is never altered; it can
be taken back and another made. Nothing here touches the bid's own row, so that an appraisal under way is not disturbed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from grants import audit
from grants.bids.afterwards.clarification_queries import is_waiting
from grants.bids.afterwards.sides import programme_people
from grants.bids.answers.answering import Given
from grants.bids.answers.values import clean, field_name, in_words
from grants.bids.checks import section_faults
from grants.bids.handing_in.submitted_values import open_to_clarification, submitted_values
from grants.bids.leaks import refuse_marks
from grants.bids.models import Bid, BidStatus, Clarification, ClarifiedAnswer, Project
from grants.bids.people.people_on import people_on
from grants.bids.queries import bid_in_full
from grants.bids.writing import hold
from grants.funds.models import Question, QuestionKind
from grants.kernel import clock, text
from grants.kernel.clock import has_passed
from grants.kernel.db import Json, db
from grants.kernel.errors import Overtaken, Refused
from grants.messages.operations import tell
from grants.people.models import Person
from grants.people.roles import Permission, Role

ASKED_WHILE = (BidStatus.SUBMITTED, BidStatus.APPRAISAL)
MOST_QUESTIONS = 40
LONGEST_UNCLEAR = 5_000


@dataclass(frozen=True)
class Ask:
    """One question, of the bid or of one of its projects, and what is unclear in its answer."""

    question: Question
    project: Project | None
    unclear: str

    @property
    def place(self) -> tuple[int | None, int]:
        return _place(self.question, self.project)


def ask_clarification(
    bid: Bid,
    asks: Sequence[Ask],
    *,
    note: str = "",
    due_at: datetime,
    by: Person,
    at: datetime,
    form_token: str | None = None,
    address: str = "",
) -> Clarification:
    """Ask the council to answer these questions again until `due_at`, and tell its people.

    Refused unless the bid is being checked or appraised, while an earlier ask waits for its answer, for questions that
    were not asked or are bound to the grant, and for words that tell a mark. The same form sent again finds the first.
    `address` is for the e-mail.
    """
    hold(bid)
    if made := _asked_before(bid, form_token):
        return made
    _check_ask(bid, asks, note, due_at, at)
    full = bid_in_full(bid.id)
    values = submitted_values(full)
    open_ones = {_place(question, project) for _, question, project in open_to_clarification(full, values)}
    if any(ask.place not in open_ones for ask in asks):
        raise Refused("One of these questions cannot be asked again.")
    made = Clarification(
        bid=full, asked_at=at, asked_by_id=by.id, due_at=due_at, note=text.tidy(note), form_token=form_token
    )
    made.items = [
        ClarifiedAnswer(
            question=ask.question, project=ask.project, unclear=text.tidy(ask.unclear),
            old=Json({"is": values.get(ask.place)}),
        )
        for ask in asks
    ]  # fmt: skip
    db.session.add(made)
    db.session.flush()
    audit.record(made, "asked", by=by, bid=bid.key, questions=len(asks), due=due_at.isoformat())
    _tell_council(full, "Clarification asked", _asking(full, made, address), at=at)
    return made


def _place(question: Question, project: Project | None) -> tuple[int | None, int]:
    return (project.id if project else None), question.id


def _asked_before(bid: Bid, form_token: str | None) -> Clarification | None:
    if not form_token:
        return None
    made = select(Clarification).where(Clarification.form_token == form_token, Clarification.bid_id == bid.id)
    return db.session.scalar(made)


def _check_ask(bid: Bid, asks: Sequence[Ask], note: str, due_at: datetime, at: datetime) -> None:
    if bid.status not in ASKED_WHILE:
        raise Refused("Clarification can be asked for while a bid is checked or appraised.")
    if db.session.scalar(select(Clarification.id).where(Clarification.bid_id == bid.id, is_waiting(at))):
        raise Refused("The council has not answered the last clarification yet. Take that one back first.")
    if not 0 < len(asks) <= MOST_QUESTIONS or len({ask.place for ask in asks}) < len(asks):
        raise Refused(f"Choose between 1 and {MOST_QUESTIONS} questions, each once.")
    if not has_passed(at, due_at):
        raise Refused("The answers must be due on a later day.", field="due_on")
    _check_words(note, "note")
    for number, ask in enumerate(asks):
        if not text.tidy(ask.unclear):
            raise Refused("Say what is unclear.", field=f"unclear_{number}")
        _check_words(ask.unclear, f"unclear_{number}")


def _check_words(words: str, field: str) -> None:
    """Besides the council, the bid's appraisers read them."""
    if text.unfit(words) or len(words) > LONGEST_UNCLEAR:
        raise Refused(f"Use at most {LONGEST_UNCLEAR:,} ordinary characters.", field=field)
    refuse_marks(words, field=field)


def _asking(bid: Bid, made: Clarification, address: str) -> str:
    due = clock.london(made.due_at)
    questions = "1 question" if len(made.items) == 1 else f"{len(made.items)} questions"
    return (
        f"The programme asks you to answer {questions} of your bid {bid.reference} again, until {due:%H:%M} on "
        f"{due.day} {due:%B %Y}, London time. Nothing else in the bid can be changed.\n\n{address}"
    )


def _tell_council(bid: Bid, what: str, words: str, *, at: datetime) -> None:
    for person in people_on(bid, clock.london(at).date(), writing=True):
        body = f"Hello {person.name}\n\n“{bid.title}”, your bid to {bid.round.name}\n\n{words}\n"
        tell(person.email, f"{what}: {bid.title}", body, at=at, person_id=person.id)


def take_back_clarification(asked: Clarification, *, reason: str, by: Person, at: datetime) -> None:
    """The programme no longer wants the answers, and says why. Refused once they have been sent."""
    hold(asked.bid)
    _refresh(asked)
    if not text.tidy(reason):
        raise Refused("Say why.", field="reason")
    if asked.answered_at:
        raise Refused("The council has sent its answers already.")
    if asked.taken_back_at:
        return
    asked.taken_back_at = at
    audit.record(asked, "took_back", by=by, reason=reason, bid=asked.bid.key)
    words = f"The programme no longer needs the answers that it asked for. Its reason: {reason}"
    _tell_council(asked.bid, "Clarification taken back", words, at=at)


def takes_words(question: Question) -> bool:
    """What is unclear in a choice, a sum or a day may need a sentence, for which the question itself has no room."""
    return question.kind is not QuestionKind.TEXT


def answer_again(item: ClarifiedAnswer, given: Given, *, words: str = "", by: Person, at: datetime) -> None:
    """Keep the council's new answer to one question, and what it says about it; it is sent later, with the others.

    Refused after the due time, once sent or taken back, and for a value that is not of the question's kind. Overtaken
    where a colleague changed the same answer since it was opened.
    """
    asked = item.clarification
    hold(asked.bid)
    check_still_open(asked, at)
    db.session.refresh(item)
    value = clean(item.question, given.value, asked.bid.round, day=clock.london(at).date())
    new = {"is": value, **_beside(item.question, words)}
    if item.new == new:
        return
    if item.version != given.version_seen:
        raise Overtaken(
            "A colleague changed this answer meanwhile. Choose, or make one of both, and save again.",
            theirs=stands_in_words(item),
            field=field_name(item.question),
        )
    item.new, item.changed_at, item.changed_by_id = Json(new), at, by.id
    audit.record(asked, "answered", by=by, bid=asked.bid.key, question=item.question.code)


def stands(item: ClarifiedAnswer) -> Any:
    """What the council says now: its new answer, or the submitted one where there is none yet."""
    return (item.old if item.new is None else item.new)["is"]


def words_of(item: ClarifiedAnswer) -> str:
    """What the council says about its new answer."""
    return str(item.new.get("words", "")) if item.new else ""


def stands_in_words(item: ClarifiedAnswer) -> str:
    return "\n\n".join(filter(None, (in_words(item.question, stands(item)), words_of(item))))


def _beside(question: Question, words: str) -> dict[str, str]:
    said = text.tidy(words)
    if not said or not takes_words(question):
        return {}
    if text.unfit(said) or len(said) > LONGEST_UNCLEAR:
        raise Refused(f"Use at most {LONGEST_UNCLEAR:,} ordinary characters.", field="words")
    return {"words": said}


def check_still_open(asked: Clarification, at: datetime) -> None:
    """Refused unless the council may still answer, whatever the programme does with the bid meanwhile."""
    _refresh(asked)
    if asked.taken_back_at:
        raise Refused("The programme has taken this clarification back.")
    if asked.answered_at:
        raise Refused("Your answers have been sent already.")
    if asked.bid.shown_status is not BidStatus.SUBMITTED:
        raise Refused("This bid can no longer be clarified.")
    if has_passed(asked.due_at, at):
        due = clock.london(asked.due_at)
        raise Refused(
            f"The answers were due at {due:%H:%M} on {due.day} {due:%B %Y}. Nothing can be saved any more; copy what "
            "you typed if you need it."
        )


def _refresh(asked: Clarification) -> None:
    db.session.flush()
    db.session.refresh(asked, ["answered_at", "taken_back_at", "due_at", "version"], with_for_update=True)


def clarification_faults(bid: Bid, asked: Clarification) -> list[tuple[int, str]]:
    """(number of the question in the clarification, what is wrong), before the answers may be sent.

    The same rules as for a section. `bid` is loaded in full.
    """
    values = submitted_values(bid)
    new = {(item.project_id, item.question_id): stands(item) for item in asked.items}
    found = []
    for number, item in enumerate(asked.items, start=1):
        if item.new is None:
            found.append((number, "This has not been answered again yet."))
            continue
        section = item.question.section
        faults = section_faults(bid, section, item.project, {**values, **new})
        found += [(number, fault.text) for fault in faults if fault.field == field_name(item.question)]
    return found


def send_clarification(asked: Clarification, *, by: Person, at: datetime, address: str = "") -> None:
    """The lead council's coordinator sends the answers: all of them, once, in time. Sent again, nothing happens."""
    bid = asked.bid
    if bid.lead_council_id not in by.councils_on(clock.london(at).date(), Role.BID_COORDINATOR):
        raise Refused(f"Only a bid coordinator of {bid.lead_council.name} can do this.")
    hold(bid)
    _refresh(asked)
    if asked.answered_at:
        return
    check_still_open(asked, at)
    full = bid_in_full(bid.id)
    if left := clarification_faults(full, asked):
        raise Refused("1 answer is not ready yet." if len(left) == 1 else f"{len(left)} answers are not ready yet.")
    asked.answered_at, asked.answered_by_id = at, by.id
    audit.record(asked, "sent", by=by, bid=bid.key)
    audit.record(bid, "clarified", by=by)
    asker = db.session.get_one(Person, asked.asked_by_id)
    if asker not in programme_people(bid, Permission.CLARIFICATION_ASK, clock.london(at).date()):
        return  # has left, or has a conflict by now
    body = f"Hello {asker.name}\n\nThe council has clarified its bid {bid.reference}, “{bid.title}”.\n\n{address}\n"
    tell(asker.email, f"Clarified: {bid.reference}", body, at=at, person_id=asker.id)
