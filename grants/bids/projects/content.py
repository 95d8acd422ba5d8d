"""What a bid's projects say, in one plain structure, for the snapshot."""

from typing import Any

from grants.bids.models import Project, Site
from grants.bids.projects.parts import asks
from grants.funds.definition.types import ProjectPart


def project_content(project: Project, answers: list[dict[str, Any]]) -> dict[str, Any]:
    """Of a project loaded in full. A table that the round does not ask for is left empty."""
    return {
        "key": project.key,
        "title": project.title,
        "summary": project.summary,
        "council": {"code": project.council.code, "name": project.council.name},
        "sites": [_site(site) for site in _asked(project, ProjectPart.SITES)],
        "funding": [
            {"year": str(line.year), "stream": line.stream.value, "source": line.source.value, "pence": line.pence}
            for line in sorted(
                _asked(project, ProjectPart.FUNDING), key=lambda line: (line.year, line.stream, line.source)
            )
        ],
        **_outcomes(project),
        "milestones": [
            {"name": row.name, "due_on": row.due_on.isoformat()} for row in _asked(project, ProjectPart.MILESTONES)
        ],
        "risks": [
            {
                "what": risk.what,
                "likelihood": risk.likelihood,
                "impact": risk.impact,
                "proximity": risk.proximity.value,
                "response": risk.response,
                "owner": risk.owner,
            }
            for risk in _asked(project, ProjectPart.RISKS)
        ],
        "value": _value(project) if asks(project.bid.round, ProjectPart.VALUE) else None,
        "answers": answers,
    }


def _asked(project: Project, part: ProjectPart) -> list[Any]:
    return getattr(project, str(part)) if asks(project.bid.round, part) else []


def _site(site: Site) -> dict[str, Any]:
    return {
        "name": site.name,
        "address": site.address,
        "postcode": site.postcode,
        "uprn": site.uprn,
        "title_number": site.title_number,
        "hectares": None if site.hectares is None else f"{site.hectares:.2f}",
        "owner": site.owner,
        "brownfield": site.brownfield,
        "current_use": site.current_use,
        "constraints": site.constraints,
        "planning": site.planning.value,
        "easting": site.easting,
        "northing": site.northing,
    }


def _outcomes(project: Project) -> dict[str, Any]:
    """The promises in hundredths of their unit, and what each measure's promise stands on."""
    lines = sorted(_asked(project, ProjectPart.OUTCOMES), key=lambda line: (line.measure.position, line.year))
    bases = sorted(project.bases, key=lambda row: row.measure.position) if lines else []
    return {
        "outcomes": [
            {
                "measure": line.measure.code,
                "name": line.measure.name,
                "unit": line.measure.unit.value,
                "year": str(line.year),
                "hundredths": line.hundredths,
            }
            for line in lines
        ],
        "outcome_bases": [
            {
                "measure": row.measure.code,
                "name": row.measure.name,
                "unit": row.measure.unit.value,
                "baseline_hundredths": row.baseline_hundredths,
                "method": row.method,
                "evidence": row.evidence,
            }
            for row in bases
        ],
    }


def _value(project: Project) -> dict[str, Any]:
    """Costs and benefits in pence; optimism bias and additionality in hundredths of a percent."""
    return {
        "lines": [
            {"what": line.what.value, "year": str(line.year), "pence": line.pence}
            for line in sorted(project.values, key=lambda line: (line.what, line.year))
        ],
        "optimism_bias": project.optimism_bias,
        "additionality": project.additionality,
        "note": project.value_note,
    }
