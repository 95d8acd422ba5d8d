"""What is typed beside a file of place scores."""

from flask_wtf.file import FileField
from wtforms import SelectField
from wtforms.validators import InputRequired

from grants.kernel.forms import DateParts, Form, Line, Paragraphs


class PlaceListForm(Form):
    name = Line("Name of the list", longest=120, required="Enter the name of the list.")
    edition = Line(
        "Edition", longest=40, required="Enter the edition.", description="As its publisher calls it, like 2024 or 2."
    )
    source = Line(
        "Source", longest=500, required="Say where it was published.", description="The paper or page, with its date."
    )
    published_on = DateParts("Day on which it was published", description="Names of councils are read as at this day.")
    file = FileField("File")


class LaterEditionForm(Form):
    edition = SelectField("Which edition?", validators=[InputRequired("Choose an edition.")])
    reason = Paragraphs("Why?", required="Give a reason.", description="Kept for the record.")
