"""More time for one council: asked for with a reason by one person of the programme, approved by another."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from grants import audit
from grants.councils.models import Council
from grants.funds.deadlines.closing import closes_at as closing_of
from grants.funds.models import Extension, Round, RoundStatus
from grants.kernel import clock
from grants.kernel.db import db, found
from grants.kernel.errors import Overtaken, Refused
from grants.messages.operations import tell
from grants.people.models import Appointment, Person
from grants.people.queries import standing
from grants.people.roles import Role

MOST_DAYS = 28
"""How long after the round's own closing an extension may last: our own default, so that judging can begin."""
_TOLD = (Role.BID_AUTHOR, Role.BID_COORDINATOR, Role.SECTION_151_OFFICER)


def ask_extension(
    round: Round,
    council: Council,
    *,
    closes_at: datetime,
    reason: str,
    by: Person,
    at: datetime,
    form_token: str | None = None,
) -> Extension:
    """Ask for more time for one council; nothing changes until another person approves. Also after closing.

    Refused: a round that is not published or has no closing time, a time that is not later than the council's own or
    lies more than 28 days after the round's closing, no reason, or where one request waits already.
    """
    if form_token and (made := db.session.scalar(select(Extension).where(Extension.form_token == form_token))):
        return made
    _check_time(round, council, closes_at, at)
    if not council.in_being(clock.london(at).date()):
        raise Refused(f"{council.name} is no longer in being.", field="council")
    if not reason.strip():
        raise Refused("Say why this council needs more time.", field="reason")
    waiting = waiting_extensions().where(Extension.round_id == round.id, Extension.council_id == council.id)
    if db.session.scalar(waiting):
        raise Refused(f"More time for {council.name} has been asked for already and waits for a decision.")
    extension = Extension(
        round=round, council=council, closes_at=closes_at, reason=reason, asked_at=at, asked_by_id=by.id,
        form_token=form_token,
    )  # fmt: skip
    db.session.add(extension)
    told = {"council": council.code, "closes_at": closes_at.isoformat()}
    audit.record(round, "asked_for_extension", by=by, reason=reason, **told)
    return extension


def approve_extension(extension: Extension, *, version_seen: int, by: Person, at: datetime) -> None:
    """From now on the council has until then. Refused for whoever asked for it, and once that time would be over.

    The round is held meanwhile, so that a submission is decided either before or after.
    """
    round = _begin(extension, version_seen)
    if extension.asked_by_id == by.id:
        raise Refused("Somebody else has to approve what you asked for.")
    _check_time(round, extension.council, extension.closes_at, at)
    extension.approved_at, extension.approved_by_id = at, by.id
    told = {"council": extension.council.code, "closes_at": extension.closes_at.isoformat()}
    audit.record(round, "approved_extension", by=by, reason=extension.reason, **told)
    _tell_council(extension, at)


def refuse_extension(extension: Extension, *, reason: str, version_seen: int, by: Person, at: datetime) -> None:
    """The council keeps the time it has. Whoever asked may take it back the same way."""
    round = _begin(extension, version_seen)
    if not reason.strip():
        raise Refused("Say why it is refused.", field="reason")
    extension.refused_at = at
    audit.record(round, "refused_extension", by=by, reason=reason, council=extension.council.code)


def _begin(extension: Extension, version_seen: int) -> Round:
    held = select(Round).where(Round.id == extension.round_id).with_for_update(of=Round)
    round = db.session.scalars(held.execution_options(populate_existing=True)).one()
    db.session.refresh(extension)
    if extension.version != version_seen:
        raise Overtaken()
    if extension.approved_at or extension.refused_at:
        raise Refused("This has been decided already.")
    return round


def _check_time(round: Round, council: Council, closes_at: datetime, at: datetime) -> None:
    if round.status is not RoundStatus.PUBLISHED or round.closes_at is None:
        raise Refused("Only a published round that has a closing time can be extended for a council.")
    stands = closing_of(round, council.id)
    if stands is not None and closes_at <= stands:
        raise Refused("The new time must be later than the one the council has now.", field="closes_on")
    if clock.has_passed(closes_at, at):
        raise Refused("The new time is over already.", field="closes_on")
    if closes_at > round.closes_at + timedelta(days=MOST_DAYS):
        raise Refused(f"More time ends at most {MOST_DAYS} days after the round has closed.", field="closes_on")


def _tell_council(extension: Extension, at: datetime) -> None:
    closes = clock.london(extension.closes_at)
    round, council = extension.round, extension.council
    for person in _people_of(council.id, clock.london(at).date()):
        body = (
            f"Hello {person.name}\n\n{council.name} has more time for its bids to {round.name}: until "
            f"{closes:%H:%M} on {closes.day} {closes:%B %Y}, London time.\n\nIt holds for this council alone.\n"
        )
        once = f"extension:{extension.key}:{person.id}"
        tell(person.email, f"More time: {round.name}", body, at=at, person_id=person.id, once=once)


def _people_of(council_id: int, day: date) -> Sequence[Person]:
    holds = select(Appointment.person_id).where(Appointment.council_id == council_id, standing(day))
    holds = holds.where(Appointment.role.in_(_TOLD))
    return db.session.scalars(select(Person).where(Person.id.in_(holds), Person.active).order_by(Person.id)).all()


def extensions_of(round: Round) -> Select[Extension]:
    """Those of one round, the newest first, each with its council."""
    rows = select(Extension).where(Extension.round_id == round.id).order_by(Extension.id.desc())
    return rows.options(joinedload(Extension.council, innerjoin=True))


def extension_with(round: Round, key: str) -> Extension:
    """NotFound where the round has none of this key."""
    return found(extensions_of(round).where(Extension.key == key))


def waiting_extensions() -> Select[Extension]:
    """Neither approved nor refused yet, in rounds that are not over."""
    undecided = Extension.approved_at.is_(None) & Extension.refused_at.is_(None)
    rows = select(Extension).join(Extension.round).where(undecided, Round.status == RoundStatus.PUBLISHED)
    return rows.options(joinedload(Extension.round, innerjoin=True)).order_by(Extension.id)
