"""Asking for an export of a ranking, which a job makes, and fetching it."""

import hashlib
from typing import IO

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.exceptions import BadRequest

from grants import audit
from grants.appraisal import queries
from grants.appraisal.ranking.export import as_csv, as_workbook, digest_of
from grants.appraisal.ranking.views import open_bids
from grants.appraisal.room import bp
from grants.files import storage
from grants.files.kinds import KINDS
from grants.files.models import Attachment, ScanState
from grants.files.operations import send
from grants.kernel import clock, jobs
from grants.kernel.db import Json, db, found, new_key
from grants.kernel.errors import Refused
from grants.kernel.forms import Form, attempt
from grants.people.access import me, requires
from grants.people.models import Person
from grants.people.roles import Permission

KIND = "ranking_export"
_FILES = ("xlsx", "csv")


@bp.route("/appraisal/<code>/ranking/export", methods=["POST"])
@requires(Permission.RANKING_READ)
def ask_export(code: str) -> ResponseReturnValue:
    round_, form, kind = queries.appraised_round(code), Form(), request.form.get("as", "")
    if kind not in _FILES:
        raise BadRequest
    if form.validate_on_submit():
        with attempt(form) as attempted:
            title = f"Ranking of {round_.name} as {kind.upper()}"[:200]
            job = jobs.ask(KIND, title, by_id=me().id, code=code, file=kind)
            audit.record(round_, "asked_ranking_export", by=me(), file=kind)
        if attempted.ok:
            return redirect(url_for("jobs.show", key=job.key))
    for _, sentence in form.all_errors:
        flash(sentence)
    return redirect(url_for(".ranking", code=code))


@bp.route("/appraisal/<code>/ranking/exports/<key>")
@requires(Permission.RANKING_READ)
def export(code: str, key: str) -> ResponseReturnValue:
    """Only for who asked for it, and only while every bid in it is still open to that person."""
    round_ = queries.appraised_round(code)
    mine = Attachment.uploaded_by_id == me().id
    job = found(select(jobs.Job).where(jobs.Job.result == request.path, jobs.Job.asked_by_id == me().id))
    made = found(select(Attachment).where(Attachment.key == key, mine))
    if job.arguments.get("bids") != digest_of(open_bids(round_), round_):
        flash("The bids that you may see have changed since this export was made. Make it again.")
        return redirect(url_for(".ranking", code=code))
    return send(made, own=True)


@jobs.handles(KIND)
def _make(job: jobs.Job, progress: jobs.Progress) -> str:
    """As its asker may see the round at the time of making."""
    at, code, kind = clock.now(), job.arguments["code"], job.arguments["file"]
    round_, by = queries.appraised_round(code), db.session.get_one(Person, job.asked_by_id)
    day = clock.london(at).date()
    if not by.active or not by.may_on(day, Permission.RANKING_READ):
        raise Refused("You may no longer read rankings, so nothing was made.")
    among = queries.bids_judged_by_others(by, day)
    bids = digest_of(among, round_)
    if kind == "xlsx":
        content = as_workbook(round_, among, at=at, progress=progress)
    else:
        content = as_csv(round_, among, progress=progress)
    made = _kept(content, name=f"ranking-{code}.{kind}", content_type=KINDS[kind].content_type, by=by)
    job.arguments = Json({**job.arguments, "bids": bids})
    return f"/appraisal/{code}/ranking/exports/{made.key}"


def _kept(content: IO[bytes], *, name: str, content_type: str, by: Person) -> Attachment:
    data = content.read()
    made = Attachment(
        name=name, content_type=content_type, size=len(data), sha256=hashlib.sha256(data).hexdigest(),
        stored_as=new_key() + new_key(), scan=ScanState.CLEAN, uploaded_at=clock.now(), uploaded_by_id=by.id,
        scan_said="Made by the product",
    )  # fmt: skip
    content.seek(0)
    storage.put(made.stored_as, content)
    db.session.add(made)
    db.session.flush()
    return made
