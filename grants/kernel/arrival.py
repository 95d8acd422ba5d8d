"""When the request in hand reached the product, which is before it waited for a row or for its turn to write."""

from datetime import datetime

from flask import Flask, g

from grants.kernel import clock


def note_arrivals(app: Flask) -> None:
    """To be asked for before anything that can wait."""
    app.before_request(_note)


def arrived() -> datetime:
    """The instant by which a deadline judges this request."""
    if "arrived_at" not in g:
        g.arrived_at = clock.now()
    instant: datetime = g.arrived_at
    return instant


def _note() -> None:
    arrived()
