"""How the demo's councils write a bid and hand it in, with the operations that the pages call."""

from datetime import datetime, timedelta
from functools import cache
from io import BytesIO
from typing import Any

import typst
import yaml
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from grants.bids import operations as bids
from grants.bids.answers.answering import Given
from grants.bids.answers.section_queries import section_of
from grants.bids.models import Bid, FundingSource, PlanningStatus, Project
from grants.bids.projects.value import Basis
from grants.councils.models import Council
from grants.councils.queries import council_with
from grants.demo.cast import DATA, Cast
from grants.demo.planning import set_plans
from grants.files.operations import keep
from grants.funds.models import Asked, OutcomeMeasure, Question, Round, Section, Stream
from grants.kernel.db import db
from grants.people.models import Person
from grants.people.roles import Role

WRITING = ("draft_empty", "draft", "sign_off", "signed")


@cache
def told(file: str) -> Any:
    return yaml.safe_load((DATA / file).read_text(encoding="utf-8"))


def write_bid(round: Round, story: dict[str, Any], cast: Cast, at: datetime) -> Bid:
    """Write the bid of a story and take it as far as its council takes it."""
    lead = known_council(story["lead"])
    by, state = cast.writer(lead), story["state"]
    members = [known_council(code) for code in story["members"]]
    bid = bids.start(round, title=story["title"], lead=lead, partnership=None, members=members, by=by, at=at)
    if state == "draft_empty":
        return bid
    for number, project in enumerate(story["projects"]):
        _add_project(bid, project, by=by, at=at, finished=state != "draft" or number == 0)
    _answer_all(bid, by=by, at=at, most=4 if state == "draft" else None)
    if state != "draft":
        _attach_minute(bid, by=by, at=at)
        _hand_in(bid, cast, state, at)
    return bid


def known_council(code: str) -> Council:
    council = council_with(code)
    assert council is not None, f"no council {code} in the register"
    return council


def _add_project(bid: Bid, story: dict[str, Any], *, by: Person, at: datetime, finished: bool) -> None:
    project = bids.add_project(
        bid,
        council=known_council(story["council"]),
        title=story["title"],
        summary=f"Makes {story['site']} ready for {sum(story['homes'])} homes.",
        by=by,
        at=at,
    )
    if not finished:
        return
    bids.add_site(
        project,
        by=by,
        at=at,
        name=story["site"],
        hectares=story["hectares"],
        owner=project.council.name,
        brownfield=True,
        planning=PlanningStatus.OUTLINE,
    )
    _set_money(project, story, by=by, at=at)
    _set_outcomes(project, story, by=by, at=at)
    set_plans(project, sum(story["grant"]) * 100, by=by, at=at)


def _set_money(project: Project, story: dict[str, Any], *, by: Person, at: datetime) -> None:
    years = project.bid.round.years
    grant = {
        (year, Stream.CAPITAL, FundingSource.GRANT): amount * 100
        for year, amount in zip(years, story["grant"], strict=False)
    }
    match = {(years[0], Stream.CAPITAL, FundingSource.COUNCIL): sum(story["grant"]) * 20}
    bids.set_funding(project, grant | match, version_seen=project.version, by=by, at=at)


def _set_outcomes(project: Project, story: dict[str, Any], *, by: Person, at: datetime) -> None:
    years = project.bid.round.years
    promised = {"homes_released": story["homes"], "capital_receipt": story.get("receipts", [])}
    lines = {
        (measure_of(project.bid.round, code), year): amount * 100
        for code, amounts in promised.items()
        for year, amount in zip(years, amounts, strict=False)
        if amount
    }
    bids.set_outcomes(project, lines, version_seen=project.version, by=by, at=at)
    bases = {measure: _BASES.get(measure.code, _BASIS) for measure, _ in lines}
    bids.set_bases(project, bases, version_seen=None, by=by, at=at)


_BASIS = Basis(
    None, "Counted each quarter by the project's manager.", "The return, signed by the chief finance officer."
)
_BASES = {
    "homes_released": Basis(
        0, "Homes of the outline permission on land whose contract has become unconditional.", "The contract of sale."
    ),
    "capital_receipt": Basis(
        0, "What the buyer pays on completion, less the cost of selling.", "Completion statement."
    ),
}


def measure_of(round: Round, code: str) -> OutcomeMeasure:
    return next(measure for measure in round.measures if measure.code == code)


def _answer_all(bid: Bid, *, by: Person, at: datetime, most: int | None) -> None:
    """All questions that the demo knows an answer to, or the first `most` of them, a section at a time."""
    places = {
        "title": bid.title,
        "council": bid.lead_council.name,
        "board_day": (at - timedelta(days=9)).date().isoformat(),
        "release_day": bid.round.years[-1].first_day.isoformat(),
    }
    left = most if most is not None else 1_000
    for section in bid.sections:
        known = [
            question for question in section.questions_in(bid.form_version) if question.code in told("answers.yaml")
        ][:left]
        left -= len(known)
        for project in (bid.projects if section.per is Asked.PROJECT else [None]) if known else []:
            _answer_section(bid, section, project, known, places, by=by, at=at)


def _answer_section(
    bid: Bid,
    section: Section,
    project: Project | None,
    known: list[Question],
    places: dict[str, str],
    *,
    by: Person,
    at: datetime,
) -> None:
    values = {question.code: told("answers.yaml")[question.code] for question in known}
    db.session.flush()
    this_bid, project_key = select(Bid).where(Bid.id == bid.id), project.key if project else None
    page = section_of(this_bid, Section.id == section.id, project_key, hold=True)
    given = [
        Given(question, value.format(**places) if isinstance(value, str) else value, 0, "")
        for question in page.questions
        if (value := values.get(question.code)) is not None
    ]
    bids.save_section(page, given, by=by, at=at)


def _attach_minute(bid: Bid, *, by: Person, at: datetime) -> None:
    page = typst.compile(
        b"#set document(title: sys.inputs.title)\n= #sys.inputs.title\nThe board agreed the bid as it was put to it.",
        sys_inputs={"title": f"Minute of the board: {bid.title}"},
    )
    assert isinstance(page, bytes)
    storage = FileStorage(BytesIO(page), filename="Board minute.pdf", content_type="application/pdf")
    attachment = keep(storage, rules=bid.round.attachment_rules, by=by, at=at)
    db.session.flush()
    bids.attach(bid, attachment, description="Minute of the partnership’s board", by=by, at=at)


def _hand_in(bid: Bid, cast: Cast, state: str, at: datetime) -> None:
    lead = bid.lead_council
    coordinator = cast.one(Role.BID_COORDINATOR, lead)
    bids.send_for_sign_off(bid, by=coordinator, at=at)
    if state == "sign_off":
        return
    bids.sign(bid, council=lead, by=cast.one(Role.SECTION_151_OFFICER, lead), at=at)
    if state == "signed":
        return
    bids.submit(bid, by=coordinator, at=at)
    if state == "withdrawn":
        bids.withdraw(bid, reason="The land was sold before the round closed.", by=coordinator, at=at)
