"""Files on a bid: put on, taken off."""

from datetime import datetime

from sqlalchemy import select

from grants.bids.models import Bid, BidAttachment
from grants.bids.queries import attachments_of
from grants.bids.writing import begin_edit, end_edit
from grants.files.models import Attachment
from grants.kernel import text
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.people.models import Person

LONGEST_DESCRIPTION = 200


def attached_before(bid: Bid, form_token: str | None) -> BidAttachment | None:
    """What the same form attached already, so that its file need not be stored again."""
    if not form_token:
        return None
    return db.session.scalar(
        select(BidAttachment).where(BidAttachment.form_token == form_token, BidAttachment.bid_id == bid.id)
    )


def check_room(bid: Bid, *, at: datetime) -> None:
    """Refused where the bid takes no more files; to be asked before a file is stored."""
    begin_edit(bid, at=at)
    most = int(bid.round.attachment_rules.get("count", 30))
    if len(attachments_of(bid)) >= most:
        raise Refused(f"A bid has at most {most} files. Take one off first.", field="file")


def attach(
    bid: Bid,
    attachment: Attachment,
    *,
    description: str,
    by: Person,
    at: datetime,
    form_token: str | None = None,
    board_minute: bool = False,
) -> BidAttachment:
    """Put a stored file on the bid. Refused when it has as many as the round allows."""
    begin_edit(bid, at=at)
    if made := attached_before(bid, form_token):
        return made
    check_room(bid, at=at)
    held = BidAttachment(
        attachment=attachment, description=_checked(description), form_token=form_token, board_minute=board_minute
    )
    bid.attachments.append(held)
    db.session.flush()
    end_edit(bid, "attached", by=by, at=at, what=attachment.name, sha256=attachment.sha256)
    return held


def remove_attachment(held: BidAttachment, *, by: Person, at: datetime) -> None:
    """Take a file off the bid; its bytes stay in the store."""
    begin_edit(held.bid, at=at)
    if held.removed_at is not None:
        return
    held.removed_at = at
    end_edit(held.bid, "removed_attachment", by=by, at=at, what=held.attachment.name)


def describe(held: BidAttachment, description: str, *, by: Person, at: datetime) -> None:
    """Say in other words what a file is."""
    begin_edit(held.bid, at=at)
    description = _checked(description)
    if description != held.description:
        held.description = description
        end_edit(held.bid, "described_attachment", by=by, at=at, what=held.attachment.name)


def _checked(description: str) -> str:
    description = text.tidy(description)
    if len(description) > LONGEST_DESCRIPTION or text.unfit(description):
        raise Refused(f"Use at most {LONGEST_DESCRIPTION} ordinary characters.", field="description")
    return description
