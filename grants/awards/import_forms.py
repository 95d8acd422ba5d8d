"""The form that sends a paper of awards in."""

from flask_wtf.file import FileField
from wtforms import SelectField
from wtforms.validators import StopValidation

from grants.awards.import_files import Wish
from grants.kernel.forms import DateParts, Form, Line, PenceField, choices


class ImportForm(Form):
    """Sending it twice does no harm: the same paper again changes nothing."""

    file = FileField("Paper of awards")
    round = Line(
        "Code of the round",
        longest=40,
        required="Enter the code of the round.",
        description="For example lrf-2017. One that does not exist is made, announced on the day of its awards.",
    )
    fund = SelectField("Fund, if the round is to be made", default="")
    control_total = PenceField("Control total", description="What all rows must come to. Nothing is loaded otherwise.")
    awarded_on = DateParts(
        "Day of the awards",
        description="The day from which they are public. Names of councils are read as at this day. Leave it empty for "
        "the day on which the round was announced.",
    )
    letter = SelectField(
        "Which paper of the file",
        default="",
        choices=choices([("A", "The first"), ("B", "The second")], blank="The one that fits the round"),
    )

    def offer(self, funds: list[tuple[str, str]]) -> None:
        self.fund.choices = choices(funds, blank="The one that the code of the round begins with")

    def validate_file(self, field: FileField) -> None:
        if not field.data:
            raise StopValidation("Choose a CSV, XLSX or TXT file.")

    @property
    def wish(self) -> Wish:
        return Wish(
            round_code=self.round.data or "",
            fund_code=self.fund.data or "",
            control_total=self.control_total.data,
            awarded_on=self.awarded_on.data,
            letter=self.letter.data or "",
        )
