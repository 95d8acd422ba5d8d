"""T08, I18: who has a conflict of interest finds nothing of the bid, whatever his or her roles, by any address."""

import io
import zipfile

import pytest
from sqlalchemy import select

from grants.bids.models import Bid, BidStatus, Conflict
from grants.kernel import clock
from grants.kernel.db import db
from grants.people.roles import COUNCIL_ROLES, Role
from tests.factories import make_person
from tests.trust import world as worlds
from tests.trust.test_walk import everything, held_by, permission_of, signed_in

JUDGING = tuple(sorted(set(Role) - COUNCIL_ROLES - {Role.ADMINISTRATOR, Role.AUDITOR}))
OF_NO_BID = (
    "/names",
    "/audit",  # read whole by those who may judge nothing
    "/people",
    "/annexes",  # awards as they were published
    "/rounds/<code>/extensions",  # of a council, whether it bids or not
    "/appraisal/<code>/tags",  # the round's words; which bids bear them is another page
)


@pytest.fixture
def world(session):
    """Everyone of the programme has a conflict with every bid of the north."""
    made = worlds.build()
    northern = db.session.scalars(select(Bid).where(Bid.lead_council_id == made.north.id)).all()
    for name, person in made.people():
        if not name.startswith(("north", "south")):
            bar(person, northern)
    db.session.commit()
    return made


def bar(person, bids):
    known = set(db.session.scalars(select(Conflict.bid_id).where(Conflict.person_id == person.id)))
    for bid in bids:
        if bid.id not in known:
            who = {"person_id": person.id, "bid_id": bid.id, "declared_by_id": person.id}
            db.session.add(Conflict(**who, declared_at=clock.now(), reason="Family"))


def words_of(answer):
    """What the answer says, whatever it is packed in."""
    data = answer.get_data()
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            data = b"".join(packed.read(name) for name in packed.namelist())
    return data.decode("utf-8", "replace")


def walked(app, world):
    """(rule, path): every address, and those of bids for every bid of the north."""
    urls = app.url_map.bind("localhost")
    bids = ("/bids/<key>", "/eligibility/<key>", "/moderation/<key>", "/decisions/<code>/bids/<key>")
    for rule in app.url_map.iter_rules():
        values = worlds.values_of(rule, world)
        if rule.endpoint == "static" or rule.rule.startswith(OF_NO_BID) or rule.arguments - set(values):
            continue  # test_walk insists that the small programme knows every address
        yield rule, urls.build(rule.endpoint, values)
        if rule.rule.startswith(bids) and rule.arguments <= {"key", "code"}:
            for state in ("submitted", "appraisal", "appraisal_scored", "moderated"):
                yield rule, urls.build(rule.endpoint, {**worlds.values_of(rule, world), "key": world.bids[state].key})


@pytest.mark.sqlite  # the same queries on either engine
def test_nobody_with_a_conflict_finds_a_word_of_it_on_any_page_list_file_or_export(app, session, world):
    asked = ("", "?q=Northern&words=Northern&search=Northern", f"?show=all&status={BidStatus.MODERATED}")
    found = []
    for role in JUDGING:
        client, held = signed_in(app, world.of(role)), held_by(world.of(role))
        for rule, path in walked(app, world):
            if "GET" not in rule.methods or permission_of(app, rule) not in held:
                continue
            for question in asked if not rule.arguments - {"kind", "code"} else ("",):
                answer = client.get(path + question)
                assert answer.status_code < 500, path + question
                said = words_of(answer).replace("=Northern", "").replace('"Northern"', "")
                if "Northern" in said.replace("&#34;Northern", ""):
                    found.append((role, path + question))
    assert not found, "\n".join(f"{role} {path}" for role, path in found)
    manager = signed_in(app, world.of(Role.PROGRAMME_MANAGER))
    assert world.decided.name not in manager.get("/appraisal").text  # all its bids are the north's: none is counted
    # The walk does look where the bids are: without a conflict, they are there.
    free = make_person(Role.PROGRAMME_MANAGER)
    client, held = signed_in(app, free), held_by(free)
    for path in ("/bids", "/decisions/lrf-now", "/appraisal/lrf-now/appraisers", "/awards"):
        assert "Northern" in client.get(path).text, path


@pytest.mark.sqlite  # the same queries on either engine
def test_nobody_with_a_conflict_can_send_a_form_of_it(app, session, world):
    owned = [
        (rule, path)
        for rule, path in walked(app, world)
        if rule.rule.startswith(("/bids", "/eligibility/<", "/moderation/<", "/appraisals/<", "/decisions/<code>/bids"))
        and "POST" in rule.methods
        and rule.arguments
    ]
    assert len(owned) > 40
    before = everything(session)
    data = {"answer": "clean", "reason": "Mine now", "text": "Mine now", "mark_1_1": "5", "version": "1"}
    for role in JUDGING:
        client, held = signed_in(app, world.of(role)), held_by(world.of(role))
        for rule, path in owned:
            if permission_of(app, rule) in held:
                answer = client.post(path, data=data)
                assert answer.status_code in (403, 404), (role, path, answer.status_code)
    assert everything(session) == before
