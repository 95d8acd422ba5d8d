"""Pages on which files are attached to a bid, described and taken off."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from grants.bids import operations
from grants.bids.answers.file_answers import uses
from grants.bids.answers.file_forms import AttachmentForm, BoardForm, DescriptionForm, given, new_token
from grants.bids.blueprint import bp
from grants.bids.deadline.late_attempts import EditAttempt, attempt_edit, attempt_file, say_late_files
from grants.bids.handing_in.checks import minute_of
from grants.bids.models import Bid
from grants.bids.own import is_own
from grants.bids.queries import attachment_of, attachments_of, bid_for, bid_to_write
from grants.bids.removal import removal_page
from grants.files.operations import keep, send
from grants.kernel import clock
from grants.kernel.arrival import arrived
from grants.kernel.errors import Refused
from grants.people.access import me, requires
from grants.people.roles import Permission

_BOARD = "Decision of the partnership's board"


@bp.route("/bids/<key>/attachments", methods=["GET", "POST"])
@requires(Permission.BID_WRITE)
def attachments(key: str) -> ResponseReturnValue:
    """Several files at once: each that can be attached is, and each that cannot is named with the reason."""
    bid = bid_to_write(me(), key)
    if not bid.being_written:
        return redirect(url_for(".show", key=key))
    form = AttachmentForm()
    if form.is_submitted():
        form.validate_on_submit()
        sent = [_attach(bid, form, number, upload) for number, upload in enumerate(given(form.file.data))]
        attached, late = sum(one.ok for one in sent), sum(one.late is not None for one in sent)
        say_late_files(late)
        if not sent:
            form.refuse(Refused("Choose a file.", field="file"))
        if not form.all_errors and late:
            return redirect(url_for(".show", key=key, _anchor="late"))
        if not form.all_errors:
            flash("The file is attached." if attached == 1 else f"{attached} files are attached.")
            return redirect(url_for(".attachments", key=key))
        form.form_token.data = new_token()
    return render_template("bids/attachments.html", bid=bid, form=form, held=attachments_of(bid), uses=uses(bid))


def _attach(bid: Bid, form: AttachmentForm, number: int, upload: FileStorage) -> EditAttempt:
    """Attach one of the files; committed by itself, so that one that is refused takes no other with it."""
    token, at = f"{form.form_token.data}"[:37] + f"-{number}", arrived()
    described = "" if form.description.errors else form.description.data or ""
    with attempt_file(form, bid, "Attached files", upload, bid.round.attachment_rules) as attempted:
        if not operations.attached_before(bid, token):
            operations.check_room(bid, at=at)
            stored = keep(upload, rules=bid.round.attachment_rules, by=me(), at=at)
            operations.attach(bid, stored, description=described, by=me(), at=at, form_token=token)
    return attempted


@bp.route("/bids/<key>/attachments/<attachment_key>")
@requires(Permission.BID_READ)
def download(key: str, attachment_key: str) -> ResponseReturnValue:
    bid = bid_for(me(), key)
    return send(attachment_of(bid, attachment_key).attachment, own=is_own(bid, me(), clock.today()))


@bp.route("/bids/<key>/attachments/<attachment_key>/describe", methods=["GET", "POST"])
@requires(Permission.BID_WRITE)
def describe_attachment(key: str, attachment_key: str) -> ResponseReturnValue:
    bid = bid_to_write(me(), key)
    held = attachment_of(bid, attachment_key)
    form = DescriptionForm(data={"description": held.description})
    if form.validate_on_submit():
        with attempt_edit(form, bid, f"Description of the file {held.attachment.name}") as attempted:
            operations.describe(held, form.description.data or "", by=me(), at=arrived())
        if attempted.ok:
            return redirect(url_for(".attachments", key=key))
    return render_template("bids/describe.html", bid=bid, form=form, file=held.attachment)


@bp.route("/bids/<key>/attachments/<attachment_key>/remove", methods=["GET", "POST"])
@requires(Permission.BID_WRITE)
def remove_attachment(key: str, attachment_key: str) -> ResponseReturnValue:
    bid = bid_to_write(me(), key)
    held = attachment_of(bid, attachment_key)
    after = url_for(".attachments", key=key)
    answered = [use.label for use in uses(bid).get(attachment_key, [])]
    also = f", which answers “{'” and “'.join(answered)}”," if answered else ""
    return removal_page(
        bid, f"the file “{held.attachment.name}”{also}", after, after,
        lambda: operations.take_off(held, by=me(), at=arrived()),
    )  # fmt: skip


@bp.route("/bids/<key>/board", methods=["GET", "POST"])
@requires(Permission.BID_WRITE)
def board(key: str) -> ResponseReturnValue:
    """The board's decision to bid. A minute that was sent is kept even where the day is wrong."""
    bid = bid_to_write(me(), key)
    if not bid.being_written:
        return redirect(url_for(".show", key=key))
    form = BoardForm(data={"met_on": bid.board_met_on})
    if form.is_submitted():
        form.validate_on_submit()
        late = _take_minute(bid, form)
        if not form.met_on.errors and not (late and form.met_on.data == bid.board_met_on):
            with attempt_edit(form, bid, _BOARD):
                operations.note_board_day(bid, form.met_on.data, by=me(), at=arrived())
        if not form.all_errors:
            return redirect(url_for(".show", key=key, _anchor="late" if late else None))
    return render_template("bids/board.html", bid=bid, form=form, minute=minute_of(bid))


def _take_minute(bid: Bid, form: BoardForm) -> bool:
    """Attach the minute, if one was sent; whether it came late."""
    if not given([form.minute.data]):
        return False
    with attempt_file(form, bid, _BOARD, form.minute.data, bid.round.attachment_rules) as attempted:
        operations.attach_minute(bid, form.minute.data, by=me(), at=arrived())
    say_late_files(int(attempted.late is not None))
    return attempted.late is not None
