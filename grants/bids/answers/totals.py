"""Totals under the money that a section asks for: of the years of one answer, and of the columns of a table."""

from typing import Any

from grants.bids.answers.forms import Asked, SectionForm
from grants.funds.models import QuestionKind

_SUMMED = frozenset({QuestionKind.MONEY, QuestionKind.MONEY_BY_YEAR})


def totals_of(asking: SectionForm) -> dict[int, list[int | None]]:
    """By question's id: pence, as the page's boxes hold them now. One total of years; one for each column of a table,
    None for a column that is no money."""
    found: dict[int, list[int | None]] = {}
    for one in asking.asked:
        if one.question.kind is QuestionKind.MONEY_BY_YEAR:
            found[one.question.id] = [_sum(asking, list(one.fields))]
        elif one.rows and any(_is_money(one, place) for place in range(len(one.rows[0]))):
            found[one.question.id] = _of_columns(asking, one)
    return found


def _of_columns(asking: SectionForm, one: Asked) -> list[int | None]:
    return [
        _sum(asking, [names[place] for names in one.rows]) if _is_money(one, place) else None
        for place in range(len(one.rows[0]))
    ]


def _is_money(one: Asked, place: int) -> bool:
    columns: list[dict[str, Any]] = one.question.settings.get("columns", [])
    return QuestionKind(columns[place]["kind"]) in _SUMMED


def _sum(asking: SectionForm, names: list[str]) -> int:
    return sum(asking.form[name].data or 0 for name in names)
