"""A command for bank holidays that were published after the product was."""

from pathlib import Path

import click
from flask.cli import with_appcontext

from grants.funds.deadlines.working_days import load_bank_holidays
from grants.kernel.db import db
from grants.kernel.errors import Refused


@click.command("load-bank-holidays")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
def load(file: Path) -> None:
    """Add the bank holidays of FILE, a CSV table with the columns day (like 2029-12-25) and name."""
    try:
        count = load_bank_holidays(file.read_text("utf-8-sig").splitlines())
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from None
    db.session.commit()
    click.echo(f"{count} bank holidays are known from this file.")


commands = [load]
