"""Bids: all that belongs to one, in the files beside this; import from here."""

from grants.bids.models.afterwards import Clarification, ClarifiedAnswer, Letter, LetterAttachment
from grants.bids.models.bid import (
    BEING_WRITTEN,
    BID_MOVES,
    UNDER_EMBARGO,
    Answer,
    AnswerEdit,
    Bid,
    BidCouncil,
    BidPartner,
    BidStatus,
)
from grants.bids.models.handing_in import BidAttachment, Conflict, Signature, Submission
from grants.bids.models.late import LateSave
from grants.bids.models.project import (
    FundingLine,
    FundingSource,
    OutcomeBasis,
    OutcomeLine,
    PlannedMilestone,
    PlanningStatus,
    Project,
    Proximity,
    Risk,
    Site,
    ValueKind,
    ValueLine,
)
from grants.bids.models.together import BidPlace, BidRole, Comment, Task
from grants.bids.models.workbook import BidWorkbook

__all__ = [
    "BEING_WRITTEN",
    "BID_MOVES",
    "UNDER_EMBARGO",
    "Answer",
    "AnswerEdit",
    "Bid",
    "BidAttachment",
    "BidCouncil",
    "BidPartner",
    "BidPlace",
    "BidRole",
    "BidStatus",
    "BidWorkbook",
    "Clarification",
    "ClarifiedAnswer",
    "Comment",
    "Conflict",
    "FundingLine",
    "FundingSource",
    "LateSave",
    "Letter",
    "LetterAttachment",
    "OutcomeBasis",
    "OutcomeLine",
    "PlannedMilestone",
    "PlanningStatus",
    "Project",
    "Proximity",
    "Risk",
    "Signature",
    "Site",
    "Submission",
    "Task",
    "ValueKind",
    "ValueLine",
]
