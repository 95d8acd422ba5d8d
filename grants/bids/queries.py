"""Reading bids: which ones a person may see, one of them by its key, and one whole with a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, exists, func, or_, select, true
from sqlalchemy.orm import contains_eager, joinedload, selectinload
from werkzeug.exceptions import NotFound

from grants.audit.models import AuditEvent
from grants.audit.queries import trail
from grants.bids.models import (
    UNDER_EMBARGO,
    Bid,
    BidAttachment,
    BidStatus,
    Conflict,
    FundingLine,
    FundingSource,
    Project,
    Site,
    Submission,
)
from grants.bids.people.places import WRITERS as WRITERS
from grants.bids.people.places import of_councils as of_councils
from grants.bids.people.places import read_by, written_by
from grants.bids.projects.queries import load_projects
from grants.councils.models import Council
from grants.files.models import Attachment
from grants.funds.deadlines.closing import closing_for
from grants.funds.models import LateBids, Round, RoundStatus, Section
from grants.kernel import clock, text
from grants.kernel.db import db, found
from grants.people.models import Appointment, Person
from grants.people.roles import COUNCIL_ROLES, Role

PROGRAMME_READERS = frozenset({Role.PROGRAMME_MANAGER, Role.FINANCE_OFFICER, Role.MODERATOR, Role.ELIGIBILITY_CHECKER})

COUNCIL_VERBS = (
    "started",
    "changed_details",
    "answered",
    "answered_late",
    "saved_late",
    "added_project",
    "edited_project",
    "removed_project",
    "added_site",
    "edited_site",
    "removed_site",
    "set_funding",
    "set_outcomes",
    "set_bases",
    "set_milestones",
    "set_values",
    "added_risk",
    "edited_risk",
    "removed_risk",
    "copied_project",
    "moved_project",
    "invited_colleague",
    "gave_place",
    "ended_place",
    "handed_over",
    "attached",
    "removed_attachment",
    "described_attachment",
    "noted_board",
    "sent_for_sign_off",
    "signed",
    "voided_signature",
    "sent_back",
    "submitted",
    "copied",
    "clarified",
    "withdrew",
)
"""What a council may read in its bid's history: what councils themselves did, and nothing of what the programme did."""


def visible_bids(person: Person, day: date) -> Select[Bid]:
    """The bids that a person may read on this page of the product, newest change first.

    Council people see those in which a council of theirs leads or takes part, a mere colleague only those in which he
    or she has a place; the programme's people those that have been submitted; the auditor all. A conflict of interest
    closes a bid to everyone.
    """
    roles = person.roles_on(day)
    ways: list[ColumnElement[bool]] = [read_by(person, day)]
    if Role.AUDITOR in roles:
        ways.append(true())
    if roles & PROGRAMME_READERS:
        ways.append(Bid.submitted_at.is_not(None))
    return select(Bid).where(or_(*ways), ~_conflicted(person)).order_by(Bid.changed_at.desc(), Bid.id.desc())


def _conflicted(person: Person) -> ColumnElement[bool]:
    return exists().where(Conflict.bid_id == Bid.id, Conflict.person_id == person.id)


def is_of_council(person: Person, day: date) -> bool:
    """Whether this person reads bids as a council does: what is not announced must not show."""
    return bool(person.roles_on(day) & COUNCIL_ROLES)


@dataclass(frozen=True)
class BidFilter:
    """What a list of bids is narrowed to; empty means all."""

    round_code: str = ""
    status: BidStatus | None = None
    council: str = ""
    words: str = ""


def listed(person: Person, day: date, asked: BidFilter) -> Select[tuple[Bid, int]]:
    """(bid, pence of grant asked for) rows for a list, round and lead council loaded with them."""
    grant = (
        select(func.coalesce(func.sum(FundingLine.pence), 0))
        .join(Project, Project.id == FundingLine.project_id)
        .where(Project.bid_id == Bid.id, FundingLine.source == FundingSource.GRANT)
        .correlate(Bid)
        .scalar_subquery()
    )
    rows = (
        visible_bids(person, day)
        .join(Bid.round)
        .join(Bid.lead_council)
        .options(contains_eager(Bid.round), contains_eager(Bid.lead_council))
    )
    if asked.round_code:
        rows = rows.where(Round.code == asked.round_code)
    if asked.status:
        rows = rows.where(Bid.status.in_(_statuses(asked.status, embargoed=is_of_council(person, day))))
    if asked.council:
        rows = rows.where(Council.name.ilike(text.like(asked.council), escape="\\"))
    if asked.words:
        pattern = text.like(asked.words)
        rows = rows.where(or_(*(column.ilike(pattern, escape="\\") for column in (Bid.title, Bid.reference))))
    return rows.add_columns(grant.label("grant"))


def _statuses(shown: BidStatus, *, embargoed: bool) -> list[BidStatus]:
    """The stored statuses that are shown as `shown`."""
    if not embargoed:
        return [shown]
    if shown in UNDER_EMBARGO:
        return []
    return [shown, *UNDER_EMBARGO] if shown is BidStatus.SUBMITTED else [shown]


def rounds_of(person: Person, day: date) -> Sequence[Round]:
    """Rounds from which the person can see a bid, for a filter."""
    seen = visible_bids(person, day).order_by(None).with_only_columns(Bid.round_id)
    return db.session.scalars(select(Round).where(Round.id.in_(seen)).order_by(Round.name)).all()


def bid_for(person: Person, key: str, *, on: date | None = None) -> Bid:
    """The bid of this key if the person may read it; NotFound otherwise, whatever the reason."""
    return _one(visible_bids(person, on or clock.today()), key)


def bid_to_write(person: Person, key: str, *, on: date | None = None) -> Bid:
    """The bid of this key if the person writes for one of its councils or has an author's place; NotFound otherwise."""
    day = on or clock.today()
    return _one(visible_bids(person, day).where(written_by(person, day)), key)


def bid_to_submit(person: Person, key: str, *, on: date | None = None) -> Bid:
    """The bid of this key if the person coordinates for its lead council; NotFound otherwise."""
    day = on or clock.today()
    mine = person.councils_on(day, Role.BID_COORDINATOR)
    return _one(visible_bids(person, day).where(of_councils(mine, leading=True)), key)


def bid_to_sign(person: Person, key: str, *, on: date | None = None) -> Bid:
    """The bid of this key if the person is a Section 151 officer of its lead council; NotFound otherwise."""
    day = on or clock.today()
    mine = person.councils_on(day, Role.SECTION_151_OFFICER)
    return _one(visible_bids(person, day).where(of_councils(mine, leading=True)), key)


def _one(bids: Select[Bid], key: str) -> Bid:
    bid = db.session.scalar(bids.where(Bid.key == key).order_by(None).options(joinedload(Bid.round, innerjoin=True)))
    if bid is None:
        raise NotFound
    return bid


def whole_bid_for(person: Person, key: str, *, on: date | None = None) -> Bid:
    """`bid_for` and `bid_in_full` at once."""
    return _in_full(visible_bids(person, on or clock.today()).where(Bid.key == key).order_by(None))


def bid_in_full(bid_id: int) -> Bid:
    """The bid with everything that its pages, its checks and its snapshot need, fresh, in a fixed number of queries.

    What only some of them need (the budget, declarations, signatures, the snapshot) is read when it is asked for, once.
    """
    return _in_full(select(Bid).where(Bid.id == bid_id))


def _in_full(bids: Select[Bid]) -> Bid:
    of_round = joinedload(Bid.round, innerjoin=True).options(
        joinedload(Round.fund, innerjoin=True),
        joinedload(Round.assumption_set),
        selectinload(Round.sections).joinedload(Section.questions),
        selectinload(Round.measures),
    )
    wanted = bids.options(
        of_round,
        joinedload(Bid.lead_council, innerjoin=True),
        joinedload(Bid.partnership),
        joinedload(Bid.accountable_council),
        joinedload(Bid.submission).defer(Submission.content),
        joinedload(Bid.partners),
        selectinload(Bid.councils),
        selectinload(Bid.answers),
        selectinload(Bid.attachments),
    )
    bid = found(wanted.execution_options(populate_existing=True))
    load_projects(bid)
    return bid


def project_of(bid: Bid, key: str) -> Project:
    """A project of this bid; NotFound for any other's."""
    project = db.session.scalar(select(Project).where(Project.bid_id == bid.id, Project.key == key))
    if project is None:
        raise NotFound
    return project


def site_of(project: Project, key: str) -> Site:
    site = db.session.scalar(select(Site).where(Site.project_id == project.id, Site.key == key))
    if site is None:
        raise NotFound
    return site


def attachment_of(bid: Bid, key: str) -> BidAttachment:
    """A file of this bid that has not been taken off; NotFound for any other."""
    held = db.session.scalar(
        select(BidAttachment)
        .join(BidAttachment.attachment)
        .where(BidAttachment.bid_id == bid.id, BidAttachment.removed_at.is_(None), Attachment.key == key)
    )
    if held is None:
        raise NotFound
    return held


def attachments_of(bid: Bid) -> Sequence[BidAttachment]:
    """The files that are on the bid now."""
    held = select(BidAttachment).where(BidAttachment.bid_id == bid.id, BidAttachment.removed_at.is_(None))
    return db.session.scalars(held.order_by(BidAttachment.id)).all()


def people_of(council_id: int, role: Role, day: date) -> Sequence[Person]:
    """Who holds this role for this council on that day."""
    holds = (
        select(Appointment.person_id)
        .where(Appointment.council_id == council_id, Appointment.role == role, Appointment.from_on <= day)
        .where(or_(Appointment.until_on.is_(None), Appointment.until_on >= day))
    )
    return db.session.scalars(select(Person).where(Person.id.in_(holds), Person.active).order_by(Person.name)).all()


def people_who_took_part(bid: Bid) -> Sequence[Person]:
    """Everyone who did anything to the bid up to now, as its trail has it."""
    actors = trail(bid).order_by(None).with_only_columns(AuditEvent.actor_id)
    return db.session.scalars(select(Person).where(Person.id.in_(actors), Person.active).order_by(Person.id)).all()


def history(bid: Bid) -> Select[AuditEvent]:
    """What councils did to the bid, newest first."""
    return trail(bid).where(AuditEvent.verb.in_(COUNCIL_VERBS))


def to_sign(person: Person, day: date) -> Sequence[Bid]:
    """Bids that wait for this Section 151 officer."""
    mine = of_councils(person.councils_on(day, Role.SECTION_151_OFFICER), leading=True)
    return _waiting(select(Bid).where(mine, Bid.status == BidStatus.SIGN_OFF), late=True)


def to_submit(person: Person, day: date) -> Sequence[Bid]:
    """Signed bids that wait for this coordinator to submit them."""
    mine = of_councils(person.councils_on(day, Role.BID_COORDINATOR), leading=True)
    return _waiting(select(Bid).where(mine, Bid.status == BidStatus.SIGNED), late=True)


def being_written(person: Person, day: date) -> Sequence[Bid]:
    """Drafts that this person writes."""
    return _waiting(select(Bid).where(written_by(person, day), Bid.status == BidStatus.DRAFT))


def _waiting(bids: Select[Bid], *, late: bool = False) -> Sequence[Bid]:
    """Those that are not closed to their lead council; with `late` also where the round keeps late bids."""
    wanted = bids.options(joinedload(Bid.round, innerjoin=True)).order_by(Bid.changed_at.desc()).limit(20)
    in_time = Round.closes_at.is_(None) | (closing_for(Bid.lead_council_id) >= clock.now())
    kept = (Round.late_bids == LateBids.KEPT) & (Round.status == RoundStatus.PUBLISHED)
    return db.session.scalars(wanted.join(Bid.round).where(in_time | kept if late else in_time)).all()
