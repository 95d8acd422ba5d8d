"""Whom the names on a paper mean: settled by the register, or put before a person and pointed at later."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from grants import audit
from grants.awards.models import Award, AwardMember
from grants.awards.papers.names import NamesOn, unstarred
from grants.awards.papers.partnerships import is_pilot
from grants.awards.papers.types import PaperRow
from grants.councils.models import Council, NameInQuestion
from grants.councils.operations import ask_name, on_settled
from grants.councils.queries import name_book
from grants.councils.resolver import Certainty, normalise
from grants.kernel.db import db

_LONGEST_SPELLING = 200
_NOT_APPLICABLE = "n/a"


def names_on(day: date) -> NamesOn:
    """The register of the database as at `day`, for the checks of a paper."""
    book = name_book()
    return NamesOn(book, book.councils(), day)


class Meant:
    """The councils that printed names mean as at the day of the awards. What is not sure is asked, once."""

    def __init__(self, names: NamesOn, *, as_at: date, seen_in: str, at: datetime) -> None:
        self._names, self._as_at, self._seen_in, self._at = names, as_at, seen_in, at
        self._found: dict[str, list[Council]] = {}
        self._councils = {council.code: council for council in db.session.scalars(select(Council))}

    def by(self, printed: str) -> list[Council]:
        """Two for a joint name; none for a name that waits, or one that is known to be no council's."""
        name = unstarred(printed)
        if name not in self._found:
            self._found[name] = self._look_up(name)
        return self._found[name]

    def recipient(self, row: PaperRow) -> Council | None:
        """The council that the money of this row goes to; None unless it is exactly one."""
        printed = printed_recipient(row.recipient, row.project, row.lead, row.members)
        meant = self.by(printed) if printed else []
        return meant[0] if len(meant) == 1 else None

    def _look_up(self, name: str) -> list[Council]:
        resolution = self._names.resolution(name)
        if resolution.settled:
            return [self._councils[code] for code in resolution.gss_codes]
        if resolution.certainty is Certainty.NOT_A_COUNCIL:
            return []
        asked = ask_name(resolution, as_at=self._as_at, seen_in=self._seen_in, at=self._at)
        return list(asked.candidates) if asked.settled_at else []


def printed_recipient(recipient: str, title: str, lead: str, members: tuple[str, ...]) -> str:
    """The name of who is paid: the council of a project, the lead of a partnership, the one member of a row that has
    "N/A" for its lead; nothing where the paper does not say."""
    if title:
        return recipient
    if lead.strip().casefold() == _NOT_APPLICABLE:
        return members[0] if len(members) == 1 else ""
    return lead


def is_partnership_row(row: PaperRow) -> bool:
    """Whether the row is an award to a partnership, and not to a council straight."""
    return not row.project and not is_pilot(row)


def point_awards(name: NameInQuestion, meant: list[Council]) -> None:
    """Awards and members that waited for this spelling are now those of the councils meant, if these were in being."""
    members = select(AwardMember).where(~AwardMember.councils.any()).options(selectinload(AwardMember.award))
    for member in db.session.scalars(members):
        if _is(name, member.printed) and _all_in_being(meant, member.award.awarded_on):
            member.councils = list(meant)
    if len(meant) != 1:
        return  # a joint name says whom it means, but not which of the two is paid
    waiting = select(Award).where(Award.council_id.is_(None), Award.fingerprint.is_not(None))
    for award in db.session.scalars(waiting.options(selectinload(Award.members))):
        printed = printed_recipient(
            award.recipient, award.title, award.lead, tuple(member.printed for member in award.members)
        )
        if _is(name, printed) and _all_in_being(meant, award.awarded_on):
            award.council = meant[0]
            audit.record(award, "recipient_settled", by=None, printed=printed, council=meant[0].code)


def _is(name: NameInQuestion, printed: str) -> bool:
    return bool(printed) and normalise(printed)[:_LONGEST_SPELLING] == name.spelling


def _all_in_being(councils: list[Council], day: date) -> bool:
    return all(council.in_being(day) for council in councils)


on_settled.append(point_awards)
