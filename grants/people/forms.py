"""Forms for signing in and for keeping people."""

from wtforms import PasswordField, SelectField
from wtforms.validators import Email, InputRequired, Length

from grants.kernel.forms import Form, Line, choices
from grants.people.roles import Role


class SignInForm(Form):
    email = Line("E-mail address", longest=254, required="Enter your e-mail address.")
    password = PasswordField("Password", [InputRequired("Enter your password."), Length(max=1000)])


class ResetForm(Form):
    email = Line(
        "E-mail address",
        longest=254,
        required="Enter your e-mail address.",
        validators=[Email("Enter an e-mail address like name@example.org.")],
    )


class PasswordForm(Form):
    password = PasswordField(
        "New password", [InputRequired("Enter a new password."), Length(max=1000)], description="12 characters or more."
    )


class PersonForm(Form):
    name = Line("Name", longest=120, required="Enter the person's name.")
    email = Line(
        "E-mail address",
        longest=254,
        required="Enter an e-mail address.",
        validators=[Email("Enter an e-mail address like name@example.org.")],
    )


class AppointmentForm(Form):
    role = SelectField(
        "Role",
        [InputRequired("Choose a role.")],
        choices=choices([(role.value, role.label) for role in Role], blank="Choose a role"),
    )
    council = Line(
        "Council",
        longest=120,
        description="Only for the roles of a council: its name. Councils’ own administrators give the others.",
    )
    reason = Line("Reason", required="Say why, for the record.")


class ReasonForm(Form):
    reason = Line("Reason", required="Say why, for the record.")


class PeopleFilter(Form):
    """What a list of people is narrowed by; read from the address, so nothing to protect."""

    class Meta:
        csrf = False

    search = Line("Name or e-mail address")
    role = SelectField(
        "Role", choices=choices([(role.value, role.label) for role in Role], blank="Any role"), validate_choice=False
    )
    state = SelectField(
        "Account", choices=choices([("active", "Active"), ("disabled", "Disabled")], blank="Any"), validate_choice=False
    )
