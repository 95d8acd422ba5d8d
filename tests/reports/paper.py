"""The annexes of March 2018 as tables, made from what the paper prints (see printed/README.md)."""

from datetime import date
from pathlib import Path

from grants.kernel.exports import Column, Kind
from grants.kernel.money import parse_pounds
from grants.reports.annex_table import AnnexCell, AnnexRow, AnnexTable

PRINTED = Path(__file__).parent / "printed"
AS_AT = date(2018, 3, 22)


def paper(name: str) -> list[list[str]]:
    """Headings and rows of `annex-a` or `annex-b`, exactly as printed."""
    lines = (PRINTED / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines]


def annex_of(name: str, title: str, group: tuple[int, ...]) -> AnnexTable:
    """The table that ought to print as the paper does: each row with its names in full, money in pence."""
    headings, *rows = paper(name)
    kinds = [Kind.MONEY if "Funding" in heading or "Allocation" in heading else Kind.TEXT for heading in headings]
    columns = tuple(Column(heading, kind) for heading, kind in zip(headings, kinds, strict=True))
    full: list[AnnexRow] = []
    for row in rows:
        cells = [_cell(kind, text) for kind, text in zip(kinds, row, strict=True)]
        if not row[0]:
            cells = [full[-1].cells[place] if place in group else cell for place, cell in enumerate(cells)]
        full.append(AnnexRow(tuple(cells)))
    return AnnexTable(title, columns, tuple(full), AS_AT, group_columns=group)


def annex_a() -> AnnexTable:
    """79 Land Release Fund projects of 40 councils."""
    return annex_of("annex-a", "Annex A: LRF Funding Awards", (0,))


def annex_b() -> AnnexTable:
    """45 One Public Estate awards, the five of the NHS pilot first."""
    return annex_of("annex-b", "Annex B: Additional OPE Funding Awards", (0, 1))


def _cell(kind: Kind, text: str) -> AnnexCell:
    if not text:
        return None
    return parse_pounds(text) if kind is Kind.MONEY else text
