"""Forms for finding councils and for settling names."""

from wtforms import RadioField, SelectField
from wtforms.validators import AnyOf

from grants.councils.models import REGIONS, CouncilKind
from grants.kernel.forms import EditForm, Form, Line, Paragraphs, choices, enum_choices


class CouncilFilter(Form):
    """What the list of councils is narrowed by; read from the address, so nothing to protect."""

    class Meta:
        csrf = False

    search = Line("Name or code")
    kind = SelectField("Kind", choices=enum_choices(CouncilKind, blank="Any kind"), validate_choice=False)
    region = SelectField(
        "Region", choices=choices([(r, r) for r in REGIONS], blank="Any region"), validate_choice=False
    )
    being = SelectField(
        "In being", choices=choices([("yes", "Today"), ("no", "No longer")], blank="Ever"), validate_choice=False
    )


class PartnershipFilter(Form):
    class Meta:
        csrf = False

    search = Line("Name of a partnership or council")


class SettleForm(EditForm):
    """One council, two for a joint name, or nobody."""

    answer = RadioField(
        "What does this name mean?",
        [AnyOf(("one", "two", "none"), message="Choose what this name means.")],
        choices=choices(
            [("one", "One council"), ("two", "Two councils together"), ("none", "No council: it is another body")]
        ),
        validate_choice=False,
    )
    council = Line("Council", longest=120, description="Its official name on that day, or its GSS code.")
    second = Line("Second council", longest=120, description="Only for a joint name.")
    reason = Paragraphs("How do you know?", required="Say how you know, for the record.")
