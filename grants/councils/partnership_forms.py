"""Forms for keeping partnerships."""

from datetime import date

from wtforms import BooleanField, RadioField, SelectField
from wtforms.validators import AnyOf

from grants.councils.models import MembershipRole
from grants.councils.partnerships import PARTNER_KINDS
from grants.kernel.forms import DateParts, EditForm, Form, Line, Paragraphs, choices

_FROM = "From which day?"
_WHY = "Say why, for the record."
_COUNCIL_HINT = "Its official name, or its GSS code."


class AsAtForm(Form):
    """A GET form: the partnership as it was on a day."""

    class Meta:
        csrf = False

    as_at = DateParts("Show it as at", description="For example 22 3 2018.")

    def day(self, today: date) -> date:
        """The day asked for; today where none is, or where what was typed is no day."""
        return self.as_at.data if self.validate() and self.as_at.data else today


class NewPartnershipForm(Form):
    name = Line("Name of the partnership", longest=160, required="Give the partnership a name.")
    lead = Line("Lead council", longest=120, required="Enter the lead council.", description=_COUNCIL_HINT)
    members = Paragraphs(
        "Member councils",
        description="One name on each line. Name the lead too if it is a member: a combined authority may lead "
        "without being one.",
    )
    on = DateParts(_FROM, required="Enter the day from which it holds.")


class AddPlaceForm(EditForm):
    kind_of_place = RadioField(
        "Who joins?",
        [AnyOf(("member", "partner"), message="Choose who joins.")],
        choices=choices([("member", "A council, as a member"), ("partner", "A partner that is no council")]),
        validate_choice=False,
    )
    name = Line("Name", required="Enter the name.", description="Of a council its official name, or its GSS code.")
    starred = BooleanField("Print the member with a star")
    kind = SelectField(
        "What kind of body is the partner?",
        choices=choices([(kind, kind) for kind in PARTNER_KINDS], blank="Not a partner"),
        validate_choice=False,
    )
    on = DateParts(_FROM, required="Enter the day from which it holds.")
    reason = Paragraphs("Reason", required=_WHY)


class ChangeHolderForm(EditForm):
    role = RadioField(
        "What changes?",
        [AnyOf((MembershipRole.LEAD, MembershipRole.ACCOUNTABLE), message="Choose what changes.")],
        choices=choices(
            [
                (MembershipRole.LEAD, "The council that leads"),
                (MembershipRole.ACCOUNTABLE, "The council that receives the money, where that is not the lead"),
            ]
        ),
        validate_choice=False,
    )
    name = Line("Council", longest=120, required="Enter the council.", description=_COUNCIL_HINT)
    on = DateParts(_FROM, required="Enter the day from which it holds.")
    reason = Paragraphs("Reason", required=_WHY)


class EndPlaceForm(EditForm):
    until = DateParts("Last day", required="Enter the last day.")
    reason = Paragraphs("Reason", required=_WHY)


class StarForm(EditForm):
    on = DateParts(_FROM, required="Enter the day from which it holds.")
    reason = Paragraphs("Reason", required=_WHY)


class TakeBackForm(EditForm):
    reason = Paragraphs("Reason", required=_WHY)
