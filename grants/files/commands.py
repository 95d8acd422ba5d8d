"""Commands for whoever looks after the store of attachments."""

import click
from flask.cli import with_appcontext

from grants.files import clamd, scanning
from grants.files.queries import disagreements
from grants.kernel.db import db, reading


@click.command("check-attachments")
@with_appcontext
def check_attachments() -> None:
    """Compare every attachment with its stored file, and ask after the virus scanner.

    Exit 1 if a file is missing, altered, infected or unknown, or if the scanner does not answer.
    """
    with reading():
        faults = list(disagreements())
        waiting = scanning.waiting_count()
    for fault in faults:
        click.echo(f"{fault.stored_as}  {fault.name or '(no row)'}: {fault.what}")
    silent = bool(scanning.scanner()) and not clamd.answers(scanning.scanner())
    click.echo(_of_scanner(waiting, silent=silent))
    if faults or silent:
        raise SystemExit(1)
    click.echo("Every attachment has its file, and every file its attachment.")


def _of_scanner(waiting: int, *, silent: bool) -> str:
    if not scanning.scanner():
        return "No virus scanner is set up (CLAMD)."
    files = "1 file waits" if waiting == 1 else f"{waiting:,} files wait"
    return f"The virus scanner {'does not answer' if silent else 'answers'}; {files} for it."


@click.command("scan-attachments")
@with_appcontext
def scan_attachments() -> None:
    """Put every file that was uploaded without a scanner in line for the one that there is now."""
    if not scanning.scanner():
        raise click.ClickException("No virus scanner is set up (CLAMD).")
    count = scanning.put_in_line()
    db.session.commit()
    click.echo(f"{count:,} put in line; the worker has them scanned.")


commands = [check_attachments, scan_attachments]
