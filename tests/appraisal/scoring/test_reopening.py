"""Scores given back to their appraiser by a moderator, before the bid is moderated."""

import pytest

from grants.appraisal.models import AssignmentState
from grants.appraisal.queries import judged
from grants.appraisal.scoring.reopening import reopen
from grants.audit.models import AuditEvent
from grants.bids.models import BidStatus
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.messages.models import Message
from grants.people.roles import Role
from tests.factories import NOW, give_scores, make_bid, make_person, make_task, moderate, sign_in

WHY = "The reason for Housing speaks of another bid."


def test_a_moderator_opens_scores_again_and_the_appraiser_reads_why(bid, task, appraiser, moderator, client):
    other = give_scores(make_task(bid, make_person(Role.APPRAISER, name="Otto Other")), 1, 1, 1)
    give_scores(task, 4, 4, 4)
    sign_in(client, moderator)
    way = f"/moderation/{bid.key}/scores/{task.key}/reopen"
    assert "Give a reason." in client.post(way, data={}).text
    assert client.post(way, data={"reason": WHY}).status_code == 302
    assert "waits until every appraiser" in client.get(f"/moderation/{bid.key}").text
    assert client.get(way).status_code == 404
    db.session.refresh(task)
    assert task.state is AssignmentState.SCORING
    assert [score.mark for score in task.scores] == [4, 4, 4]
    (event,) = db.session.query(AuditEvent).filter_by(verb="reopened")
    assert (event.reason, event.actor) == (WHY, moderator.name)
    told = db.session.query(Message).filter_by(subject="Your scores are open again").one()
    assert told.person_id == appraiser.id
    assert bid.title not in told.body
    assert WHY not in told.body
    sign_in(client, appraiser)
    shown = client.get(f"/appraisals/{task.key}").text
    assert WHY in shown
    assert other.person.name not in shown
    assert 'type="radio"' in shown


def test_it_needs_a_reason(task, moderator):
    give_scores(task, 3, 3, 3)
    with pytest.raises(Refused, match="Give a reason"):
        reopen(task, reason="", by=moderator, at=NOW)


def test_who_appraises_the_bid_opens_nobodys_scores(bid, task, client):
    both = make_person(Role.APPRAISER, Role.MODERATOR)
    give_scores(make_task(bid, both), 5, 5, 5)
    give_scores(task, 3, 3, 3)
    with pytest.raises(Refused, match="a bid that you appraise"):
        reopen(task, reason=WHY, by=both, at=NOW)
    sign_in(client, both)
    assert client.get(f"/moderation/{bid.key}/scores/{task.key}/reopen").status_code == 404


def test_only_moderators_and_only_handed_in_scores(bid, task, manager, client):
    way = f"/moderation/{bid.key}/scores/{task.key}/reopen"
    sign_in(client, manager)
    assert client.post(way, data={"reason": WHY}).status_code == 403
    sign_in(client, make_person(Role.MODERATOR))
    assert client.post(way, data={"reason": WHY}).status_code == 404
    other = give_scores(make_task(make_bid(bid.round, status=BidStatus.APPRAISAL)), 3, 3, 3)
    assert client.get(f"/moderation/{bid.key}/scores/{other.key}/reopen").status_code == 404


def test_a_moderated_bid_keeps_its_scores(bid, moderator):
    moderate(bid, 3, 3, 3, by=moderator)
    (task,) = judged([bid.id])[bid.id]
    with pytest.raises(Refused, match="moderated already"):
        reopen(task, reason=WHY, by=make_person(Role.MODERATOR), at=NOW)
