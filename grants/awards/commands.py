"""Commands for whoever loads papers of awards."""

from collections import Counter
from datetime import datetime
from pathlib import Path

import click
from flask.cli import with_appcontext

from grants.awards.import_files import Wish, import_file, papers_of
from grants.awards.import_queries import names_waiting
from grants.awards.models import PaperImport
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.kernel.money import parse_pounds, pounds


class Pounds(click.ParamType[int]):
    """An amount as people type it, in pence."""

    name = "pounds"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            return parse_pounds(value)
        except ValueError:
            self.fail(f"{value!r} is not an amount in pounds, like 45202211 or 45,202,211.50", param, ctx)


@click.command("import-awards")
@click.argument("round_code", metavar="ROUND")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--fund", default="", metavar="CODE", help="The fund of a round that is to be made.")
@click.option("--control-total", type=Pounds(), help="What the rows must come to.")
@click.option("--awarded-on", type=click.DateTime(["%Y-%m-%d"]), help="The day from which the awards are public.")
@click.option("--paper", "letter", type=click.Choice(["A", "B"], case_sensitive=False), help="Which of two papers.")
@click.option(
    "--beside",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The paper's annex of partnerships, in which awarded councils are looked for.",
)
@with_appcontext
def import_awards(
    round_code: str,
    file: Path,
    fund: str,
    control_total: int | None,
    awarded_on: datetime | None,
    letter: str | None,
    beside: Path | None,
) -> None:
    """Import a paper of awards into ROUND, which is made if it does not exist. The same FILE again changes nothing.

    FILE is CSV or XLSX laid out as a board paper's annex, or a report's own text.
    """
    wish = Wish(round_code, fund, control_total, awarded_on.date() if awarded_on else None, letter or "")
    now = clock.now()
    try:
        other = papers_of(beside.read_bytes(), beside.name)[0] if beside else None
        reading = import_file(file.read_bytes(), file.name, wish, by=None, at=now, beside=other)
        db.session.commit()
    except Refused as refusal:
        db.session.rollback()
        click.echo(str(refusal), err=True)
        raise SystemExit(1) from None
    for line in told(reading, again=reading.imported_at < now):
        click.echo(line)


def told(reading: PaperImport, *, again: bool) -> list[str]:
    """The report on an import, line by line."""
    added = 0 if again else reading.added
    lines = [f"{reading.round} ({reading.round.code}): {reading.rows} awards in the paper, {added} added."]
    lines += [f"  {year}  {pounds(pence):>14}" for year, pence in reading.totals_by_year.items()]
    lines.append(f"  All      {pounds(reading.total_pence):>14}")
    if reading.control_total_pence is not None:
        lines.append("  The control total holds.")
    counts = Counter(warning.code for warning in reading.warnings)
    lines.append(f"Warnings: {sum(counts.values())}" if counts else "No warnings.")
    lines += [f"  {count:>3}  {code}" for code, count in sorted(counts.items())]
    waiting = names_waiting(reading)
    lines += [f"Waits for a person: {name.printed}. {name.why}" for name in waiting]
    return lines


commands = [import_awards]
