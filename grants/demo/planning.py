"""What the demo's councils say of a project's milestones, risks and value. All of it is invented."""

from datetime import datetime
from typing import Any

from grants.bids import operations as bids
from grants.bids.models import Project, Proximity, ValueKind
from grants.bids.projects.parts import asks, milestone_names
from grants.funds.definition.types import ProjectPart
from grants.people.models import Person

_RISKS: tuple[dict[str, Any], ...] = (
    {
        "what": "The ground is worse than the survey shows.",
        "likelihood": 3,
        "impact": 4,
        "proximity": Proximity.HALF_YEAR,
        "response": "A second survey before the works are let, and a tenth of the cost held back.",
        "owner": "Head of property",
    },
    {
        "what": "The sewer agreement comes late.",
        "likelihood": 4,
        "impact": 3,
        "proximity": Proximity.QUARTER,
        "response": "A named contact at the water company, and a meeting every fortnight.",
        "owner": "Project manager",
    },
    {
        "what": "Bats are found in the old depot.",
        "likelihood": 2,
        "impact": 2,
        "proximity": Proximity.MONTH,
        "response": "Surveyed in the summer; a licence is ready to be applied for.",
        "owner": "Ecology officer",
    },
)


def set_plans(project: Project, grant: int, *, by: Person, at: datetime) -> None:
    """As far as the round asks for them; `grant` is in pence, and what the value is made from."""
    round = project.bid.round
    if asks(round, ProjectPart.MILESTONES):
        names = milestone_names(round)
        last = round.final_date or round.last_year.last_day
        first = round.first_year.first_day
        step = (last - first) // (len(names) + 1)
        days = {name: first + step * place for place, name in enumerate(names, start=1)}
        bids.set_milestones(project, days, version_seen=None, by=by, at=at)
    if asks(round, ProjectPart.RISKS):
        for risk in _RISKS:
            bids.add_risk(project, by=by, at=at, **risk)
    if asks(round, ProjectPart.VALUE):
        _set_value(project, grant, by=by, at=at)


def _set_value(project: Project, grant: int, *, by: Person, at: datetime) -> None:
    round = project.bid.round
    lines = {
        (ValueKind.COST_CENTRAL, round.first_year): grant,
        (ValueKind.COST_COUNCIL, round.first_year): grant // 5,
        (ValueKind.BENEFIT_LAND, round.last_year): grant * 2,
        (ValueKind.BENEFIT_OTHER, round.last_year.next(2)): grant // 4,
    }
    note = "A quantity surveyor's estimate of the works, and the valuer's letter on the land."
    said: dict[str, Any] = {"optimism_bias": 15_00, "additionality": 80_00, "note": note}
    bids.set_values(project, lines, version_seen=None, by=by, at=at, **said)
