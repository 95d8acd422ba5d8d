"""The form of a bid's title and of who is in it."""

from wtforms import SelectField, SelectMultipleField

from grants.kernel.forms import CreateForm, Line, Paragraphs, SeenField


class CouncilsForm(CreateForm):
    """Title and councils of a bid, new or not."""

    title = Line("Title of the bid", longest=160, required="Give the bid a title.")
    lead = SelectField("Lead council", description="It bids and answers for the bid.", validate_choice=False)
    members = SelectMultipleField("Members of the partnership that take part", validate_choice=False)
    more = Paragraphs(
        "Other councils that take part", description="One name on each line, as the council is officially called."
    )
    accountable = Line(
        "Council that receives the money",
        longest=120,
        description="Only where that is not the lead council. It must be one of the councils above.",
    )
    partners = Paragraphs(
        "Partners that are not councils",
        description="One on each line. You can say what kind of body it is after a semicolon: Anyshire Trust; NHS body",
    )
    seen = SeenField()
