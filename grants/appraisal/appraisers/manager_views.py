"""Appraisers as the programme manager keeps them: profile, interests, load, and reminders."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.appraisal.appraisers import declaring, queries
from grants.appraisal.appraisers.forms import AppraiserFilterForm, ReassignForm
from grants.appraisal.appraisers.own_views import edit_profile, end_interest, new_interest
from grants.appraisal.appraisers.skills import SKILLS
from grants.appraisal.appraisers.wording import KINDS_OF_OTHERS
from grants.appraisal.assigning import giving_back
from grants.appraisal.assigning.forms import ReasonForm
from grants.appraisal.models import Assignment
from grants.appraisal.queries import appraisers, assignment_to_end, bids_judged_by_others
from grants.appraisal.room import bp
from grants.bids.models import Bid, BidStatus
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.financial_year import FinancialYear
from grants.kernel.forms import Form, attempt, choices
from grants.kernel.pages import page_of
from grants.people.access import absolute, me, requires
from grants.people.models import Person
from grants.people.roles import Permission

_MOST_SHOWN = 200


@bp.route("/appraisers")
@requires(Permission.APPRAISERS_ASSIGN)
def appraiser_list() -> ResponseReturnValue:
    asked = AppraiserFilterForm(request.args)
    wanted = queries.AppraiserFilter()
    if asked.validate():
        wanted = queries.AppraiserFilter(asked.words.data or "", asked.show.data or "")
    page = page_of(queries.appraisers_listed(me(), clock.now(), wanted), scalars=False)
    return render_template(
        "appraisal/appraisers/list.html",
        page=page,
        asked=asked,
        skills=SKILLS,
        year=FinancialYear.of(clock.today()),
        long_ago=clock.now() - queries.LONG,
    )


@bp.route("/appraisers/<key>")
@requires(Permission.APPRAISERS_ASSIGN)
def appraiser(key: str) -> ResponseReturnValue:
    person = _person(key)
    interests = db.session.scalars(queries.interests_of(person).limit(_MOST_SHOWN)).all()
    return render_template(
        "appraisal/appraisers/show.html",
        person=person,
        profile=queries.profile_of(person),
        interests=interests,
        kinds=KINDS_OF_OTHERS,
        skills=SKILLS,
        declarations=queries.declarations_of(person),
        scores=person.may_on(clock.today(), Permission.BID_SCORE),
        declared=queries.has_declared(person, clock.today()),
        year=FinancialYear.of(clock.today()),
        page=page_of(queries.tasks_of(person, me(), clock.today())),
        form=Form(),
        in_appraisal=BidStatus.APPRAISAL,
    )


@bp.route("/appraisers/<key>/profile", methods=["GET", "POST"])
@requires(Permission.APPRAISERS_ASSIGN)
def appraiser_profile(key: str) -> ResponseReturnValue:
    return edit_profile(_person(key), url_for(".appraiser", key=key))


@bp.route("/appraisers/<key>/interests", methods=["GET", "POST"])
@requires(Permission.APPRAISERS_ASSIGN)
def note_interest(key: str) -> ResponseReturnValue:
    """An interest that the person told the programme of."""
    return new_interest(_person(key), url_for(".appraiser", key=key))


@bp.route("/appraisers/<key>/interests/<interest_key>/end", methods=["GET", "POST"])
@requires(Permission.APPRAISERS_ASSIGN)
def end_interest_of(key: str, interest_key: str) -> ResponseReturnValue:
    return end_interest(_person(key), interest_key, url_for(".appraiser", key=key))


@bp.route("/appraisers/<key>/interests/<interest_key>/take-back", methods=["GET", "POST"])
@requires(Permission.APPRAISERS_ASSIGN)
def take_back_interest(key: str, interest_key: str) -> ResponseReturnValue:
    person, form = _person(key), ReasonForm()
    interest, back = queries.interest_of(person, interest_key), url_for(".appraiser", key=key)
    if form.validate_on_submit():
        with attempt(form) as attempted:
            declaring.take_back_interest(interest, reason=form.reason.data or "", by=me(), at=clock.now())
        if attempted.ok:
            flash("The interest is taken back.")
            return redirect(back)
    return render_template(
        "appraisal/appraisers/take_back.html",
        form=form,
        interest=interest,
        kinds=KINDS_OF_OTHERS,
        person=person,
        back=back,
    )


@bp.route("/appraisers/<key>/remind", methods=["POST"])
@requires(Permission.APPRAISERS_ASSIGN)
def remind(key: str) -> ResponseReturnValue:
    person, form, about = _person(key), Form(), 0
    if form.validate_on_submit():
        with attempt(form) as attempted:
            tasks = queries.waiting_of(person, me(), clock.today())
            address = absolute(url_for(".mine"))
            about = giving_back.remind(person, tasks, by=me(), at=clock.now(), address_of_page=address)
        of = f"{about} bid{'' if about == 1 else 's'}" if about else "the declaration"
        if attempted.ok:
            flash(f"{person.name} is reminded of {of}.")
        else:
            flash(" ".join(str(message) for message in form.form_errors), "important")
    return redirect(url_for(".appraiser", key=key))


@bp.route("/appraisers/tasks/<key>/pass-on", methods=["GET", "POST"])
@requires(Permission.APPRAISERS_ASSIGN)
def reassign(key: str) -> ResponseReturnValue:
    """To another appraiser in one step."""
    task, form = _task(key), ReassignForm()
    people = [person for person in appraisers(clock.today()) if person.id != task.person_id]
    form.person.choices = choices([(person.key, person.name) for person in people], blank="Choose an appraiser")
    back = url_for(".appraiser", key=task.person.key)
    if form.validate_on_submit():
        to = next(person for person in people if person.key == form.person.data)
        address = absolute(url_for(".mine"))
        with attempt(form) as attempted:
            giving_back.reassign(
                task, to, reason=form.reason.data or "", by=me(), at=clock.now(), address_of_page=address
            )
        if attempted.ok:
            flash(f"{task.bid.reference} is with {to.name} now.")
            return redirect(back)
    return render_template("appraisal/appraisers/pass_on.html", task=task, form=form, back=back)


def _person(key: str) -> Person:
    return queries.judge_with(key, clock.today())


def _task(key: str) -> Assignment:
    bids = bids_judged_by_others(me(), clock.today()).where(Bid.status == BidStatus.APPRAISAL)
    return assignment_to_end(bids, key)
