"""Forms that do one thing to several bids at once."""

from collections.abc import Iterable, Sequence

from wtforms import SelectMultipleField

from grants.bids.models import Bid
from grants.kernel.forms import Form, Paragraphs, choices


class TickForm(Form):
    """Bids ticked in a list."""

    bids = SelectMultipleField("Bids", validate_choice=False)

    def offer(self, bids: Iterable[Bid]) -> None:
        self.bids.choices = choices([(bid.key, str(bid.reference)) for bid in bids])

    @property
    def ticked(self) -> Sequence[str]:
        return self.bids.data or []


class TakeInForm(TickForm):
    reason = Paragraphs(
        "Why are they taken in, and at which assessment point?", required="Say at which assessment point, and why."
    )


class DeclineForm(TickForm):
    reason = Paragraphs("Why?", description="Every council whose bid you decline reads this.", required="Say why.")
