"""The programme page: what has been achieved against target, and where the money went."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from grants.kernel import clock
from grants.outcomes.queries import last_ended
from grants.outcomes.totals import programme_totals
from grants.people.access import requires
from grants.people.roles import Permission
from grants.reports.blueprint import bp
from grants.reports.programme import announced_rounds, card_of, money_of, region_picture, regions_of


@bp.route("/programme")
@requires(Permission.REPORTS_READ)
def programme() -> ResponseReturnValue:
    """All announced rounds, or the one the address names."""
    every = announced_rounds()
    asked = request.args.get("round", "")
    rounds = [round for round in every if round.code == asked] or every
    ids = [round.id for round in rounds]
    regions = regions_of(ids)
    return render_template(
        "reports/programme.html",
        every=every,
        asked=asked if len(rounds) == 1 else "",
        cards=[card_of(total) for total in programme_totals(ids)],
        money=money_of(rounds),
        regions=regions,
        region_picture=region_picture(regions),
        quarter=last_ended(clock.today()),
    )
