"""A share-out of a round's bids: asked for, read, and then applied or discarded."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grants.appraisal.assigning import applying, proposing, queries
from grants.appraisal.assigning.forms import ProposalForm, ShownForm
from grants.appraisal.models import Proposal, ProposalState
from grants.appraisal.queries import appraised_round, assignments_of
from grants.appraisal.room import bp
from grants.appraisal.tallies import how_many
from grants.bids.models import Bid
from grants.funds.models import Round
from grants.kernel import clock
from grants.kernel.financial_year import FinancialYear
from grants.kernel.forms import Form, attempt
from grants.kernel.pages import Page, page_of
from grants.kernel.pictures import Part, StackedPicture, stacked_picture
from grants.people.access import absolute, me, requires
from grants.people.models import Person
from grants.people.roles import Permission


@bp.route("/appraisal/<code>/proposals", methods=["GET", "POST"])
@requires(Permission.APPRAISERS_ASSIGN)
def proposals(code: str) -> ResponseReturnValue:
    """Ask for one, and those asked for before."""
    round_, form = appraised_round(code), ProposalForm()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            assert form.each.data is not None
            _, job = proposing.ask_for_proposal(round_, each=form.each.data, by=me(), at=clock.now())
        if attempted.ok:
            return redirect(url_for("jobs.show", key=job.key))
    bids = queries.bids_to_assign(round_, me(), clock.today(), queries.BidFilter())
    return render_template(
        "appraisal/assigning/proposals.html",
        round=round_,
        form=form,
        page=page_of(queries.proposals_of(round_, me())),
        in_appraisal=how_many(bids.with_only_columns(Bid.id)),
    )


@bp.route("/appraisal/<code>/proposals/bids-of/<person_key>", methods=["GET", "POST"])
@requires(Permission.APPRAISERS_ASSIGN)
def share_out_anew(code: str, person_key: str) -> ResponseReturnValue:
    """When an appraiser drops out: only his or her bids move."""
    round_, form = appraised_round(code), Form()
    person = queries.leaver_with(person_key, round_, me(), clock.today())
    if form.validate_on_submit():
        with attempt(form) as attempted:
            _, job = proposing.ask_for_proposal(round_, each=1, of=person, by=me(), at=clock.now())
        if attempted.ok:
            return redirect(url_for("jobs.show", key=job.key))
    page = page_of(queries.bids_left_by(person, round_, me(), clock.today()))
    return render_template("appraisal/assigning/anew.html", round=round_, person=person, form=form, page=page)


@bp.route("/appraisal/<code>/proposals/<key>")
@requires(Permission.APPRAISERS_ASSIGN)
def proposal(code: str, key: str) -> ResponseReturnValue:
    return _proposal_page(*_proposal(code, key), Form())


def _proposal_page(round_: Round, proposal: Proposal, form: Form) -> ResponseReturnValue:
    """What it does to everybody's load, before anything is done."""
    day, leaver = clock.today(), queries.leaver_of(proposal)
    counts = queries.counts_of(proposal, me(), day)
    page = page_of(queries.loads_with(proposal, me(), day), scalars=False)
    gives_up = counts.bids if proposal.state is ProposalState.READY else 0
    rows = [
        (person, most, declared, has, new, has + new - (gives_up if leaver and person.id == leaver.id else 0))
        for person, most, declared, has, new in page.rows
    ]
    return render_template(
        "appraisal/assigning/proposal.html",
        round=round_,
        proposal=proposal,
        form=form,
        leaver=leaver,
        counts=counts,
        page=page,
        rows=rows,
        picture=_picture(rows),
        year=FinancialYear.of(day),
    )


def _picture(rows: list[tuple[Person, int | None, bool, int, int, int]]) -> StackedPicture:
    sums = [
        (person.name, str(after), [Part("Keeps", str(after - new), after - new, "navy"), _new(new)])
        for person, _, _, _, new, after in rows
    ]
    return stacked_picture("loads", "Bids of each appraiser with this proposal", sums)


def _new(count: int) -> Part:
    return Part("New", str(count), count, "teal")


@bp.route("/appraisal/<code>/proposals/<key>/bids")
@requires(Permission.APPRAISERS_ASSIGN)
def proposed_bids(code: str, key: str) -> ResponseReturnValue:
    """Bid by bid: who has it, who gets it and why, and where somebody is lacking."""
    round_, proposal = _proposal(code, key)
    asked = ShownForm(request.args)
    page: Page[Bid] = page_of(queries.bids_of(proposal, me(), clock.today(), asked.show.data or ""))
    ids = [bid.id for bid in page.rows]
    places = queries.places_of(proposal, ids)
    people = {place.person_id for given in places.values() for place in given}
    return render_template(
        "appraisal/assigning/proposed_bids.html",
        round=round_,
        proposal=proposal,
        leaver=queries.leaver_of(proposal),
        asked=asked,
        page=page,
        tasks=assignments_of(ids),
        places=places,
        bids_with=queries.bids_with(proposal, me(), clock.today(), people),
        short=proposal.explanation.get("short", {}),
        others=proposal.explanation.get("others", {}),
        left_out=proposal.explanation.get("left_out", {}),
    )


@bp.route("/appraisal/<code>/proposals/<key>/apply", methods=["POST"])
@requires(Permission.APPRAISERS_ASSIGN)
def apply_proposal(code: str, key: str) -> ResponseReturnValue:
    round_, proposal = _proposal(code, key)
    form = Form()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            job = applying.ask_to_apply(proposal, by=me(), address_of_page=absolute(url_for(".mine")))
        if attempted.ok:
            return redirect(url_for("jobs.show", key=job.key))
    return _proposal_page(round_, proposal, form)


@bp.route("/appraisal/<code>/proposals/<key>/discard", methods=["POST"])
@requires(Permission.APPRAISERS_ASSIGN)
def discard_proposal(code: str, key: str) -> ResponseReturnValue:
    round_, proposal = _proposal(code, key)
    form = Form()
    if form.validate_on_submit():
        with attempt(form) as attempted:
            proposing.discard(proposal, by=me(), at=clock.now())
        if attempted.ok:
            flash("The proposal is discarded. Nobody was given a bid.")
            return redirect(url_for(".proposals", code=code))
    return _proposal_page(round_, proposal, form)


def _proposal(code: str, key: str) -> tuple[Round, Proposal]:
    round_ = appraised_round(code)
    return round_, queries.proposal_of(round_, me(), key)
