"""Forms of a bid whose fields are known beforehand. Those made of a round's rows are in answer_forms and grid_forms."""

from typing import Any

from wtforms import BooleanField, HiddenField, RadioField, SelectField

from grants.bids.models import BidStatus, PlanningStatus
from grants.kernel.forms import (
    CreateForm,
    EditForm,
    Form,
    HundredthsField,
    Line,
    Paragraphs,
    Ticked,
    WholeNumber,
    choices,
)

_STATUSES = (
    BidStatus.DRAFT,
    BidStatus.SIGN_OFF,
    BidStatus.SIGNED,
    BidStatus.SUBMITTED,
    BidStatus.SUCCESSFUL,
    BidStatus.RESERVE,
    BidStatus.UNSUCCESSFUL,
    BidStatus.WITHDRAWN,
    BidStatus.INVITED,
    BidStatus.DECLINED,
)
PLANNING = {
    PlanningStatus.NONE: "No permission yet",
    PlanningStatus.PRE_APPLICATION: "Advice sought before applying",
    PlanningStatus.OUTLINE: "Outline permission",
    PlanningStatus.RESERVED_MATTERS: "Reserved matters approved",
    PlanningStatus.FULL: "Full permission",
}


class FilterForm(Form):
    """What a list of bids is narrowed to; sent by GET, so without a token."""

    class Meta:
        csrf = False

    round = SelectField("Round", validate_choice=False)
    status = SelectField("Status", validate_choice=False)
    council = Line("Lead council")
    words = Line("Title or reference")

    def offer(self, rounds: list[tuple[str, str]], *, all_statuses: bool) -> None:
        """Fill the lists to choose from; a council is offered no status that it must not know."""
        statuses = list(BidStatus) if all_statuses else list(_STATUSES)
        self.round.choices = choices(rounds, blank="All rounds")
        self.status.choices = choices(
            [(s.value, STATUS_WORDS.get(s, s.value.capitalize())) for s in statuses], blank="Any"
        )


STATUS_WORDS = {BidStatus.SIGN_OFF: "With the Section 151 officer", BidStatus.APPRAISAL: "In appraisal"}


class _ProjectFields:
    title = Line("Title of the project", longest=160, required="Give the project a title.")
    council = SelectField("Council that leads the project", validate_choice=False)
    summary = Paragraphs(
        "The project in one sentence", most_words=50, description="Fit to be published, in at most 50 words."
    )


class NewProjectForm(_ProjectFields, CreateForm):
    pass


class ProjectForm(_ProjectFields, EditForm):
    pass


SITE_FIELDS = (
    *("name", "address", "postcode", "uprn", "title_number", "easting", "northing", "owner", "current_use"),
    *("planning", "constraints"),
)
"""Fields of a site that hold what its column holds; hectares and brownfield are typed otherwise."""


class _SiteFields:
    name = Line("Name of the site", longest=160, required="Give the site a name.")
    address = Line("Address")
    postcode = Line("Postcode", longest=10)
    uprn = Line("UPRN", longest=12, description="The property's unique reference number, up to twelve digits.")
    hectares = HundredthsField("Area in hectares", description="For example, 1.25.")
    title_number = Line("Title number", longest=20, description="At the Land Registry, for example DN123456.")
    easting = WholeNumber("Easting", least=0, most=9_999_999, description="Metres of the National Grid, six figures.")
    northing = WholeNumber("Northing", least=0, most=9_999_999, description="Metres of the National Grid, six figures.")
    owner = Line("Who owns it?")
    current_use = Line("What is it used for now?")
    brownfield = RadioField(
        "Is it brownfield land?", choices=choices([("yes", "Yes"), ("no", "No"), ("", "Not known")]), default=""
    )
    planning = SelectField("Planning permission", choices=choices([(s.value, words) for s, words in PLANNING.items()]))
    constraints = Paragraphs(
        "What stands in the way of using it?", description="Covenants, rights of way, flooding, listed buildings, say."
    )

    def fields(self) -> dict[str, Any]:
        """As the operations take them."""
        typed = {name: getattr(self, name).data for name in SITE_FIELDS}
        area = self.hectares.data
        known = {"yes": True, "no": False}
        return {
            **typed,
            "hectares": None if area is None else area / 100,
            "brownfield": known.get(self.brownfield.data),
        }


class NewSiteForm(_SiteFields, CreateForm):
    pass


class SiteForm(_SiteFields, EditForm):
    pass


class ReasonForm(Form):
    reason = Paragraphs("Reason", required="Say why.")


class SendBackForm(Form):
    reason = Paragraphs("What has to change?", required="Say what has to change.")


class ConfirmForm(Form):
    """Nothing but the button."""


def sign_form(statements: list[str]) -> Form:
    """One box for each declaration, each of which must be ticked, and the hash of what was read."""
    boxes: dict[str, Any] = {
        f"statement_{number}": BooleanField(statement, [Ticked(f"Tick to agree: {statement}")])
        for number, statement in enumerate(statements, start=1)
    }
    made: Form = type("SignForm", (Form,), {**boxes, "content_seen": HiddenField()})()
    return made
