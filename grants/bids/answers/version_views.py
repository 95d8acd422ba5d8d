"""The page of one answer's versions, on which an earlier one can be put back."""

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from grants.bids import operations
from grants.bids.answers.edits import edit_of, versions_of
from grants.bids.blueprint import bp
from grants.bids.projects.spots import Spot, spot_for
from grants.bids.together.forms import PutBackForm
from grants.bids.together.views import writing_address
from grants.funds.models import Question
from grants.kernel import clock
from grants.kernel.errors import Refused
from grants.kernel.forms import attempt
from grants.people.access import me, requires
from grants.people.roles import Permission


@bp.route("/bids/<key>/sections/<code>/questions/<question_code>/versions", methods=["GET", "POST"])
@bp.route(
    "/bids/<key>/projects/<project_key>/sections/<code>/questions/<question_code>/versions", methods=["GET", "POST"]
)
@requires(Permission.BID_WRITE)
def versions(key: str, code: str, question_code: str, project_key: str | None = None) -> ResponseReturnValue:
    spot = spot_for(me(), key, code, project_key, on=clock.today(), writing=True)
    question = spot.question(question_code)
    if question is None:
        raise NotFound
    form = PutBackForm()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            _put_back(spot, question, form)
        if attempted.ok:
            flash("The earlier text stands again.")
            return redirect(request.path)
    every = request.args.get("every") == "yes"
    page, answer = versions_of(spot, question, every=every)
    form.version.data = str(answer.version if answer else 0)
    return render_template(
        "bids/versions.html", bid=spot.bid, spot=spot, question=question, page=page, form=form, every=every,
        back=writing_address(spot),
    )  # fmt: skip


def _put_back(spot: Spot, question: Question, form: PutBackForm) -> None:
    """A save like any other: it makes a new version, and clashes with one that was made since the page was opened."""
    edit = edit_of(spot, question, form.edit.data or "")
    if edit is None:
        raise Refused("Choose a version of this answer.")
    operations.answer(
        spot.bid, question, edit.value["is"],
        project=spot.project, version_seen=form.version_seen, by=me(), at=clock.now(),
    )  # fmt: skip
