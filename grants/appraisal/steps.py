"""A round’s way from the check to the feedback, as one reader may go it: how far each step is, and its pages."""

from collections.abc import Sequence
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


def steps_of(round_: Round, counts: Any) -> list[Step]:
    """In the order of the field (domain rule, steps 7 to 13); of an announced round only the last ones.

    `counts` is a row of `tallies.rounds_in_hand`.
    """
    code = round_.code

    def to(permission: Permission, page: str, named: str = "code") -> str:
        """`named` is how the page's address asks for the round."""
        values: dict[str, Any] = {named: code}
        return url_for(page, **values) if may(permission) else ""

    def pages(permission: Permission, *named: tuple[str, str]) -> list[tuple[str, str]]:
        return [(words, to(permission, page)) for words, page in named] if may(permission) else []

    assign, moderate = Permission.APPRAISERS_ASSIGN, Permission.MODERATE
    judging = [
        Step(
            "Check eligibility and gateway",
            f"{counts.to_check:,} to check",
            to(Permission.ELIGIBILITY_CHECK, "appraisal.eligibility_list", "round"),
        ),
        Step("Value for money", f"{_bids(counts.valued)} valued"),
        Step(
            "Conflicts of interest",
            "",
            to(assign, "appraisal.conflicts"),
            pages(assign, ("Conflicts on record", "appraisal.conflicts_on_record")),
        ),
        Step(
            "Give bids to appraisers",
            f"{counts.short:,} with fewer than {FEWEST_APPRAISERS} appraisers",
            to(assign, "appraisal.assignments"),
            pages(assign, ("Share out all bids", "appraisal.proposals")),
        ),
        Step("Scoring", f"{counts.judged - counts.scored:,} waiting for scores"),
    ]
    settling = [
        Step(
            "Flags and tags",
            f"{_bids(counts.flagged)} with an open flag",
            to(Permission.FLAG_RAISE, "appraisal.flags", "round"),
            pages(Permission.FLAG_RAISE, ("Tags", "appraisal.tags")),
        ),
        Step(
            "Moderation",
            f"{counts.scored:,} ready, {counts.moderated:,} moderated",
            to(moderate, "appraisal.moderation_list", "round"),
            pages(
                moderate,
                ("How strict each appraiser is", "appraisal.leniency"),
                ("How far they agree", "appraisal.agreement"),
            ),
        ),
        Step("Panel meetings", f"{counts.panels:,} called", to(Permission.PANEL_HOLD, "appraisal.panels")),
        Step(
            "Ranking",
            "",
            to(Permission.RANKING_READ, "appraisal.ranking"),
            pages(Permission.RANKING_READ, ("How firm the places are", "appraisal.sensitivity")),
        ),
        Step("Decisions", f"{counts.decided:,} announced", to(Permission.DECISION_READ, "allocation.show")),
        Step("Feedback", f"{counts.fed_back:,} sent", to(Permission.FEEDBACK_WRITE, "appraisal.round_feedback")),
    ]
    return settling if round_.status is RoundStatus.ANNOUNCED else judging + settling


def _bids(count: int) -> str:
    return "1 bid" if count == 1 else f"{count:,} bids"
