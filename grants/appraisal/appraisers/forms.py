"""The forms of profiles, interests and conflicts."""

from wtforms import BooleanField, RadioField, SelectField, SelectMultipleField
from wtforms.validators import InputRequired

from grants.appraisal.appraisers.declaring import Declared, Profile
from grants.appraisal.appraisers.grounds import GroundKind
from grants.appraisal.appraisers.skills import SKILLS
from grants.appraisal.appraisers.wording import GROUNDS
from grants.appraisal.models import AppraiserProfile, InterestKind
from grants.councils.models import REGIONS
from grants.councils.queries import council_named
from grants.kernel import clock
from grants.kernel.forms import DateParts, EditForm, Form, Line, Paragraphs, Ticked, WholeNumber, choices


class ProfileForm(EditForm):
    skills = SelectMultipleField("What do you know well?", choices=choices(list(SKILLS.items())))
    regions = SelectMultipleField("Which regions do you know well?", choices=choices([(r, r) for r in REGIONS]))
    most_bids = WholeNumber(
        "How many bids can you take on in one round, at most?",
        least=0,
        most=999,
        description="Leave this empty for no limit of your own.",
    )

    def show(self, profile: AppraiserProfile | None) -> None:
        self.version.data = str(profile.version if profile else 0)
        if profile:
            self.skills.data, self.regions.data = profile.skills["skills"], profile.regions["regions"]
            self.most_bids.data = profile.most_bids

    @property
    def wanted(self) -> Profile:
        skills, regions = self.skills.data or [], self.regions.data or []
        return Profile(skills, regions, self.most_bids.data, self.version_seen)


class InterestForm(Form):
    kind = RadioField(
        "What is the tie?",
        validators=[InputRequired("Say what the tie is.")],
    )
    council = Line("Council", longest=120, description="Its official name, or its GSS code. Past councils count too.")
    body = Line(
        "Or another body",
        description="A company, an NHS trust, a housing association: its name in full.",
    )
    from_on = DateParts("Since when?", description="Any day near it will do. Leave it empty if you do not know.")
    until_on = DateParts("Until when?", description="Leave it empty if it goes on.")
    note = Paragraphs("Anything to add?", most_words=200, description="The programme team reads this.")

    @property
    def told(self) -> Declared:
        """Refused where the council is not surely one of the register."""
        typed = self.council.data or ""
        council = council_named(typed, self.until_on.data or clock.today()) if typed else None
        return Declared(
            InterestKind(self.kind.data), council, self.body.data or "", self.note.data or "",
            self.from_on.data, self.until_on.data,
        )  # fmt: skip


class EndInterestForm(Form):
    until_on = DateParts("What was, or will be, the last day?", required="Enter the last day.")


class YearForm(Form):
    complete = BooleanField(
        "The interests on this page are complete and right",
        validators=[Ticked("Tick the box if the interests are complete.")],
    )


CONFIRM, CLEAR = "confirm", "clear"


class SettleConflictForm(Form):
    answer = RadioField(
        "Is it a conflict of interest?",
        choices=choices([(CONFIRM, "Yes: close the bid to this person"), (CLEAR, "No: this person may judge the bid")]),
        validators=[InputRequired("Say whether it is a conflict of interest.")],
    )
    reason = Paragraphs("Why?", required="Give a reason.", description="Kept for the record.")


class LookAgainForm(Form):
    found = Paragraphs("What did you find?", required="Say what you found.", description="Kept for the record.")


class KnownConflictForm(Form):
    """Which person and bid a conflict is between that no record shows."""

    class Meta:
        csrf = False

    person = SelectField(
        "Person",
        description="Anybody who has or had a role in the programme.",
        validators=[InputRequired("Choose a person.")],
    )
    reference = Line("Reference of the bid", longest=60, required="Enter the reference of the bid.")


class AppraiserFilterForm(Form):
    class Meta:
        csrf = False

    words = Line("Name")
    show = SelectField(
        "Show",
        choices=choices(
            [("lapsed", "Declaration lapsed"), ("overdue", "Waiting for more than 14 days")], blank="All appraisers"
        ),
        validate_choice=False,
    )


class ConflictFilterForm(Form):
    class Meta:
        csrf = False

    words = Line("Name or bid")
    kind = SelectField(
        "Ground",
        choices=choices([(kind.value, GROUNDS[kind]) for kind in GroundKind], blank="Any ground"),
        validate_choice=False,
    )
    given = SelectField(
        "Given", choices=choices([("yes", "Bids with the person now")], blank="All bids"), validate_choice=False
    )


class ReassignForm(Form):
    person = SelectField("To whom?", validators=[InputRequired("Choose an appraiser.")])
    reason = Paragraphs("Why?", required="Give a reason.")
