"""Tags: put on and taken off one bid, or the ticked bids of a round."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.appraisal import queries
from grants.appraisal.remarks import queries as remarks
from grants.appraisal.remarks import tagging
from grants.appraisal.remarks.forms import TagBidsForm, TagForm
from grants.appraisal.remarks.views import bid_page, flaggable, flaggable_bid
from grants.appraisal.room import bp
from grants.bids.models import Bid
from grants.kernel import clock
from grants.kernel.forms import Form, attempt, choices
from grants.kernel.pages import page_of
from grants.people.access import me, requires
from grants.people.roles import Permission


@bp.route("/flags/<key>/tags", methods=["POST"])
@requires(Permission.FLAG_RAISE)
def put_tag(key: str) -> ResponseReturnValue:
    bid, form = flaggable_bid(key), TagForm()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            tagging.put_tag([bid], form.tag.data or "", by=me(), at=clock.now())
        if attempted.ok:
            flash("The tag is on the bid.")
            return redirect(url_for(".flags_of_bid", key=key))
    return bid_page(bid, tagging=form)


@bp.route("/flags/<key>/tags/<tag_key>/take-off", methods=["POST"])
@requires(Permission.FLAG_RAISE)
def take_tag_off(key: str, tag_key: str) -> ResponseReturnValue:
    bid, form = flaggable_bid(key), Form()
    tag = remarks.tag_in(bid.round_id, tag_key)
    if form.validate_on_submit():
        with attempt(form) as attempted:
            tagging.take_tag_off([bid], tag, by=me(), at=clock.now())
        if attempted.ok:
            flash("The tag is off the bid.")
            return redirect(url_for(".flags_of_bid", key=key))
    return bid_page(bid, tagging=form)


@bp.route("/appraisal/<code>/tags", methods=["GET", "POST"])
@requires(Permission.FLAG_RAISE)
def tags(code: str) -> ResponseReturnValue:
    """The round's bids with their tags; ticked ones are given one more, or lose it."""
    round_ = queries.appraised_round(code)
    known = remarks.tags_in(round_.id)
    chosen = next((tag for tag in known if tag.key == request.args.get("tag")), None)
    bids = flaggable().where(Bid.round_id == round_.id).order_by(Bid.reference)
    page = page_of(bids.where(remarks.tagged(chosen.name, round_id=round_.id)) if chosen else bids)
    form = TagBidsForm()
    form.bids.choices = choices([(bid.key, bid.reference or "") for bid in page.rows])
    if form.validate_on_submit():
        ticked = [bid for bid in page.rows if bid.key in (form.bids.data or [])]
        off = "off" in request.form
        with attempt(form) as attempted:
            _change(ticked, form.tag.data or "", off=off)
        if attempted.ok:
            count = "1 bid" if len(ticked) == 1 else f"{len(ticked)} bids"
            flash(f"“{form.tag.data}” is {'off' if off else 'on'} {count}.")
            return redirect(url_for(".tags", code=code, page=page.number, tag=chosen.key if chosen else None))
    worn = remarks.tags_of([bid.id for bid in page.rows])
    return render_template(
        "appraisal/remarks/tags.html", round=round_, page=page, form=form, worn=worn, tags=known, chosen=chosen
    )


def _change(bids: list[Bid], name: str, *, off: bool) -> None:
    if off:
        tagging.take_named_tag_off(bids, name, by=me(), at=clock.now())
    else:
        tagging.put_tag(bids, name, by=me(), at=clock.now())
