"""The partnerships that a paper names, with their leads, members and stars as printed."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from grants import audit
from grants.audit import Actor
from grants.awards.import_names import Meant
from grants.awards.papers.names import unstarred
from grants.awards.papers.types import PaperRow
from grants.councils.models import Membership, MembershipRole, Partnership
from grants.councils.operations import Member, form_partnership
from grants.councils.resolver import normalise
from grants.kernel.db import db


class Partnerships:
    """Those in the database, by folded name; a paper's are found among them or formed."""

    def __init__(self, meant: Meant, *, by: Actor | None, on: date) -> None:
        self._meant, self._by, self._on = meant, by, on
        known = select(Partnership).options(selectinload(Partnership.memberships).joinedload(Membership.council))
        self._known = {normalise(each.name): each for each in db.session.scalars(known)}

    def of(self, row: PaperRow) -> Partnership:
        """The partnership of this row. One that stands already gains whom the paper adds, and loses nobody: a paper of
        awards is no list of those who left."""
        places = self._places(row)
        found = self._known.get(normalise(row.recipient))
        if found is None:
            found = form_partnership(row.recipient, lead=None, members=places, by=self._by, on=self._on)
            self._known[normalise(row.recipient)] = found
        else:
            self._add(found, places)
        return found

    def _places(self, row: PaperRow) -> list[Member]:
        leads = self._members(row.lead, MembershipRole.LEAD) if row.lead else []
        members = [place for printed in row.members for place in self._members(printed, MembershipRole.MEMBER)]
        return leads + (members or ([] if leads else [Member(None, row.recipient, role=MembershipRole.PARTNER)]))

    def _members(self, printed: str, role: MembershipRole) -> list[Member]:
        """One place for each council that the name means; one without a council for a name that waits."""
        name, starred = unstarred(printed), "*" in printed
        meant = self._meant.by(printed)
        if not meant:
            return [Member(None, name, starred=starred, role=role)]
        return [Member(council, name, starred=starred, role=role) for council in meant]

    def _add(self, partnership: Partnership, places: list[Member]) -> None:
        standing = {_place(m.role, m.council_id, m.printed_as) for m in partnership.memberships if m.until_on is None}
        position = max((m.position for m in partnership.memberships), default=0)
        joined = []
        for place in places:
            key = _place(place.role, place.council.id if place.council else None, place.printed_as)
            if key in standing:
                continue
            standing.add(key)
            position += 1
            partnership.memberships.append(
                Membership(
                    council=place.council,
                    printed_as=place.printed_as,
                    role=place.role,
                    starred=place.starred,
                    position=position,
                    from_on=self._on,
                )
            )
            joined.append(place.printed_as)
        if joined:
            db.session.flush()
            audit.record(partnership, "joined", by=self._by, members=joined)


def _place(role: MembershipRole, council_id: int | None, printed: str) -> tuple[MembershipRole, int | str]:
    return role, council_id if council_id is not None else normalise(printed)
