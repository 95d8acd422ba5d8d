"""Bids to any round at all: an answer for each kind of question and a line for each table, the same at every run."""

from datetime import date, datetime
from typing import Any

from grants.bids import operations as bids
from grants.bids.handing_in.board import attach_minute, note_board_day
from grants.bids.models import Bid, FundingSource, Project, ValueKind
from grants.bids.projects.value import Basis
from grants.bids.starting.seating import Partner
from grants.councils.models import Council
from grants.files.operations import keep
from grants.funds.models import Asked, Question, QuestionKind, Round
from grants.kernel.db import db
from grants.people.models import Person
from tests.bids.files import upload
from tests.factories import NOW

GRANT, MATCH = 40_000_00, 10_000_00
"""Pence in the first year of the only project; every amount that is answered is below their sum."""
AMOUNT = 1_000_00
_K = QuestionKind


def write_whole_bid(round: Round, lead: Council, author: Person, *, at: datetime = NOW) -> Bid:
    """A bid with nothing left to do."""
    partners = [Partner("The hospital trust", "health")]
    bid = bids.start(
        round, title="Generated", lead=lead, partnership=None, members=[], partners=partners, by=author, at=at
    )
    if round.project_parts["parts"] or any(section.per is Asked.PROJECT for section in round.sections):
        _add_project(bid, lead, by=author, at=at)
    for section in bid.sections:
        for project in bid.projects if section.per is Asked.PROJECT else [None]:
            for question in section.questions_in(bid.form_version):
                if question.kind is not _K.COMPUTED:
                    value = answer_to(bid, question, by=author, at=at)
                    bids.answer(bid, question, value, project=project, by=author, at=at)
    if round.board_minute:
        note_board_day(bid, at.date(), by=author, at=at)
        attach_minute(bid, upload("board.pdf"), by=author, at=at)
    return bid


def _add_project(bid: Bid, lead: Council, *, by: Person, at: datetime) -> None:
    done: dict[str, Any] = {"by": by, "at": at}
    project = bids.add_project(bid, council=lead, title="One project", summary="It does one thing.", **done)
    fill_tables(project, **done)


def fill_tables(project: Project, *, by: Person, at: datetime) -> None:
    """A line in each table that the round asks for."""
    round, done = project.bid.round, {"by": by, "at": at}
    asked = round.project_parts["parts"]
    first, stream = round.first_year, round.fund.stream
    if "sites" in asked:
        bids.add_site(project, name="A site", postcode="SW1A 2AA", hectares=1.25, **done)
    if "funding" in asked:
        money = {(first, stream, FundingSource.GRANT): GRANT, (first, stream, FundingSource.COUNCIL): MATCH}
        bids.set_funding(project, money, version_seen=None, **done)
    if "outcomes" in asked:
        measure = round.measures[0]
        bids.set_outcomes(project, {(measure, round.last_year): 40_00}, version_seen=None, **done)
        bids.set_bases(project, {measure: Basis(0, "Counted on site.", "Photographs.")}, version_seen=None, **done)
    if "milestones" in asked:
        names = round.milestones["names"]
        days = {name: date(first.starts_in, 4, 1).replace(day=1 + place) for place, name in enumerate(names)}
        bids.set_milestones(project, days, version_seen=None, **done)
    if "risks" in asked:
        bids.add_risk(project, what="Rain", likelihood=2, impact=3, response="Wait.", owner="The clerk", **done)
    if "value" in asked:
        lines = {(ValueKind.COST_CENTRAL, first): GRANT, (ValueKind.BENEFIT_LAND, round.last_year): 2 * GRANT}
        shares: dict[str, Any] = {"optimism_bias": 10_00, "additionality": 60_00, "note": "As surveyed."}
        bids.set_values(project, lines, **shares, version_seen=None, **done)


def answer_to(bid: Bid, question: Question, *, by: Person, at: datetime) -> Any:
    """A value that the question takes; a file is attached for it."""
    if question.kind is _K.FILE:
        stored = keep(upload(f"{question.code}.pdf"), rules=bid.round.attachment_rules, by=by, at=at)
        db.session.flush()
        bids.attach(bid, stored, description="", by=by, at=at)
        return {"key": stored.key, "name": stored.name}
    if question.kind is _K.TABLE:
        return [{column["key"]: _one(bid, _K(column["kind"]), column) for column in question.settings["columns"]}]
    if question.kind in (_K.MONEY_BY_YEAR, _K.NUMBER_BY_YEAR) or question.code == "grant_asked":
        amount = GRANT if question.code == "grant_asked" else AMOUNT
        by_year = {str(bid.round.first_year.starts_in): amount}
        return by_year if question.kind in (_K.MONEY_BY_YEAR, _K.NUMBER_BY_YEAR) else amount
    return _one(bid, question.kind, question.settings)


def _one(bid: Bid, kind: QuestionKind, settings: dict[str, Any]) -> Any:
    options = settings.get("options", [])
    return {
        _K.TEXT: "Words",
        _K.ORGANISATION: "A body",
        _K.MONEY: AMOUNT,
        _K.NUMBER: 12_00,
        _K.DATE: date(bid.round.first_year.starts_in, 10, 31).isoformat(),
        _K.CHOICE: options and options[-1][0],
        _K.CHOICES: [value for value, _ in options],
        _K.YES_NO: "yes",
        _K.DECLARATION: True,
    }[kind]
