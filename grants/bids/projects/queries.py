"""Reading a bid's projects: all of them whole with a fixed number of queries, or one row of one."""

from sqlalchemy import select
from sqlalchemy.orm import attributes, joinedload, selectinload
from werkzeug.exceptions import NotFound

from grants.bids.models import Bid, Project, Risk
from grants.bids.projects.parts import asks
from grants.funds.definition.types import ProjectPart
from grants.kernel.db import db

_TABLES = {
    ProjectPart.SITES: (Project.sites,),
    ProjectPart.FUNDING: (Project.funding,),
    ProjectPart.OUTCOMES: (Project.outcomes,),
    ProjectPart.MILESTONES: (Project.milestones,),
    ProjectPart.RISKS: (Project.risks,),
    ProjectPart.VALUE: (Project.values,),
}


def load_projects(bid: Bid) -> None:
    """Put the bid's projects on it, fresh, each with the tables that the round asks for: one query for each table.

    What the outcomes stand on, at most a row for each measure, comes with the projects themselves.
    """
    tables = [table for part, tables in _TABLES.items() if asks(bid.round, part) for table in tables]
    wanted = (
        select(Project)
        .where(Project.bid_id == bid.id)
        .order_by(Project.position)
        .options(joinedload(Project.council, innerjoin=True), *(selectinload(table) for table in tables))
        .options(*([joinedload(Project.bases)] if asks(bid.round, ProjectPart.OUTCOMES) else []))
        .execution_options(populate_existing=True)
    )
    projects = list(db.session.scalars(wanted).unique())
    attributes.set_committed_value(bid, "projects", projects)
    for project in projects:
        attributes.set_committed_value(project, "bid", bid)


def risk_of(project: Project, key: str) -> Risk:
    """A risk of this project; NotFound for any other's."""
    risk = db.session.scalar(select(Risk).where(Risk.project_id == project.id, Risk.key == key))
    if risk is None:
        raise NotFound
    return risk
