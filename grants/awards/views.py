"""Pages of awards: the list and its downloads, one award as at any day, the offer and the answer to it."""

from collections.abc import Sequence
from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, send_file, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from grants.audit.queries import trail
from grants.awards import announce_views as announce_views
from grants.awards import desk as desk
from grants.awards import import_views as import_views
from grants.awards import newcomers as newcomers
from grants.awards import operations, queries
from grants.awards.blueprint import bp as bp
from grants.awards.forms import AcceptForm, AsAtForm, DeclineForm, FilterForm, OfferForm
from grants.awards.models import Award, AwardStatus
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.exports import Column, Kind, csv_list
from grants.kernel.financial_year import FinancialYear
from grants.kernel.forms import attempt
from grants.kernel.pages import page_of
from grants.kernel.sheets import xlsx_list
from grants.people.access import absolute, me, my_councils, requires
from grants.people.roles import Permission, Role

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.route("/awards")
@requires(Permission.AWARD_READ)
def index() -> ResponseReturnValue:
    form = _filter()
    rows = queries.listed(me(), clock.today(), form.asked)
    page, by_year = page_of(queries.with_names(rows)), queries.by_year(rows, clock.today())
    return render_template(
        "awards/index.html",
        filters=form,
        page=page,
        totals=queries.totals_of((award.id for award in page.rows), clock.today()),
        by_year=by_year,
        in_all=sum(by_year.values()),
        asked={name: value for name, value in form.data.items() if value},
    )


@bp.route("/awards.<kind>")
@requires(Permission.AWARD_READ)
def download(kind: str) -> ResponseReturnValue:
    """Every award that the filters find, as CSV or XLSX, with a column for each year."""
    if kind not in ("csv", "xlsx"):
        abort(404)
    today = clock.today()
    rows = queries.listed(me(), today, _filter().asked)
    years = list(queries.by_year(rows, today))
    lines = queries.spreadsheet_rows(rows, years, today)
    name = f"awards-{today.isoformat()}.{kind}"
    if kind == "xlsx":
        book = xlsx_list(_columns(years), lines, title="Awards", made_at=clock.now())
        return send_file(book, _XLSX, as_attachment=True, download_name=name)
    answer = Response(stream_with_context(csv_list(_columns(years), lines)), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    return answer


@bp.route("/awards/<key>")
@requires(Permission.AWARD_READ)
def show(key: str) -> ResponseReturnValue:
    award, today = _award(key), clock.today()
    form = AsAtForm(request.args)
    form.validate()
    day = form.day or today
    return render_template(
        "awards/show.html",
        award=award,
        form=form,
        day=day,
        profile=award.profile(day),
        total=award.total(day),
        heirs=queries.successors_today(award.council, today) if award.council else [],
        events=db.session.scalars(trail(award)).all(),
        answers=_may_answer(award),
    )


@bp.route("/awards/<key>/offer", methods=["GET", "POST"])
@requires(Permission.AWARD_OFFER)
def offer(key: str) -> ResponseReturnValue:
    award = _award(key)
    form = OfferForm(text=operations.offer_text(award, clock.today()), version=award.version)
    if form.validate_on_submit():
        page = absolute(url_for(".show", key=key))
        with attempt(form) as attempted:
            operations.offer(
                award,
                text=form.text.data or "",
                by=me(),
                at=clock.now(),
                version_seen=form.version_seen,
                address=page,
            )
        if attempted.ok:
            flash("The offer is sent.")
            return redirect(url_for(".show", key=key))
        award = _award(key)
    return render_template("awards/offer.html", award=award, form=form)


@bp.route("/awards/<key>/accept", methods=["GET", "POST"])
@requires(Permission.AWARD_ACCEPT)
def accept(key: str) -> ResponseReturnValue:
    award = _own(key)
    form = AcceptForm(version=award.version)
    if form.validate_on_submit():
        with attempt(form) as attempted:
            operations.accept(award, by=me(), at=clock.now(), on=clock.today(), version_seen=form.version_seen)
        if attempted.ok:
            flash("The offer is accepted.")
            return redirect(url_for(".show", key=key))
        award = _own(key)
    return _answer_page("awards/accept.html", award, form)


@bp.route("/awards/<key>/decline", methods=["GET", "POST"])
@requires(Permission.AWARD_ACCEPT)
def decline(key: str) -> ResponseReturnValue:
    award = _own(key)
    form = DeclineForm(version=award.version)
    if form.validate_on_submit():
        with attempt(form) as attempted:
            operations.decline(
                award, reason=form.reason.data or "", by=me(), at=clock.now(), version_seen=form.version_seen
            )
        if attempted.ok:
            flash("The offer is declined.")
            return redirect(url_for(".show", key=key))
        award = _own(key)
    return _answer_page("awards/decline.html", award, form)


def _answer_page(template: str, award: Award, form: AcceptForm | DeclineForm) -> ResponseReturnValue:
    today = clock.today()
    return render_template(
        template, award=award, form=form, profile=award.profile(today), total=award.total(today), day=today
    )


def _award(key: str) -> Award:
    return queries.award_for(me(), key, clock.today())


def _own(key: str) -> Award:
    """An award of a council whose Section 151 officer I am; not found otherwise."""
    award = _award(key)
    if award.council_id not in my_councils(Role.SECTION_151_OFFICER):
        abort(404)
    return award


def _may_answer(award: Award) -> bool:
    return award.status is AwardStatus.OFFERED and award.council_id in my_councils(Role.SECTION_151_OFFICER)


def _filter() -> FilterForm:
    form = FilterForm(request.args)
    form.offer(*queries.choices_for(me(), clock.today()))
    return form


def _columns(years: Sequence[FinancialYear]) -> list[Column]:
    words: list[tuple[str, Any]] = [
        ("Reference", Kind.TEXT),
        ("Round", Kind.TEXT),
        ("Recipient as awarded", Kind.TEXT),
        ("Council", Kind.TEXT),
        ("Council code", Kind.TEXT),
        ("Region", Kind.TEXT),
        ("Project", Kind.TEXT),
        ("Lead as printed", Kind.TEXT),
        ("Status", Kind.TEXT),
        ("Awarded on", Kind.DATE),
        ("Total", Kind.MONEY),
        *((str(year), Kind.MONEY) for year in years),
    ]
    return [Column(label, kind) for label, kind in words]
