"""The programme team's pages: rounds in appraisal, who appraises what, the ranking; and the lines on people's desks."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select

from grants.appraisal import desk, eligibility_views, moderation_views, operations, queries, scoring_views, tallies
from grants.appraisal.forms import AssignForm, ReasonForm
from grants.appraisal.ranking import Pot, asked_in_all, ranking_of
from grants.appraisal.room import bp
from grants.bids.models import Bid, BidStatus
from grants.funds.models import Round
from grants.kernel import clock, money
from grants.kernel.forms import attempt, choices
from grants.kernel.pages import Page, page_of
from grants.kernel.pictures import Bar, BarPicture, bar_picture
from grants.people.access import absolute, me, requires
from grants.people.roles import Permission

__all__ = ["bp", "desk", "eligibility_views", "moderation_views", "scoring_views"]

RANKING_PAGE = 100


@bp.route("/appraisal")
@requires(Permission.RANKING_READ)
def rounds() -> ResponseReturnValue:
    """Rounds with bids that are checked, scored, moderated or decided, and how far they are."""
    page = page_of(tallies.rounds_in_hand(me(), clock.today()), scalars=False)
    return render_template("appraisal/rounds.html", page=page)


@bp.route("/appraisal/<code>/appraisers", methods=["GET", "POST"])
@requires(Permission.APPRAISERS_ASSIGN)
def assignments(code: str) -> ResponseReturnValue:
    """Bids in appraisal with their appraisers; ticked ones are given to one more."""
    round_ = queries.appraised_round(code)
    page = page_of(_to_assign().where(Bid.round_id == round_.id).order_by(Bid.reference))
    people = queries.appraisers(clock.today())
    form = AssignForm()
    form.person.choices = choices([(person.key, person.name) for person in people], blank="Choose an appraiser")
    form.bids.choices = choices([(bid.key, f"{bid.reference} {bid.title}") for bid in page.rows])
    if form.validate_on_submit():
        person = next(person for person in people if person.key == form.person.data)
        chosen = [bid for bid in page.rows if bid.key in (form.bids.data or [])]
        with attempt(form) as attempted:
            address = absolute(url_for(".mine"))
            operations.assign(chosen, person, by=me(), at=clock.now(), address_of_page=address)
        if attempted.ok:
            flash(f"{len(chosen)} bid{'s' if len(chosen) > 1 else ''} given to {person.name}.")
            return redirect(url_for(".assignments", code=code, page=page.number))
    return _assignments_page(round_, page, form)


def _assignments_page(round_: Round, page: Page[Bid], form: AssignForm) -> ResponseReturnValue:
    people = queries.appraisers(clock.today())
    return render_template(
        "appraisal/assignments.html",
        round=round_,
        page=page,
        form=form,
        tasks=queries.assignments_of([bid.id for bid in page.rows]),
        people=people,
        loads=queries.loads([person.id for person in people]),
    )


@bp.route("/appraisal/assignments/<key>/end", methods=["GET", "POST"])
@requires(Permission.APPRAISERS_ASSIGN)
def end_assignment(key: str) -> ResponseReturnValue:
    task, form = queries.assignment_to_end(_to_assign(), key), ReasonForm()
    back = url_for(".assignments", code=task.bid.round.code)
    if form.validate_on_submit():
        with attempt(form) as attempted:
            operations.end_assignment(task, reason=form.reason.data or "", by=me(), at=clock.now())
        if attempted.ok:
            flash("The assignment is ended.")
            return redirect(back)
    return render_template("appraisal/end_assignment.html", task=task, form=form, back=back)


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


def _to_assign() -> Select[Bid]:
    return queries.bids_judged_by_others(me(), clock.today()).where(Bid.status == BidStatus.APPRAISAL)


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
