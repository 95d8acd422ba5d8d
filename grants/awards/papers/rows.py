"""From the lines below a head to award rows: names carried down, and rows joined that a page break split."""

import re
from collections import Counter
from collections.abc import Iterable

from grants.awards.papers.cells import Reading, Record, read_record
from grants.awards.papers.grids import Line
from grants.awards.papers.layouts import Layout, Role
from grants.awards.papers.members import Splitter
from grants.awards.papers.types import PaperError, PaperKind, PaperRow, PaperWarning, WarningCode, identity
from grants.councils.resolver import normalise
from grants.kernel.financial_year import FinancialYear
from grants.kernel.money import MOST_PENCE, pounds

_TOTALS = {"total", "totals", "grand total", "overall total"}


def read_rows(lines: Iterable[Line], layout: Layout, split: Splitter) -> tuple[list[PaperRow], list[PaperWarning]]:
    """The award rows and what was odd on the way. A blank year is no award and stays absent; so does a typed nought.

    A row without money and without a name of its own goes on with the row above it, as does one after a page break that
    has only its name's second half. Any other row without money is refused, and so are a sum that is none, a row that
    nobody is named for, a stated total that its row or the columns do not make, and text in a column without a head.
    """
    reading = Reading(layout)
    for line in lines:
        _take(reading, line)
    if not reading.records:
        raise PaperError("The table has a head but no awards below it.", layout.head.number)
    _warn_of_names_carried(reading)
    _warn_of_the_layout(reading)
    return _rows(reading, split), reading.warnings


def _take(reading: Reading, line: Line) -> None:
    if line.blank:
        reading.blank_line = line.number
        return
    if reading.layout.is_head(line):
        reading.warn(WarningCode.HEADER_REPEATED, line.number, "The head is printed again; this line was left out.")
        return
    if reading.ended:
        raise PaperError(f"Row {line.number} stands below the row of totals.", line.number)
    record = read_record(reading, line)
    if normalise(record.texts[reading.name_role] or record.texts.get(Role.PROJECT, "")) in _TOTALS:
        _check_totals(reading, record)
    elif record.pence:
        _append(reading, record)
    else:
        _join(reading, record)
    reading.blank_line = 0


def _check_totals(reading: Reading, record: Record) -> None:
    """A row of totals is no award. It is left out, but only if it is right."""
    sums = [
        (f"{FinancialYear(year)}", pence, sum(row.amounts.get(year, 0) for row in reading.records))
        for year, pence in record.amounts.items()
    ]
    if record.total is not None:
        sums.append(("all", record.total, sum(row.pence for row in reading.records)))
    for what, stated, made in sums:
        if stated != made:
            sentence = f"Row {record.line} states a total for {what} of {pounds(stated)}; the rows make {pounds(made)}."
            raise PaperError(sentence, record.line)
    reading.ended = True
    text = "The row of totals agrees with the rows above it and was left out."
    reading.warn(WarningCode.TOTAL_ROW_LEFT_OUT, record.line, text)


def _append(reading: Reading, record: Record) -> None:
    if not record.texts[reading.name_role]:
        _carry_down(reading, record)
    if not record.texts.get(Role.PROJECT, "no project in such a paper"):
        raise PaperError(f"Row {record.line} names no project.", record.line)
    if reading.layout.years:
        _check_row_total(record)
    reading.records.append(record)


def _carry_down(reading: Reading, record: Record) -> None:
    """Give the record the name, and the lead if it has none, of the row above."""
    if not reading.records:
        raise PaperError(f"Row {record.line} names nobody, and no row above it does.", record.line)
    record.carried = True
    for role in (reading.name_role, Role.LEAD):
        if role in record.texts:
            record.texts[role] = record.texts[role] or reading.records[-1].texts[role]
    if reading.blank_line:
        name = record.texts[reading.name_role]
        text = f"A blank line, as of a page break, divides the rows of {name}; the name was carried over it."
        reading.warn(WarningCode.BLANK_LINE_IN_BLOCK, reading.blank_line, text, name)


def _check_row_total(record: Record) -> None:
    made = sum(record.amounts.values())
    if made > MOST_PENCE:
        raise PaperError(f"Row {record.line} comes to more than any award can be.", record.line)
    if record.total is not None and record.total != made:
        sentence = f"Row {record.line} states a total of {pounds(record.total)}, but its years make {pounds(made)}."
        raise PaperError(sentence, record.line)


def _join(reading: Reading, record: Record) -> None:
    """Put a row without money to the end of the row above it, where it is plainly that row's second half."""
    name, texts = reading.name_role, record.texts
    if not any(texts.values()):
        raise PaperError(f"Row {record.line} has nothing under the headings of an award.", record.line)
    has_more = any(text for role, text in texts.items() if role not in (name, Role.MEMBERS))
    if not reading.records or (texts[name] and (has_more or not reading.blank_line)):
        who = next(text for text in texts.values() if text)
        raise PaperError(f"Row {record.line} gives no sum for “{who[:80]}”.", record.line)
    above = reading.records[-1]
    for role, text in texts.items():
        between = "; " if role is Role.MEMBERS and ";" in above.texts[role] + text else " "
        above.texts[role] = f"{above.texts[role].rstrip()}{between}{text.strip()}" if text else above.texts[role]
    above.sources += ([""] if reading.blank_line else []) + record.sources
    reading.warn(
        WarningCode.ROW_SPLIT_BY_PAGE_BREAK,
        record.line,
        f"A row without money was joined to row {above.line}, {above.texts[name]}, as its second half.",
        " ".join(text for text in texts.values() if text),
    )


def _warn_of_names_carried(reading: Reading) -> None:
    """One warning for each block of rows whose name is printed once."""
    blocks: list[list[Record]] = []
    for record in reading.records:
        if record.carried:
            blocks[-1].append(record)
        else:
            blocks.append([record])
    for first, *rest in blocks:
        if rest:
            name = first.texts[reading.name_role]
            text = f"{name} is named on row {first.line} only; the rows below without a name are its own: {len(rest)}."
            reading.warn(WarningCode.NAME_CARRIED_DOWN, rest[0].line, text, name)


def _warn_of_the_layout(reading: Reading) -> None:
    """What is odd about the table as a whole, said once."""
    layout, head = reading.layout, reading.layout.head.number
    for heading, column in layout.left_out.items():
        text = f"Column {column + 1}, “{heading}”, is not part of an award paper and was left out."
        reading.warn(WarningCode.COLUMN_LEFT_OUT, head, text, heading)
    if layout.kind is not PaperKind.COUNCIL_PROJECTS:
        return
    cells = len(layout.years) * len(reading.records)
    if blanks := cells - sum(len(record.amounts) for record in reading.records):
        text = f"{blanks} of {cells} cells for a year are blank: read as no award, not as an unknown one."
        reading.warn(WarningCode.YEAR_WITHOUT_AWARD, head, text)
    if not any(re.search(r"\bref(?:erence)?\b", heading, re.IGNORECASE) for heading in layout.left_out):
        text = "No project has a reference: council, title and repetition tell the rows apart."
        reading.warn(WarningCode.NO_REFERENCE_COLUMN, head, text)


def _rows(reading: Reading, split: Splitter) -> list[PaperRow]:
    seen: Counter[tuple[str, str]] = Counter()
    rows = []
    run_together = []
    for position, record in enumerate(reading.records, start=1):
        members, taken_apart = _members(reading, record, split)
        run_together += [record.line] if taken_apart else []
        recipient, project = record.texts[reading.name_role], record.texts.get(Role.PROJECT, "")
        lead, source = record.texts.get(Role.LEAD, ""), "\n".join(record.sources)
        names = identity(recipient, project, lead, members)
        seen[names] += 1
        if seen[names] > 1:
            text = "An earlier row bears the same names."
            reading.warn(WarningCode.DUPLICATE_ROW, record.line, text, project or recipient)
        paid = record.amounts, record.pence, seen[names]
        rows.append(PaperRow(position, record.line, source, recipient, project, lead, members, *paid))
    if run_together:
        text = f"Names of members are run together on {len(run_together)} rows; known names took them apart."
        reading.warn(WarningCode.NAME_RUN_TOGETHER, run_together[0], text)
    return rows


def _members(reading: Reading, record: Record, split: Splitter) -> tuple[tuple[str, ...], bool]:
    """The members as printed, and whether they had to be taken apart without a mark between them."""
    if Role.MEMBERS not in record.texts:
        return (), False
    parts = tuple(part.strip() for part in record.texts[Role.MEMBERS].replace("\n", ";").split(";") if part.strip())
    if not parts:
        name = record.texts[reading.name_role]
        reading.warn(WarningCode.MEMBERS_MISSING, record.line, "The row lists no authority.", name)
    if len(parts) != 1:
        return parts, False
    found = split(parts[0])
    for name in found.unsure:
        text = f"Not sure where the names in this text begin and end: “{name}”."
        reading.warn(WarningCode.SPLIT_UNSURE, record.line, text, name)
    return found.names, len(found.names) > 1
