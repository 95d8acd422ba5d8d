"""A meeting's papers on the screen, and as files. They are made anew for whoever asks: nobody gets another's."""

from collections.abc import Callable

from flask import make_response, render_template
from flask.typing import ResponseReturnValue

from grants.appraisal.panels import queries
from grants.appraisal.panels.pack import Pack, pack_for
from grants.appraisal.panels.papers import pack_docx, pack_pdf
from grants.appraisal.room import bp
from grants.files.names import cleaned
from grants.kernel import clock
from grants.people.access import me, requires
from grants.people.roles import Permission

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@bp.route("/panels/<key>/papers")
@requires(Permission.PANEL_HOLD)
def panel_papers(key: str) -> ResponseReturnValue:
    panel = queries.meeting(key)
    return render_template("appraisal/panels/papers.html", panel=panel, pack=pack_for(panel, me(), clock.now()))


@bp.route("/panels/<key>/papers.docx")
@requires(Permission.PANEL_HOLD)
def panel_papers_docx(key: str) -> ResponseReturnValue:
    return _file(key, pack_docx, "docx", _WORD)


@bp.route("/panels/<key>/papers.pdf")
@requires(Permission.PANEL_HOLD)
def panel_papers_pdf(key: str) -> ResponseReturnValue:
    return _file(key, pack_pdf, "pdf", "application/pdf")


def _file(key: str, write: Callable[[Pack], bytes], ending: str, kind: str) -> ResponseReturnValue:
    panel = queries.meeting(key)
    answer = make_response(write(pack_for(panel, me(), clock.now())))
    name = cleaned(f"{panel.round.code} panel papers {clock.london(panel.meets_at):%Y-%m-%d}.{ending}")
    answer.mimetype = kind
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    answer.headers["Cache-Control"] = "no-store"
    return answer
