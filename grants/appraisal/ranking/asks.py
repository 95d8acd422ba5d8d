"""What a round's bids ask for, and what it has to give, by pot: one financial year of one stream."""

from collections.abc import Sequence

from sqlalchemy import CTE, BigInteger, ColumnElement, Select, and_, case, cast, func, literal, select, union

from grants.bids.models import Bid, FundingLine, FundingSource, Project
from grants.funds.models import BudgetLine, Round, Stream
from grants.kernel.db import db
from grants.kernel.financial_year import FinancialYear

Pot = tuple[FinancialYear, Stream]
"""Money is voted by year and stream, and fits or does not fit there."""


def pots_of(round_: Round, among: Select[Bid] | None = None) -> list[Pot]:
    """Every year and stream that the round has money for, or that a bid, of `among`, asks for all the same."""
    asked = (
        select(FundingLine.year, FundingLine.stream)
        .join(FundingLine.project)
        .join(Project.bid)
        .where(Bid.round_id == round_.id, FundingLine.source == FundingSource.GRANT)
    )
    if among is not None:
        asked = asked.where(Bid.id.in_(among.with_only_columns(Bid.id).order_by(None)))
    voted = select(BudgetLine.year, BudgetLine.stream).where(BudgetLine.round_id == round_.id)
    return sorted((year, stream) for year, stream in db.session.execute(union(asked, voted)))


def budget_of(round_: Round) -> dict[Pot, int]:
    """Pence by pot."""
    return {(line.year, line.stream): line.pence for line in round_.budget}


def asks(round_: Round, pots: Sequence[Pot]) -> CTE:
    """Pence of grant that each bid asks for, in all and in one column for each pot."""

    def asked(pot: Pot) -> ColumnElement[int]:
        in_pot = and_(FundingLine.year == pot[0], FundingLine.stream == pot[1])
        return cast(func.sum(case((in_pot, FundingLine.pence), else_=literal(0, BigInteger))), BigInteger)

    return (
        select(
            Project.bid_id,
            cast(func.sum(FundingLine.pence), BigInteger).label("asked"),
            *(asked(pot).label(f"ask_{n}") for n, pot in enumerate(pots)),
        )
        .join(Project.funding)
        .join(Project.bid)
        .where(Bid.round_id == round_.id, FundingLine.source == FundingSource.GRANT)
        .group_by(Project.bid_id)
        .cte("asks")
    )
