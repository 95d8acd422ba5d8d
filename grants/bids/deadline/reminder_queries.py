"""Reading who was reminded of a round's closing, from the outbox."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, or_, select

from grants.bids.deadline.reminders import Due, reminder_days
from grants.funds.deadlines.working_days import bank_holidays
from grants.funds.models import Round
from grants.messages.models import Message
from grants.people.models import Person


@dataclass(frozen=True)
class Plan:
    """The reminders of a round for its own closing time; `holidays_known` while that year's bank holidays are."""

    days: list[Due]
    holidays_known: bool


def plan_of(round: Round) -> Plan:
    holidays = bank_holidays()
    if round.closes_at is None:
        return Plan([], True)
    days = reminder_days(round, round.closes_at, holidays)
    years = {round.closes_at.year, *(due.since.year for due in days)}
    return Plan(days, years <= {day.year for day in holidays})


def told_of(round: Round) -> Select[Any]:
    """(message, name of the person) of the round's reminders and copies, the newest first."""
    kinds = [Message.once.startswith(f"{kind}:{round.id}:", autoescape=True) for kind in ("remind", "closed")]
    rows = select(Message).outerjoin(Person, Person.id == Message.person_id).where(or_(*kinds))
    return rows.add_columns(Person.name).order_by(Message.id.desc())


def what_of(message: Message) -> str:
    """Which reminder a message was, in words."""
    kind, _, count, *_ = str(message.once).split(":")
    if kind == "closed":
        return "Not submitted: their own answers"
    return "1 working day before closing" if count == "1" else f"{count} working days before closing"


def sample_moment(days: list[Due], at: datetime) -> datetime:
    """The moment for which the text is shown: that of the next reminder, or of the last one."""
    return next((due.since for due in days if due.since > at), days[-1].since)
