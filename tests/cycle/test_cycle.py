"""The whole cycle, from a round that is made to its annex, by everyone whom it takes, in a browser.

The people are in conftest.py; what they do on each page is in the modules of steps. The clock is real, and put forward
twice: to the closing of the round, and to the end of the quarter.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from grants.worker import Worker
from tests.browser import photograph
from tests.cycle import council_steps as council
from tests.cycle import programme_steps as programme
from tests.cycle.conftest import LEAD, MEMBER, PARTNERSHIP
from tests.cycle.council_steps import Plan
from tests.reports.paper import paper
from tests.reports.test_writers import read_csv, read_docx, read_html, read_xlsx

ROUND, CODE, TITLE = "Land Release Fund 2026", "lrf-2026", "Homes along the estuary"
OPENS_AT = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
CLOSES_AT = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)
AFTER_THE_QUARTER = datetime(2027, 1, 6, 10, 0, tzinfo=UTC)
PAPER = Path(__file__).parents[1] / "fixtures/awards/lrf_2018.csv"

YARD = Plan(
    "Station yard",
    LEAD,
    "Goods shed",
    money={
        "Grant asked for, capital, 2026/27": "250,000",
        "Grant asked for, capital, 2027/28": "150000.50",
        "The council's own money, capital, 2026/27": "60,000",
        "The council's own money, revenue, 2027/28": "12,500",
    },
    outcomes={
        "Homes that released land can take, 2027/28": "40",
        "Capital receipts, 2028/29": "900,000",
        "Land released, 2027/28": "1.25",
    },
)
DEPOT = Plan(
    "Mill Lane depot",
    MEMBER,
    "Salt barn",
    money={"Grant asked for, capital, 2026/27": "80,000", "Grant asked for, capital, 2028/29": "40,000"},
    outcomes={"Homes that released land can take, 2028/29": "24", "Homes started, 2028/29": "10"},
)
ANNEX = [
    ["Local Authority", "Project", "LRF Funding 2026/27", "LRF Funding 2027/28", "LRF Funding 2028/29"],
    [LEAD, YARD.title, "£250,000", "£150,000.50", ""],
    [MEMBER, DEPOT.title, "£80,000", "", "£40,000"],
]
FORMATS = {"CSV": read_csv, "Excel workbook": read_xlsx, "Word document": read_docx, "web page": read_html}
RETURNED = {
    "Homes that released land can take, expected for the whole of 2027/28": "44",
    "Capital receipts, expected for the whole of 2028/29": "950,000",
    "Land released, achieved so far in 2026/27": "0.5",
    "Grant spent, achieved so far in 2026/27": "120,000.25",
    "Grant spent, expected for the whole of 2026/27": "250,000",
}


@pytest.mark.both_engines
def test_a_bid_goes_from_the_making_of_its_round_to_the_annex(cast, clock, app, outbox):
    manager, author, coordinator, officer = (cast[who] for who in ("manager", "author", "coordinator", "officer"))
    checker, ann, bob, moderator, finance = (cast[who] for who in ("checker", "ann", "bob", "moderator", "finance"))
    members_officer, rival = cast["members_officer"], cast["rival"]

    # 1. A programme manager makes a round from a template and publishes it.
    manager.comes()
    programme.make_round(manager, ROUND, CODE, opens_at=OPENS_AT, closes_at=CLOSES_AT)
    author.comes()
    author.goes("Funding rounds")
    author.does_not_read(ROUND)
    manager.presses("Publish")
    manager.reads("£6,000,000", "Homes that released land can take")
    photograph(manager.page, "cycle-1-round")

    # 2. A council bids for its partnership.
    council.start_bid(author, ROUND, TITLE, partnership=PARTNERSHIP, lead=LEAD)
    council.answer_sections(author)
    for plan in (YARD, DEPOT):
        council.add_project(author, plan)
        author.goes(TITLE)
    council.attach_minute(author)
    photograph(author.page, "cycle-2-bid")
    author.goes("Check your answers")
    author.reads("Nothing is left to do.")
    author.goes(TITLE, "Delivery")
    coordinator.comes()
    coordinator.finds(f"Go on with the bid: {TITLE}")
    coordinator.goes("Check your answers")
    coordinator.presses("Send to the Section 151 officer")
    officer.comes()
    council.sign_bid(officer, TITLE)
    coordinator.comes()
    reference = council.submit_bid(coordinator, TITLE)
    assert reference.startswith("LRF-2026-")

    # Nothing can be changed after it: not by the page that somebody still had open, and there is no link to another.
    author.fills({"How would you pay for costs above your estimate?": "Somebody else pays."})
    author.presses("Save and go back to the list")
    author.comes()
    author.goes("Bids", TITLE)
    author.reads("Nothing in the bid can be changed any more.", "From the council's capital reserve.")
    photograph(author.page, "cycle-3-submitted")
    # Another council sees none of it, and has a bid of its own still open when the round closes.
    rival.comes()
    rival.goes("Bids")
    rival.does_not_read(TITLE)
    clock.move_to(CLOSES_AT - timedelta(minutes=5))
    rival.comes()
    council.start_alone(rival, ROUND, "Old prison")
    rival.goes("Delivery")
    clock.move_to(CLOSES_AT + timedelta(seconds=1))  # before it is typed, since what is typed is saved by itself
    rival.fills({"Who will do the work, and have they the time for it?": "We were about to say."})
    rival.presses("Save and go back to the list")
    rival.reads("These answers came after the bid had closed.", "it is not part of the bid", "We were about to say.")
    rival.reads("Nothing can be saved any more")
    clock.move_to(CLOSES_AT + timedelta(minutes=5))

    # 3. It is checked, scored by two who do not see each other's marks, moderated and ranked.
    checker.comes()
    programme.pass_all_gates(checker, reference)
    manager.comes()
    programme.assign(manager, ROUND, reference, "Ann Praiser", "Bob Praiser")
    ann.comes()
    programme.score(ann, TITLE, dict(zip(programme.CRITERIA, (4, 3, 4, 2, 3), strict=True)))
    bob.comes()
    programme.score(bob, TITLE, dict(zip(programme.CRITERIA, (5, 3, 1, 2, 3), strict=True)))
    bob.goes("My appraisals", TITLE)
    bob.does_not_read("Ann Praiser")
    moderator.comes()
    agreed = dict(zip(programme.CRITERIA, (4, 3, 4, 2, 3), strict=True))
    programme.moderate(moderator, cast["second_moderator"], reference, agreed)
    manager.goes("Appraisal", f"Ranking in {ROUND}")
    # (35 x 4 + 30 x 3 + 20 x 4 + 10 x 2 + 5 x 3) / 5
    assert manager.row(reference)[2] == "69.0"
    photograph(manager.page, "cycle-4-ranking")

    # 4. One person decides, another confirms, and the council knows nothing until the announcement.
    programme.propose_to_fund(manager, ROUND, reference)
    finance.comes()
    finance.goes("Decisions", ROUND, reference)
    finance.presses("Confirm this decision")
    photograph(finance.page, "cycle-5-decisions")
    coordinator.comes()
    coordinator.goes("Bids")
    assert coordinator.row(TITLE)[3] == "Submitted"
    coordinator.goes("Awards")
    coordinator.reads("No awards")
    programme.announce(manager, ROUND)
    coordinator.goes("Bids")
    assert coordinator.row(TITLE)[3] == "Successful"
    Worker(app).turn()
    assert {message.to[0] for message in outbox if "outcome" in message.subject.lower()} >= {coordinator.email}
    for number in (1, 2):
        programme.offer(manager, f"{reference}-{number}")
    for visitor, plan, number in ((officer, YARD, 1), (members_officer, DEPOT, 2)):
        visitor.comes()
        council.accept(visitor, f"Answer the offer {reference}-{number}: {plan.title}")
    photograph(officer.page, "cycle-6-award")

    # 5. When the quarter has ended, the council reports on it.
    clock.move_to(AFTER_THE_QUARTER)
    author.comes()
    council.file_return(author, RETURNED, progress="The goods shed is down and the sewer is let.")
    officer.comes()
    council.sign_return(officer)
    manager.comes()
    programme.validate_return(manager)
    photograph(manager.page, "cycle-7-return")
    manager.goes("Programme")
    # 40 + 24 homes are promised. Each award counts with its latest signed return, and so far there is one: 44 expected.
    assert manager.row("Homes")[1:] == ["64", "0", "0", "44"]
    assert manager.row("Capital receipts")[1:] == ["£900,000", "£0", "£0", "£950,000"]
    photograph(manager.page, "cycle-8-programme")

    # 6. The annex of the new round; and the paper of 2018 comes in, and out again cell for cell, in every format.
    manager.goes(f"Annex of awards of {ROUND}")
    photograph(manager.page, "cycle-9-annex")
    assert read_csv(manager.downloads("CSV")) == ANNEX
    programme.import_paper(manager, "lrf-2017", PAPER.name, PAPER.read_bytes(), "45,202,211")
    Worker(app).turn()
    manager.goes("Look again")
    manager.reads("Finished at")
    manager.goes("See what came of it")
    manager.presses("See the annex")
    manager.reads("£24,997,308", "£9,993,742", "£10,211,161", "£45,202,211")
    photograph(manager.page, "cycle-10-annex-of-2018")
    for words, read in FORMATS.items():
        assert read(manager.downloads(words)) == paper("annex-a"), words
