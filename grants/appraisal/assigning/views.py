"""Who appraises what: the programme manager's pages."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select

from grants.appraisal import queries
from grants.appraisal.assigning import giving
from grants.appraisal.assigning import queries as lists
from grants.appraisal.assigning.forms import AssignForm, BidFilterForm, ReasonForm
from grants.appraisal.room import bp
from grants.bids.models import Bid, BidStatus
from grants.funds.models import Round
from grants.kernel import clock
from grants.kernel.forms import attempt, choices
from grants.kernel.pages import Page, page_of
from grants.people.access import absolute, me, requires
from grants.people.models import Person
from grants.people.roles import Permission


@bp.route("/appraisal/<code>/appraisers", methods=["GET", "POST"])
@requires(Permission.APPRAISERS_ASSIGN)
def assignments(code: str) -> ResponseReturnValue:
    """Bids in appraisal with their appraisers; ticked ones are given to one more."""
    round_, asked = queries.appraised_round(code), BidFilterForm(request.args)
    page = page_of(lists.bids_to_assign(round_, me(), clock.today(), asked.wanted))
    people = queries.appraisers(clock.today())
    form = AssignForm()
    form.person.choices = choices([(person.key, person.name) for person in people], blank="Choose an appraiser")
    form.bids.choices = choices([(bid.key, f"{bid.reference} {bid.title}") for bid in page.rows])
    if form.validate_on_submit():
        person = next(person for person in people if person.key == form.person.data)
        chosen = [bid for bid in page.rows if bid.key in (form.bids.data or [])]
        with attempt(form) as attempted:
            address, at = absolute(url_for(".mine")), clock.now()
            tasks = giving.assign(chosen, person, by=me(), at=at, address_of_page=address)
            said = _given(sum(task.assigned_at == at for task in tasks), len(chosen), person)
        if attempted.ok:
            flash(said)
            return redirect(request.full_path.rstrip("?"))
    return _assignments_page(round_, page, form, asked, people)


def _given(new: int, ticked: int, person: Person) -> str:
    had = ticked - new
    said = [f"{new} bid{'s' if new > 1 else ''} given to {person.name}."] if new else []
    return " ".join(said + ([f"{had} {'were' if had > 1 else 'was'} with {person.name} already."] if had else []))


def _assignments_page(
    round_: Round, page: Page[Bid], form: AssignForm, asked: BidFilterForm, people: Sequence[Person]
) -> ResponseReturnValue:
    waiting = lists.who_has_bids_waiting(round_, me(), clock.today())
    shown = [*people, *(person for person in waiting if person not in people)]
    return render_template(
        "appraisal/assigning/assignments.html",
        round=round_,
        page=page,
        form=form,
        asked=asked,
        narrowed=asked.wanted != lists.BidFilter(),
        waiting=waiting,
        tasks=queries.assignments_of([bid.id for bid in page.rows]),
        people=people,
        shown=shown,
        loads=queries.loads([person.id for person in shown], queries.bids_judged_by_others(me(), clock.today())),
    )


@bp.route("/appraisal/assignments/<key>/end", methods=["GET", "POST"])
@requires(Permission.APPRAISERS_ASSIGN)
def end_assignment(key: str) -> ResponseReturnValue:
    task, form = queries.assignment_to_end(_to_assign(), key), ReasonForm()
    back = url_for(".assignments", code=task.bid.round.code)
    if form.validate_on_submit():
        with attempt(form) as attempted:
            giving.end_assignment(task, reason=form.reason.data or "", by=me(), at=clock.now())
        if attempted.ok:
            flash("The assignment is ended.")
            return redirect(back)
    return render_template("appraisal/end_assignment.html", task=task, form=form, back=back)


def _to_assign() -> Select[Bid]:
    return queries.bids_judged_by_others(me(), clock.today()).where(Bid.status == BidStatus.APPRAISAL)
