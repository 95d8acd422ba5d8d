"""Forming partnerships, and settling what a printed name means."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from grants import audit
from grants.audit import Actor
from grants.councils.loading import Loaded, load_register
from grants.councils.models import (
    Alias,
    AliasStatus,
    Council,
    Membership,
    MembershipRole,
    NameInQuestion,
    Partnership,
)
from grants.councils.queries import councils_with, forget_name_book
from grants.councils.resolver import Resolution, normalise
from grants.kernel.db import db
from grants.kernel.errors import Overtaken, Refused

__all__ = ["Loaded", "Member", "ask_name", "form_partnership", "load_register", "on_settled", "settle_name"]

_LONGEST_NAME = 200
_MOST_COUNCILS = 2

Settler = Callable[[NameInQuestion, list[Council]], None]
on_settled: list[Settler] = []
"""What later rooms do with a settled name, in the same transaction: point their rows at the councils it means."""


@dataclass(frozen=True)
class Member:
    """A place in a partnership that is to be formed. Without a council it is known by its printed name alone."""

    council: Council | None
    printed_as: str = ""
    starred: bool = False
    role: MembershipRole = MembershipRole.MEMBER


def form_partnership(
    name: str, *, lead: Council | None, members: Sequence[Council | Member], by: Actor | None, on: date
) -> Partnership:
    """Found a partnership. `lead` has a place of its own beside any place as a member; None where a paper says none.

    A council named twice is a member once. Refused without a name, with one that is taken, or with nobody in it.
    """
    name = " ".join(name.split())
    if not name or len(name) > 160:
        raise Refused("Enter a name of up to 160 characters.", field="name")
    if db.session.scalar(select(Partnership.id).where(Partnership.name == name)):
        raise Refused(f"There is a partnership called {name} already.", field="name")
    places = [Member(lead, role=MembershipRole.LEAD)] if lead else []
    places += [m if isinstance(m, Member) else Member(m) for m in members]
    if not places:
        raise Refused("A partnership needs a lead council or a member.", field="members")
    partnership = Partnership(name=name, made_on=on)
    partnership.memberships = [_membership(place, n, on) for n, place in enumerate(_once(places), start=1)]
    db.session.add(partnership)
    db.session.flush()
    audit.record(partnership, "formed", by=by, members=[m.printed_as for m in partnership.memberships])
    return partnership


def _once(places: Sequence[Member]) -> list[Member]:
    """Without a second place of the same council in the same role."""
    seen: set[tuple[MembershipRole, int]] = set()
    kept = []
    for place in places:
        if place.council is not None:
            if (place.role, place.council.id) in seen:
                continue
            seen.add((place.role, place.council.id))
        kept.append(place)
    return kept


def _membership(place: Member, position: int, on: date) -> Membership:
    printed = place.printed_as or (place.council.name if place.council else "")
    return Membership(
        council=place.council,
        printed_as=printed[:_LONGEST_NAME],
        role=place.role,
        starred=place.starred,
        position=position,
        from_on=on,
    )


def ask_name(resolution: Resolution, *, as_at: date, seen_in: str, at: datetime) -> NameInQuestion:
    """Put a name that the register cannot settle before a person; once for each spelling and date.

    The row that is there already comes back, settled or not: if it is, its `candidates` are what it means.
    """
    spelling = normalise(resolution.printed)[:_LONGEST_NAME]
    asked = db.session.scalar(
        select(NameInQuestion).where(NameInQuestion.spelling == spelling, NameInQuestion.as_at == as_at)
    )
    if asked is None:
        asked = NameInQuestion(
            printed=resolution.printed[:_LONGEST_NAME],
            spelling=spelling,
            as_at=as_at,
            why=resolution.why,
            seen_in=seen_in,
            asked_at=at,
            candidates=councils_with(resolution.suggestions),
        )
        db.session.add(asked)
        db.session.flush()
        audit.record(asked, "asked", by=None, printed=asked.printed, seen_in=seen_in)
    return asked


def settle_name(
    name: NameInQuestion, councils: Sequence[Council], *, reason: str, version_seen: int, by: Actor, at: datetime
) -> None:
    """Say for good what a printed name means: one council, two for a joint name, none for a body that is no council.

    The same spelling then settles by itself in every later paper whose day those councils were in being, and what was
    imported under it follows. Refused when it is settled already, without a reason, or for a council that was not in
    being on the paper's day.
    """
    if name.settled_at is not None:
        raise Refused("Somebody has settled this name already.")
    if version_seen != name.version:
        raise Overtaken("Somebody else has just worked on this name. Look at it again.")
    if not reason:
        raise Refused("Say how you know, for the record.", field="reason")
    if len({council.id for council in councils}) != len(councils) or len(councils) > _MOST_COUNCILS:
        raise Refused("Enter one council, or two different ones for a joint name.", field="second")
    for council in councils:
        if not council.in_being(name.as_at):
            raise Refused(f"{council.name} was not in being on {_day(name.as_at)}.", field="council")
    meant = sorted(councils, key=lambda council: council.code)
    name.settled_at, name.settled_by_id, name.reason, name.candidates = at, by.id, reason, meant
    _keep_alias(name, meant, reason=reason, by=by, at=at)
    _point_memberships(name, meant)
    forget_name_book()
    db.session.flush()
    for settler in on_settled:
        settler(name, meant)
    codes = [council.code for council in meant]
    audit.record(name, "settled", by=by, reason=reason, printed=name.printed, councils=codes)


def _keep_alias(name: NameInQuestion, meant: list[Council], *, reason: str, by: Actor, at: datetime) -> None:
    """A spelling that means something already keeps its meaning: this answer is for another day, and for that alone."""
    alias = db.session.scalar(select(Alias).where(Alias.spelling == name.spelling))
    if alias is None:
        alias = Alias(spelling=name.spelling, printed=name.printed)
        db.session.add(alias)
    elif alias.status is AliasStatus.SETTLED:
        return
    alias.status, alias.note, alias.councils = AliasStatus.SETTLED, reason, meant
    alias.settled_by_id, alias.settled_at = by.id, at


def _point_memberships(name: NameInQuestion, meant: list[Council]) -> None:
    """Places in partnerships that were printed like this are now those of the councils meant."""
    waiting = select(Membership).where(Membership.council_id.is_(None), Membership.role != MembershipRole.PARTNER)
    for place in db.session.scalars(waiting).all():
        if not meant or normalise(place.printed_as)[:_LONGEST_NAME] != name.spelling:
            continue
        place.council = meant[0]
        for council in meant[1:]:
            twin = Member(council, place.printed_as, place.starred, place.role)
            place.partnership.memberships.append(_membership(twin, place.position, place.from_on))


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
