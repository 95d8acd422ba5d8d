"""The page that asks before something is taken off a bid."""

from collections.abc import Callable

from flask import redirect, render_template
from flask.typing import ResponseReturnValue

from grants.bids.forms import ConfirmForm
from grants.bids.models import Bid
from grants.kernel.forms import attempt


def removal_page(bid: Bid, what: str, back: str, after: str, remove: Callable[[], None]) -> ResponseReturnValue:
    form = ConfirmForm()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            remove()
        if attempted.ok:
            return redirect(after)
    return render_template("bids/remove.html", bid=bid, form=form, what=what, back=back)
