"""Making awards of what was decided, offering them, and what the council answers. Money only moves by movements."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from grants import audit
from grants.allocation.models import Decision, DecisionLine, DecisionOutcome
from grants.awards.models import AWARD_MOVES, Award, AwardMember, AwardStatus, Movement, MovementKind
from grants.bids.models import Bid, BidCouncil, BidStatus, Project
from grants.councils.models import Council
from grants.councils.queries import official_name
from grants.funds.models import Round, RoundStatus, Stream
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import Overtaken, Refused
from grants.kernel.financial_year import FinancialYear
from grants.kernel.money import pounds
from grants.messages.operations import tell
from grants.people.models import Appointment, Person
from grants.people.roles import Role


def award_funded(round: Round, *, by: Person, at: datetime) -> list[Award]:
    """One award for each project that a confirmed decision of an announced round funds, to the penny.

    Each goes to the council that leads the project, or to the bid's accountable council where it has one. In the order
    of the annex: by the council that receives it, then by reference and project. A project that has its award already
    is passed over, so that doing it again makes none twice.
    """
    if round.status is not RoundStatus.ANNOUNCED:
        raise Refused("Awards are made when the round is announced.")
    day = clock.london(at).date()
    funded = _funded(round)
    have = set(db.session.scalars(select(Award.project_id).where(Award.round_id == round.id)))
    last = db.session.scalar(select(func.max(Award.position)).where(Award.round_id == round.id)) or 0
    new = [(bid, project, lines) for bid, project, lines in funded if project.id not in have]
    new.sort(key=lambda found: (official_name(_receiver(*found[:2]), day), found[0].reference or "", found[1].position))
    awards = [
        _award(bid, project, lines, position=position, on=day, by=by, at=at)
        for position, (bid, project, lines) in enumerate(new, start=last + 1)
    ]
    db.session.add_all(awards)
    db.session.flush()
    for award in awards:
        audit.record(award, "awarded", by=by, pence=award.total(day), round=round.code, reference=award.reference)
    return awards


def offer(
    award: Award, *, text: str, by: Person, at: datetime, version_seen: int | None = None, address: str = ""
) -> None:
    """Put the offer to the council: its Section 151 officers and coordinators are told, and the first may accept it."""
    _check_move(award, AwardStatus.OFFERED, version_seen)
    if not text.strip():
        raise Refused("Write the text of the offer.", field="text")
    if award.council_id is None:
        raise Refused("It is not settled yet which council receives this award.")
    if not award.total(clock.london(at).date()):
        raise Refused("There is no money in this award to offer.")
    officers = _officers(award.council_id, clock.london(at).date())
    if not any(role is Role.SECTION_151_OFFICER for _, role in officers):
        raise Refused("Nobody is Section 151 officer of this council here, so nobody could accept the offer.")
    award.status, award.offered_at, award.offer_text = AwardStatus.OFFERED, at, text
    audit.record(award, "offered", by=by)
    body = f"{text}\n\nThe Section 151 officer accepts or declines the offer. {address}".strip() + "\n"
    for person in {person.id: person for person, _ in officers}.values():
        once = f"offer-{award.key}-{person.key}"
        tell(person.email, f"Offer of grant {award.reference}", body, at=at, person_id=person.id, once=once)


def accept(award: Award, *, by: Person, at: datetime, on: date, version_seen: int | None = None) -> None:
    """The council takes the offer. Refused for anyone who is not that day Section 151 officer of the very council."""
    _check_officer(award, by, on)
    _check_move(award, AwardStatus.ACCEPTED, version_seen)
    award.status, award.accepted_on, award.accepted_by = AwardStatus.ACCEPTED, on, by
    audit.record(award, "accepted", by=by, on=on.isoformat(), at=at.isoformat())


def decline(award: Award, *, reason: str, by: Person, at: datetime, version_seen: int | None = None) -> None:
    """The council does not take the offer: the promise is taken back by movements that make its profile nought."""
    day = clock.london(at).date()
    _check_officer(award, by, day)
    _check_move(award, AwardStatus.DECLINED, version_seen)
    if not reason.strip():
        raise Refused("Say why the council declines.", field="reason")
    award.status, award.decline_reason = AwardStatus.DECLINED, reason
    for (year, stream), pence in _standing(award).items():
        award.movements.append(
            Movement(
                year=year,
                stream=stream,
                pence=-pence,
                effective_on=day,
                kind=MovementKind.WITHDRAWAL,
                reason="Declined by the council",
                recorded_at=at,
                recorded_by_id=by.id,
            )
        )
    audit.record(award, "declined", by=by, reason=reason)


def offer_text(award: Award, on: date) -> str:
    """The offer as it is proposed to whoever sends it: who, what for, and the schedule as at that day."""
    schedule = [
        f"{year}: {pounds(pence)} of {stream}" for (year, stream), pence in sorted(_standing(award).items()) if pence
    ]
    return "\n\n".join(
        [
            f"{award.round.name}: offer of grant {award.reference}",
            f"To {award.recipient}",
            f"We offer {pounds(award.total(on))} for {award.title}, to be paid in these financial years:",
            "\n".join(schedule),
            "The grant is for what the bid as submitted describes. Progress is reported each quarter.",
        ]
    )


def _funded(round: Round) -> list[tuple[Bid, Project, list[DecisionLine]]]:
    """Each project with money in a confirmed decision to fund a successful bid, and its lines."""
    decisions = db.session.scalars(
        select(Decision)
        .join(Decision.bid)
        .where(Bid.round_id == round.id, Bid.status == BidStatus.SUCCESSFUL)
        .where(Decision.outcome == DecisionOutcome.FUND, Decision.confirmed_at.is_not(None))
        .options(
            selectinload(Decision.lines).joinedload(DecisionLine.project).options(_named(Project.council)),
            joinedload(Decision.bid).selectinload(Bid.councils).options(_named(BidCouncil.council)),
            joinedload(Decision.bid).options(_named(Bid.accountable_council)),
        )
        .order_by(Decision.id)
    ).all()
    found: dict[int, tuple[Bid, Project, list[DecisionLine]]] = {}
    for decision in decisions:
        for line in decision.lines:
            found.setdefault(line.project_id, (decision.bid, line.project, []))[2].append(line)
    return list(found.values())


def _named(council: Any) -> Any:
    """Load a council with the names it has borne."""
    return joinedload(council).selectinload(Council.names)


def _receiver(bid: Bid, project: Project) -> Council:
    return bid.accountable_council or project.council


def _award(
    bid: Bid, project: Project, lines: Iterable[DecisionLine], *, position: int, on: date, by: Person, at: datetime
) -> Award:
    receiver = _receiver(bid, project)
    award = Award(
        reference=f"{bid.reference}-{project.position}",
        round=bid.round,
        bid=bid,
        project=project,
        partnership_id=bid.partnership_id,
        council=receiver,
        position=position,
        recipient=official_name(receiver, on),
        title=project.title,
        status=AwardStatus.PROPOSED,
        awarded_on=on,
    )
    award.movements = [
        Movement(
            year=line.year,
            stream=line.stream,
            pence=line.pence,
            effective_on=on,
            kind=MovementKind.AWARD,
            recorded_at=at,
            recorded_by_id=by.id,
        )
        for line in lines
    ]
    award.members = [
        AwardMember(position=n, printed=_printed(place, on), starred=place.starred, councils=[place.council])
        for n, place in enumerate(bid.councils, start=1)
    ]
    return award


def _printed(place: BidCouncil, on: date) -> str:
    return official_name(place.council, on) + ("*" if place.starred else "")


def _standing(award: Award) -> dict[tuple[FinancialYear, Stream], int]:
    """Pence by year and stream over all movements there are; places that come to nought are left out."""
    sums: dict[tuple[FinancialYear, Stream], int] = {}
    for movement in award.movements:
        place = (movement.year, movement.stream)
        sums[place] = sums.get(place, 0) + movement.pence
    return {place: pence for place, pence in sums.items() if pence}


def _officers(council_id: int, on: date) -> Sequence[tuple[Person, Role]]:
    """Who signs and who coordinates for a council that day."""
    acting = (
        select(Person, Appointment.role)
        .join(Appointment, Appointment.person_id == Person.id)
        .where(Appointment.council_id == council_id, Person.active, Appointment.from_on <= on)
        .where(Appointment.role.in_((Role.SECTION_151_OFFICER, Role.BID_COORDINATOR)))
        .where(Appointment.until_on.is_(None) | (Appointment.until_on >= on))
        .order_by(Person.id)
    )
    return [(person, role) for person, role in db.session.execute(acting)]


def _check_officer(award: Award, by: Person, on: date) -> None:
    if award.council_id is None or award.council_id not in by.councils_on(on, Role.SECTION_151_OFFICER):
        raise Refused("Only the Section 151 officer of the council that receives the award can answer the offer.")


def _check_move(award: Award, to: AwardStatus, version_seen: int | None) -> None:
    if version_seen is not None and version_seen != award.version:
        raise Overtaken("Somebody else has changed this award meanwhile. Look at it and try again.")
    if to not in AWARD_MOVES[award.status]:
        raise Refused(f"This award is {award.status} and cannot be {to}.")
