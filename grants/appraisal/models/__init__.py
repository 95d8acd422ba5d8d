"""Judging bids: all that is found, scored, agreed and said of them, in the files beside this; import from here."""

from grants.appraisal.models.appraisers import (
    AppraiserProfile,
    ClearedConflict,
    Interest,
    InterestKind,
    YearlyDeclaration,
)
from grants.appraisal.models.assigning import (
    MOST_APPRAISERS,
    Assignment,
    AssignmentState,
    Proposal,
    ProposalState,
    ProposedPlace,
)
from grants.appraisal.models.gates import GateOutcome, GateResult, Valuation
from grants.appraisal.models.moderating import Conclusion, Moderation, Panel, PanelItem, PanelSeat, StoodBack
from grants.appraisal.models.remarks import BidTag, Feedback, FeedbackSent, Flag, FlagKind, Tag
from grants.appraisal.models.scoring import MARKS, MarginNote, Score

__all__ = [
    "MARKS",
    "MOST_APPRAISERS",
    "AppraiserProfile",
    "Assignment",
    "AssignmentState",
    "BidTag",
    "ClearedConflict",
    "Conclusion",
    "Feedback",
    "FeedbackSent",
    "Flag",
    "FlagKind",
    "GateOutcome",
    "GateResult",
    "Interest",
    "InterestKind",
    "MarginNote",
    "Moderation",
    "Panel",
    "PanelItem",
    "PanelSeat",
    "Proposal",
    "ProposalState",
    "ProposedPlace",
    "Score",
    "StoodBack",
    "Tag",
    "Valuation",
    "YearlyDeclaration",
]
