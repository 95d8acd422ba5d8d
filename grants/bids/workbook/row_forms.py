"""One row of the workbook, checked by the forms and the rules of the pages, so that the messages are the same."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from werkzeug.datastructures import MultiDict

from grants.bids.forms import NewProjectForm, NewSiteForm
from grants.bids.models import Bid, FundingSource, ValueKind
from grants.bids.projects.forms import NewRiskForm, basis_boxes, value_extras
from grants.bids.projects.grid_forms import SOURCES, measure_box
from grants.bids.projects.operations import check_cell, check_project, outcome_years
from grants.bids.projects.parts import milestone_names
from grants.bids.projects.risks import risk_problems
from grants.bids.projects.rows import tidied
from grants.bids.projects.sites import site_problems
from grants.bids.projects.value import MOST_OPTIMISM_BIAS, VALUE_WORDS, check_percent, value_years
from grants.bids.workbook.layout import (
    FUNDING,
    MILESTONES,
    OUTCOMES,
    PROJECTS,
    RISKS,
    SITES,
    VALUE,
    Column,
    Holds,
    Sheet,
)
from grants.funds.models import OutcomeMeasure, Stream
from grants.kernel.errors import Refused
from grants.kernel.financial_year import FinancialYear
from grants.kernel.forms import DateParts, Form, PenceField

_NO_TOKEN = {"csrf": False}
_PARTS = re.compile(r"(\d{1,2})[\s/.-]+(\d{1,2})[\s/.-]+(\d{4})", re.ASCII)


@dataclass(frozen=True)
class CellFault:
    """What is wrong with a row, at the column of this field; an empty one is the row as a whole."""

    field: str
    reason: str


Problems = list[CellFault]
Checked = tuple[dict[str, Any], Problems]


def checked(bid: Bid, sheet: Sheet, place: dict[str, str], raws: tuple[str, ...]) -> Checked:
    """(values as the operations take them, everything that is wrong) of one row."""
    typed = dict(zip((column.field for column in sheet.columns), raws, strict=True))
    problems = list(_not_offered(sheet, typed))
    if problems:
        return {}, problems
    codes = {column.field: _code(column, typed[column.field]) for column in sheet.columns}
    return _CHECKS[sheet.name](bid, place, codes)


def _not_offered(sheet: Sheet, typed: dict[str, str]) -> Iterator[CellFault]:
    for column in sheet.columns:
        text, words = typed[column.field], [said for _, said in column.options]
        if words and text not in words and (text or column.holds is Holds.PLACE):
            yield CellFault(column.field, f"“{text[:60]}” is not one of: {'; '.join(words)}.")


def _code(column: Column, text: str) -> str:
    """The value behind the words of a choice; any other text as it is."""
    return {words: value for value, words in column.options}.get(text, text)


def _errors(form: Form) -> Problems:
    return [CellFault(field.name, " ".join(map(str, field.errors))) for field in form if field.errors]


def _refusals(*checks: Callable[[], object]) -> Problems:
    found = []
    for check in checks:
        try:
            check()
        except Refused as refusal:
            found.append(CellFault(refusal.field or "", str(refusal)))
    return found


def _project(bid: Bid, place: dict[str, str], typed: dict[str, str]) -> Checked:
    form = NewProjectForm(MultiDict(typed), meta=_NO_TOKEN)
    form.council.choices = [(seat.council.code, seat.council.name) for seat in bid.councils]
    form.validate()
    extras = _form(value_extras(), typed)
    problems = _errors(form) + _errors(extras)
    council = next((seat.council for seat in bid.councils if seat.council.code == typed["council"]), None)
    if council is None:
        problems.append(CellFault("council", "Choose one of the councils in the bid."))
    if problems or council is None:
        return {}, problems
    title, summary = form.title.data or "", form.summary.data or ""
    said = {name: extras[name].data for name in ("optimism_bias", "additionality")}
    said["value_note"] = extras["value_note"].data or ""
    problems = _refusals(
        lambda: check_project(bid, council, title, summary),
        lambda: check_percent(said["optimism_bias"], MOST_OPTIMISM_BIAS, "Optimism bias", "optimism_bias"),
        lambda: check_percent(said["additionality"], 100_00, "Additionality", "additionality"),
        lambda: tidied({"value_note": said["value_note"]}),
    )
    return {"council": council, "title": title, "summary": summary, **said}, problems


def _site(bid: Bid, place: dict[str, str], typed: dict[str, str]) -> Checked:
    form = NewSiteForm(MultiDict({"planning": "none", **{k: v for k, v in typed.items() if v}}), meta=_NO_TOKEN)
    form.validate()
    if problems := _errors(form):
        return {}, problems
    values = form.fields()
    return values, [CellFault(refusal.field or "", str(refusal)) for refusal in site_problems(values)]


def _risk(bid: Bid, place: dict[str, str], typed: dict[str, str]) -> Checked:
    form = NewRiskForm(MultiDict({"proximity": "year", **{k: v for k, v in typed.items() if v}}), meta=_NO_TOKEN)
    form.validate()
    values = form.fields()
    refused = [CellFault(refusal.field or "", str(refusal)) for refusal in risk_problems(values)]
    known = {fault.field for fault in _errors(form)}
    return values, _errors(form) + [fault for fault in refused if fault.field not in known]


def _form(fields: dict[str, Any], typed: dict[str, str]) -> Form:
    form: Form = type("RowForm", (Form,), fields)(MultiDict(typed), meta=_NO_TOKEN)
    form.validate()
    return form


def _years_in(typed: dict[str, str]) -> list[FinancialYear]:
    return [FinancialYear(int(name[1:])) for name in typed if re.fullmatch("y[0-9]{4}", name)]


def _amounts(form: Form, years: list[FinancialYear]) -> dict[FinancialYear, int]:
    return {year: form[f"y{year.starts_in}"].data or 0 for year in years}


def _in_range(amounts: dict[FinancialYear, int], years: list[FinancialYear], sentence: str) -> Problems:
    found = []
    for year, amount in amounts.items():
        for problem in _refusals(lambda year=year, amount=amount: check_cell(year, amount, years, sentence)):  # type: ignore[misc]
            found.append(CellFault(f"y{year.starts_in}", problem.reason))  # noqa: PERF401
    return found


def _funding(bid: Bid, place: dict[str, str], typed: dict[str, str]) -> Checked:
    source, stream = FundingSource(place["source"]), Stream(place["stream"])
    years, label = _years_in(typed), f"{SOURCES[source]}, {stream}"
    form = _form({f"y{year.starts_in}": PenceField(f"{label}, {year}") for year in years}, typed)
    if problems := _errors(form):
        return {}, problems
    amounts = _amounts(form, years)
    lines = {(year, stream, source): pence for year, pence in amounts.items()}
    return {"lines": lines}, _in_range(amounts, years, "")


def _outcome(bid: Bid, place: dict[str, str], typed: dict[str, str]) -> Checked:
    measure = _measure(bid, place["measure"])
    years = _years_in(typed)
    fields: dict[str, Any] = {f"y{year.starts_in}": measure_box(measure, f"{measure.name}, {year}") for year in years}
    form = _form(fields | basis_boxes(measure), typed)
    if problems := _errors(form):
        return {}, problems
    amounts = _amounts(form, years)
    texts = {name: form[name].data or "" for name in ("method", "evidence")}
    today = form["baseline"].data
    problems = _in_range(amounts, outcome_years(bid), "") + _refusals(lambda: tidied(texts))
    if today is not None:
        first = years[0]
        of_today = _refusals(lambda: check_cell(first, today, years, ""))
        problems += [CellFault("baseline", problem.reason) for problem in of_today]
    lines = {(measure, year): hundredths for year, hundredths in amounts.items()}
    return {"lines": lines, "measure": measure, "baseline": today, **texts}, problems


def _measure(bid: Bid, code: str) -> OutcomeMeasure:
    return next(measure for measure in bid.round.measures if measure.code == code)


def _milestone(bid: Bid, place: dict[str, str], typed: dict[str, str]) -> Checked:
    name = milestone_names(bid.round)[int(place["milestone"])]
    day, month, year = _date_parts(typed["due_on"])
    parts = {"due_on-day": day, "due_on-month": month, "due_on-year": year}
    form = _form({"due_on": DateParts(name)}, parts)
    return {"name": name, "day": form["due_on"].data}, _errors(form)


def _date_parts(typed: str) -> tuple[str, str, str]:
    """A spreadsheet's own day, or one typed as text: 31/3/2028, 31 3 2028 or 31 March 2028."""
    if match := _PARTS.fullmatch(typed):
        return match[1], match[2], match[3]
    for form in ("%Y-%m-%d", "%d %B %Y", "%d %b %Y"):
        try:
            day: date = datetime.strptime(typed, form)  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        return str(day.day), str(day.month), f"{day.year:04}"
    return (typed, "", "") if typed else ("", "", "")


def _value_line(bid: Bid, place: dict[str, str], typed: dict[str, str]) -> Checked:
    kind, years = ValueKind(place["kind"]), _years_in(typed)
    form = _form({f"y{year.starts_in}": PenceField(f"{VALUE_WORDS[kind]}, {year}") for year in years}, typed)
    if problems := _errors(form):
        return {}, problems
    amounts = _amounts(form, years)
    lines = {(kind, year): pence for year, pence in amounts.items()}
    return {"lines": lines}, _in_range(amounts, value_years(bid), "")


_CHECKS: dict[str, Callable[[Bid, dict[str, str], dict[str, str]], Checked]] = {
    PROJECTS: _project,
    SITES: _site,
    FUNDING: _funding,
    OUTCOMES: _outcome,
    MILESTONES: _milestone,
    RISKS: _risk,
    VALUE: _value_line,
}
