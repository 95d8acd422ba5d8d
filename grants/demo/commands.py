"""`flask --app wsgi demo`: load the demo, once."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy import select
from tqdm import tqdm

from grants.councils.operations import load_register
from grants.demo import appraising, bidding, cast, judging, stage, together
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
    manager = people.all(Role.PROGRAMME_MANAGER)[0]
    yield "The awards of 2018"
    stage.papers_of_2018(by=manager, at=at)
    stories = bidding.told("bids.yaml")

    dates = stage.Dates.around(today, opens=-230, closes=-180)
    code = f"lrf-{dates.opens_at.year}-spring"
    decided = stage.invented_round(code, f"Land Release Fund, spring {dates.opens_at.year}", dates, by=manager)
    bids = []
    for number, story in enumerate(stories["announced"], start=1):
        yield story["title"]
        written_at = dates.opens_at + timedelta(days=10, hours=number)
        bid = bidding.write_bid(decided, story, people, written_at)
        judging.judge(bid, story, people, dates.closes_at + timedelta(days=20))
        bids.append((bid, story))
    yield "Decisions, awards and returns"
    announced_at = clock.from_london(today - timedelta(days=130), time(10))
    made = judging.decide(decided, bids, people, announced_at)
    accepted = judging.offer_and_accept(made, bids, people, announced_at + timedelta(days=3))
    judging.report(accepted, people, today=today, at=at - timedelta(days=1))

    dates = stage.Dates.around(today, opens=-20, closes=21)
    now_open = stage.invented_round(f"lrf-{today.year}", f"Land Release Fund {today.year}", dates, by=manager)
    bids = []
    for number, story in enumerate(stories["open"], start=1):
        yield story["title"]
        bid = bidding.write_bid(now_open, story, people, dates.opens_at + timedelta(days=6, hours=number))
        if story["state"] in bidding.WRITING:
            if people.all(Role.COLLEAGUE, bid.lead_council):
                together.work_together(bid, people, at - timedelta(days=1))
        else:
            if story["state"] in judging.VALUED:
                appraising.value_projects(bid, people, dates.opens_at + timedelta(days=13, hours=number))
            judging.judge(bid, story, people, dates.opens_at + timedelta(days=14, hours=number))
            bids.append((bid, story))
    appraising.remark(now_open, bids, people, at - timedelta(days=2))
    dates = stage.Dates.around(today, opens=60, closes=110)
    code = f"lrf-{dates.opens_at.year}-next"
    stage.invented_round(code, f"Land Release Fund, from {dates.opens_at:%B %Y}", dates, by=manager, published=False)
    yield "All of it kept"


def register(app: Flask) -> None:
    app.cli.add_command(demo)
