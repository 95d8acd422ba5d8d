"""Commands of the whole house: setting up, the first administrator, the worker."""

import secrets

import click
import flask_migrate
from flask import Flask, current_app, url_for
from flask.cli import with_appcontext
from sqlalchemy import select

from grants.councils.operations import load_register
from grants.funds.assuming.sets import keep_shipped
from grants.funds.deadlines.working_days import load_bank_holidays
from grants.kernel import clock
from grants.kernel.db import db
from grants.people import operations as people
from grants.people.access import absolute
from grants.people.models import Person
from grants.people.roles import Role
from grants.worker import Worker


@click.command()
@with_appcontext
def setup() -> None:
    """Bring the database up to date; on the first run, outside production, load the demo."""
    flask_migrate.upgrade()
    loaded = load_register()
    load_bank_holidays()
    keep_shipped()
    db.session.commit()
    click.echo(f"The database is up to date. The register holds {loaded.councils} councils.")
    has_people = db.session.scalar(select(Person.id).limit(1)) is not None
    db.session.rollback()
    if has_people:
        return
    demo = current_app.cli.commands.get("demo")
    if demo is None or current_app.config["PRODUCTION"]:
        click.echo("Nobody can sign in yet: flask --app wsgi create-administrator EMAIL NAME")
    else:
        click.get_current_context().invoke(demo)


@click.command("create-administrator")
@click.argument("email")
@click.argument("name")
@with_appcontext
def create_administrator(email: str, name: str) -> None:
    """Make EMAIL an administrator called NAME, and print a link to set a password, good for one hour."""
    at = clock.now()
    person = people.find(email) or people.add_person(name=name, email=email, by=None, at=at)
    if Role.ADMINISTRATOR not in person.roles_on(clock.today()):
        people.appoint(person, Role.ADMINISTRATOR, council_id=None, by=None, on=clock.today(), reason="From the shell")
    secret = secrets.token_urlsafe(32)
    people.make_link(person, secret, at=at)
    db.session.commit()
    with current_app.test_request_context():
        path = url_for("people.set_password", secret=secret)
    click.echo(f"{person.name} is an administrator. To set the password, within the hour:\n{absolute(path)}")


@click.command()
@click.option("--parent", type=int, help="Stop when this process, which started the worker, is gone.")
@with_appcontext
def work(parent: int | None) -> None:
    """Do waiting jobs and send waiting e-mails until told to stop (SIGTERM); what has begun is ended first."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # a proxy, which is bound to this context
    Worker(app, parent=parent).work()


def register(app: Flask) -> None:
    for command in (setup, create_administrator, work):
        app.cli.add_command(command)
