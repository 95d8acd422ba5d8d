"""What colleagues say to each other about a bid while they write it. Nobody of the programme reads it."""

from datetime import datetime

from sqlalchemy import select

from grants import audit
from grants.bids.models import Comment
from grants.bids.people.people_on import people_on
from grants.bids.projects.spots import Spot
from grants.bids.together.queries import speakers_at, tasks_at
from grants.funds.models import Question
from grants.kernel import clock, text
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.messages.operations import tell
from grants.people.models import Person

LONGEST_COMMENT = 5_000


def comment(
    spot: Spot, question: Question | None, words: str, *, by: Person, at: datetime, form_token: str | None = None
) -> Comment:
    """Say something of this spot, or of one question of it, and tell who is on it and who spoke there before.

    Refused once the bid is no longer being written. The same form sent again finds the first comment. Neither the
    trail nor an e-mail has the words: they stay between the people of the bid's councils.
    """
    if form_token and (said := _said_before(form_token, by)):
        return said
    if not spot.bid.being_written:
        raise Refused("This bid is no longer being written.")
    row = Comment(
        bid_id=spot.bid.id,
        project_id=spot.project.id if spot.project else None,
        section_id=spot.section.id if spot.section else None,
        question_id=question.id if question else None,
        person=by,
        text=_checked(words),
        said_at=at,
        form_token=form_token,
    )
    db.session.add(row)
    db.session.flush()
    audit.record(spot.bid, "commented", by=by, what=spot.titled(question))
    _tell_colleagues(row, spot, by=by, at=at)
    return row


def _said_before(form_token: str, by: Person) -> Comment | None:
    return db.session.scalar(select(Comment).where(Comment.form_token == form_token, Comment.person_id == by.id))


def _checked(words: str) -> str:
    words = text.tidy(words)
    if not words:
        raise Refused("Write a comment.", field="text")
    if len(words) > LONGEST_COMMENT:
        raise Refused(f"The comment must be {LONGEST_COMMENT:,} characters or fewer.", field="text")
    if what := text.unfit(words):
        raise Refused(f"The comment has a character that cannot be kept ({what}). Type it again.", field="text")
    return words


def _tell_colleagues(row: Comment, spot: Spot, *, by: Person, at: datetime) -> None:
    concerned = {task.person_id for task, _ in tasks_at(spot)} | speakers_at(spot)
    body = (
        f"{by.name} has commented on a part of the bid “{spot.bid.title}” ({spot.bid.round.name}): {spot.title}.\n\n"
        "Sign in to read it and to answer.\n"
    )
    for person in people_on(spot.bid, clock.london(at).date()):
        if person.id in concerned and person is not by:
            tell(
                person.email, f"A comment on: {spot.bid.title}", f"Hello {person.name}\n\n{body}",
                at=at, person_id=person.id, once=f"comment-{row.key}-{person.id}",
            )  # fmt: skip


def settle_comment(said: Comment, what: str, *, by: Person, at: datetime) -> None:
    """Nothing is left to do about it. Settled twice, it is settled once. `what` is its spot's title, for the trail."""
    if said.settled_at is None:
        said.settled_at, said.settled_by_id = at, by.id
        audit.record(said, "settled_comment", by=by, what=what)


def reopen_comment(said: Comment, what: str, *, by: Person) -> None:
    if said.settled_at is not None:
        said.settled_at = said.settled_by_id = None
        audit.record(said, "reopened_comment", by=by, what=what)
