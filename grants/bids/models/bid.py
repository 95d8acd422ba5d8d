"""A bid, the councils and others in it, its answers, and the moves it makes."""

from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grants.councils.models import Council, Partnership
from grants.funds.models import Question, Round, Section
from grants.kernel.db import Json, Keyed, MadeOnce, Model, Versioned
from grants.people.models import Person

if TYPE_CHECKING:
    from grants.bids.models.handing_in import BidAttachment, Signature, Submission
    from grants.bids.models.project import Project


class BidStatus(StrEnum):
    DRAFT = "draft"
    SIGN_OFF = "sign_off"
    SIGNED = "signed"
    SUBMITTED = "submitted"
    INELIGIBLE = "ineligible"
    APPRAISAL = "appraisal"
    MODERATED = "moderated"
    SUCCESSFUL = "successful"
    RESERVE = "reserve"
    UNSUCCESSFUL = "unsuccessful"
    WITHDRAWN = "withdrawn"
    INVITED = "invited"
    """An expression of interest that is asked to bid in the round that follows it."""
    DECLINED = "declined"


_S = BidStatus
BID_MOVES: dict[BidStatus, set[BidStatus]] = {
    _S.DRAFT: {_S.SIGN_OFF, _S.WITHDRAWN},
    _S.SIGN_OFF: {_S.DRAFT, _S.SIGNED, _S.WITHDRAWN},
    _S.SIGNED: {_S.DRAFT, _S.SUBMITTED, _S.WITHDRAWN},
    _S.SUBMITTED: {_S.INELIGIBLE, _S.APPRAISAL, _S.INVITED, _S.DECLINED, _S.WITHDRAWN},
    _S.APPRAISAL: {_S.SUBMITTED, _S.MODERATED, _S.WITHDRAWN},
    _S.MODERATED: {_S.APPRAISAL, _S.SUCCESSFUL, _S.RESERVE, _S.UNSUCCESSFUL, _S.WITHDRAWN},
    _S.INELIGIBLE: {_S.SUBMITTED, _S.APPRAISAL, _S.UNSUCCESSFUL, _S.WITHDRAWN},
    _S.RESERVE: {_S.SUCCESSFUL, _S.UNSUCCESSFUL, _S.WITHDRAWN},
    _S.SUCCESSFUL: set(),
    _S.UNSUCCESSFUL: set(),
    _S.WITHDRAWN: set(),
    _S.INVITED: {_S.WITHDRAWN},
    _S.DECLINED: set(),
}
BEING_WRITTEN = frozenset({_S.DRAFT, _S.SIGN_OFF, _S.SIGNED})
UNDER_EMBARGO = frozenset({_S.INELIGIBLE, _S.APPRAISAL, _S.MODERATED})
"""What the programme does with a bid before the announcement: to its council such a bid is simply submitted."""


class Bid(Keyed, Versioned, MadeOnce, Model):
    """What a partnership asks of a round. After submission nothing of it changes but its status."""

    __table_args__ = (
        CheckConstraint("(reference IS NULL) = (submitted_at IS NULL)", name="reference_means_submitted"),
        Index("ix_bid_round_status", "round_id", "status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    partnership_id: Mapped[int | None] = mapped_column(ForeignKey("partnership.id"), index=True)
    lead_council_id: Mapped[int] = mapped_column(ForeignKey("council.id"), index=True)
    accountable_council_id: Mapped[int | None] = mapped_column(ForeignKey("council.id"))
    """The council that would receive the money, where that is not the lead."""
    form_version: Mapped[int] = mapped_column(default=1)
    """The version of the round's form that this bid answers; from submission on it stays."""
    title: Mapped[str] = mapped_column(String(160))
    status: Mapped[BidStatus] = mapped_column(default=BidStatus.DRAFT)
    reference: Mapped[str | None] = mapped_column(String(60), unique=True)
    started_at: Mapped[datetime]
    started_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    changed_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    late: Mapped[bool] = mapped_column(default=False)
    """Submitted after closing and kept for the next assessment point; judged only once it has been taken in."""
    taken_in_at: Mapped[datetime | None]
    board_met_on: Mapped[date | None]
    copied_from_id: Mapped[int | None] = mapped_column(ForeignKey("bid.id"))

    round: Mapped[Round] = relationship()
    partnership: Mapped[Partnership | None] = relationship()
    lead_council: Mapped[Council] = relationship(foreign_keys=[lead_council_id])
    accountable_council: Mapped[Council | None] = relationship(foreign_keys=[accountable_council_id])
    partners: Mapped[list["BidPartner"]] = relationship(back_populates="bid", order_by="BidPartner.position")
    councils: Mapped[list["BidCouncil"]] = relationship(back_populates="bid", order_by="BidCouncil.position")
    answers: Mapped[list["Answer"]] = relationship(back_populates="bid", order_by="Answer.id")
    projects: Mapped[list["Project"]] = relationship(back_populates="bid", order_by="Project.position")
    attachments: Mapped[list["BidAttachment"]] = relationship(back_populates="bid", order_by="BidAttachment.id")
    signatures: Mapped[list["Signature"]] = relationship(back_populates="bid", order_by="Signature.id")
    submission: Mapped["Submission | None"] = relationship(back_populates="bid")

    @property
    def sections(self) -> list[Section]:
        """The sections of the form that this bid answers; their questions are `questions_in(bid.form_version)`."""
        return self.round.sections_in(self.form_version)

    @property
    def being_written(self) -> bool:
        return self.status in BEING_WRITTEN

    @property
    def shown_status(self) -> BidStatus:
        """What its council may know: nothing that the programme has not announced."""
        return BidStatus.SUBMITTED if self.status in UNDER_EMBARGO else self.status

    @property
    def ask(self) -> int:
        """Pence of grant asked for, over all projects, years and streams."""
        return sum(project.ask for project in self.projects)

    @property
    def signature(self) -> "Signature | None":
        """The one that stands: signed and not voided by a later edit."""
        return next((s for s in reversed(self.signatures) if s.voided_at is None), None)


class BidCouncil(Model):
    """A council in a bid, kept on the bid itself, so that what the partnership becomes later does not change it."""

    __table_args__ = (UniqueConstraint("bid_id", "council_id"), Index("ix_bid_council_council", "council_id", "bid_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    bid_id: Mapped[int] = mapped_column(ForeignKey("bid.id"))
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id"))
    leads: Mapped[bool] = mapped_column(default=False)
    starred: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int]
    bid: Mapped[Bid] = relationship(back_populates="councils")
    council: Mapped[Council] = relationship(lazy="joined", innerjoin=True)


class BidPartner(Model):
    """A body in a bid that is no council: an NHS trust, a government department, a university."""

    __table_args__ = (UniqueConstraint("bid_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    bid_id: Mapped[int] = mapped_column(ForeignKey("bid.id"))
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(40), default="")
    position: Mapped[int]
    bid: Mapped[Bid] = relationship(back_populates="partners")


def _where(condition: str) -> dict[str, Any]:
    """An index over some rows only, said to both engines."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class Answer(Versioned, Model):
    """One answer to one question, of the bid or of one of its projects, with a version of its own: two people who
    answer different questions never meet, and two who answer the same one are told."""

    __table_args__ = (
        Index("uq_answer_of_bid", "bid_id", "question_id", unique=True, **_where("project_id IS NULL")),
        Index("uq_answer_of_project", "project_id", "question_id", unique=True, **_where("project_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    bid_id: Mapped[int] = mapped_column(ForeignKey("bid.id"))
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"), index=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"), index=True)
    value: Mapped[Json]
    """`{"is": ...}`: text, a number, an ISO date, a list of choices, or `{year: pence or hundredths}`, by kind."""
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    late: Mapped[bool] = mapped_column(default=False)
    """Last saved within the grace after closing. What was typed then is kept for its writer in `value["late"]`, and
    `value["is"]` is still the answer in time: nothing that reads a bid can take the one for the other."""
    bid: Mapped[Bid] = relationship(back_populates="answers")
    question: Mapped[Question] = relationship()
    changed_by: Mapped[Person] = relationship()

    @property
    def typed(self) -> Any:
        """What its writer last typed, whether or not it came in time."""
        return self.value["late"] if self.late else self.value["is"]


class AnswerEdit(Model):
    """What an answer was at one of its versions. Triggers on both engines refuse to alter or delete a row."""

    __table_args__ = (Index("ix_answer_edit_of", "bid_id", "question_id", "project_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    bid_id: Mapped[int] = mapped_column(ForeignKey("bid.id"))
    project_id: Mapped[int | None]
    """Not a foreign key: a project may be taken off the bid, what was said of it may not."""
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"))
    value: Mapped[Json]
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    late: Mapped[bool] = mapped_column(default=False)
    changed_by: Mapped[Person] = relationship()
