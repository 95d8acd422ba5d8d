"""What an answer to each kind of question may be, how it is kept, and how it reads.

Kept as JSON: text, organisation and choice as text, yes and no as `yes` and `no`, choices as a list in the order of the
options, a date in ISO form, money in pence, a number in hundredths, by-year kinds as `{"2017": pence or hundredths}`, a
file as `{"key", "name"}` of an attachment of the bid (a list of them where several may be given), a table as a list of
rows by column, a declaration as true. No answer is None, whatever the kind.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from grants.funds.models import Question, QuestionKind, Round
from grants.kernel import text
from grants.kernel.errors import Refused
from grants.kernel.financial_year import FinancialYear
from grants.kernel.money import MOST_PENCE, pounds

LONGEST = 50_000
MOST_ROWS = 100
_K = QuestionKind
MONEY = frozenset({_K.MONEY, _K.MONEY_BY_YEAR})
BY_YEAR = frozenset({_K.MONEY_BY_YEAR, _K.NUMBER_BY_YEAR})
NEVER_ANSWERED = frozenset({_K.COMPUTED})


def field_name(question: Question) -> str:
    """The name of the question's field on its page."""
    return f"q_{question.code}"


def options(question: Question) -> list[tuple[str, str]]:
    """(value, label) of what may be chosen."""
    if question.kind is _K.YES_NO:
        return [("yes", "Yes"), ("no", "No")]
    return [(str(value), str(label)) for value, label in question.settings.get("options", [])]


def digest(value: Any) -> str:
    """A short mark of a value, by which a page knows later whether a person has changed it."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


def clean(question: Question, value: Any, round: Round, *, day: date | None = None) -> Any:
    """`value` as it is kept. Refused where the kind of question does not allow it; it may always be empty.

    `day` is today for what is typed now: a day after it is refused where the question asks for one that has been.
    """
    if value in (None, "", [], {}) or value is False:
        return None
    kept = _clean(question.kind, question.settings, value, round)
    if day and question.settings.get("past") and isinstance(kept, str) and kept > day.isoformat():
        kept = Problem("must be today or earlier.")
    if isinstance(kept, Problem):
        raise Refused(text.about(question.label, kept), field=field_name(question))
    return kept


class Problem(str):
    """What is wrong with a value, as the end of a sentence that begins with the question."""


def _clean(kind: QuestionKind, settings: Mapping[str, Any], value: Any, round: Round) -> Any:
    if kind in (_K.TEXT, _K.ORGANISATION):
        return _text(value)
    if kind in (_K.MONEY, _K.NUMBER):
        return _amount(settings, value)
    if kind in BY_YEAR:
        return _by_year(settings, value, round)
    if kind is _K.DATE:
        return _date(value)
    if kind in (_K.CHOICE, _K.YES_NO, _K.CHOICES):
        return _chosen(kind, settings, value)
    if kind is _K.TABLE:
        return _table(settings, value, round)
    if kind is _K.FILE:
        return _files(settings, value)
    if kind is _K.DECLARATION:
        return True if value is True else Problem("must be ticked or left empty.")
    return Problem("is worked out by the product and cannot be answered.")


def files_in(value: Any) -> list[dict[str, str]]:
    """The files of an answer: none, the one, or several."""
    return list(value) if isinstance(value, list) else ([value] if value else [])


def _files(settings: Mapping[str, Any], value: Any) -> Any:
    most = settings.get("count") or 1
    files = [dict(file) for file in files_in(value) if isinstance(file, Mapping) and set(file) == {"key", "name"}]
    if len(files) != len(files_in(value)):
        return Problem("must be files attached to the bid.")
    if len(files) > most:
        return Problem(f"takes at most {most} files.")
    return files if most > 1 else files[0]


def _text(value: Any) -> Any:
    if not isinstance(value, str):
        return Problem("must be text.")
    tidied = text.tidy(value)
    if len(tidied) > LONGEST:
        return Problem(f"must be {LONGEST:,} characters or fewer.")
    if what := text.unfit(tidied):
        return Problem(f"has a character that cannot be kept ({what}). Type it again.")
    return tidied or None


def _amount(settings: Mapping[str, Any], value: Any) -> Any:
    """Pence or hundredths; the limits in the settings are in whole units."""
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > MOST_PENCE:
        return Problem("must be a number.")
    least, most = settings.get("min", 0), settings.get("max")
    if value < least * 100:
        return Problem(f"must be {least:,} or more.")
    if most is not None and value > most * 100:
        return Problem(f"must be {most:,} or less.")
    if settings.get("decimals") == 0 and value % 100:
        return Problem("must be a whole number.")
    return value


def _by_year(settings: Mapping[str, Any], value: Any, round: Round) -> Any:
    known = {str(year.starts_in) for year in round.years}
    if not isinstance(value, Mapping) or not set(value) <= known:
        return Problem(f"must be given for the years {round.first_year} to {round.last_year}.")
    amounts = {year: _amount(settings, amount) for year, amount in value.items() if amount is not None}
    return next((amount for amount in amounts.values() if isinstance(amount, Problem)), amounts or None)


def _date(value: Any) -> Any:
    try:
        return (value if isinstance(value, date) else date.fromisoformat(str(value))).isoformat()
    except ValueError:
        return Problem("must be a real date, like 31 3 2028.")


def _chosen(kind: QuestionKind, settings: Mapping[str, Any], value: Any) -> Any:
    known = ["yes", "no"] if kind is _K.YES_NO else [str(option[0]) for option in settings.get("options", [])]
    if kind is not _K.CHOICES:
        return value if value in known else Problem("must be one of the answers offered.")
    if not isinstance(value, list) or any(one not in known for one in value):
        return Problem("must be some of the answers offered.")
    return [option for option in known if option in value]


def _table(settings: Mapping[str, Any], value: Any, round: Round) -> Any:
    columns = {str(column["key"]): column for column in settings.get("columns", [])}
    if not isinstance(value, list) or len(value) > MOST_ROWS or any(not isinstance(row, Mapping) for row in value):
        return Problem(f"must be a table of at most {MOST_ROWS} rows.")
    rows = []
    for number, row in enumerate(value, start=1):
        kept = {}
        for name, column in columns.items():
            cell = row.get(name)
            kept[name] = None if cell in (None, "") else _clean(QuestionKind(column["kind"]), column, cell, round)
            if isinstance(kept[name], Problem):
                return Problem(f"row {number}, {column['label']} {kept[name]}")
        if any(cell is not None for cell in kept.values()):
            rows.append(kept)
    return rows or None


def is_asked(question: Question, values: Mapping[str, Any]) -> bool:
    """Whether the question is put at all, given the values (by code) of its section's other answers."""
    condition = question.settings.get("only_if")
    if question.kind in NEVER_ANSWERED:
        return False
    if not condition:
        return True
    given = values.get(condition["question"])
    return condition["is"] in given if isinstance(given, list) else given == condition["is"]


def in_words(question: Question, value: Any) -> str:
    """The answer as a person reads it; empty where there is none. Lines are apart by \\n."""
    return _in_words(question.kind, dict(options(question)), question.settings, value)


def _in_words(kind: QuestionKind, labels: Mapping[str, str], settings: Mapping[str, Any], value: Any) -> str:
    if value is None:
        return ""
    if kind in BY_YEAR:
        each = pounds if kind is _K.MONEY_BY_YEAR else number
        return "\n".join(f"{FinancialYear(int(year))}: {each(amount)}" for year, amount in sorted(value.items()))
    if kind is _K.MONEY:
        return pounds(value)
    if kind is _K.NUMBER:
        return number(value)
    if kind is _K.DATE:
        day = date.fromisoformat(value)
        return f"{day.day} {day:%B %Y}"
    if kind in (_K.CHOICE, _K.YES_NO, _K.CHOICES):
        return "\n".join(labels.get(chosen, chosen) for chosen in (value if isinstance(value, list) else [value]))
    if kind is _K.DECLARATION:
        return "Agreed"
    if kind is _K.FILE:
        return "\n".join(str(file["name"]) for file in files_in(value))
    if kind is _K.TABLE:
        return "\n".join(_row_in_words(settings.get("columns", []), row) for row in value)
    return str(value)


def _row_in_words(columns: list[dict[str, Any]], row: Mapping[str, Any]) -> str:
    said = []
    for column in columns:
        labels = {str(value): str(label) for value, label in column.get("options", [["yes", "Yes"], ["no", "No"]])}
        words = _in_words(QuestionKind(column["kind"]), labels, column, row.get(column["key"]))
        if words:
            said.append(f"{column['label']}: {words}")
    return "; ".join(said)


def number(hundredths: int) -> str:
    """`1,250` or `12.5`."""
    whole, rest = divmod(abs(hundredths), 100)
    sign = "−" if hundredths < 0 else ""
    return f"{sign}{whole:,}" + (f".{rest:02}".rstrip("0") if rest else "")
