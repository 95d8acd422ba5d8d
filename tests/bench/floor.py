"""The floor: a bare Flask application of our shape, with nothing in it that could be slow.

A list is one indexed query and a hand-written table; a page is one row; a save is one insert and a commit. No people,
no permissions, no layout. A workbook is its libraries' own writing and reading of the same cells, and a paper a
table of the same projects, set by the same program. What the product's pages cost beside it is what the product adds.
"""

import io
import os
from datetime import UTC, datetime
from typing import Any

import typst
import xlsxwriter
from flask import Flask, render_template_string, request
from openpyxl import load_workbook
from sqlalchemy import create_engine, text

LIST = """<!doctype html><title>Floor</title><table>{% for row in rows %}<tr><td>{{ row.key }}</td>
<td>{{ row.title }}</td><td>{{ row.status }}</td><td>{{ row.reference }}</td></tr>{% endfor %}</table>"""
DETAIL = """<!doctype html><title>{{ row.title }}</title><h1>{{ row.title }}</h1>
<p>{{ row.status }} {{ row.reference }}</p>"""

engine = create_engine(os.environ["FLOOR_DATABASE_URL"])
app = Flask(__name__)


def _rows(sql: str, **values: Any) -> Any:
    with engine.connect() as connection:
        return connection.execute(text(sql), values).all()


@app.get("/list")
def listed() -> str:
    rows = _rows("SELECT key, title, status, reference FROM bid ORDER BY id DESC LIMIT 50")
    return render_template_string(LIST, rows=rows)


@app.get("/detail/<key>")
def detail(key: str) -> str:
    [row] = _rows("SELECT title, status, reference FROM bid WHERE key = :key", key=key)
    return render_template_string(DETAIL, row=row)


TOTALS = """WITH means AS (SELECT bid_id, criterion_id, avg(mark) AS mark FROM score
JOIN assignment ON assignment.id = assignment_id JOIN bid ON bid.id = bid_id JOIN round ON round.id = bid.round_id
WHERE round.code = :code GROUP BY bid_id, criterion_id)
SELECT bid.key, bid.title, sum(weight * means.mark) / 5 AS status, bid.reference FROM means
JOIN criterion ON criterion.id = criterion_id JOIN bid ON bid.id = bid_id
GROUP BY bid.id ORDER BY status DESC, bid.reference LIMIT 100"""


@app.get("/ranking/<code>")
def ranking(code: str) -> str:
    return render_template_string(LIST, rows=_rows(TOTALS, code=code))


@app.get("/annex")
def annex() -> str:
    rows = _rows("SELECT key, title, status, reference FROM award ORDER BY position")
    return render_template_string(LIST, rows=rows)


@app.post("/save")
def save() -> str:
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO floor_answer (words, at) VALUES (:words, :at)"),
            {"words": request.form["words"], "at": datetime.now(UTC)},
        )
    return "saved"


PROJECTS = """SELECT project.title, project.summary, site.name, funding_line.year, funding_line.pence FROM project
JOIN bid ON bid.id = bid_id LEFT JOIN site ON site.project_id = project.id
LEFT JOIN funding_line ON funding_line.project_id = project.id WHERE bid.key = :key ORDER BY project.position"""


@app.get("/sheet/<key>")
def sheet(key: str) -> bytes:
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    page = book.add_worksheet()
    for number, row in enumerate(_rows(PROJECTS, key=key)):
        page.write_row(number, 0, row)
    book.close()
    return made.getvalue()


@app.post("/read")
def read() -> str:
    book = load_workbook(io.BytesIO(request.get_data()), read_only=True)
    return str(sum(1 for page in book for row in page.iter_rows(values_only=True) for _ in row))


@app.get("/paper/<key>")
def paper(key: str) -> bytes:
    cells = ", ".join(f"[{cell}]" for row in _rows(PROJECTS, key=key) for cell in row)
    made: bytes = typst.compile(f"#table(columns: 5, {cells})".encode())
    return made
