"""Pages on which a bid's council and the programme write to each other."""

from datetime import date

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.file import MultipleFileField

from grants.bids.afterwards import correspondence
from grants.bids.afterwards.letter_queries import enclosed_in, exchanges, how_many_wait, letters_of
from grants.bids.afterwards.sides import acts_for, bid_to_discuss
from grants.bids.blueprint import bp
from grants.bids.models import Bid
from grants.files.operations import keep, send
from grants.kernel import clock
from grants.kernel.forms import CreateForm, Paragraphs, attempt
from grants.kernel.pages import page_of
from grants.people.access import absolute, me, requires
from grants.people.desk import Waiting, on_desk
from grants.people.models import Person
from grants.people.roles import Permission

_PAGE = 20


class LetterForm(CreateForm):
    text = Paragraphs("Your letter", required="Write the letter.")
    file = MultipleFileField("Files (optional)", description="Several at once, if you like.")


@bp.route("/bids/<key>/letters", methods=["GET", "POST"])
@requires(Permission.BID_DISCUSS)
def letters(key: str) -> ResponseReturnValue:
    """The exchange about one bid, the latest letter first, and a form for the next."""
    bid = bid_to_discuss(me(), key, clock.today())
    form = LetterForm()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            _write(bid, form)
        if attempted.ok:
            flash("Your letter is sent.")
            return redirect(url_for(".letters", key=key))
    return render_template(
        "bids/letters.html",
        bid=bid,
        form=form,
        page=page_of(letters_of(bid), size=_PAGE),
        to_council=acts_for(me(), bid, clock.today()),
    )


def _write(bid: Bid, form: LetterForm) -> None:
    token, at, words = form.form_token.data or None, clock.now(), form.text.data or ""
    if correspondence.written_before(bid, token):
        return
    uploads = [upload for upload in form.file.data or [] if upload]
    correspondence.check_letter(bid, words, files=len(uploads))
    enclosed = [keep(upload, rules=bid.round.attachment_rules, by=me(), at=at) for upload in uploads]
    address = absolute(url_for(".letters", key=bid.key))
    correspondence.write_letter(bid, words, enclosed=enclosed, by=me(), at=at, form_token=token, address=address)


@bp.route("/bids/<key>/letters/<letter_key>/files/<attachment_key>")
@requires(Permission.BID_DISCUSS)
def letter_file(key: str, letter_key: str, attachment_key: str) -> ResponseReturnValue:
    bid = bid_to_discuss(me(), key, clock.today())
    held = enclosed_in(bid, letter_key, attachment_key)
    ours = held.letter.from_programme is not acts_for(me(), bid, clock.today())
    return send(held.attachment, own=ours)


@bp.route("/letters")
@requires(Permission.BID_DISCUSS)
def all_letters() -> ResponseReturnValue:
    """Every exchange that this person takes part in, the latest first."""
    page = page_of(exchanges(me(), clock.today()), scalars=False)
    return render_template("bids/all_letters.html", page=page)


@on_desk(Permission.BID_DISCUSS)
def _letters_waiting(person: Person, day: date) -> list[Waiting]:
    count = how_many_wait(person, day)
    return (
        [Waiting("Letters about bids that wait for your answer", url_for("bids.all_letters"), count)] if count else []
    )
