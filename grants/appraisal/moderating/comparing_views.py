"""How strictly a round's appraisers mark, and how far they agree: to be talked about, never to change a score."""

from fractions import Fraction

from flask import abort, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, select

from grants.appraisal import queries
from grants.appraisal.consistency import FAR_FROM_PANEL, FEWEST_IN_COMMON, FEWEST_SCORES, Leniency, Pairs
from grants.appraisal.moderating import comparing
from grants.appraisal.ranking.counted import POINT
from grants.appraisal.room import bp
from grants.bids.models import Bid
from grants.funds.models import Round
from grants.kernel import clock
from grants.kernel.db import found
from grants.kernel.pages import page_of
from grants.kernel.rounding import printed
from grants.people.access import me, requires
from grants.people.models import Person
from grants.people.roles import Permission

bp.add_app_template_filter(printed, "half_up")


@bp.route("/appraisal/<code>/leniency")
@requires(Permission.MODERATE)
def leniency(code: str) -> ResponseReturnValue:
    """F13 for every appraiser of the round."""
    round_ = queries.appraised_round(code)
    totals = comparing.totals_of(_bids(round_), list(round_.criteria))
    page, panel = page_of(comparing.by_appraiser(totals), scalars=False), comparing.panel_of(totals)
    rows = [(person, Leniency(comparing.sample(*sums), panel)) for person, *sums in page.rows]
    return render_template(
        "appraisal/moderating/leniency.html",
        round=round_, page=page, rows=rows, panel=panel, fewest=FEWEST_SCORES, far=FAR_FROM_PANEL,
    )  # fmt: skip


@bp.route("/appraisal/<code>/leniency/<person_key>")
@requires(Permission.MODERATE)
def leniency_of(code: str, person_key: str) -> ResponseReturnValue:
    """The totals that one appraiser gave, each with its check value."""
    round_ = queries.appraised_round(code)
    totals = comparing.totals_of(_bids(round_), list(round_.criteria))
    person = found(select(Person).where(Person.key == person_key))
    compared = comparing.leniency_of(totals, person)
    if compared is None:
        abort(404)
    page = page_of(comparing.totals_by(totals, person), scalars=False)
    given = [(bid, Fraction(int(units), POINT)) for bid, units in page.rows]
    rows = [(bid, total, compared.check_value(total)) for bid, total in given]
    return render_template(
        "appraisal/moderating/leniency_of.html",
        round=round_, person=person, compared=compared, page=page, rows=rows, fewest=FEWEST_SCORES,
    )  # fmt: skip


@bp.route("/appraisal/<code>/agreement")
@requires(Permission.MODERATE)
def agreement(code: str) -> ResponseReturnValue:
    """F14 by criterion, over all pairs, and by pair of appraisers."""
    round_ = queries.appraised_round(code)
    criteria = [criterion for criterion in round_.criteria if not criterion.looked_up]
    by_criterion = comparing.agreement_by_criterion(_bids(round_), criteria)
    page = page_of(comparing.agreement_by_pair(_bids(round_), criteria), scalars=False)
    nothing = Pairs.of([])
    return render_template(
        "appraisal/moderating/agreement.html",
        round=round_,
        criteria=[(criterion, by_criterion.get(criterion.id, nothing)) for criterion in criteria],
        page=page,
        rows=[(one, other, comparing.pairs(sums)) for one, other, *sums in page.rows],
        fewest=FEWEST_IN_COMMON,
    )


def _bids(round_: Round) -> Select[Bid]:
    return queries.bids_judged_by_others(me(), clock.today()).where(Bid.round_id == round_.id)
