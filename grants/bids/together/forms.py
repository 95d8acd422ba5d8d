"""Forms by which colleagues give parts of a bid to one another and comment on them."""

from collections.abc import Sequence

from wtforms import HiddenField, SelectField

from grants.bids.projects.spots import Spot
from grants.bids.together.commenting import LONGEST_COMMENT
from grants.kernel.forms import CreateForm, EditForm, Form, Paragraphs, choices
from grants.people.models import Person

_WHOLE = ""


class _AboutSpot:
    about = SelectField("Which part?", validate_choice=False)


class GiveForm(_AboutSpot, Form):
    person = SelectField("Colleague", validate_choice=False)

    def offer(self, spot: Spot, people: Sequence[Person]) -> None:
        offer_parts(self.about, spot)
        self.person.choices = choices([(person.key, person.name) for person in people], blank="Choose one")


class CommentForm(_AboutSpot, CreateForm):
    text = Paragraphs("Comment", description=f"At most {LONGEST_COMMENT:,} characters.")


def offer_parts(about: SelectField, spot: Spot) -> None:
    whole = "The whole section" if spot.section else "The whole project"
    about.choices = choices([(_WHOLE, whole), *((question.code, question.label) for question in spot.questions)])


class PutBackForm(EditForm):
    """Which earlier version of an answer is to stand again."""

    edit = HiddenField()
