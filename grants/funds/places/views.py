"""Pages of place scores: the lists, one list with its values for everybody, and a new one taken from a file."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.funds.models import PlaceScoreList
from grants.funds.places import lists
from grants.funds.places.forms import LaterEditionForm, PlaceListForm
from grants.funds.places.keeping import keep_list, take_later_edition
from grants.funds.places.reading import Found, bytes_of, read_scores
from grants.kernel import clock, text
from grants.kernel.db import found
from grants.kernel.errors import Refused
from grants.kernel.forms import attempt, choices
from grants.kernel.pages import page_of
from grants.people.access import may, me, requires
from grants.people.roles import Permission

bp = Blueprint("place_scores", __name__)
MOST_FAULTS = 200
_VALUES = 100


@bp.route("/place-scores")
@requires(Permission.ROUND_MANAGE)
def index() -> ResponseReturnValue:
    page = page_of(lists.all_lists())
    return render_template("funds/places/index.html", page=page, counts=lists.how_many(row.id for row in page.rows))


@bp.route("/place-scores/new", methods=["GET", "POST"])
@requires(Permission.ROUND_MANAGE)
def new() -> ResponseReturnValue:
    """Taken over whole, or not at all: then every fault is shown with its cell."""
    form, read = PlaceListForm(), Found()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            data, kind = bytes_of(form.file.data)
            read = read_scores(data, kind, form.published_on.data or clock.today())
            if read.faults:
                raise Refused("Nothing was taken over. Mend what is listed below in the file, and send it again.")
            kept = keep_list(
                read.rows, data, name=form.name.data or "", edition=form.edition.data or "",
                source=form.source.data or "", published_on=form.published_on.data, by=me(), at=clock.now(),
            )  # fmt: skip
        if attempted.ok:
            flash("The list is kept.")
            return redirect(url_for(".show", key=kept.key))
    faults = read.faults[:MOST_FAULTS]
    return render_template("funds/places/new.html", form=form, faults=faults, more=len(read.faults) - len(faults))


@bp.route("/place-scores/<key>")
@requires(Permission.PUBLIC)
def show(key: str) -> ResponseReturnValue:
    """What a list says of each council; public from when a published round takes its marks from it."""
    manages = may(Permission.ROUND_MANAGE)
    listed = found(lists.readable_lists(manages=manages).where(PlaceScoreList.key == key))
    search = request.args.get("search", "").strip()
    search = "" if text.unfit(search) else search[: text.LONGEST_SEARCH]
    page = page_of(lists.values_of(listed, search=search), size=_VALUES)
    return render_template(
        "funds/places/show.html",
        listed=listed,
        page=page,
        search=search,
        manages=manages,
        rounds=lists.rounds_with(listed) if manages else [],
    )


@bp.route("/place-scores/<key>/rounds/<code>", methods=["GET", "POST"])
@requires(Permission.ROUND_MANAGE)
def later_edition(key: str, code: str) -> ResponseReturnValue:
    """A published round goes on to an edition with further councils."""
    listed = found(lists.all_lists().where(PlaceScoreList.key == key))
    round_ = next((one for one in lists.rounds_with(listed) if one.code == code), None) or abort(404)
    later, form = lists.later_editions(listed), LaterEditionForm()
    form.edition.choices = choices([(one.key, one.edition) for one in later], blank="Choose an edition")
    if form.validate_on_submit():
        chosen = next(one for one in later if one.key == form.edition.data)
        with attempt(form) as attempted:
            take_later_edition(round_, listed, chosen, reason=form.reason.data or "", by=me(), at=clock.now())
        if attempted.ok:
            flash(f"{round_.name} takes its marks from {chosen.name}, {chosen.edition}.")
            return redirect(url_for(".show", key=chosen.key))
    return render_template("funds/places/later.html", listed=listed, round=round_, form=form, later=later)
