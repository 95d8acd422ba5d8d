"""Something behind the addresses of flags, tags and feedback: all of it of the north's bids."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from grants.appraisal.feedback.composing import digest_of
from grants.appraisal.models import Assignment, FeedbackSent, FlagKind
from grants.appraisal.remarks.flagging import Remark, raise_flag
from grants.appraisal.remarks.tagging import put_tag
from grants.bids.models import Bid
from grants.kernel.db import db
from grants.people.models import Person


def add_remarks(judged: Bid, decided: Bid, *, manager: Person, at: datetime) -> dict[str, Any]:
    """A concern of the appraiser of `judged`, a tag on it, and feedback that the council of `decided` has."""
    task = db.session.scalars(select(Assignment).where(Assignment.bid_id == judged.id)).one()
    task.declared_at = task.declared_at or at
    db.session.flush()
    flag = raise_flag(judged, Remark(FlagKind.CONCERN, "Northern doubts about the plan."), by=task.person, at=at)
    tag = put_tag([judged], "Northern tag", by=manager, at=at)
    words = "Feedback on your bid\n\nNorthern words\n"
    sent = FeedbackSent(bid=decided, text=words, digest=digest_of(words), sent_at=at, sent_by_id=manager.id)
    db.session.add(sent)
    db.session.flush()
    return {"flag_key": flag.key, "tag_key": tag.key, "fed_back": decided.key}
