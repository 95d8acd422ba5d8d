"""What the people of the programme do with a round, its bids, its awards and its annexes."""

import re
from collections.abc import Mapping
from datetime import date, datetime

from tests.cycle.steps import Visitor

CRITERIA = ("Value for money", "Deliverability", "Housing objectives", "Innovation", "Equality duty")


def make_round(manager: Visitor, name: str, code: str, *, opens_at: datetime, closes_at: datetime) -> None:
    """From the template of 2017, a draft still, with money for three years."""
    manager.goes("Funding rounds")
    manager.presses("Make a round")
    manager.fills({"Which template?": ["Land Release Fund 2017 (lrf-2017)"], "Name of the round": name, "Code": code})
    manager.fills({"First financial year": "2026/27"})
    manager.presses("Make the round")
    manager.fills({"Opening day": opens_at.date(), "Opening time": f"{opens_at:%H:%M}"})
    manager.fills({"Closing day": closes_at.date(), "Closing time": f"{closes_at:%H:%M}"})
    manager.fills({"Final date": date(2029, 3, 31)})
    manager.fills({"Capital 2026/27": "2,000,000", "Capital 2027/28": "3,000,000", "Capital 2028/29": "£1,000,000"})
    manager.presses("Save and see what is missing")
    manager.reads("Nothing is missing.")


def pass_all_gates(checker: Visitor, reference: str) -> None:
    checker.goes("Eligibility", reference)
    for gate in checker.page.get_by_role("group", name=re.compile(r"^[EG][0-9]:")).all():
        gate.get_by_label("Pass").check()
    checker.fills({"Reason for G3": "Its figures were gone through by hand: the benefits are twice the costs."})
    checker.presses("Save and conclude the check")
    checker.reads(f"{reference} is eligible")


def assign(manager: Visitor, round: str, reference: str, *appraisers: str) -> None:
    manager.goes("Appraisal", f"Give bids to appraisers in {round}")
    for name in appraisers:
        manager.chooses("Appraiser", name)
        manager.ticks([f"Give {reference}"])
        manager.presses("Give ticked bids")
        manager.reads(f"1 bid given to {name}.")


def score(appraiser: Visitor, title: str, marks: Mapping[str, int]) -> None:
    appraiser.goes("My appraisals", title)
    appraiser.fills({"Do you have a conflict of interest with this bid?": ["No, I have no conflict of interest"]})
    appraiser.presses("Continue")
    mark_all(appraiser, marks, because="{} is shown with figures that we could follow step by step.")
    appraiser.presses("Save and continue")
    appraiser.presses("Submit scores")


def mark_all(visitor: Visitor, marks: Mapping[str, int], *, because: str) -> None:
    for criterion, mark in marks.items():
        bands = visitor.page.get_by_role("group", name=f"Mark for {criterion}", exact=True)
        bands.get_by_role("radio", name=re.compile(f"^{mark}:")).check()
        visitor.fills({f"Reason for {criterion}": because.format(criterion)})


def moderate(moderator: Visitor, other: Visitor, reference: str, marks: Mapping[str, int]) -> None:
    """One moderator proposes the marks, another agrees to them and concludes."""
    moderator.goes("Moderation", reference)
    mark_all(moderator, marks, because="The panel talked about {} and agreed.")
    moderator.presses("Propose agreed marks")
    moderator.reads("They count when a second person has agreed to them.")
    other.comes()
    other.goes("Moderation", reference)
    other.fills({"Marks that you agree to": [f"{criterion}: {mark}" for criterion, mark in marks.items()]})
    other.presses("Agree to these marks")
    other.presses("Go on to conclude")
    other.presses("Conclude the moderation")


def propose_to_fund(manager: Visitor, round: str, reference: str) -> None:
    manager.goes("Decisions", round, reference)
    manager.presses("Decide")
    manager.fills({"What is to become of this bid?": ["Fund"], "Why?": "It stands first and fits every year's money."})
    manager.presses("Propose")
    manager.reads("Proposed. Another person now confirms it.")


def announce(manager: Visitor, round: str) -> None:
    manager.goes("Decisions", round)
    manager.presses("Announce the round")
    manager.fills({"Statement": "One bid is funded."})
    manager.presses("Announce the round")
    manager.reads("The round is announced.")


def offer(manager: Visitor, reference: str) -> None:
    manager.goes("Awards", reference)
    manager.presses("Make the offer")
    manager.presses("Send the offer")
    manager.reads("The offer is sent.")


def import_paper(manager: Visitor, code: str, name: str, content: bytes, control_total: str) -> None:
    manager.goes("Awards", "imported papers")
    manager.presses("Import a paper")
    manager.attaches("Paper of awards", name, content, "text/csv")
    manager.fills({"Code of the round": code, "Control total": control_total})
    manager.page.get_by_role("button", name="Import").click()
    with manager.page.expect_navigation(url="**still=1"):  # meanwhile the page comes anew by itself
        manager.page.get_by_role("link", name="Do not look again by itself").click()
    manager.look(manager.page)


def validate_return(manager: Visitor) -> None:
    manager.finds("Returns to validate")
    manager.finds("Q3 2026/27 of")
    manager.presses("Validate or query")
    manager.fills({"What do you decide?": ["Validate the return"]})
    manager.fills({"What did you check, or what do you want to know?": "The photographs and the invoice."})
    manager.presses("Save the decision")
