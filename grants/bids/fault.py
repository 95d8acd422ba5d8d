"""What is wrong or missing in a bid, one thing at a time, and the page on which it is mended."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from grants.bids.models import Project
from grants.funds.models import Section


class Place(StrEnum):
    """The page on which a fault is mended."""

    DETAILS = "details"
    BOARD = "board"
    FILES = "files"
    SECTION = "section"
    PROJECTS = "projects"
    PROJECT = "project"
    SITES = "sites"
    FUNDING = "funding"
    OUTCOMES = "outcomes"
    BASES = "bases"
    MILESTONES = "milestones"
    RISKS = "risks"
    VALUE = "value"


@dataclass(frozen=True)
class Fault:
    """One thing to mend, in a sentence, and where. `field` is the name of the form's field, where there is one."""

    text: str
    place: Place
    project: Project | None = None
    section: Section | None = None
    field: str = ""


Values = dict[tuple[int | None, int], Any]
"""(project's id or None, question's id): the value of the answer."""
