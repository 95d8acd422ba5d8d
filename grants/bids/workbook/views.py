"""The workbook of a bid's projects: handed out, taken back, shown for what it would change, and made so."""

from flask import abort, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField
from sqlalchemy import and_, select

from grants.bids.answers.grace import check_open
from grants.bids.blueprint import bp
from grants.bids.deadline.late_attempts import attempt_edit, attempt_file
from grants.bids.forms import ConfirmForm
from grants.bids.models import Bid, BidWorkbook
from grants.bids.people.places import written_by
from grants.bids.queries import bid_in_full, bid_to_write, visible_bids
from grants.bids.workbook.applying import apply
from grants.bids.workbook.comparing import Change, Outcome, compare
from grants.bids.workbook.keeping import keep_workbook, note_applied
from grants.bids.workbook.layout import sheets_of
from grants.bids.workbook.writing import workbook as workbook_of
from grants.bids.writing import begin_edit, hold
from grants.files import storage
from grants.files.models import Attachment
from grants.kernel import clock, jobs
from grants.kernel.arrival import arrived
from grants.kernel.db import db, found
from grants.kernel.errors import Refused
from grants.kernel.forms import Form
from grants.people.access import me, requires
from grants.people.models import Person
from grants.people.roles import Permission

WORKBOOK = "Workbook of the projects"
FILE_KINDS = {"kinds": ["xlsx"], "megabytes": 5}
MOST_AT_ONCE = 60
"""Rows that are changed while the person waits: more would take longer than two seconds, and become a job."""
MOST_SHOWN = 300
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class WorkbookForm(Form):
    file = FileField("The workbook, filled in")


@bp.route("/bids/<key>/workbook.xlsx")
@requires(Permission.BID_WRITE)
def download_workbook(key: str) -> ResponseReturnValue:
    bid = bid_in_full(bid_to_write(me(), key).id)
    answer = make_response(workbook_of(bid, sheets_of(bid), at=clock.now()))
    answer.mimetype = _TYPE
    answer.headers.set("Content-Disposition", "attachment", filename="projects.xlsx")
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.route("/bids/<key>/workbook", methods=["GET", "POST"])
@requires(Permission.BID_WRITE)
def workbook(key: str) -> ResponseReturnValue:
    """The way out and in. What is sent in changes nothing yet: the next page shows what it would change."""
    bid = bid_to_write(me(), key)
    form, outcome = WorkbookForm(), Outcome()
    if form.validate_on_submit():
        with attempt_file(form, bid, WORKBOOK, form.file.data, FILE_KINDS) as attempted:
            if not form.file.data:
                raise Refused("Choose the workbook that you have filled in.", field="file")
            check_open(bid.round, bid.lead_council_id, arrived())
            kept = keep_workbook(bid, form.file.data, rules=FILE_KINDS, by=me(), at=arrived())
            outcome = compare(bid_in_full(bid.id), _bytes(kept))
        if attempted.late is not None:
            return redirect(url_for(".late_save", key=key, late_key=attempted.late.key))
        if attempted.ok and outcome.changes:
            return redirect(url_for(".workbook_changes", key=key, workbook_key=kept.key))
        if attempted.ok and not outcome.faults:
            flash("The workbook says what the bid says already. Nothing was changed.")
            return redirect(url_for(".workbook", key=key))
    return render_template("bids/workbook.html", bid=bid, form=form, outcome=outcome, sent=False)


@bp.route("/bids/<key>/workbook/<workbook_key>", methods=["GET", "POST"])
@requires(Permission.BID_WRITE)
def workbook_changes(key: str, workbook_key: str) -> ResponseReturnValue:
    """What the file would change, row by row. It is compared again, with the bid held, before anything is changed."""
    bid = bid_to_write(me(), key)
    sent = select(Attachment).join(BidWorkbook, BidWorkbook.attachment_id == Attachment.id)
    mine = and_(BidWorkbook.bid_id == bid.id, Attachment.uploaded_by_id == me().id)
    kept = found(sent.where(Attachment.key == workbook_key, mine))
    form = ConfirmForm()
    if form.validate_on_submit():
        with attempt_edit(form, bid, WORKBOOK, file=kept) as attempted:
            job = _take_in_or_ask(bid, kept)
        if attempted.ok and job is not None:
            return redirect(url_for("jobs.show", key=job.key))
        if attempted.ok:
            flash("The workbook is taken in.")
            return redirect(url_for(".projects", key=key))
    try:
        outcome = compare(bid_in_full(bid.id), _bytes(kept))
    except Refused:
        abort(404)  # another bid's workbook, or none at all, was given to this address
    page = "bids/workbook.html" if outcome.faults else "bids/workbook_changes.html"
    return render_template(page, bid=bid, form=form, outcome=outcome, shown=outcome.changes[:MOST_SHOWN], sent=True)


def _bytes(kept: Attachment) -> bytes:
    return b"".join(storage.chunks(kept.stored_as))


def _take_in_or_ask(bid: Bid, kept: Attachment) -> jobs.Job | None:
    """Make the changes now, or where they are many ask for them to be made: the job, then."""
    begin_edit(bid, at=arrived())
    changes = _changes(bid, kept)
    if len(changes) > MOST_AT_ONCE:
        title = f"Workbook of {bid.title}"[:200]
        job = jobs.ask("bid_workbook", title, by_id=me().id, bid_id=bid.id, attachment_id=kept.id)
        job.asked_at = arrived()  # by which the deadline judges it
        return job
    apply(bid, changes, by=me(), at=arrived())
    note_applied(kept, at=arrived())
    return None


def _changes(bid: Bid, kept: Attachment) -> list[Change]:
    hold(bid)
    outcome = compare(bid_in_full(bid.id), _bytes(kept))
    if outcome.faults:
        raise Refused("Somebody else changed the bid meanwhile. See what the workbook says to it now.")
    return outcome.changes


@jobs.handles("bid_workbook")
def _take_in(job: jobs.Job, progress: jobs.Progress) -> str:
    """As of the moment at which it was asked for: a round that closed since does not turn it away. Whoever asked must
    write the bid still."""
    bid = db.session.get_one(Bid, job.arguments["bid_id"])
    kept = db.session.get_one(Attachment, job.arguments["attachment_id"])
    by = db.session.get_one(Person, job.asked_by_id)
    mine = visible_bids(by, clock.today()).where(Bid.id == bid.id, written_by(by, clock.today()))
    if not by.active or db.session.scalar(mine.order_by(None)) is None:
        raise Refused("You no longer write this bid, so nothing was changed.")
    changes = _changes(bid, kept)
    progress(0, len(changes))
    apply(bid, changes, by=by, at=job.asked_at)
    note_applied(kept, at=job.asked_at)
    return f"/bids/{bid.key}/projects"
