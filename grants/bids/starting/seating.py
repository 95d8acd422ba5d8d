"""Who is in a bid: its lead, other councils, who receives the money, and partners that are not councils."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from grants.bids.answers.values import digest
from grants.bids.models import Bid, BidCouncil, BidPartner
from grants.bids.people.places import WRITERS
from grants.councils.models import Council, Partnership
from grants.councils.succession import check_in_being
from grants.kernel import text
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.people.models import Person

_LONGEST_NAME, _LONGEST_KIND, _MOST_PARTNERS = 200, 40, 50


@dataclass(frozen=True)
class Partner:
    """A body that is no council, and what kind of body it is where that is said."""

    name: str
    kind: str = ""


@dataclass(frozen=True)
class Seats:
    """Everyone who is to be in a bid. `accountable` is None where the lead itself receives the money."""

    lead: Council
    members: Sequence[Council] = ()
    partnership: Partnership | None = None
    accountable: Council | None = None
    partners: Sequence[Partner] = ()

    @property
    def others(self) -> list[Council]:
        """The councils beside the lead, each once."""
        return [council for council in dict.fromkeys(self.members) if council is not self.lead]

    @property
    def receiver(self) -> Council | None:
        """Who receives the money where that is not the lead."""
        return None if self.accountable is self.lead else self.accountable


def check_seats(seats: Seats, *, day: date) -> None:
    """Refused where the council to receive the money is not in the bid or has ended, or a partner has no fit name."""
    receiver = seats.receiver
    if receiver is not None:
        if receiver not in seats.others:
            raise Refused(f"{receiver.name} must take part in the bid to receive the money.", field="accountable")
        check_in_being(receiver, day, field="accountable")
    if len(seats.partners) > _MOST_PARTNERS:
        raise Refused(f"Enter at most {_MOST_PARTNERS} partners.", field="partners")
    for partner in seats.partners:
        if not partner.name or len(partner.name) > _LONGEST_NAME or text.unfit(partner.name):
            raise Refused(f"A partner's name has up to {_LONGEST_NAME} characters.", field="partners")
        if len(partner.kind) > _LONGEST_KIND or text.unfit(partner.kind):
            raise Refused(f"Say in up to {_LONGEST_KIND} characters what kind of body it is.", field="partners")
    if len({partner.name.casefold() for partner in seats.partners}) < len(seats.partners):
        raise Refused("Name each partner once.", field="partners")


def check_may_lead(seats: Seats, *, by: Person, day: date) -> None:
    """Refused for a lead that `by` does not write for; for a council that has ended its successor is named."""
    if seats.lead.id not in by.councils_on(day, *WRITERS):
        raise Refused("You can start a bid only for a council that you write bids for.", field="lead")
    check_in_being(seats.lead, day, field="lead")
    for council in seats.others:
        check_in_being(council, day, field="members")


def take_seats(bid: Bid, seats: Seats, *, day: date) -> None:
    """Lead first, then the members as given, with the star they bear in the partnership that day."""
    printed = seats.partnership.memberships if seats.partnership else []
    starred = {place.council_id for place in printed if place.starred and place.covers(day)}
    bid.lead_council, bid.partnership, bid.accountable_council = seats.lead, seats.partnership, seats.receiver
    for position, council in enumerate([seats.lead, *seats.others], start=1):
        leads = council is seats.lead
        seat = BidCouncil(council=council, leads=leads, starred=council.id in starred, position=position)
        bid.councils.append(seat)
    for position, partner in enumerate(seats.partners, start=1):
        bid.partners.append(BidPartner(name=partner.name, kind=partner.kind, position=position))


def leave_seats(bid: Bid) -> None:
    for row in (*bid.councils, *bid.partners):
        db.session.delete(row)
    db.session.flush()
    db.session.expire(bid, ["councils", "partners"])


def details_seen(bid: Bid) -> str:
    """A mark of title, councils and partners as they stand, by which a later save knows whether they were changed."""
    councils = [seat.council_id for seat in bid.councils]
    partners = [[partner.name, partner.kind] for partner in bid.partners]
    return digest([bid.title, bid.partnership_id, councils, bid.accountable_council_id, partners])


def details_in_words(bid: Bid) -> str:
    """The same for a person who was overtaken: a line for the title, one for the councils, one for the others."""
    lines = [bid.title, ", ".join(seat.council.name for seat in bid.councils)]
    if bid.accountable_council:
        lines.append(f"{bid.accountable_council.name} receives the money")
    return "\n".join([*lines, *typed_partners(bid.partners)])


def partners_typed(typed: str) -> list[Partner]:
    """One partner on each line, and behind a semicolon what kind of body it is."""
    lines = [line.partition(";") for line in typed.splitlines() if line.strip()]
    return [Partner(" ".join(name.split()), " ".join(kind.split())) for name, _, kind in lines]


def typed_partners(partners: Iterable[BidPartner | Partner]) -> list[str]:
    """The lines that `partners_typed` reads."""
    return [f"{partner.name}; {partner.kind}" if partner.kind else partner.name for partner in partners]
