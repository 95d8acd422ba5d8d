"""Answering the questions of a section: what two people write at once both stays, and every version is kept."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from grants import audit
from grants.bids.answers.keeping import keep
from grants.bids.answers.section_queries import SectionPage, section_of
from grants.bids.answers.values import clean, digest, field_name, in_words
from grants.bids.models import Answer, Bid, BidStatus, Project
from grants.bids.writing import begin_edit, end_edit
from grants.funds.models import Question, Section
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import Overtaken, Refused
from grants.people.models import Person

SITTING = timedelta(minutes=10)
WITH_OFFICER = (
    "The bid is with the Section 151 officer, so this page does not save by itself. Saving with the button takes the "
    "bid back to a draft, and voids the signature if there is one."
)


@dataclass(frozen=True)
class Given:
    """One answer as a page sent it: what it was when the page was opened (version and digest) and what it is now."""

    question: Question
    value: Any
    version_seen: int
    digest_seen: str


@dataclass(frozen=True)
class Clash:
    """Two people changed one answer: `theirs` stands, `value` was typed and not saved."""

    question: Question
    theirs: Answer
    value: Any


def save_while_typing(
    page: SectionPage, given: Sequence[Given], *, by: Person, at: datetime, opened_at: datetime | None = None
) -> list[Clash]:
    """The same as `save_section`, for a page that saves by itself. Somebody's typing in one answer is one event.

    Refused where it would take the bid back from the Section 151 officer: that is for a person to do with the button.
    """
    if page.bid.status in (BidStatus.SIGN_OFF, BidStatus.SIGNED):
        raise Refused(WITH_OFFICER)
    return save_section(page, given, by=by, at=at, opened_at=opened_at, sitting=SITTING)


def save_section(
    page: SectionPage,
    given: Sequence[Given],
    *,
    by: Person,
    at: datetime,
    opened_at: datetime | None = None,
    sitting: timedelta = timedelta(0),
) -> list[Clash]:
    """Save the answers that were changed on this page. `page` holds the bid, so what it read is what stands.

    An answer that this person left alone is not touched, whoever changed it meanwhile. One that both changed is not
    saved but given back, and everything else is. Refused, before any change, where a value is not of its kind.

    `opened_at` is when this person was given the page. Opened before closing and saved within the grace after it, the
    answers are kept beside those in time, which alone count: bid and signature stay as they are.

    The trail leaves out what only goes on with the same person's answers within `sitting`; every version is kept.
    """
    late = begin_edit(page.bid, at=at, held=True, opened_at=opened_at)
    day = clock.london(at).date()
    changed = [replace(one, value=clean(one.question, one.value, page.bid.round, day=day)) for one in given]
    changed = [one for one in changed if digest(one.value) not in (one.digest_seen, digest(_now(page, one.question)))]
    clashes = [
        Clash(one.question, page.answers[one.question.id], one.value)
        for one in changed
        if one.question.id in page.answers and page.answers[one.question.id].version != one.version_seen
    ]
    clashing = {clash.question.id for clash in clashes}
    kept = {one.question.id: one.value for one in changed if one.question.id not in clashing}
    if kept:
        goes_on = _goes_on(page, kept, by=by, since=at - sitting)
        _keep(page, kept, by=by, at=at, late=late)
        flag_modified(page.bid, "changed_at")  # a new version in any case, by which who waits for this save notices it
        codes = [question.code for question in page.questions if question.id in kept]
        what = page.section.title if page.project is None else f"{page.project.title}: {page.section.title}"
        if late:
            audit.record(page.bid, "answered_late", by=by, what=what, questions=codes)
        elif goes_on:
            page.bid.changed_at = at
        else:
            end_edit(page.bid, "answered", by=by, at=at, what=what, questions=codes)
    return clashes


def _goes_on(page: SectionPage, question_ids: Iterable[int], *, by: Person, since: datetime) -> bool:
    """Whether the same person changed each of these answers last, after `since`."""
    before = [page.answers.get(question_id) for question_id in question_ids]
    return all(a is not None and a.changed_by_id == by.id and a.changed_at > since for a in before)


def _now(page: SectionPage, question: Question) -> Any:
    answer = page.answers.get(question.id)
    return answer.value["is"] if answer else None


def _keep(page: SectionPage, values: Mapping[int, Any], *, by: Person, at: datetime, late: bool) -> None:
    """All answers at once, and their edits: a save costs the same number of statements for one or for 18."""
    project_id = page.project.id if page.project else None
    beside = {key: answer.value["is"] for key, answer in page.answers.items()} if late else {}
    same = {"bid_id": page.bid.id, "project_id": project_id, "changed_at": at, "changed_by_id": by.id, "late": late}
    keep(same, values, beside)
    for answer in page.answers.values():
        db.session.expire(answer)


def answer(
    bid: Bid,
    question: Question,
    value: Any,
    *,
    project: Project | None = None,
    version_seen: int | None = None,
    by: Person,
    at: datetime,
) -> Answer:
    """Save one answer. Overtaken where its version is not the one seen (0: there was none); None takes any."""
    this_bid = select(Bid).where(Bid.id == bid.id)
    db.session.flush()
    project_key = project.key if project else None
    page = section_of(this_bid, Section.id == question.section_id, project_key, hold=True)
    there = page.answers.get(question.id)
    seen = version_seen if version_seen is not None else (there.version if there else 0)
    if clashes := save_section(page, [Given(question, value, seen, "")], by=by, at=at):
        theirs = clashes[0].theirs
        raise Overtaken(
            f"{theirs.changed_by.name} changed this answer meanwhile.",
            theirs=in_words(question, theirs.value["is"]),
            field=field_name(question),
        )
    saved = select(Answer).where(Answer.bid_id == bid.id, Answer.question_id == question.id)
    saved = saved.where(Answer.project_id == project.id if project else Answer.project_id.is_(None))
    found = db.session.scalar(saved)
    if found is None:
        raise Refused("There is nothing to save.", field=field_name(question))
    return found
