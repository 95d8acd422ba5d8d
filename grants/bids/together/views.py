"""Pages on which colleagues give parts of a bid to one another and comment on them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from grants.bids import operations
from grants.bids.answers.section_queries import SectionPage
from grants.bids.blueprint import bp
from grants.bids.forms import ConfirmForm
from grants.bids.people.people_on import people_on
from grants.bids.people.places import writes
from grants.bids.projects.spots import Spot, council_bid, spot_for
from grants.bids.together.forms import CommentForm, GiveForm, offer_parts
from grants.bids.together.queries import (
    Colleagues,
    Where,
    colleagues_on,
    comment_of,
    comments_at,
    my_tasks,
    spot_of,
    task_of,
    tasks_at,
)
from grants.funds.deadlines.closing import extended
from grants.funds.models import Question
from grants.kernel import clock
from grants.kernel.errors import Refused
from grants.kernel.forms import Form, attempt
from grants.people.access import me, requires
from grants.people.desk import Waiting, on_desk
from grants.people.models import Person
from grants.people.roles import Permission


def spot_address(endpoint: str, spot: Spot, **more: Any) -> str:
    """The address of one of the pages of this spot."""
    project, section = spot.project, spot.section
    parts: dict[str, Any] = dict(more)
    if project is not None:
        parts["project_key"] = project.key
    if section is not None:
        parts["code"] = section.code
    return url_for(endpoint, key=spot.bid.key, **parts)


def writing_address(spot: Spot) -> str:
    """Where the spot is written."""
    if spot.section is None:
        return spot_address("bids.project", spot)
    return spot_address("bids.project_section" if spot.project else "bids.section", spot)


@dataclass(frozen=True)
class Beside:
    """What stands beside a part of a bid: who is on it, how many comments are not settled, and where both are."""

    names: str
    comments: int
    give_href: str
    comments_href: str


def beside(spot: Spot, colleagues: Colleagues) -> Beside:
    names = colleagues.names_at(spot.project, spot.section)
    count = colleagues.comments_at(spot.project, spot.section)
    return Beside(names, count, spot_address("bids.give", spot), spot_address("bids.comments", spot))


@dataclass(frozen=True)
class Aside:
    """The same for one question, and where its versions are: empty as long as there is no answer."""

    name: str
    comments: int
    versions_href: str


def section_asides(page: SectionPage) -> tuple[Beside, dict[int, Aside]]:
    """Of the section as a whole, and of each question by its id, in two queries."""
    spot = Spot(page.bid, page.project, page.section, page.questions)
    colleagues = colleagues_on(page.bid)
    return beside(spot, colleagues), {
        question.id: _aside(spot, question, colleagues, answered=question.id in page.answers)
        for question in page.questions
    }


def _aside(spot: Spot, question: Question, colleagues: Colleagues, *, answered: bool) -> Aside:
    section = spot.section.code if spot.section else ""
    where = Where(spot.project.id if spot.project else None, section, question.code)
    task = colleagues.tasks.get(where)
    versions = spot_address("bids.versions", spot, question_code=question.code) if answered else ""
    return Aside(task.person.name if task else "", colleagues.comments.get(where, 0), versions)


@bp.route("/bids/<key>/sections/<code>/give", methods=["GET", "POST"])
@bp.route("/bids/<key>/projects/<project_key>/give", methods=["GET", "POST"])
@bp.route("/bids/<key>/projects/<project_key>/sections/<code>/give", methods=["GET", "POST"])
@requires(Permission.BID_WRITE)
def give(key: str, code: str | None = None, project_key: str | None = None) -> ResponseReturnValue:
    spot = spot_for(me(), key, code, project_key, on=clock.today(), writing=True)
    people = people_on(spot.bid, clock.today(), writing=True)
    form = GiveForm()
    form.offer(spot, people)
    if form.validate_on_submit():
        with attempt(form) as attempted:
            chosen = next((person for person in people if person.key == form.person.data), None)
            if chosen is None:
                raise Refused("Choose a colleague.", field="person")
            operations.give_task(spot, spot.question(form.about.data or ""), chosen, by=me(), at=clock.now())
        if attempted.ok:
            flash(f"{chosen.name} is on it.")
            return redirect(spot_address(".give", spot))
    return _give_page(spot, form)


def _give_page(spot: Spot, form: Form, shown: GiveForm | None = None) -> ResponseReturnValue:
    """`form` is the one that was sent, with what was wrong; `shown` the one to give with, where that is another."""
    if shown is None and isinstance(form, GiveForm):
        shown = form
    return render_template(
        "bids/give.html", bid=spot.bid, spot=spot, tasks=tasks_at(spot), form=form, giving=shown,
        confirm=ConfirmForm(), back=writing_address(spot), here=spot_address(".give", spot),
    )  # fmt: skip


@bp.route("/bids/<key>/tasks/<task_key>/take-back", methods=["POST"])
@requires(Permission.BID_WRITE)
def take_back_task(key: str, task_key: str) -> ResponseReturnValue:
    return _end_task(key, task_key, operations.take_back_task)


@bp.route("/bids/<key>/tasks/<task_key>/done", methods=["POST"])
@requires(Permission.BID_WRITE)
def finish_task(key: str, task_key: str) -> ResponseReturnValue:
    return _end_task(key, task_key, operations.finish_task)


def _end_task(key: str, task_key: str, end: Callable[..., None]) -> ResponseReturnValue:
    bid = council_bid(me(), key, clock.today(), writing=True)
    task = task_of(bid, task_key)
    spot, question = spot_of(bid, task)
    form = ConfirmForm()
    with attempt(form) as attempted:
        end(task, spot.titled(question), by=me(), at=clock.now())
    if attempted.ok:
        return redirect(spot_address(".give", spot))
    giving = GiveForm(formdata=None)
    giving.offer(spot, people_on(bid, clock.today(), writing=True))
    return _give_page(spot, form, giving)


@bp.route("/bids/<key>/sections/<code>/comments", methods=["GET", "POST"])
@bp.route("/bids/<key>/projects/<project_key>/comments", methods=["GET", "POST"])
@bp.route("/bids/<key>/projects/<project_key>/sections/<code>/comments", methods=["GET", "POST"])
@requires(Permission.BID_READ)
def comments(key: str, code: str | None = None, project_key: str | None = None) -> ResponseReturnValue:
    spot = spot_for(me(), key, code, project_key, on=clock.today())
    form = CommentForm()
    offer_parts(form.about, spot)
    if form.validate_on_submit():
        with attempt(form) as attempted:
            operations.comment(
                spot, spot.question(form.about.data or ""), form.text.data or "",
                by=me(), at=clock.now(), form_token=form.form_token.data or None,
            )  # fmt: skip
        if attempted.ok:
            return redirect(spot_address(".comments", spot))
    back = writing_address(spot) if writes(me(), spot.bid, clock.today()) else url_for(".show", key=key)
    return render_template(
        "bids/comments.html", bid=spot.bid, spot=spot, page=comments_at(spot), form=form,
        confirm=ConfirmForm(), back=back,
    )  # fmt: skip


@bp.route("/bids/<key>/comments/<comment_key>/settle", methods=["POST"])
@requires(Permission.BID_READ)
def settle_comment(key: str, comment_key: str) -> ResponseReturnValue:
    bid = council_bid(me(), key, clock.today())
    said = comment_of(bid, comment_key)
    spot, question = spot_of(bid, said)
    with attempt(ConfirmForm()):
        operations.settle_comment(said, spot.titled(question), by=me(), at=clock.now())
    return redirect(spot_address(".comments", spot))


@bp.route("/bids/<key>/comments/<comment_key>/reopen", methods=["POST"])
@requires(Permission.BID_READ)
def reopen_comment(key: str, comment_key: str) -> ResponseReturnValue:
    bid = council_bid(me(), key, clock.today())
    said = comment_of(bid, comment_key)
    spot, question = spot_of(bid, said)
    with attempt(ConfirmForm()):
        operations.reopen_comment(said, spot.titled(question), by=me())
    return redirect(spot_address(".comments", spot))


@on_desk(Permission.BID_WRITE)
def _given_to_me(person: Person, day: date) -> list[Waiting]:
    lines = []
    tasks = my_tasks(person, day)
    longer = extended({(mine.task.bid.round_id, mine.task.bid.lead_council_id) for mine in tasks})
    for mine in tasks:
        bid = mine.task.bid
        spot = Spot(bid, mine.project, mine.section, [])
        closes_at = longer.get((bid.round_id, bid.lead_council_id), bid.round.closes_at)
        closes = clock.london(closes_at).date() if closes_at else None
        what = f"Write “{spot.titled(mine.question)}”: {bid.title} ({bid.round.name})"
        lines.append(Waiting(what, writing_address(spot), due_on=closes))
    return lines
