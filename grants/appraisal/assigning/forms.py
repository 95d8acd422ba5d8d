"""The forms of assigning."""

from wtforms import SelectField, SelectMultipleField
from wtforms.validators import InputRequired

from grants.appraisal.assigning.queries import BidFilter
from grants.appraisal.models import MOST_APPRAISERS
from grants.councils.models import REGIONS
from grants.kernel.forms import Form, Paragraphs, WholeNumber, choices

_NUMBERS = range(1, MOST_APPRAISERS + 1)


class ReasonForm(Form):
    reason = Paragraphs("Why?", required="Give a reason.")


class AssignForm(Form):
    person = SelectField("Appraiser", validators=[InputRequired("Choose an appraiser.")])
    bids = SelectMultipleField("Bids", validators=[InputRequired("Tick at least one bid.")])


class BidFilterForm(Form):
    class Meta:
        csrf = False

    fewer_than = SelectField(
        "Appraisers so far",
        choices=choices([(str(n), f"Fewer than {n}") for n in _NUMBERS], blank="Any number"),
        validate_choice=False,
    )
    region = SelectField(
        "Region of the lead council",
        choices=choices([(r, r) for r in REGIONS], blank="All regions"),
        validate_choice=False,
    )

    @property
    def wanted(self) -> BidFilter:
        """Anything else than what the form offers narrows nothing."""
        fewer_than = next((n for n in _NUMBERS if str(n) == self.fewer_than.data), None)
        return BidFilter(fewer_than, self.region.data if self.region.data in REGIONS else "")


class ProposalForm(Form):
    each = WholeNumber(
        "How many appraisers is each bid to have at least?",
        least=1,
        most=MOST_APPRAISERS,
        required="Say how many appraisers each bid is to have.",
        default=3,
        description=f"Between 1 and {MOST_APPRAISERS}. Whoever has a bid already counts, and keeps it.",
    )


class ShownForm(Form):
    class Meta:
        csrf = False

    show = SelectField(
        "Which bids",
        choices=choices([("short", "Too few appraisers"), ("left", "Something was left out")], blank="All"),
        validate_choice=False,
    )
