"""A spot of a bid: a section, of the bid or of one of its projects, or a whole project. Colleagues give it to one
another and comment on it; what they say may be about one question of it."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import joinedload
from werkzeug.exceptions import NotFound

from grants.bids.models import Bid, Project
from grants.bids.people.places import read_by, written_by
from grants.bids.queries import visible_bids
from grants.funds.models import Asked, Question, Section
from grants.kernel.db import db, found
from grants.people.models import Person


@dataclass(frozen=True)
class Spot:
    """`section` is None where the spot is a whole project; `questions` are the section's, in its order."""

    bid: Bid
    project: Project | None
    section: Section | None
    questions: list[Question]

    @property
    def title(self) -> str:
        return ": ".join(part.title for part in (self.project, self.section) if part is not None)

    def titled(self, question: Question | None) -> str:
        """The title of the spot, or of one question of it."""
        return f"{self.title}: {question.label}" if question else self.title

    def question(self, code: str) -> Question | None:
        """The question of this code; None for the spot as a whole."""
        return next((question for question in self.questions if question.code == code), None)


def council_bid(person: Person, key: str, day: date, *, writing: bool = False) -> Bid:
    """The bid of this key if the person reads it, or writes it, for one of its councils; NotFound otherwise.

    Narrower than what the programme may read: how a bid came to be is its councils' own affair.
    """
    mine = written_by(person, day) if writing else read_by(person, day)
    wanted = visible_bids(person, day).where(Bid.key == key, mine).order_by(None)
    return found(wanted.options(joinedload(Bid.round, innerjoin=True)))


def spot_for(
    person: Person, key: str, code: str | None, project_key: str | None, *, on: date, writing: bool = False
) -> Spot:
    """The spot at this address if the person reads, or writes, its bid for a council; NotFound otherwise."""
    bid = council_bid(person, key, on, writing=writing)
    project = (
        found(select(Project).where(Project.bid_id == bid.id, Project.key == project_key)) if project_key else None
    )
    if code is None:
        return Spot(bid, project, None, [])
    rows = db.session.execute(
        select(Section, Question)
        .join(Question, Question.section_id == Section.id)
        .where(
            Section.round_id == bid.round_id,
            Section.code == code,
            Section.per == (Asked.PROJECT if project else Asked.BID),
            Section.stands_in(bid.form_version),
            Question.stands_in(bid.form_version),
        )
        .order_by(Question.position)
    ).all()
    if not rows:
        raise NotFound
    return Spot(bid, project, rows[0][0], [question for _, question in rows])
