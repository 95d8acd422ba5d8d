"""Computed questions: what the product works out from a project's own money and outcomes (F1 and F2).

Everything stays exact until it is shown, and is then rounded half up, once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from grants.bids.answers.section_queries import SectionPage
from grants.bids.models import FundingLine, FundingSource, OutcomeLine, Project
from grants.funds.definition.types import Formula
from grants.funds.models import Heading, Question, QuestionKind
from grants.kernel.db import db
from grants.kernel.money import pounds
from grants.kernel.rounding import half_up

NOTHING_YET = "Nothing to work it out from yet"


@dataclass(frozen=True)
class Figures:
    """Pence of grant and of all money, and homes: those of the headline measure, in equivalents."""

    grant: int
    everything: int
    homes: Fraction

    @property
    def cost_per_home(self) -> Fraction | None:
        """F1: pence of grant for each home; None without homes, never without end."""
        return self.grant / self.homes if self.homes else None

    @property
    def leverage(self) -> Fraction | None:
        """F2: money other than the grant for each pound of it."""
        return Fraction(self.everything - self.grant, self.grant) if self.grant else None

    @property
    def intervention_rate(self) -> Fraction | None:
        """F2: the grant's share of all money."""
        return Fraction(self.grant, self.everything) if self.everything else None


def figures_of(funding: Iterable[FundingLine], outcomes: Iterable[OutcomeLine]) -> Figures:
    money = list(funding)
    homes = (
        Fraction(line.hundredths * line.measure.factor_thousandths, 100_000)
        for line in outcomes
        if line.measure.headline and line.measure.heading is Heading.HOMES
    )
    grant = sum(line.pence for line in money if line.source is FundingSource.GRANT)
    return Figures(grant, sum(line.pence for line in money), sum(homes, Fraction(0)))


def figures_of_projects(projects: Iterable[Project]) -> Figures:
    """Of projects loaded with their money and outcomes."""
    several = list(projects)
    money = (line for project in several for line in project.funding)
    return figures_of(money, (line for project in several for line in project.outcomes))


def computed_words(question: Question, figures: Figures) -> str:
    """`£6,209.09` for each home, `2.50` of other money for each pound, a share of `28.57%`."""
    match Formula(question.settings["formula"]):
        case Formula.COST_PER_HOME:
            value = figures.cost_per_home
            return NOTHING_YET if value is None else pounds(int(half_up(value)))
        case Formula.LEVERAGE:
            value = figures.leverage
            return NOTHING_YET if value is None else f"£{half_up(value, 2):,} for each £1 of grant"
        case Formula.INTERVENTION_RATE:
            value = figures.intervention_rate
            return NOTHING_YET if value is None else f"{half_up(value * 100, 2)}%"


def computed_on(page: SectionPage) -> list[tuple[str, str]]:
    """(question, figure) of the computed questions of one section, from what is saved; two queries if there are any."""
    asked = [question for question in page.questions if question.kind is QuestionKind.COMPUTED]
    if not asked:
        return []
    of = Project.id == page.project.id if page.project else Project.bid_id == page.bid.id
    funding = db.session.scalars(select(FundingLine).join(FundingLine.project).where(of))
    outcomes = db.session.scalars(
        select(OutcomeLine).join(OutcomeLine.project).where(of).options(joinedload(OutcomeLine.measure, innerjoin=True))
    )
    figures = figures_of(funding, outcomes)
    return [(question.label, computed_words(question, figures)) for question in asked]
