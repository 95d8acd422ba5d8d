"""Pages on which bids are found, started and read. Writing and handing in have files of their own."""

from collections.abc import Sequence
from datetime import date, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.bids import operations
from grants.bids.afterwards import views as afterwards_views
from grants.bids.afterwards.clarification_queries import bids_asked
from grants.bids.afterwards.overview import afterwards_of
from grants.bids.answers import editing_views, section_views
from grants.bids.blueprint import bp as bp
from grants.bids.checks import faults, project_state, section_state, values_of
from grants.bids.deadline import late_views, reminder_views
from grants.bids.deadline.late_saves import late_saves_of
from grants.bids.deadline.time_left import deadline_of
from grants.bids.forms import FilterForm, ReasonForm
from grants.bids.handing_in import pdf_views
from grants.bids.handing_in import views as handing_in_views
from grants.bids.models import Bid, BidStatus
from grants.bids.own import is_own
from grants.bids.people import inviting_views
from grants.bids.people.places import writes
from grants.bids.projects import views as project_views
from grants.bids.projects.spots import Spot
from grants.bids.queries import (
    WRITERS,
    BidFilter,
    being_written,
    bid_for,
    bid_to_submit,
    is_of_council,
    listed,
    rounds_of,
    to_sign,
    to_submit,
    whole_bid_for,
)
from grants.bids.queries import (
    history as history_of,
)
from grants.bids.shown import answers_shown, funding_shown, outcomes_shown
from grants.bids.starting import form_views
from grants.bids.starting.views import open_rounds
from grants.bids.together.queries import colleagues_on
from grants.bids.together.views import beside
from grants.funds.deadlines.closing import Place, extended, longest_of, takes_bids
from grants.funds.models import Asked
from grants.kernel import clock
from grants.kernel.forms import attempt
from grants.kernel.pages import page_of
from grants.people.access import me, my_councils, requires
from grants.people.desk import Waiting, on_desk
from grants.people.models import Person
from grants.people.roles import Permission, Role

__all__ = [
    "afterwards_views",
    "bp",
    "editing_views",
    "form_views",
    "handing_in_views",
    "inviting_views",
    "late_views",
    "pdf_views",
    "project_views",
    "reminder_views",
    "section_views",
]
for _function in (answers_shown, deadline_of, funding_shown, outcomes_shown):
    bp.add_app_template_global(_function)


@bp.route("/bids")
@requires(Permission.BID_READ)
def index() -> ResponseReturnValue:
    form = FilterForm(request.args)
    of_council = is_of_council(me(), clock.today())
    form.offer([(round.code, round.name) for round in rounds_of(me(), clock.today())], all_statuses=not of_council)
    form.validate()
    known = {status.value: status for status in BidStatus}
    asked = BidFilter(
        form.round.data or "",
        known.get(form.status.data or ""),
        "" if form.council.errors else form.council.data or "",
        "" if form.words.errors else form.words.data or "",
    )
    page = page_of(listed(me(), clock.today(), asked), scalars=False)
    return render_template(
        "bids/index.html",
        page=page,
        filters=form,
        of_council=of_council,
        open_rounds=open_rounds(),
        longer=longest_of(my_councils(*WRITERS)),
        closings=_closings([row[0] for row in page.rows]),
        asked=bids_asked([row[0].id for row in page.rows], clock.now()),
    )


def _closings(bids: Sequence[Bid]) -> dict[Place, datetime]:
    """For those of these bids whose lead council has more time than the round; one query."""
    return extended({(bid.round_id, bid.lead_council_id) for bid in bids})


@bp.route("/bids/<key>")
@requires(Permission.BID_READ)
def show(key: str) -> ResponseReturnValue:
    """The task list while the bid is written; what was submitted afterwards."""
    bid = whole_bid_for(me(), key)
    of_council = is_of_council(me(), clock.today())
    page = {
        "bid": bid,
        "status_shown": bid.shown_status if of_council else bid.status,
        "of_council": of_council,
        "coordinates": bid.lead_council_id in my_councils(Role.BID_COORDINATOR),
        "after": afterwards_of(bid, clock.now()),
        "came_late": late_saves_of(bid, me(), clock.today()),
    }
    if not bid.being_written:
        return render_template("bids/submitted.html", **page)
    values = values_of(bid)
    left = faults(bid, clock.today())
    on_it = colleagues_on(bid)
    sections = [
        (section, section_state(bid, section, None, values), beside(Spot(bid, None, section, []), on_it))
        for section in bid.sections
        if section.per is Asked.BID
    ]
    projects = [
        (project, project_state(bid, project, values), beside(Spot(bid, project, None, []), on_it))
        for project in bid.projects
    ]
    return render_template(
        "bids/show.html",
        **page,
        may_write=writes(me(), bid, clock.today()),
        sections=sections,
        projects=projects,
        left=left,
        open=takes_bids(bid.round, bid.lead_council_id, clock.now()),
    )


@bp.route("/bids/<key>/print")
@requires(Permission.BID_READ)
def print_view(key: str) -> ResponseReturnValue:
    bid = whole_bid_for(me(), key)
    shown = bid.shown_status if is_of_council(me(), clock.today()) else bid.status
    own = is_own(bid, me(), clock.today())
    return render_template("bids/print.html", bid=bid, status_shown=shown, own=own)


@bp.route("/bids/<key>/history")
@requires(Permission.BID_READ)
def history(key: str) -> ResponseReturnValue:
    bid = bid_for(me(), key)
    return render_template("bids/history.html", bid=bid, page=page_of(history_of(bid)))


@bp.route("/bids/<key>/withdraw", methods=["GET", "POST"])
@requires(Permission.BID_SUBMIT)
def withdraw(key: str) -> ResponseReturnValue:
    bid = bid_to_submit(me(), key)
    form = ReasonForm()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            operations.withdraw(bid, reason=form.reason.data or "", by=me(), at=clock.now())
        if attempted.ok:
            flash("The bid is withdrawn.")
            return redirect(url_for(".show", key=key))
    return render_template("bids/withdraw.html", bid=bid, form=form)


@on_desk(Permission.BID_SIGN)
def _wait_for_signature(person: Person, day: date) -> list[Waiting]:
    return _lines("Sign the bid", "bids.sign", to_sign(person, day))


@on_desk(Permission.BID_SUBMIT)
def _wait_for_submission(person: Person, day: date) -> list[Waiting]:
    return _lines("Submit the signed bid", "bids.check", to_submit(person, day))


@on_desk(Permission.BID_WRITE)
def _wait_for_writing(person: Person, day: date) -> list[Waiting]:
    return _lines("Go on with the bid", "bids.show", being_written(person, day))


def _lines(what: str, endpoint: str, bids: Sequence[Bid]) -> list[Waiting]:
    longer = _closings(bids)
    return [_line(what, endpoint, bid, longer.get((bid.round_id, bid.lead_council_id))) for bid in bids]


def _line(what: str, endpoint: str, bid: Bid, longer: datetime | None) -> Waiting:
    closes_at = longer or bid.round.closes_at
    closes = clock.london(closes_at).date() if closes_at else None
    return Waiting(f"{what}: {bid.title} ({bid.round.name})", url_for(endpoint, key=bid.key), due_on=closes)
