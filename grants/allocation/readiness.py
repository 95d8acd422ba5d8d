"""What stands in the way of an announcement, said before anybody tries; what goes along with it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select

from grants.allocation.operations import decisions_to_announce
from grants.allocation.queries import budget_of, committed_in
from grants.appraisal.feedback.queries import with_progress
from grants.bids.models import Bid
from grants.funds.deadlines.closing import last_closing, still_open
from grants.funds.models import Round
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.people.models import Person


@dataclass(frozen=True)
class FeedbackReady:
    """Of how many bids the feedback is approved as a whole, so that it goes out with the outcomes."""

    bids: int
    ready: int


def in_the_way(round: Round, *, by: Person, at: datetime) -> list[str]:
    """Sentences for who announces, that name no bid closed to him or her; none where the round can be announced."""
    found = [f"The round has not closed yet{_until(round)}."] if still_open(round, at) else []
    try:
        decisions_to_announce(round, by=by, day=clock.london(at).date())
    except Refused as refusal:
        found.append(str(refusal))
    budget = budget_of(round)
    overspent = sorted(slot for slot, pence in committed_in(round).items() if pence > budget.get(slot, 0))
    return [*found, *(f"The decisions take more of {stream} in {year} than there is." for year, stream in overspent)]


def feedback_ready(bids: Select[Bid]) -> FeedbackReady:
    rows = with_progress(bids.order_by(None)).subquery()
    count, ready = db.session.execute(select(func.count(), func.coalesce(func.sum(rows.c.whole), 0))).one()
    return FeedbackReady(count, int(ready))


def _until(round: Round) -> str:
    if (last := last_closing(round)) is None:
        return ""
    when = clock.london(last)
    return f": bids can come in until {when:%H:%M} on {when.day} {when:%B %Y}"
