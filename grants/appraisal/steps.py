"""A round’s way from the check to the feedback, as one reader may go it: how far each step is, and its pages."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import url_for

from grants.appraisal.tallies import FEWEST_APPRAISERS
from grants.funds.models import Round, RoundStatus
from grants.people.access import may
from grants.people.roles import Permission


@dataclass(frozen=True)
class Step:
    """One step of a round; `href` is empty for who takes no part in it, and so are `beside`, its further pages."""

    words: str
    so_far: str
    href: str = ""
    beside: Sequence[tuple[str, str]] = field(default_factory=tuple)


@dataclass(frozen=True)
class _Step:
    """As every round has it."""

    words: str
    so_far: Callable[[Any], str]
    """Of a row of `tallies.rounds_in_hand`."""
    permission: Permission | None = None
    page: str = ""
    beside: Sequence[tuple[str, str]] = ()
    asks: str = "code"
    """How the page's address asks for the round."""


def steps_of(round_: Round, counts: Any) -> list[Step]:
    """In the order of the field (domain rule, steps 7 to 13); of an announced round only the last ones.

    `counts` is a row of `tallies.rounds_in_hand`.
    """
    steps = _SETTLING if round_.status is RoundStatus.ANNOUNCED else (*_JUDGING, *_SETTLING)
    return [_for_reader(step, round_, counts) for step in steps]


def _for_reader(step: _Step, round_: Round, counts: Any) -> Step:
    so_far = step.so_far(counts)
    if step.permission is None or not may(step.permission):
        return Step(step.words, so_far)
    beside = [(words, url_for(page, code=round_.code)) for words, page in step.beside]
    asked: dict[str, Any] = {step.asks: round_.code}
    return Step(step.words, so_far, url_for(step.page, **asked), beside)


def _bids(count: int) -> str:
    return "1 bid" if count == 1 else f"{count:,} bids"


def _nothing(_: Any) -> str:
    return ""


_JUDGING = (
    _Step(
        "Check eligibility and gateway",
        lambda n: f"{n.to_check:,} to check",
        Permission.ELIGIBILITY_CHECK,
        "appraisal.eligibility_list",
        asks="round",
    ),
    _Step("Value for money", lambda n: f"{_bids(n.valued)} valued"),
    _Step(
        "Conflicts of interest",
        _nothing,
        Permission.APPRAISERS_ASSIGN,
        "appraisal.conflicts",
        [("Conflicts on record", "appraisal.conflicts_on_record")],
    ),
    _Step(
        "Give bids to appraisers",
        lambda n: f"{n.short:,} with fewer than {FEWEST_APPRAISERS} appraisers",
        Permission.APPRAISERS_ASSIGN,
        "appraisal.assignments",
        [("Share out all bids", "appraisal.proposals")],
    ),
    _Step("Scoring", lambda n: f"{n.judged - n.scored:,} waiting for scores"),
)
_SETTLING = (
    _Step(
        "Flags and tags",
        lambda n: f"{_bids(n.flagged)} with an open flag",
        Permission.FLAG_RAISE,
        "appraisal.flags",
        [("Tags", "appraisal.tags")],
        asks="round",
    ),
    _Step(
        "Moderation",
        lambda n: f"{n.scored:,} ready, {n.moderated:,} moderated",
        Permission.MODERATE,
        "appraisal.moderation_list",
        [("How strict each appraiser is", "appraisal.leniency"), ("How far they agree", "appraisal.agreement")],
        asks="round",
    ),
    _Step("Panel meetings", lambda n: f"{n.panels:,} called", Permission.PANEL_HOLD, "appraisal.panels"),
    _Step(
        "Ranking",
        _nothing,
        Permission.RANKING_READ,
        "appraisal.ranking",
        [("How firm the places are", "appraisal.sensitivity")],
    ),
    _Step("Decisions", lambda n: f"{n.decided:,} announced", Permission.DECISION_READ, "allocation.show"),
    _Step("Feedback", lambda n: f"{n.fed_back:,} sent", Permission.FEEDBACK_WRITE, "appraisal.round_feedback"),
)
