"""Which of a project's tables a round asks for."""

import re

from grants.funds.definition.types import ProjectPart
from grants.funds.models import Round

_RELEASE = re.compile(r"\breleased?\b", re.IGNORECASE)


def asks(round: Round, part: ProjectPart | str) -> bool:
    """Whether projects have this table in this round: what is not asked for is neither shown nor checked."""
    if part == ProjectPart.MILESTONES and not milestone_names(round):
        return False
    return str(part) in round.project_parts.get("parts", [])


def milestone_names(round: Round) -> list[str]:
    """The steps a project is dated by, in the order in which they come."""
    return [str(name) for name in round.milestones.get("names", [])]


def release_of(names: list[str]) -> str:
    """The milestone that the round's final date is meant for: the first that speaks of a release; empty for none."""
    return next((name for name in names if _RELEASE.search(name)), "")
