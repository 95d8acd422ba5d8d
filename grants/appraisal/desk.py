"""What of the appraisal waits for a person, on the home page."""

from datetime import date

from flask import url_for
from sqlalchemy import func, select

from grants.appraisal import queries, tallies
from grants.appraisal.gates.queries import to_check
from grants.appraisal.models import Assignment
from grants.appraisal.moderating.queries import to_second
from grants.appraisal.tallies import FEWEST_APPRAISERS
from grants.bids.models import Bid, BidStatus
from grants.kernel.db import db
from grants.people.desk import Waiting, on_desk
from grants.people.models import Person
from grants.people.roles import Permission


@on_desk(Permission.ELIGIBILITY_CHECK)
def checks_waiting(person: Person, day: date) -> list[Waiting]:
    page = url_for("appraisal.eligibility_list")
    waiting = queries.bids_open_to(person, day).where(to_check())
    lines = [
        Waiting("Bids to check for eligibility", page, tallies.how_many(waiting.with_only_columns(Bid.id))),
        Waiting(
            "Bids with a fail for you to agree to, or not", page, tallies.how_many(tallies.fails_to_agree(person, day))
        ),
    ]
    return [line for line in lines if line.count]


@on_desk(Permission.BID_SCORE)
def scores_waiting(person: Person, day: date) -> list[Waiting]:
    tasks = queries.my_assignments(person).where(Assignment.submitted_at.is_(None), Bid.status == BidStatus.APPRAISAL)
    columns = tasks.with_only_columns(Assignment.id, Assignment.declared_at).order_by(None).subquery()
    every, declared = db.session.execute(
        select(func.count(), func.count(columns.c.declared_at)).select_from(columns)
    ).one()
    page = url_for("appraisal.mine")
    lines = [
        Waiting("Bids that need your declaration of interest", page, every - declared),
        Waiting("Bids to score", page, declared),
    ]
    return [line for line in lines if line.count]


@on_desk(Permission.MODERATE)
def moderation_waiting(person: Person, day: date) -> list[Waiting]:
    page = url_for("appraisal.moderation_list")
    ready = queries.bids_judged_by_others(person, day).where(
        Bid.status == BidStatus.APPRAISAL, ~queries.waits_for_appraisers()
    )
    lines = [
        Waiting("Bids ready for moderation", page, tallies.how_many(ready.with_only_columns(Bid.id))),
        Waiting("Bids with agreed marks for you to agree to", page, tallies.how_many(to_second(person, day))),
        Waiting("Bids whose moderation is to be opened again", page, _how_many_again(person, day)),
    ]
    return [line for line in lines if line.count]


def _how_many_again(person: Person, day: date) -> int:
    return tallies.how_many(tallies.to_moderate_again(person, day))


@on_desk(Permission.APPRAISERS_ASSIGN)
def appraisers_wanted(person: Person, day: date) -> list[Waiting]:
    count = tallies.how_many(tallies.bids_short_of_appraisers(person, day, FEWEST_APPRAISERS))
    words = f"Bids in appraisal with fewer than {FEWEST_APPRAISERS} appraisers"
    return [Waiting(words, url_for("appraisal.rounds"), count)] if count else []
