"""Pages on which a bid is checked, signed and submitted."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from grants.bids import operations
from grants.bids.answers.grace import takes_steps
from grants.bids.blueprint import bp
from grants.bids.checks import Fault, Place, faults
from grants.bids.content import bid_content, sha256_of
from grants.bids.forms import ConfirmForm, SendBackForm, sign_form
from grants.bids.models import Bid, BidStatus
from grants.bids.people.places import writes
from grants.bids.projects.grid_forms import SOURCES
from grants.bids.projects.operations import funding_by_year
from grants.bids.queries import bid_for, bid_in_full, bid_to_sign, bid_to_submit
from grants.kernel import clock
from grants.kernel.arrival import arrived
from grants.kernel.forms import Form, attempt
from grants.people.access import absolute, me, my_councils, requires
from grants.people.roles import Permission, Role


@bp.app_template_global()
def fault_address(bid: Bid, fault: Fault) -> str:
    """The page, and where it can be the field, on which a fault is mended."""
    parts: dict[str, Any] = {"project_key": fault.project.key} if fault.project else {}
    if fault.section:
        parts["code"] = fault.section.code
    endpoint = {
        Place.DETAILS: "bids.details",
        Place.BOARD: "bids.board",
        Place.FILES: "bids.attachments",
        Place.SECTION: "bids.project_section" if fault.project else "bids.section",
        Place.PROJECTS: "bids.add_project",
        Place.PROJECT: "bids.edit_project",
        Place.SITES: "bids.sites",
        Place.FUNDING: "bids.funding",
        Place.OUTCOMES: "bids.outcomes",
        Place.BASES: "bids.bases",
        Place.MILESTONES: "bids.milestones",
        Place.RISKS: "bids.risks",
        Place.VALUE: "bids.value",
    }[fault.place]
    return url_for(endpoint, key=bid.key, _anchor=fault.field or None, **parts)


@bp.route("/bids/<key>/check")
@requires(Permission.BID_READ)
def check(key: str) -> ResponseReturnValue:
    """Everything that is still to be mended, each with a link; what comes next where nothing is."""
    return _check(bid_for(me(), key), ConfirmForm())


def _check(visible: Bid, form: Form) -> ResponseReturnValue:
    bid = bid_in_full(visible.id)
    if not bid.being_written:
        return redirect(url_for(".show", key=bid.key))
    coordinates = bid.lead_council_id in my_councils(Role.BID_COORDINATOR)
    return render_template(
        "bids/check.html",
        bid=bid,
        form=form,
        left=faults(bid, clock.today()),
        coordinates=coordinates,
        may_write=writes(me(), bid, clock.today()),
        signs=bid.lead_council_id in my_councils(Role.SECTION_151_OFFICER),
        open=takes_steps(bid, clock.now()),
    )


@bp.route("/bids/<key>/send", methods=["POST"])
@requires(Permission.BID_SUBMIT)
def send_for_sign_off(key: str) -> ResponseReturnValue:
    bid = bid_to_submit(me(), key)
    form = ConfirmForm()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            address = absolute(url_for(".sign", key=key))
            operations.send_for_sign_off(bid, by=me(), at=clock.now(), address=address)
        if attempted.ok:
            flash("The bid is with the Section 151 officer, who has been told by e-mail.")
            return redirect(url_for(".show", key=key))
    return _check(bid, form)


@bp.route("/bids/<key>/sign", methods=["GET", "POST"])
@requires(Permission.BID_SIGN)
def sign(key: str) -> ResponseReturnValue:
    bid = bid_to_sign(me(), key)
    if bid.status is not BidStatus.SIGN_OFF:
        return redirect(url_for(".show", key=key))
    full = bid_in_full(bid.id)
    form = sign_form([declaration.text for declaration in full.round.declarations])
    if not form.is_submitted():
        form["content_seen"].data = sha256_of(bid_content(full))
    if form.validate_on_submit():
        with attempt(form) as attempted:
            operations.sign(
                full, council=full.lead_council, by=me(), at=clock.now(), content_seen=form["content_seen"].data or "-"
            )
        if attempted.ok:
            flash("You have signed the bid. The bid coordinator can now submit it.")
            return redirect(url_for(".show", key=key))
        full = bid_in_full(bid.id)
        form["content_seen"].data = sha256_of(bid_content(full))
    return _sign_page(full, form, SendBackForm(formdata=None))


def _sign_page(bid: Bid, form: Form, back: Form) -> ResponseReturnValue:
    money = [
        (f"{SOURCES[source]}, {stream}", [by_year.get(year) for year in bid.round.years], sum(by_year.values()))
        for (stream, source), by_year in funding_by_year(bid).items()
    ]
    return render_template("bids/sign.html", bid=bid, form=form, back_form=back, money=money)


@bp.route("/bids/<key>/send-back", methods=["POST"])
@requires(Permission.BID_SIGN)
def send_back(key: str) -> ResponseReturnValue:
    bid = bid_to_sign(me(), key)
    back = SendBackForm()
    if back.validate_on_submit():
        with attempt(back) as attempted:
            operations.send_back(bid, reason=back.reason.data or "", by=me(), at=clock.now())
        if attempted.ok:
            flash("The bid has gone back to those who write it.")
            return redirect(url_for(".show", key=key))
    full = bid_in_full(bid.id)
    form = sign_form([declaration.text for declaration in full.round.declarations])
    form["content_seen"].data = sha256_of(bid_content(full))
    return _sign_page(full, form, back)


@bp.route("/bids/<key>/submit", methods=["POST"])
@requires(Permission.BID_SUBMIT)
def submit(key: str) -> ResponseReturnValue:
    bid = bid_to_submit(me(), key)
    form = ConfirmForm()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            operations.submit(bid, by=me(), at=arrived())
        if attempted.ok:
            return redirect(url_for(".show", key=key))
    return _check(bid, form)
