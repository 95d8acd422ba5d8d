"""What the people of a council do with their bid, their awards and their returns."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.cycle.answers import OF_A_PROJECT, OF_THE_BID
from tests.cycle.steps import Visitor


@dataclass
class Plan:
    """A project: what it is called, where it lies, and what stands in its boxes, by row and financial year."""

    title: str
    council: str
    site: str
    money: Mapping[str, str] = field(default_factory=dict)
    outcomes: Mapping[str, str] = field(default_factory=dict)


def start_bid(author: Visitor, round: str, title: str, *, partnership: str, lead: str) -> None:
    author.goes("Bids", f"Start a bid to {round}")
    author.ticks([partnership])
    author.presses("Continue")
    author.fills({"Title of the bid": title})
    author.chooses("Lead council", lead)
    author.presses("Start the bid")


def answer_sections(author: Visitor) -> None:
    for section, answers in OF_THE_BID.items():
        author.goes(section)
        author.fills(answers)
        author.presses("Save and go back to the list")
        author.reads("Your answers are saved.")


def add_project(author: Visitor, plan: Plan) -> None:
    author.presses("Add a project")
    author.fills({"Title of the project": plan.title, "The project in one sentence": f"{plan.site} is made ready."})
    author.chooses("Council that leads the project", plan.council)
    author.presses("Save")
    author.goes("Sites")
    author.presses("Add a site")
    author.fills({"Name of the site": plan.site, "Postcode": "PL1 2AA", "Area in hectares": "1.25"})
    author.fills({"Is it brownfield land?": ["Yes"]})
    author.chooses("Planning permission", "Outline permission")
    author.presses("Save")
    author.goes("Back to the project", "Money by year")
    author.fills(plan.money)
    author.presses("Save")
    author.goes("Outcomes by year")
    author.fills(plan.outcomes)
    author.presses("Save")
    author.goes("What the outcomes stand on")
    for outcome in sorted({box.rpartition(", ")[0] for box in plan.outcomes}):
        author.fills({f"{outcome}: how is it counted?": "By visits.", f"{outcome}: what will prove it?": "Contracts."})
    author.presses("Save")
    for section, answers in OF_A_PROJECT.items():
        author.goes(section)
        author.fills(answers)
        author.presses("Save and go back to the list")


def attach_minute(author: Visitor) -> None:
    author.goes("Attached files")
    author.attaches("Files", "Board minute.pdf")
    author.fills({"What is it?": "Minute of the partnership's board"})
    author.presses("Attach")
    author.reads("Board minute.pdf")
    author.goes("Back to the list")


def sign_bid(officer: Visitor, title: str) -> None:
    officer.finds(f"Sign the bid: {title}")
    for box in officer.page.get_by_role("checkbox").all():
        box.check()
    officer.presses("Sign the bid")
    officer.reads("You have signed the bid.")


def submit_bid(coordinator: Visitor, title: str) -> str:
    """The reference that the bid is given."""
    coordinator.finds(f"Submit the signed bid: {title}")
    coordinator.presses("Submit the bid")
    coordinator.reads("Bid submitted", "Nothing in the bid can be changed any more.")
    return coordinator.page.locator(".govuk-panel__body strong").inner_text()


def accept(officer: Visitor, offer: str) -> None:
    officer.finds(offer)
    officer.presses("Accept the offer")
    officer.page.get_by_role("checkbox").check()
    officer.presses("Accept the offer")
    officer.reads("The offer is accepted.")


def file_return(author: Visitor, figures: Mapping[str, str], *, progress: str) -> None:
    author.finds("Start the return for")
    author.presses("Start the return for Q3 2026/27")
    author.fills({"What has happened this quarter?": progress, **figures})
    author.presses("Save and send to the Section 151 officer")
    author.reads("The return is with your Section 151 officer.")


def sign_return(officer: Visitor) -> None:
    officer.finds("Sign the return for Q3 2026/27")
    officer.page.get_by_role("checkbox").check()
    officer.presses("Sign and submit")


def start_alone(coordinator: Visitor, round: str, title: str) -> None:
    """A council without a partnership is not asked for one."""
    coordinator.goes("Bids", f"Start a bid to {round}")
    coordinator.fills({"Title of the bid": title})
    coordinator.presses("Start the bid")
