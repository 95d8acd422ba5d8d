"""Conflicts of interest, as the programme manager settles them: what is proposed, what is on record, what came late."""

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select

from grants.appraisal import tallies
from grants.appraisal.appraisers import queries, settling
from grants.appraisal.appraisers.conflicts import proposed
from grants.appraisal.appraisers.forms import (
    CONFIRM,
    ConflictFilterForm,
    KnownConflictForm,
    LookAgainForm,
    SettleConflictForm,
)
from grants.appraisal.appraisers.grounds import GroundKind
from grants.appraisal.models import Assignment
from grants.appraisal.queries import CHECKED, DECIDED, appraised_round, bids_judged_by_others, found_bid
from grants.appraisal.room import bp
from grants.bids.models import Bid
from grants.funds.models import Round
from grants.kernel import clock
from grants.kernel.db import db, found
from grants.kernel.errors import Refused
from grants.kernel.forms import attempt, choices
from grants.kernel.pages import page_of
from grants.people.access import me, requires
from grants.people.desk import Waiting, on_desk
from grants.people.models import Person
from grants.people.roles import Permission


@bp.route("/appraisal/<code>/conflicts")
@requires(Permission.APPRAISERS_ASSIGN)
def conflicts(code: str) -> ResponseReturnValue:
    """Proposed conflicts of a round that wait to be settled, each with its grounds."""
    round_, asked = appraised_round(code), ConflictFilterForm(request.args)
    wanted = queries.ConflictFilter()
    if asked.validate():
        kind = GroundKind(asked.kind.data) if asked.kind.data in set(GroundKind) else None
        wanted = queries.ConflictFilter(asked.words.data or "", kind, asked.given.data == "yes")
    page = page_of(queries.conflicts_listed(_bids(round_), clock.today(), wanted), scalars=False)
    people, bids = {person.id for person, _, _ in page.rows}, {bid.id for _, bid, _ in page.rows}
    return render_template(
        "appraisal/appraisers/conflicts.html", round=round_, page=page, asked=asked, grounds=proposed(people, bids)
    )


@bp.route("/appraisal/<code>/conflicts/known")
@requires(Permission.APPRAISERS_ASSIGN)
def known_conflict(code: str) -> ResponseReturnValue:
    """One that somebody told of and no record shows: which person and bid, and on to the page where it is settled."""
    round_, form = appraised_round(code), KnownConflictForm(request.args)
    others = db.session.scalars(queries.programme_people().where(Person.id != me().id)).all()
    form.person.choices = choices([(person.key, _named(person)) for person in others], blank="Choose a person")
    if request.args and form.validate():
        reference = (form.reference.data or "").upper()
        if bid := db.session.scalar(_bids(round_).where(Bid.reference == reference)):
            return redirect(url_for(".settle_conflict", code=code, key=bid.key, person_key=form.person.data))
        form.refuse(Refused("No bid of this round has this reference.", field="reference"))
    return render_template("appraisal/appraisers/known.html", round=round_, form=form)


@bp.route("/appraisal/<code>/conflicts/on-record")
@requires(Permission.APPRAISERS_ASSIGN)
def conflicts_on_record(code: str) -> ResponseReturnValue:
    round_ = appraised_round(code)
    page = page_of(queries.conflicts_on_record(_bids(round_)), scalars=False)
    return render_template("appraisal/appraisers/on_record.html", round=round_, page=page)


@bp.route("/appraisal/<code>/conflicts/cleared")
@requires(Permission.APPRAISERS_ASSIGN)
def conflicts_cleared(code: str) -> ResponseReturnValue:
    """Proposed conflicts that were found to be none."""
    round_ = appraised_round(code)
    page = page_of(queries.conflicts_cleared(_bids(round_)))
    return render_template("appraisal/appraisers/cleared.html", round=round_, page=page)


@bp.route("/appraisal/<code>/conflicts/<key>/<person_key>", methods=["GET", "POST"])
@requires(Permission.APPRAISERS_ASSIGN)
def settle_conflict(code: str, key: str, person_key: str) -> ResponseReturnValue:
    """One person and one bid: put the conflict on record, or clear it."""
    round_ = appraised_round(code)
    bid = found_bid(_bids(round_), key, *CHECKED, *DECIDED)
    person = found(queries.programme_people().where(Person.key == person_key))
    form = SettleConflictForm()
    grounds = proposed([person.id], [bid.id]).get((person.id, bid.id), [])
    if form.validate_on_submit():
        with attempt(form) as attempted:
            _settle(form, bid, person)
        if attempted.ok:
            flash(_settled(form, bid, person))
            return redirect(url_for(".conflicts", code=code))
    return render_template(
        "appraisal/appraisers/settle.html",
        round=round_,
        bid=bid,
        person=person,
        form=form,
        grounds=grounds,
        on_record=queries.conflict_between(person, bid),
        cleared=queries.cleared_between(person, bid),
        task=queries.task_between(person, bid),
    )


def _named(person: Person) -> str:
    return f"{person.name} (has left)" if queries.has_left(person, clock.today()) else person.name


def _settle(form: SettleConflictForm, bid: Bid, person: Person) -> None:
    reason = form.reason.data or ""
    if form.answer.data == CONFIRM:
        settling.confirm_conflict(bid, person, reason=reason, by=me(), at=clock.now())
    else:
        seen = request.form.getlist("seen")
        settling.clear_conflict(bid, person, seen=seen, reason=reason, by=me(), at=clock.now())


def _settled(form: SettleConflictForm, bid: Bid, person: Person) -> str:
    if form.answer.data == CONFIRM:
        return f"{bid.reference} is closed to {person.name}."
    return f"{person.name} may judge {bid.reference}."


@bp.route("/appraisers/late-conflicts")
@requires(Permission.APPRAISERS_ASSIGN)
def late_conflicts() -> ResponseReturnValue:
    """Scores that were set aside after their bid had been moderated with them."""
    return render_template(
        "appraisal/appraisers/late.html", page=page_of(queries.to_look_at_again(me(), clock.today()))
    )


@bp.route("/appraisers/late-conflicts/<key>", methods=["GET", "POST"])
@requires(Permission.APPRAISERS_ASSIGN)
def look_again(key: str) -> ResponseReturnValue:
    task = found(queries.to_look_at_again(me(), clock.today()).where(Assignment.key == key))
    form = LookAgainForm()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            settling.note_looked_again(task, reason=form.found.data or "", by=me(), at=clock.now())
        if attempted.ok:
            flash("What you found is on record.")
            return redirect(url_for(".late_conflicts"))
    return render_template("appraisal/appraisers/look_again.html", task=task, form=form)


def _bids(round_: Round) -> Select[Bid]:
    return bids_judged_by_others(me(), clock.today()).where(
        Bid.round_id == round_.id, Bid.status.in_((*CHECKED, *DECIDED))
    )


@on_desk(Permission.APPRAISERS_ASSIGN)
def conflicts_waiting(person: Person, day: date) -> list[Waiting]:
    late = tallies.how_many(queries.to_look_at_again(person, day).with_only_columns(Assignment.id))
    words = "Moderated bids with a score set aside since"
    proposed_now = [
        Waiting(
            f"Appraisers with a proposed conflict in {round_.name}",
            url_for("appraisal.conflicts", code=round_.code, given="yes"),
            count,
        )
        for round_, count in db.session.execute(queries.conflicts_of_the_given(person, day))
    ]
    return proposed_now + ([Waiting(words, url_for("appraisal.late_conflicts"), late)] if late else [])
