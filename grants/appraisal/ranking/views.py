"""The ranking of a round, how firm it is, and the marks behind one place in it.

Each page starts from the bids that the reader does not score and has no conflict with: the others count neither in
ranks nor in sums.
"""

from collections.abc import Callable, Iterable, Sequence

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from grants.appraisal import queries
from grants.appraisal.arithmetic import places_of
from grants.appraisal.gates import worth
from grants.appraisal.moderating.queries import conclusion_of
from grants.appraisal.ranking.asks import Pot
from grants.appraisal.ranking.counted import POINT
from grants.appraisal.ranking.line import Policy
from grants.appraisal.ranking.narrowing import narrowed, offered
from grants.appraisal.ranking.sensitivity import Fate, Scenario, Swing, swings
from grants.appraisal.ranking.totals import Ranked, Ranking, ranking_of
from grants.appraisal.ranking.whole import asked_in_all, rows_with_sums, skipping, standings, sums_on
from grants.appraisal.room import bp
from grants.bids.models import Bid, BidStatus
from grants.funds.models import Round
from grants.kernel import clock, money
from grants.kernel.db import db
from grants.kernel.forms import Form
from grants.kernel.pages import Page, asked_page, page_at_once
from grants.kernel.pictures import Bar, BarPicture, bar_picture
from grants.people.access import me, requires
from grants.people.roles import Permission

RANKING_PAGE = 100
Swung = tuple[int, Swing]
"""A bid's id and how its place moves."""


def open_bids(round_: Round) -> Select[Bid]:
    """The round's bids that the reader neither scores nor has a conflict with."""
    return queries.bids_judged_by_others(me(), clock.today()).where(Bid.round_id == round_.id)


def policy_asked() -> Policy:
    return Policy.SKIP if request.args.get("line") == Policy.SKIP else Policy.STOP


@bp.route("/appraisal/<code>/ranking")
@requires(Permission.RANKING_READ)
def ranking(code: str) -> ResponseReturnValue:
    """A hundred bids a page, best first; what is chosen above narrows the rows, and the places stay as they are."""
    round_, policy = queries.appraised_round(code), policy_asked()
    among = open_bids(round_)
    found = ranking_of(round_, among=among)
    by = offered(round_, among, request.args)
    rows = narrowed(found.rows, round_, by) if by else rows_with_sums(found)
    page = page_at_once(rows, size=RANKING_PAGE)
    if policy is Policy.SKIP:
        funded, sums = skipping(found)
    else:
        funded, sums = None, asked_in_all(found) if by or not page.rows else sums_on(found, page.rows[0])
    ranked = [found.read(row) for row in page.rows]
    return render_template(
        "appraisal/ranking.html",
        round=round_,
        ranking=found,
        page=page,
        rows=ranked,
        decimals=_decimals(found, ranked),
        by=by,
        policy=policy,
        funded=funded,
        sums=sums,
        picture=_picture(found.budget, sums),
        form=Form(),
    )


@bp.route("/appraisal/<code>/ranking/sensitivity")
@requires(Permission.RANKING_READ)
def sensitivity(code: str) -> ResponseReturnValue:
    """The best and worst place of each bid when one weight is 5 more or less, and whose standing changes."""
    round_, policy = queries.appraised_round(code), policy_asked()
    found = ranking_of(round_, among=open_bids(round_))
    weights = {criterion.id: criterion.weight for criterion in found.criteria}
    swung = swings(standings(found), weights, found.budget, round_.pass_mark * POINT, policy)
    changing = [(bid_id, swing) for bid_id, swing in swung.items() if swing.changes]
    only = request.args.get("show") == "changing"
    page = _part(changing if only else list(swung.items()))
    return render_template(
        "appraisal/ranking/sensitivity.html",
        round=round_,
        page=page,
        bids=_bids(bid_id for bid_id, _ in page.rows),
        words=_said(found),
        changing=len(changing),
        only=only,
        standing=_standing(found),
        ample=bool(found.budget) and not any(swing.lacks_money for swing in swung.values()),
        has_budget=bool(found.budget),
    )


@bp.route("/appraisal/<code>/ranking/<key>")
@requires(Permission.RANKING_READ)
def marks(code: str, key: str) -> ResponseReturnValue:
    """The marks and reasons behind one place in the ranking, once the bid is moderated."""
    round_ = queries.appraised_round(code)
    bid = queries.found_bid(open_bids(round_), key, BidStatus.MODERATED, *queries.DECIDED)
    judgement, conclusion = queries.judgement_of(bid), conclusion_of(bid)
    return render_template(
        "appraisal/marks.html", bid=bid, judgement=judgement, conclusion=conclusion, worth=worth.latest(bid)
    )


def _decimals(found: Ranking, ranked: Sequence[Ranked]) -> dict[int, int]:
    """By criterion id: how many its marks on a page have, so that they are alike. A looked-up one is nearly exact."""
    marks = {c.id: [mark for row in ranked if (mark := row.marks[c.id]) is not None] for c in found.criteria}
    return {c.id: places_of(marks[c.id], 0, 3 if c.looked_up else 2) for c in found.criteria}


def _part(rows: Sequence[Swung]) -> Page[Swung]:
    """One page of what was worked out as a whole."""
    number = min(asked_page(), max(1, -(-len(rows) // RANKING_PAGE)))
    start = (number - 1) * RANKING_PAGE
    return Page(rows[start : start + RANKING_PAGE], number, len(rows), RANKING_PAGE)


def _bids(ids: Iterable[int]) -> dict[int, Bid]:
    rows = select(Bid).where(Bid.id.in_(list(ids))).options(joinedload(Bid.lead_council))
    return {bid.id: bid for bid in db.session.scalars(rows)}


def _said(found: Ranking) -> Callable[[Scenario | None], str]:
    """How a scenario is told: `Deliverability 35 instead of 30`."""
    names = {criterion.id: criterion.name for criterion in found.criteria}

    def words(scenario: Scenario | None) -> str:
        return f"{names[scenario.criterion_id]} {scenario.changed} instead of {scenario.weight}" if scenario else ""

    return words


def _standing(found: Ranking) -> Callable[[Fate], str]:
    """A fate in the words of the ranking: `Reserve`."""

    def words(fate: Fate) -> str:
        recommended = fate in (Fate.FUNDED, Fate.RESERVE)
        return found.standing(weak=fate is Fate.WEAK, recommended=recommended, funded=fate is Fate.FUNDED)

    return words


def _picture(budget: dict[Pot, int], sums: dict[Pot, tuple[int, int]]) -> BarPicture | None:
    """For each pot the budget, what the bids within the money ask for, and what ranked bids ask for."""
    bars = []
    for (year, stream), (above, asked) in sums.items():
        name = f"{year} {stream}"
        bars += [
            Bar(f"{name}: budget", money.pounds(budget.get((year, stream), 0)), budget.get((year, stream), 0), "plum"),
            Bar(f"{name}: in the money", money.pounds(above), above, "teal"),
            Bar(f"{name}: ranked bids", money.pounds(asked), asked),
        ]
    return bar_picture("asked", "What ranked bids ask for, against the budget", bars) if bars else None
