"""The forms of assigning."""

from wtforms import SelectField, SelectMultipleField
from wtforms.validators import InputRequired

from grants.kernel.forms import Form, Paragraphs


class ReasonForm(Form):
    reason = Paragraphs("Why?", required="Give a reason.")


class AssignForm(Form):
    person = SelectField("Appraiser", validators=[InputRequired("Choose an appraiser.")])
    bids = SelectMultipleField("Bids", validators=[InputRequired("Tick at least one bid.")])
