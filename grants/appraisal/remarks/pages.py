"""What the pages of flags show: each flag with how far it has come, and the questions that may be asked again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from grants.appraisal.models import Assignment, Flag, FlagKind
from grants.appraisal.remarks.flagging import waits_to_be_asked
from grants.appraisal.remarks.queries import open_flags
from grants.bids.afterwards.clarification_queries import (
    ClarificationState,
    ShownClarification,
    clarification_of,
    shown,
    state_of,
)
from grants.bids.answers.values import in_words
from grants.bids.fault import Values
from grants.bids.handing_in.submitted_values import Place, open_to_clarification, place_name, submitted_values
from grants.bids.models import Bid, ClarifiedAnswer
from grants.bids.queries import bid_in_full
from grants.funds.models import Criterion


class FlagState(StrEnum):
    OPEN = "open"
    TO_ASK = "to_ask"
    """Nobody has sent the question to the council yet, or it did not answer in time."""
    ASKED = "asked"
    ANSWERED = "answered"
    SETTLED = "settled"


def flag_state(flag: Flag, at: datetime) -> FlagState:
    if flag.settled_at:
        return FlagState.SETTLED
    if flag.kind is not FlagKind.CLARIFICATION:
        return FlagState.OPEN
    if waits_to_be_asked(flag, at):
        return FlagState.TO_ASK
    assert flag.clarification
    answered = state_of(flag.clarification, at) is ClarificationState.ANSWERED
    return FlagState.ANSWERED if answered else FlagState.ASKED


@dataclass(frozen=True)
class ShownFlag:
    """`asked` is what the council was asked because of it; of its answers only what was sent can be seen."""

    flag: Flag
    state: FlagState
    asked: ShownClarification | None = None
    unanswered: bool = False
    """It was sent on, and came to nothing: not answered in time, or taken back."""


def shown_flag(flag: Flag, at: datetime) -> ShownFlag:
    """With its questions, old and new answers side by side; two queries where there are any."""
    state = flag_state(flag, at)
    if flag.clarification is None:
        return ShownFlag(flag, state)
    asked = shown(clarification_of(flag.bid, flag.clarification.key), at, to_council=False)
    wanted = [item for item in asked.items if _name_of(item.item) in flag.asks["places"]]
    return ShownFlag(flag, state, ShownClarification(asked.asked, asked.state, wanted), state is FlagState.TO_ASK)


def _name_of(item: ClarifiedAnswer) -> str:
    return place_name((item.question.section, item.question, item.project))


@dataclass(frozen=True)
class Askable:
    """A question that the council may be asked again: its place, its name in addresses, and what was said."""

    place: Place
    name: str
    said: str


def askable(bid: Bid) -> list[Askable]:
    full = bid_in_full(bid.id)
    values = submitted_values(full)
    return [Askable(place, place_name(place), _said(values, place)) for place in open_to_clarification(full, values)]


def _said(values: Values, place: Place) -> str:
    _, question, project = place
    return in_words(question, values.get((project.id if project else None, question.id)))


def wanted_by(flags: Sequence[Flag], places: Sequence[Askable]) -> list[Askable]:
    """The questions that these flags name, in the order of the form."""
    names = {name for flag in flags for name in flag.asks["places"]}
    return [one for one in places if one.name in names]


@dataclass(frozen=True)
class Wait:
    """Whose turn it is before a criterion can be scored. Of another's question it tells that and nothing else."""

    state: FlagState
    """To be asked, asked or answered."""
    due_at: datetime | None = None
    """While the council has time to answer."""
    own: str = ""
    """The key of the reader's own flag."""


def waits_of(task: Assignment, criteria: Iterable[Criterion], at: datetime) -> dict[int, list[Wait]]:
    """What the criteria of a bid wait for, by their ids, each thing once; see `waits_for_answer`."""
    asked = [flag for flag in open_flags([task.bid_id])[task.bid_id] if flag.kind is FlagKind.CLARIFICATION]
    found = {}
    for criterion in criteria:
        holding = [flag for flag in asked if flag.criterion_id in (None, criterion.id)]
        if holding:
            found[criterion.id] = list(dict.fromkeys(_wait(flag, task, at) for flag in holding))
    return found


def _wait(flag: Flag, task: Assignment, at: datetime) -> Wait:
    state = flag_state(flag, at)
    due_at = flag.clarification.due_at if flag.clarification and state is FlagState.ASKED else None
    return Wait(state, due_at, flag.key if flag.raised_by_id == task.person_id else "")
