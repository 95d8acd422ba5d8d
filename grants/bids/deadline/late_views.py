"""Pages of what came to a bid within the grace after closing: what was typed, to be copied, and files."""

from datetime import datetime

from flask import abort, render_template
from flask.typing import ResponseReturnValue

from grants.bids.blueprint import bp
from grants.bids.deadline.late_attempts import opening
from grants.bids.deadline.late_saves import late_save_for
from grants.files.operations import send
from grants.kernel import clock
from grants.people.access import me, requires
from grants.people.roles import Permission

bp.add_app_template_global(opening, "opening_of")


@bp.app_template_filter("to_the_second")
def to_the_second(at: datetime) -> str:
    """`23:59:30 on 16 February 2018`, London time: where the second decides."""
    here = clock.london(at)
    return f"{here:%H:%M:%S} on {here.day} {here:%B %Y}"


@bp.route("/bids/<key>/late/<late_key>")
@requires(Permission.BID_READ)
def late_save(key: str, late_key: str) -> ResponseReturnValue:
    save = late_save_for(me(), key, late_key, clock.today())
    return render_template("bids/late_save.html", bid=save.bid, save=save)


@bp.route("/bids/<key>/late/<late_key>/file")
@requires(Permission.BID_READ)
def late_file(key: str, late_key: str) -> ResponseReturnValue:
    """Only whoever reads the bid for a council comes here, so the file is their own."""
    attachment = late_save_for(me(), key, late_key, clock.today()).attachment or abort(404)
    return send(attachment, own=True)
