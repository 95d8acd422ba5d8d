"""What may go wrong with a project."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from grants.bids.models import Project, Proximity, Risk
from grants.bids.projects.rows import check_version, made_before, tidied
from grants.bids.writing import begin_edit, end_edit
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.people.models import Person

MOST_RISKS = 50
LONGEST_OWNER = 120


def add_risk(project: Project, *, by: Person, at: datetime, form_token: str | None = None, **fields: Any) -> Risk:
    """One more risk; `fields` are those of `Risk`. The same form sent again finds the first one."""
    begin_edit(project.bid, at=at)
    made = made_before(Risk, form_token)
    if made is not None and made.project_id == project.id:
        return made
    if len(project.risks) >= MOST_RISKS:
        raise Refused(f"A project has at most {MOST_RISKS} risks.")
    risk = Risk(form_token=form_token, **_checked(fields))
    project.risks.append(risk)
    db.session.flush()
    end_edit(project.bid, "added_risk", by=by, at=at, what=f"{project.title}: {risk.what[:100]}")
    return risk


def edit_risk(risk: Risk, *, version_seen: int | None, by: Person, at: datetime, **fields: Any) -> None:
    """Overtaken where somebody changed the risk since `version_seen`."""
    project = risk.project
    begin_edit(project.bid, at=at)
    check_version(risk, version_seen, in_words(risk))
    for name, value in _checked(fields).items():
        setattr(risk, name, value)
    end_edit(project.bid, "edited_risk", by=by, at=at, what=f"{project.title}: {risk.what[:100]}")


def remove_risk(risk: Risk, *, by: Person, at: datetime) -> None:
    project, what = risk.project, risk.what
    begin_edit(project.bid, at=at)
    db.session.delete(risk)
    db.session.flush()
    db.session.expire(project, ["risks"])
    end_edit(project.bid, "removed_risk", by=by, at=at, what=f"{project.title}: {what[:100]}")


def in_words(risk: Risk) -> str:
    score = f"Likelihood {risk.likelihood}, impact {risk.impact}"
    return "\n".join(filter(None, (risk.what, score, risk.response, risk.owner)))


def _checked(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a risk, tidied. Refused with the first of its problems."""
    for problem in risk_problems(fields):
        raise problem
    kept = tidied(fields)
    kept["proximity"] = Proximity(kept.get("proximity") or Proximity.YEAR)
    return kept


def risk_problems(fields: Mapping[str, Any]) -> Iterator[Refused]:
    """All that is wrong with the fields of a risk."""
    try:
        kept = tidied(fields)
    except Refused as refusal:
        yield refusal
        return
    if not kept.get("what"):
        yield Refused("Say what may go wrong.", field="what")
    for name in ("likelihood", "impact"):
        if kept.get(name) not in range(1, 6):
            yield Refused(f"Choose the {name}, from 1 to 5.", field=name)
    if len(kept.get("owner") or "") > LONGEST_OWNER:
        yield Refused(f"Use at most {LONGEST_OWNER} characters.", field="owner")
