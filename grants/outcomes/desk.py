"""What returns ask of people, on their home pages."""

from collections.abc import Collection
from datetime import date

from flask import url_for
from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager

from grants.awards.models import Award
from grants.kernel.db import db
from grants.outcomes.models import Return, ReturnStatus
from grants.outcomes.queries import WRITERS, due_day, last_ended, missing, visible_returns
from grants.people.desk import Waiting, on_desk
from grants.people.models import Person
from grants.people.roles import Permission, Role

_MOST_LINES = 10


@on_desk(Permission.RETURN_WRITE)
def to_write(person: Person, day: date) -> list[Waiting]:
    councils = person.councils_on(day, *WRITERS)
    begun = _returns(councils, ReturnStatus.DRAFT, ReturnStatus.QUERIED)
    lines = [
        Waiting(f"{_verb(row)} of {row.award.reference}", url_for("outcomes.edit", key=row.key), due_on=row.due_on)
        for row in begun
    ]
    quarter = last_ended(day)
    absent = db.session.scalars(missing(person, day, council_ids=councils).limit(_MOST_LINES))
    return lines + [
        Waiting(
            f"Start the return for {quarter} of {award.reference}",
            url_for("outcomes.award", key=award.key),
            due_on=due_day(quarter, award.round),
        )
        for award in absent
    ]


def _verb(row: Return) -> str:
    answer = row.status is ReturnStatus.QUERIED
    return f"{'Answer the question on' if answer else 'Finish'} the return for {row.quarter}"


@on_desk(Permission.RETURN_SIGN)
def to_sign(person: Person, day: date) -> list[Waiting]:
    councils = person.councils_on(day, Role.SECTION_151_OFFICER)
    return [
        Waiting(
            f"Sign the return for {row.quarter} of {row.award.reference}",
            url_for("outcomes.sign", key=row.key),
            due_on=row.due_on,
        )
        for row in _returns(councils, ReturnStatus.SIGN_OFF)
    ]


@on_desk(Permission.RETURN_VALIDATE)
def to_validate(person: Person, day: date) -> list[Waiting]:
    waits = visible_returns(person, day).where(Return.status == ReturnStatus.SUBMITTED)
    count = db.session.scalar(select(func.count()).select_from(waits.with_only_columns(Return.id).subquery()))
    href = url_for("outcomes.index", status=ReturnStatus.SUBMITTED)
    return [Waiting("Returns to validate", href, count=count)] if count else []


def _returns(council_ids: Collection[int], *statuses: ReturnStatus) -> list[Return]:
    rows = (
        select(Return)
        .join(Return.award)
        .where(Award.council_id.in_(council_ids), Return.status.in_(statuses))
        .options(contains_eager(Return.award))
        .order_by(Return.due_on, Return.id)
        .limit(_MOST_LINES)
    )
    return list(db.session.scalars(rows))
