"""Moderation: the list made by rule, and taking what no rule lists as it was scored."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.appraisal import queries
from grants.appraisal.moderating import queries as moderating
from grants.appraisal.moderating.concluding import take_as_scored, unlisted
from grants.appraisal.moderating.forms import TakeForm
from grants.appraisal.moderating.rules import Rule, Ruled, line_of, read_rules, ruled
from grants.appraisal.parts import parts_of
from grants.appraisal.remarks import queries as remarks
from grants.appraisal.room import bp
from grants.bids.models import Bid, BidStatus
from grants.funds.models import Round
from grants.kernel import clock, jobs
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.kernel.forms import attempt
from grants.kernel.pages import Page, page_of
from grants.people.access import me, requires
from grants.people.models import Person
from grants.people.roles import Permission

MOST_AT_ONCE = 100
"""Bids taken as scored while somebody waits for the page; more are taken by a job."""
_ALL, _LISTED, _UNLISTED = "all", "listed", "unlisted"


@dataclass(frozen=True)
class Listed:
    """One bid in the list. While an appraiser has not submitted, nothing is said but that it waits."""

    bid: Bid
    rules: set[Rule]
    is_ready: bool
    agreed: int
    waiting: int

    @property
    def state(self) -> str:
        if self.bid.status is BidStatus.MODERATED:
            return "to_second" if self.waiting else "moderated"
        if not self.is_ready:
            return "waiting"
        if self.waiting:
            return "to_second"
        return "being_agreed" if self.agreed else "ready"


@bp.route("/moderation")
@requires(Permission.MODERATE)
def moderation_list() -> ResponseReturnValue:
    """One round at a time, since rules and line are a round's: the one asked for, or the latest with bids ready."""
    bids = queries.bids_judged_by_others(me(), clock.today()).where(Bid.status.in_(queries.SCORED))
    rounds, counts = queries.rounds_with(bids), moderating.ready_counts(bids)
    code = request.args.get("round", "")
    asked = [round_ for round_ in rounds if round_.code == code] or [r for r in rounds if counts.get(r.id)] or rounds
    if not asked:
        return render_template("appraisal/moderating/list.html", chosen=None, rounds=[])
    return _list_page(asked[0], rounds, counts, TakeForm())


@bp.route("/moderation/rounds/<code>/as-scored", methods=["POST"])
@requires(Permission.MODERATE)
def take_unlisted(code: str) -> ResponseReturnValue:
    """Refused where there are no longer as many as the page said: somebody should see which ones came or went."""
    round_, form = queries.appraised_round(code), TakeForm()
    taken: int | None = None
    job: jobs.Job | None = None
    if form.validate_on_submit():
        with attempt(form) as attempted:
            ids = [bid.id for bid in db.session.scalars(unlisted(me(), round_, clock.now()))]
            if len(ids) != form.count.data:
                raise Refused(f"There are now {len(ids):,} bids that can be taken as scored. Look at them again.")
            if len(ids) > MOST_AT_ONCE:
                title = f"{len(ids):,} bids of {round_.name} taken as scored"[:200]
                job = jobs.ask("take_as_scored", title, by_id=me().id, round_id=round_.id, bid_ids=ids)
            else:
                taken = take_as_scored(round_, ids, by=me(), at=clock.now())
        if attempted.ok and job:
            return redirect(url_for("jobs.show", key=job.key))
        if attempted.ok:
            flash("1 bid is moderated as scored." if taken == 1 else f"{taken:,} bids are moderated as scored.")
            return redirect(url_for(".moderation_list", round=code))
    bids = queries.bids_judged_by_others(me(), clock.today()).where(Bid.status.in_(queries.SCORED))
    return _list_page(round_, queries.rounds_with(bids), moderating.ready_counts(bids), form)


@jobs.handles("take_as_scored")
def _take(job: jobs.Job, progress: jobs.Progress) -> str:
    """Those of the bids that need no talk still; whoever asked must be a moderator still."""
    round_, ids = db.session.get_one(Round, job.arguments["round_id"]), job.arguments["bid_ids"]
    by = db.session.get_one(Person, job.asked_by_id)
    if not by.may_on(clock.today(), Permission.MODERATE):
        raise Refused("You no longer moderate, so nothing was changed.")
    progress(0, len(ids))
    take_as_scored(round_, ids, by=by, at=clock.now())
    return f"/moderation?round={round_.code}&show=all"


def _list_page(round_: Round, rounds: Sequence[Round], counts: dict[int, int], form: TakeForm) -> ResponseReturnValue:
    bids = queries.bids_judged_by_others(me(), clock.today()).where(Bid.round_id == round_.id)
    line = line_of(round_, bids)
    found = ruled(bids, list(round_.criteria), line)
    show, why, tag = (request.args.get(name, "") for name in ("show", "why", "tag"))
    tags, rows = remarks.tag_names(bids), _asked(found, show, why)
    if tag in tags:
        rows = rows.where(remarks.tagged(tag, round_id=round_.id))
    page = page_of(rows.order_by(Bid.reference), scalars=False)
    by_rule, listed, free = moderating.tally(found)
    return render_template(
        "appraisal/moderating/list.html",
        chosen=round_,
        rounds=rounds,
        counts=counts,
        page=page,
        rows=_listed(page),
        parts=len(parts_of(round_.criteria)),
        line=line,
        by_rule=by_rule,
        listed=listed,
        free=free,
        show=show,
        why=why,
        tags=tags,
        tag=tag,
        form=form,
    )


def _asked(found: Ruled, show: str, why: str) -> Any:
    rows = found.rows.where(Bid.status.in_(queries.SCORED))
    if show != _ALL:
        rows = rows.where(moderating.to_do())
    if why == _LISTED:
        return rows.where(found.listed)
    if why == _UNLISTED:
        return rows.where(~found.listed)
    return rows.where(found.says[Rule(why)]) if why in set(Rule) else rows


def _listed(page: Page[Any]) -> list[Listed]:
    agreed = moderating.agreed_counts([row[0].id for row in page.rows])
    return [
        Listed(row[0], read_rules(row), bool(row._mapping["is_ready"]), *agreed.get(row[0].id, (0, 0)))
        for row in page.rows
    ]
