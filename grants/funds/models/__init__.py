"""Funds, their rounds, and all that a round asks and goes by, in the files beside this; import from here."""

from grants.funds.models.assessing import Criterion, Gate, GateStage, Heading, OutcomeMeasure, Unit
from grants.funds.models.assumptions import AssumptionSet
from grants.funds.models.deadlines import BankHoliday, Extension
from grants.funds.models.form import Asked, Declaration, OfVersions, Question, QuestionKind, RoundVersion, Section
from grants.funds.models.fund import Fund, Mark, Stream
from grants.funds.models.places import PlaceScore, PlaceScoreList
from grants.funds.models.round import (
    ROUND_MOVES,
    BudgetLine,
    Invitation,
    LateBids,
    ReturnEvery,
    Round,
    RoundMode,
    RoundPhase,
    RoundStatus,
)

__all__ = [
    "ROUND_MOVES",
    "Asked",
    "AssumptionSet",
    "BankHoliday",
    "BudgetLine",
    "Criterion",
    "Declaration",
    "Extension",
    "Fund",
    "Gate",
    "GateStage",
    "Heading",
    "Invitation",
    "LateBids",
    "Mark",
    "OfVersions",
    "OutcomeMeasure",
    "PlaceScore",
    "PlaceScoreList",
    "Question",
    "QuestionKind",
    "ReturnEvery",
    "Round",
    "RoundMode",
    "RoundPhase",
    "RoundStatus",
    "RoundVersion",
    "Section",
    "Stream",
    "Unit",
]
