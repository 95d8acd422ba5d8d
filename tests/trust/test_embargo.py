"""T06: until the announcement nothing that a council can reach differs by what the programme does with its bids."""

import re

import pytest
import time_machine
from sqlalchemy import func, select

from grants.allocation import operations as allocation
from grants.allocation.models import Decision, DecisionOutcome
from grants.appraisal.appraisers.settling import note_looked_again
from grants.appraisal.gates.queries import gate_results
from grants.appraisal.guards import Marked
from grants.appraisal.models import Assignment, GateOutcome
from grants.appraisal.operations import (
    Finding,
    agree_fail,
    agree_marks,
    check,
    conclude_eligibility,
    conclude_moderation,
)
from grants.bids.models import BidStatus
from grants.kernel import clock
from grants.messages.models import Message
from grants.people.roles import Role
from tests.dates import NOW
from tests.factories import second, sign_in
from tests.trust import world as worlds

CHANGES_EACH_TIME = re.compile(r'nonce="[^"]*"|name="(csrf_token|form_token)"[^>]*|id="notes-token"[^>]*')


def seen_by_the_north(app, world):
    """Every page and file that the council's people can open, bid by bid; without what differs each time."""
    pages = {}
    for role in (Role.BID_AUTHOR, Role.BID_COORDINATOR, Role.SECTION_151_OFFICER):
        client = app.test_client()
        sign_in(client, world.of(role, world.north))
        paths = {path for rule, path in worlds.addresses(app, world) if "GET" in rule.methods}
        for bid in world.bids.values():
            tails = (
                "",
                "/print",
                "/history",
                "/check",
                "/withdraw",
                "/details",
                "/attachments",
                "/sign",
                "/projects/add",
            )
            paths |= {f"/bids/{bid.key}{tail}" for tail in tails}
        paths |= {f"/bids?status={status}" for status in BidStatus} | {"/bids?words=Northern", "/bids?words=LRF-NOW"}
        for path in sorted(paths):
            answer = client.get(path)
            pages[role, path] = (answer.status_code, CHANGES_EACH_TIME.sub("", answer.get_data().decode("latin-1")))
    return pages


@pytest.fixture(autouse=True)
def now():
    """The clock stands, so that no page differs by the time left."""
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.mark.sqlite  # the same queries on either engine
def test_nothing_a_council_sees_differs_by_what_is_judged_and_decided(app, session):
    world = worlds.build()
    before, letters = seen_by_the_north(app, world), session.scalar(select(func.count(Message.id)))
    at = clock.now()
    checker, other_checker = world.cast.all(Role.ELIGIBILITY_CHECKER)
    submitted = world.bids["submitted"]
    findings = {gate: Finding(GateOutcome.FAIL, "Not a council.") for gate in submitted.round.gates}
    check(submitted, findings, by=checker, at=at)
    session.flush()
    for result in gate_results(submitted).values():
        agree_fail(result, version_seen=result.version, by=other_checker, at=at)
    conclude_eligibility(submitted, by=checker, at=at)
    scored, moderator = world.bids["appraisal_scored"], world.of(Role.MODERATOR)
    agree_marks(scored, {(c, 1): Marked(1, "Weak in all.") for c in scored.round.criteria}, by=moderator, at=at)
    second(scored, by=world.cast.all(Role.MODERATOR)[1], at=at)
    conclude_moderation(scored, by=moderator, at=at)
    manager, finance = world.of(Role.PROGRAMME_MANAGER), world.of(Role.FINANCE_OFFICER)
    decided = {"outcome": DecisionOutcome.REJECT, "lines": {}, "reason": "Weak.", "conditions": "", "by": manager}
    session.flush()
    allocation.confirm(allocation.propose(scored, **decided, at=at), by=finance, at=at)
    undone = session.scalars(select(Assignment).where(Assignment.look_again)).one()
    note_looked_again(undone, reason="The other score stands.", by=manager, at=at)
    proposed = select(Decision).where(Decision.bid_id == world.bids["moderated"].id)
    allocation.confirm(session.scalars(proposed).one(), by=finance, at=at)
    session.commit()
    after = seen_by_the_north(app, world)
    assert [key for key in before if before[key] != after[key]] == []
    assert session.scalar(select(func.count(Message.id))) == letters
    assert len([1 for code, _ in before.values() if code == 200]) > 100
