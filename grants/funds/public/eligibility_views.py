"""Whether a council could bid at all: a page for everyone, that keeps nothing."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from grants.councils.models import Council
from grants.councils.queries import council_named
from grants.funds.deadlines.closing import longest_of
from grants.funds.models import Round
from grants.funds.public.eligibility import obstacles
from grants.funds.public.eligibility_forms import EligibilityForm, eligibility_form
from grants.funds.queries import round_for
from grants.kernel import clock
from grants.kernel.errors import Refused
from grants.people.access import me, my_councils, requires, signed_in
from grants.people.roles import Permission

bp = Blueprint("eligibility_before", __name__)


@bp.route("/rounds/<code>/eligibility")
@requires(Permission.PUBLIC)
def check(code: str) -> ResponseReturnValue:
    """Nothing is said to be wrong before something has been typed."""
    round = round_for(me() if signed_in() else None, code)
    form = eligibility_form(round, request.args)
    council = _named(form) if request.args and form.validate() else None
    return render_template(
        "funds/eligibility.html",
        round=round,
        phase=round.phase(clock.now(), until=longest_of(my_councils() if signed_in() else ()).get(round.id)),
        form=form,
        council=council,
        obstacles=_obstacles(round, council, form) if council else [],
    )


def _obstacles(round: Round, council: Council, form: EligibilityForm) -> list[str]:
    return obstacles(round, council, form.answers(), clock.today(), invited=form.says_invited)


def _named(form: EligibilityForm) -> Council | None:
    """The council that was meant; None, with the refusal on the form, where that is not sure."""
    try:
        return council_named(form.council.data or "", clock.today())
    except Refused as refusal:
        form.refuse(refusal)
        return None
