"""Reading rounds: which of them a person may see, and one of them with all that it asks."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload, selectinload

from grants.councils.models import Council
from grants.funds.models import Criterion, Fund, Round, RoundStatus, Section
from grants.kernel import clock
from grants.kernel.db import db, found
from grants.people.models import Person
from grants.people.roles import Permission, Role


def sees_drafts(person: Person | None, day: date) -> bool:
    return person is not None and (
        person.may_on(day, Permission.ROUND_MANAGE) or (person.active and Role.AUDITOR in person.roles_on(day))
    )


def visible_rounds(person: Person | None, day: date | None = None) -> Select[Round]:
    """Published rounds for everyone; drafts and cancelled ones for programme managers and auditors.

    The latest opening first; a round made from its awards has no opening, and stands by the day it was announced.
    """
    rounds = select(Round).options(joinedload(Round.fund))
    began = func.coalesce(Round.opens_at, Round.announced_at)
    rounds = rounds.order_by(began.desc().nulls_first(), Round.id.desc())
    if sees_drafts(person, day or clock.today()):
        return rounds
    return rounds.where(Round.status.in_((RoundStatus.PUBLISHED, RoundStatus.ANNOUNCED)))


def round_for(person: Person | None, code: str) -> Round:
    """The round of this code, or 404 where there is none that `person` may see."""
    return found(visible_rounds(person).where(Round.code == code))


def round_in_full(person: Person | None, code: str) -> Round:
    """The same, with all that it asks, in a fixed number of queries."""
    return found(_with_parts(visible_rounds(person).where(Round.code == code)))


def _with_parts(rounds: Select[Round]) -> Select[Round]:
    parts = (Round.budget, Round.gates, Round.criteria, Round.measures, Round.declarations)
    linked = (joinedload(Round.follows), joinedload(Round.assumption_set))
    rounds = rounds.options(*(selectinload(part) for part in parts), *linked)
    rounds = rounds.options(selectinload(Round.criteria).joinedload(Criterion.place_list))
    return rounds.options(selectinload(Round.sections).selectinload(Section.questions))


def held_in_full(round: Round) -> Round:
    """The round read afresh with all that it asks, every other writer waiting until the end of the transaction."""
    db.session.flush()
    this = select(Round).where(Round.id == round.id).options(joinedload(Round.fund, innerjoin=True))
    held = _with_parts(this).with_for_update(of=Round).execution_options(populate_existing=True)
    return db.session.scalars(held).unique().one()


def councils_excluded(round: Round) -> list[str]:
    """The names of the councils that cannot lead a bid here, in their order; no query where there are none."""
    codes = round.exclusions.get("councils", [])
    named = select(Council.name).where(Council.code.in_(codes)).order_by(Council.name)
    return list(db.session.scalars(named)) if codes else []


def round_named(code: str) -> Round | None:
    """For commands: any round by its code."""
    return db.session.scalar(select(Round).where(Round.code == code))


def fund_named(code: str) -> Fund | None:
    return db.session.scalar(select(Fund).where(Fund.code == code))


def expressions_of_interest(round: Round) -> Sequence[Round]:
    """The rounds of the same fund that this one can follow."""
    first = select(Round).where(Round.fund_id == round.fund_id, Round.expression_of_interest, Round.id != round.id)
    return db.session.scalars(first.order_by(Round.id.desc()).limit(20)).all()


def drafts() -> Select[Round]:
    return select(Round).where(Round.status == RoundStatus.DRAFT).order_by(Round.id)
