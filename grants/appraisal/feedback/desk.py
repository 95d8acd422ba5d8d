"""Feedback that waits for a second person, or to be sent, on the home page."""

from datetime import date

from flask import url_for
from sqlalchemy import Select, func, select

from grants.appraisal import queries
from grants.appraisal.feedback.queries import FED_BACK, ready_to_send, to_approve
from grants.appraisal.models import Feedback
from grants.bids.models import Bid
from grants.funds.models import Round
from grants.kernel.db import db
from grants.people.desk import Waiting, on_desk
from grants.people.models import Person
from grants.people.roles import Permission


@on_desk(Permission.FEEDBACK_APPROVE)
def feedback_waiting(person: Person, day: date) -> list[Waiting]:
    """By round: bids with texts of other people to approve, and bids whose feedback can be sent."""
    bids = queries.bids_judged_by_others(person, day).where(Bid.status.in_(FED_BACK))
    return [
        *_lines("Feedback to approve in", "approve", _waiting(bids, person)),
        *_lines("Feedback to send in", "send", _by_round(ready_to_send(bids))),
    ]


def _waiting(bids: Select[Bid], person: Person) -> list[tuple[str, str, int]]:
    texts = to_approve(bids, person.id).with_only_columns(Feedback.bid_id)
    return _by_round(bids.where(Bid.id.in_(texts)))


def _by_round(bids: Select[Bid]) -> list[tuple[str, str, int]]:
    """(name, code, how many bids)."""
    ids = bids.with_only_columns(Bid.id).order_by(None)
    counted = (
        select(Round.name, Round.code, func.count())
        .join(Bid, Bid.round_id == Round.id)
        .where(Bid.id.in_(ids))
        .group_by(Round.id, Round.name, Round.code)
        .order_by(Round.id)
    )
    return [(name, code, count) for name, code, count in db.session.execute(counted)]


def _lines(what: str, show: str, rounds: list[tuple[str, str, int]]) -> list[Waiting]:
    return [
        Waiting(f"{what} {name}", url_for("appraisal.round_feedback", code=code, show=show), count)
        for name, code, count in rounds
    ]
