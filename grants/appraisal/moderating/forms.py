"""The form of a moderator's page."""

from collections.abc import Mapping, Sequence

from grants.appraisal.guards import Marked
from grants.appraisal.marks_forms import marks_form, marks_of
from grants.appraisal.models import Moderation
from grants.appraisal.parts import Place
from grants.funds.models import Criterion
from grants.kernel.forms import Form


def agreed_form(criteria: Sequence[Criterion], known: Mapping[Place, Moderation]) -> Form:
    return marks_form(criteria, known, blank=False, hint="Say how the panel came to this mark.")


def agreed_of(form: Form, criteria: Sequence[Criterion]) -> dict[tuple[Criterion, int], Marked]:
    """Only the parts of criteria of which the moderator said anything."""
    said = marks_of(form, criteria)
    return {place: marked for place, marked in said.items() if marked.mark is not None or marked.reason}
