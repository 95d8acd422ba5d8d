"""An appraiser's own word: profile, interests, and the yearly declaration without which no bid is opened."""

from datetime import date

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.appraisal.appraisers import declaring, queries
from grants.appraisal.appraisers.forms import EndInterestForm, InterestForm, ProfileForm, YearForm
from grants.appraisal.appraisers.skills import SKILLS
from grants.appraisal.appraisers.wording import KINDS, KINDS_OF_OTHERS
from grants.appraisal.queries import CHECKED, DECIDED, my_assignment
from grants.appraisal.room import bp
from grants.bids.models import Bid
from grants.kernel import clock
from grants.kernel.financial_year import FinancialYear
from grants.kernel.forms import attempt, choices
from grants.kernel.pages import page_of
from grants.people.access import may, me, requires, signed_in
from grants.people.desk import Waiting, on_desk
from grants.people.models import Person
from grants.people.roles import Permission

_OPEN_WITHOUT = frozenset(
    f"appraisal.{name}" for name in ("mine", "my_interests", "my_profile", "declare_interest", "end_my_interest")
)
"""What an appraiser may open while the declaration of this year is not made."""


@bp.before_request
def declared_first() -> ResponseReturnValue | None:
    """Send an appraiser without this year's declaration to it, from every page on which something of a bid stands.

    A bid that is not his or hers is not found, as ever: the declaration does not tell that it exists.
    """
    view = current_app.view_functions[request.endpoint or ""]
    if getattr(view, "permission", None) is not Permission.BID_SCORE or request.endpoint in _OPEN_WITHOUT:
        return None
    if not signed_in() or not may(Permission.BID_SCORE) or queries.has_declared(me(), clock.today()):
        return None
    if key := (request.view_args or {}).get("key"):
        my_assignment(me(), key, *CHECKED, *DECIDED)
    flash("Before you open a bid, say that your interests are complete for this financial year.")
    return redirect(url_for(".my_interests"))


@bp.route("/interests", methods=["GET", "POST"])
@requires(Permission.BID_SCORE)
def my_interests() -> ResponseReturnValue:
    """The interests on record, and the word that they are complete."""
    form = YearForm()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            declaring.declare_year(me(), by=me(), at=clock.now())
        if attempted.ok:
            flash("Your declaration for this financial year is on record.")
            return redirect(url_for(".mine"))
    day = clock.today()
    return render_template(
        "appraisal/appraisers/mine.html",
        form=form,
        page=page_of(queries.interests_of(me())),
        kinds=KINDS,
        skills=SKILLS,
        profile=queries.profile_of(me()),
        declarations=queries.declarations_of(me()),
        year=FinancialYear.of(day),
        declared=queries.has_declared(me(), day),
    )


@bp.route("/interests/profile", methods=["GET", "POST"])
@requires(Permission.BID_SCORE)
def my_profile() -> ResponseReturnValue:
    return edit_profile(me(), url_for(".my_interests"))


@bp.route("/interests/new", methods=["GET", "POST"])
@requires(Permission.BID_SCORE)
def declare_interest() -> ResponseReturnValue:
    return new_interest(me(), url_for(".my_interests"))


@bp.route("/interests/<key>/end", methods=["GET", "POST"])
@requires(Permission.BID_SCORE)
def end_my_interest(key: str) -> ResponseReturnValue:
    return end_interest(me(), key, url_for(".my_interests"))


# --- The same pages, whoever keeps them for the person


def edit_profile(person: Person, back: str) -> ResponseReturnValue:
    form, profile = ProfileForm(), queries.profile_of(person)
    if not form.is_submitted():
        form.show(profile)
    if form.validate_on_submit():
        with attempt(form) as attempted:
            declaring.save_profile(person, form.wanted, by=me())
        if attempted.ok:
            flash("The profile is saved.")
            return redirect(back)
    if form.is_submitted():
        stands = queries.profile_of(person)
        form.catch_up(stands.version if stands else 0)
    return render_template(
        "appraisal/appraisers/profile.html", form=form, person=person, back=back, own=person.id == me().id
    )


def new_interest(person: Person, back: str) -> ResponseReturnValue:
    form, own = InterestForm(), person.id == me().id
    form.kind.choices = choices([(kind.value, words) for kind, words in (KINDS if own else KINDS_OF_OTHERS).items()])
    if form.validate_on_submit():
        closed: list[Bid] = []
        with attempt(form) as attempted:
            _, closed = declaring.declare_interest(person, form.told, by=me(), at=clock.now())
        if attempted.ok:
            flash(_declared(len(closed), own=own))
            return redirect(back)
    return render_template("appraisal/appraisers/interest.html", form=form, person=person, back=back)


def end_interest(person: Person, key: str, back: str) -> ResponseReturnValue:
    interest, form = queries.interest_of(person, key), EndInterestForm()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            assert form.until_on.data
            declaring.end_interest(interest, form.until_on.data, by=me())
        if attempted.ok:
            flash("The last day is on record.")
            return redirect(back)
    return render_template(
        "appraisal/appraisers/end_interest.html",
        form=form,
        interest=interest,
        kinds=KINDS if person.id == me().id else KINDS_OF_OTHERS,
        back=back,
    )


def _declared(closed: int, *, own: bool) -> str:
    if not closed:
        return "The interest is on record."
    whose = "you" if own else "this appraiser"
    several = f"{closed} bids that were" if closed > 1 else "One bid that was"
    return f"The interest is on record. {several} with {whose} {'are' if closed > 1 else 'is'} closed because of it."


@on_desk(Permission.BID_SCORE)
def declaration_waiting(person: Person, day: date) -> list[Waiting]:
    if queries.has_declared(person, day):
        return []
    year = FinancialYear.of(day)
    return [Waiting(f"Your declaration of interests for {year}", url_for("appraisal.my_interests"))]
