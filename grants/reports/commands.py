"""Commands for whoever prepares a board paper."""

from codecs import BOM_UTF8
from datetime import datetime
from pathlib import Path

import click
from flask.cli import with_appcontext

from grants.funds.queries import round_named
from grants.kernel import clock
from grants.reports.annex import annex_of
from grants.reports.writers import AnnexFormat, write_annex


@click.command("annex")
@click.argument("round_code", metavar="ROUND")
@click.option("--format", "form", type=click.Choice([f.value for f in AnnexFormat]), default="csv", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False, writable=True, path_type=Path), required=True)
@click.option("--as-at", type=click.DateTime(["%Y-%m-%d"]), help="The day whose figures are printed; else today.")
@with_appcontext
def annex(round_code: str, form: str, output: Path, as_at: datetime | None) -> None:
    """Write the annex of ROUND to a file, as the board paper prints it."""
    round = round_named(round_code)
    if round is None:
        click.echo(f"There is no round with the code {round_code}.", err=True)
        raise SystemExit(1)
    table = annex_of(round, as_at.date() if as_at else clock.today())
    # A CSV opened in Excel needs its byte-order mark; what a command writes is read by programs, which stumble on it.
    output.write_bytes(write_annex(table, AnnexFormat(form)).removeprefix(BOM_UTF8))
    click.echo(f"{output}: {len(table.rows)} awards. {table.as_at_text}.")


commands = [annex]
