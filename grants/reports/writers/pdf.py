"""The annex on paper: a tagged PDF/UA-1 whose headings are on every page and whose rows stay whole."""

from datetime import UTC, datetime, time
from typing import Any

from grants.kernel.exports import Kind
from grants.kernel.money import pounds
from grants.kernel.paper import paper
from grants.reports.annex_table import AnnexTable, printed, widths

LONGEST_WHOLE_CELL = 1_500
"""Characters beyond which a row may be split, since it might be taller than a page."""


def annex_pdf(table: AnnexTable) -> bytes:
    """The paper, dated `as_at`."""
    return paper("annex", _content(table), at=datetime.combine(table.as_at, time(), UTC))


def _content(table: AnnexTable) -> dict[str, Any]:
    """All that the layout prints, as plain values."""
    return {
        "title": table.title,
        "as_at": table.as_at_text,
        "foot": table.foot,
        "year": table.as_at.year,
        "month": table.as_at.month,
        "day": table.as_at.day,
        "wide": table.is_wide,
        "widths": widths(table),
        "columns": [{"label": column.label, "money": column.kind is Kind.MONEY} for column in table.columns],
        "rows": [{"cells": row.cells, "opens": row.opens, "long": _is_long(row.cells)} for row in printed(table)],
        "totals": [{"label": total.label, "sum": pounds(total.pence)} for total in table.totals or ()],
        "notes": list(table.notes),
        "source": table.source,
    }


def _is_long(cells: list[str]) -> bool:
    return any(len(cell) > LONGEST_WHOLE_CELL or cell.count("\n") > 20 for cell in cells)
