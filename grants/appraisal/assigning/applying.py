"""A proposal is applied: every place is tried once more against how things stand now, under lock.

What is done is noted on each assignment, never on the bid: its council reads the bid's own trail.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from grants import audit
from grants.appraisal.assigning.giving import end_assignment, tell_appraiser
from grants.appraisal.assigning.proposing import hold_proposal
from grants.appraisal.assigning.sharing_out import Progress
from grants.appraisal.assigning.who_may import Standing, Why, standing_of
from grants.appraisal.models import MOST_APPRAISERS, Assignment, Proposal, ProposalState, ProposedPlace
from grants.appraisal.queries import live
from grants.bids.models import Bid
from grants.kernel import clock, jobs
from grants.kernel.db import Json, db, new_key
from grants.kernel.errors import Refused
from grants.people.models import Person
from grants.people.roles import Permission

APPLY = "apply_share_out"
_SINCE = {
    Why.HAS_IT: "has been given it since.",
    Why.HAD_IT: "has been given it since, and it was ended.",
    Why.CONFLICT: "has a conflict of interest by now.",
    Why.COUNCIL: "acts for a council of the bid by now.",
    Why.PROPOSED: "may have a conflict of interest by now: settle that first.",
    Why.READS: "could read the marks that the bid has been given.",
    Why.LAPSED: "has no declaration for this year.",
}


def ask_to_apply(proposal: Proposal, *, by: Person, address_of_page: str) -> jobs.Job:
    _refuse_unready(proposal)
    title = f"Giving bids: {proposal.round.name}"[:200]
    return jobs.ask(APPLY, title, by_id=by.id, proposal_id=proposal.id, address=address_of_page)


def apply(
    proposal: Proposal, *, by: Person, at: datetime, address_of_page: str = "", progress: Progress | None = None
) -> Sequence[Assignment]:
    """Give all that still can be given, all at once; what can no longer be is left out and named on the proposal."""
    hold_proposal(proposal)
    _refuse_unready(proposal)
    bids, places = _held(proposal)
    check = _Check(proposal, standing_of(proposal.round, by, clock.london(at).date()))
    left_out: dict[str, str] = {}
    rows: list[dict[str, Any]] = []
    for number, place in enumerate(places, start=1):
        if why := check.why_not(place):
            left_out[str(place.id)] = why
        else:
            rows.append(_given(place, check, by=by, at=at))
        if progress and number % 100 == 0:
            progress(number, len(places))
    made = _insert(rows)
    for task in made:
        audit.record(
            task, "assigned", by=by, bid=bids[task.bid_id].key, appraiser=task.person.key, proposal=proposal.key
        )
    _tell(made, address_of_page, at)
    proposal.applied_at, proposal.settled_by_id = at, by.id
    proposal.explanation = Json({**proposal.explanation, "left_out": left_out})
    audit.record(proposal, "applied", by=by, given=len(made), left_out=len(left_out))
    return made


def _refuse_unready(proposal: Proposal) -> None:
    if proposal.state is not ProposalState.READY:
        raise Refused("This proposal is being made, or was applied or discarded: it cannot be applied now.")


def _held(proposal: Proposal) -> tuple[dict[int, Bid], Sequence[ProposedPlace]]:
    """The bids, by id, held in the order of their numbers, as everywhere; and the places."""
    places = select(ProposedPlace).where(ProposedPlace.proposal_id == proposal.id)
    wanted = places.with_only_columns(ProposedPlace.bid_id)
    held = select(Bid).where(Bid.id.in_(wanted)).order_by(Bid.id).with_for_update()
    bids = {bid.id: bid for bid in db.session.scalars(held.execution_options(populate_existing=True))}
    return bids, db.session.scalars(places.order_by(ProposedPlace.bid_id, ProposedPlace.id)).all()


class _Check:
    """What stands against each place now, the places just given counted in."""

    def __init__(self, proposal: Proposal, standing: Standing) -> None:
        self.standing, self.each = standing, proposal.each
        self.leaver: int | None = proposal.explanation["of"]
        self.loads = Counter({person_id: reader.load for person_id, reader in standing.readers.items()})
        self.on_it = Counter({bid_id: len(people) for bid_id, people in standing.on_it.items()})
        self.leaving = self._leaving() if self.leaver else {}

    def why_not(self, place: ProposedPlace) -> str:
        """One sentence, or nothing."""
        bid_id, person_id = place.bid_id, place.person_id
        reader = self.standing.readers.get(person_id)
        if bid_id not in self.standing.bids:
            return "The bid takes no more appraisers."
        if reader is None:
            return "Is no appraiser any more."
        if why := self.standing.why_not(bid_id, person_id):
            return f"{reader.person.name} {_SINCE[why]}"
        if reader.most is not None and self.loads[person_id] >= reader.most:
            return f"{reader.person.name} has as many bids as he or she takes on."
        return self._why_not_needed(bid_id)

    def _why_not_needed(self, bid_id: int) -> str:
        if self.leaver:
            return "" if bid_id in self.leaving else "The bid need no longer change hands."
        if self.on_it[bid_id] >= min(self.each, MOST_APPRAISERS):
            return "The bid has enough appraisers by now."
        return ""

    def _leaving(self) -> dict[int, Assignment]:
        """The tasks that are to change hands, by bid."""
        tasks = select(Assignment).where(
            Assignment.person_id == self.leaver, live(), Assignment.submitted_at.is_(None),
            Assignment.bid_id.in_(self.standing.bids),
        )  # fmt: skip
        return {task.bid_id: task for task in db.session.scalars(tasks)}


def _given(place: ProposedPlace, check: _Check, *, by: Person, at: datetime) -> dict[str, Any]:
    """The row of the new task; where one drops out, the task that it stands for is ended."""
    if task := check.leaving.pop(place.bid_id, None):
        end_assignment(task, reason="Shared out anew.", by=by, at=at)
        check.on_it[place.bid_id] -= 1
    check.loads[place.person_id] += 1
    check.on_it[place.bid_id] += 1
    who = {"bid_id": place.bid_id, "person_id": place.person_id, "assigned_by_id": by.id}
    return {**who, "key": new_key(), "assigned_at": at, "version": 1}


def _insert(rows: Sequence[dict[str, Any]]) -> Sequence[Assignment]:
    """All at once, and read back as the audit needs them."""
    if not rows:
        return []
    db.session.execute(insert(Assignment), rows)
    made = select(Assignment).where(Assignment.key.in_([row["key"] for row in rows])).order_by(Assignment.id)
    return db.session.scalars(made).all()


def _tell(made: Sequence[Assignment], address_of_page: str, at: datetime) -> None:
    by_person: dict[Person, list[Assignment]] = {}
    for task in made:
        by_person.setdefault(task.person, []).append(task)
    for person, tasks in sorted(by_person.items(), key=lambda found: found[0].id):
        tell_appraiser(person, tasks, address_of_page, at)


@jobs.handles(APPLY)
def _apply(job: jobs.Job, progress: jobs.Progress) -> str:
    """Whoever asked must still be the one who assigns."""
    proposal = db.session.get_one(Proposal, job.arguments["proposal_id"])
    by, at = db.session.get_one(Person, job.asked_by_id), clock.now()
    if not by.may_on(clock.london(at).date(), Permission.APPRAISERS_ASSIGN):
        raise Refused("You no longer say who appraises what, so nothing was changed.")
    apply(proposal, by=by, at=at, address_of_page=job.arguments["address"], progress=progress)
    return f"/appraisal/{proposal.round.code}/proposals/{proposal.key}"
