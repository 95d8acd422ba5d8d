"""Pages for annexes: which rounds have one, one on the screen as at a day, and the same in five formats."""

from datetime import date
from importlib import import_module

from flask import Response, abort, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from grants.awards.models import Award
from grants.funds.models import Round
from grants.funds.queries import round_for, visible_rounds
from grants.kernel import clock
from grants.kernel.pages import page_of
from grants.people.access import me, requires
from grants.people.roles import Permission
from grants.reports.annex import annex_of, gap_to_headline
from grants.reports.annex_forms import AsAtForm
from grants.reports.annex_table import printed
from grants.reports.blueprint import bp
from grants.reports.writers import AnnexFormat, write_annex

_FORMATS = {
    AnnexFormat.DOCX: "Word document",
    AnnexFormat.PDF: "PDF",
    AnnexFormat.XLSX: "Excel workbook",
    AnnexFormat.CSV: "CSV",
    AnnexFormat.HTML: "web page",
}


@bp.route("/annexes")
@requires(Permission.REPORTS_READ)
def annexes() -> ResponseReturnValue:
    awarded = select(Award.id).where(Award.round_id == Round.id).exists()
    return render_template("reports/annexes.html", page=page_of(visible_rounds(me(), clock.today()).where(awarded)))


@bp.route("/annexes/<code>")
@requires(Permission.REPORTS_READ)
def annex(code: str) -> ResponseReturnValue:
    round = round_for(me(), code)
    form = AsAtForm(request.args)
    table = annex_of(round, form.day(clock.today()))
    return render_template(
        "reports/annex.html",
        round=round,
        form=form,
        table=table,
        rows=printed(table),
        gap=gap_to_headline(round, table),
        formats=_FORMATS,
    )


@bp.route("/annexes/<code>/<day>.<form>")
@requires(Permission.REPORTS_READ)
def annex_file(code: str, day: str, form: str) -> ResponseReturnValue:
    if form not in set(AnnexFormat):
        abort(404)
    round, as_at, kind = round_for(me(), code), _day(day), AnnexFormat(form)
    return _sent(write_annex(annex_of(round, as_at), kind), kind, f"annex-{code}-{as_at.isoformat()}.{kind}")


@bp.route("/annexes/<code>/<day>/recipients.csv")
@requires(Permission.REPORTS_READ)
def annex_recipients(code: str, day: str) -> ResponseReturnValue:
    """Who was awarded how much in all. Its library is loaded by the first who asks, not when the product starts."""
    round, as_at = round_for(me(), code), _day(day)
    lines = import_module("grants.reports.annex_figures").recipients_csv(round, as_at)
    return _sent(b"".join(lines), AnnexFormat.CSV, f"recipients-{code}-{as_at.isoformat()}.csv")


def _day(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        abort(404)


def _sent(content: bytes, kind: AnnexFormat, name: str) -> Response:
    """As a download, whatever the format: a page of typed titles is not to be shown as one of ours."""
    answer = Response(content, content_type=kind.media_type)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
