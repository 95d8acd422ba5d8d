"""A project of a bid, as its snapshot has it, made into the parts of a paper: tables and words, no layout.

A part is a dict with its `kind`: heading (level, words), words, answer (label, words), facts (rows of label and words),
table (caption, columns, numeric, widths, rows, total), list (items), picture. All cells are final text.
"""

from collections.abc import Iterator
from datetime import date
from itertools import groupby
from typing import Any

from grants.bids.answers.values import number
from grants.bids.forms import PLANNING
from grants.bids.models import FundingSource, PlanningStatus, ValueKind
from grants.bids.projects.grid_forms import SOURCES
from grants.bids.projects.value import VALUE_WORDS
from grants.kernel.money import pounds

Part = dict[str, Any]


def heading(words: str, level: int) -> Part:
    return {"kind": "heading", "level": level, "words": words}


def table(
    caption: str, columns: list[str], rows: list[list[str]], *, numeric_from: int = 99, total: list[str] | None = None
) -> Part:
    """Columns from `numeric_from` on hold figures. The first is wider, as it says what the row is."""
    numeric = [place >= numeric_from for place in range(len(columns))]
    widths = [1 if is_figure else (2 if place == 0 else 1.4) for place, is_figure in enumerate(numeric)]
    return {
        "kind": "table", "caption": caption, "columns": columns, "rows": rows, "numeric": numeric, "widths": widths,
        "total": total or [],
    }  # fmt: skip


def day(iso: str) -> str:
    on = date.fromisoformat(iso)
    return f"{on.day} {on:%B %Y}"


def answers(given: list[Part], level: int) -> Iterator[Part]:
    """Answers under the headings of their sections."""
    for title, of_section in groupby(given, key=lambda answer: answer["section_title"]):
        yield heading(title, level)
        for answer in of_section:
            yield {"kind": "answer", "label": answer["label"], "words": answer["words"]}


def project(told: Part, place: int) -> Iterator[Part]:
    """All that a bid says of one project; what its round does not ask for is left out."""
    yield heading(f"Project {place}: {told['title']}", 2)
    if told["summary"]:
        yield {"kind": "words", "words": told["summary"]}
    ask = sum(line["pence"] for line in told["funding"] if line["source"] == FundingSource.GRANT)
    yield {"kind": "facts", "rows": [["Led by", told["council"]["name"]], ["Grant asked for", pounds(ask)]]}
    for made in (_sites, _funding, _outcomes, _bases, _milestones, _risks, _value):
        yield from made(told)
    yield from answers(told["answers"], 3)


def _sites(told: Part) -> Iterator[Part]:
    for site in told["sites"]:
        rows = [
            ["Address", " ".join(filter(None, (site["address"], site["postcode"])))],
            ["UPRN", site["uprn"]],
            ["Title number", site.get("title_number", "")],
            ["National Grid", _grid(site)],
            ["Hectares", site["hectares"] or ""],
            ["Owner", site["owner"]],
            ["Brownfield", {True: "Yes", False: "No", None: ""}[site["brownfield"]]],
            ["Current use", site.get("current_use", "")],
            ["Constraints", site.get("constraints", "")],
            ["Planning", PLANNING[PlanningStatus(site["planning"])]],
        ]
        yield heading(f"Site: {site['name']}", 3)
        yield {"kind": "facts", "rows": [row for row in rows if row[1]]}


def _grid(site: Part) -> str:
    if site.get("easting") is None or site.get("northing") is None:
        return ""
    return f"{site['easting']}, {site['northing']}"


def _funding(told: Part) -> Iterator[Part]:
    lines = by_source(told["funding"])
    if lines:
        yield by_year(f"Money by financial year, {told['title']}", lines, sums=True)


def by_source(funding: list[Part]) -> list[tuple[str, str, int]]:
    """(source and stream, year, pence) of funding lines, in the order in which sources are asked for."""
    order = list(SOURCES)
    lines = sorted(funding, key=lambda line: (order.index(FundingSource(line["source"])), line["stream"]))
    return [
        (f"{SOURCES[FundingSource(line['source'])]}, {line['stream']}", line["year"], line["pence"]) for line in lines
    ]


def by_year(caption: str, lines: list[tuple[str, str, int]], *, sums: bool, money: bool = True) -> Part:
    """A table with a row for each label and a column for each year, of (label, year, pence or hundredths)."""
    years = sorted({year for _, year, _ in lines})
    shown = pounds if money else number
    rows = []
    for label in dict.fromkeys(label for label, _, _ in lines):
        amounts = [sum(a for what, y, a in lines if (what, y) == (label, year)) for year in years]
        rows.append([label, *(shown(amount) if amount else "" for amount in amounts), shown(sum(amounts))])
    each = [sum(amount for _, y, amount in lines if y == year) for year in years]
    total = ["All", *(shown(amount) for amount in each), shown(sum(each))] if sums and len(rows) > 1 else None
    return table(caption, ["What", *years, "Total"], rows, numeric_from=1, total=total)


def _outcomes(told: Part) -> Iterator[Part]:
    for money in (False, True):
        lines = [
            (line.get("name") or line["measure"], line["year"], line["hundredths"])
            for line in told["outcomes"]
            if line["unit"].startswith("pounds") is money
        ]
        if lines:
            what = "Outcomes in pounds" if money else "Outcomes"
            yield by_year(f"{what} by financial year, {told['title']}", lines, sums=False, money=money)


def _bases(told: Part) -> Iterator[Part]:
    rows = [
        [
            row.get("name") or row["measure"],
            _amount(row["baseline_hundredths"], money=row["unit"].startswith("pounds")),
            row["method"],
            row["evidence"],
        ]
        for row in told.get("outcome_bases", [])
    ]
    if rows:
        columns = ["Measure", "Starts from", "How it is counted", "What proves it"]
        yield table(f"What the outcomes stand on, {told['title']}", columns, rows)


def _amount(hundredths: int | None, *, money: bool) -> str:
    if hundredths is None:
        return ""
    return pounds(hundredths) if money else number(hundredths)


def _milestones(told: Part) -> Iterator[Part]:
    rows = [[row["name"], day(row["due_on"])] for row in told.get("milestones", [])]
    if rows:
        yield table(f"Milestones, {told['title']}", ["Milestone", "Expected by"], rows)


def _risks(told: Part) -> Iterator[Part]:
    rows = [
        [
            risk["what"],
            f"{risk['likelihood']} × {risk['impact']} = {risk['likelihood'] * risk['impact']}",
            risk["proximity"].replace("_", " ").capitalize(),
            risk["response"],
            risk["owner"],
        ]
        for risk in told.get("risks", [])
    ]
    if rows:
        columns = ["Risk", "Likelihood × impact", "How soon", "Response", "Owner"]
        yield table(f"Risks, {told['title']}", columns, rows)


def _value(told: Part) -> Iterator[Part]:
    value = told.get("value")
    if not value:
        return
    lines = [(VALUE_WORDS[ValueKind(line["what"])], line["year"], line["pence"]) for line in value["lines"]]
    if lines:
        yield by_year(f"Costs and benefits in real terms, {told['title']}", lines, sums=False)
    percents = (("Optimism bias", value["optimism_bias"]), ("Additionality", value["additionality"]))
    rows = [[label, f"{number(share)}%"] for label, share in percents if share is not None]
    rows += [["Note", value["note"]]] if value["note"] else []
    if rows:
        yield {"kind": "facts", "rows": rows}
