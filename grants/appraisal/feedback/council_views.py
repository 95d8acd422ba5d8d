"""The feedback on a bid as its council got it: a page, and a file to keep."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from grants.appraisal import queries
from grants.appraisal.feedback.composing import paragraphs
from grants.appraisal.feedback.papers import letter_file
from grants.appraisal.feedback.queries import sent_on
from grants.appraisal.models import FeedbackSent
from grants.appraisal.room import bp
from grants.bids.afterwards.overview import leads_on
from grants.bids.models import Bid
from grants.bids.queries import bid_for
from grants.files import operations as files
from grants.people.access import me, requires
from grants.people.roles import Permission


@bp.route("/bids/<key>/feedback")
@requires(Permission.BID_READ)
def feedback_sent(key: str) -> ResponseReturnValue:
    bid, sent = _sent(key)
    titles = [criterion.name for criterion in queries.criteria_of(bid.round_id)]
    return render_template("appraisal/feedback/sent.html", bid=bid, sent=sent, parts=paragraphs(sent.text, titles))


@bp.route("/bids/<key>/feedback.pdf")
@requires(Permission.BID_READ)
def feedback_pdf(key: str) -> ResponseReturnValue:
    bid, _ = _sent(key)
    file = letter_file(bid)
    return files.send_made(file.content, name=file.name, content_type=file.content_type)


def _sent(key: str) -> tuple[Bid, FeedbackSent]:
    """A bid that the person may read and its feedback; NotFound until that is sent."""
    bid = bid_for(me(), key)
    sent = sent_on(bid)
    if sent is None:
        raise NotFound
    return bid, sent


@leads_on
def _link(bid: Bid) -> list[tuple[str, str]]:
    return [("Feedback on the bid", url_for("appraisal.feedback_sent", key=bid.key))] if sent_on(bid) else []
