"""What value for money is worked out with. A round pins its set of assumptions, so that an old one keeps its own."""

from datetime import date

from sqlalchemy import CheckConstraint, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from grants.funds.models.fund import Mark
from grants.kernel.db import Json, Keyed, Model


class AssumptionSet(Keyed, Model):
    """A discount schedule, deflators and category labels under one code. A change is a new set, never an edit."""

    __table_args__ = (CheckConstraint("optimism_bias >= 0", name="bias_not_negative"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[str] = mapped_column(String(160))
    source: Mapped[str] = mapped_column(Text, default="")
    mark: Mapped[Mark] = mapped_column(default=Mark.DEFAULT)
    released_on: Mapped[date | None]
    """Of the deflators, where there are any."""
    steps: Mapped[Json]
    """`{"steps": [["0.035", 30], ["0.03", 75], ["0.025", null]]}`: a yearly rate and its last year, if any (F3)."""
    labels: Mapped[Json]
    """`{"below": "Poor", "labels": [["1", "Acceptable"], ...]}`, each from its lower bound on (F7)."""
    deflators: Mapped[Json] = mapped_column(default=lambda: Json({}))
    """`{"2022": "100.000"}`: the price index by the calendar year in which a financial year starts (F4)."""
    cost_scope: Mapped[str] = mapped_column(String(40), default="public")
    """Whose costs stand below the line unless a valuation says otherwise (F6b)."""
    optimism_bias: Mapped[int] = mapped_column(default=0)
    """Hundredths of a per cent added to costs unless a valuation says otherwise: 1500 is 15%."""
    additionality: Mapped[Json] = mapped_column(default=lambda: Json({}))
    """`{"homes": {"leakage": "0", "displacement": "0.25", ...}}`: defaults by outcome measure (F9)."""
