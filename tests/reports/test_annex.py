"""The annex out of the awards: the paper of March 2018 cell for cell, the same again later, by command and by page."""

import csv
import io
from datetime import UTC, date, datetime
from functools import partial
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select

from grants.awards.models import Award, AwardStatus, Movement, MovementKind
from grants.awards.papers.members import segment
from grants.awards.papers.reading import read_paper
from grants.councils.queries import name_book
from grants.funds.models import Round, Stream
from grants.kernel.db import db
from grants.kernel.exports import unguard
from grants.kernel.financial_year import FinancialYear as FY
from grants.kernel.text import unfit
from grants.people.roles import Role
from grants.reports.annex import annex_of, gap_to_headline
from grants.reports.annex_figures import recipients_csv, yearly_totals
from grants.reports.annex_table import as_printed
from grants.reports.writers import AnnexFormat, write_annex
from tests.awards.papers_in import LRF_HEAD, as_csv, bring, bring_lrf, bring_ope, fixture, small
from tests.factories import made, make_fund, make_person, make_round, sign_in
from tests.reports.paper import AS_AT, paper
from tests.reports.test_writers import pdf_text, read_csv, read_docx, read_html, read_xlsx

READERS = {
    AnnexFormat.CSV: read_csv,
    AnnexFormat.XLSX: read_xlsx,
    AnnexFormat.DOCX: read_docx,
    AnnexFormat.HTML: read_html,
}
AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
EVIL = [
    '=HYPERLINK("http://example.org","x")',
    "@SUM(A1)",
    "+44",
    "-1",
    "'=quoted",
    "<script>alert(1)</script>",
    "<r><t>x</t></r>",
    "{{ 7 * 7 }}",
    "\uff1d1+1",
    "x" * 400,
    "中文 \U0001f3e0",
    "Total of it all",
]


def round_of(code):
    return db.session.scalar(select(Round).where(Round.code == code))


def annex(code, as_at=AS_AT):
    return annex_of(round_of(code), as_at)


@pytest.fixture
def papers(session):
    """Both papers of March 2018."""
    bring_lrf()
    bring_ope()


@pytest.mark.usefixtures("papers")
@pytest.mark.parametrize(("code", "name"), [("lrf-2017", "annex-a"), ("ope-6-2018", "annex-b")])
def test_the_annex_equals_the_paper_cell_for_cell_in_every_format(code, name):
    table = annex(code)
    for form, read in READERS.items():
        assert read(write_annex(table, form)) == paper(name), form
    text = pdf_text(write_annex(table, AnnexFormat.PDF))
    assert all("".join(cell.split()) in text for row in paper(name) for cell in row)


@pytest.mark.parametrize(("code", "name"), [("lrf-2017", "annex-a"), ("ope-6-2018", "annex-b")])
def test_the_annex_equals_the_paper_after_an_import_of_the_reports_own_text(session, code, name):
    bring(fixture("report_2018.txt"), "report_2018.txt", code)
    assert as_printed(annex(code)) == paper(name)


def test_totals_are_those_of_the_paper(papers):
    lrf, ope = annex("lrf-2017"), annex("ope-6-2018")
    assert [total.pence for total in lrf.totals] == [24_997_308_00, 9_993_742_00, 10_211_161_00, 45_202_211_00]
    assert [total.pence for total in ope.totals] == [4_872_719_00]
    assert len(lrf.rows) == 79
    assert len({row.cells[0] for row in lrf.rows}) == 40
    assert gap_to_headline(round_of("lrf-2017"), lrf) == 202_211_00
    assert gap_to_headline(round_of("ope-6-2018"), ope) == 172_719_00


def test_the_pilots_own_annex_has_its_five_rows(papers):
    table = annex("nhs-staff-2018")
    assert [row.cells[2] for row in table.rows] == [row[2] for row in paper("annex-b")[1:6]]
    assert table.totals[0].pence == 350_000_00


def test_frames_come_to_the_same_totals(papers):
    assert yearly_totals(round_of("lrf-2017"), AS_AT) == {2017: 24_997_308_00, 2018: 9_993_742_00, 2019: 10_211_161_00}
    lines = b"".join(recipients_csv(round_of("lrf-2017"), AS_AT)).decode("utf-8-sig").splitlines()
    assert lines[:2] == ["Recipient,Awards,Total", "Torbay Council,3,3976000.00"]
    assert len(lines) == 41


def move(award, on, **pence_by_year):
    for year, pence in pence_by_year.items():
        made(
            Movement(
                award=award,
                year=FY(int(year[1:])),
                stream=Stream.CAPITAL,
                pence=pence,
                effective_on=on,
                kind=MovementKind.REPROFILE,
                recorded_at=AT,
            )
        )
    db.session.commit()


@pytest.mark.parametrize("form", list(AnnexFormat))
def test_as_at_the_same_day_the_annex_is_the_same_bytes_whatever_happened_later(papers, form):
    before = write_annex(annex("lrf-2017"), form)
    award = db.session.scalars(select(Award).where(Award.title == "Newfield Dev Area")).one()
    move(award, date(2018, 6, 1), y2017=-32_000_00, y2019=32_000_00)
    small(["Luton Council", "Another", "", "5", ""], awarded_on=date(2018, 7, 1))
    db.session.scalars(select(Award).where(Award.title == "Fishmoor Drive")).one().status = AwardStatus.WITHDRAWN
    db.session.commit()
    assert write_annex(annex("lrf-2017"), form) == before
    later = annex("lrf-2017", date(2018, 7, 1))
    assert later.rows[0].cells[2:] == (None, None, 32_000_00)
    assert later.rows[-1].cells[1] == "Another"
    assert sum(total.pence for total in later.totals[:3]) == 45_202_216_00


def test_an_award_whose_money_was_all_taken_back_leaves_the_annex_from_that_day(papers):
    award = db.session.scalars(select(Award).where(Award.title == "Newfield Dev Area")).one()
    move(award, date(2018, 6, 1), y2017=-32_000_00)
    assert len(annex("lrf-2017", date(2018, 5, 31)).rows) == 79
    assert len(annex("lrf-2017", date(2018, 6, 1)).rows) == 78


def test_before_the_day_of_the_awards_nothing_is_printed_but_the_headings(papers):
    table = annex("lrf-2017", date(2018, 2, 15))
    assert as_printed(table) == [paper("annex-a")[0]]
    assert as_printed(annex("ope-6-2018", date(2018, 3, 21))) == [paper("annex-b")[0]]


def test_columns_are_called_after_the_fund(session):
    small(["Luton Council", "Site", "100", "", ""])
    assert [column.label for column in annex("lrf-2017").columns] == LRF_HEAD
    second = make_round(fund=make_fund(code="blrf2"), first_year=FY(2026), last_year=FY(2026))
    assert annex_of(second, AS_AT).columns[2].label == "BLRF Funding 2026/27"
    other = make_round(first_year=FY(2026), last_year=FY(2026))
    assert annex_of(other, AS_AT).columns[2].label == f"{other.fund.name} Funding 2026/27"


def test_the_annex_takes_a_fixed_number_of_queries_for_any_number_of_awards(session):
    def queries(code):
        """(rows, queries) of an annex."""
        asked, round = [], round_of(code)
        round.fund.code  # noqa: B018 - loaded before we count
        note = lambda *call: asked.append(call[2])  # noqa: E731
        event.listen(db.engine, "before_cursor_execute", note)
        table = annex_of(round, date(2026, 1, 1))
        event.remove(db.engine, "before_cursor_execute", note)
        return len(table.rows), len(asked)

    small(*([f"Council {n} District Council", f"Site {n}", "100", "", ""] for n in range(10)), code="lrf-ten")
    small(*([f"Council {n // 9} District Council", f"Site {n}", "100", "5", ""] for n in range(1000)), code="lrf-many")
    ten, first = queries("lrf-ten")
    many, second = queries("lrf-many")
    assert (ten, many) == (10, 1000)
    assert first == second <= 6


# --- Whatever a council may have typed


@pytest.mark.parametrize("title", EVIL)
def test_a_title_comes_out_of_every_export_as_it_went_in(session, title):
    small(["Luton Council", title, "100", "", ""])
    table = annex("lrf-2017")
    for form, read in READERS.items():
        assert read(write_annex(table, form))[1] == ["Luton Council", title, "£100", "", ""]
    again = bring(write_annex(table, AnnexFormat.CSV), "again.csv", "lrf-2017")
    assert again.added == 0
    assert bring(write_annex(table, AnnexFormat.XLSX), "again.xlsx", "lrf-2017").added == 0


def names_read(data, filename="annex.csv"):
    [read] = read_paper(data, filename, partial(segment, known_names=name_book().spellings()))
    return [
        (row.recipient, row.project, row.lead, row.members, dict(row.amounts), row.total_pence) for row in read.rows
    ]


TITLES = st.one_of(
    st.sampled_from(EVIL),
    st.text(min_size=1, max_size=60).filter(
        lambda text: text.strip() == text and not unfit(text) and text.isprintable()
    ),
)
MONEY = st.integers(1, 10**12).map(lambda pence: f"{pence // 100}.{pence % 100:02}")
SUMS = st.one_of(st.just(""), MONEY)
LRF_ROWS = st.lists(
    st.tuples(
        st.sampled_from(["Luton Council", "Devon County Council", "Nowhere =1+1 Council"]), TITLES, SUMS, SUMS, SUMS
    ).filter(lambda row: any(row[2:])),
    min_size=1,
    max_size=8,
)
COUNCILS = ["Devon County Council", "London Borough of Brent", "Cornwall Council", "City of York Council"]
OPE_ROWS = st.lists(
    st.tuples(
        st.sampled_from(COUNCILS),
        st.lists(st.tuples(st.sampled_from(COUNCILS), st.sampled_from(["", "*"])), min_size=1, max_size=4),
        MONEY,
    ),
    min_size=1,
    max_size=6,
)
numbers = count(1)
MANY = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@MANY
@given(rows=LRF_ROWS)
def test_any_paper_of_projects_comes_out_with_the_rows_that_went_in(session, rows):
    written = as_csv([LRF_HEAD, *rows])
    round_trip(written, "lrf")


@MANY
@given(rows=OPE_ROWS)
def test_any_paper_of_partnerships_comes_out_with_the_rows_that_went_in(session, rows):
    head = ["Partnership", "Lead Council", "Local Authorities in Partnership", "Total Allocation"]
    given = [
        [f"Partnership {n}", lead, "; ".join(name + star for name, star in members), pence]
        for n, (lead, members, pence) in enumerate(rows)
    ]
    round_trip(as_csv([head, *given]), "ope")


def round_trip(written, fund):
    """In, out as CSV, and read again; the round is a new one each time."""
    code = f"{fund}-try-{next(numbers)}"
    bring(written, "paper.csv", code, awarded_on=date(2018, 3, 22))
    out = write_annex(annex(code), AnnexFormat.CSV)
    assert names_read(out) == names_read(written)
    assert bring(out, "annex.csv", code, awarded_on=date(2018, 3, 22)).added == 0


# --- The command and the pages


def test_the_command_writes_the_file(papers, app, tmp_path):
    out = tmp_path / "annex.csv"
    said = app.test_cli_runner().invoke(
        args=["annex", "lrf-2017", "--format", "csv", "--output", str(out), "--as-at", "2018-03-22"]
    )
    assert said.output == f"{out}: 79 awards. As at 22 March 2018.\n"
    rows = csv.reader(io.StringIO(out.read_bytes().decode("utf-8"), newline=""))
    assert [[unguard(cell) for cell in row] for row in rows] == paper("annex-a")


def test_the_command_knows_no_round_of_another_name(session, app, tmp_path):
    said = app.test_cli_runner().invoke(args=["annex", "lrf-1999", "--output", str(tmp_path / "x.csv")])
    assert said.exit_code == 1
    assert "There is no round with the code lrf-1999." in said.output


def test_the_page_prints_the_annex_its_totals_and_the_gap(papers, client):
    sign_in(client, make_person(Role.AUDITOR))
    page = client.get("/annexes/lrf-2017?as_at-day=22&as_at-month=3&as_at-year=2018").text
    assert "As at 22 March 2018" in page
    assert "£45,202,211" in page
    assert "£202,211</strong> more" in page
    assert page.count("<tbody") == 40 + 1
    assert "Land Release Fund 2017" in client.get("/annexes").text


@pytest.mark.parametrize("form", list(AnnexFormat))
def test_a_download_is_the_annex_as_at_the_day_in_its_address(papers, client, form):
    sign_in(client, make_person(Role.FINANCE_OFFICER))
    answer = client.get(f"/annexes/ope-6-2018/2018-03-22.{form.value}")
    assert answer.data == write_annex(annex("ope-6-2018"), form)
    assert answer.headers["Content-Disposition"] == f"attachment; filename=annex-ope-6-2018-2018-03-22.{form.value}"
    assert answer.content_type == form.media_type


@pytest.mark.parametrize(
    "path", ["lrf-2017/2018-02-30.csv", "lrf-2017/0-0-0.csv", "none/2018-01-01.csv", "lrf-2017/x.exe"]
)
def test_what_is_no_day_round_or_format_is_not_found(papers, client, path):
    sign_in(client, make_person(Role.AUDITOR))
    assert client.get(f"/annexes/{path}").status_code == 404


@pytest.mark.parametrize("typed", [("30", "2", "2018"), ("x", "y", "0"), ("1", "1", "99999"), ("1", "1", "0001")])
def test_a_day_that_is_none_is_said_beside_the_boxes(papers, client, typed):
    sign_in(client, make_person(Role.AUDITOR))
    answer = client.get(
        "/annexes/lrf-2017", query_string=dict(zip(("as_at-day", "as_at-month", "as_at-year"), typed, strict=True))
    )
    assert answer.status_code == 200
    assert ("must be a real date" in answer.text) == (typed[2] != "0001")


@pytest.mark.parametrize("path", ["/annexes", "/annexes/lrf-2017", "/annexes/lrf-2017/2018-03-22.csv"])
def test_annexes_are_for_the_programmes_own_people(papers, client, path):
    sign_in(client, make_person(Role.BID_AUTHOR))
    assert client.get(path).status_code == 403


def test_a_title_typed_to_do_harm_is_only_text_on_the_page(session, client):
    small(["Luton Council", "<script>alert(1)</script>", "100", "", ""])
    sign_in(client, make_person(Role.AUDITOR))
    page = client.get("/annexes/lrf-2017").text
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
