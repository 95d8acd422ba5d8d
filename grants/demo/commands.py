"""`flask --app wsgi demo`: load the demo, once."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy import select
from tqdm import tqdm

from grants.bids.models import Bid
from grants.councils.operations import load_register
from grants.demo import appraising, bidding, cast, judging, stage, together
from grants.demo.cast import Cast
from grants.kernel import clock
from grants.kernel.db import db
from grants.people.models import Person
from grants.people.roles import Role


@click.command()
@with_appcontext
def demo() -> None:
    """Load the awards of 2018 and an invented story of today into the database. Run again, it changes nothing.

    Who can sign in is written to demo-people.json in the instance folder.
    """
    file = Path(current_app.config["INSTANCE"]) / "demo-people.json"
    if current_app.config["PRODUCTION"]:
        raise click.ClickException("The demo’s people have passwords that stand in a file: not in production.")
    if db.session.scalar(select(Person.id).where(Person.invented).limit(1)) is not None:
        if not file.exists():
            cast.write_list(cast.new_passwords(), file)
            db.session.commit()
        click.echo(f"The demo is loaded already. Who can sign in: {file}")
        return
    known: list[dict[str, str]] = []
    bar = "{desc:<44} {percentage:3.0f}% |{bar}|"
    for step in (steps := tqdm(load(known, clock.now()), total=count_of_steps(), bar_format=bar)):
        steps.set_description_str(step)
    cast.write_list(known, file)
    db.session.commit()
    click.echo(f"The demo is loaded. Who can sign in: {file}")


def count_of_steps() -> int:
    stories = bidding.told("bids.yaml")
    return 4 + len(stories["open"]) + len(stories["announced"])


def load(known: list[dict[str, str]], at: datetime) -> Iterator[str]:
    """Do everything in one transaction, saying what comes next; `known` is filled with who can sign in."""
    today = clock.london(at).date()
    yield "The register of councils"
    load_register()
    people, who = cast.gather(on=today - timedelta(days=800), at=at)
    known += who
    judging.prepare_appraisers(people, at)
    yield "The awards of 2018"
    stage.papers_of_2018(by=people.one(Role.PROGRAMME_MANAGER), at=at)
    yield from _decided_round(people, today, at)
    yield from _open_round(people, today, at)
    _next_round(people, today)
    yield "All of it kept"


def _decided_round(people: Cast, today: date, at: datetime) -> Iterator[str]:
    """Its bids are judged and announced; there are awards and returns."""
    dates = stage.Dates.around(today, opens=-230, closes=-180)
    name = f"Land Release Fund, spring {dates.opens_at.year}"
    manager = people.one(Role.PROGRAMME_MANAGER)
    round_ = stage.invented_round(f"lrf-{dates.opens_at.year}-spring", name, dates, by=manager)
    bids = []
    for number, story in enumerate(bidding.told("bids.yaml")["announced"], start=1):
        yield story["title"]
        bid = bidding.write_bid(round_, story, people, dates.opens_at + timedelta(days=10, hours=number))
        judging.judge(bid, story, people, dates.closes_at + timedelta(days=20))
        bids.append((bid, story))
    yield "Decisions, awards and returns"
    announced_at = clock.from_london(today - timedelta(days=130), time(10))
    made = judging.decide(round_, bids, people, announced_at)
    accepted = judging.offer_and_accept(made, bids, people, announced_at + timedelta(days=3))
    judging.report(accepted, people, today=today, at=at - timedelta(days=1))


def _open_round(people: Cast, today: date, at: datetime) -> Iterator[str]:
    """Some of its bids are being written, others are checked, scored or moderated already."""
    dates = stage.Dates.around(today, opens=-20, closes=21)
    manager = people.one(Role.PROGRAMME_MANAGER)
    stage.place_scores(by=manager, at=dates.published_at - timedelta(days=7))
    name, criteria = f"Land Release Fund {today.year}", stage.criteria_of_each_kind()
    round_ = stage.invented_round(f"lrf-{today.year}", name, dates, by=manager, criteria=criteria)
    handed_in = []
    for number, story in enumerate(bidding.told("bids.yaml")["open"], start=1):
        yield story["title"]
        bid = bidding.write_bid(round_, story, people, dates.opens_at + timedelta(days=6, hours=number))
        if story["state"] not in bidding.WRITING:
            _appraise(bid, story, people, dates.opens_at + timedelta(days=13, hours=number))
            handed_in.append((bid, story))
        elif people.all(Role.COLLEAGUE, bid.lead_council):
            together.work_together(bid, people, at - timedelta(days=1))
    appraising.remark(round_, handed_in, people, at - timedelta(days=2))


def _appraise(bid: Bid, story: dict[str, Any], people: Cast, at: datetime) -> None:
    if story["state"] in judging.VALUED:
        appraising.value_projects(bid, people, at)
    judging.judge(bid, story, people, at + timedelta(days=1))


def _next_round(people: Cast, today: date) -> None:
    """A draft."""
    dates = stage.Dates.around(today, opens=60, closes=110)
    name = f"Land Release Fund, from {dates.opens_at:%B %Y}"
    manager = people.one(Role.PROGRAMME_MANAGER)
    stage.invented_round(f"lrf-{dates.opens_at.year}-next", name, dates, by=manager, published=False)


def register(app: Flask) -> None:
    app.cli.add_command(demo)
