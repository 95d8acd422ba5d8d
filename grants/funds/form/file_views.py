"""A round's definition as a whole: as a file to give on and to take in, compared with its template, its weights."""

from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField

from grants.funds import operations
from grants.funds.definition.as_mapping import as_yaml, mapping_of
from grants.funds.definition.node import MOST_CHARACTERS, DefinitionError, load_mapping
from grants.funds.definition.reading import shipped
from grants.funds.form import editing
from grants.funds.form.comparing import differences
from grants.funds.form.editing import definition_being_edited, next_version
from grants.funds.form.forms import DefinitionForm
from grants.funds.form.pieces import digest
from grants.funds.form.views import round_to_change
from grants.funds.forms import CopyRoundForm
from grants.funds.queries import round_in_full
from grants.kernel import clock
from grants.kernel.errors import Refused
from grants.kernel.forms import Form, SeenField, WholeNumber, attempt
from grants.people.access import me, requires
from grants.people.roles import Permission

bp = Blueprint("round_form_file", __name__)


class UploadForm(DefinitionForm):
    file = FileField("The file", description="A definition as it is downloaded here, a YAML file.")


@bp.route("/rounds/<code>/form/download")
@requires(Permission.ROUND_MANAGE)
def download(code: str) -> ResponseReturnValue:
    """The whole definition, with the changes that wait."""
    round = round_in_full(me(), code)
    named = {"Content-Disposition": f'attachment; filename="{round.code}.yaml"'}
    return Response(as_yaml(definition_being_edited(round)), content_type="application/yaml", headers=named)


@bp.route("/rounds/<code>/form/upload", methods=["GET", "POST"])
@requires(Permission.ROUND_MANAGE)
def upload(code: str) -> ResponseReturnValue:
    """In place of all that the round asks; with a fault in it, nothing is taken over."""
    round, form = round_to_change(code), UploadForm()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            read = _read(form.file.data)
            editing.replace_definition(round, read, what="took a definition from a file", by=me(), at=clock.now())
        if attempted.ok:
            flash("The definition is taken over.")
            return redirect(url_for("round_form.show", code=code))
    return render_template("funds/form/upload.html", round=round, form=form)


def _read(file: Any) -> dict[str, Any]:
    if not file:
        raise Refused("Choose a file.", field="file")
    try:
        return load_mapping(file.stream.read(4 * MOST_CHARACTERS + 1).decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Refused("The file is not a text file in UTF-8.", field="file") from None
    except DefinitionError as error:
        raise Refused(f"The file cannot be read: {'; '.join(error.faults)}.", field="file") from None


@bp.route("/rounds/<code>/form/compare")
@requires(Permission.ROUND_MANAGE)
def compare(code: str) -> ResponseReturnValue:
    """What differs from the template that the round was made from, as far as that is still shipped."""
    round = round_in_full(me(), code)
    template = shipped().get(round.template_code)
    found = differences(mapping_of(template), definition_being_edited(round)) if template else []
    return render_template("funds/form/compare.html", round=round, template=template, differences=found)


@bp.route("/rounds/<code>/form/weights", methods=["GET", "POST"])
@requires(Permission.ROUND_MANAGE)
def weights(code: str) -> ResponseReturnValue:
    """All weights on one page, so that they can be made to add up to 100 at once."""
    round = round_to_change(code)
    criteria = definition_being_edited(round).get("criteria", []) or abort(404)
    fields: dict[str, Any] = {
        f"weight_{one['key']}": WholeNumber(
            one["name"], least=1, most=100, required="Enter a weight.", default=one["weight"]
        )
        for one in criteria
    }
    made: Any = type("WeightsForm", (Form,), {**fields, "seen": SeenField(default=digest({"criteria": criteria}))})
    form: Form = made()
    if form.validate_on_submit():
        changed = [{**one, "weight": form[f"weight_{one['key']}"].data} for one in criteria]
        with attempt(form) as attempted:
            _check_sum(changed)
            seen = form["seen"].data or ""
            editing.change_settings(round, {"criteria": changed}, seen=seen, by=me(), at=clock.now())
        if attempted.ok:
            flash("Saved.")
            return redirect(url_for("round_form.show", code=code, _anchor="criteria"))
    total = sum(form[name].data or 0 for name in fields)
    return render_template("funds/form/weights.html", round=round, form=form, names=list(fields), total=total)


def _check_sum(criteria: list[dict[str, Any]]) -> None:
    total = sum(one["weight"] for one in criteria)
    if total != 100:
        raise Refused(f"The weights make {total}, not 100.")


@bp.route("/rounds/<code>/copy", methods=["GET", "POST"])
@requires(Permission.ROUND_MANAGE)
def copy(code: str) -> ResponseReturnValue:
    """A new draft that asks what this round asks."""
    round, form = round_in_full(me(), code), CopyRoundForm()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            made = operations.copy_round(
                round, code=form.code.data or "", name=form.name.data or "", first_year=form.first, by=me(),
                at=clock.now(),
            )  # fmt: skip
        if attempted.ok:
            flash(f"{made.name} is made, as a draft that only the programme sees.")
            return redirect(url_for("round_form.show", code=made.code))
    return render_template("funds/form/copy.html", round=round, form=form)


@bp.route("/rounds/<code>/form/drop", methods=["GET", "POST"])
@requires(Permission.ROUND_MANAGE)
def drop(code: str) -> ResponseReturnValue:
    round = round_to_change(code)
    if next_version(round) is None:
        abort(404)
    form = Form()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            editing.discard_changes(round, by=me(), at=clock.now())
        if attempted.ok:
            flash("The changes are dropped. The form stays as it was.")
            return redirect(url_for("round_form.show", code=code))
    return render_template("funds/form/drop.html", round=round, form=form)
