"""Loading a set of assumptions. One that is there never changes: a correction is a set with a code of its own."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from grants import audit
from grants.funds.assuming.sets import SHIPPED_CODE, set_named
from grants.funds.models import AssumptionSet, Mark
from grants.kernel.db import Json, db
from grants.kernel.errors import Refused
from grants.people.models import Person

_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)


@dataclass(frozen=True)
class Figures:
    """The numbers of a set, as `grants.funds.models.AssumptionSet` keeps them."""

    steps: list[list[Any]]
    labels: list[list[str]]
    below: str
    deflators: dict[str, str]
    cost_scope: str
    optimism_bias: int
    additionality: dict[str, dict[str, str]]


def load(
    *, code: str, title: str, source: str, mark: Mark, released_on: date | None, figures: Figures, by: Person
) -> AssumptionSet:
    """A new set. Refused: a code that is taken, price indices without the day they were released."""
    if not _CODE.fullmatch(code) or len(code) > 40 or code == "new":
        raise Refused("Use small letters, figures and single hyphens for the code, 40 at most.", field="code")
    if code == SHIPPED_CODE or set_named(code):
        raise Refused(
            "There are assumptions with this code already. Choose another: a set never changes.", field="code"
        )
    if mark is Mark.PUBLISHED and not source:
        raise Refused("Say where it was published.", field="source")
    if figures.deflators and released_on is None:
        raise Refused("Say on which day the price indices were released.", field="released_on")
    if figures.below in (name for _, name in figures.labels):
        raise Refused("This category is there already.", field="below")
    made = AssumptionSet(
        code=code, title=title, source=source, mark=mark, released_on=released_on if figures.deflators else None,
        steps=Json({"steps": figures.steps}), labels=Json({"below": figures.below, "labels": figures.labels}),
        deflators=Json(figures.deflators), cost_scope=figures.cost_scope, optimism_bias=figures.optimism_bias,
        additionality=Json(figures.additionality),
    )  # fmt: skip
    db.session.add(made)
    audit.record(made, "loaded", by=by, code=code, title=title, source=source)
    return made
