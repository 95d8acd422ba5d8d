"""The papers of a meeting: screen, Word and PDF say the same, each for its own reader, and nothing too early."""

import io
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from docx import Document
from pypdf import PdfReader
from sqlalchemy import event

from grants.appraisal.appraisers.closing import close_bid
from grants.appraisal.guards import Marked
from grants.appraisal.models import FlagKind
from grants.appraisal.moderating.agreeing import agree_marks
from grants.appraisal.panels import minuting
from grants.appraisal.panels.agenda import add_bids
from grants.appraisal.panels.holding import Called, call_meeting
from grants.appraisal.panels.pack import pack_for
from grants.appraisal.panels.papers import GREYS, pack_docx, pack_pdf
from grants.appraisal.panels.queries import items_for
from grants.appraisal.panels.queries import meeting as meeting_with
from grants.appraisal.remarks.flagging import Remark, raise_flag
from grants.bids.models import BidStatus
from grants.kernel.db import db
from grants.people.roles import Role
from tests.appraisal.panels.conftest import LATER, PAGE
from tests.factories import NOW, TODAY, give_scores, make_appraised_round, make_bid, make_person, make_task, sign_in

NASTY = "The map <b>&</b> the plan\ndiffer: =1+1"


class Tables(HTMLParser):
    """The words of every cell of a page's tables."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self.inside = False

    def handle_starttag(self, tag, attrs):
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append([])
        if tag in ("td", "th"):
            self.tables[-1][-1].append("")
            self.inside = True

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.inside = False

    def handle_data(self, data):
        if self.inside:
            self.tables[-1][-1][-1] += data


def on_screen(client, panel):
    parser = Tables()
    parser.feed(client.get(f"/panels/{panel.key}/papers").text)
    return parser.tables


def in_word(client, panel):
    document = Document(io.BytesIO(client.get(f"/panels/{panel.key}/papers.docx").data))
    return [[[cell.text for cell in row.cells] for row in table.rows] for table in document.tables]


def on_paper(client, panel):
    reader = PdfReader(io.BytesIO(client.get(f"/panels/{panel.key}/papers.pdf").data))
    pages = "".join(page.extract_text() for page in reader.pages)
    return reader, squeezed(pages)


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.fixture
def flagged(bids, moderator):
    raise_flag(bids[0], Remark(FlagKind.CONCERN, NASTY, bids[0].round.criteria[1], ()), by=moderator, at=NOW)
    agreed = {(bids[0].round.criteria[0], 1): Marked(4, "The panel agreed.")}
    agree_marks(bids[0], agreed, by=moderator, at=NOW)
    db.session.commit()
    return bids[0]


def test_word_and_pdf_say_what_the_screen_says_cell_by_cell(client, meeting, flagged, moderated, manager):
    add_bids(meeting, [moderated], by=manager, at=NOW)
    db.session.commit()
    sign_in(client, manager)
    screen = on_screen(client, meeting)
    facts, *tables = in_word(client, meeting)
    assert tables == screen
    reader, pages = on_paper(client, meeting)
    for row in [row for table in screen for row in table]:
        assert squeezed("".join(row)) in pages, row
    for label, words in facts:
        assert squeezed(label + words) in pages
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert reader.trailer["/Root"]["/Lang"].startswith("en")
    assert b"pdfuaid:part" in reader.trailer["/Root"]["/Metadata"].get_data()


def test_the_tables_say_ranking_spread_heat_and_flags(client, meeting, flagged, bids, moderated, manager):
    add_bids(meeting, [moderated], by=manager, at=NOW)
    db.session.commit()
    sign_in(client, manager)
    ranking, spread, heat, flags = on_screen(client, meeting)
    by_bid = {row[0]: row for row in ranking[1:]}
    # 50 (critical), 30 and 20: 4, 4, 5 gives 40 + 24 + 20; what is not agreed by two counts as the mean of 5 and 1
    assert by_bid[moderated.reference][3:5] == ["84.0", "1"]
    assert by_bid[bids[1].reference][3:5] == ["73.0", "2"]
    assert by_bid[bids[0].reference][3:5] == ["66.0", "3"]
    assert by_bid[bids[2].reference][3] == ""
    assert by_bid[bids[2].reference][7] == "Not scored by all"
    first = next(row for row in spread if row[0] == bids[0].reference)
    assert first[1:] == ["Value for money", "2", "1", "5", "4", "2.828", "3.00", "", "Yes"]
    assert not any(bids[2].reference in row for row in [*spread, *heat])
    header, *people = heat
    ann, ben = (next(row for row in people if row[0] == name) for name in ("Ann Praiser", "Ben Chmark"))
    assert ann[header.index(bids[0].reference)] == "86.0"
    assert ben[header.index(bids[0].reference)] == "46.0"
    assert ann[header.index(moderated.reference)] == ""
    assert flags[1:] == [[bids[0].reference, "Concern", "Deliverability", NASTY]]
    page = client.get(f"/appraisal/{meeting.round.code}/ranking").text
    assert "84.0" in page


def test_after_the_meeting_its_papers_are_the_minutes_too(client, meeting, bids, manager, moderator):
    came = {seat: seat.person is not moderator for seat in meeting.seats}
    minuting.note_attendance(meeting, came, version_seen=meeting.version, by=manager)
    db.session.flush()
    minuting.write_minutes(meeting, "Tea at four.", version_seen=meeting.version, by=manager)
    items = items_for(meeting, manager, TODAY)
    for item, words in zip(items, ("Fund it <first>.", "Not this year.", "Ask again."), strict=True):
        minuting.minute_item(item, decision=words, stood_back=[], version_seen=item.version, by=manager, at=NOW)
        db.session.flush()
    minuting.close_meeting(meeting, items, by=manager, at=LATER)
    minuting.correct(items[0], "The vote was two to one.", by=manager)
    close_bid(bids[1], moderator, reason="Her land.", by=moderator, at=NOW)
    db.session.commit()
    sign_in(client, manager)
    facts, *tables = in_word(client, meeting)
    assert tables == on_screen(client, meeting)
    told = dict(facts)
    assert told["Came"] == f"Cher Ringham, {manager.name}"
    assert told["Minutes"] == "Tea at four."
    assert "2026" in told["Minutes closed"]
    decided = dict(tables[0][1:])
    assert decided[bids[0].reference].startswith("Fund it <first>.\nCorrected on ")
    assert decided[bids[0].reference].endswith("The vote was two to one.")
    assert decided[bids[1].reference] == "Not this year."
    _, pages = on_paper(client, meeting)
    assert all(squeezed(words) in pages for words in (*decided.values(), "Tea at four."))
    sign_in(client, moderator)
    assert "Not this year." not in str(on_screen(client, meeting)) + str(in_word(client, meeting))


def test_papers_say_where_a_bid_stands_as_the_ranking_does(client, meeting, bids, round_, moderated, manager):
    add_bids(meeting, [moderated], by=manager, at=NOW)
    low = make_bid(round_, status=BidStatus.APPRAISAL)
    give_scores(make_task(low), 2, 2, 2)
    add_bids(meeting, [low], by=manager, at=NOW)
    db.session.commit()
    sign_in(client, manager)

    def standing():
        return {row[0]: tuple(row[6:]) for row in on_screen(client, meeting)[0][1:]}

    told = standing()
    assert told[moderated.reference] == ("£500,000", "Within the money")
    assert told[low.reference] == ("", "Below the pass mark, not moderated")
    for line in list(round_.budget):
        db.session.delete(line)
    db.session.commit()
    assert standing()[moderated.reference] == ("£500,000", "Recommended")


def test_shades_go_with_figures_and_stay_apart_in_grey():
    def luminance(colour: str) -> float:
        parts = [int(colour[n : n + 2], 16) / 255 for n in (0, 2, 4)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lights = [luminance(grey) for grey in GREYS]
    assert all((lighter + 0.05) / (darker + 0.05) > 1.15 for lighter, darker in pairwise(lights))
    assert (lights[-1] + 0.05) / 0.05 > 8


@pytest.mark.parametrize("look", [on_screen, in_word, lambda client, panel: on_paper(client, panel)[1]])
def test_papers_leave_out_what_their_reader_may_not_see_and_count_it_nowhere(
    client, meeting, flagged, bids, moderator, look
):
    close_bid(flagged, moderator, reason="Her land.", by=moderator, at=NOW)
    db.session.commit()
    sign_in(client, moderator)
    found = str(look(client, meeting))
    assert flagged.reference not in found
    assert flagged.title not in found
    assert "86.0" not in found
    assert "the plan" not in found
    pack = pack_for(meeting, moderator, NOW)
    assert dict(pack.facts)["Items"] == "2"
    ranking = on_screen(client, meeting)[0]
    assert next(row for row in ranking if row[0] == bids[1].reference)[4] == "1"


def test_an_empty_agenda_has_papers_too(client, round_, manager, chair):
    panel = call_meeting(round_, Called("Empty", LATER, "", [chair], chair), address=PAGE, by=manager, at=NOW)
    db.session.commit()
    sign_in(client, manager)
    assert "No bids are on the agenda." in client.get(f"/panels/{panel.key}/papers").text
    assert client.get(f"/panels/{panel.key}/papers.docx").status_code == 200
    assert "Nothingisflagged." in on_paper(client, panel)[1]


class Statements:
    """How many statements a block sends."""

    def __enter__(self):
        self.count = 0
        event.listen(db.engine, "before_cursor_execute", self._one)
        return self

    def _one(self, *args):
        self.count += 1

    def __exit__(self, *args):
        event.remove(db.engine, "before_cursor_execute", self._one)


def some_meetings(manager) -> Iterator:
    """One with two items, one with twelve."""
    round_, chair = make_appraised_round(), make_person(Role.MODERATOR)
    people = [make_person(Role.APPRAISER, name=f"Appraiser {n}") for n in range(2)]
    bids = [make_bid(round_, status=BidStatus.APPRAISAL) for _ in range(12)]
    for n, bid in enumerate(bids):
        for person in people:
            give_scores(make_task(bid, person), n % 6, 3, 3)
    for count in (2, 12):
        panel = call_meeting(round_, Called(f"Of {count}", LATER, "", [chair], chair), address=PAGE, by=manager, at=NOW)
        add_bids(panel, bids[:count], by=manager, at=NOW)
        yield panel
    db.session.commit()


def test_a_long_agenda_asks_the_database_as_often_as_a_short_one_and_its_map_is_cut(session, manager):
    keys, counts = [panel.key for panel in some_meetings(manager)], []
    for key in keys:
        db.session.expire_all()
        panel = meeting_with(key)
        with Statements() as sent:
            pack = pack_for(panel, manager, NOW)
        counts.append(sent.count)
    assert counts[1] <= counts[0] + 2
    maps = [table for table in pack.tables if table.caption.startswith("Heat map")]
    assert [(table.caption, len(table.headings)) for table in maps] == [
        ("Heat map, 1 of 2", 7),
        ("Heat map, 2 of 2", 7),
    ]
    assert pack_pdf(pack).startswith(b"%PDF")
    assert pack_docx(pack) == pack_docx(pack)
