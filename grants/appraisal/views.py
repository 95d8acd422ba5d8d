"""Rounds in appraisal; the room's other pages and the lines on people's desks are beside this."""

from flask import render_template
from flask.typing import ResponseReturnValue

from grants.appraisal import desk, place_marks, tallies
from grants.appraisal.appraisers import conflict_views, manager_views, own_views
from grants.appraisal.assigning import giving_back_views, proposal_views
from grants.appraisal.assigning import views as assigning_views
from grants.appraisal.feedback import council_views as feedback_council_views
from grants.appraisal.feedback import desk as feedback_desk
from grants.appraisal.feedback import views as feedback_views
from grants.appraisal.gates import valuing_views
from grants.appraisal.gates import views as gates_views
from grants.appraisal.moderating import bid_views, comparing_views
from grants.appraisal.moderating import views as moderating_views
from grants.appraisal.panels import desk as panels_desk
from grants.appraisal.panels import minutes_views as panel_minutes_views
from grants.appraisal.panels import pack_views as panel_pack_views
from grants.appraisal.panels import views as panel_views
from grants.appraisal.ranking import export_views
from grants.appraisal.ranking import views as ranking_views
from grants.appraisal.remarks import desk as remarks_desk
from grants.appraisal.remarks import own_views as own_flag_views
from grants.appraisal.remarks import tag_views
from grants.appraisal.remarks import views as remarks_views
from grants.appraisal.room import bp
from grants.appraisal.scoring import views as scoring_views
from grants.appraisal.steps import steps_of
from grants.kernel import clock
from grants.kernel.pages import page_of
from grants.people.access import me, requires
from grants.people.roles import Permission

__all__ = [
    "assigning_views",
    "bid_views",
    "bp",
    "comparing_views",
    "conflict_views",
    "desk",
    "export_views",
    "feedback_council_views",
    "feedback_desk",
    "feedback_views",
    "gates_views",
    "giving_back_views",
    "manager_views",
    "moderating_views",
    "own_flag_views",
    "own_views",
    "panel_minutes_views",
    "panel_pack_views",
    "panel_views",
    "panels_desk",
    "place_marks",
    "proposal_views",
    "ranking_views",
    "remarks_desk",
    "remarks_views",
    "scoring_views",
    "tag_views",
    "valuing_views",
]


@bp.route("/appraisal")
@requires(Permission.RANKING_READ)
def rounds() -> ResponseReturnValue:
    """Rounds with bids that are checked, scored, moderated or decided, and how far they are."""
    page = page_of(tallies.rounds_in_hand(me(), clock.today()), size=10, scalars=False)
    return render_template("appraisal/rounds.html", page=page, steps=[steps_of(row[0], row) for row in page.rows])
