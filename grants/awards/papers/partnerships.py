"""What can be told from the rows of partnerships alone: leads, members, and the stars that the paper has no key to."""

from collections import Counter
from collections.abc import Iterator

from grants.awards.papers.names import unstarred
from grants.awards.papers.types import Paper, PaperRow, PaperWarning, WarningCode
from grants.councils.resolver import normalise
from grants.kernel.money import pounds

_ROUND_SUM = 500_00


def is_pilot(row: PaperRow) -> bool:
    """Whether the award goes to a council straight, with "N/A" for its lead, as in the pilot of homes for NHS staff."""
    return row.lead.strip().casefold() == "n/a"


def inspect_partnerships(paper: Paper) -> Iterator[PaperWarning]:
    """What is odd about each row of a paper of partnerships."""
    pilots: set[str] = set()
    for row in paper.rows:
        if is_pilot(row) and row.recipient not in pilots:
            pilots.add(row.recipient)
            text = "The paper gives neither a partnership nor a lead council; each row pays one council straight."
            yield PaperWarning(WarningCode.NO_PARTNERSHIP_OR_LEAD, row.line, text, row.recipient)
        yield from _of_lead(row)
        yield from _of_members(row)
        if row.total_pence % _ROUND_SUM:
            text = f"{pounds(row.total_pence)} is no round sum; it is kept as it stands."
            yield PaperWarning(WarningCode.ODD_POUNDS, row.line, text, row.recipient)
    yield from _stars_not_repeated(paper)


def _of_lead(row: PaperRow) -> Iterator[PaperWarning]:
    if not row.lead:
        text = f"No lead council is given for {row.recipient}."
        yield PaperWarning(WarningCode.LEAD_MISSING, row.line, text, row.recipient)
    if "combined authority" in normalise(row.recipient):
        text = f"{row.recipient} is printed as a partnership, though it reads as the name of an authority."
        yield PaperWarning(WarningCode.PARTNERSHIP_NAMED_LIKE_AUTHORITY, row.line, text, row.recipient)


def _of_members(row: PaperRow) -> Iterator[PaperWarning]:
    listed = Counter(normalise(name) for name in row.members)
    for name in dict.fromkeys(unstarred(name) for name in row.members):
        if listed[normalise(name)] > 1:
            text = f"{name} is listed more than once in {row.recipient}; it counts as one member."
            yield PaperWarning(WarningCode.MEMBER_LISTED_TWICE, row.line, text, name)
    for name in row.members:
        if "*" in name:
            text = f"{unstarred(name)} is starred in {row.recipient}; the paper does not say what the star means."
            yield PaperWarning(WarningCode.STARRED_MEMBER, row.line, text, unstarred(name))
            if normalise(name) == normalise(row.lead):
                text = f"{unstarred(name)} is starred in the partnership that it leads, {row.recipient}."
                yield PaperWarning(WarningCode.STARRED_LEAD, row.line, text, unstarred(name))


def _stars_not_repeated(paper: Paper) -> Iterator[PaperWarning]:
    """Councils starred in one partnership and plain in another that they do not lead: so which is their home?"""
    starred = {normalise(name): row for row in paper.rows for name in row.members if "*" in name}
    for row in paper.rows:
        for name in row.members:
            other = starred.get(normalise(name))
            if other and "*" not in name and not is_pilot(row) and normalise(name) != normalise(row.lead):
                text = f"{name} is starred in {other.recipient}, but not in {row.recipient}, which it does not lead."
                yield PaperWarning(WarningCode.STAR_NOT_REPEATED, row.line, text, name)
