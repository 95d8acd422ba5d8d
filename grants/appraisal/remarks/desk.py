"""Flags that wait for a person, on the home page."""

from datetime import date

from flask import url_for
from sqlalchemy import Select, and_, func

from grants.appraisal import queries, tallies
from grants.appraisal.models import Assignment, Flag, FlagKind
from grants.appraisal.remarks.queries import flags_on, is_answered, is_open, is_to_be_asked
from grants.bids.models import Bid
from grants.kernel import clock
from grants.kernel.db import db
from grants.people.desk import Waiting, on_desk
from grants.people.models import Person
from grants.people.roles import Permission


@on_desk(Permission.FLAG_RAISE)
def flags_waiting(person: Person, day: date) -> list[Waiting]:
    """Questions for the council are on the desks of those who may send them."""
    found = flags_on(queries.bids_judged_by_others(person, day).where(Bid.status.not_in(queries.DECIDED)))
    page = url_for("appraisal.flags")
    lines = [
        Waiting(
            "Flags on bids to look at",
            page,
            tallies.how_many(_ids(found.where(is_open(), Flag.kind != FlagKind.CLARIFICATION))),
        ),
        Waiting("Answers of councils to flagged questions", page, tallies.how_many(_ids(found.where(is_answered())))),
    ]
    return [line for line in lines if line.count]


@on_desk(Permission.CLARIFICATION_ASK)
def questions_to_send(person: Person, day: date) -> list[Waiting]:
    found = flags_on(queries.bids_judged_by_others(person, day).where(Bid.status.not_in(queries.DECIDED)))
    count = tallies.how_many(_ids(found.where(is_to_be_asked(clock.now()))))
    return [Waiting("Questions to send to councils", url_for("appraisal.flags"), count)] if count else []


@on_desk(Permission.BID_SCORE)
def own_answers(person: Person, day: date) -> list[Waiting]:
    """Own questions that the council has answered, by bid: settled, the criterion can be scored."""
    own = and_(Flag.bid_id == Assignment.bid_id, Flag.raised_by_id == person.id, is_answered())
    rows = (
        queries.my_assignments(person)
        .join(Flag, own)
        .with_only_columns(Bid.reference, Assignment.key, func.count())
        .group_by(Assignment.id, Assignment.key, Bid.reference)
        .order_by(None)
        .order_by(Assignment.id)
    )
    return [
        Waiting(f"Answers to your questions on {reference}, to settle", url_for("appraisal.own_flags", key=key), count)
        for reference, key, count in db.session.execute(rows)
    ]


def _ids(rows: Select[Flag]) -> Select[int]:
    return rows.with_only_columns(Flag.id)
