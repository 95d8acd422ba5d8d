"""Saves of a bid's tables and files that come after closing, but within the grace: kept beside the bid, never in it.

No other module reads them: nothing that checks, prints, hashes, scores or exports a bid can take one for a part of it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import contains_eager, joinedload
from werkzeug.datastructures import FileStorage

from grants import audit
from grants.bids.models import Bid, LateSave
from grants.bids.people.places import read_by
from grants.bids.queries import visible_bids
from grants.bids.writing import begin_edit
from grants.files.models import Attachment
from grants.files.operations import FileRefused, fingerprint, keep
from grants.kernel.db import Json, db, found
from grants.people.models import Person

LONGEST = 400
"""Characters of the words under which something is kept; a question may be longer."""
Row = list[Any]
"""[label of the field, what was typed in words, whether the bid has something else]"""


def keep_late(
    bid: Bid,
    what: str,
    *,
    rows: Sequence[Row] = (),
    file: Attachment | None = None,
    opened_at: datetime | None,
    by: Person,
    at: datetime,
) -> LateSave | None:
    """Keep what a page of the bid sent too late. The same sent twice by one person is kept once.

    None where the bid is not closed at all. Refused where the page was opened, or its save came, too late even for
    the grace, and where the bid is no longer being written.
    """

    def same(save: LateSave) -> bool:
        return save.typed["rows"] == list(rows) and (save.attachment is None if file is None else _is(save, file))

    return _kept(bid, what, rows, same, lambda: file, opened_at=opened_at, by=by, at=at)


def keep_late_file(
    bid: Bid,
    what: str,
    upload: FileStorage,
    *,
    rules: Mapping[str, Any],
    opened_at: datetime | None,
    by: Person,
    at: datetime,
) -> LateSave | None:
    """The same for a file, which is stored and scanned like any other. Refused also where the bid could not take it."""
    sha256 = fingerprint(upload)

    def same(save: LateSave) -> bool:
        return save.attachment is not None and save.attachment.sha256 == sha256

    def store() -> Attachment:
        if len([save for save in _saves(bid) if save.attachment_id]) >= int(
            bid.round.attachment_rules.get("count", 30)
        ):
            raise FileRefused("No more files can be kept after closing.")
        return keep(upload, rules=dict(rules), by=by, at=at)

    return _kept(bid, what, (), same, store, opened_at=opened_at, by=by, at=at)


def _kept(
    bid: Bid,
    what: str,
    rows: Sequence[Row],
    same: Callable[[LateSave], bool],
    store: Callable[[], Attachment | None],
    *,
    opened_at: datetime | None,
    by: Person,
    at: datetime,
) -> LateSave | None:
    if not begin_edit(bid, at=at, opened_at=opened_at):
        return None
    what = what[:LONGEST]
    for save in _saves(bid):
        if (save.what, save.saved_by_id) == (what, by.id) and same(save):
            return save
    file = store()
    late = LateSave(
        bid=bid, what=what, typed=Json({"rows": list(rows)}), attachment=file, saved_at=at, saved_by_id=by.id
    )
    db.session.add(late)
    db.session.flush()
    said = {"file": file.name, "sha256": file.sha256} if file else {}
    audit.record(bid, "saved_late", by=by, what=what, late=late.key, **said)
    return late


def _is(save: LateSave, file: Attachment) -> bool:
    return save.attachment_id == file.id


def _saves(bid: Bid) -> Sequence[LateSave]:
    kept = select(LateSave).where(LateSave.bid_id == bid.id).options(joinedload(LateSave.attachment))
    return db.session.scalars(kept.order_by(LateSave.id)).all()


def late_saves_of(bid: Bid, person: Person, day: date) -> Sequence[LateSave]:
    """What came late to the bid, newest first, for those who read it for a council; nothing for anyone else."""
    return db.session.scalars(_readable(person, day).where(LateSave.bid_id == bid.id)).all()


def late_save_for(person: Person, bid_key: str, key: str, day: date) -> LateSave:
    """One of them; NotFound for whoever does not read the bid for a council."""
    return found(_readable(person, day).where(Bid.key == bid_key, LateSave.key == key))


def _readable(person: Person, day: date) -> Select[LateSave]:
    theirs = visible_bids(person, day).where(read_by(person, day)).order_by(None).with_only_columns(Bid.id)
    return (
        select(LateSave)
        .join(LateSave.bid)
        .where(LateSave.bid_id.in_(theirs))
        .options(
            contains_eager(LateSave.bid).joinedload(Bid.round, innerjoin=True),
            joinedload(LateSave.attachment),
            joinedload(LateSave.saved_by, innerjoin=True),
        )
        .order_by(LateSave.id.desc())
    )
