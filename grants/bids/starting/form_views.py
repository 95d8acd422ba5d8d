"""A round's form as applicants meet it: a preview of what is being edited, and a new version given to all bids."""

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from grants.bids.answers.forms import SectionForm
from grants.bids.answers.section_queries import SectionPage
from grants.bids.answers.section_views import conditions_of
from grants.bids.answers.totals import totals_of
from grants.bids.blueprint import bp
from grants.bids.models import Bid
from grants.bids.starting.form_moves import applicants, publish_version
from grants.bids.starting.form_version_forms import PublishVersionForm
from grants.funds.form.editing import definition_being_edited
from grants.funds.form.pieces import digest
from grants.funds.form.preview import sections_previewed
from grants.funds.form.versions import changes_waiting
from grants.funds.form.views import round_to_change
from grants.funds.models import QuestionKind
from grants.kernel import clock
from grants.kernel.forms import attempt
from grants.people.access import me, requires
from grants.people.roles import Permission


@bp.route("/rounds/<code>/form/preview")
@requires(Permission.ROUND_MANAGE)
def preview(code: str) -> ResponseReturnValue:
    """The sections in the order in which an applicant finds them."""
    round = round_to_change(code)
    sections = sections_previewed(definition_being_edited(round))
    return render_template("bids/preview.html", round=round, sections=sections)


@bp.route("/rounds/<code>/form/preview/<section>")
@requires(Permission.ROUND_MANAGE)
def preview_section(code: str, section: str) -> ResponseReturnValue:
    """One section, drawn by the same markup as for a bid. Nothing on it can be saved."""
    round = round_to_change(code)
    sections = sections_previewed(definition_being_edited(round))
    shown = next((one for one in sections if one.code == section), None) or abort(404)
    page = SectionPage(Bid(round=round, attachments=[], projects=[]), shown, None, shown.questions, {})
    asking = SectionForm(page, [])
    return render_template(
        "bids/preview_section.html", round=round, page=page, asking=asking, form=asking.form,
        conditions=conditions_of(shown.questions), totals=totals_of(asking),
        computed=[question for question in shown.questions if question.kind is QuestionKind.COMPUTED],
    )  # fmt: skip


@bp.route("/rounds/<code>/form/publish", methods=["GET", "POST"])
@requires(Permission.ROUND_MANAGE)
def publish_form(code: str) -> ResponseReturnValue:
    """Say what changed, see whom it reaches, and give the new version to every bid that is being written."""
    round = round_to_change(code)
    changes = changes_waiting(round) or abort(404)
    form = PublishVersionForm(seen=digest(definition_being_edited(round)))
    if form.validate_on_submit():
        with attempt(form) as attempted:
            publish_version(round, note=form.note.data or "", seen=form.seen.data or "", by=me(), at=clock.now())
        if attempted.ok:
            flash("The new version is published, and every applicant is told.")
            return redirect(url_for("round_form.show", code=code))
        form.seen.data = digest(definition_being_edited(round))
    told = applicants(round, clock.now())
    return render_template("bids/publish_form.html", round=round, form=form, changes=changes, told=len(told))
