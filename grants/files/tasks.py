"""The worker's duty towards attachments: each is shown to the virus scanner, outside any transaction."""

from datetime import datetime

from grants.files import scanning
from grants.files.models import Attachment
from grants.kernel.db import db, reading


def scan_waiting(at: datetime, *, most: int = 20) -> int:
    """Have the files scanned that wait for it; how many were looked at.

    A scanner that does not answer is left alone for a minute: the files stay as they are, and say so.
    """
    if not scanning.scanner():
        return 0
    with reading():
        waiting = [(one.id, one.stored_as) for one in db.session.scalars(scanning.to_scan(at).limit(most))]
        db.session.rollback()
    looked_at = 0
    for attachment_id, stored_as in waiting:
        state, said = scanning.verdict(stored_as)
        scanning.note_verdict(db.session.get_one(Attachment, attachment_id), state, said, at=at)
        db.session.commit()
        if said == scanning.DOWN:
            break
        looked_at += 1
    return looked_at
