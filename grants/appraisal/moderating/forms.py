"""The forms of a moderator's page."""

from collections.abc import Iterable, Mapping, Sequence

from wtforms import SelectMultipleField

from grants.appraisal.guards import Marked
from grants.appraisal.marks_forms import marked_in, marks_form, marks_of
from grants.appraisal.models import Moderation
from grants.appraisal.parts import Part, Place, field_of, parts_of
from grants.funds.models import Criterion
from grants.kernel.errors import Refused
from grants.kernel.forms import Form, Paragraphs, WholeNumber, choices, version_of

NOT_AGREED = ("", "No agreed mark")


def agreed_form(criteria: Sequence[Criterion], known: Mapping[Place, Moderation]) -> Form:
    """Where no mark is proposed, none can be chosen again: the mean of the appraisers' marks then counts."""
    form = marks_form(criteria, known, blank=False, hint="Say how the panel came to this mark.")
    for part in parts_of(criteria):
        if part.place not in known:
            mark = form[field_of("mark", part.place)]
            mark.choices = [*mark.choices, *choices([NOT_AGREED])]
    return form


def agreed_of(form: Form, criteria: Sequence[Criterion]) -> dict[tuple[Criterion, int], Marked]:
    """Only the parts of criteria of which the moderator said anything."""
    said = marks_of(form, criteria)
    return {place: marked for place, marked in said.items() if marked.mark is not None or marked.reason}


def not_proposed(form: Form, criteria: Sequence[Criterion], known: Mapping[Place, Moderation]) -> list[Part]:
    """Parts of which something was chosen or typed that is not stored yet."""
    stored = {place: (row.mark, row.reason) for place, row in known.items()}
    said = {part: marked_in(form, part) for part in parts_of(criteria)}
    return [part for part, marked in said.items() if (marked.mark, marked.reason) != stored.get(part.place, (None, ""))]


def catch_up(form: Form, places: Iterable[Place], known: Mapping[Place, Moderation]) -> None:
    """What is sent next stands on the versions that whoever sent this has just made."""
    for place in places:
        form[field_of("version", place)].data = str(known[place].version)


class SecondForm(Form):
    """Marks to agree to: each choice names the place and the version that was read, `7_1_3`."""

    seconded = SelectMultipleField("Marks that you agree to", validate_choice=False)

    offered: Sequence[tuple[str, Part, Moderation]] = ()
    """What there is to choose: the value sent, what is marked, and what was proposed."""

    def offer(self, parts: Sequence[Part], known: Mapping[Place, Moderation]) -> "SecondForm":
        """The marks of `known`, as they stand now."""
        rows = [(part, known[part.place]) for part in parts if part.place in known]
        named = [(f"{part.criterion.id}_{part.number}_{row.version}", part, row) for part, row in rows]
        self.seconded.choices = choices([(name, f"{part.title}: {row.mark}") for name, part, row in named])
        self.offered = named
        return self

    @property
    def seen(self) -> dict[Place, int]:
        """Version by place; Refused for no choice, or one that is none."""
        chosen = [[version_of(part) for part in value.split("_")] for value in self.seconded.data or []]
        if not chosen or any(len(numbers) != 3 for numbers in chosen):
            raise Refused("Choose the marks that you agree to.", field="seconded")
        return {(criterion, part): version for criterion, part, version in chosen}


class ConcludeForm(Form):
    kept_because = Paragraphs(
        "Why are the appraisers’ marks kept?",
        description="Needed while no mark is agreed for what the bid is listed for. The mean of the marks then counts.",
    )


class ReopenModerationForm(Form):
    reason = Paragraphs("Why is the moderation opened again?", required="Give a reason.")


class TakeForm(Form):
    """All unlisted bids at once; `count` is how many the page named."""

    count = WholeNumber("How many", least=1, most=1_000_000, required="Open the list again.")
