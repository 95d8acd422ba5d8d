"""Ties of an appraiser in plain words."""

from dataclasses import dataclass
from datetime import date

from grants.appraisal.appraisers.grounds import GroundKind
from grants.appraisal.models import InterestKind

KINDS = {
    InterestKind.EMPLOYER: "I work for it",
    InterestKind.PAST_EMPLOYER: "I used to work for it",
    InterestKind.CLIENT: "It is a client of mine, or of my firm",
    InterestKind.FAMILY: "Family or a close friend works for it or speaks for it",
    InterestKind.LAND: "I have land, money or a contract with it at stake",
    InterestKind.OTHER: "Something else",
}
"""As the appraiser is asked."""

KINDS_OF_OTHERS = {
    InterestKind.EMPLOYER: "Works for it",
    InterestKind.PAST_EMPLOYER: "Used to work for it",
    InterestKind.CLIENT: "A client",
    InterestKind.FAMILY: "Family or a close friend there",
    InterestKind.LAND: "Land, money or a contract at stake",
    InterestKind.OTHER: "Something else",
}
"""As the programme reads it."""

_SAID = {
    None: ("Acts for", "Acted for"),
    InterestKind.EMPLOYER: ("Works for", "Worked for"),
    InterestKind.PAST_EMPLOYER: ("Used to work for", "Worked for"),
    InterestKind.CLIENT: ("Has as a client", "Had as a client"),
    InterestKind.FAMILY: ("Has family or a friend at", "Had family or a friend at"),
    InterestKind.LAND: ("Has land or money at stake with", "Had land or money at stake with"),
    InterestKind.OTHER: ("Declared a tie to", "Declared a past tie to"),
}


@dataclass(frozen=True)
class Tie:
    """`kind` is None for an appointment; `until_on` its last day, where it has one."""

    kind: InterestKind | None
    body: str
    until_on: date | None


def tie_in_words(tie: Tie, day: date) -> str:
    """One sentence: "Works for Anyshire County Council.", "Worked for it until 3 May 2024."."""
    now, then = _SAID[tie.kind]
    if tie.until_on is None:
        return f"{now} {tie.body}."
    said = then if tie.until_on < day else now
    return f"{said} {tie.body} until {tie.until_on.day} {tie.until_on:%B %Y}."


GROUNDS = {
    GroundKind.COUNCIL: "A council of the bid",
    GroundKind.PARTNERSHIP: "A member of the partnership",
    GroundKind.NEIGHBOUR: "A neighbour in another partnership",
    GroundKind.BODY: "Another body in the bid",
}
"""As lists are narrowed by them."""
