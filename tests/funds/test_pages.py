"""The pages for rounds: what everyone may read, and what only a programme manager can do."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import event, select

from grants.funds import operations as funds
from grants.funds.definition.reading import shipped
from grants.funds.models import BudgetLine, Round, RoundStatus, Stream
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.financial_year import FinancialYear as FY
from grants.people.roles import Role
from tests.factories import NOW, make_person, make_round, sign_in


@pytest.fixture
def manager(session):
    return make_person(Role.PROGRAMME_MANAGER)


@pytest.fixture
def draft(manager):
    return funds.make_round(shipped()["lrf-2017"], code="lrf-new", name="LRF, new", by=manager, at=clock.now())


@pytest.fixture
def desk(client, manager):
    sign_in(client, manager)
    return client


def typed(round: Round, **changes: str) -> dict[str, str]:
    opens, closes = clock.today() + timedelta(days=7), clock.today() + timedelta(days=60)
    data = {"version": str(round.version), "round_name": round.name, "summary": round.summary, "headline": ""}
    data |= {"final_date-day": "", "final_date-month": "", "final_date-year": ""}
    for name, day in (("opens_on", opens), ("closes_on", closes)):
        data |= {f"{name}-day": str(day.day), f"{name}-month": str(day.month), f"{name}-year": str(day.year)}
    return data | {"opens_time": "09:00", "closes_time": "23:59", "budget_2017_capital": "1,000,000.50"} | changes


def test_a_manager_makes_dates_funds_and_publishes_a_round(session, desk):
    answer = desk.post(
        "/rounds/new", data={"template": "lrf-2017", "name": "LRF 2027", "code": "lrf-2027", "first_year": "2027/28"}
    )
    assert answer.location == "/rounds/lrf-2027/edit"
    made = session.scalar(select(Round).where(Round.code == "lrf-2027"))
    assert "Say when the round opens." in desk.get("/rounds/lrf-2027/publish").text
    answer = desk.post(
        "/rounds/lrf-2027/edit", data=typed(made, budget_2027_capital="£500,000", budget_2028_revenue="7")
    )
    assert answer.location == "/rounds/lrf-2027/publish"
    page = desk.get("/rounds/lrf-2027/publish").text
    assert "Nothing is missing" in page
    session.expire_all()
    assert {(b.year, b.stream): b.pence for b in made.budget} == {
        (FY(2027), Stream.CAPITAL): 500_000_00,
        (FY(2028), Stream.REVENUE): 7_00,
    }
    assert made.closes_at == clock.from_london(clock.today() + timedelta(days=60), clock.time(23, 59))
    desk.post("/rounds/lrf-2027/publish", data={"version": str(made.version)})
    session.expire_all()
    assert made.status is RoundStatus.PUBLISHED
    assert desk.get("/rounds/lrf-2027/edit").status_code == 404


def test_everyone_reads_a_published_round_and_nobody_outside_reads_a_draft(session, client, draft):
    assert client.get("/rounds/lrf-new").status_code == 404
    assert "LRF, new" not in client.get("/rounds").text
    opens = clock.now() - timedelta(days=1)
    closes = clock.now() + timedelta(days=1)
    funds.set_dates(draft, opens_at=opens, closes_at=closes, final_date=None, version_seen=draft.version, by=None)
    funds.publish(draft, by=None, at=clock.now())
    page = client.get("/rounds/lrf-new").text
    for said in ("£24,997,308", "£45,202,211", "Value for money", "Our own default, not published", "7,280"):
        assert said in page
    for section in draft.sections:
        for question in section.questions:
            assert question.label.replace("'", "&#39;") in page
    assert "LRF, new" in client.get("/rounds").text


def test_the_pages_for_making_rounds_are_a_managers_alone(session, client, draft):
    for role in (Role.BID_AUTHOR, Role.AUDITOR, Role.FINANCE_OFFICER):
        sign_in(client, make_person(role))
        for path in ("new", "lrf-new/edit", "lrf-new/publish", "lrf-new/extend", "lrf-new/cancel"):
            assert client.get(f"/rounds/{path}").status_code == 403
            assert client.post(f"/rounds/{path}").status_code == 403
    session.refresh(draft)
    assert draft.status is RoundStatus.DRAFT


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("opens_on-day", "30", ""),
        ("opens_on-month", "2x", "must be a real date"),
        ("opens_time", "25:00", "Enter a time of day"),
        ("closes_time", "\x00", "cannot be kept"),
        ("budget_2017_capital", "NaN", "must be an amount in pounds"),
        ("budget_2017_capital", "1e309", "must be an amount in pounds"),
        ("budget_2017_capital", "-5", "must be an amount in pounds"),
        ("budget_2017_capital", "9" * 30, "must be an amount in pounds"),
        ("headline", "1,00", "must be an amount in pounds"),
        ("summary", "word " * 151, "151 words"),
        ("summary", "x" * 60_000, "too long"),
        ("round_name", "", "Enter a name"),
        ("round_name", "x" * 121, "120 characters"),
        ("version", "999999999999999", "Somebody else changed this"),
        ("closes_on-year", "9999", ""),
    ],
)
def test_a_wrong_entry_is_answered_on_the_page_and_saves_nothing(session, desk, draft, name, value, said):
    answer = desk.post("/rounds/lrf-new/edit", data=typed(draft, **{name: value}))
    if said:
        assert answer.status_code == 200
        assert said in answer.text
        assert "There is a problem" in answer.text
        session.expire_all()
        assert draft.opens_at is None
    assert answer.status_code < 500


def test_thirty_february_is_no_date(desk, draft):
    data = typed(draft) | {"final_date-day": "30", "final_date-month": "2", "final_date-year": "2030"}
    assert "Final date must be a real date" in desk.post("/rounds/lrf-new/edit", data=data).text


def test_the_hour_that_does_not_exist_is_refused_next_to_the_time(desk, draft):
    sunday = next(d for d in (date(2030, 3, 31 - back) for back in range(7)) if d.weekday() == 6)
    spring = {"opens_on-day": str(sunday.day), "opens_on-month": "3", "opens_on-year": "2030", "opens_time": "01:30"}
    answer = desk.post("/rounds/lrf-new/edit", data=typed(draft, **spring))
    assert "this time does not exist" in answer.text


def test_who_is_overtaken_is_told_and_may_save_again(session, desk, draft):
    session.commit()
    seen = draft.version
    desk.post("/rounds/lrf-new/edit", data=typed(draft, round_name="First"))
    blind = {name: said for name, said in typed(draft, round_name="Blind").items() if name != "version"}
    assert "Somebody else changed this" in desk.post("/rounds/lrf-new/edit", data=blind).text
    answer = desk.post("/rounds/lrf-new/edit", data=typed(draft, round_name="Second", version=str(seen)))
    assert "Somebody else changed this" in answer.text
    session.expire_all()
    assert draft.name == "First"
    assert f'name="version" type="hidden" value="{draft.version}"' in answer.text


def test_a_round_can_be_given_more_time_but_not_less(session, desk):
    round = make_round(closes_at=clock.now() + timedelta(days=3), opens_at=clock.now() - timedelta(days=3))
    later = clock.today() + timedelta(days=9)
    day = {"closes_on-day": later.day, "closes_on-month": later.month, "closes_on-year": later.year}
    data = {"version": round.version, "closes_time": "12:00", "reason": "Flood"} | day
    assert "Say why" in desk.post(f"/rounds/{round.code}/extend", data=data | {"reason": ""}).text
    assert desk.post(f"/rounds/{round.code}/extend", data=data).status_code == 302
    assert clock.london(session.scalar(select(Round.closes_at))).date() == later
    early = data | {"version": 2, "closes_on-year": later.year - 1}
    assert "must be later" in desk.post(f"/rounds/{round.code}/extend", data=early).text


def test_what_is_typed_is_text_and_never_markup(session, desk, draft):
    desk.post("/rounds/lrf-new/edit", data=typed(draft, round_name="<script>alert(1)</script>"))
    for path in ("/rounds", "/rounds/lrf-new", "/rounds/lrf-new/publish", "/"):
        assert "<script>alert(1)" not in desk.get(path).text


def test_a_draft_waits_on_the_managers_desk_and_can_be_cancelled(session, desk, draft):
    assert "Publish LRF, new" in desk.get("/").text
    desk.post("/rounds/lrf-new/cancel", data={"version": draft.version, "reason": "By mistake"})
    assert "Publish LRF, new" not in desk.get("/").text
    assert "By mistake" in desk.get("/rounds/lrf-new").text


def test_the_list_and_the_prospectus_take_a_fixed_number_of_queries(session, client, draft):
    def queries(path: str) -> int:
        counted = []
        listen = lambda *_: counted.append(1)  # noqa: E731
        event.listen(db.engine, "before_cursor_execute", listen)
        assert client.get(path).status_code == 200
        event.remove(db.engine, "before_cursor_execute", listen)
        return len(counted)

    for _ in range(2):
        make_round()
    db.session.commit()
    few = queries("/rounds")
    for _ in range(40):
        make_round()
    db.session.commit()
    assert queries("/rounds") == few
    draft.status = RoundStatus.PUBLISHED
    db.session.commit()
    assert queries("/rounds/lrf-new") <= 9


def test_rounds_are_listed_by_opening_and_those_made_from_their_awards_by_the_day_of_the_announcement(session, client):
    for name, opens, announced in (("Early", 400, 200), ("From paper", None, 300), ("Late", 250, 100)):
        opened = opens and NOW - timedelta(days=opens)
        closed = opened and opened + timedelta(days=30)
        told = {"status": RoundStatus.ANNOUNCED, "announced_at": NOW - timedelta(days=announced)}
        make_round(name=name, opens_at=opened, closes_at=closed, **told)
    db.session.commit()
    assert re.findall("Early|From paper|Late", client.get("/rounds").text) == ["Late", "From paper", "Early"]


def test_a_budget_box_outside_the_round_is_nothing_to_it(session, desk, draft):
    desk.post("/rounds/lrf-new/edit", data=typed(draft, budget_2050_capital="5"))
    assert session.scalars(select(BudgetLine.year)).all() == [FY(2017)]
