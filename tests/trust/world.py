"""A small programme with something behind every address: what one council owns, and everyone who might reach for it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from grants.appraisal.appraisers.closing import close_bid
from grants.appraisal.models import Assignment, Interest, InterestKind
from grants.awards.models import Award, AwardStatus
from grants.bids import operations as writing
from grants.bids.models import Bid, BidRole, BidStatus, Comment, LateSave, Task
from grants.bids.people.inviting import Invited, invite
from grants.bids.people.placing import give_place
from grants.bids.projects.spots import Spot
from grants.councils.models import Council
from grants.councils.operations import ask_name
from grants.councils.queries import name_book
from grants.demo import bidding, judging, stage
from grants.demo.cast import Cast
from grants.funds import operations as funds
from grants.funds.deadlines.extensions import ask_extension
from grants.funds.definition.reading import shipped
from grants.funds.models import Asked, Round
from grants.kernel import clock, jobs
from grants.kernel.db import Json, db
from grants.outcomes.models import Return
from grants.people.models import Invitation, Person
from grants.people.roles import COUNCIL_ROLES, Role
from tests.factories import make_council, make_decision, make_partnership, make_person
from tests.trust.afterwards_world import add_afterwards
from tests.trust.appraisal_world import add_appraisal
from tests.trust.remarks_world import add_remarks


@dataclass
class World:
    """`north` owns everything named here; `south` has one draft of its own and otherwise nothing."""

    north: Council
    south: Council
    cast: Cast
    round: Round
    decided: Round
    draft_round: Round
    bids: dict[str, Bid] = field(default_factory=dict)
    awards: list[Award] = field(default_factory=list)
    keys: dict[str, Any] = field(default_factory=dict)

    def people(self) -> list[tuple[str, Person]]:
        """(what to call them, person), one of each role, council people of either council."""
        found: dict[str, Person] = {}
        for person, role, council in self.cast.people:
            where = "" if council is None else ("north " if council is self.north else "south ")
            found.setdefault(f"{where}{role}", person)
        return list(found.items())

    def of(self, role: Role, council: Council | None = None) -> Person:
        return self.cast.one(role, council)


def build() -> World:
    """Through the operations that the pages call; flushed and committed, at the real clock, which pages look at."""
    at = clock.now()
    today = clock.london(at).date()
    north, south = (
        make_council(f"{name} Anyshire District Council", region="North East") for name in ("North", "South")
    )
    people = [(make_person(role), role, None) for role in Role if role not in COUNCIL_ROLES]
    people += [(make_person(role), role, None) for role in (*[Role.APPRAISER] * 2, Role.ELIGIBILITY_CHECKER)]
    people += [(make_person(role), role, None) for role in (Role.PROGRAMME_MANAGER, Role.MODERATOR)]
    for council in (north, south):
        people += [(make_person(role, council=council), role, council) for role in sorted(COUNCIL_ROLES)]
    cast = Cast(people)
    manager = cast.one(Role.PROGRAMME_MANAGER)
    then = stage.Dates.around(today, opens=-230, closes=-180)
    now = stage.Dates.around(today, opens=-20, closes=21)
    decided = stage.invented_round("lrf-before", "The round before", then, by=manager)
    open_now = stage.invented_round("lrf-now", "The round that is open", now, by=manager)
    draft = funds.make_round(shipped()["ope-phase"], code="ope-next", name="The round to come", by=manager, at=at)
    world = World(north, south, cast, open_now, decided, draft)
    _write_bids(world, now)
    _decide(world, then, at)
    _report(world, at)
    _oddments(world, at)
    db.session.commit()
    return world


def _story(council: Council, state: str, title: str) -> dict[str, Any]:
    project = {"title": f"{title} works", "council": council.code, "site": f"{title} yard", "hectares": 1.5}
    sums = {"grant": [120_000, 90_000], "homes": [0, 12, 20]}
    return {"state": state, "lead": council.code, "members": [], "title": title, "projects": [{**project, **sums}]}


def _write_bids(world: World, dates: stage.Dates) -> None:
    states = ("draft", "sign_off", "signed", "submitted", "appraisal", "appraisal_scored", "moderated")
    at = dates.opens_at + timedelta(days=6)
    for state in states:
        story = _story(world.north, state, f"Northern {state}")
        bid = bidding.write_bid(world.round, story, world.cast, at)
        if state not in bidding.WRITING:
            judging.judge(bid, story, world.cast, at)
        world.bids[state] = bid
    bidding._attach_minute(world.bids["draft"], by=world.of(Role.BID_AUTHOR, world.north), at=at)
    world.bids["south"] = bidding.write_bid(world.round, _story(world.south, "draft", "Southern"), world.cast, at)
    world.bids["south appraisal"] = bidding.write_bid(
        world.round, _story(world.south, "submitted", "Southern two"), world.cast, at
    )


def _decide(world: World, dates: stage.Dates, at: Any) -> None:
    stories = []
    for number in range(5):
        story = _story(world.north, "funded", f"Northern award {number}")
        bid = bidding.write_bid(world.decided, story, world.cast, dates.opens_at + timedelta(days=9))
        judging.judge(bid, story, world.cast, dates.closes_at + timedelta(days=20))
        stories.append((bid, {**story, "accept": True}))
    announced_at = at - timedelta(days=150)
    made = judging.decide(world.decided, stories, world.cast, announced_at)
    judging.offer_and_accept(made[:3], stories, world.cast, announced_at + timedelta(days=3))
    judging.offer_and_accept(made[3:4], [], world.cast, announced_at + timedelta(days=3))
    world.awards = made  # three accepted, one offered, one that waits for its offer
    make_decision(world.bids["moderated"], by=world.of(Role.PROGRAMME_MANAGER), confirmed=False)


def _report(world: World, at: Any) -> None:
    accepted = [award for award in world.awards if award.status is AwardStatus.ACCEPTED]
    today = clock.london(at).date()
    judging.report(accepted, world.cast, today=today, at=at - timedelta(days=1))


def _oddments(world: World, at: Any) -> None:
    today = clock.london(at).date()
    manager, later = world.of(Role.PROGRAMME_MANAGER), world.round.closes_at + timedelta(days=2)
    ask_extension(world.round, world.north, closes_at=later, reason="Flood in Northern parts", by=manager, at=at)
    meant = name_book().resolve("Northern Anyshire Council", today)
    question = ask_name(meant, as_at=today, seen_in="a paper", at=at)
    partnership = make_partnership(world.south, lead=world.north, name="The Anyshires")
    helper, invitation = _invite_colleagues(world, at)
    job = jobs.ask("import_awards", "A paper", by_id=world.of(Role.PROGRAMME_MANAGER).id)
    db.session.flush()
    draft = world.bids["draft"]
    task = db.session.scalars(select(Assignment).where(Assignment.bid_id == world.bids["appraisal"].id)).one()
    given, said = _write_together(draft, by=world.of(Role.BID_AUTHOR, world.north), at=at)
    world.keys = {
        "bid": draft.key,
        "project_key": draft.projects[0].key,
        "site_key": draft.projects[0].sites[0].key,
        "risk_key": draft.projects[0].risks[0].key,
        "attachment_key": draft.attachments[0].attachment.key,
        "question": question.key,
        "partnership": partnership.key,
        "partnership_place": partnership.memberships[-1].id,
        "person_key": helper.key,
        "role": helper.appointments[0].id,
        "invitation_key": invitation.key,
        "job": job.key,
        "task": task.key,
        "task_key": given.key,
        "comment_key": said.key,
        "late_key": _late_file(draft, by=world.of(Role.BID_AUTHOR, world.north), at=at).key,
        **_declare_interests(world, at),
        **add_afterwards(
            world.bids["submitted"],
            manager=world.of(Role.PROGRAMME_MANAGER),
            author=world.of(Role.BID_AUTHOR, world.north),
            north=world.north,
            at=at,
        ),
        **add_remarks(world.bids["appraisal"], _decided(world), manager=world.of(Role.PROGRAMME_MANAGER), at=at),
        **add_appraisal(
            world.bids["submitted"],
            world.bids["appraisal"],
            world.bids["appraisal_scored"],
            world.draft_round,
            checker=world.of(Role.ELIGIBILITY_CHECKER),
            manager=world.of(Role.PROGRAMME_MANAGER),
            at=at,
        ),
    }


def _decided(world: World) -> Bid:
    """One of the north's bids whose outcome is announced."""
    wanted = select(Bid).where(Bid.round_id == world.decided.id, Bid.status == BidStatus.SUCCESSFUL)
    return db.session.scalars(wanted.order_by(Bid.id)).first() or world.bids["submitted"]


def _invite_colleagues(world: World, at: Any) -> tuple[Person, Invitation]:
    """A colleague of the north with a place in its draft, and an invitation that nobody has taken yet."""
    draft, by = world.bids["draft"], world.of(Role.BID_COORDINATOR, world.north)
    helper = world.of(Role.COLLEAGUE, world.north)
    give_place(draft, helper, BidRole.READER, by=by, at=at)
    invited = Invited("northern.helper@example.org", world.north, bid=draft, bid_role=BidRole.AUTHOR)
    return helper, invite(invited, sure=True, address_of_page="/invitations/", by=by, at=at)


def _write_together(draft: Bid, *, by: Person, at: Any) -> tuple[Task, Comment]:
    """A project of the draft given to its author, and a comment on a section of it."""
    section = next(section for section in draft.sections if section.per is Asked.BID)
    given = writing.give_task(Spot(draft, draft.projects[0], None, []), None, by, by=by, at=at)
    said = writing.comment(Spot(draft, None, section, []), section.questions[0], "Northern words", by=by, at=at)
    db.session.flush()
    return given, said


def _declare_interests(world: World, at: Any) -> dict[str, str]:
    """An appraiser used to work for the north; another found out so after the bid was moderated with her score."""
    interest = Interest(
        person=world.of(Role.APPRAISER), kind=InterestKind.PAST_EMPLOYER, council=world.north, note="Parks up north",
        until_on=clock.london(at).date(), declared_at=at,
    )  # fmt: skip
    late = db.session.scalars(select(Assignment).where(Assignment.bid_id == world.bids["moderated"].id)).first()
    assert late
    close_bid(late.bid, late.person, reason="Northern family", by=late.person, at=at)
    db.session.add(interest)
    db.session.flush()
    return {"interest_key": interest.key, "late_conflict": late.key}


def _late_file(draft: Bid, *, by: Person, at: Any) -> LateSave:
    """As it is kept when it comes within the grace after closing; the round itself stays open."""
    file = draft.attachments[0].attachment
    rows = Json({"rows": [["Northern field", "Northern words", True]]})
    late = LateSave(bid=draft, what="Northern files", typed=rows, attachment=file, saved_at=at, saved_by_id=by.id)
    db.session.add(late)
    db.session.flush()
    return late


def addresses(app: Flask, world: World) -> Iterator[tuple[Rule, str]]:
    """Every route with an address behind which something of the north's lies. A new kind of address must be added."""
    urls = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static":
            yield rule, urls.build(rule.endpoint, values_of(rule, world))


def values_of(rule: Rule, world: World) -> dict[str, Any]:
    """What to put into the address: the first line here that the rule begins with says it."""
    bids, keys = world.bids, world.keys
    returns = {row.status.value: row for row in db.session.scalars(select(Return))}
    by_start: dict[str, dict[str, Any]] = {
        "/bids/<key>/projects/<project_key>/sections": {"key": keys["bid"], **_section(world, Asked.PROJECT)},
        "/bids/<key>/feedback": {"key": keys["fed_back"]},
        "/bids/<key>/workbook/": {"key": keys["bid"], "workbook_key": "2" * 16},
        "/bids/<key>/clarifications/": {"key": bids["submitted"].key, "number": 1},
        "/bids/<key>/letters/": {"key": bids["submitted"].key, "attachment_key": keys["letter_file"]},
        "/bids/<key>/clarifications": {"key": bids["submitted"].key},
        "/bids/<key>/letters": {"key": bids["submitted"].key},
        "/bids/<key>/sign": {"key": bids["sign_off"].key},
        "/bids/<key>/send-back": {"key": bids["sign_off"].key},
        "/bids/<key>/submit": {"key": bids["signed"].key},
        "/bids": {"key": keys["bid"], **_section(world, Asked.BID)},
        "/flags": {"key": bids["appraisal"].key},
        "/feedback": {"key": bids["moderated"].key},
        "/eligibility/<key>/value": {
            "key": bids["submitted"].key,
            "project_key": keys["valued_project"],
            "number": keys["valuation"],
        },
        "/eligibility": {"key": bids["submitted"].key, "gate_id": world.round.gates[0].id},
        "/appraisals/rounds": {"code": world.round.code},
        "/appraisals/<key>/projects": {
            "key": keys["task"],
            "project_key": bids["appraisal"].projects[0].key,
            **_section(world, Asked.PROJECT),
        },
        "/appraisals": {
            "key": keys["task"],
            "attachment_key": bids["appraisal"].attachments[0].attachment.key,
            **_section(world, Asked.BID),
        },
        "/appraisal/assignments": {"key": keys["task"]},
        "/appraisal/<code>/leniency": {"code": world.round.code, "person_key": world.of(Role.APPRAISER).key},
        "/appraisal/<code>/conflicts": {
            "code": world.round.code,
            "key": bids["appraisal"].key,
            "person_key": world.of(Role.APPRAISER).key,
        },
        "/appraisers/tasks": {"key": keys["task"]},
        "/appraisers/late-conflicts": {"key": keys["late_conflict"]},
        "/appraisers": {"key": world.of(Role.APPRAISER).key, "interest_key": keys["interest_key"]},
        "/interests": {"key": keys["interest_key"]},
        "/appraisal/<code>/proposals": {
            "code": world.round.code,
            "key": keys["proposal"],
            "person_key": world.of(Role.APPRAISER).key,
        },
        "/panels": {"key": keys["panel"], "bid_key": bids["appraisal_scored"].key},
        "/appraisal/<code>/ranking/<key>/value": {
            "code": world.round.code,
            "key": bids["appraisal_scored"].key,
            "project_key": keys["scored_project"],
        },
        "/appraisal": {"code": world.round.code, "key": bids["moderated"].key},
        "/moderation/rounds": {"code": world.round.code},
        "/moderation/<bid_key>/scores": {"bid_key": bids["appraisal_scored"].key, "key": keys["scored_task"]},
        "/moderation": {"key": bids["appraisal_scored"].key},
        "/decisions": {"code": world.round.code, "key": bids["moderated"].key},
        "/assumptions": {"code": keys["assumptions"]},
        "/place-scores": {"key": keys["place_list"], "code": world.draft_round.code},
        "/awards.": {"kind": "csv"},
        "/awards/imports": {"key": "2" * 16},
        "/awards/<key>/offer": {"key": world.awards[4].key},
        "/awards/<key>/returns": {"key": world.awards[0].key},
        "/awards": {"key": world.awards[3].key},
        "/returns/<key>/review": {"key": returns["submitted"].key},
        "/returns/<key>/sign": {"key": returns["submitted"].key},
        "/returns/<key>/send-back": {"key": returns["submitted"].key},
        "/returns": {"key": returns["draft"].key, "file_key": keys["attachment_key"]},
        "/annexes": {"code": world.decided.code, "day": clock.today().isoformat(), "form": "html"},
        "/rounds/<code>/expressions": {"code": keys["first_stage"]},
        "/rounds/<code>/late-bids": {"code": keys["late_round"]},
        "/rounds/<code>/extend": {"code": world.round.code},
        "/rounds/<code>/cancel": {"code": world.round.code},
        "/rounds/<code>/extensions": {"code": world.round.code, "key": world.round.extensions[0].key},
        "/rounds/<code>/reminders": {"code": world.round.code},
        "/rounds/<code>/form": {
            "code": world.draft_round.code,
            "section": world.draft_round.sections[0].code,
            "question": world.draft_round.sections[0].questions[0].code,
            "what": "eligibility",
            "piece_key": world.draft_round.gates[0].code,
            "name": "about",
            "where": f"eligibility/{world.draft_round.gates[0].code}",
        },
        "/rounds": {"code": world.draft_round.code},
        "/councils/<code>/people": {"code": world.north.code, "key": keys["person_key"], "number": keys["role"]},
        "/councils": {"code": world.north.code},
        "/invitations": {"secret": "2" * 30},
        "/partnerships": {"key": keys["partnership"], "number": keys["partnership_place"]},
        "/names": {"key": keys["question"]},
        "/jobs": {"key": keys["job"]},
        "/people": {"key": world.of(Role.BID_AUTHOR, world.north).key, "number": 1},
        "/audit": {"subject_type": "bid", "key": keys["bid"]},
        "/password": {"secret": "2" * 30},
    }
    found = next((values for start, values in by_start.items() if rule.rule.startswith(start)), {})
    return {name: value for name, value in {**keys, **found}.items() if name in rule.arguments}


def _section(world: World, per: Asked) -> dict[str, str]:
    """The codes of a section and of its first question."""
    section = next(section for section in world.round.sections if section.per is per)
    return {"code": section.code, "question_code": section.questions[0].code}


KEYS = frozenset(
    {"key", "project_key", "site_key", "risk_key", "attachment_key", "file_key", "gate_id", "number"}
    | {
        "invitation_key",
        "person_key",
        "task_key",
        "comment_key",
        "interest_key",
        "bid_key",
        "note_key",
        "clarification_key",
        "letter_key",
        "flag_key",
        "tag_key",
        "late_key",
    }
)
"""Parts of addresses that name a row, the first of them the parent of the others."""


def today() -> date:
    return clock.today()
