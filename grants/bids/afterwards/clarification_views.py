"""Pages on which the programme asks for clarification and a council answers, old and new answers side by side."""

from collections.abc import Sequence
from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.bids.afterwards import clarifying
from grants.bids.afterwards.clarification_forms import AnswerAgainForm, ask_form, choose_form
from grants.bids.afterwards.clarification_queries import (
    ClarificationState,
    asked_by_programme,
    clarification_of,
    clarifications_of,
    item_of,
    shown,
    state_of,
    to_answer,
)
from grants.bids.afterwards.sides import acts_for, bid_of_programme
from grants.bids.answers.values import in_words
from grants.bids.blueprint import bp
from grants.bids.fault import Values
from grants.bids.forms import ConfirmForm, ReasonForm
from grants.bids.handing_in.submitted_values import Place, open_to_clarification, place_name, submitted_values
from grants.bids.models import Bid, Clarification
from grants.bids.people.places import writes
from grants.bids.queries import bid_for, bid_in_full, bid_to_submit, bid_to_write
from grants.funds.deadlines.working_days import bank_holidays, working_days_after
from grants.kernel import clock
from grants.kernel.forms import attempt
from grants.kernel.pages import page_of
from grants.people.access import absolute, may, me, my_councils, requires
from grants.people.desk import Waiting, on_desk
from grants.people.models import Person
from grants.people.roles import Permission, Role

WORKING_DAYS = 5
"""What a council is given to answer, unless another day is entered (our default)."""


@bp.route("/bids/<key>/clarifications")
@requires(Permission.BID_READ)
def clarifications(key: str) -> ResponseReturnValue:
    """All that was asked of the bid, the latest first."""
    bid, day, at = bid_for(me(), key), clock.today(), clock.now()
    to_council = acts_for(me(), bid, day)
    found = [shown(asked, at, to_council=to_council) for asked in clarifications_of(bid)]
    return render_template(
        "bids/clarifications.html",
        bid=bid,
        found=found,
        may_write=to_council and writes(me(), bid, day),
        may_send=bid.lead_council_id in my_councils(Role.BID_COORDINATOR),
        may_ask=not to_council and may(Permission.CLARIFICATION_ASK),
        asks_now=bid.status in clarifying.ASKED_WHILE and not any(_waits(one.state) for one in found),
    )


def _waits(state: ClarificationState) -> bool:
    return state is ClarificationState.ASKED


@bp.route("/bids/<key>/clarifications/ask", methods=["GET", "POST"])
@requires(Permission.CLARIFICATION_ASK)
def ask_clarification(key: str) -> ResponseReturnValue:
    """The questions are chosen first, in the address; then each is given its own words."""
    bid = bid_in_full(bid_of_programme(me(), key, clock.today()).id)
    values = submitted_values(bid)
    places = open_to_clarification(bid, values)
    wanted = set(request.args.getlist("question"))
    chosen = [place for place in places if place_name(place) in wanted]
    said = {place_name(place): _in_words(values, place) for place in places}
    if not chosen:
        form = choose_form(places, request.args)
        named = [(place_name(place), place) for place in places]
        return render_template("bids/choose_questions.html", bid=bid, form=form, places=named, said=said)
    return _ask(bid, chosen, [said[place_name(place)] for place in chosen])


def _in_words(values: Values, place: Place) -> str:
    _, question, project = place
    return in_words(question, values.get((project.id if project else None, question.id)))


def _ask(bid: Bid, chosen: Sequence[Place], said: Sequence[str]) -> ResponseReturnValue:
    form = ask_form(chosen, working_days_after(clock.today(), WORKING_DAYS, bank_holidays()))
    if form.validate_on_submit():
        with attempt(form) as attempted:
            clarifying.ask_clarification(
                bid, form.asks(chosen), note=form.note.data or "", due_at=form.due_at, by=me(), at=clock.now(),
                form_token=form.form_token.data or None, address=absolute(url_for(".clarifications", key=bid.key)),
            )  # fmt: skip
        if attempted.ok:
            flash("The council has been asked, and told by e-mail.")
            return redirect(url_for(".clarifications", key=bid.key))
    places = list(zip(chosen, said, strict=True))
    return render_template("bids/ask_clarification.html", bid=bid, form=form, places=places)


@bp.route("/bids/<key>/clarifications/<clarification_key>/take-back", methods=["GET", "POST"])
@requires(Permission.CLARIFICATION_ASK)
def take_back_clarification(key: str, clarification_key: str) -> ResponseReturnValue:
    bid = bid_of_programme(me(), key, clock.today())
    asked, form = clarification_of(bid, clarification_key), ReasonForm()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            clarifying.take_back_clarification(asked, reason=form.reason.data or "", by=me(), at=clock.now())
        if attempted.ok:
            flash("The clarification is taken back, and the council has been told by e-mail.")
            return redirect(url_for(".clarifications", key=key))
    return render_template("bids/take_back_clarification.html", bid=bid, form=form)


@bp.route("/bids/<key>/clarifications/<clarification_key>/answers/<int:number>", methods=["GET", "POST"])
@requires(Permission.BID_WRITE)
def answer_again(key: str, clarification_key: str, number: int) -> ResponseReturnValue:
    """One question, its answer as submitted, and a field; after the due time what was typed is still given back."""
    bid = bid_to_write(me(), key)
    asked = clarification_of(bid, clarification_key)
    item = item_of(asked, number)
    if request.method == "GET" and not _may_answer(asked):
        return redirect(url_for(".clarifications", key=key))
    again, theirs = AnswerAgainForm(bid, item), None
    if again.form.validate_on_submit():
        given = again.given
        if given is None:
            return redirect(url_for(".send_clarification", key=key, clarification_key=clarification_key))
        with attempt(again.form) as attempted:
            clarifying.answer_again(item, given, words=again.words, by=me(), at=clock.now())
        if attempted.ok:
            return redirect(_next_page(asked, number))
        if item.version != given.version_seen:
            theirs = clarifying.stands_in_words(item)
            again.catch_up()
    return render_template(
        "bids/answer_again.html", bid=bid, asked=asked, form=again.form, one=again.asking.asked[0], theirs=theirs,
        item=shown(asked, clock.now(), to_council=True).items[number - 1],
    )  # fmt: skip


def _may_answer(asked: Clarification) -> bool:
    return state_of(asked, clock.now()) is ClarificationState.ASKED


def _next_page(asked: Clarification, number: int) -> str:
    """The next question without an answer, or the page from which the answers are sent."""
    found = (place for place, item in enumerate(asked.items, start=1) if item.new is None)
    place = next(found, None)
    key, own = asked.bid.key, asked.key
    if place is None:
        return url_for(".send_clarification", key=key, clarification_key=own)
    return url_for(".answer_again", key=key, clarification_key=own, number=place)


@bp.route("/bids/<key>/clarifications/<clarification_key>/send", methods=["GET", "POST"])
@requires(Permission.BID_WRITE)
def send_clarification(key: str, clarification_key: str) -> ResponseReturnValue:
    """A last look at the answers for all who write them; the lead council's coordinator sends them."""
    bid = bid_to_write(me(), key) if request.method == "GET" else bid_to_submit(me(), key)
    asked, form = clarification_of(bid, clarification_key), ConfirmForm()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            address = absolute(url_for(".clarifications", key=key))
            clarifying.send_clarification(asked, by=me(), at=clock.now(), address=address)
        if attempted.ok:
            flash("Your answers are sent.")
            return redirect(url_for(".clarifications", key=key))
    if not _may_answer(asked) and not form.is_submitted():
        return redirect(url_for(".clarifications", key=key))
    return render_template(
        "bids/send_clarification.html", bid=bid, form=form, shown=shown(asked, clock.now(), to_council=True),
        left=clarifying.clarification_faults(bid_in_full(bid.id), asked),
        may_send=bid.lead_council_id in my_councils(Role.BID_COORDINATOR),
    )  # fmt: skip


@bp.route("/clarifications")
@requires(Permission.CLARIFICATION_ASK)
def all_clarifications() -> ResponseReturnValue:
    """What the programme has asked of all bids, and what became of it."""
    page = page_of(asked_by_programme(me(), clock.today()))
    states = {asked.id: state_of(asked, clock.now()) for asked in page.rows}
    return render_template("bids/all_clarifications.html", page=page, states=states)


@on_desk(Permission.BID_WRITE)
def _wait_for_answers(person: Person, day: date) -> list[Waiting]:
    return [
        Waiting(
            f"Answer the programme about the bid: {asked.bid.title}",
            url_for("bids.clarifications", key=asked.bid.key),
            due_on=clock.london(asked.due_at).date(),
        )
        for asked in to_answer(person, day, clock.now())
    ]
