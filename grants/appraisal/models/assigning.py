"""Who scores which bid: the tasks themselves, and the proposals that the product makes for a whole round."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.bids.models import Bid
from grants.funds.models import Round
from grants.kernel.db import Json, Keyed, Model, Versioned
from grants.people.models import Person

if TYPE_CHECKING:
    from grants.appraisal.models.scoring import Score

MOST_APPRAISERS = 6
"""Of one bid. Means of up to six marks are whole sixtieths, which keeps totals exact in the database."""


class AssignmentState(StrEnum):
    """Derived from what the appraiser has done so far."""

    TO_DECLARE = "to_declare"
    SCORING = "scoring"
    SUBMITTED = "submitted"
    CONFLICTED = "conflicted"
    ENDED = "ended"


class Assignment(Keyed, Versioned, Model):
    """One appraiser's task to score one bid: a declaration first, then a mark and a reason for each criterion."""

    __table_args__ = (UniqueConstraint("bid_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    bid_id: Mapped[int] = mapped_column(ForeignKey("bid.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    assigned_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    assigned_at: Mapped[datetime]
    declared_at: Mapped[datetime | None]
    conflicted: Mapped[bool] = mapped_column(default=False)
    """Declared or found: the bid is closed to this person, and a score already given is set aside, not deleted."""
    submitted_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    """Taken away again by the programme manager, or declined."""
    decline_reason: Mapped[str] = mapped_column(Text, default="")
    """Why the appraiser gave it back without a conflict; empty unless he or she did."""
    reminded_at: Mapped[datetime | None]
    look_again: Mapped[bool] = mapped_column(default=False)
    """Its scores were set aside after the bid had been moderated with them, and nobody has looked at that yet."""
    bid: Mapped[Bid] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    assigned_by: Mapped[Person] = relationship(foreign_keys=[assigned_by_id])
    scores: Mapped[list["Score"]] = relationship(
        back_populates="assignment", order_by="[Score.criterion_id, Score.part]"
    )

    @property
    def state(self) -> AssignmentState:
        if self.ended_at:
            return AssignmentState.ENDED
        if self.conflicted:
            return AssignmentState.CONFLICTED
        if self.submitted_at:
            return AssignmentState.SUBMITTED
        return AssignmentState.SCORING if self.declared_at else AssignmentState.TO_DECLARE

    @property
    def counts(self) -> bool:
        """Whether its scores take part in the moderation."""
        return self.state is AssignmentState.SUBMITTED


class ProposalState(StrEnum):
    """Derived from what has become of it."""

    BEING_MADE = "being_made"
    READY = "ready"
    APPLIED = "applied"
    DISCARDED = "discarded"


class Proposal(Keyed, Versioned, Model):
    """A proposed share-out of a round's bids among appraisers: read, then applied or discarded as a whole."""

    __table_args__ = (
        CheckConstraint("each BETWEEN 1 AND 6", name="each_in_range"),
        CheckConstraint("applied_at IS NULL OR discarded_at IS NULL", name="one_end"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    each: Mapped[int]
    """How many appraisers each bid is to have at least."""
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime | None]
    """None while its job runs."""
    explanation: Mapped[Json] = mapped_column(default=lambda: Json({}))
    """`{"job": key, "of": person id or None, "short": {bid id: why}, "others": {bid id: why},
    "left_out": {place id: why}}`, with ids as text.

    `of` is the appraiser whose bids are shared out anew; `others` says why the rest were not chosen for a bid that gets
    all it wants, `left_out` what was not applied.
    """
    applied_at: Mapped[datetime | None]
    discarded_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    round: Mapped[Round] = relationship()
    places: Mapped[list["ProposedPlace"]] = relationship(back_populates="proposal", order_by="ProposedPlace.id")

    @property
    def state(self) -> ProposalState:
        if self.discarded_at:
            return ProposalState.DISCARDED
        if self.applied_at:
            return ProposalState.APPLIED
        return ProposalState.READY if self.made_at else ProposalState.BEING_MADE


class ProposedPlace(Model):
    """One bid to one more appraiser, and why this one."""

    __table_args__ = (UniqueConstraint("proposal_id", "bid_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"))
    bid_id: Mapped[int] = mapped_column(ForeignKey("bid.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    why: Mapped[str] = mapped_column(Text, default="")
    proposal: Mapped[Proposal] = relationship(back_populates="places")
    bid: Mapped[Bid] = relationship()
    person: Mapped[Person] = relationship()
