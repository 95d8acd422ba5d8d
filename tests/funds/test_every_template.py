"""Each template that is shipped can be opened, filled in, signed, submitted and printed."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup

from grants.bids import operations as bids
from grants.bids.afterwards import expressions
from grants.bids.checks import faults
from grants.bids.models import Bid, BidStatus
from grants.bids.queries import bid_in_full
from grants.councils.models import Council
from grants.funds import operations as funds
from grants.funds.definition.reading import shipped
from grants.funds.models import Asked, Invitation, Question, QuestionKind, Round
from grants.kernel.db import db
from grants.kernel.financial_year import FinancialYear as FY
from grants.people.roles import Role
from tests.bids.test_writing import fields
from tests.factories import NOW, TODAY, make_council, make_person, make_team, sign_in
from tests.funds.places.made import give_place_lists
from tests.generated import answer_to, fill_tables, write_whole_bid

_K = QuestionKind


def opened(template: str, code: str, *, opens_at: datetime, days: int = 30) -> Round:
    """A round made from a template for the years after NOW, published and open, by the steps that a manager takes."""
    manager, first = make_person(Role.PROGRAMME_MANAGER), FY(TODAY.year)
    made = funds.make_round(shipped()[template], code=code, name=code, first_year=first, by=manager, at=opens_at)
    dates: dict[str, Any] = {"opens_at": opens_at, "closes_at": opens_at + timedelta(days=days)}
    final = made.last_year.last_day + timedelta(days=365) if shipped()[template].final_date else None
    funds.set_dates(made, **dates, final_date=final, version_seen=made.version, by=manager)
    if "funding" in made.project_parts["parts"]:
        funds.set_budget(made, {(first, made.fund.stream): 1_000_000_00}, by=manager)
    funds.publish(give_place_lists(made), by=manager, at=opens_at)
    db.session.flush()
    return made


def open_to(template: str, lead: Council) -> Round:
    """The round, open now, and `lead` invited to it where that is asked for."""
    if shipped()[template].handing_in.invitation is not Invitation.NOBODY:
        began = NOW - timedelta(days=21)
        first = opened("ope-eoi", shipped()[template].handing_in.follows, opens_at=began, days=20)
        expressions.invite([hand_in(first, lead, at=began)], by=make_person(Role.PROGRAMME_MANAGER), at=NOW)
    return opened(template, f"{template}-next", opens_at=NOW - timedelta(days=1))


def hand_in(round: Round, lead: Council, *, at: datetime = NOW) -> Bid:
    """A whole bid by the council's own team, with nothing left to do, signed and submitted."""
    author, coordinator, officer = make_team(lead)
    bid = write_whole_bid(round, lead, author, at=at)
    assert [fault.text for fault in faults(bid_in_full(bid.id), TODAY)] == []
    bids.send_for_sign_off(bid, by=coordinator, at=at)
    bids.sign(bid, council=lead, by=officer, at=at)
    bids.submit(bid, by=coordinator, at=at)
    return bid


@pytest.mark.parametrize("code", shipped())
def test_every_template_can_be_filled_in_submitted_and_printed(session, client, code):
    lead = make_council()
    round = open_to(code, lead)
    bid = hand_in(round, lead)
    session.commit()
    assert bid.status is BidStatus.SUBMITTED
    assert code.upper() in bid.reference
    sign_in(client, make_person(Role.BID_AUTHOR, council=lead))
    printed = client.get(f"/bids/{bid.key}/print")
    assert printed.status_code == 200
    said = " ".join(BeautifulSoup(printed.text, "html.parser").select_one("main").get_text(" ").split())
    for section in round.sections:
        assert section.title in said
        assert all(question.label in said for question in section.questions)
    worked_out = [q.label for s in round.sections for q in s.questions if q.kind is _K.COMPUTED]
    assert all(f'"{label}"' in bid.submission.content for label in worked_out)
    assert client.get(f"/bids/{bid.key}/bid.pdf").data.startswith(b"%PDF")


def typed(question: Question, value: Any) -> dict[str, Any]:
    """What a browser sends for this answer."""
    name = f"q_{question.code}"
    if question.kind is _K.TABLE:
        kinds = {column["key"]: _K(column["kind"]) for column in question.settings["columns"]}
        return {f"{name}_{n}_{key}": said(kinds[key], row[key]) for n, row in enumerate(value) for key in kinds}
    if question.kind in (_K.MONEY_BY_YEAR, _K.NUMBER_BY_YEAR):
        return {f"{name}_{year}": f"{amount / 100:.2f}" for year, amount in value.items()}
    if question.kind is _K.DATE:
        day = date.fromisoformat(value)
        return {f"{name}-day": day.day, f"{name}-month": day.month, f"{name}-year": day.year}
    return {name: said(question.kind, value)}


def said(kind: QuestionKind, value: Any) -> Any:
    if kind in (_K.MONEY, _K.NUMBER):
        return f"{value / 100:.2f}"
    return "y" if value is True else value


@pytest.mark.parametrize("code", ["hap", "lrf-2017", "weekly-collection"])
def test_a_form_is_filled_in_on_its_pages_as_it_is_by_hand(session, client, code):
    lead = make_council()
    round, author = open_to(code, lead), make_person(Role.BID_AUTHOR, council=lead)
    bid = bids.start(round, title="By hand", lead=lead, partnership=None, members=[], by=author, at=NOW)
    project = bids.add_project(bid, council=lead, title="One", summary="One thing.", by=author, at=NOW)
    fill_tables(project, by=author, at=NOW)
    session.commit()
    sign_in(client, author)
    for section in bid.sections:
        within = f"/projects/{project.key}" if section.per is Asked.PROJECT else ""
        page = f"/bids/{bid.key}{within}/sections/{section.code}"
        sent: dict[str, Any] = fields(client.get(page).text)
        for question in section.questions:
            if question.kind is not _K.COMPUTED:
                sent |= typed(question, answer_to(bid, question, by=author, at=NOW))
        assert client.post(page, data=sent).status_code == 302, section.code
    session.expire_all()
    assert [fault.text for fault in faults(bid_in_full(bid.id), TODAY)] == []
    assert "Nothing is left to do." in client.get(f"/bids/{bid.key}/check").text
