"""Pages for papers of awards: those that were read, sending one in, and the report on one."""

from datetime import date

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from grants.awards import import_queries as queries
from grants.awards.blueprint import bp
from grants.awards.import_files import FILE_KINDS, Wish, import_file
from grants.awards.import_forms import ImportForm
from grants.files import storage
from grants.files.models import Attachment
from grants.files.operations import keep
from grants.funds.from_paper import known_funds
from grants.kernel import clock, jobs
from grants.kernel.db import db
from grants.kernel.forms import attempt
from grants.kernel.pages import page_of
from grants.people.access import me, requires
from grants.people.models import Person
from grants.people.roles import Permission


@bp.route("/awards/imports")
@requires(Permission.REPORTS_READ)
def imports() -> ResponseReturnValue:
    return render_template("awards/imports.html", page=page_of(queries.all_imports()))


@bp.route("/awards/imports/new", methods=["GET", "POST"])
@requires(Permission.AWARDS_IMPORT)
def send_paper() -> ResponseReturnValue:
    form = ImportForm()
    form.offer(list(known_funds().items()))
    if form.validate_on_submit():
        with attempt(form) as attempted:
            kept = keep(form.file.data, rules=FILE_KINDS, by=me(), at=clock.now())
            job = jobs.ask(
                "import_awards",
                f"Import of {kept.name}"[:200],
                by_id=me().id,
                attachment_id=kept.id,
                **_as_json(form.wish),
            )
        if attempted.ok:
            return redirect(url_for("jobs.show", key=job.key))
    return render_template("awards/send_paper.html", form=form)


@bp.route("/awards/imports/<key>")
@requires(Permission.REPORTS_READ)
def show_import(key: str) -> ResponseReturnValue:
    reading = queries.import_with(key)
    headline = reading.round.headline_pence
    return render_template(
        "awards/show_import.html",
        reading=reading,
        causes=queries.causes(reading),
        waiting=queries.names_waiting(reading),
        gap=None if headline is None else reading.total_pence - headline,
    )


@jobs.handles("import_awards")
def _import(job: jobs.Job, progress: jobs.Progress) -> str:
    asked = dict(job.arguments)
    kept = db.session.get_one(Attachment, asked.pop("attachment_id"))
    by = db.session.get(Person, job.asked_by_id) if job.asked_by_id else None
    data = b"".join(storage.chunks(kept.stored_as))
    progress(0, 1)
    reading = import_file(data, kept.name, _from_json(asked), by=by, at=clock.now())
    db.session.flush()
    return f"/awards/imports/{reading.key}"


def _as_json(wish: Wish) -> dict[str, str | int | None]:
    day = wish.awarded_on.isoformat() if wish.awarded_on else None
    return {
        "round_code": wish.round_code,
        "fund_code": wish.fund_code,
        "control_total": wish.control_total,
        "awarded_on": day,
        "letter": wish.letter,
    }


def _from_json(asked: dict[str, str]) -> Wish:
    day = date.fromisoformat(asked["awarded_on"]) if asked["awarded_on"] else None
    return Wish(**{**asked, "awarded_on": day})  # type: ignore[arg-type]
