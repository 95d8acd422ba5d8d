"""What was found of the value for money of bids: the latest valuation of each project, and all of one."""

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased, contains_eager, joinedload, selectinload

from grants.appraisal import queries
from grants.appraisal.models import Valuation
from grants.bids.models import Bid, Project
from grants.kernel.db import db, found
from grants.people.models import Person


def latest(bid: Bid) -> dict[int, Valuation]:
    """The newest valuation of each project of the bid that has one, by project id; none where that is set aside."""
    return {row.project_id: row for row in latest_on([bid.id])}


def latest_on(bid_ids: Collection[int]) -> Sequence[Valuation]:
    """The same of many bids in one query, each with its project."""
    later = aliased(Valuation)
    rows = (
        select(Valuation)
        .join(Valuation.project)
        .where(Project.bid_id.in_(bid_ids), ~Valuation.set_aside)
        .where(~exists().where(later.project_id == Valuation.project_id, later.number > Valuation.number))
        .options(contains_eager(Valuation.project), joinedload(Valuation.assumption_set), joinedload(Valuation.made_by))
    )
    return db.session.scalars(rows).all()


def valuations_of(project: Project) -> Sequence[Valuation]:
    """All of a project, the newest first."""
    rows = select(Valuation).where(Valuation.project_id == project.id).order_by(Valuation.number.desc())
    together = (joinedload(Valuation.assumption_set), joinedload(Valuation.made_by))
    return db.session.scalars(rows.options(*together)).all()


def projects_of(bid: Bid) -> Sequence[Project]:
    rows = select(Project).where(Project.bid_id == bid.id).order_by(Project.position, Project.id)
    return db.session.scalars(rows.options(joinedload(Project.council, innerjoin=True))).all()


def project_to_value(bid: Bid, key: str) -> Project:
    """A project of this bid with the figures that its calculator begins from; not found for any other's."""
    rows = select(Project).where(Project.bid_id == bid.id, Project.key == key)
    tables = (Project.values, Project.funding, Project.outcomes)
    return found(rows.options(*(selectinload(table) for table in tables)))


def bid_to_value(person: Person, key: str, day: date) -> Bid:
    """A bid whose value for money `person` may read here."""
    return queries.found_bid(queries.bids_open_to(person, day), key, *queries.CHECKED)
