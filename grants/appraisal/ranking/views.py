"""The ranking of a round, and the marks behind one place in it."""

from flask import render_template
from flask.typing import ResponseReturnValue

from grants.appraisal import queries
from grants.appraisal.ranking.asks import Pot
from grants.appraisal.ranking.totals import asked_in_all, ranking_of
from grants.appraisal.room import bp
from grants.bids.models import Bid, BidStatus
from grants.kernel import clock, money
from grants.kernel.pages import page_of
from grants.kernel.pictures import Bar, BarPicture, bar_picture
from grants.people.access import me, requires
from grants.people.roles import Permission

RANKING_PAGE = 100


@bp.route("/appraisal/<code>/ranking")
@requires(Permission.RANKING_READ)
def ranking(code: str) -> ResponseReturnValue:
    """A hundred bids a page, best first. Bids that the reader may not see count neither in ranks nor in sums."""
    round_ = queries.appraised_round(code)
    found = ranking_of(round_, among=queries.bids_open_to(me(), clock.today()))
    page = page_of(found.rows, size=RANKING_PAGE, scalars=False)
    sums = asked_in_all(found)
    return render_template(
        "appraisal/ranking.html",
        round=round_,
        ranking=found,
        page=page,
        rows=[found.read(row) for row in page.rows],
        sums=sums,
        picture=_picture(found.budget, sums),
    )


@bp.route("/appraisal/<code>/ranking/<key>")
@requires(Permission.RANKING_READ)
def marks(code: str, key: str) -> ResponseReturnValue:
    """The marks and reasons behind one place in the ranking, once the bid is moderated."""
    round_ = queries.appraised_round(code)
    open_to_me = queries.bids_open_to(me(), clock.today()).where(Bid.round_id == round_.id)
    bid = queries.found_bid(open_to_me, key, BidStatus.MODERATED, *queries.DECIDED)
    return render_template("appraisal/marks.html", bid=bid, judgement=queries.judgement_of(bid))


def _picture(budget: dict[Pot, int], sums: dict[Pot, tuple[int, int]]) -> BarPicture | None:
    """For each pot the budget, what the bids above the line ask for, and what all ranked bids ask for."""
    bars = []
    for (year, stream), (above, asked) in sums.items():
        name = f"{year} {stream}"
        bars += [
            Bar(f"{name}: budget", money.pounds(budget.get((year, stream), 0)), budget.get((year, stream), 0), "plum"),
            Bar(f"{name}: above the line", money.pounds(above), above, "teal"),
            Bar(f"{name}: all ranked bids", money.pounds(asked), asked),
        ]
    return bar_picture("asked", "What ranked bids ask for, against the budget", bars) if bars else None
