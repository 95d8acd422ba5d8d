"""After submission, in the small programme: a clarification, a letter with a file, a first stage, a late bid."""

from datetime import timedelta
from io import BytesIO
from typing import Any

from werkzeug.datastructures import FileStorage

from grants.bids.afterwards.clarifying import Ask, ask_clarification
from grants.bids.afterwards.correspondence import write_letter
from grants.bids.handing_in.submitted_values import open_to_clarification, submitted_values
from grants.bids.models import Bid
from grants.bids.queries import bid_in_full
from grants.councils.models import Council
from grants.files.operations import keep
from grants.funds.models import LateBids, Round
from grants.people.models import Person
from tests.bids.files import PDF
from tests.factories import make_bid, make_bid_round


def add_afterwards(bid: Bid, *, manager: Person, author: Person, north: Council, at: Any) -> dict[str, Any]:
    """Keys and codes for the addresses behind which these lie; `bid` is a submitted one of the north."""
    full = bid_in_full(bid.id)
    _, question, project = open_to_clarification(full, submitted_values(full))[0]
    ask = Ask(question, project, "Northern land: which?")
    asked = ask_clarification(bid, [ask], due_at=at + timedelta(days=7), by=manager, at=at)
    upload = FileStorage(BytesIO(PDF), filename="northern map.pdf")
    stored = keep(upload, rules=bid.round.attachment_rules, by=author, at=at)
    letter = write_letter(bid, "The Northern map is enclosed.", enclosed=[stored], by=author, at=at)
    first, rolling = _round("lrf-first", expression_of_interest=True), _round("lrf-late", late_bids=LateBids.KEPT)
    make_bid(first, lead=north, title="Northern expression", at=at)
    late = make_bid(rolling, lead=north, title="Northern late bid", at=at)
    late.late = True
    return {
        "clarification_key": asked.key,
        "letter_key": letter.key,
        "letter_file": stored.key,
        "first_stage": first.code,
        "late_round": rolling.code,
    }


def _round(code: str, **values: Any) -> Round:
    return make_bid_round(code=code, name=code.upper(), **values)
