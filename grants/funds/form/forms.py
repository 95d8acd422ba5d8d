"""Forms for the pieces of a definition. Fields have the names of the definition; `a__b` is the name b within a."""

from typing import Any, ClassVar, cast

from wtforms import BooleanField, RadioField, SelectField

from grants.funds.assuming.sets import SHIPPED_CODE
from grants.funds.definition.fields import Days, Decimals, Lines, PlaceListChoice, Pounds, Ticks
from grants.funds.definition.questions import FILE_KINDS
from grants.funds.definition.types import ProjectPart, TargetScope
from grants.funds.form.editing import Faulty, settings_of
from grants.funds.form.pieces import Definition, digest
from grants.funds.models import Asked, Heading, Invitation, LateBids, Mark, ReturnEvery, RoundMode, Unit
from grants.kernel.errors import Refused
from grants.kernel.forms import DateParts, Form, Line, Paragraphs, SeenField, WholeNumber, choices, enum_choices

_APART = "__"
MARKS = [
    (Mark.PUBLISHED, "Published: say where"),
    (Mark.DEFAULT, "Our own default"),
    (Mark.INFERRED, "Inferred, not confirmed"),
]
FILE_CHOICES = [(kind, kind) for kind in FILE_KINDS]


def mark_field(label: str = "Where does it come from?") -> Any:
    return RadioField(label, choices=choices(MARKS), default=Mark.DEFAULT)


def source_field() -> Line:
    return Line("Source", longest=500, description="The paper or page it was published in, with its date.")


class DefinitionForm(Form):
    """A piece as it stood when the page was opened is told by its digest in `seen`."""

    seen = SeenField()
    defaults: ClassVar[dict[str, Any]] = {}
    """Values that the definition leaves out."""

    def show(self, piece: dict[str, Any]) -> None:
        """Fill the form with what stands."""
        standing = {**self.defaults, **_flat(piece, set(self._fields))}
        for name, field in self._fields.items():
            if standing.get(name) is not None:
                value = standing[name]
                field.process(None, field.take(value) if hasattr(field, "take") else value)

    def piece(self, standing: dict[str, Any]) -> dict[str, Any]:
        """What was typed, over what stands there of which the page knows nothing."""
        said: dict[str, Any] = {}
        for name, field in self._fields.items():
            if name in ("csrf_token", "seen"):
                continue
            value = field.give() if hasattr(field, "give") and field.data not in (None, "") else field.data
            kept = None if value in (None, "", [], {}) or self.defaults.get(name) == value else value
            _put(said, name.split(_APART), kept)
        return {**{name: value for name, value in standing.items() if name not in said}, **_given(said)}

    def refuse(self, refusal: Refused) -> None:
        if not isinstance(refusal, Faulty):
            super().refuse(refusal)
            return
        for path, sentence in refusal.faults:
            field = self._field_of(path)
            if field is None:
                self.form_errors.append(f"{path}: {sentence}" if path else sentence)
            else:
                field.errors = [*field.errors, f"{field.label.text}: {sentence}"]

    def _field_of(self, path: str) -> Any:
        """The field of a fault's path, or the first that begins with it."""
        name = path.replace(".", _APART).replace("[", _APART).replace("]", "")
        beginning = (one for field, one in self._fields.items() if field.startswith(f"{name}{_APART}"))
        return self._fields.get(name) or (next(beginning, None) if name else None)


class SettingsForm(DefinitionForm):
    """Names at the top of a definition; those in `names` belong to the form."""

    title: ClassVar[str]
    names: ClassVar[tuple[str, ...]]

    def values(self, definition: Definition) -> dict[str, Any]:
        standing = {name: value for name, value in settings_of(definition, self.names).items() if value is not None}
        said = self.piece(standing)
        return {name: said.get(name) for name in self.names}

    def show_settings(self, definition: Definition) -> None:
        standing = settings_of(definition, self.names)
        self.show({name: value for name, value in standing.items() if value is not None})
        self.seen.data = digest(standing)


def _flat(piece: dict[str, Any], known: set[str], before: str = "") -> dict[str, Any]:
    """Names within names written as `a__b`, lists as `a__1__b`, as far as the form asks for them so."""
    found: dict[str, Any] = {}
    for key, value in piece.items():
        name = f"{before}{key}"
        if name not in known and isinstance(value, dict):
            found |= _flat(cast(dict[str, Any], value), known, f"{name}{_APART}")
        elif name not in known and isinstance(value, list):
            numbered = {str(number): item for number, item in enumerate(value, start=1) if isinstance(item, dict)}
            found |= _flat(numbered, known, f"{name}{_APART}")
        else:
            found[name] = value
    return found


def _put(said: dict[str, Any], steps: list[str], value: Any) -> None:
    for step in steps[:-1]:
        said = said.setdefault(step, {})
    said[steps[-1]] = value


def _given(said: dict[str, Any]) -> dict[str, Any]:
    """Without what was said to be empty, at any depth."""
    cleaned = {name: _given(value) if isinstance(value, dict) else value for name, value in said.items()}
    return {name: value for name, value in cleaned.items() if value not in (None, {})}


class SectionEditForm(DefinitionForm):
    defaults: ClassVar[dict[str, Any]] = {"per": "bid"}
    title = Line("Title", longest=120, required="Enter a title.")
    intro = Paragraphs("What is said below the title")
    per = RadioField(
        "What are its questions asked of?",
        choices=choices([(Asked.BID, "The bid as a whole"), (Asked.PROJECT, "Each project of the bid")]),
        default=Asked.BID,
    )


class GateForm(DefinitionForm):
    defaults: ClassVar[dict[str, Any]] = {"passes_with": "yes"}
    code = Line("Code", longest=10, required="Enter a code.", description="A short name that officers use, like E1.")
    text = Paragraphs("What must be so", required="Say what must be so.", description="A sentence about the bid.")
    asks = Line(
        "Question to an applicant",
        description="Yes or no, for those who want to know before they start. It may stay empty.",
    )
    passes_with = RadioField("Which answer passes?", choices=choices([("yes", "Yes"), ("no", "No")]), default="yes")
    value_at_least = Line(
        "Least category of value for money",
        longest=40,
        description="Only where the gate is about that: one of the round’s assumptions, like Acceptable.",
    )
    mark = mark_field()
    source = source_field()


class CriterionForm(DefinitionForm):
    defaults: ClassVar[dict[str, Any]] = {"critical": False, "looked_up": False, "bands_mark": "D"}
    name = Line("Name", longest=120, required="Enter a name.")
    weight = WholeNumber("Weight out of 100", least=1, most=100, required="Enter a weight.")
    critical = BooleanField("Critical: a low mark here means that the bid is not recommended")
    parts = Lines(
        "Parts that are marked on their own",
        description="Two to four, one a line, or none. The mark is their mean, so the weight stays as it is.",
    )
    looked_up = BooleanField("The mark is looked up in a published list, and appraisers do not give it")
    place_list = PlaceListChoice(
        "Which list and edition?",
        description="Needed before the round opens where the mark is looked up. Lists are added under Place scores.",
    )
    mark = mark_field("Where does the weight come from?")
    source = source_field()
    bands__5 = Paragraphs("What a bid marked 5 has")
    bands__4 = Paragraphs("What a bid marked 4 has")
    bands__3 = Paragraphs("What a bid marked 3 has")
    bands__2 = Paragraphs("What a bid marked 2 has")
    bands__1 = Paragraphs("What a bid marked 1 has")
    bands__0 = Paragraphs("What a bid marked 0 has")
    bands_mark = mark_field("Where do these words come from?")

    def piece(self, standing: dict[str, Any]) -> dict[str, Any]:
        said = super().piece(standing)
        bands = {int(mark): words for mark, words in said.get("bands", {}).items()}
        return {**said, "bands": bands}


class MeasureForm(DefinitionForm):
    defaults: ClassVar[dict[str, Any]] = {"headline": False, "factor": 1, "target_scope": "round"}
    name = Line("Name", longest=120, required="Enter a name.")
    unit = SelectField("Unit", choices=enum_choices(Unit))
    heading = SelectField("Heading on the programme page", choices=enum_choices(Heading))
    headline = BooleanField("It stands for its heading on the programme page")
    factor = Decimals("What one of it counts for", description="1, or for example 0.25 where four make a home.")
    target = WholeNumber("Stated target", least=0, most=10**12)
    target_scope = RadioField(
        "Whose target is it?",
        choices=choices([(TargetScope.ROUND, "This round’s"), (TargetScope.PROGRAMME, "The whole programme’s")]),
        default=TargetScope.ROUND,
    )
    mark = mark_field("Where does the target come from?")
    source = source_field()


class AboutForm(SettingsForm):
    title = "Name, summary and kind of round"
    names = ("name", "summary", "mode")
    name = Line("Name", longest=120, required="Enter a name for the round.")
    summary = Paragraphs("Summary", most_words=150, required="Say what the money is for.")
    mode = RadioField(
        "How do bids come in?",
        choices=choices(
            [
                (RoundMode.WINDOW, "Until a closing time that holds for all"),
                (RoundMode.ROLLING, "At any time, until the money is gone"),
                (RoundMode.DIRECT, "Awarded without competition"),
            ]
        ),
    )


class YearsForm(SettingsForm):
    title = "Financial years"
    names = ("years",)
    years = Days(
        "Years in which they begin",
        description="With commas between: 2027, 2028 for 2027/28 and 2028/29. Money stands in these years only.",
    )


class FinalDateForm(SettingsForm):
    title = "Final date"
    names = ("final_date",)
    final_date__day = DateParts("Final date", description="Leave it empty where there is none.")
    final_date__what = Line("What must have happened by then?", description="For example, land released for housing.")
    final_date__mark = mark_field()
    final_date__source = source_field()

    def values(self, definition: Definition) -> dict[str, Any]:
        return super().values(definition) if self.final_date__day.data else {"final_date": None}


class HandingInForm(SettingsForm):
    title = "Reminders and late bids"
    names = ("grace_seconds", "late_bids", "board_minute", "reminders")
    defaults: ClassVar[dict[str, Any]] = {
        "grace_seconds": 120,
        "late_bids": "refused",
        "board_minute": False,
        "reminders__working_days": [10, 5, 1],
    }
    reminders__working_days = Days(
        "Remind those who have not submitted", description="Working days before closing, with commas between."
    )
    grace_seconds = WholeNumber(
        "Seconds after closing in which a save still arrives",
        least=0,
        most=900,
        required="Enter a number of seconds; 0 is none.",
        description="Only from a page opened before closing. Such a save is kept, marked late and never submitted.",
    )
    late_bids = RadioField(
        "What happens to a bid that comes after closing?",
        choices=choices([(LateBids.REFUSED, "Refused"), (LateBids.KEPT, "Kept for the next assessment point")]),
    )
    board_minute = BooleanField("The partnership board’s minute is asked for before a bid is signed")


class StagesForm(SettingsForm):
    title = "Expressions of interest"
    names = ("expression_of_interest", "follows", "invitation")
    defaults: ClassVar[dict[str, Any]] = {"expression_of_interest": False, "invitation": "nobody"}
    expression_of_interest = BooleanField("This round takes expressions of interest; it awards no money")
    follows = SelectField("Which expression of interest comes before it?", validate_choice=False)
    invitation = RadioField(
        "Who must have been invited?",
        choices=choices(
            [
                (Invitation.NOBODY, "Nobody: anyone may bid"),
                (Invitation.NEWCOMERS, "Those who have never been awarded money by this fund"),
                (Invitation.EVERYONE, "Everyone"),
            ]
        ),
        default=Invitation.NOBODY,
    )


class ExclusionsForm(SettingsForm):
    title = "Councils that cannot lead a bid"
    names = ("exclusions",)
    exclusions__councils = Lines("Codes of the councils", description="One a line, like E08000003.")
    exclusions__why = Line("Why?", longest=300, description="One sentence that an applicant reads.")
    exclusions__mark = mark_field()
    exclusions__source = source_field()

    def values(self, definition: Definition) -> dict[str, Any]:
        return super().values(definition) if self.exclusions__councils.data else {"exclusions": None}


class AssumptionsForm(SettingsForm):
    title = "Assumptions of value for money"
    names = ("assumption_set",)
    defaults: ClassVar[dict[str, Any]] = {"assumption_set": SHIPPED_CODE}
    assumption_set = SelectField(
        "What is value for money worked out with?",
        validate_choice=False,
        description="Discount rates, price indices and categories. They are locked with the form.",
    )


class PassMarkForm(SettingsForm):
    title = "Pass mark"
    names = ("pass_mark",)
    pass_mark__total = WholeNumber("Least total out of 100", least=0, most=100, required="Enter the least total.")
    pass_mark__critical = WholeNumber(
        "Least mark for a critical criterion", least=0, most=5, required="Enter the least mark."
    )
    pass_mark__mark = mark_field()
    pass_mark__source = source_field()


class ProjectPartsForm(SettingsForm):
    title = "What each project says"
    names = ("project_parts",)
    project_parts = Ticks("Tables of a project", [(part, part.value.capitalize()) for part in ProjectPart])


class FilesForm(SettingsForm):
    title = "Files"
    names = ("attachments",)
    attachments__kinds = Ticks("Kinds of file", FILE_CHOICES)
    attachments__megabytes = WholeNumber("Megabytes of one file at most", least=1, most=100, required="Enter a size.")
    attachments__count = WholeNumber("Number of files of a bid at most", least=1, most=200, required="Enter a number.")


class MilestonesForm(SettingsForm):
    title = "Milestones"
    names = ("milestones",)
    milestones = Lines("The steps that a project reports on", description="One a line, in order.")


class DeclarationsForm(SettingsForm):
    title = "Declarations"
    names = ("declarations",)
    declarations = Lines("What the Section 151 officer declares", description="One a line.")


class ReturnsForm(SettingsForm):
    title = "Returns"
    names = ("return",)
    return__every = RadioField("How often?", choices=enum_choices(ReturnEvery))
    return__due_days = WholeNumber("Days after its end", least=1, most=120, required="Enter a number of days.")
    return__mark = mark_field()
    return__source = source_field()


class HeadlineForm(SettingsForm):
    title = "Stated total"
    names = ("headline",)
    headline__pounds = Pounds("Stated total", description="What the programme says the round is worth.")
    headline__note = Paragraphs("Why the budget differs from it", description="Only where it does.")
    headline__mark = mark_field()
    headline__source = source_field()

    def values(self, definition: Definition) -> dict[str, Any]:
        return super().values(definition) if self.headline__pounds.data is not None else {"headline": None}


SETTINGS: dict[str, type[SettingsForm]] = {
    "about": AboutForm,
    "years": YearsForm,
    "headline": HeadlineForm,
    "final-date": FinalDateForm,
    "handing-in": HandingInForm,
    "stages": StagesForm,
    "exclusions": ExclusionsForm,
    "assumptions": AssumptionsForm,
    "pass-mark": PassMarkForm,
    "project-parts": ProjectPartsForm,
    "files": FilesForm,
    "milestones": MilestonesForm,
    "declarations": DeclarationsForm,
    "returns": ReturnsForm,
}
"""By the name in the page's address."""
