"""What is typed into a return, and what is said of it."""

from typing import Any

from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField, RadioField
from wtforms.validators import InputRequired, Length

from grants.funds.models import OutcomeMeasure, Unit
from grants.kernel.errors import Refused
from grants.kernel.financial_year import FinancialYear, Quarter
from grants.kernel.forms import (
    CreateForm,
    EditForm,
    Form,
    HundredthsField,
    Line,
    Paragraphs,
    PenceField,
    Ticked,
    choices,
)
from grants.outcomes.checks import Reported
from grants.outcomes.grid import SPENT, Block, Grid, Row
from grants.outcomes.models import Return

_MONEY = (Unit.POUNDS, Unit.POUNDS_A_YEAR)


class StartForm(CreateForm):
    quarter = HiddenField(validators=[InputRequired("Say for which quarter."), Length(max=10)])

    @property
    def asked(self) -> Quarter:
        """From `2026-3`; Refused where a page was tampered with."""
        try:
            year, _, number = str(self.quarter.data).partition("-")
            return Quarter(FinancialYear(int(year)), int(number))
        except ValueError:
            raise Refused("There is no such quarter.") from None


class ReturnForm(EditForm):
    """The words of a return; `return_form` adds a box for each figure that may be typed."""

    progress = Paragraphs(
        "What has happened this quarter?", most_words=300, description="Say what moved, what did not, and why."
    )
    risks = Paragraphs(
        "What could stop the project, and what are you doing about it?",
        most_words=200,
        description="The three greatest risks are enough.",
    )
    correction = Paragraphs(
        "Why is less achieved than the last return said?", most_words=100, description="Only if a figure went down."
    )

    def box(self, part: str, block: Block, row: Row) -> Any:
        """The box for `actual` or `forecast`; None where none may be typed."""
        return self._fields.get(_name(part, block, row.year))

    def figures(self, grid: Grid) -> dict[tuple[OutcomeMeasure, FinancialYear], Reported]:
        return {
            (block.measure, row.year): self._reported(block, row)
            for block in grid.blocks
            if block.measure is not None
            for row in block.rows
        }

    def spending(self, grid: Grid) -> dict[FinancialYear, Reported]:
        spent = next(block for block in grid.blocks if block.key == SPENT)
        return {row.year: self._reported(spent, row) for row in spent.rows}

    def _reported(self, block: Block, row: Row) -> Reported:
        actual, forecast = (self.box(part, block, row) for part in ("actual", "forecast"))
        return Reported(actual.data if actual else None, forecast.data if forecast else None)


def return_form(progress_return: Return, grid: Grid) -> ReturnForm:
    """The form of one return, filled with what stands: achieved for years until now, expected from now on."""
    boxes: dict[str, Any] = {}
    for block in grid.blocks:
        for row in block.rows:
            if row.year <= progress_return.year:
                label = f"{block.title}, achieved so far in {row.year}"
                boxes[_name("actual", block, row.year)] = _field(block.unit, label, row.now.actual)
            if row.year >= progress_return.year:
                label = f"{block.title}, expected for the whole of {row.year}"
                boxes[_name("forecast", block, row.year)] = _field(block.unit, label, row.now.forecast)
    kind: Any = type("FilledReturnForm", (ReturnForm,), boxes)
    form: ReturnForm = kind(
        version=progress_return.version,
        progress=progress_return.progress,
        risks=progress_return.risks,
        correction=progress_return.correction,
    )
    return form


def _name(part: str, block: Block, year: FinancialYear) -> str:
    return f"{part}_{block.key}_{year.starts_in}"


def _field(unit: Unit, label: str, value: int | None) -> Any:
    if unit in _MONEY:
        return PenceField(label, default=value)
    return HundredthsField(label, decimals=unit not in (Unit.COUNT, Unit.YES_NO), default=value)


class EvidenceForm(CreateForm):
    file = FileField("Choose a file")
    description = Line("What does it show?", longest=200, description="For example, completion certificate, phase 1.")


class SignForm(EditForm):
    agreed = BooleanField(
        "I am the Section 151 officer and declare this for the council",
        validators=[Ticked("Tick the box to sign the return.")],
    )


class SendBackForm(Form):
    reason = Paragraphs("What is to be changed?", most_words=200, required="Say what is to be changed.")


class ReviewForm(EditForm):
    decision = RadioField(
        "What do you decide?",
        choices=choices([("validate", "Validate the return"), ("query", "Ask the council about it")]),
        validators=[InputRequired("Choose one.")],
    )
    text = Paragraphs(
        "What did you check, or what do you want to know?",
        most_words=300,
        required="Say what you checked, or what you want to know.",
        description="The council reads this.",
    )
