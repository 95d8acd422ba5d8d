"""The form of a set of assumptions: a line for each step, category and price index."""

from collections.abc import Callable
from typing import Any

from flask_wtf.file import FileField
from wtforms import RadioField
from wtforms.validators import ValidationError

from grants.funds.assuming import typed
from grants.funds.assuming.operations import Figures
from grants.funds.assuming.sets import SCOPE_WORDS
from grants.funds.assuming.value_for_money import CostScope
from grants.funds.models import AssumptionSet, Mark
from grants.kernel.forms import DateParts, Form, Line, Paragraphs, PercentField, choices

_MARKS = [
    (Mark.PUBLISHED, "Published: say where"),
    (Mark.DEFAULT, "Our own default"),
    (Mark.INFERRED, "Inferred, not confirmed"),
]
_HIGHEST_BIAS = 300_00


class Lines(Paragraphs):
    """Lines of figures; what they say is in `read` once they have been checked."""

    def __init__(self, label: str, reader: Callable[[str], Any], **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.reader, self.type = reader, "Paragraphs"
        self.read: Any = None

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        try:
            self.read = self.reader(self.data or "")
        except typed.Unreadable as fault:
            raise ValidationError(str(fault)) from None


class AssumptionsForm(Form):
    code = Line(
        "Code", longest=40, required="Enter a code.", description="A short name for good, like green-book-2026."
    )
    title = Line("Title", longest=160, required="Enter a title.")
    mark = RadioField("Where does it come from?", choices=choices(_MARKS), default=Mark.DEFAULT)
    source = Line("Source", longest=500, description="The paper or page it was published in, with its date.")
    steps = Lines(
        "Discount rates",
        typed.read_steps,
        description="Percent a year and the last year for which it holds, with | between. The last line has no year.",
    )
    labels = Lines(
        "Categories",
        typed.read_labels,
        description="The ratio of benefits to costs from which one holds, and its name, from the lowest up.",
    )
    below = Line("Category below the first", longest=40, required="Enter what is below the first category.")
    deflators = Lines(
        "Price indices",
        typed.read_deflators,
        description="A financial year and its index, like 2024/25 | 98.74. Leave it empty if you have none.",
    )
    file = FileField("Or a CSV file of price indices", description="A year and an index in each row.")
    released_on = DateParts("Price indices released on")
    cost_scope = RadioField("Costs that count", choices=choices(list(SCOPE_WORDS.items())), default=CostScope.PUBLIC)
    optimism_bias = PercentField("Optimism bias, in percent", description="Where a bid gives none of its own.")
    additionality = Lines(
        "Additionality",
        typed.read_additionality,
        description="For an outcome, like homes | 0 | 25 | 0 | 1: leakage, displacement and substitution in percent, "
        "and the multiplier.",
    )

    def validate_optimism_bias(self, field: Any) -> None:
        if field.data is not None and field.data > _HIGHEST_BIAS:
            raise ValidationError(f"Optimism bias must be {_HIGHEST_BIAS // 100} percent or less.")

    def validate_file(self, field: Any) -> None:
        """A file's indices stand in place of typed ones, of which there are none then."""
        if not field.data:
            return
        if (self.deflators.data or "").strip():
            raise ValidationError("Give the price indices typed or in a file, not both.")
        try:
            self.deflators.read = typed.read_deflators(
                typed.deflators_of_csv(field.data.stream.read(typed.MOST_BYTES + 1))
            )
        except typed.Unreadable as fault:
            raise ValidationError(str(fault)) from None

    @property
    def said(self) -> dict[str, Any]:
        """As the operation takes it."""
        same = {name: self[name].data for name in ("code", "title", "source", "released_on")}
        figures = Figures(
            steps=self.steps.read,
            labels=self.labels.read,
            below=self.below.data or "",
            deflators=self.deflators.read,
            cost_scope=self.cost_scope.data,
            optimism_bias=self.optimism_bias.data or 0,
            additionality=self.additionality.read,
        )
        return {**same, "mark": Mark(self.mark.data), "figures": figures}


def form_like(row: AssumptionSet) -> AssumptionsForm:
    """To begin from another set, whose code, title and source are its own."""
    return AssumptionsForm(
        data={
            "steps": typed.steps_typed(row.steps["steps"]),
            "labels": typed.labels_typed(row.labels["labels"]),
            "below": row.labels["below"],
            "deflators": typed.deflators_typed(row.deflators),
            "released_on": row.released_on,
            "cost_scope": row.cost_scope,
            "optimism_bias": row.optimism_bias,
            "additionality": typed.additionality_typed(row.additionality),
        }
    )
