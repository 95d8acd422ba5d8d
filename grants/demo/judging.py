"""How the demo's programme team judges bids, decides, makes awards and receives returns."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from grants.allocation import operations as allocation
from grants.allocation.models import DecisionOutcome
from grants.appraisal import operations as appraisal
from grants.appraisal.appraisers import declaring
from grants.appraisal.appraisers.declaring import Declared, Profile
from grants.appraisal.gates.queries import gate_results
from grants.appraisal.guards import Marked
from grants.appraisal.models import GateOutcome, InterestKind
from grants.appraisal.operations import Finding
from grants.appraisal.parts import Part, parts_of
from grants.appraisal.queries import agreed_marks
from grants.awards import operations as awards
from grants.awards.models import Award
from grants.bids.models import Bid, FundingSource
from grants.demo.bidding import measure_of
from grants.demo.cast import Cast
from grants.funds.models import Round
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.financial_year import Quarter
from grants.outcomes import operations as outcomes
from grants.outcomes.checks import Reported
from grants.people.roles import Role

Stories = list[tuple[Bid, dict[str, Any]]]

_USUAL_MARKS = (4, 3, 4, 2, 3)
"""By criterion, as in the stories."""
_BECAUSE = "The bid gives figures with their source, and says who will do what by when."
VALUED = ("appraisal", "appraisal_scored", "moderated")
"""The states of stories in which somebody has worked out what the projects are worth."""
_OUTCOMES = {
    "funded": DecisionOutcome.FUND,
    "reserve": DecisionOutcome.RESERVE,
    "unsuccessful": DecisionOutcome.REJECT,
}


_KNOWN = (
    (["housing", "planning"], ["South East", "London"]),
    (["economics", "finance"], ["North West", "North East"]),
    (["remediation", "infrastructure"], ["West Midlands", "East Midlands"]),
    (["estates", "partnership"], ["South West"]),
)
"""Skills and regions of the appraisers, in their order."""


def prepare_appraisers(cast: Cast, at: datetime) -> None:
    """Everyone has a profile and this year's declaration; the last used to work for a council that bids now."""
    appraisers = cast.all(Role.APPRAISER)
    for person, (skills, regions) in zip(appraisers, _KNOWN, strict=False):
        declaring.save_profile(person, Profile(skills, regions, 20), by=person)
        declaring.declare_year(person, by=person, at=at)
    councils = [council for _, role, council in cast.people if role is Role.BID_COORDINATOR and council]
    left = clock.london(at).date() - timedelta(days=400)
    told = Declared(InterestKind.PAST_EMPLOYER, councils[0], note="In the planning team.", until_on=left)
    declaring.declare_interest(appraisers[-1], told, by=appraisers[-1], at=at)
    db.session.flush()


def judge(bid: Bid, story: dict[str, Any], cast: Cast, at: datetime) -> None:
    """Take a submitted bid as far as its story goes: checked, scored, moderated."""
    state = story["state"]
    if state in ("submitted", "withdrawn"):
        return
    _check_gates(bid, cast, at, fails=state == "ineligible")
    if state in ("ineligible", "appraisal"):
        if state == "appraisal":
            appraisal.assign([bid], cast.all(Role.APPRAISER)[0], by=cast.one(Role.PROGRAMME_MANAGER), at=at)
        return
    marks = story.get("marks", _USUAL_MARKS)
    _score(bid, marks, story.get("second_marks"), cast, at)
    if state != "appraisal_scored":
        _moderate(bid, marks, cast, at)


def _check_gates(bid: Bid, cast: Cast, at: datetime, *, fails: bool) -> None:
    first, second = cast.all(Role.ELIGIBILITY_CHECKER)[:2]
    worth = "The surveyor’s report and the bid’s own figures bear it out."
    findings = {gate: Finding(GateOutcome.PASS, worth if gate.value_at_least else "") for gate in bid.round.gates}
    if fails:
        last = bid.round.gates[-1]
        findings[last] = Finding(GateOutcome.FAIL, "The appraisal shows costs above benefits, and no other gain.")
    appraisal.check(bid, findings, by=first, at=at)
    db.session.flush()
    for result in gate_results(bid).values():
        if result.outcome is GateOutcome.FAIL:
            appraisal.agree_fail(result, version_seen=result.version, by=second, at=at)
    appraisal.conclude_eligibility(bid, by=first, at=at)


def _score(bid: Bid, marks: Sequence[int], others: Sequence[int] | None, cast: Cast, at: datetime) -> None:
    """Two appraisers, the second with marks of his own, or else a little stricter on the last criterion but one."""
    stricter = [max(mark - (1 if place == 3 else 0), 0) for place, mark in enumerate(marks)]
    for person, own in zip(cast.all(Role.APPRAISER)[1:3], (marks, others or stricter), strict=True):
        [assignment] = appraisal.assign([bid], person, by=cast.one(Role.PROGRAMME_MANAGER), at=at)
        appraisal.declare_no_conflict(assignment, by=person, at=at)
        given = {(part.criterion, part.number): Marked(mark, _BECAUSE) for part, mark in _by_part(bid, own)}
        appraisal.score(assignment, given, by=person, at=at)
        db.session.flush()
        appraisal.submit_scores(assignment, by=person, at=at)


def _by_part(bid: Bid, marks: Sequence[int]) -> list[tuple[Part, int]]:
    """The marks of its criteria; where one has parts, each is a mark below the part before it."""
    scored = [criterion for criterion in bid.round.criteria if not criterion.looked_up]
    by_criterion = dict(zip(scored, marks, strict=True))
    return [(part, max(by_criterion[part.criterion] + 1 - part.number, 0)) for part in parts_of(scored)]


def _moderate(bid: Bid, marks: Sequence[int], cast: Cast, at: datetime) -> None:
    moderator, second = cast.all(Role.MODERATOR)[:2]
    why = "Agreed after both had spoken to their marks."
    agreed = {(part.criterion, part.number): Marked(mark, why) for part, mark in _by_part(bid, marks)}
    appraisal.agree_marks(bid, agreed, by=moderator, at=at)
    db.session.flush()
    appraisal.second_marks(bid, {place: row.version for place, row in agreed_marks(bid).items()}, by=second, at=at)
    appraisal.conclude_moderation(bid, by=moderator, at=at)


def decide(round: Round, stories: Stories, cast: Cast, at: datetime) -> list[Award]:
    """Every bid decided by two people, the round announced, the awards made."""
    proposer, confirmer = cast.all(Role.PROGRAMME_MANAGER)[:2]
    for bid, story in stories:
        lines = {
            (project, line.year, line.stream): line.pence
            for project in bid.projects
            for line in project.funding
            if line.source is FundingSource.GRANT
        }
        decision = allocation.propose(
            bid,
            outcome=_OUTCOMES[story["state"]],
            lines=lines if story["state"] == "funded" else {},
            reason="As the ranking has it, within the budget of each year.",
            conditions="",
            by=proposer,
            at=at,
        )
        db.session.flush()
        allocation.confirm(decision, by=confirmer, at=at)
    allocation.announce(round, statement="Three partnerships will release land for new homes.", by=proposer, at=at)
    return awards.award_funded(round, by=proposer, at=at)


def offer_and_accept(made: list[Award], stories: Stories, cast: Cast, at: datetime) -> list[Award]:
    """Offers to all but those whose story says otherwise; some accept a week later."""
    manager, told = cast.one(Role.PROGRAMME_MANAGER), {bid.id: story for bid, story in stories}
    later = at + timedelta(days=7)
    day = clock.london(later).date()
    accepted = []
    for award in made:
        story = told.get(award.bid_id or 0, {})
        if not story.get("offer", True):
            continue
        awards.offer(award, text=awards.offer_text(award, clock.london(at).date()), by=manager, at=at)
        if story.get("accept") and award.council:
            awards.accept(award, by=cast.one(Role.SECTION_151_OFFICER, award.council), at=later, on=day)
            accepted.append(award)
    return accepted


def report(accepted: list[Award], cast: Cast, *, today: date, at: datetime) -> None:
    """The quarter that ended last, as far as each council has come: validated, submitted, waiting for the signature."""
    this = Quarter.of(today)
    ended = next(q for q in Quarter(this.year.next(-1), 1).until(this) if q.next() == this)
    for award, end in zip(accepted, ("validated", "submitted", "sign_off"), strict=False):
        _report(award, ended, end, cast, today=today, at=at)
    _report(accepted[0], this, "draft", cast, today=today, at=at)


def _report(award: Award, quarter: Quarter, end: str, cast: Cast, *, today: date, at: datetime) -> None:
    assert award.council
    assert award.project
    coordinator = cast.one(Role.BID_COORDINATOR, award.council)
    begun = outcomes.start_return(award, quarter, by=coordinator, at=at, today=today)
    homes = measure_of(award.round, "homes_released")
    profile = award.profile(today)
    promised = {line.year: line.hundredths for line in award.project.outcomes if line.measure is homes}
    figures = {
        (homes, year): Reported(actual=0 if year == quarter.year else None, forecast=amount)
        for year, amount in promised.items()
        if year >= quarter.year
    }
    spending = {
        year: Reported(actual=pence // 4 if year == quarter.year else None, forecast=pence)
        for year, pence in profile.items()
        if year >= quarter.year
    }
    outcomes.save_return(
        begun,
        figures=figures,
        spending=spending,
        progress="The contractor is on site and the old buildings are down.",
        risks="The sewer agreement is two weeks behind.",
        version_seen=begun.version,
        by=coordinator,
        at=at,
    )
    if end == "draft":
        return
    db.session.flush()
    outcomes.send_for_sign_off(begun, by=coordinator, at=at)
    if end == "sign_off":
        return
    db.session.flush()
    outcomes.sign(begun, by=cast.one(Role.SECTION_151_OFFICER, award.council), at=at)
    if end == "validated":
        manager = cast.one(Role.PROGRAMME_MANAGER)
        outcomes.validate(begun, note="Photographs and the ledger agree with the figures.", by=manager, at=at)
