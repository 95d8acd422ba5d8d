"""What has to be in order before a round goes live, and whether another round of its fund is in the way."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select

from grants.funds.models import Round, RoundMode, RoundStatus
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.money import pounds


@dataclass(frozen=True)
class Item:
    """`said` when it is in order, `lacking` what to do where it is not; `page` names where that is done."""

    said: str
    lacking: str
    done: bool
    page: str = "form"


def checklist(round: Round, at: datetime) -> list[Item]:
    """All that is looked at before a draft is published at `at`, in the order in which a round is made."""
    return [*_dates(round, at), *_money(round), *_form(round)]


def lacking(round: Round, at: datetime) -> list[str]:
    """Sentences on what a draft still needs before it can be published at `at`; none if it is ready."""
    return [item.lacking for item in checklist(round, at) if not item.done]


def clash(round: Round, *, closes_at: datetime | None = None) -> Round | None:
    """A published round of the same fund that takes bids while this one does, or would until `closes_at`.

    A round may follow its expression of interest at the very instant in which that closes.
    """
    ends = closes_at or round.closes_at
    if round.opens_at is None:
        return None
    others = select(Round).where(
        Round.fund_id == round.fund_id,
        Round.id != round.id,
        Round.status == RoundStatus.PUBLISHED,
        Round.opens_at.is_not(None),
        or_(Round.closes_at.is_(None), Round.closes_at >= round.opens_at),
    )
    if ends is not None:
        others = others.where(Round.opens_at <= ends)
    for other in db.session.scalars(others.order_by(Round.opens_at)):
        linked = other.id == round.follows_id or other.follows_id == round.id
        touching = other.closes_at == round.opens_at or other.opens_at == ends
        if not (linked and touching):
            return other
    return None


def clash_words(other: Round) -> str:
    opens = clock.london(other.opens_at) if other.opens_at else None
    closes = clock.london(other.closes_at) if other.closes_at else None
    since = f"from {opens.day} {opens:%B %Y}" if opens else ""
    until = f"until {closes.day} {closes:%B %Y}" if closes else "with no closing time"
    return f"{other.name}, of the same fund, takes bids {since} {until}. Two rounds of one fund cannot be open at once."


def _dates(round: Round, at: datetime) -> list[Item]:
    competed = round.mode is not RoundMode.DIRECT
    has_end = round.mode is RoundMode.WINDOW or (not competed and round.opens_at is not None)
    over = round.closes_at is not None and clock.has_passed(round.closes_at, at)
    other = clash(round)
    return [
        Item(
            "It is set when the round opens.",
            "Say when the round opens.",
            not competed or round.opens_at is not None,
            "dates",
        ),
        Item(
            "It is set when the round closes.",
            "Say when the round closes.",
            not has_end or round.closes_at is not None,
            "dates",
        ),
        Item(
            "It is not closed already.",
            "The round would be closed already: choose a later closing day.",
            not over,
            "dates",
        ),
        Item(
            "No other round of the fund is open at the same time.",
            clash_words(other) if other else "",
            other is None,
            "dates",
        ),
    ]


def _money(round: Round) -> list[Item]:
    budget = sum(line.pence for line in round.budget)
    pays = "funding" in round.project_parts["parts"]
    stated = round.headline_pence
    return [
        Item(
            "There is a budget by year.",
            "Set a budget for at least one financial year.",
            not pays or budget > 0,
            "dates",
        ),
        Item(
            "The budget is the stated total, or the difference is explained.",
            f"The budget adds up to {pounds(budget)} and the stated total is {pounds(stated or 0)}: "
            "say why they differ.",
            stated in (None, budget) or bool(round.headline_note),
            "dates",
        ),
    ]


def _form(round: Round) -> list[Item]:
    competed = round.mode is not RoundMode.DIRECT
    judged, takes_bids = competed and not round.expression_of_interest, competed or round.opens_at is not None
    weights = sum(criterion.weight for criterion in round.criteria)
    without_list = [c.name for c in round.criteria if c.looked_up and c.place_list_id is None]
    sections = round.sections_in(round.form_version or 1)
    empty = [section.title for section in sections if not section.questions_in(round.form_version or 1)]
    return [
        Item(
            "The weights of the criteria make 100.",
            f"The weights of the criteria add up to {weights}, not 100.",
            not judged or weights == 100,
        ),
        Item(
            "Every looked-up criterion has its list.",
            f"Choose the list that marks are looked up in for {', '.join(without_list)}.",
            not without_list,
        ),
        Item("Questions are asked.", "Ask at least one question.", not takes_bids or len(empty) < len(sections)),
        Item("Every section asks something.", f"Ask something in {', '.join(empty)}, or remove it.", not empty),
        Item(
            "The Section 151 officer has something to declare.",
            "Add the declarations that the Section 151 officer signs.",
            not takes_bids or bool(round.declarations),
        ),
        Item(
            "The expression of interest that comes first is known.",
            "Say which expression of interest comes first, or that nobody has to be invited.",
            round.invitation == "nobody" or round.follows_id is not None,
        ),
    ]
