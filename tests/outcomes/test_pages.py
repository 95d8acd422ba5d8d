"""The pages for returns, as the council's people, the programme and strangers meet them."""

import io
import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import event, func, select

from grants.kernel.db import db
from grants.outcomes import operations as returns
from grants.outcomes.models import Evidence, Return, ReturnFigure, ReturnStatus
from grants.people.roles import Role
from tests.factories import NOW, make_council, make_person, sign_in
from tests.outcomes.world import Q1, Q2, make_world

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture(autouse=True)
def on_the_day():
    with time_machine.travel(NOW):
        yield


@pytest.fixture
def world(session):
    return make_world()


def typed(seen: int, **changes: str) -> dict[str, str]:
    data = {"version": str(seen), "progress": "Works began.", "risks": "", "correction": ""}
    data |= {"actual_m_homes_released_2026": "10", "forecast_m_homes_released_2026": "12"}
    data |= {"forecast_m_homes_released_2027": "28", "actual_spent_2026": "1,000.50"}
    return data | changes


def test_a_return_is_written_signed_and_validated_in_the_browser(session, client, world):
    award, key = world.award, world.award.key
    sign_in(client, world.author)
    assert f"Start the return for Q2 2026/27 of {award.reference}" in client.get("/").text
    assert award.reference in client.get("/returns/missing").text
    answer = client.post(f"/awards/{key}/returns", data={"quarter": "2026-2", "form_token": "abc"})
    begun = session.scalar(select(Return))
    assert answer.location == f"/returns/{begun.key}/edit"
    page = client.get(answer.location).text
    assert "first return" in page
    assert "£2,000,000" in page, "the target of the bid"
    assert client.post(f"/returns/{begun.key}/edit", data=typed(begun.version)).status_code == 302
    session.expire_all()
    assert {f.year.starts_in: f.actual_hundredths for f in begun.figures} == {2026: 10_00, 2027: None}
    answer = client.post(f"/returns/{begun.key}/edit", data=typed(begun.version, then="send"))
    assert answer.location == f"/returns/{begun.key}"
    sign_in(client, world.officer)
    assert f"/returns/{begun.key}/sign" in client.get("/").text
    page = client.get(f"/returns/{begun.key}/sign").text
    assert "Works began." in page
    assert "What you declare" in page
    refused = client.post(f"/returns/{begun.key}/sign", data={"version": "3"})
    assert "Tick the box" in refused.text
    session.expire_all()
    client.post(f"/returns/{begun.key}/sign", data={"version": begun.version, "agreed": "y"})
    session.expire_all()
    assert begun.status is ReturnStatus.SUBMITTED
    sign_in(client, world.manager)
    assert "Returns to validate" in client.get("/").text
    assert begun.key in client.get("/returns?status=submitted").text
    data = {"version": begun.version, "decision": "validate", "text": "Seen the notices."}
    client.post(f"/returns/{begun.key}/review", data=data)
    session.expire_all()
    assert begun.status is ReturnStatus.VALIDATED
    page = client.get(f"/returns/{begun.key}").text
    for said in ("Seen the notices.", "Signed", "Started", world.officer.name):
        assert said in page


def test_starting_twice_makes_one_return(session, client, world):
    sign_in(client, world.author)
    for token in ("abc", "abc", "other"):
        client.post(f"/awards/{world.award.key}/returns", data={"quarter": "2026-2", "form_token": token})
    assert session.scalar(select(func.count(Return.id))) == 1


@pytest.mark.parametrize("quarter", ["2026-9", "x", "2031-1", "99999999-1", ""])
def test_a_quarter_made_up_is_refused_on_the_page(client, world, quarter):
    sign_in(client, world.author)
    answer = client.post(f"/awards/{world.award.key}/returns", data={"quarter": quarter})
    assert answer.status_code == 200
    assert "There is a problem" in answer.text


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("actual_m_homes_released_2026", "ten", "must be a number"),
        ("actual_m_homes_released_2026", "NaN", "must be a number"),
        ("actual_m_homes_released_2026", "1e309", "must be a number"),
        ("actual_m_homes_released_2026", "-1", "must be a number"),
        ("actual_m_homes_released_2026", "10.5", "must be a whole number"),
        ("actual_m_homes_released_2026", "13", "below what is achieved"),
        ("actual_spent_2026", "£1,00", "must be an amount in pounds"),
        ("actual_spent_2026", "9" * 40, "must be an amount in pounds"),
        ("actual_spent_2026", "99,999,999,999,999", "not so large"),
        ("progress", "a\x00b", "cannot be kept"),
        ("progress", "word " * 301, "301 words"),
        ("progress", "x" * 60_000, "too long"),
        ("version", "one", "Somebody else changed this"),
    ],
)
def test_a_wrong_entry_is_answered_next_to_its_box_and_keeps_what_was_typed(session, client, world, name, value, said):
    begun = world.start()
    sign_in(client, world.author)
    answer = client.post(f"/returns/{begun.key}/edit", data=typed(begun.version, **{name: value}))
    assert answer.status_code == 200
    assert said in answer.text
    assert "There is a problem" in answer.text
    assert 'value="28"' in answer.text
    assert session.scalar(select(func.count(ReturnFigure.id))) == 0


def test_an_error_of_a_figure_points_at_its_box(client, world):
    begun = world.start()
    sign_in(client, world.author)
    data = typed(begun.version, forecast_m_homes_released_2026="9")
    page = client.post(f"/returns/{begun.key}/edit", data=data).text
    assert 'href="#forecast_m_homes_released_2026"' in page
    assert 'id="forecast_m_homes_released_2026-error"' in page


def test_what_is_sent_too_early_is_still_saved(session, client, world):
    begun = world.start()
    sign_in(client, world.author)
    answer = client.post(f"/returns/{begun.key}/edit", data=typed(begun.version, progress="", then="send"))
    assert "Say what has happened this quarter." in answer.text
    session.expire_all()
    assert begun.status is ReturnStatus.DRAFT
    assert begun.figures
    version = re.search(r'name="version" type="hidden" value="(\d+)"', answer.text)
    assert client.post(f"/returns/{begun.key}/edit", data=typed(int(version[1]), then="send")).status_code == 302


def test_who_is_overtaken_keeps_the_typed_words_and_can_save(session, client, world):
    begun = world.start()
    session.commit()
    seen = begun.version
    world.save(begun, {})
    sign_in(client, world.coordinator)
    answer = client.post(f"/returns/{begun.key}/edit", data=typed(seen, progress="My own words."))
    assert "Somebody else changed this" in answer.text
    assert "My own words." in answer.text
    session.expire_all()
    assert begun.progress == "Works began."


def test_another_council_finds_nothing_and_the_wrong_role_is_told_no(session, client, world):
    begun = world.submitted(Q1)
    neighbour = make_council()
    paths = ["", "/edit", "/evidence", "/evidence/x"]
    sign_in(client, make_person(Role.BID_AUTHOR, council=neighbour))
    assert [client.get(f"/returns/{begun.key}{path}").status_code for path in paths] == [404] * 4
    assert client.post(f"/awards/{world.award.key}/returns", data={"quarter": "2026-2"}).status_code == 404
    assert client.get(f"/awards/{world.award.key}/returns").status_code == 404
    assert begun.key not in client.get("/returns").text
    sign_in(client, make_person(Role.SECTION_151_OFFICER, council=neighbour))
    assert client.get(f"/returns/{begun.key}/sign").status_code == 404
    assert client.post(f"/returns/{begun.key}/send-back", data={"reason": "x"}).status_code == 404
    sign_in(client, world.author)
    for path in ("sign", "send-back", "review"):
        assert client.post(f"/returns/{begun.key}/{path}").status_code == 403
    sign_in(client, make_person(Role.AUDITOR))
    assert client.get(f"/returns/{begun.key}").status_code == 200
    for path in ("edit", "evidence", "sign", "review"):
        assert client.post(f"/returns/{begun.key}/{path}").status_code == 403
    sign_in(client, make_person(Role.APPRAISER))
    assert client.get("/returns").status_code == 403


def test_the_programme_does_not_read_a_draft(client, world):
    begun = world.start()
    sign_in(client, world.manager)
    assert client.get(f"/returns/{begun.key}").status_code == 404
    page = client.get(f"/awards/{world.award.key}/returns").text
    assert "Being written" in page
    assert begun.key not in page


def test_evidence_is_attached_once_downloaded_and_taken_off(session, client, world):
    begun = world.start()
    sign_in(client, world.author)

    def upload(name: str = "notice.pdf", content: bytes = PDF, sent: str = "t1"):
        data = {"file": (io.BytesIO(content), name), "description": "<b>Notice</b>", "form_token": sent}
        return client.post(f"/returns/{begun.key}/evidence", data=data)

    upload()
    upload()
    file_key = session.scalars(select(Evidence)).one().attachment.key
    assert "&lt;b&gt;Notice&lt;/b&gt;" in client.get(f"/returns/{begun.key}").text
    file = client.get(f"/returns/{begun.key}/evidence/{file_key}")
    assert file.data == PDF
    assert file.headers["Content-Disposition"].startswith("attachment")
    for name, content in (("page.html", b"<html>"), ("empty.pdf", b""), ("page.pdf", b"<html>"), ("", b"")):
        assert "There is a problem" in upload(name, content, "t2").text
    assert "There is a problem" in client.post(f"/returns/{begun.key}/evidence", data={}).text
    assert client.post(f"/returns/{begun.key}/evidence/{file_key}/remove").status_code == 302
    assert session.scalar(select(func.count(Evidence.id))) == 0
    assert client.get(f"/returns/{begun.key}/evidence/{file_key}").status_code == 404


def test_the_programme_asks_and_the_council_reads_the_question(session, client, world):
    begun = world.submitted()
    sign_in(client, world.manager)
    empty = client.post(f"/returns/{begun.key}/review", data={"version": begun.version, "decision": "query"})
    assert "Say what you checked, or what you want to know." in empty.text
    data = {"version": begun.version, "decision": "query", "text": "Which homes <i>are</i> these?"}
    client.post(f"/returns/{begun.key}/review", data=data)
    sign_in(client, world.author)
    assert "Answer the question on the return" in client.get("/").text
    page = client.get(f"/returns/{begun.key}/edit").text
    assert "Which homes &lt;i&gt;are&lt;/i&gt; these?" in page


def test_a_title_is_text_on_every_page(client, world):
    world.award.title = "<script>alert(1)</script>"
    begun = world.submitted()
    for person, paths in (
        (world.author, ["/returns", f"/returns/{begun.key}", f"/awards/{world.award.key}/returns", "/returns/missing"]),
        (world.officer, [f"/returns/{begun.key}/sign"]),
        (world.manager, [f"/returns/{begun.key}/review", "/programme"]),
    ):
        sign_in(client, person)
        for path in paths:
            answer = client.get(path)
            assert answer.status_code == 200
            assert "<script>alert(1)" not in answer.text


def test_the_list_is_narrowed_by_round_status_and_lateness(session, client, world):
    begun = world.start(Q2)
    other = make_world()
    other.submitted(Q2)
    sign_in(client, make_person(Role.AUDITOR))

    def listed(query: str) -> set[str]:
        return set(re.findall(r'href="/returns/([a-z0-9]{16})"', client.get(f"/returns?{query}").text))

    assert len(listed("")) == 2
    assert listed("overdue=yes") == listed("status=draft") == listed(f"round={world.award.round.code}") == {begun.key}
    for odd in ("status=nonsense", "page=-1", "page=x", "round=" + "x" * 500):
        assert client.get(f"/returns?{odd}").status_code == 200


def test_the_lists_take_a_fixed_number_of_queries(session, client, world):
    def queries(path: str) -> int:
        counted: list[int] = []
        listen = lambda *_: counted.append(1)  # noqa: E731
        event.listen(db.engine, "before_cursor_execute", listen)
        assert client.get(path).status_code == 200
        event.remove(db.engine, "before_cursor_execute", listen)
        return len(counted)

    sign_in(client, make_person(Role.AUDITOR))
    world.start(Q2)
    session.commit()
    few = [queries(path) for path in ("/returns", "/returns/missing", "/programme")]
    for number in range(25):
        more = make_world(round=world.award.round if number % 2 else None)
        more.submitted(Q2 if number % 3 else Q1)
    session.commit()
    assert [queries(path) for path in ("/returns", "/returns/missing", "/programme")] == few


def test_a_return_of_an_award_from_a_paper_says_that_it_has_no_targets(session, client, world):
    award = world.award
    award.bid_id = award.project_id = None
    award.accepted_on = (NOW - timedelta(days=200)).date()
    begun = returns.start_return(award, Q2, by=world.author, at=NOW, today=NOW.date())
    sign_in(client, world.author)
    assert "no target was promised by year" in client.get(f"/returns/{begun.key}/edit").text
