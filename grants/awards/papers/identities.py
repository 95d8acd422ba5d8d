"""What can be told once names are looked up in the register: who is meant, who leads, who is paid or counted twice."""

import re
from collections.abc import Iterable, Iterator

from grants.awards.papers.names import NamesOn, has_designation, is_misspelt, unstarred
from grants.awards.papers.partnerships import is_pilot
from grants.awards.papers.types import Paper, PaperKind, PaperRow, PaperWarning, WarningCode
from grants.councils.models import CouncilKind
from grants.councils.resolver import normalise

_SEGMENTS = re.compile(r"[,()–]|\s-\s|- ")


def inspect_identities(paper: Paper, names: NamesOn) -> Iterator[PaperWarning]:
    """What the register says about the names on either kind of paper; each spelling once, at its first row."""
    seen: set[str] = set()
    for row in paper.rows:
        for printed in _councils_named(paper, row):
            if printed not in seen:
                seen.add(printed)
                yield from _of_name(row, printed, names)
    if paper.kind is PaperKind.COUNCIL_PROJECTS:
        yield from _not_councils(paper, names)
        for row in paper.rows:
            yield from _places_outside(row, names)
    else:
        for row in paper.rows:
            yield from _of_lead(row, names)
        yield from _without_star(paper, names)
        yield from _paid_twice(paper, names)


def missing_from(paper: Paper, other: Paper, names: NamesOn) -> Iterator[PaperWarning]:
    """Councils with an award in `paper` that `other` names neither as a lead nor as a member; once for each."""
    there = {code for row in other.rows for printed in (row.lead, *row.members) for code in names.codes(printed)}
    first = {row.recipient: row for row in reversed(paper.rows)}
    for recipient, row in reversed(first.items()):
        codes = names.codes(recipient)
        if codes and not there.intersection(codes):
            text = f"{recipient} has an award here but is in no partnership of the other annex."
            yield PaperWarning(WarningCode.MISSING_FROM_OTHER_ANNEX, row.line, text, recipient)


def _councils_named(paper: Paper, row: PaperRow) -> Iterable[str]:
    """The names on the row that should be councils' ones: a partnership's own name is not."""
    if paper.kind is PaperKind.COUNCIL_PROJECTS:
        return (row.recipient,)
    leads = () if is_pilot(row) or not row.lead else (row.lead,)
    bodies = (row.recipient,) if "combined authority" in normalise(row.recipient) else ()
    return (*bodies, *leads, *map(unstarred, row.members))


def _of_name(row: PaperRow, printed: str, names: NamesOn) -> Iterator[PaperWarning]:
    codes = names.codes(printed)
    official = " and ".join(names.official_name(code) for code in codes)
    if not codes and "combined authority" in normalise(printed):
        text = f"{printed} is not the name of any body that was set up by law on this date."
        yield PaperWarning(WarningCode.NOT_A_STATUTORY_BODY, row.line, text, printed)
    elif not codes:
        text = f"It is not settled which council {printed} is. {names.resolution(printed).why}"
        yield PaperWarning(WarningCode.NAME_UNSETTLED, row.line, text, printed)
    elif len(codes) > 1 and printed != row.lead:
        yield PaperWarning(WarningCode.JOINT_NAME, row.line, f"{printed} is a joint name of {official}.", printed)
    elif len(codes) == 1 and has_designation(printed) and printed != official:
        code = WarningCode.SUSPECTED_MISSPELLING if is_misspelt(printed, official) else WarningCode.NAME_VARIANT
        yield PaperWarning(code, row.line, f"{printed} was taken for {official}, which is the official name.", printed)


def _not_councils(paper: Paper, names: NamesOn) -> Iterator[PaperWarning]:
    first = {row.recipient: row for row in reversed(paper.rows)}
    for recipient, row in reversed(first.items()):
        if any(names.kind(code) is CouncilKind.COMBINED_AUTHORITY for code in names.codes(recipient)):
            text = f"{recipient} is a combined authority, not a council, and is counted among the council areas."
            yield PaperWarning(WarningCode.NOT_A_COUNCIL, row.line, text, recipient)


def _places_outside(row: PaperRow, names: NamesOn) -> Iterator[PaperWarning]:
    """A part of the title, between commas, dashes or brackets, that is the name of another council's place."""
    own = names.codes(row.recipient)
    for part in _SEGMENTS.split(row.project):
        codes = names.places.get(normalise(part), ())
        if codes and own and not set(codes).intersection(own):
            whose = " or ".join(names.official_name(code) for code in codes)
            text = f"The title names {part.strip()}, the place of {whose}, but the award is to {row.recipient}."
            yield PaperWarning(WarningCode.PLACE_OUTSIDE_AWARDEE, row.line, text, row.project)


def _of_lead(row: PaperRow, names: NamesOn) -> Iterator[PaperWarning]:
    leads = names.codes(row.lead) if row.lead and not is_pilot(row) else ()
    members = {code for name in row.members for code in names.codes(name)}
    if len(leads) > 1:
        both = " and ".join(names.official_name(code) for code in leads)
        yield PaperWarning(WarningCode.TWO_LEADS, row.line, f"{row.lead} are two leads: {both}.", row.lead)
    elif leads and not members.intersection(leads):
        text = f"{row.lead} leads {row.recipient} but is not among its members."
        yield PaperWarning(WarningCode.LEAD_NOT_A_MEMBER, row.line, text, row.lead)
    elif leads:
        yield from _unexpected_lead(row, leads[0], names)


def _unexpected_lead(row: PaperRow, lead: str, names: NamesOn) -> Iterator[PaperWarning]:
    """A lead that is a district or city though a county is a member, or though the partnership bears a body's name."""
    if names.kind(lead) is CouncilKind.COUNTY:
        return
    full = [name for name in row.members if "*" not in name]
    counties = [name for name in full if any(names.kind(code) is CouncilKind.COUNTY for code in names.codes(name))]
    namesake = [row.recipient] if names.codes(row.recipient) and lead not in names.codes(row.recipient) else []
    if expected := [*counties, *namesake]:
        text = f"{row.lead} leads {row.recipient}, though {expected[0]} might be expected to."
        yield PaperWarning(WarningCode.LEAD_UNEXPECTED, row.line, text, row.lead)


def _without_star(paper: Paper, names: NamesOn) -> Iterator[PaperWarning]:
    """Councils in two partnerships or more, none of which prints a star; at the row of the last."""
    rows: dict[str, list[PaperRow]] = {}
    starred: set[str] = set()
    for row in paper.rows:
        for name in row.members if not is_pilot(row) else ():
            for code in names.codes(name):
                rows.setdefault(code, []).append(row)
                starred |= {code} if "*" in name else set()
    for code, found in rows.items():
        partnerships = list(dict.fromkeys(row.recipient for row in found))
        if len(partnerships) > 1 and code not in starred:
            name = names.official_name(code)
            text = f"{name} is a member of {' and of '.join(partnerships)}, without a star in any."
            yield PaperWarning(WarningCode.IN_TWO_PARTNERSHIPS_WITHOUT_STAR, found[-1].line, text, name)


def _paid_twice(paper: Paper, names: NamesOn) -> Iterator[PaperWarning]:
    """Councils with a row of their own in the pilot that also lead a partnership: money for both reaches them."""
    leads = {code: row for row in paper.rows if not is_pilot(row) for code in names.codes(row.lead)}
    for row in filter(is_pilot, paper.rows):
        for name in row.members:
            for code in names.codes(name):
                if other := leads.get(code):
                    text = f"{name} is paid here and, on row {other.line}, again as the lead of {other.recipient}."
                    yield PaperWarning(WarningCode.PAID_TWICE, row.line, text, unstarred(name))
