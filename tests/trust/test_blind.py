"""T05: nothing that an appraiser can reach differs by what another does with the same bid, before or after handing in.

Two people are tried: one who only appraises, and one who holds every role of the programme beside it that may be held.
"""

import pytest
import time_machine
from sqlalchemy import func, select

from grants.appraisal.models import FlagKind
from grants.appraisal.operations import declare_conflict, submit_scores
from grants.appraisal.remarks.flagging import Remark, raise_flag
from grants.kernel import clock
from grants.messages.models import Message
from grants.people.roles import Role
from tests.dates import NOW
from tests.factories import give_scores, make_person, make_task, sign_in
from tests.trust import world as worlds
from tests.trust.test_embargo import CHANGES_EACH_TIME

MANY_HATS = (Role.APPRAISER, Role.MODERATOR, Role.PROGRAMME_MANAGER, Role.ELIGIBILITY_CHECKER, Role.FINANCE_OFFICER)


@pytest.fixture(autouse=True)
def now():
    """The clock stands, so that no page differs by the time left."""
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def paths_of(app, world, task):
    """Every address: with what usually stands behind it, with the task and with its bid; lists in all their views."""
    urls, found = app.url_map.bind("localhost"), set()
    for rule in app.url_map.iter_rules():
        if "GET" not in rule.methods or rule.endpoint == "static":
            continue
        usual = worlds.values_of(rule, world)
        for key in (usual.get("key"), task.bid.key, task.key):
            found.add(urls.build(rule.endpoint, {**usual, **({"key": key} if "key" in usual else {})}))
    lists = ("/moderation", "/eligibility", "/appraisals", f"/appraisal/{task.bid.round.code}/appraisers")
    found |= {f"{path}?show={show}" for path in lists for show in ("all", "ready", "submitted", "listed", "flagged")}
    return sorted(found - {"/sign-out"})


def seen_by(app, person, paths):
    """What stands behind each address, without what differs each time."""
    client, seen = app.test_client(), {}
    sign_in(client, person)
    for path in paths:
        answer = client.get(path)
        seen[path] = (answer.status_code, CHANGES_EACH_TIME.sub("", answer.get_data().decode("latin-1")))
    return seen


@pytest.mark.sqlite  # the same queries on either engine
@pytest.mark.parametrize("roles", [(Role.APPRAISER,), MANY_HATS], ids=["appraiser", "many hats"])
def test_nothing_an_appraiser_sees_differs_by_what_another_does(app, session, roles):
    world, at = worlds.build(), clock.now()
    bid = world.bids["appraisal"]
    one, other, third = (make_person(*held) for held in (roles, (Role.APPRAISER,), (Role.APPRAISER,)))
    mine, theirs, last = (make_task(bid, person, at=at) for person in (one, other, third))
    give_scores(mine, *[3] * 5, submitted=False, at=at)
    session.commit()
    paths = paths_of(app, world, mine)

    def differ(before):
        session.commit()
        after = seen_by(app, one, paths)
        return [path for path in paths if before[path] != after[path]]

    before = seen_by(app, one, paths)
    letters = select(func.count(Message.id)).where(Message.person_id == one.id)
    told = session.scalar(letters)
    assert len([path for path in paths if before[path][0] == 200]) > (15 if len(roles) == 1 else 60)

    give_scores(theirs, *[1] * 5, submitted=False, at=at)
    assert differ(before) == [], "another's half bid of scores shows"
    submit_scores(theirs, by=other, at=at)
    assert differ(before) == [], "that another has handed in shows"
    raise_flag(bid, Remark(FlagKind.CONCERN, "The costs look low."), by=third, at=at)
    assert differ(before) == [], "another's concern shows"
    declare_conflict(last, reason="My brother works there.", by=third, at=at)
    assert differ(before) == [], "another's conflict shows"

    submit_scores(mine, by=one, at=at)
    session.commit()
    handed_in = seen_by(app, one, paths)
    assert all("The costs look low" not in text for _, text in handed_in.values())
    assert session.scalar(letters) == told
