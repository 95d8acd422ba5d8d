"""The desk on which a programme manager changes what a round asks: the whole form, and a page for each piece of it."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.funds.assuming.sets import sets_offered
from grants.funds.definition.reading import examine
from grants.funds.definition.types import CheckKind
from grants.funds.form import editing
from grants.funds.form.editing import definition_being_edited
from grants.funds.form.forms import (
    SETTINGS,
    CriterionForm,
    DefinitionForm,
    GateForm,
    MeasureForm,
    SectionEditForm,
)
from grants.funds.form.pieces import Definition, Place, digest, free_key, in_words, items, key_of, number_of, piece
from grants.funds.form.question_forms import CHECK_WORDS, KIND_WORDS, check_form, question_form
from grants.funds.form.versions import changes_waiting
from grants.funds.models import QuestionKind, Round, RoundPhase
from grants.funds.places.lists import lists_offered
from grants.funds.queries import expressions_of_interest, round_in_full
from grants.kernel import clock
from grants.kernel.forms import Form, attempt, choices
from grants.people.access import me, requires
from grants.people.roles import Permission

bp = Blueprint("round_form", __name__)
CHANGING = (RoundPhase.DRAFT, RoundPhase.UPCOMING, RoundPhase.OPEN)


@dataclass(frozen=True)
class Kind:
    """A list at the top of a definition whose pieces have a page each."""

    one: str
    form: type[DefinitionForm]
    names: str = "name"


KINDS = {
    "eligibility": Kind("eligibility gate", GateForm, "text"),
    "gateway": Kind("gateway check", GateForm, "text"),
    "criteria": Kind("criterion", CriterionForm),
    "measures": Kind("outcome measure", MeasureForm),
    "cross_checks": Kind("cross-check", DefinitionForm, "message"),
}


def round_to_change(code: str) -> Round:
    """A round that still takes changes to its form; NotFound for one that has closed."""
    round = round_in_full(me(), code)
    return round if round.phase(clock.now()) in CHANGING else abort(404)


@bp.route("/rounds/<code>/form")
@requires(Permission.ROUND_MANAGE)
def show(code: str) -> ResponseReturnValue:
    round = round_to_change(code)
    definition = definition_being_edited(round)
    return render_template(
        "funds/form/show.html",
        round=round,
        phase=round.phase(clock.now()),
        definition=definition,
        changes=changes_waiting(round),
        faults=[in_words(definition, fault) for fault in examine(definition)[1]],
        weights=sum(criterion["weight"] for criterion in definition.get("criteria", [])),
        kinds=KINDS,
        kind_words=KIND_WORDS,
        key_of=key_of,
        settings=SETTINGS,
        form=Form(),
    )


@bp.route("/rounds/<code>/form/sections/new", methods=["GET", "POST"])
@requires(Permission.ROUND_MANAGE)
def new_section(code: str) -> ResponseReturnValue:
    return _add(code, ("sections",), SectionEditForm(), "Add a section", name="title", starts_with={"questions": []})


@bp.route("/rounds/<code>/form/sections/<section>", methods=["GET", "POST"])
@requires(Permission.ROUND_MANAGE)
def section(code: str, section: str) -> ResponseReturnValue:
    return _change(code, ("sections", section), SectionEditForm(), "Change a section")


@bp.route("/rounds/<code>/form/sections/<section>/questions/new", methods=["GET", "POST"])
@requires(Permission.ROUND_MANAGE)
def new_question(code: str, section: str) -> ResponseReturnValue:
    """First the kind, which the address then says, then the fields that this kind needs."""
    round = round_to_change(code)
    place: Place = ("sections", section, "questions")
    before = _items(definition_being_edited(round), place)
    kind = _kind_asked(QuestionKind)
    if kind is None:
        return _choose_kind(round, "What kind of question?", KIND_WORDS)
    form = question_form(kind, before)
    return _add(code, place, form, "Add a question", name="label", starts_with={"kind": str(kind)})


@bp.route("/rounds/<code>/form/sections/<section>/questions/<question>", methods=["GET", "POST"])
@requires(Permission.ROUND_MANAGE)
def question(code: str, section: str, question: str) -> ResponseReturnValue:
    place: Place = ("sections", section, "questions", question)
    definition = definition_being_edited(round_to_change(code))
    standing = _piece(definition, place)
    before = items(definition, place[:-1])[: number_of(definition, place) - 1]
    form = question_form(QuestionKind(standing["kind"]), before, standing)
    return _change(code, place, form, "Change a question", note=KIND_WORDS[QuestionKind(standing["kind"])])


@bp.route("/rounds/<code>/form/<what>/new", methods=["GET", "POST"])
@requires(Permission.ROUND_MANAGE)
def new_piece(code: str, what: str) -> ResponseReturnValue:
    if what not in KINDS:
        abort(404)
    if what != "cross_checks":
        title = f"Add {'an' if KINDS[what].one[0] in 'aeiou' else 'a'} {KINDS[what].one}"
        return _add(code, (what,), _form_of(what), title, name=KINDS[what].names)
    round, kind = round_to_change(code), _kind_asked(CheckKind)
    if kind is None:
        return _choose_kind(round, "What has to agree?", CHECK_WORDS)
    form = check_form(kind, definition_being_edited(round))
    return _add(code, (what,), form, "Add a cross-check", name="", starts_with={"kind": str(kind)})


@bp.route("/rounds/<code>/form/<what>/<piece_key>", methods=["GET", "POST"])
@requires(Permission.ROUND_MANAGE)
def change_piece(code: str, what: str, piece_key: str) -> ResponseReturnValue:
    place: Place = (what, piece_key) if what in KINDS else abort(404)
    definition = definition_being_edited(round_to_change(code))
    standing = _piece(definition, place)
    title, note = f"Change a {KINDS[what].one}".replace("a eli", "an eli").replace("a out", "an out"), ""
    if what != "cross_checks":
        return _change(code, place, _form_of(what), title)
    kind = CheckKind(standing["kind"])
    note = f"{CHECK_WORDS[kind]}."
    return _change(code, place, check_form(kind, definition), title, note=note)


@bp.route("/rounds/<code>/form/settings/<name>", methods=["GET", "POST"])
@requires(Permission.ROUND_MANAGE)
def change_settings(code: str, name: str) -> ResponseReturnValue:
    round = round_to_change(code)
    form = SETTINGS[name]() if name in SETTINGS else abort(404)
    if "follows" in form:
        offered = [(one.code, one.name) for one in expressions_of_interest(round)]
        form["follows"].choices = choices(offered, blank="None")
    if "assumption_set" in form:
        form["assumption_set"].choices = choices(sets_offered())
    definition = definition_being_edited(round)
    if not form.is_submitted():
        form.show_settings(definition)
    if form.validate_on_submit():
        with attempt(form) as attempted:
            values = form.values(definition)
            editing.change_settings(round, values, seen=form.seen.data or "", by=me(), at=clock.now())
        if attempted.ok:
            return _saved(code, name)
        _catch_up(form, lambda now: editing.settings_of(now, form.names), round)
    return _page(round, form, form.title)


@bp.route("/rounds/<code>/form/move", methods=["POST"])
@requires(Permission.ROUND_MANAGE)
def move(code: str) -> ResponseReturnValue:
    """Buttons on the page of the whole form: `up` or `down` with the place of a piece."""
    round, form = round_to_change(code), Form()
    direction = "up" if "up" in request.form else "down"
    place = _place(request.form.get(direction, ""))
    if form.validate_on_submit():
        with attempt(form):
            editing.move_piece(round, place, -1 if direction == "up" else 1, by=me(), at=clock.now())
    for _, sentence in form.all_errors:
        flash(sentence)
    return redirect(url_for(".show", code=code, _anchor=place[1] if place[0] == "sections" else place[0]))


@bp.route("/rounds/<code>/form/remove/<path:where>", methods=["GET", "POST"])
@requires(Permission.ROUND_MANAGE)
def remove(code: str, where: str) -> ResponseReturnValue:
    round, place = round_to_change(code), _place(where)
    standing = _piece(definition_being_edited(round), place)
    form = DefinitionForm(seen=digest(standing))
    if form.validate_on_submit():
        with attempt(form) as attempted:
            editing.remove_piece(round, place, seen=form.seen.data or "", by=me(), at=clock.now())
        if attempted.ok:
            flash("Removed.")
            return redirect(url_for(".show", code=code))
    names = ("title", "label", "name", "message", "text", "code")
    what = next((standing[name] for name in names if standing.get(name)), where)
    return render_template("funds/form/remove.html", round=round, form=form, what=what)


def _add(
    code: str,
    place: Place,
    form: DefinitionForm,
    title: str,
    *,
    name: str,
    starts_with: dict[str, Any] | None = None,
) -> ResponseReturnValue:
    """A new piece gets a key made of its name, for good: answers are filed by it."""
    round = round_to_change(code)
    beside = _items(definition_being_edited(round), place)
    if form.validate_on_submit():
        made = form.piece(starts_with or {})
        if name and "code" not in form:
            made = {"key": free_key(str(made.get(name, "")), [str(one.get("key")) for one in beside]), **made}
        with attempt(form) as attempted:
            editing.add_piece(round, place, {**made, **({"questions": []} if place == ("sections",) else {})},
                              by=me(), at=clock.now())  # fmt: skip
        if attempted.ok:
            return _saved(code, place[1] if len(place) > 1 else made.get("key", place[0]))
    return _page(round, form, title)


def _change(code: str, place: Place, form: DefinitionForm, title: str, *, note: str = "") -> ResponseReturnValue:
    round = round_to_change(code)
    standing = _piece(definition_being_edited(round), place)
    if not form.is_submitted():
        form.show(standing)
        form.seen.data = digest(standing)
    if form.validate_on_submit():
        with attempt(form) as attempted:
            changed = form.piece(standing)
            editing.change_piece(round, place, changed, seen=form.seen.data or "", by=me(), at=clock.now())
        if attempted.ok:
            return _saved(code, place[1] if place[0] == "sections" else place[0])
        _catch_up(form, lambda now: _piece(now, place), round)
    return _page(round, form, title, note=note, place="/".join(place))


def _catch_up(form: DefinitionForm, standing: Any, round: Round) -> None:
    """Who was overtaken, and has just been told so, saves next over what now stands."""
    form.seen.data = digest(standing(definition_being_edited(round)))


def _page(round: Round, form: DefinitionForm, title: str, *, note: str = "", place: str = "") -> ResponseReturnValue:
    return render_template("funds/form/piece.html", round=round, form=form, title=title, note=note, place=place)


def _form_of(what: str) -> DefinitionForm:
    form = KINDS[what].form()
    if isinstance(form, CriterionForm):
        form.place_list.offer(lists_offered())
    return form


def _choose_kind(round: Round, title: str, words: Any) -> ResponseReturnValue:
    return render_template("funds/form/kind.html", round=round, title=title, kinds=words.items())


def _saved(code: str, anchor: str) -> ResponseReturnValue:
    flash("Saved.")
    return redirect(url_for(".show", code=code, _anchor=anchor))


def _kind_asked(kinds: Any) -> Any:
    """The kind in the address, if it is one."""
    asked = request.args.get("kind", "")
    return kinds(asked) if asked in list(kinds) else None


def _place(where: str) -> Place:
    steps = tuple(where.split("/"))
    of_list = len(steps) == 2 and steps[0] in {"sections", *KINDS}
    of_section = len(steps) == 4 and (steps[0], steps[2]) == ("sections", "questions")
    return steps if of_list or of_section else abort(404)


def _piece(definition: Definition, place: Place) -> dict[str, Any]:
    try:
        return piece(definition, place)
    except LookupError:
        abort(404)


def _items(definition: Definition, place: Place) -> list[dict[str, Any]]:
    try:
        return items(definition, place)
    except LookupError:
        abort(404)
