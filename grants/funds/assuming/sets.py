"""Sets of assumptions: the one that comes with the product, those in the table, and the exact numbers of each."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError

from grants.funds.assuming.value_for_money import (
    GREEN_BOOK_2022,
    Adjustments,
    Assumptions,
    CostScope,
    Label,
    Step,
)
from grants.funds.models import AssumptionSet, Mark, Round
from grants.kernel.db import Json, db

SHIPPED_CODE = GREEN_BOOK_2022.code
"""The set of a round that names none."""
ADJUSTMENTS = ("leakage", "displacement", "substitution", "multiplier")
SCOPE_WORDS = {
    CostScope.PUBLIC: "All public money: the grant and the council’s",
    CostScope.CENTRAL: "The grant alone; the council’s money is left out",
    CostScope.CENTRAL_NET: "The grant alone; the council’s money is taken off the benefits",
}


def shipped_set() -> AssumptionSet:
    """As it comes with the product; not in the table yet."""
    return AssumptionSet(
        code=SHIPPED_CODE,
        title=GREEN_BOOK_2022.title,
        source="The Green Book (2022), HM Treasury; the step to 2.5% and the bound of the highest category are ours.",
        mark=Mark.DEFAULT,
        steps=Json({"steps": [[_text(step.rate), step.until] for step in GREEN_BOOK_2022.steps]}),
        labels=Json(
            {
                "below": GREEN_BOOK_2022.below,
                "labels": [[_text(label.at_least), label.name] for label in GREEN_BOOK_2022.labels],
            }
        ),
        deflators=Json({}),
        cost_scope=CostScope.PUBLIC,
        optimism_bias=0,
        additionality=Json({}),
    )


def keep_shipped() -> AssumptionSet:
    """The shipped set as a row of the table, put there by whoever needs it first."""
    standing = set_named(SHIPPED_CODE)
    if standing is not None:
        return standing
    made = shipped_set()
    try:
        with db.session.begin_nested():
            db.session.add(made)
    except IntegrityError:  # somebody else was quicker by a moment
        return db.session.scalars(select(AssumptionSet).where(AssumptionSet.code == SHIPPED_CODE)).one()
    return made


def set_named(code: str) -> AssumptionSet | None:
    return db.session.scalar(select(AssumptionSet).where(AssumptionSet.code == code))


def set_to_pin(code: str) -> AssumptionSet | None:
    """The set that a round names; None for a code that no set has."""
    return keep_shipped() if code == SHIPPED_CODE else set_named(code)


def all_sets() -> Select[AssumptionSet]:
    return select(AssumptionSet).order_by(AssumptionSet.title, AssumptionSet.id)


def sets_offered() -> list[tuple[str, str]]:
    """(code, title) of every set a round may be given, the shipped one first."""
    rows = {row.code: row.title for row in db.session.scalars(all_sets())}
    return list(({SHIPPED_CODE: GREEN_BOOK_2022.title} | rows).items())


def set_of(round: Round) -> AssumptionSet:
    """What the round is worked out with, to be read; a round that names none has the shipped one."""
    return round.assumption_set or shipped_set()


def code_of(round: Round) -> str:
    return round.assumption_set.code if round.assumption_set else SHIPPED_CODE


def assumptions_of(row: AssumptionSet) -> Assumptions:
    """The schedule and labels of a set in exact numbers."""
    return Assumptions(
        code=row.code,
        title=row.title,
        steps=tuple(Step(Fraction(rate), until) for rate, until in row.steps["steps"]),
        labels=tuple(Label(Fraction(bound), name) for bound, name in row.labels["labels"]),
        below=row.labels["below"],
    )


def categories_of(row: AssumptionSet) -> list[str]:
    """From the lowest to the highest."""
    return [row.labels["below"], *(name for _, name in row.labels["labels"])]


def deflators_of(row: AssumptionSet) -> dict[int, Fraction]:
    """The price index by the calendar year in which a financial year starts (F4)."""
    return {int(year): Fraction(index) for year, index in row.deflators.items()}


def adjustments_for(row: AssumptionSet, names: Sequence[str]) -> Adjustments:
    """The defaults for an outcome known by any of these names, its measure's code say, or its heading (F9)."""
    said: Mapping[str, Any] = next((row.additionality[name] for name in names if name in row.additionality), {})
    return Adjustments(**{name: Fraction(said[name]) for name in ADJUSTMENTS if name in said})


def _text(number: Fraction) -> str:
    """`0.035`: of a fraction whose decimals end, which those of every set do."""
    return str(Decimal(number.numerator) / Decimal(number.denominator))
