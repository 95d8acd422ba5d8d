"""Proving from the command line that nobody touched the trail."""

import click
from flask.cli import with_appcontext

from grants.audit.operations import verify
from grants.kernel.db import reading


@click.command("verify-audit")
@click.option("--anchor", default="", metavar="HEAD", help="A head noted earlier, kept outside the database.")
@with_appcontext
def verify_audit(anchor: str) -> None:
    """Read the whole chain of events. Exit 1 if any was altered, removed, inserted or moved.

    Note the head somewhere else each day: only with it as --anchor is a cut at the end found.
    """
    with reading():
        verdict = verify(anchor.strip())
    click.echo(f"{verdict.events} events, head {verdict.head}")
    for fault in verdict.faults:
        click.echo(fault)
    if verdict.faults:
        raise SystemExit(1)
    click.echo(
        "The chain is whole."
        if anchor
        else "The chain is whole as far as it goes; give --anchor to be sure of its end."
    )


commands = [verify_audit]
