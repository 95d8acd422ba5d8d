"""Reading assumptions as a person types them, a line for each, or out of a CSV file: every fault by its line."""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from grants.funds.assuming.sets import ADJUSTMENTS
from grants.kernel.financial_year import FinancialYear

Found = TypeVar("Found")

MOST_LINES = 200
MOST_BYTES = 100_000
_DECIMAL = re.compile(r"[0-9]{1,6}(\.[0-9]{1,4})?", re.ASCII)
_NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
_HIGHEST_RATE = 20
_LAST_YEAR = 200


class Unreadable(ValueError):
    """What was typed cannot be taken over. `faults` are sentences, one for each line that is wrong."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = list(faults)
        super().__init__(" ".join(self.faults))


def read_steps(typed: str) -> list[list[Any]]:
    """`3.5 | 30`: percent a year, and the last year for which it holds; none on the last line, which holds for ever.

    As `[["0.035", 30], ..., ["0.025", None]]`.
    """
    steps: list[list[Any]] = []
    rows, faults = _rows(typed, 2), []
    for number, (rate, until) in rows:
        if not _is_number(rate, _HIGHEST_RATE):
            faults.append(f"Line {number}: a rate in percent from 0 to {_HIGHEST_RATE} is expected, like 3.5.")
        elif (number == rows[-1][0]) != (until == ""):
            faults.append(f"Line {number}: each line but the last has the year until which it holds, like 3.5 | 30.")
        elif until and not (until.isascii() and until.isdigit() and len(until) < 4 and int(until) <= _LAST_YEAR):
            faults.append(f"Line {number}: the year is counted from the base year, {_LAST_YEAR} at most.")
        elif until and steps and int(until) <= steps[-1][1]:
            faults.append(f"Line {number}: the years go up from line to line.")
        else:
            steps.append([_share(rate), int(until) if until else None])
    return _sound(steps, faults, "Enter at least one rate.")


def read_labels(typed: str) -> list[list[str]]:
    """`1.5 | Medium`: the ratio from which a category holds, and its name, from the lowest up."""
    labels: list[list[str]] = []
    faults = []
    for number, (bound, name) in _rows(typed, 2):
        if not _is_number(bound, 1000) or not Decimal(bound):
            faults.append(f"Line {number}: a ratio above nought is expected, like 1.5.")
        elif not name or len(name) > 40:
            faults.append(f"Line {number}: the name of a category follows, 40 characters at most, like 1.5 | Medium.")
        elif labels and Decimal(bound) <= Decimal(labels[-1][0]):
            faults.append(f"Line {number}: the ratios go up from line to line.")
        elif name in (known for _, known in labels):
            faults.append(f"Line {number}: {name} is there already.")
        else:
            labels.append([_plain(bound), name])
    return _sound(labels, faults, "Enter at least one category.")


def read_deflators(typed: str) -> dict[str, str]:
    """`2024/25 | 98.74`: a financial year and its price index. As `{"2024": "98.74"}`."""
    found: dict[str, str] = {}
    faults = []
    for number, (year, index) in _rows(typed, 2):
        try:
            starts_in = str(FinancialYear.parse(year).starts_in)
        except ValueError:
            faults.append(f"Line {number}: a financial year is expected, like 2024/25.")
            continue
        if not _is_number(index, 999_999) or not Decimal(index):
            faults.append(f"Line {number}: a price index above nought is expected, like 98.74.")
        elif starts_in in found:
            faults.append(f"Line {number}: {year} is there already.")
        else:
            found[starts_in] = _plain(index)
    return _sound(found, faults)


def deflators_of_csv(content: bytes) -> str:
    """The lines of a CSV file with a year and an index in each, a heading left out; as `read_deflators` takes them."""
    if len(content) > MOST_BYTES:
        raise Unreadable([f"The file is larger than {MOST_BYTES // 1000} kB."])
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        raise Unreadable(["The file is no CSV in UTF-8."]) from None
    if rows and len(rows[0]) > 1 and not any(mark.isdigit() for mark in "".join(rows[0])):
        rows[0] = []
    return "\n".join(" | ".join(cell.strip() for cell in row) for row in rows)


def read_additionality(typed: str) -> dict[str, dict[str, str]]:
    """`homes | 0 | 25 | 0 | 1`: an outcome measure's code or heading, leakage, displacement and substitution in
    percent, and the multiplier. As `{"homes": {"leakage": "0", "displacement": "0.25", ...}}`.
    """
    found: dict[str, dict[str, str]] = {}
    faults = []
    for number, (name, *shares, multiplier) in _rows(typed, 5):
        if not _NAME.fullmatch(name):
            faults.append(f"Line {number}: the code of an outcome measure or its heading comes first, like homes.")
        elif not all(_is_number(share, 100) for share in shares) or not _is_number(multiplier, 10):
            faults.append(f"Line {number}: three percentages up to 100 and a multiplier up to 10 follow.")
        elif name in found:
            faults.append(f"Line {number}: {name} is there already.")
        else:
            found[name] = dict(zip(ADJUSTMENTS, [*map(_share, shares), _plain(multiplier)], strict=True))
    return _sound(found, faults)


# --- As they are typed again


def steps_typed(steps: Iterable[tuple[str, int | None]]) -> str:
    return "\n".join(_line(_percent(rate), "" if until is None else str(until)) for rate, until in steps)


def labels_typed(labels: Iterable[tuple[str, str]]) -> str:
    return "\n".join(_line(bound, name) for bound, name in labels)


def deflators_typed(deflators: Mapping[str, str]) -> str:
    return "\n".join(_line(str(FinancialYear(int(year))), index) for year, index in sorted(deflators.items()))


def additionality_typed(said: Mapping[str, Mapping[str, str]]) -> str:
    return "\n".join(
        _line(name, *(_percent(by[share]) for share in ADJUSTMENTS[:3]), by[ADJUSTMENTS[3]])
        for name, by in said.items()
    )


def _rows(typed: str, cells: int) -> list[tuple[int, list[str]]]:
    """(number of the line from 1, its cells) of each line that is not empty, short ones filled up."""
    lines = [(number, line) for number, line in enumerate(typed.splitlines(), start=1) if line.strip(" |")]
    if len(lines) > MOST_LINES:
        raise Unreadable([f"There are {len(lines):,} lines; {MOST_LINES} are the most."])
    split = [(number, [cell.strip() for cell in line.split("|")]) for number, line in lines]
    if long := [number for number, row in split if len(row) > cells]:
        raise Unreadable([f"Line {number}: {cells} entries are expected, with | between." for number in long])
    return [(number, row + [""] * (cells - len(row))) for number, row in split]


def _sound(read: Found, faults: list[str], empty: str = "") -> Found:
    if not faults and not read and empty:
        faults = [empty]
    if faults:
        raise Unreadable(faults)
    return read


def _is_number(typed: str, most: int) -> bool:
    return _DECIMAL.fullmatch(typed) is not None and Decimal(typed) <= most


def _plain(typed: str) -> str:
    return f"{Decimal(typed).normalize():f}"


def _share(percent: str) -> str:
    return f"{(Decimal(percent) / 100).normalize():f}"


def _percent(share: str) -> str:
    return f"{(100 * Decimal(share)).normalize():f}"


def _line(*cells: str) -> str:
    return " | ".join(cell for cell in cells if cell)
