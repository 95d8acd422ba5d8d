"""A round of thirty bids in a real browser: what is known of it, and each step that its people take.

Every act is one of a page. Where the same act comes forty times (no conflict with this bid either, these scores are
handed in), the browser sends what the page's form sends and leaves out drawing the pages between.
"""

import io
import re
from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction

from openpyxl import load_workbook
from playwright.sync_api import expect

from grants.appraisal.models import Assignment
from grants.kernel import clock, jobs
from grants.kernel.db import db
from tests.bids.test_workbook import Filled

BIDS, EACH = 30, 2
APPRAISERS = ("Ann Praiser", "Bea Field", "Cai Morgan", "Dee Parry")
LATE = "Dee Parry"
APART = (3, 11, 19, 27)
"""Bids whose two appraisers see the same thing quite differently; LATE's first one is a fifth."""
REASON = "The bid says so, with evidence that we could follow step by step."
MARK = "Mark, 0 to 5"


@dataclass
class World:
    """What the story needs to know of the database, read before the pages are served. Bids go by their numbers."""

    code: str
    parts: list[str]
    emails: dict[str, str]
    references: list[str]
    titles: list[str]
    tasks: dict[str, dict[int, str]] = field(default_factory=dict)
    """Keys of assignments, by appraiser and bid; and after that, whom each bid has."""
    apart: set[int] = field(default_factory=lambda: set(APART))

    def deal(self):
        """Who was given what by the proposal."""
        number = {reference: n for n, reference in enumerate(self.references)}
        self.tasks = {name: {} for name in APPRAISERS}
        for task in db.session.query(Assignment).order_by(Assignment.id):
            self.tasks[task.person.name][number[task.bid.reference]] = task.key
        db.session.remove()
        self.apart.add(self.late)

    @property
    def late(self):
        """The bid with which LATE has a conflict, and does not know it yet."""
        return min(n for n in self.tasks[LATE] if n not in APART)

    def marks(self, name, number):
        """Both appraisers of a bid alike, but for the housing of every third bid, and the first part where apart."""
        half = number // 2  # two by two alike, so that some stand equal in the end
        marks = [(half * (k + 1) + k) % 5 + (half + k) % 2 for k in range(len(self.parts))]
        if name == max(other for other, tasks in self.tasks.items() if number in tasks):
            marks[0] = (marks[0] + 3) % 6 if number in self.apart else marks[0]
            marks[-1] = min(5, marks[-1] + (number % 3 == 0))
        return marks


def share_out(page, world):
    page.goto(f"/appraisal/{world.code}/appraisers")
    page.get_by_role("link", name="Share out all bids of the round").click()
    page.get_by_label("How many appraisers").fill(str(EACH))
    page.get_by_role("button", name="Make a proposal").click()
    worked_out(page).click()
    expect(page.get_by_text(f"{BIDS} bids get more appraisers: {BIDS * EACH} places in all")).to_be_visible()
    each = BIDS * EACH // len(APPRAISERS)
    for name in APPRAISERS:
        expect(page.get_by_role("row", name=re.compile(rf"{name}\s+0\s+{each}\s+{each}\s"))).to_be_visible()
    page.get_by_role("link", name="Bid by bid").click()
    expect(page.get_by_role("row", name=re.compile("No conflict found"))).to_have_count(BIDS)
    page.get_by_role("link", name="The proposal").click()
    page.get_by_role("button", name="Apply: give these bids").click()
    worked_out(page).click()
    expect(page.get_by_text(f"{BIDS * EACH} of {BIDS * EACH} proposed places were given")).to_be_visible()


def worked_out(page):
    """The link to what a job has made that was asked for on this page; the work is done here and now."""
    page.get_by_text("You can leave this page").wait_for()
    assert jobs.run_next(clock.now())
    db.session.remove()
    return page.get_by_role("link", name="See what came of it")


def score_all(page, world, name, folder):
    """One bid by typing, all others in the workbook."""
    (typed, key), *others = world.tasks[name].items()
    page.get_by_role("link", name="My appraisals", exact=True).click()
    page.get_by_role("link", name=world.titles[typed]).click()
    page.get_by_label("No, I have no conflict").check()
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#saved")).to_have_text("This page saves by itself while you type.")
    for title, mark in zip(world.parts, world.marks(name, typed), strict=True):
        page.get_by_role("group", name=f"Mark for {title}").get_by_label("Not scored yet").focus()
        for _ in range(mark + 1):  # from "not scored yet", the lowest choice, up to 0 and on
            page.keyboard.press("ArrowUp")
        page.keyboard.press("Tab")
        page.keyboard.type(REASON)
    page.get_by_role("button", name="Save and continue").click()
    page.get_by_role("button", name="Submit scores").click()
    expect(page.get_by_text("Your scores are handed in.")).to_be_visible()
    for _, key in others:
        send(page, f"/appraisals/{key}/declare", answer="clean")
    fill_in_workbook(page, world, name, folder)
    for _, key in others:
        send(page, f"/appraisals/{key}/submit")
    page.goto("/appraisals?show=submitted")
    expect(page.get_by_role("link", name="Old depot")).to_have_count(len(world.tasks[name]))


def send(page, path, **typed):
    """What the form of a page at `path` sends."""
    token = page.locator("input[name=csrf_token]").first.input_value()
    answer = page.request.post(path, form={"csrf_token": token, **typed}, max_redirects=1)
    assert not answer.url.endswith(path), f"{path} is refused"


def fill_in_workbook(page, world, name, folder):
    page.goto(f"/appraisals/rounds/{world.code}/workbook")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the workbook").click()
    book = Filled(download.value.path().read_bytes())
    rows = [cell.value for cell in book.book["Scores"]["C"][1:] if cell.value]
    for row, title in enumerate(rows):
        number = world.titles.index(title)
        book.put("Scores", MARK, row, world.marks(name, number)[row % len(world.parts)])
        book.put("Scores", "Reason", row, REASON)
    file = folder / "scores.xlsx"
    file.write_bytes(book.bytes())
    page.get_by_label("The workbook, filled in").set_input_files(file)
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_text(f"Taken in: {len(rows)} changed in {len(world.tasks[name]) - 1} bids.")).to_be_visible()


def find_a_conflict(page, world):
    key = world.tasks[LATE][world.late]
    page.get_by_role("link", name=world.titles[world.late]).click()
    page.get_by_role("link", name="declare it").click()
    expect(page.get_by_role("heading", name="Declare a conflict of interest")).to_be_visible()
    page.get_by_role("textbox").fill("My sister has joined the council’s estates team.")
    page.get_by_role("button", name="Declare the conflict").click()
    expect(page.get_by_text("Your conflict of interest is on record. The bid is closed to you.")).to_be_visible()
    expect(page.get_by_role("link", name=world.titles[world.late])).to_have_count(0)
    assert page.request.get(f"/appraisals/{key}").status == 404


def take_what_no_rule_lists(page, world):
    """Numbers of the bids that are left: a rule lists them, or the marks of one appraiser alone count."""
    page.goto(f"/moderation?round={world.code}")
    take = page.get_by_role("button", name=re.compile("^Take .* bids as scored$"))
    count = int(re.search(r"\d+", take.inner_text())[0])
    take.click()
    expect(page.get_by_text(f"{count} bids are moderated as scored.")).to_be_visible()
    left = page.get_by_role("link", name=re.compile("|".join(world.references)))
    expect(left).to_have_count(BIDS - count)
    return sorted(world.references.index(text) for text in left.all_inner_texts())


def meet(page, world, numbers, now, folder):
    """Called for an hour later, with LATE to be heard, who stands back for one bid; held, minuted and closed."""
    when = clock.london(clock.now() + timedelta(hours=1))
    page.goto(f"/appraisal/{world.code}/panels")
    page.get_by_role("button", name="Call a meeting").click()
    page.get_by_label("What the meeting is called").fill("First panel")
    for part in ("day", "month", "year"):
        page.get_by_label(part.capitalize(), exact=True).fill(str(getattr(when, part)))
    page.get_by_label("Time").fill(f"{when:%H:%M}")
    for name in ("Mo Derator", "Pat Manager", "Sue Conder", LATE):
        page.get_by_role("checkbox", name=name).check()
    page.get_by_label("Chair").select_option(label="Mo Derator")
    page.get_by_role("button", name="Call the meeting").click()
    page.get_by_role("button", name="Put bids on the agenda").click()
    page.get_by_label("Bids to choose from").select_option("all")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("table", name="Bids in appraisal or moderated")).to_be_visible()
    for number in numbers:
        page.get_by_role("checkbox", name=world.references[number]).check()
    page.get_by_role("button", name="Put the ticked bids on the agenda").click()
    expect(page.get_by_text(f"{len(numbers)} bids are on the agenda.")).to_be_visible()
    page.get_by_role("link", name="First panel").click()
    page.get_by_role("link", name="Papers of the meeting").click()
    for kind, start in (("PDF", b"%PDF"), ("a Word document", b"PK")):
        with page.expect_download() as download:
            page.get_by_role("button", name=f"Download as {kind}").click()
        assert download.value.path().read_bytes().startswith(start)
    page.get_by_role("link", name="First panel").click()

    now.shift(timedelta(hours=2))
    page.get_by_role("button", name="Note who came").click()
    for number in range(4):
        page.get_by_label("Came", exact=True).nth(number).check()
    page.get_by_role("button", name="Save").click()
    for number in numbers:
        page.get_by_role("link", name=world.references[number]).click()
        if number == world.late:
            page.get_by_role("checkbox", name=LATE).check()
        page.get_by_label("What was decided?").fill("The marks are agreed as the panel heard them.")
        page.get_by_role("button", name="Save the minutes of this bid").click()
        expect(page.get_by_text(f"The minutes of {world.references[number]} are saved.")).to_be_visible()
    page.get_by_role("button", name="Save and close the minutes").click()
    page.get_by_role("button", name="Close the minutes").click()
    expect(page.get_by_text("The minutes are closed.")).to_be_visible()


def talk_through(moderator, second, world, number, *, agreed):
    """One proposes a mark of 3 for what lies apart and another agrees; or the appraisers' means stay for a reason.

    With the marks of LATE set aside, one person alone has scored that bid, so that a reason is asked for too.
    """
    part, reference = world.parts[0], world.references[number]
    for page in (moderator, second) if agreed else (second,):
        page.goto(f"/moderation?round={world.code}")
        page.get_by_role("link", name=reference).click()
        if page is moderator:
            page.get_by_role("group", name=f"Mark for {part}").get_by_role("radio").nth(2).check()
            page.get_by_label(f"Reason for {part}").fill("The panel heard both sides.")
            page.get_by_role("button", name="Propose agreed marks").click()
            expect(page.get_by_text("somebody else has to agree to them")).to_be_visible()
    if agreed:
        second.get_by_role("checkbox", name=f"{part}: 3").check()
        second.get_by_role("button", name="Agree to these marks").click()
        expect(second.get_by_role("button", name="Agree to these marks")).to_have_count(0)
    second.get_by_role("button", name="Go on to conclude").click()
    if not agreed:
        second.get_by_label("Why are the appraisers’ marks kept?").fill("Both read the same evidence with care.")
    second.get_by_role("button", name="Conclude the moderation").click()
    expect(second.get_by_text(f"{reference} is moderated and stands in the ranking.")).to_be_visible()


def read_ranking(page, world):
    """(rank, total) by reference, as the page shows them."""
    page.goto(f"/appraisal/{world.code}/ranking")
    rows = page.get_by_role("row", name=re.compile("Old depot"))
    expect(rows).to_have_count(BIDS)
    found = {}
    for cells in rows.evaluate_all("rows => rows.map(row => [...row.cells].map(cell => cell.innerText))"):
        reference = next(one for one in world.references if one in cells[1].split())
        found[reference] = int(cells[0]), Fraction(cells[2])
    return found


def exported(page):
    page.get_by_role("button", name="Export to XLSX").click()
    link = worked_out(page)
    with page.expect_download() as download:
        link.click()
    return download.value.path().read_bytes()


def ranking_of_sheet(content):
    lines = list(load_workbook(io.BytesIO(content))["Ranking"].iter_rows(values_only=True))
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]
