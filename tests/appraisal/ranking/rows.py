"""Bids with marks put into the database as rows, for tests that need many of them at once."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import count

from grants.appraisal.models import Assignment, Moderation, Score, Valuation
from grants.appraisal.parts import Place, parts_of
from grants.bids.models import Bid, BidStatus, FundingLine, FundingSource, OutcomeLine, PlannedMilestone, Project
from grants.councils.models import Council
from grants.funds.assuming.sets import shipped_set
from grants.funds.models import Criterion, Round
from grants.kernel.db import Json, db
from grants.people.models import Person
from tests.factories import NOW, made, make_appraised_round, make_council, make_person
from tests.funds.places.made import make_place_list

REASON = "The bid says so, with evidence that we could follow step by step."
_numbers = count(1)


def make_round_with_parts(**values: object) -> Round:
    """Place-based (looked up) 40, case in three parts 30 (critical), delivery in two 20, equality 10."""
    round_ = make_appraised_round(**values)
    bands = Json({"5": "all", "0": "nothing"})
    asked = [
        ("place", "Place", 40, {}, True),
        ("case", "The case", 30, {"1": "Need", "2": "Plan", "3": "Council decision"}, False),
        ("delivery", "Delivery", 20, {"1": "Team", "2": "Dates"}, False),
        ("equality", "Equality", 10, {}, False),
    ]
    for criterion in list(round_.criteria):
        db.session.delete(criterion)
    db.session.flush()
    db.session.expire(round_, ["criteria"])
    round_.criteria = [
        Criterion(
            position=n, code=code, name=name, weight=weight, critical=code == "case", bands=bands, looked_up=looked_up,
            parts=Json(parts), place_list_id=make_place_list().id if looked_up else None,
        )
        for n, (code, name, weight, parts, looked_up) in enumerate(asked, start=1)
    ]  # fmt: skip
    db.session.flush()
    return round_


def bare_bid(
    round_: Round, *, pence: int = 0, status: BidStatus = BidStatus.MODERATED, council: Council | None = None
) -> Bid:
    """Submitted and brought to `status`, with one project that asks for `pence` in the round's first year."""
    number, by = next(_numbers), make_person()
    bid = made(
        Bid(
            round=round_, lead_council=council or make_council(), title=f"Bare bid {number}", status=status,
            reference=f"BARE-{number:05}", started_at=NOW, started_by_id=by.id, changed_at=NOW, submitted_at=NOW,
        )
    )  # fmt: skip
    project = made(Project(bid=bid, council=bid.lead_council, title=f"Project {number}", position=1))
    if pence:
        year, stream = round_.first_year, round_.fund.stream
        made(FundingLine(project=project, year=year, stream=stream, source=FundingSource.GRANT, pence=pence))
    return bid


def mark(bid: Bid, marks: Sequence[int | None], person: Person | None = None, **values: object) -> Assignment:
    """One appraiser's marks, handed in, in the order of the parts that people mark."""
    person = person or make_person()
    defaults = {"assigned_by_id": person.id, "assigned_at": NOW, "declared_at": NOW, "submitted_at": NOW}
    task = made(Assignment(bid=bid, person=person, **{**defaults, **values}))
    places = [part.place for part in parts_of(bid.round.criteria)]
    task.scores = [
        Score(criterion_id=criterion_id, part=part, mark=given, reason=REASON, changed_at=NOW)
        for (criterion_id, part), given in zip(places, marks, strict=True)
    ]
    db.session.flush()
    return task


def agree(
    bid: Bid,
    marks: Mapping[Place, int],
    by: Person | None = None,
    second: Person | None = None,
    *,
    settled: bool = True,
) -> None:
    """Agreed by one and seconded by another, or not seconded yet."""
    by, second = by or make_person(), second or make_person()
    for (criterion_id, part), given in marks.items():
        made(
            Moderation(
                bid=bid, criterion_id=criterion_id, part=part, mark=given, reason="The panel agreed.", agreed_at=NOW,
                agreed_by_id=by.id, second_by_id=second.id if settled else None, seconded_at=NOW if settled else None,
                settled_mark=given if settled else None,
            )
        )  # fmt: skip


def worth(bid: Bid, ratio_millionths: int | None, number: int = 1) -> Valuation:
    """A valuation of its first project, after which the bid's benefits are so many millionths of its costs."""
    assumed = shipped_set()
    assumed.code = f"set-{next(_numbers)}"
    return made(
        Valuation(
            project=bid.projects[0], number=number, assumption_set=made(assumed), inputs=Json({}), results=Json({}),
            ratio_millionths=ratio_millionths, bid_ratio_millionths=ratio_millionths, computed="Medium",
            judged="Medium", made_at=NOW, made_by=make_person(),
        )
    )  # fmt: skip


def promise(bid: Bid, *, homes: int, released: date | None = None) -> None:
    """Homes by the round's headline measure, and the day by which the land of its project is released."""
    project, round_ = bid.projects[0], bid.round
    made(OutcomeLine(project=project, measure=round_.measures[0], year=round_.last_year, hundredths=homes * 100))
    if released:
        made(PlannedMilestone(project=project, name="Land released", due_on=released, position=1))
