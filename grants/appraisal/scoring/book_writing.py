"""The workbook as it is handed out: marks and reasons to fill in, and the bids' text to read without a connection."""

import io
import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import xlsxwriter
from sqlalchemy import select

from grants.appraisal.arithmetic import shown
from grants.appraisal.gates import worth
from grants.appraisal.gates.worth_shown import ratio_of
from grants.appraisal.models import MARKS, Assignment, Valuation
from grants.appraisal.queries import SHORTEST_REASON
from grants.appraisal.scoring.book_layout import COLUMNS, MARK, SCORES, Line, owner_key, sheet_of
from grants.appraisal.scoring.queries import looked_up_for
from grants.bids.afterwards.clarification_queries import answers_sent
from grants.bids.answers.values import number as hundredths
from grants.bids.content import bid_content
from grants.bids.handing_in.paper_words import answers, heading, project
from grants.bids.models import Bid, Clarification, Submission
from grants.bids.queries import bid_in_full
from grants.bids.workbook import writing as handed_out
from grants.bids.workbook.heights import MOST_LINES, fit_height, fit_paper, lines_of
from grants.bids.workbook.writing import LISTS, Hand, Lists, write_marks, write_notes, write_sheet
from grants.funds.models import Criterion, Round
from grants.kernel.db import db
from grants.kernel.exports import xml_text
from grants.kernel.sheets import OPTIONS
from grants.people.models import Person

BIDS = "Bids"
MOST_IN_A_ROW = 2_500
"""Characters of a paragraph that a row can show."""
_AS_IT_STANDS: dict[str, Any] = {"expand_tabs": False, "replace_whitespace": False, "drop_whitespace": False}
MOST_TEXT = 8_000_000
"""Characters of bids' text in one workbook, so that it can be taken back; what is beyond is read as a PDF."""
_HEADS = (("Bid", 18), ("Part", 30), ("Question", 40), ("What the bid says", 110))
_WIDTHS = [width for _, width in _HEADS]
Said = tuple[str, str, str]
"""Part of the bid, question, words."""


def workbook(person: Person, round_: Round, tasks: Sequence[Assignment], lines: Sequence[Line], at: datetime) -> bytes:
    """The file for one appraiser and one round. Made again from the same rows at the same moment it is the same."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {**OPTIONS, "in_memory": True})
    book.set_properties({"title": xml_text(f"{round_.name}: scores"), "created": at.replace(tzinfo=None)})
    hand, sheet = Hand(book), sheet_of(lines)
    _write_notes(hand, round_, at)
    scores, bids = book.add_worksheet(SCORES), book.add_worksheet(BIDS)
    lists = Lists(book.add_worksheet(LISTS))
    write_sheet(hand, scores, sheet, lists)
    _offer_marks(scores, len(sheet.rows))
    _write_bids(hand, bids, tasks, round_.criteria, at)
    write_marks(book.add_worksheet(handed_out.MARKS), owner_key(person, round_), [sheet])
    lists.page.hide()
    book.close()
    return file.getvalue()


def _offer_marks(page: Any, rows: int) -> None:
    place = 1 + next(n for n, column in enumerate(COLUMNS) if column.field == MARK)
    told = {"input_title": "Mark", "input_message": "0 to 5, or empty for not scored yet"}
    rule = {"validate": "integer", "criteria": "between", "minimum": MARKS[0], "maximum": MARKS[-1], **told}
    page.data_validation(1, place, max(rows, 1), place, rule)


def _write_bids(
    hand: Hand, page: Any, tasks: Sequence[Assignment], criteria: Sequence[Criterion], at: datetime
) -> None:
    for place, (head, width) in enumerate(_HEADS):
        page.set_column(place, place, width)
        hand.open.text(page, 0, place, head, hand.head)
    number, left = 0, MOST_TEXT
    for bid, said in _texts([task.bid for task in tasks], criteria, at):
        length = sum(len(words) for one in said for words in one)
        left -= length
        fitting = said if left >= 0 else [("", "", "Too long for this workbook. Take the bid away as a PDF.")]
        for cells in fitting:
            number += 1
            row = (bid.reference or bid.title, *cells)
            for place, words in enumerate(row):
                hand.kept.text(page, number, place, words)
            fit_height(page, number, zip(row, _WIDTHS, strict=True))
    page.freeze_panes(1, 1)
    fit_paper(page)
    page.autofilter(0, 0, max(number, 1), len(_HEADS) - 1)
    page.protect("", {"format_columns": True, "format_rows": True, "sort": True, "autofilter": True})


def _texts(bids: Sequence[Bid], criteria: Sequence[Criterion], at: datetime) -> Iterator[tuple[Bid, list[Said]]]:
    """Each bid as it was submitted, from what was kept then, with what the page of its scores shows beside it."""
    ids = [bid.id for bid in bids]
    kept = select(Submission.bid_id, Submission.content).where(Submission.bid_id.in_(ids))
    contents = dict(db.session.execute(kept).all())
    answered = select(Clarification.bid_id).where(Clarification.answered_at.is_not(None))
    clarified = set(db.session.scalars(answered.where(Clarification.bid_id.in_(ids))))
    valued = worth.latest_on(ids)
    for bid in bids:
        found = contents.pop(bid.id, None)
        content = json.loads(found) if found else bid_content(bid_in_full(bid.id))
        said = [*_said(content), *(_clarified(bid, at) if bid.id in clarified else [])]
        said += [*_worth([row for row in valued if row.project.bid_id == bid.id]), *_looked_up(bid, criteria)]
        yield bid, [(part, question, piece) for part, question, words in said for piece in pieces_of(words)]


def _said(content: Mapping[str, Any]) -> Iterator[Said]:
    councils = [f"{one['name']}{' (lead)' if one['leads'] else ''}" for one in content["councils"]]
    partners = [one["name"] for one in content.get("partners", [])]
    yield "Councils and partners", "", ", ".join([*councils, *partners])
    parts = [*answers(content["answers"], 2)]
    for place, told in enumerate(content["projects"], start=1):
        parts += project(told, place)
    parts.append(heading("Attached files", 2))
    parts += [{"kind": "words", "words": file["name"]} for file in content["attachments"]]
    top, under = "", ""
    for part in parts:
        if part["kind"] == "heading":
            top, under = (part["words"], "") if part["level"] == 2 else (top, part["words"])
        else:
            where = f"{top}: {under}" if under else top
            yield from ((where, question, words) for question, words in _lines(part))
            if part["kind"] == "facts":  # all there is under the heading of a site; what follows is the project's
                under = ""


def _lines(part: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    kind = part["kind"]
    if kind == "answer":
        yield part["label"], part["words"]
    elif kind == "words":
        yield "", part["words"]
    elif kind == "facts":
        yield from ((label, words) for label, words in part["rows"])
    elif kind == "table":
        total = [part["total"]] if part["total"] else []
        for first, *cells in [*part["rows"], *total]:
            named = zip(part["columns"][1:], cells, strict=True)
            yield f"{part['caption']}: {first}", "; ".join(f"{head} {cell}" for head, cell in named if cell)


def _clarified(bid: Bid, at: datetime) -> Iterator[Said]:
    for one in answers_sent(bid, at):
        for item in one.items:
            label = f"{item.of}: {item.label}" if item.of else item.label
            said = (("What was unclear", item.unclear), ("Answered again", item.new), ("Said about it", item.words))
            yield from (("Clarified by the council", f"{label}: {what}", words) for what, words in said if words)


def _worth(valuations: Sequence[Valuation]) -> Iterator[Said]:
    for row in sorted(valuations, key=lambda row: row.project.position):
        judged = f"{row.judged}: {row.reason}" if row.reason else row.judged
        words = f"Benefits for £1 of cost: {ratio_of(row)}\nComputed: {row.computed}\nJudged: {judged}"
        yield "Value for money, as the programme worked it out", row.project.title, words


def _looked_up(bid: Bid, criteria: Sequence[Criterion]) -> Iterator[Said]:
    for one in looked_up_for(bid, criteria):
        said = "No mark yet."
        if one.list and one.mark is not None and one.hundredths is not None:
            listed = f"{one.list.name}, {one.list.edition}"
            said = f"{hundredths(one.hundredths)} of 100 points in {listed}: a mark of {shown(one.mark, 2, 3)} of 5."
        yield "Looked up in a published list", one.criterion.name, f"{said} You do not score it."


def pieces_of(words: str) -> list[str]:
    """As long as a row can show; a longer text goes on in the next one, and is cut between lines or words."""
    pieces: list[list[str]] = [[]]
    room = MOST_LINES
    for line in words.split("\n"):
        for stretch in textwrap.wrap(line, MOST_IN_A_ROW, **_AS_IT_STANDS) if len(line) > MOST_IN_A_ROW else [line]:
            needed = lines_of(stretch, _WIDTHS[-1])
            if needed > room and pieces[-1]:
                pieces.append([])
                room = MOST_LINES
            pieces[-1].append(stretch)
            room -= needed
    return ["\n".join(piece) for piece in pieces]


def _write_notes(hand: Hand, round_: Round, at: datetime) -> None:
    said = _NOTES.format(day=f"{at.day} {at:%B %Y}", least=SHORTEST_REASON, scores=SCORES, bids=BIDS)
    write_notes(hand, f"{round_.name}: your scores", said)


_NOTES = """
These are the bids that were open to you for scoring on {day}. Keep the file to yourself: it holds bids and scores.

On the sheet {scores} give each criterion a mark from 0 to 5, and a reason of at least {least} characters. Leave
any of them empty and go on later: empty means not scored yet, and not 0. The sheet {bids} has the text of the bids.

Save the file and send it back on the page “Score in a workbook”. If anything in it cannot be taken, you are told which
cell and why, and nothing is changed. To go on in a workbook after that, take a new one. Scores are handed in on the
page of each bid, not by this file.

Grey cells are there to be read. What is typed over them is not taken. A row that you leave alone is not touched.

If you change a score both here and on the screen, you are told, and nothing is changed.
"""
