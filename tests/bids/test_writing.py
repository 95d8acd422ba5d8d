"""Writing a bid in the browser: drafts, two people at once, what is typed wrong, and what a save costs."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import event, func, select

from grants.audit.models import AuditEvent
from grants.bids import operations as bids
from grants.bids.checks import faults
from grants.bids.models import Answer, Bid, BidStatus, Project, Site
from grants.bids.queries import bid_in_full
from grants.funds.models import Question, QuestionKind, Section
from grants.kernel.db import Json, db
from grants.kernel.errors import Overtaken
from grants.people.roles import Role
from tests.bids.files import PDF
from tests.factories import NOW, made, make_bid, make_bid_round, make_council, make_draft, make_person, sign_in


def fields(page: str) -> dict[str, str]:
    """What a browser would send back for the page's form, untouched."""
    form = BeautifulSoup(page, "html.parser").select_one("main form[method=post]")
    sent = {}
    for box in form.select("input, textarea, select"):
        if box.get("type") in ("radio", "checkbox") and not box.has_attr("checked"):
            continue
        if box.name == "select":
            chosen = box.select_one("option[selected]")
            sent[box["name"]] = chosen["value"] if chosen else box.select_one("option")["value"]
        else:
            sent[box["name"]] = (
                (box.text[1:] if box.text[:1] == "\n" else box.text) if box.name == "textarea" else box.get("value", "")
            )
    return sent


def value(session, bid, code):
    session.expire_all()
    found = select(Answer.value).join(Question).where(Answer.bid_id == bid.id, Question.code == code)
    kept = session.scalar(found)
    return kept["is"] if kept else None


@pytest.fixture
def bid(session):
    return make_draft()


@pytest.fixture
def writer(session, client, bid):
    person = make_person(Role.BID_AUTHOR, council=bid.lead_council)
    sign_in(client, person)
    return person


def test_a_draft_keeps_what_is_there_and_asks_for_nothing_more(session, client, bid, writer):
    page = f"/bids/{bid.key}/sections/need"
    sent = {**fields(client.get(page).text), "q_problem": "  The land is  wet.\r\nVery. ", "q_cost": "£1,250.50"}
    assert client.post(page, data=sent).status_code == 302
    assert value(session, bid, "problem") == "The land is  wet.\nVery."
    assert value(session, bid, "cost") == 1_250_50
    assert value(session, bid, "open") is None
    again = fields(client.get(page).text)
    assert (again["q_problem"], again["q_cost"]) == ("The land is  wet.\nVery.", "1,250.50")


def test_edits_to_different_answers_both_survive(session, client, bid, writer):
    page = f"/bids/{bid.key}/sections/need"
    opened = fields(client.get(page).text)
    assert client.post(page, data={**opened, "q_problem": "Mine"}).status_code == 302
    assert client.post(page, data={**opened, "q_why_not": "Theirs"}).status_code == 302
    assert (value(session, bid, "problem"), value(session, bid, "why_not")) == ("Mine", "Theirs")


def test_two_who_change_the_same_answer_see_both_texts_and_everything_else_is_saved(session, client, bid, writer):
    page = f"/bids/{bid.key}/sections/need"
    opened = fields(client.get(page).text)
    client.post(page, data={**opened, "q_problem": "First <b>text</b>"})
    assert client.post(page, data={"q_problem": "Sent without a word of what was seen."}).status_code == 200
    second = client.post(page, data={**opened, "q_problem": "Second <i>text</i>", "q_cost": "7"})
    assert second.status_code == 200
    assert "First &lt;b&gt;text&lt;/b&gt;" in second.text
    assert "Second &lt;i&gt;text&lt;/i&gt;" in second.text
    assert f"{writer.name} changed “What about problem?” meanwhile" in second.text
    assert (value(session, bid, "problem"), value(session, bid, "cost")) == ("First <b>text</b>", 7_00)
    kept = client.post(page, data={**fields(second.text), "keep_problem": "y", "q_cost": "8"})
    assert kept.status_code == 302
    assert (value(session, bid, "problem"), value(session, bid, "cost")) == ("First <b>text</b>", 8_00)
    chosen = client.post(page, data={**fields(second.text), "q_problem": "Both"})
    assert chosen.status_code == 302
    assert value(session, bid, "problem") == "Both"


def test_one_answer_alone_is_overtaken_by_its_version(session, bid):
    author = make_person(Role.BID_AUTHOR, council=bid.lead_council)
    question = bid.round.sections[0].questions[0]
    done = {"by": author, "at": NOW}
    first = bids.answer(bid, question, "One", version_seen=0, **done)
    assert first.version == 1
    with pytest.raises(Overtaken) as overtaken:
        bids.answer(bid, question, "Two", version_seen=0, **done)
    assert overtaken.value.theirs == "One"
    assert bids.answer(bid, question, "Two", version_seen=1, **done).version == 2


def test_an_untouched_page_writes_nothing(session, client, bid, writer):
    page = f"/bids/{bid.key}/sections/need"
    client.post(page, data={**fields(client.get(page).text), "q_problem": "Wet"})
    before = session.scalar(select(func.count(AuditEvent.id)))
    client.post(page, data=fields(client.get(page).text))
    assert session.scalar(select(func.count(AuditEvent.id))) == before


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("q_cost", "NaN", "must be an amount in pounds"),
        ("q_cost", "1e309", "must be an amount in pounds"),
        ("q_cost", "Infinity", "must be an amount in pounds"),
        ("q_cost", "-1", "must be an amount in pounds"),
        ("q_cost", "1.005", "must be an amount in pounds"),
        ("q_cost", "٣", "must be an amount in pounds"),
        ("q_cost", "1_000", "must be an amount in pounds"),
        ("q_cost", "9" * 30, "must be an amount in pounds"),
        ("q_problem", "a\x00b", "cannot be kept"),
        ("q_problem", "x" * 60_000, "too long"),
        ("q_open", "perhaps", "must be one of the answers offered"),
    ],
)
def test_what_is_no_answer_is_said_next_to_its_field_and_kept_on_the_page(
    session, client, bid, writer, name, typed, said
):
    page = f"/bids/{bid.key}/sections/need"
    sent = {**fields(client.get(page).text), "q_why_not": "Kept in the page", name: typed}
    answer = client.post(page, data=sent)
    assert answer.status_code == 200
    assert said in answer.text
    assert f'href="#{name}"' in answer.text
    assert "Kept in the page" in answer.text
    assert session.scalar(select(func.count(Answer.id))) == 0


def every_kind(round):
    """A section with a question of each kind there is."""
    columns = [
        {"key": "item", "kind": "text", "label": "Item"},
        {"key": "cost", "kind": "money", "label": "Cost"},
        {"key": "when", "kind": "date", "label": "When"},
        {"key": "sure", "kind": "yes_no", "label": "Sure"},
    ]
    settings = {
        QuestionKind.TEXT: {"max_words": 5},
        QuestionKind.CHOICE: {"options": [["a", "Apple"], ["b", "Pear"]]},
        QuestionKind.CHOICES: {"options": [["a", "Apple"], ["b", "Pear"]]},
        QuestionKind.TABLE: {"columns": columns},
        QuestionKind.COMPUTED: {"formula": "leverage"},
        QuestionKind.NUMBER: {"min": 0, "max": 100},
    }
    section = Section(code="all", title="All kinds", position=9, round=round)
    for position, kind in enumerate(QuestionKind):
        section.questions.append(
            Question(
                code=f"k_{kind}",
                kind=kind,
                label=f"A {kind}?",
                position=position,
                required=kind is not QuestionKind.COMPUTED,
                settings=Json(settings.get(kind, {})),
            )
        )
    return made(section)


def test_every_kind_of_question_is_asked_saved_shown_again_and_printed(session, client, bid, writer):
    every_kind(bid.round)
    page = f"/bids/{bid.key}/sections/all"
    typed = {
        "q_k_text": "Some words",
        "q_k_organisation": "NHS Property Services",
        "q_k_money": "1,000",
        "q_k_number": "12.5",
        "q_k_money_by_year_2026": "100",
        "q_k_number_by_year_2027": "3",
        "q_k_date-day": "31",
        "q_k_date-month": "3",
        "q_k_date-year": "2028",
        "q_k_choice": "b",
        "q_k_choices": ["a", "b"],
        "q_k_yes_no": "no",
        "q_k_declaration": "y",
        "q_k_file": (BytesIO(PDF), "minute.pdf"),
        "q_k_table_0_item": "Roof",
        "q_k_table_0_cost": "5",
        "q_k_table_0_sure": "yes",
    }
    answer = client.post(page, data={**fields(client.get(page).text), **typed})
    assert answer.status_code == 302, BeautifulSoup(answer.text, "html.parser").select_one(".govuk-error-summary")
    kept = {
        code: value(session, bid, code) for code in ("k_number", "k_date", "k_money_by_year", "k_table", "k_choices")
    }
    row = {"item": "Roof", "cost": 500, "when": None, "sure": "yes"}
    assert kept == {
        "k_number": 1250,
        "k_date": "2028-03-31",
        "k_money_by_year": {"2026": 100_00},
        "k_table": [row],
        "k_choices": ["a", "b"],
    }
    again = fields(client.get(page).text)
    assert again["q_k_date-day"] == "31"
    assert again["q_k_table_0_cost"] == "5"
    assert again["q_k_declaration"] == "y"
    printed = client.get(f"/bids/{bid.key}/print").text
    for words in (
        "31 March 2028",
        "2026/27: £100",
        "Apple\nPear",
        "minute.pdf",
        "Item: Roof; Cost: £5; Sure: Yes",
        "12.5",
    ):
        assert words in printed
    assert not [fault for fault in faults(bid_in_full(bid.id)) if fault.section and fault.section.code == "all"]


def test_thirtieth_of_february_is_no_date(session, client, bid, writer):
    every_kind(bid.round)
    page = f"/bids/{bid.key}/sections/all"
    date = {"q_k_date-day": "30", "q_k_date-month": "2", "q_k_date-year": "2027"}
    answer = client.post(page, data={**fields(client.get(page).text), **date})
    assert "must be a real date" in answer.text


def test_a_day_on_which_something_was_held_cannot_be_to_come(session, client, bid, writer):
    section = bid.round.sections[0]
    asked = {
        "code": "held_on",
        "kind": QuestionKind.DATE,
        "label": "When did it meet?",
        "settings": Json({"past": True}),
    }
    made(Question(section=section, position=90, **asked))
    session.commit()
    tomorrow = NOW + timedelta(days=1)
    for address, name in (
        (f"/bids/{bid.key}/sections/{section.code}", "q_held_on"),
        (f"/bids/{bid.key}/board", "met_on"),
    ):
        typed = {f"{name}-day": tomorrow.day, f"{name}-month": tomorrow.month, f"{name}-year": tomorrow.year}
        page = BeautifulSoup(client.post(address, data=typed).text, "html.parser")
        box = page.select_one(f"[name='{name}-day']")
        group = box.find_parent("fieldset")
        assert re.search("must be today or earlier|must have met already", group.select_one("[id$=-error]").text)
        assert box["value"] == str(tomorrow.day)
        typed = {f"{name}-day": NOW.day, f"{name}-month": NOW.month, f"{name}-year": NOW.year}
        assert client.post(address, data=typed).status_code == 302
    assert value(session, bid, "held_on") == NOW.date().isoformat()


def test_a_limit_in_words_lets_a_draft_pass_and_stops_the_check(session, client, bid, writer):
    page = f"/bids/{bid.key}/sections/need"
    sent = {**fields(client.get(page).text), "q_problem": "word " * 51}
    assert client.post(page, data=sent).status_code == 302
    checked = client.get(f"/bids/{bid.key}/check").text
    assert "The answer has 51 words; it may have 50." in checked


def test_a_question_that_does_not_arise_is_not_missed(session, client, bid, writer):
    page = f"/bids/{bid.key}/sections/need"
    sent = {**fields(client.get(page).text), "q_open": "yes"}
    client.post(page, data=sent)
    assert "What about why not?" not in client.get(f"/bids/{bid.key}/check").text.split("Councils</h2>")[0]
    client.post(page, data={**fields(client.get(page).text), "q_open": "no"})
    assert "What about why not?" in client.get(f"/bids/{bid.key}/check").text.split("Councils</h2>")[0]


def test_what_people_type_is_never_markup(session, client, bid, writer):
    evil = "<script>alert(1)</script>"
    bid.title = evil
    bids.add_project(bid, council=bid.lead_council, title=evil, summary=evil, by=writer, at=NOW)
    bids.add_site(bid.projects[0], name=evil, address=evil, owner=evil, by=writer, at=NOW)
    for address in ("", "/check", "/print", "/history", f"/projects/{bid.projects[0].key}"):
        assert evil not in client.get(f"/bids/{bid.key}{address}").text
    assert evil not in client.get("/bids").text
    assert evil not in client.get("/").text


def test_a_draft_save_of_18_answers_is_one_commit_and_at_most_eight_statements(session, client, bid, writer):
    section = Section(code="long", title="Long", position=8, round=bid.round)
    section.questions = [
        Question(code=f"a{n}", kind=QuestionKind.TEXT, label=f"Answer {n}", position=n, settings=Json({}))
        for n in range(18)
    ]
    made(section)
    page = f"/bids/{bid.key}/sections/long"
    client.post(page, data={**fields(client.get(page).text), **{f"q_a{n}": "First" for n in range(9)}})
    sent = {**fields(client.get(page).text), **{f"q_a{n}": f"Text {n}" for n in range(18)}}
    session.commit()
    statements, commits = [], []
    note = lambda conn, cursor, statement, *rest: statements.append(statement)  # noqa: E731
    end = lambda conn: commits.append(1)  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", note)
    event.listen(db.engine, "commit", end)
    try:
        assert client.post(page, data=sent).status_code == 302
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
        event.remove(db.engine, "commit", end)
    run = [s for s in statements if not s.startswith(("PRAGMA", "BEGIN"))]
    assert len(run) <= 8, "\n".join(run)
    assert len(commits) == 1
    assert value(session, bid, "a17") == "Text 17"


def test_the_same_form_twice_makes_one_project_one_site_and_one_file(session, client, bid, writer):
    add = f"/bids/{bid.key}/projects/add"
    sent = {**fields(client.get(add).text), "title": "Depot", "summary": "Clear it."}
    first, second = client.post(add, data=sent), client.post(add, data=sent)
    assert first.location == second.location
    project = session.scalars(select(Project)).one()
    add_site = f"/bids/{bid.key}/projects/{project.key}/sites/add"
    sent = {**fields(client.get(add_site).text), "name": "Yard", "hectares": "1.2", "postcode": "sw1a2aa"}
    sent["postcode"] = "SW1A 2AA"
    client.post(add_site, data=sent)
    client.post(add_site, data=sent)
    assert session.scalars(select(Site.name)).all() == ["Yard"]
    files = f"/bids/{bid.key}/attachments"
    token = fields(client.get(files).text)["form_token"]
    for _ in range(2):
        from io import BytesIO

        sent = {"file": (BytesIO(PDF), "minute.pdf"), "description": "Minute", "form_token": token}
        assert client.post(files, data=sent).status_code == 302
    bid = bid_in_full(bid.id)
    assert len(bid.attachments) == 1
    got = client.get(f"/bids/{bid.key}/attachments/{bid.attachments[0].attachment.key}")
    assert got.data == PDF
    assert "attachment" in got.headers["Content-Disposition"]


def test_money_by_year_is_saved_added_up_and_guarded_by_a_version(session, client, bid, writer):
    project = bids.add_project(bid, council=bid.lead_council, title="Depot", summary="", by=writer, at=NOW)
    page = f"/bids/{bid.key}/projects/{project.key}/funding"
    opened = fields(client.get(page).text)
    sent = {**opened, "f_grant_capital_2026": "100,000", "f_council_revenue_2027": "5.50"}
    assert client.post(page, data=sent).status_code == 302
    assert "£100,005.50" in client.get(page).text
    late = client.post(page, data={**opened, "f_grant_capital_2026": "7"})
    assert late.status_code == 200
    assert "What stands there now" in late.text
    assert 'value="7"' in late.text
    session.expire_all()
    assert bid_in_full(bid.id).ask == 100_000_00
    assert client.post(page, data={**fields(late.text), "f_grant_capital_2026": "7"}).status_code == 302
    session.expire_all()
    assert bid_in_full(bid.id).ask == 7_00


def test_outcomes_are_whole_where_things_are_counted(session, client, bid, writer):
    project = bids.add_project(bid, council=bid.lead_council, title="Depot", summary="", by=writer, at=NOW)
    homes, receipts = bid.round.measures
    page = f"/bids/{bid.key}/projects/{project.key}/outcomes"
    opened = fields(client.get(page).text)
    assert "must be a whole number" in client.post(page, data={**opened, f"m{homes.id}_2028": "1.5"}).text
    sent = {**opened, f"m{homes.id}_2031": "40", f"m{receipts.id}_2028": "1,000.25"}
    assert client.post(page, data=sent).status_code == 302
    printed = client.get(f"/bids/{bid.key}/print").text
    assert "£1,000.25" in printed
    assert "2031/32" in printed


def test_a_late_page_says_so_and_saves_nothing(session, client, bid, writer, now):
    page = f"/bids/{bid.key}/sections/need"
    sent = {**fields(client.get(page).text), "q_problem": "Too late"}
    bid.round.closes_at = NOW - timedelta(seconds=1)
    answer = client.post(page, data=sent)
    assert "Nothing can be saved any more" in answer.text
    assert "Too late" in answer.text
    assert value(session, bid, "problem") is None
    assert "Nothing can be saved any more" in client.get(f"/bids/{bid.key}").text


def test_a_bid_is_started_for_a_partnership_in_the_browser(session, client):
    from tests.factories import make_partnership

    lead, member, other = make_council("Northshire Council"), make_council(), make_council("Eastham Borough Council")
    make_partnership(member, lead=lead, name="North Together")
    round = make_bid_round()
    person = make_person(Role.BID_AUTHOR, council=lead)
    sign_in(client, person)
    assert "North Together" in client.get(f"/bids/start?round={round.code}").text
    key = re.search(r'value="([^"]{16})"', client.get(f"/bids/start?round={round.code}").text)[1]
    page = f"/bids/start?round={round.code}&partnership={key}"
    sent = {**fields(client.get(page).text), "title": "Homes for all", "members": [member.code, lead.code]}
    unknown = client.post(page, data={**sent, "more": "Nowhere Council"})
    assert "We know no council called “Nowhere Council”" in unknown.text
    first = client.post(page, data={**sent, "more": "Eastham Borough Council"})
    second = client.post(page, data={**sent, "more": "Eastham Borough Council"})
    assert first.location == second.location
    bid = session.scalars(select(Bid)).one()
    assert next((seat.council.name, seat.leads) for seat in bid.councils) == ("Northshire Council", True)
    assert {seat.council_id for seat in bid.councils} == {lead.id, member.id, other.id}
    assert bid.partnership.name == "North Together"


def test_the_whole_way_in_the_browser(session, app):
    bid = make_bid(status=BidStatus.DRAFT)
    coordinator = make_person(Role.BID_COORDINATOR, council=bid.lead_council)
    officer = make_person(Role.SECTION_151_OFFICER, council=bid.lead_council)
    browser, desk = app.test_client(), app.test_client()
    sign_in(browser, coordinator)
    sign_in(desk, officer)
    assert browser.post(f"/bids/{bid.key}/send").status_code == 302
    assert "Sign the bid" in desk.get("/").text
    page = f"/bids/{bid.key}/sign"
    sent = fields(desk.get(page).text)
    assert "Tick to agree" in desk.post(page, data=sent).text
    assert "Say what has to change" in desk.post(f"/bids/{bid.key}/send-back", data={}).text
    agreed = {"statement_1": "y", "statement_2": "y"}
    assert desk.post(page, data={**sent, **agreed}).status_code == 302
    assert "Submit the signed bid" in browser.get("/").text
    assert browser.post(f"/bids/{bid.key}/submit").status_code == 302
    assert browser.post(f"/bids/{bid.key}/submit").status_code == 302
    receipt = browser.get(f"/bids/{bid.key}").text
    session.expire_all()
    assert session.get(Bid, bid.id).reference in receipt
    assert session.get(Bid, bid.id).submission.sha256 in receipt
    assert "12:00 on 21 November 2026" in receipt


def test_the_officer_who_opened_an_older_text_is_shown_the_new_one(session, app):
    bid = make_bid(status=BidStatus.SIGN_OFF)
    coordinator = make_person(Role.BID_COORDINATOR, council=bid.lead_council)
    desk = app.test_client()
    sign_in(desk, make_person(Role.SECTION_151_OFFICER, council=bid.lead_council))
    sent = {**fields(desk.get(f"/bids/{bid.key}/sign").text), "statement_1": "y", "statement_2": "y"}
    question = bid.round.sections[0].questions[0]
    bids.answer(bid, question, "Changed", by=coordinator, at=NOW)
    bids.send_for_sign_off(bid, by=coordinator, at=NOW)
    answer = desk.post(f"/bids/{bid.key}/sign", data=sent)
    assert "was changed while you had it open" in answer.text
    session.expire_all()
    assert session.get(Bid, bid.id).status is BidStatus.SIGN_OFF
