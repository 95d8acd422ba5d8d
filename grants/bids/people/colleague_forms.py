"""Forms for inviting colleagues and for keeping the people of a council."""

from wtforms import BooleanField, PasswordField, RadioField, SelectField
from wtforms.validators import Email, InputRequired, Length

from grants.bids.models import BidRole
from grants.bids.people.inviting import BY_COUNCIL
from grants.kernel.forms import Form, Line, Paragraphs, choices

_WHY = "Say why, for the record."
PARTS = {BidRole.AUTHOR: "To write this bid", BidRole.READER: "To read this bid"}


class _Address:
    email = Line(
        "E-mail address",
        longest=254,
        required="Enter an e-mail address.",
        validators=[Email("Enter an e-mail address like name@example.org.")],
    )
    sure = BooleanField("The address is right, though nobody of the council has one like it")


class InviteToBidForm(_Address, Form):
    council = SelectField("For which council does this person act?", validate_choice=False)
    part = RadioField(
        "What is the invitation for?",
        [InputRequired("Choose what the invitation is for.")],
        validate_choice=False,
    )

    def offer(self, councils: list[tuple[str, str]], *, roles: bool) -> None:
        """Fill the lists; roles for a whole council are offered to those who may give them."""
        self.council.choices = choices(councils)
        whole = [(role.value, f"{role.label} of the council, for all its bids") for role in BY_COUNCIL]
        self.part.choices = choices([(r.value, words) for r, words in PARTS.items()] + (whole if roles else []))


class InviteToCouncilForm(_Address, Form):
    role = SelectField(
        "Role",
        [InputRequired("Choose a role.")],
        choices=choices([(role.value, role.label) for role in BY_COUNCIL], blank="Choose a role"),
        validate_choice=False,
    )


class AcceptForm(Form):
    """For somebody who has signed in: nothing but the button."""


class JoinForm(Form):
    name = Line("Your name", longest=120, required="Enter your name.")
    password = PasswordField(
        "Choose a password",
        [InputRequired("Choose a password."), Length(max=1000)],
        description="12 characters or more. Three words that do not belong together make a good one.",
    )


class GiveRoleForm(Form):
    role = SelectField(
        "Role",
        [InputRequired("Choose a role.")],
        choices=choices([(role.value, role.label) for role in BY_COUNCIL], blank="Choose a role"),
        validate_choice=False,
    )
    reason = Paragraphs("Reason", required=_WHY)


class WhyForm(Form):
    reason = Paragraphs("Reason", required=_WHY)


class HandOverForm(Form):
    to = SelectField("Who takes it over?", validate_choice=False)
    leaves = BooleanField("All roles of this person for the council end now as well", default=True)
    reason = Paragraphs("Reason", required=_WHY)
