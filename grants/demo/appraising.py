"""What the demo's programme team leaves around its bids in appraisal: valuations, flags, tags, a meeting, feedback."""

from datetime import datetime, time, timedelta
from typing import Any

from grants.appraisal.feedback import writing
from grants.appraisal.feedback.queries import feedback_on
from grants.appraisal.feedback.writing import Words
from grants.appraisal.gates import valuing
from grants.appraisal.gates.starting import from_bid
from grants.appraisal.models import FlagKind
from grants.appraisal.panels import agenda, holding
from grants.appraisal.panels.holding import Called
from grants.appraisal.remarks import flagging, tagging
from grants.appraisal.remarks.flagging import Remark
from grants.bids.handing_in.submitted_values import open_to_clarification, place_name, submitted_values
from grants.bids.models import Bid
from grants.bids.queries import bid_in_full
from grants.demo.cast import Cast
from grants.demo.judging import Stories
from grants.funds.assuming.sets import keep_shipped
from grants.funds.models import Criterion, Round
from grants.kernel import clock
from grants.kernel.db import db
from grants.people.access import absolute
from grants.people.roles import Role

_ASKED_OF, _UNCLEAR = "deliverability", "release_route"
"""The criterion and the answer that the demo's question is about."""


def value_projects(bid: Bid, cast: Cast, at: datetime) -> None:
    """The value for money of each project as its own figures make it, while the bid is checked."""
    by = cast.one(Role.ELIGIBILITY_CHECKER)
    for project in bid.projects:
        inputs = from_bid(project, keep_shipped())
        valuing.value(project, inputs, judged="", reason="", number_seen=0, by=by, at=at)
    db.session.flush()


def remark(round: Round, stories: Stories, cast: Cast, at: datetime) -> None:
    """Flags, tags and drafts of feedback, as each story has them, and a meeting on what a flag or a mark asks for."""
    manager = cast.one(Role.PROGRAMME_MANAGER)
    for bid, story in stories:
        for name in story.get("tags", []):
            tagging.put_tag([bid], name, by=manager, at=at)
        _flag(bid, story, cast, at)
        _draft_feedback(bid, story.get("feedback", {}), cast, at)
    _call_panel(round, [bid for bid, story in stories if "concern" in story], cast, at)


def _flag(bid: Bid, story: dict[str, Any], cast: Cast, at: datetime) -> None:
    if words := story.get("concern"):
        flagging.raise_flag(bid, Remark(FlagKind.CONCERN, words), by=cast.all(Role.APPRAISER)[1], at=at)
    if words := story.get("question"):
        full, criterion = bid_in_full(bid.id), _criterion(bid.round, _ASKED_OF)
        open_ones = open_to_clarification(full, submitted_values(full))
        unclear = next(place for place in open_ones if place[1].code == _UNCLEAR)
        asked = Remark(FlagKind.CLARIFICATION, words, criterion, [place_name(unclear)])
        flagging.raise_flag(bid, asked, by=cast.one(Role.ELIGIBILITY_CHECKER), at=at)


def _criterion(round: Round, code: str) -> Criterion:
    return next(criterion for criterion in round.criteria if criterion.code == code)


def _draft_feedback(bid: Bid, texts: dict[str, str], cast: Cast, at: datetime) -> None:
    """A moderator writes; a programme manager has approved the first text, and the others wait."""
    if not texts:
        return
    words = [Words(_criterion(bid.round, code), text) for code, text in texts.items()]
    writing.write(bid, words, by=cast.one(Role.MODERATOR), at=at)
    first = feedback_on(bid)[_criterion(bid.round, next(iter(texts))).id]
    writing.approve(bid, {first.key: first.version}, by=cast.one(Role.PROGRAMME_MANAGER), at=at)


def _call_panel(round: Round, bids: list[Bid], cast: Cast, at: datetime) -> None:
    chair, other = cast.all(Role.MODERATOR)[:2]
    manager = cast.one(Role.PROGRAMME_MANAGER)
    day = clock.london(at).date() + timedelta(days=9)
    called = Called(
        "First meeting", clock.from_london(day, time(10)), "Committee room 2", [chair, other, manager], chair
    )
    panel = holding.call_meeting(round, called, address=absolute("/panels/"), by=manager, at=at)
    agenda.add_bids(panel, bids, by=manager, at=at)
