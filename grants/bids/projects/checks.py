"""What the tables of a project still lack, as far as its round asks for them."""

from collections.abc import Callable, Iterator

from grants.bids.fault import Fault, Place
from grants.bids.models import FundingSource, Project
from grants.bids.projects.milestones import field_of, milestone_problems
from grants.bids.projects.parts import asks, milestone_names
from grants.bids.projects.value import BENEFITS, COSTS
from grants.funds.definition.types import ProjectPart
from grants.funds.models import Round, Stream

_P = ProjectPart


def table_faults(project: Project) -> list[Fault]:
    """In the order of the project's pages. A table that the round does not ask for has none."""
    round = project.bid.round
    return [fault for part, check in _CHECKS.items() if asks(round, part) for fault in check(round, project)]


def is_begun(project: Project) -> bool:
    """Whether anything stands in a table that the round asks for."""
    return any(has_rows(project, part) for part in ProjectPart if asks(project.bid.round, part))


def has_rows(project: Project, part: ProjectPart) -> bool:
    return bool(getattr(project, "values" if part is _P.VALUE else str(part)))


def streams_of(round: Round) -> set[Stream]:
    """What the round's grant may be spent on."""
    return {line.stream for line in round.budget} or {round.fund.stream}


def _fault(project: Project, sentence: str, place: Place, field: str = "") -> Fault:
    return Fault(f"{project.title}: {sentence}", place, project, None, field)


def _of_sites(round: Round, project: Project) -> Iterator[Fault]:
    if not project.sites:
        yield _fault(project, "add at least one site.", Place.SITES)


def _of_funding(round: Round, project: Project) -> Iterator[Fault]:
    if not project.ask:
        yield _fault(project, "say how much grant you ask for.", Place.FUNDING)
    if any(line.year not in round.years for line in project.funding):
        years = f"{round.first_year} to {round.last_year}"
        yield _fault(project, f"funding must lie in the years {years}.", Place.FUNDING)
    allowed = streams_of(round)
    for stream in sorted({line.stream for line in project.funding if line.source is FundingSource.GRANT} - allowed):
        only = " and ".join(sorted(allowed))
        yield _fault(project, f"this fund pays {only} only, so no {stream} grant.", Place.FUNDING)


def _of_outcomes(round: Round, project: Project) -> Iterator[Fault]:
    if round.measures and not project.outcomes:
        yield _fault(project, "say what outcomes you expect.", Place.OUTCOMES)
    if any(line.year < round.first_year for line in project.outcomes):
        yield _fault(project, f"outcomes cannot come before {round.first_year}.", Place.OUTCOMES)
    known = {basis.measure_id for basis in project.bases if basis.method and basis.evidence}
    for measure_id in sorted({line.measure_id for line in project.outcomes} - known):
        name = next((measure.name for measure in round.measures if measure.id == measure_id), "an outcome")
        sentence = f"say how “{name}” is counted, and what will prove it."
        yield _fault(project, sentence, Place.BASES, f"method_{measure_id}")


def _of_milestones(round: Round, project: Project) -> Iterator[Fault]:
    names = milestone_names(round)
    for sentence, name in milestone_problems(round, project):
        yield _fault(project, sentence, Place.MILESTONES, f"{field_of(names, name)}-day")


def _of_risks(round: Round, project: Project) -> Iterator[Fault]:
    if not project.risks:
        yield _fault(project, "say what may go wrong: add at least one risk.", Place.RISKS)
    for risk in project.risks:
        if not (risk.response and risk.owner):
            short = risk.what if len(risk.what) <= 60 else f"{risk.what[:59]}…"
            yield _fault(project, f"say what you do about “{short}”, and who sees to it.", Place.RISKS)


def _of_value(round: Round, project: Project) -> Iterator[Fault]:
    kinds = {line.what for line in project.values}
    if not kinds & set(COSTS) or not kinds & set(BENEFITS):
        yield _fault(project, "give the costs and the benefits by year.", Place.VALUE)
    if project.optimism_bias is None:
        yield _fault(project, "say what is added to the costs for optimism bias.", Place.VALUE, "optimism_bias")
    if project.additionality is None:
        yield _fault(project, "say how much of the benefit is additional.", Place.VALUE, "additionality")


_CHECKS: dict[ProjectPart, Callable[[Round, Project], Iterator[Fault]]] = {
    _P.SITES: _of_sites,
    _P.FUNDING: _of_funding,
    _P.OUTCOMES: _of_outcomes,
    _P.MILESTONES: _of_milestones,
    _P.RISKS: _of_risks,
    _P.VALUE: _of_value,
}
