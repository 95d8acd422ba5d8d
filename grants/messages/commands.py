"""A command for machines where a timer sends the mail instead of the worker."""

import click
from flask.cli import with_appcontext

from grants.kernel import clock
from grants.messages.operations import send_waiting


@click.command("send-messages")
@with_appcontext
def send_messages() -> None:
    """Send the e-mails that are due, and say how many went out."""
    click.echo(f"{send_waiting(clock.now())} sent.")


commands = [send_messages]
