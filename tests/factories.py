"""Valid objects from few arguments. Each room adds its own nouns below; everything is flushed, nothing committed."""

from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any, TypeVar

from grants.allocation import operations as allocation
from grants.allocation.models import Decision, DecisionOutcome
from grants.appraisal import operations as appraisal
from grants.appraisal.guards import Marked
from grants.appraisal.models import Assignment, YearlyDeclaration
from grants.appraisal.parts import parts_of
from grants.appraisal.queries import agreed_marks
from grants.awards.models import Award, AwardStatus, Movement, MovementKind
from grants.bids import operations as bids
from grants.bids.models import Bid, BidStatus, FundingSource, Project, ValueKind
from grants.bids.projects.parts import asks, milestone_names
from grants.bids.projects.value import Basis
from grants.councils.models import Council, CouncilKind, Membership, MembershipRole, Partnership
from grants.funds.definition.types import ProjectPart
from grants.funds.models import (
    Asked,
    BudgetLine,
    Criterion,
    Declaration,
    Fund,
    Gate,
    GateStage,
    Heading,
    OutcomeMeasure,
    Question,
    QuestionKind,
    Round,
    RoundStatus,
    Section,
    Stream,
    Unit,
)
from grants.kernel import clock
from grants.kernel.clock import from_london
from grants.kernel.db import Json, db
from grants.kernel.financial_year import FinancialYear as FY
from grants.people import operations as people
from grants.people.models import Person
from grants.people.roles import COUNCIL_ROLES, Role
from tests.dates import NOW as NOW
from tests.dates import TODAY as TODAY

LONG_AGO = date(2015, 4, 1)
PASSWORD = "harvest violin pebble"

_numbers = count(1)


T = TypeVar("T")


def made(row: T) -> T:
    """Added and flushed."""
    db.session.add(row)
    db.session.flush()
    return row


def make_council(name: str = "", **values: Any) -> Council:
    number = next(_numbers)
    name = name or f"Anyshire {number} District Council"
    defaults = {"code": f"E9{number:07}", "short_name": name, "kind": CouncilKind.DISTRICT, "region": "South West"}
    return made(Council(name=name, **{**defaults, **values}))


def make_person(*roles: Role, council: Council | None = None, name: str = "", **values: Any) -> Person:
    """Someone with these roles since long ago; a council's roles are for `council`, or for a council of their own."""
    number = next(_numbers)
    defaults = {"name": name or f"Person {number}", "email": f"person{number}@example.org"}
    person = people.add_person(**{**defaults, **values}, by=None, at=NOW)
    for role in roles:
        if role in COUNCIL_ROLES:
            council = council or make_council()
        council_id = council.id if council and role in COUNCIL_ROLES else None
        people.appoint(person, role, council_id=council_id, by=None, on=LONG_AGO)
    if Role.APPRAISER in roles:  # no bid opens without it
        db.session.add(YearlyDeclaration(person_id=person.id, year=FY.of(clock.today()), made_at=NOW))
    db.session.flush()
    return person


def make_fund(**values: Any) -> Fund:
    number = next(_numbers)
    defaults = {"code": f"fund-{number}", "name": f"Fund {number}", "stream": Stream.CAPITAL}
    return made(Fund(**{**defaults, **values}))


def make_round(**values: Any) -> Round:
    """A bare published round that is open at NOW, with no questions, gates or criteria."""
    number = next(_numbers)
    defaults = {
        "fund": values.get("fund") or make_fund(),
        "code": f"round-{number}",
        "name": f"Round {number}",
        "status": RoundStatus.PUBLISHED,
        "opens_at": NOW - timedelta(days=10),
        "closes_at": from_london(TODAY + timedelta(days=10), time(23, 59)),
        "published_at": NOW - timedelta(days=20),
        "first_year": FY(2026),
        "last_year": FY(2028),
        "attachment_rules": Json({"kinds": ["pdf", "docx", "xlsx"], "megabytes": 20, "count": 30}),
        "milestones": Json({"names": []}),
    }
    return made(Round(**{**defaults, **values}))


def make_partnership(*members: Council, lead: Council | None = None, name: str = "") -> Partnership:
    partnership = made(Partnership(name=name or f"Partnership {next(_numbers)}", made_on=LONG_AGO))
    rows = ([(lead, MembershipRole.LEAD)] if lead else []) + [(c, MembershipRole.MEMBER) for c in members]
    for position, (council, role) in enumerate(rows, start=1):
        partnership.memberships.append(
            Membership(council=council, printed_as=council.name, role=role, position=position, from_on=LONG_AGO)
        )
    db.session.flush()
    return partnership


def sign_in(client: Any, person: Person) -> None:
    """Make `client` the browser of `person`, without the wait that a real password costs."""
    secret = people.open_sign_in(person, address="127.0.0.1", at=clock.now())
    db.session.commit()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = secret
        cookie["_fresh"] = True


# --- Bids


def make_bid_round(**values: Any) -> Round:
    """An open round that asks little: two questions of the bid, one that depends on another, one of each project."""
    round = make_round(**values)
    round.budget.append(BudgetLine(year=FY(2026), stream=round.fund.stream, pence=10_000_000_00))
    asked = Section(code="need", title="The need", position=1)
    asked.questions = [
        _question("problem", QuestionKind.TEXT, max_words=50),
        _question("open", QuestionKind.YES_NO),
        _question("why_not", QuestionKind.TEXT, only_if={"question": "open", "is": "no"}),
        _question("cost", QuestionKind.MONEY, required=False),
    ]
    of_project = Section(code="works", title="The works", position=2, per=Asked.PROJECT)
    of_project.questions = [_question("route", QuestionKind.CHOICE, options=[["sale", "Sale"], ["lease", "Lease"]])]
    round.sections = [asked, of_project]
    round.measures = [
        OutcomeMeasure(code="homes", name="Homes", unit=Unit.COUNT, heading=Heading.HOMES, position=1, headline=True),
        OutcomeMeasure(code="receipts", name="Receipts", unit=Unit.POUNDS, heading=Heading.RECEIPTS, position=2),
    ]
    round.declarations = [
        Declaration(position=1, text="The figures are right."),
        Declaration(position=2, text="We pay."),
    ]
    db.session.flush()
    return round


def _question(code: str, kind: QuestionKind, *, required: bool = True, **settings: Any) -> Question:
    label = f"What about {code.replace('_', ' ')}?"
    position = next(_numbers)
    return Question(code=code, kind=kind, label=label, position=position, required=required, settings=Json(settings))


def make_team(council: Council) -> tuple[Person, Person, Person]:
    """(author, coordinator, Section 151 officer) of a council."""
    roles = (Role.BID_AUTHOR, Role.BID_COORDINATOR, Role.SECTION_151_OFFICER)
    author, coordinator, officer = (make_person(role, council=council) for role in roles)
    return author, coordinator, officer


def make_draft(
    round: Round | None = None, *, lead: Council | None = None, by: Person | None = None, **values: Any
) -> Bid:
    """A bid just started, by a coordinator of its lead council."""
    lead = lead or make_council()
    by = by or make_person(Role.BID_COORDINATOR, council=lead)
    defaults = {"title": f"Bid {next(_numbers)}", "partnership": None, "members": [], "at": NOW}
    return bids.start(round or make_bid_round(), lead=lead, by=by, **{**defaults, **values})


def fill_in(bid: Bid, by: Person, *, projects: int = 1, pence: int = 500_000_00, at: datetime = NOW) -> Bid:
    """Every required answer, and projects each with a site, grant in the first year and homes in the next."""
    done: dict[str, Any] = {"at": at, "by": by}
    given = {"problem": "Contaminated land.", "open": "yes"}
    for section in bid.round.sections:
        for question in section.questions:
            if question.code in given:
                bids.answer(bid, question, given[question.code], **done)
    for _ in range(projects):
        number = next(_numbers)
        project = bids.add_project(
            bid, council=bid.lead_council, title=f"Project {number}", summary="Clear the land.", **done
        )
        bids.add_site(project, name=f"Site {number}", postcode="SW1A 2AA", hectares=1.25, **done)
        grant = {(bid.round.first_year, bid.round.fund.stream, FundingSource.GRANT): pence}
        bids.set_funding(project, grant, version_seen=None, **done)
        homes = {(measure, bid.round.last_year): 40_00 for measure in bid.round.measures[:1]}
        bids.set_outcomes(project, homes, version_seen=None, **done)
        basis = Basis(None, "Counted when the land is sold.", "The contract.")
        bids.set_bases(project, dict.fromkeys((measure for measure, _ in homes), basis), version_seen=None, **done)
        fill_in_tables(project, **done)
        for section in bid.round.sections:
            for question in section.questions if section.per is Asked.PROJECT else []:
                if question.code == "route":
                    bids.answer(bid, question, "sale", project=project, **done)
    return bid


def fill_in_tables(project: Project, *, by: Person, at: datetime = NOW) -> None:
    """Milestones, risks and value, as far as the round asks for them."""
    bid, done = project.bid, {"by": by, "at": at}
    if asks(bid.round, ProjectPart.MILESTONES):
        day = bid.round.last_year.first_day
        days = dict.fromkeys(milestone_names(bid.round), min(day, bid.round.final_date or day))
        bids.set_milestones(project, days, version_seen=None, **done)
    if asks(bid.round, ProjectPart.RISKS):
        risk = {"what": "The ground is worse.", "response": "A survey first.", "owner": "Head of property"}
        bids.add_risk(project, likelihood=2, impact=4, **risk, **done)
    if asks(bid.round, ProjectPart.VALUE):
        first, last = bid.round.first_year, bid.round.last_year
        lines = {(ValueKind.COST_CENTRAL, first): 500_000_00, (ValueKind.BENEFIT_LAND, last): 900_000_00}
        said = {"optimism_bias": 15_00, "additionality": 60_00, "note": "A surveyor's estimate."}
        bids.set_values(project, lines, version_seen=None, **said, **done)


def make_bid(
    round: Round | None = None,
    *,
    lead: Council | None = None,
    status: BidStatus = BidStatus.SUBMITTED,
    projects: int = 1,
    pence: int = 500_000_00,
    at: datetime = NOW,
    **values: Any,
) -> Bid:
    """A bid filled in by its lead council's own team and brought to `status`, by the same steps as in life."""
    lead = lead or make_council()
    author, coordinator, officer = make_team(lead)
    bid = fill_in(
        make_draft(round, lead=lead, by=author, at=at, **values), author, projects=projects, pence=pence, at=at
    )
    if status is BidStatus.DRAFT:
        return bid
    bids.send_for_sign_off(bid, by=coordinator, at=at)
    if status is BidStatus.SIGN_OFF:
        return bid
    bids.sign(bid, council=lead, by=officer, at=at)
    if status is BidStatus.SIGNED:
        return bid
    bids.submit(bid, by=coordinator, at=at)
    steps = {
        BidStatus.MODERATED: [BidStatus.APPRAISAL, BidStatus.MODERATED],
        BidStatus.SUCCESSFUL: [BidStatus.APPRAISAL, BidStatus.MODERATED, BidStatus.SUCCESSFUL],
        BidStatus.RESERVE: [BidStatus.APPRAISAL, BidStatus.MODERATED, BidStatus.RESERVE],
        BidStatus.UNSUCCESSFUL: [BidStatus.APPRAISAL, BidStatus.MODERATED, BidStatus.UNSUCCESSFUL],
    }
    for step in steps.get(status, [] if status is BidStatus.SUBMITTED else [status]):
        bids.move(bid, step, by=None)
    return bid


# --- Appraisal


def make_appraised_round(**values: Any) -> Round:
    """A bid round with an eligibility gate, a gateway, and three criteria: 50 (critical), 30 and 20."""
    round = make_bid_round(**values)
    round.gates = [
        Gate(position=1, stage=GateStage.ELIGIBILITY, code="E1", text="The lead is a council in England."),
        Gate(position=2, stage=GateStage.GATEWAY, code="G1", text="It would not happen otherwise."),
    ]
    bands = Json({"5": "all that could be asked for", "3": "what was asked for", "0": "nothing"})
    asked = (("value", "Value for money", 50), ("delivery", "Deliverability", 30), ("housing", "Housing", 20))
    round.criteria = [
        Criterion(position=n, code=code, name=name, weight=weight, critical=n == 1, bands=bands)
        for n, (code, name, weight) in enumerate(asked, start=1)
    ]
    db.session.flush()
    return round


def make_task(bid: Bid, person: Person | None = None, *, declared: bool = True, at: datetime = NOW) -> Assignment:
    """A bid in appraisal given to `person`, or to a new appraiser, who has declared no conflict."""
    person = person or make_person(Role.APPRAISER)
    (task,) = appraisal.assign([bid], person, by=make_person(Role.PROGRAMME_MANAGER), at=at)
    if declared:
        appraisal.declare_no_conflict(task, by=person, at=at)
    db.session.flush()
    return task


def give_scores(task: Assignment, *marks: int, submitted: bool = True, at: datetime = NOW) -> Assignment:
    """A mark for each part of a criterion that is scored, in order, each with a reason long enough, handed in."""
    reason = "The bid says so, with evidence that we could follow step by step."
    parts = parts_of(task.bid.round.criteria)
    given = {(p.criterion, p.number): Marked(m, reason) for p, m in zip(parts, marks, strict=True)}
    appraisal.score(task, given, by=task.person, at=at)
    if submitted:
        appraisal.submit_scores(task, by=task.person, at=at)
    db.session.flush()
    return task


def moderate(bid: Bid, *marks: int, by: Person | None = None, at: datetime = NOW) -> Bid:
    """A bid in appraisal scored by one appraiser, then agreed as `marks` by two people and moderated."""
    give_scores(make_task(bid, at=at), *marks, at=at)
    by = by or make_person(Role.MODERATOR)
    parts = parts_of(bid.round.criteria)
    agreed = {(p.criterion, p.number): Marked(m, "As scored.") for p, m in zip(parts, marks, strict=True)}
    appraisal.agree_marks(bid, agreed, by=by, at=at)
    second(bid, at=at)
    appraisal.conclude_moderation(bid, by=by, at=at)
    db.session.flush()
    return bid


def second(bid: Bid, *, by: Person | None = None, at: datetime = NOW) -> None:
    """Another moderator agrees to all marks that wait for it."""
    db.session.flush()
    waiting = {place: row.version for place, row in agreed_marks(bid).items() if row.second_by_id is None}
    appraisal.second_marks(bid, waiting, by=by or make_person(Role.MODERATOR), at=at)
    db.session.flush()


# --- Decisions and awards


def make_closed_round(**values: Any) -> Round:
    """A round that has taken bids at NOW and is closed an hour later; `close` it for pages, whose clock is real."""
    return make_bid_round(closes_at=NOW + timedelta(hours=1), **values)


def close(round: Round) -> Round:
    """Closed for good, whatever the clock of a page says."""
    round.opens_at, round.closes_at = NOW - timedelta(days=900), NOW - timedelta(days=800)
    db.session.flush()
    return round


def make_decision(
    bid: Bid,
    outcome: DecisionOutcome = DecisionOutcome.FUND,
    *,
    pence: int | None = None,
    by: Person | None = None,
    confirmed_by: Person | None = None,
    confirmed: bool = True,
    **values: Any,
) -> Decision:
    """Proposed and, unless told otherwise, confirmed; the whole ask, or `pence` in each place of it."""
    lines = {
        (project, line.year, line.stream): line.pence if pence is None else pence
        for project in bid.projects
        for line in project.funding
        if line.source is FundingSource.GRANT
    }
    decision = allocation.propose(
        bid,
        outcome=outcome,
        lines=lines,
        by=by or make_person(Role.PROGRAMME_MANAGER),
        **{"reason": "Best value.", "conditions": "", "at": NOW, **values},
    )
    if confirmed:
        allocation.confirm(decision, by=confirmed_by or make_person(Role.FINANCE_OFFICER), at=NOW)
    db.session.flush()
    return decision


def make_award(
    council: Council | None = None,
    *,
    round: Round | None = None,
    profile: dict[int, int] | None = None,
    on: date = date(2018, 2, 16),
    **values: Any,
) -> Award:
    """An accepted award of an announced round, without a bid; `profile` is pence by the year it begins in."""
    number = next(_numbers)
    council = council or make_council()
    announced = {"status": RoundStatus.ANNOUNCED, "announced_at": NOW, "first_year": FY(2017), "last_year": FY(2019)}
    defaults = {
        "reference": f"AWARD-{number}",
        "round": round or make_round(**announced),
        "council": council,
        "recipient": council.name,
        "title": f"Project {number}",
        "position": number,
        "awarded_on": on,
        "status": AwardStatus.ACCEPTED,
        "accepted_on": on,
    }
    award = Award(**{**defaults, **values})
    award.movements = [
        Movement(
            year=FY(year),
            stream=Stream.CAPITAL,
            pence=pence,
            effective_on=on,
            kind=MovementKind.AWARD,
            recorded_at=NOW,
        )
        for year, pence in (profile or {2017: 900_00}).items()
    ]
    return made(award)
