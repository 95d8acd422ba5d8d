"""The page on which the programme sees who was reminded of a round's closing, and what they are told."""

from flask import render_template
from flask.typing import ResponseReturnValue

from grants.bids.blueprint import bp
from grants.bids.deadline.reminder_queries import Plan, plan_of, sample_moment, told_of, what_of
from grants.bids.deadline.reminders import reminder_text
from grants.funds.models import Round
from grants.funds.queries import round_for
from grants.kernel import clock
from grants.kernel.pages import page_of
from grants.people.access import me, requires
from grants.people.roles import Permission

_SAMPLE = """“The title of the bid” of Your Council: a draft.
- Each thing that is left to do, in a line of its own.
(the address of the bid’s list of what is left to do)"""


@bp.route("/rounds/<code>/reminders")
@requires(Permission.ROUND_MANAGE)
def reminders(code: str) -> ResponseReturnValue:
    """No title of a bid stands here: until it is submitted, a bid is its council's own."""
    round = round_for(me(), code)
    plan = plan_of(round)
    page = page_of(told_of(round), scalars=False)
    told = [(message, name, what_of(message)) for message, name in page.rows]
    return render_template(
        "bids/reminders.html",
        round=round,
        plan=plan,
        page=page,
        told=told,
        sample=_sample(round, plan),
        now=clock.now(),
    )


def _sample(round: Round, plan: Plan) -> str:
    if not plan.days or round.closes_at is None:
        return ""
    at = sample_moment(plan.days, clock.now())
    return reminder_text("(the person’s name)", round, round.closes_at, at, [_SAMPLE])
