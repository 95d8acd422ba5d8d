"""An award with a bid behind it, and the people around it."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from typing import Any

from grants.awards.models import Award
from grants.bids.models import Bid, BidStatus, OutcomeLine, Project
from grants.funds import operations as funds
from grants.funds.definition.reading import shipped
from grants.funds.models import OutcomeMeasure, Round, RoundStatus, Unit
from grants.kernel.financial_year import FinancialYear as FY
from grants.kernel.financial_year import Quarter
from grants.outcomes import operations as returns
from grants.outcomes.checks import Reported
from grants.outcomes.models import Return
from grants.people.models import Person
from grants.people.roles import Role
from tests.factories import NOW, TODAY, made, make_award, make_council, make_person, make_team

_numbers = count(1)
ACCEPTED_ON = date(2026, 5, 4)
Q1, Q2, Q3 = (Quarter(FY(2026), number) for number in (1, 2, 3))


@dataclass
class World:
    """One council's accepted award for 40 homes and £2m of receipts, £500,000 of grant in 2026/27."""

    award: Award
    author: Person
    coordinator: Person
    officer: Person
    manager: Person = field(default_factory=lambda: make_person(Role.PROGRAMME_MANAGER))

    @property
    def homes(self) -> OutcomeMeasure:
        return self.measure("homes_released")

    def measure(self, code: str) -> OutcomeMeasure:
        return next(m for m in self.award.round.measures if m.code == code)

    def start(self, quarter: Quarter = Q2, **values: Any) -> Return:
        return returns.start_return(self.award, quarter, **{"by": self.author, "at": NOW, "today": TODAY, **values})

    def save(self, begun: Return, figures: dict[tuple[str, int], tuple[int | None, int | None]], **values: Any) -> None:
        told = {(self.measure(code), FY(year)): Reported(*pair) for (code, year), pair in figures.items()}
        defaults = {"spending": {FY(2026): Reported(100_00, 500_000_00)}, "progress": "Works began.", "risks": ""}
        defaults |= {"version_seen": begun.version, "by": self.author, "at": NOW}
        returns.save_return(begun, figures=told, **{**defaults, **values})

    def submitted(self, quarter: Quarter = Q2, figures: Any = None) -> Return:
        begun = self.start(quarter)
        self.save(begun, figures or {("homes_released", 2026): (10_00, 12_00), ("homes_released", 2027): (None, 28_00)})
        returns.send_for_sign_off(begun, by=self.author, at=NOW)
        returns.sign(begun, by=self.officer, at=NOW)
        return begun


def make_returning_round(**values: Any) -> Round:
    number = next(_numbers)
    definition = shipped()["lrf-2017"]
    round = funds.make_round(
        definition, code=f"lrf-r{number}", name=f"Round R{number}", by=None, at=NOW, first_year=FY(2026)
    )
    round.status, round.announced_at = RoundStatus.ANNOUNCED, NOW - timedelta(days=300)
    for name, value in values.items():
        setattr(round, name, value)
    return round


def make_world(*, round: Round | None = None, homes: int = 40_00, **values: Any) -> World:
    council = make_council()
    author, coordinator, officer = make_team(council)
    round = round or make_returning_round()
    bid = made(
        Bid(
            round=round,
            lead_council=council,
            title="Homes",
            status=BidStatus.SUCCESSFUL,
            reference=f"BID-{next(_numbers)}",
            started_at=NOW,
            started_by_id=author.id,
            changed_at=NOW,
            submitted_at=NOW,
        )
    )
    project = made(Project(bid=bid, council=council, title="Old depot", position=1))
    for measure in round.measures:
        if measure.code == "homes_released" and homes:
            made(OutcomeLine(project=project, measure=measure, year=FY(2027), hundredths=homes))
        if measure.code == "capital_receipt" and measure.unit is Unit.POUNDS:
            made(OutcomeLine(project=project, measure=measure, year=FY(2028), hundredths=2_000_000_00))
    award = make_award(
        council, round=round, profile={2026: 500_000_00}, on=ACCEPTED_ON, bid=bid, project=project, **values
    )
    return World(award, author, coordinator, officer)
