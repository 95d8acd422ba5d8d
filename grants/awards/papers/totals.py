"""Holding a paper to a total that somebody states, and finding the row at fault where it does not come to it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from grants.awards.papers.types import Paper, PaperError, PaperRow, fingerprint
from grants.kernel.money import pounds

MOST_ROWS_NAMED = 5


@dataclass(frozen=True)
class Difference:
    """An award that is not what it was when the paper was last loaded, in pence."""

    row: PaperRow
    before: int | None
    """None: the row was not there before."""


def totals_by_fingerprint(paper: Paper) -> dict[str, int]:
    """Pence by the row's fingerprint: what `differences` and `check_control_total` compare a later version with."""
    return {fingerprint(row): row.total_pence for row in paper.rows}


def differences(paper: Paper, previous: Mapping[str, int]) -> list[Difference]:
    """The rows that are new or have another sum, in the paper's order. A row that has gone is not among them."""
    before = [(row, previous.get(fingerprint(row))) for row in paper.rows]
    return [Difference(row, pence) for row, pence in before if pence != row.total_pence]


def check_control_total(
    paper: Paper,
    stated_pence: int,
    previous: Mapping[str, int] | None = None,
    *,
    previous_is: str = "the paper loaded before",
) -> None:
    """PaperError unless the rows come to `stated_pence`, to the penny; its `row` is the one at fault where it is known.

    Known, if `previous` (pence by fingerprint, of the version `previous_is`) differs in exactly one row. Otherwise
    likely, if one row alone would explain the gap by a slip of the hand: counted twice, two neighbouring digits changed
    round, or one digit changed, dropped or added.
    """
    made = paper.total_pence
    if made == stated_pence:
        return
    gap = made - stated_pence
    sentence = (
        f"The rows make {pounds(made)}, but the control total is {pounds(stated_pence)}: "
        f"{pounds(abs(gap))} too {'much' if gap > 0 else 'little'}."
    )
    found = _by_comparison(paper, previous, previous_is) if previous else None
    why, row = found or _by_arithmetic(paper, gap)
    raise PaperError(f"{sentence} {why}", row)


def _by_comparison(paper: Paper, previous: Mapping[str, int], which: str) -> tuple[str, int | None] | None:
    """Which rows differ from the version before, and the row's line if there is but one; None if none does."""
    changed = differences(paper, previous)
    gone = len(previous.keys() - totals_by_fingerprint(paper).keys())
    told = [f"{_named(change.row)} {_changed(change, which)}." for change in changed[:MOST_ROWS_NAMED]]
    if len(changed) > MOST_ROWS_NAMED:
        told.append(f"{len(changed) - MOST_ROWS_NAMED} more rows differ from {which}.")
    if gone:
        told.append(f"Rows of {which} that are missing now: {gone}.")
    return (" ".join(told), changed[0].row.line if len(changed) == 1 else None) if told else None


def _changed(change: Difference, which: str) -> str:
    now = pounds(change.row.total_pence)
    if change.before is None:
        return f"gives {now} and was not in {which}"
    return f"gives {now}, where {which} gave {pounds(change.before)}"


def _by_arithmetic(paper: Paper, gap: int) -> tuple[str, int | None]:
    likely = [row for row in paper.rows if row.total_pence == gap or any(_slip(a, a - gap) for a in _sums(row))]
    if len(likely) == 1:
        return f"One slip on {_named(likely[0], capital=False)} would explain it.", likely[0].line
    if 1 < len(likely) <= MOST_ROWS_NAMED:
        return f"A slip on one of these rows would explain it: {', '.join(str(row.line) for row in likely)}.", None
    return "No single row stands out as the one at fault.", None


def _sums(row: PaperRow) -> Iterator[int]:
    yield from row.amounts.values() or (row.total_pence,)


def _slip(typed: int, meant: int) -> bool:
    """Whether one slip of the hand turns `meant` into `typed`: sums in pence, typed in pounds where they are whole."""
    if meant <= 0:
        return False
    unit = 1 if typed % 100 or meant % 100 else 100
    one, other = str(typed // unit), str(meant // unit)
    if len(one) == len(other):
        apart = [i for i in range(len(one)) if one[i] != other[i]]
        return len(apart) == 1 or (len(apart) == 2 and one == _swapped(other, *apart))
    shorter, longer = sorted((one, other), key=len)
    return len(longer) == len(shorter) + 1 and any(longer[:i] + longer[i + 1 :] == shorter for i in range(len(longer)))


def _swapped(digits: str, i: int, j: int) -> str:
    """The digits with two neighbours changed round; "" for two that are no neighbours."""
    return digits[:i] + digits[j] + digits[i] + digits[j + 1 :] if j == i + 1 else ""


def _named(row: PaperRow, *, capital: bool = True) -> str:
    what = f", {row.project}" if row.project else ""
    return f"{'Row' if capital else 'row'} {row.line} ({row.recipient}{what})"
