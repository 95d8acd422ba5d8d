"""A bid to take away as a PDF; and what all pages of a bid can say of its papers."""

from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from grants.bids.blueprint import bp
from grants.bids.handing_in.bid_pdf import bid_file
from grants.bids.handing_in.checks import board_state, harmful_files, lapsed_signature
from grants.bids.handing_in.money_picture import money_picture
from grants.bids.own import is_own
from grants.bids.queries import bid_for
from grants.bids.shown import whole_funding_shown
from grants.files.operations import send_made
from grants.kernel import clock
from grants.people.access import me, requires
from grants.people.roles import Permission

for _function in (board_state, harmful_files, lapsed_signature, money_picture, whole_funding_shown):
    bp.add_app_template_global(_function)


@bp.route("/bids/<key>/bid.pdf")
@requires(Permission.BID_READ)
def pdf(key: str) -> ResponseReturnValue:
    """The whole bid as a PDF. While it is not submitted it is its own people's alone."""
    bid = bid_for(me(), key)
    if bid.submission is None and not is_own(bid, me(), clock.today()):
        raise NotFound
    file = bid_file(bid, at=clock.now())
    return send_made(file.content, name=file.name, content_type=file.content_type)
