"""Importing by command and by page: who may, what they are told, and that a bad file is never a fault of ours."""

import io
from datetime import date

import pytest
from sqlalchemy import func, select

from grants.awards.models import Award, PaperImport
from grants.files.models import Attachment
from grants.funds.models import Round
from grants.kernel import clock, jobs
from grants.kernel.db import db
from grants.kernel.jobs import Job, JobState
from grants.people.roles import Role
from tests.awards.papers_in import ANNEXES, LRF_HEAD, as_csv, bring_ope, fixture, small
from tests.factories import make_council, make_person, sign_in

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture
def manager(client):
    person = make_person(Role.PROGRAMME_MANAGER)
    sign_in(client, person)
    return person


def send(client, data, name="paper.csv", **typed):
    """Post the form; the file as `data`."""
    fields = {"round": "lrf-2017", **typed, "file": (io.BytesIO(data), name)}
    return client.post("/awards/imports/new", data=fields, content_type="multipart/form-data")


def run_the_job():
    assert jobs.run_next(clock.now())
    return db.session.scalars(select(Job).order_by(Job.id.desc()).execution_options(populate_existing=True)).first()


def count(table):
    return db.session.scalar(select(func.count()).select_from(table))


def lrf_row(title="Site", pounds="100"):
    return as_csv([LRF_HEAD, ["Luton Council", title, pounds, "", ""]])


# --- The command


def command(app, *args):
    return app.test_cli_runner().invoke(args=["import-awards", *args])


def test_the_command_reports_rows_totals_warnings_and_names(app):
    said = command(app, "ope-6-2018", str(ANNEXES / "report_2018.txt"), "--control-total", "£4,872,719")
    assert said.exit_code == 0, said.output
    lines = said.output.splitlines()
    assert lines[0].endswith("(ope-6-2018): 45 awards in the paper, 45 added.")
    assert "  2017/18      £4,872,719" in lines
    assert "  The control total holds." in lines
    assert "    9  starred_member" in lines
    assert any(line.startswith("Waits for a person: Derby County Council.") for line in lines)
    again = command(app, "ope-6-2018", str(ANNEXES / "report_2018.txt"))
    assert again.output.splitlines()[0].endswith("45 awards in the paper, 0 added.")


def test_the_command_looks_for_awarded_councils_in_the_annex_beside(app):
    said = command(app, "lrf-2017", str(ANNEXES / "lrf_2018.csv"), "--beside", str(ANNEXES / "ope_2018.csv"))
    assert "   11  missing_from_other_annex" in said.output.splitlines()


def test_the_command_ends_with_the_refusal_and_loads_nothing(app):
    said = command(app, "lrf-2017", str(ANNEXES / "lrf_2018.csv"), "--control-total", "45202210")
    assert said.exit_code == 1
    assert said.output.startswith("The rows make £45,202,211, but the control total is £45,202,210: £1 too much.")
    assert (count(Award), count(Round), count(PaperImport)) == (0, 0, 0)


@pytest.mark.parametrize(
    "option",
    [["--control-total", "NaN"], ["--control-total", "1e309"], ["--awarded-on", "2018-02-30"], ["--paper", "C"]],
)
def test_the_command_refuses_what_it_cannot_read(app, option):
    assert command(app, "lrf-2017", str(ANNEXES / "lrf_2018.csv"), *option).exit_code == 2


# --- The pages


def test_a_paper_sent_in_is_imported_by_a_job_whose_result_is_its_report(client, manager):
    answer = send(client, fixture("lrf_2018.csv"), "lrf_2018.csv", control_total="45,202,211")
    assert answer.status_code == 302
    assert "/jobs/" in answer.location
    assert count(Award) == 0, "nothing before the job"
    job = run_the_job()
    assert job.state is JobState.DONE
    page = client.get(job.result).text
    assert "79 awards in the paper, 79 of them new" in page
    assert f"by {manager.name}" in page
    assert page.count("£45,202,211") == 3, "the sum, the control total, and the gap's sentence"
    assert "£202,211" in page
    assert "Several sites in one row (9)" in page
    assert "lrf_2018.csv" in client.get("/awards/imports").text
    assert db.session.scalar(select(Attachment.name)) == "lrf_2018.csv"


def test_the_form_sent_twice_makes_the_awards_once(client, manager):
    for _ in range(2):
        send(client, lrf_row(), awarded_on=None)
    first, second = run_the_job(), run_the_job()
    assert first.result == second.result
    assert (count(Award), count(PaperImport)) == (1, 1)


def test_a_refusal_is_told_on_the_page_of_the_job(client, manager):
    answer = send(client, lrf_row(), control_total="99")
    job = run_the_job()
    assert job.state is JobState.FAILED
    assert "The rows make £100, but the control total is £99" in client.get(answer.location).text
    assert count(Award) == 0


def test_a_new_round_takes_the_fund_and_the_day_that_were_entered(client, manager):
    small(["Luton Council", "Site", "100", "", ""])
    day = {"awarded_on-day": "1", "awarded_on-month": "3", "awarded_on-year": "2019"}
    send(client, lrf_row(), round="homes-1", fund="lrf", **day)
    assert run_the_job().state is JobState.DONE
    made = db.session.scalar(select(Round).where(Round.code == "homes-1"))
    assert (made.fund.code, clock.london(made.announced_at).date()) == ("lrf", date(2019, 3, 1))


def test_names_that_wait_are_linked_to_the_page_that_settles_them(client, manager):
    reading = bring_ope()
    page = client.get(f"/awards/imports/{reading.key}").text
    assert "Derby County Council</a>: No such council." in page
    assert 'href="/names/' in page


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"round": ""}, "Enter the code of the round."),
        ({"control_total": "NaN"}, "must be an amount in pounds"),
        ({"control_total": "1e309"}, "must be an amount in pounds"),
        ({"awarded_on-day": "30", "awarded_on-month": "2", "awarded_on-year": "2018"}, "must be a real date"),
        ({"fund": "made-up"}, "Not a valid choice"),
        ({"round": "x\0y"}, "cannot be kept"),
        ({"round": "x" * 50_000}, "must be 40 characters or fewer"),
    ],
)
def test_what_is_typed_wrongly_is_said_next_to_the_field(client, manager, typed, said):
    answer = send(client, lrf_row(), **typed)
    assert answer.status_code == 200
    assert said in answer.text
    assert count(Job) == 0


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("paper.pdf", b"%PDF-1.4 %%EOF", "cannot be attached"),
        ("paper.xlsx", b"not a workbook", "is not"),
        ("paper.csv", b"", "is empty"),
        ("paper.csv", b"a\0b", "is not plain text"),
        ("paper.csv", b"<html>", "is a web page"),
        ("../../etc/passwd", b"x", "cannot be attached"),
    ],
)
def test_a_file_of_another_kind_is_refused_beside_the_field(client, manager, name, data, said):
    answer = send(client, data, name)
    assert answer.status_code == 200
    assert said in answer.text
    assert (count(Job), count(Attachment)) == (0, 0)


def test_without_a_file_one_is_asked_for(client, manager):
    answer = client.post("/awards/imports/new", data={"round": "lrf-2017"})
    assert "Choose a CSV, XLSX or TXT file." in answer.text


@pytest.mark.parametrize("data", [b"a,b,c\n1,2,3\n", b"Local Authority,Project,2017/18\n,,\n", b"\xff\xfe\x00"])
def test_a_file_without_awards_fails_its_job_with_a_sentence(client, manager, data):
    answer = send(client, data, "odd.txt" if data.startswith(b"\xff") else "odd.csv")
    if answer.status_code == 302:
        job = run_the_job()
        assert job.state is JobState.FAILED
        assert job.error
        assert "our side" not in job.error


def test_typed_titles_are_only_text_in_the_report(client, manager):
    reading = small(["Luton Council", "<script>alert(1)</script> BS3 5LW", "100", "", ""])
    page = client.get(f"/awards/imports/{reading.key}").text
    assert "<script>alert" not in page


def test_a_file_name_is_only_text_too(client, manager):
    send(client, lrf_row(), "<img src=x onerror=alert(1)>.csv")
    run_the_job()
    assert "<img" not in client.get("/awards/imports").text


def test_programme_people_read_the_reports_and_only_managers_send_papers(client):
    reading = bring_ope()
    for role in (Role.AUDITOR, Role.FINANCE_OFFICER):
        sign_in(client, make_person(role))
        assert client.get(f"/awards/imports/{reading.key}").status_code == 200
        assert client.get("/awards/imports").status_code == 200
        assert client.get("/awards/imports/new").status_code == 403
        assert send(client, lrf_row()).status_code == 403
        assert client.get("/awards/imports/2222222222222222").status_code == 404
    sign_in(client, make_person(Role.SECTION_151_OFFICER, council=make_council()))
    assert client.get("/awards/imports").status_code == 403
    assert client.get(f"/awards/imports/{reading.key}").status_code == 403
