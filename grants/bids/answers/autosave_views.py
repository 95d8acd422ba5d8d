"""What autosave.js asks of the server while somebody types. Nothing can be done here that the button cannot do."""

from datetime import datetime
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from grants.bids import operations
from grants.bids.answers.answering import Clash
from grants.bids.answers.forms import SectionForm, mark
from grants.bids.answers.grace import comes_late
from grants.bids.answers.opened import opened_at
from grants.bids.answers.section_queries import SectionPage, section_to_write
from grants.bids.answers.values import in_words
from grants.bids.blueprint import bp
from grants.bids.models import BidStatus
from grants.bids.queries import attachments_of
from grants.funds.deadlines.closing import takes_bids
from grants.funds.models import QuestionKind
from grants.kernel import clock
from grants.kernel.arrival import arrived
from grants.kernel.forms import attempt
from grants.people.access import me, requires
from grants.people.roles import Permission


@bp.route("/bids/<key>/sections/<code>/autosave", methods=["POST"])
@bp.route("/bids/<key>/projects/<project_key>/sections/<code>/autosave", methods=["POST"])
@requires(Permission.BID_WRITE)
def autosave(key: str, code: str, project_key: str | None = None) -> ResponseReturnValue:
    """Save the questions named as `asked`. The answer is JSON: see `_told`, or `{"refused": sentence}` with a 409."""
    page = section_to_write(me(), key, code, project_key, on=clock.today(), hold=True)
    has_files = any(question.kind is QuestionKind.FILE for question in page.questions)
    asking = SectionForm(page, attachments_of(page.bid) if has_files else [], only=request.form.getlist("asked"))
    given, unfit = asking.fit()
    at, opened = arrived(), opened_at(page.bid, me(), asking.form["opened"].data)
    late = comes_late(page.bid, opened_at=opened, at=at)
    told: dict[str, Any] = {}
    with attempt(asking.form) as attempted:
        clashes = operations.save_while_typing(page, given, by=me(), at=at, opened_at=opened)
        stands = section_to_write(me(), key, code, project_key, on=clock.today())
        told = _told(stands, [one.question.code for one in given], unfit, clashes)
    if not attempted.ok:
        return {"refused": asking.form.all_errors[-1][1]}, 409
    return {"at": f"{clock.london(at):%H:%M}", "late": late, **told}


def autosave_address(page: SectionPage, at: datetime) -> str:
    """Where the page saves by itself; empty where only the button may, or nothing can be saved at all."""
    bid = page.bid
    if bid.status is not BidStatus.DRAFT or not takes_bids(bid.round, bid.lead_council_id, at):
        return ""
    if page.project is None:
        return url_for("bids.autosave", key=bid.key, code=page.section.code)
    return url_for("bids.autosave", key=bid.key, project_key=page.project.key, code=page.section.code)


def _told(page: SectionPage, codes: list[str], unfit: dict[str, str], clashes: list[Clash]) -> dict[str, Any]:
    """What the page is told, beside when it was saved (`at`, London time) and whether that was after closing (`late`).

    By question's code: `seen`, the mark of what now stands; `unfit`, why it cannot be kept yet; `clashes`, who was
    first (`by`, and whether it is `mine`), what stands there in words (`theirs`), and its mark (`seen`), by which one
    may write over it.
    """
    marks = {question.code: mark(page.answers.get(question.id)) for question in page.questions}
    theirs = {
        clash.question.code: {
            "by": "You" if clash.theirs.changed_by_id == me().id else clash.theirs.changed_by.name,
            "mine": clash.theirs.changed_by_id == me().id,
            "theirs": in_words(clash.question, clash.theirs.value["is"]),
            "seen": marks[clash.question.code],
        }
        for clash in clashes
    }
    return {"seen": {code: marks[code] for code in codes if code not in theirs}, "unfit": unfit, "clashes": theirs}
