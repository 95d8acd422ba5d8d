"""The partnership board's decision to bid: the day on which it met, and its minute."""

from datetime import date, datetime

from werkzeug.datastructures import FileStorage

from grants.bids.handing_in.attaching import attach, check_room, remove_attachment
from grants.bids.handing_in.checks import minute_of
from grants.bids.models import Bid
from grants.bids.writing import begin_edit, end_edit
from grants.files.operations import fingerprint, keep
from grants.kernel import clock
from grants.kernel.errors import Refused
from grants.people.models import Person

MINUTE = "Minute of the partnership's board"


def attach_minute(bid: Bid, minute: FileStorage, *, by: Person, at: datetime) -> None:
    """Attach the minute in place of an earlier one; the same file sent again is there once."""
    begin_edit(bid, at=at)
    there = minute_of(bid)
    if there is not None and fingerprint(minute) == there.attachment.sha256:
        return
    if there is None:
        check_room(bid, at=at)
    stored = keep(minute, rules=bid.round.attachment_rules, by=by, at=at)
    if there is not None:
        remove_attachment(there, by=by, at=at)
    attach(bid, stored, description=MINUTE, by=by, at=at, board_minute=True)


def note_board_day(bid: Bid, met_on: date | None, *, by: Person, at: datetime) -> None:
    """Keep when the board decided to bid. Refused for a day to come."""
    begin_edit(bid, at=at)
    if met_on is not None and met_on > clock.london(at).date():
        raise Refused("The board must have met already.", field="met_on")
    if met_on != bid.board_met_on:
        bid.board_met_on = met_on
        end_edit(bid, "noted_board", by=by, at=at, what=met_on.isoformat() if met_on else "no day")
