"""The grounds of proposed conflicts, as one query: who is tied to a council or body of which bid.

A tie is an appointment for a council, or an interest that was declared; one that is over counts for `PAST_YEARS`
more. Councils are taken for one where reorganisation made one of them, and members of partnerships as they are today.
"""

from collections.abc import Collection
from datetime import date
from enum import StrEnum
from typing import Any, TypeAlias

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Select,
    String,
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    union,
    union_all,
)
from sqlalchemy.orm import aliased

from grants.appraisal.models import ClearedConflict, Interest, InterestKind
from grants.bids.models import Bid, BidCouncil, BidPartner, Conflict
from grants.councils.models import Council, Membership, Succession
from grants.councils.queries import standing
from grants.people.models import Appointment

PAST_YEARS = 5
"""For so long a tie that is over still counts; our own default, to be on the safe side."""


Ids: TypeAlias = Collection[int] | Select[Any]
"""Ids, or the query that finds them."""


class GroundKind(StrEnum):
    COUNCIL = "council"
    """A council of the bid."""
    PARTNERSHIP = "partnership"
    """A member of the partnership that bids, though not named in this bid."""
    NEIGHBOUR = "neighbour"
    """A council that is in another partnership with one of the bid's councils; only where the tie still holds."""
    BODY = "body"
    """A partner of the bid that is no council."""


def open_grounds(bid_ids: Ids, day: date, person_ids: Ids) -> Select[Any]:
    """A row (person_id, bid_id, kind, source, source_id, tie_id, seat_id, partnership_id, past, key) for each ground
    that waits to be settled; a tie that reaches a council by two ways may have two."""
    every = _grounds(bid_ids, day, person_ids).subquery("ground")
    cleared = exists().where(
        ClearedConflict.person_id == every.c.person_id,
        ClearedConflict.bid_id == every.c.bid_id,
        cast(ClearedConflict.grounds, Text).contains('"' + every.c.key + '"'),
    )
    on_record = exists().where(Conflict.person_id == every.c.person_id, Conflict.bid_id == every.c.bid_id)
    return select(every).where(~cleared, ~on_record)


def years_before(day: date, years: int) -> date:
    """The same day so many years ago; 28 February for a 29th that was not."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


# --- The grounds, in SQL


def _grounds(bid_ids: Ids, day: date, person_ids: Ids) -> Any:
    columns = (Bid.id, Bid.partnership_id, Bid.lead_council_id, Bid.accountable_council_id)
    asked = select(*columns).where(Bid.id.in_(bid_ids)).cte("asked")
    reach, seats = _reach(day, person_ids), _seats(asked)
    return union_all(
        _same_council(reach, seats),
        _same_partnership(reach, asked, day),
        _neighbours(reach, seats, asked, day),
        *_bodies(asked, day, person_ids),
    )


def _reach(day: date, person_ids: Ids) -> CTE:
    """(person_id, source, source_id, tie_id, council_id, past): each tie, with every council that is one with it."""
    since = years_before(day, PAST_YEARS)
    acting = select(
        Appointment.person_id,
        literal("a").label("source"),
        Appointment.id.label("source_id"),
        Appointment.council_id.label("tie_id"),
        case((Appointment.until_on < day, 1), else_=0).label("past"),
    ).where(Appointment.council_id.is_not(None), Appointment.person_id.in_(person_ids))
    declared = select(
        Interest.person_id,
        literal("i"),
        Interest.id,
        Interest.council_id,
        _over(day),
    ).where(Interest.council_id.is_not(None), Interest.person_id.in_(person_ids), _counts(since))
    still = or_(Appointment.until_on.is_(None), Appointment.until_on >= since)
    ties = union_all(acting.where(still), declared).cte("tie")
    kin = _kin(day)
    mine, theirs = kin.alias("mine"), kin.alias("theirs")
    return (
        select(ties.c.person_id, ties.c.source, ties.c.source_id, ties.c.tie_id, theirs.c.council_id, ties.c.past)
        .join(mine, mine.c.council_id == ties.c.tie_id)
        .join(theirs, theirs.c.heir_id == mine.c.heir_id)
        .distinct()
        .cte("reach")
    )


def _counts(since: date) -> ColumnElement[bool]:
    """That an interest stands, or was over no earlier than `since`."""
    return and_(Interest.taken_back_at.is_(None), or_(Interest.until_on.is_(None), Interest.until_on >= since))


def _over(day: date) -> ColumnElement[int]:
    past = or_(Interest.until_on < day, Interest.kind == InterestKind.PAST_EMPLOYER)
    return case((past, 1), else_=0)


def _kin(day: date) -> CTE:
    """(council_id, heir_id): each council with itself and all who stand in its place by `day`."""
    kin = select(Council.id.label("council_id"), Council.id.label("heir_id")).cte("kin", recursive=True)
    heirs = select(kin.c.council_id, Succession.successor_id).join(
        Succession, and_(Succession.predecessor_id == kin.c.heir_id, Succession.on <= day)
    )
    return kin.union(heirs)


def _seats(asked: CTE) -> CTE:
    """(bid_id, council_id): the councils of each bid, whoever gets the money among them."""
    gets = asked.c.accountable_council_id
    return union(
        select(asked.c.id.label("bid_id"), asked.c.lead_council_id.label("council_id")),
        select(asked.c.id, gets).where(gets.is_not(None)),
        select(BidCouncil.bid_id, BidCouncil.council_id).join(asked, asked.c.id == BidCouncil.bid_id),
    ).cte("seat")


def _row(reach: Any, bid_id: Any, kind: GroundKind, seat: Any, partnership: Any) -> list[Any]:
    which = partnership if kind in (GroundKind.PARTNERSHIP, GroundKind.NEIGHBOUR) else seat
    key = literal(f"{kind}-") + reach.source + cast(reach.source_id, String) + "-" + cast(which, String)
    return [
        reach.person_id.label("person_id"),
        bid_id.label("bid_id"),
        literal(str(kind)).label("kind"),
        reach.source.label("source"),
        reach.source_id.label("source_id"),
        reach.tie_id.label("tie_id"),
        cast(seat, Integer).label("seat_id"),
        cast(partnership, Integer).label("partnership_id"),
        reach.past.label("past"),
        key.label("key"),
    ]


def _same_council(reach: CTE, seats: CTE) -> Select[Any]:
    columns = _row(reach.c, seats.c.bid_id, GroundKind.COUNCIL, seats.c.council_id, literal(0))
    return select(*columns).join_from(reach, seats, seats.c.council_id == reach.c.council_id)


def _same_partnership(reach: CTE, asked: CTE, day: date) -> Select[Any]:
    columns = _row(reach.c, asked.c.id, GroundKind.PARTNERSHIP, Membership.council_id, Membership.partnership_id)
    return (
        select(*columns)
        .join_from(reach, Membership, Membership.council_id == reach.c.council_id)
        .join(asked, asked.c.partnership_id == Membership.partnership_id)
        .where(standing(day), ~_sits(asked, reach.c.council_id))
        .distinct()
    )


def _neighbours(reach: CTE, seats: CTE, asked: CTE, day: date) -> Select[Any]:
    near = aliased(Membership, name="near")
    covers = and_(near.from_on <= day, or_(near.until_on.is_(None), near.until_on >= day))
    columns = _row(reach.c, asked.c.id, GroundKind.NEIGHBOUR, seats.c.council_id, Membership.partnership_id)
    return (
        select(*columns)
        .join_from(reach, near, near.council_id == reach.c.council_id)
        .join(Membership, Membership.partnership_id == near.partnership_id)
        .join(seats, seats.c.council_id == Membership.council_id)
        .join(asked, asked.c.id == seats.c.bid_id)
        .where(reach.c.past == 0, covers, standing(day))
        .where(func.coalesce(asked.c.partnership_id, 0) != Membership.partnership_id)
        .where(~_sits(asked, reach.c.council_id))
        .distinct()
    )


def _sits(asked: CTE, council_id: Any) -> ColumnElement[bool]:
    """That this council is in the bid itself; asked of the table, which has an index for it."""
    seat = exists().where(BidCouncil.bid_id == asked.c.id, BidCouncil.council_id == council_id)
    gets = func.coalesce(asked.c.accountable_council_id, 0)
    return or_(asked.c.lead_council_id == council_id, gets == council_id, seat)


def _bodies(asked: CTE, day: date, person_ids: Ids) -> list[Select[Any]]:
    """Interests in a body that is no council, and a partner of the bid or of its partnership by the same name."""
    tie = (
        select(
            Interest.person_id,
            literal("i").label("source"),
            Interest.id.label("source_id"),
            literal(0).label("tie_id"),
            _over(day).label("past"),
            func.lower(Interest.body).label("body"),
        )
        .where(Interest.council_id.is_(None), Interest.person_id.in_(person_ids))
        .where(_counts(years_before(day, PAST_YEARS)))
        .cte("body")
    )
    columns = _row(tie.c, asked.c.id, GroundKind.BODY, literal(0), literal(0))
    in_bid = select(*columns).join_from(tie, BidPartner, func.lower(BidPartner.name) == tie.c.body)
    printed = and_(Membership.council_id.is_(None), func.lower(Membership.printed_as) == tie.c.body)
    member = select(*columns).join_from(tie, Membership, and_(printed, standing(day)))
    return [
        in_bid.join(asked, asked.c.id == BidPartner.bid_id),
        member.join(asked, asked.c.partnership_id == Membership.partnership_id),
    ]
