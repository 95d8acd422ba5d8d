"""Scores given back to their appraiser by a moderator, before the bid is moderated."""

import pytest

from grants import audit
from grants.appraisal.models import AssignmentState
from grants.appraisal.queries import judged
from grants.appraisal.scoring.reopening import reopen
from grants.appraisal.scoring.wording import Because
from grants.audit.models import AuditEvent
from grants.bids.models import BidStatus
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.messages.models import Message
from grants.people import operations as people
from grants.people.roles import Role
from tests.dates import TODAY
from tests.factories import NOW, give_scores, make_bid, make_person, make_task, moderate, sign_in

WHY = "The others are at 2, and this reason speaks of another bid."
"""For the record. Whoever opens scores may know the others' marks, so the appraiser reads nothing that was typed."""


def test_a_moderator_opens_scores_again_and_the_appraiser_reads_why(bid, task, appraiser, moderator, client):
    other = give_scores(make_task(bid, make_person(Role.APPRAISER, name="Otto Other")), 1, 1, 1)
    give_scores(task, 4, 4, 4)
    sign_in(client, moderator)
    way = f"/moderation/{bid.key}/scores/{task.key}/reopen"
    empty = client.post(way, data={}).text
    assert "Give a reason." in empty
    assert "Choose why." in empty
    assert client.post(way, data={"because": "The others are at 2", "reason": WHY}).status_code == 200
    first = bid.round.criteria[0]
    chosen = {"because": "elsewhere", "about": f"part_{first.id}_1", "reason": WHY}
    assert client.post(way, data=chosen).status_code == 302
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
    assert f"A reason speaks of something that is not in this bid. It is about {first.name}." in shown
    assert "The others are at 2" not in shown
    assert other.person.name not in shown
    assert 'type="radio"' in shown


def test_it_needs_a_reason(task, moderator):
    give_scores(task, 3, 3, 3)
    with pytest.raises(Refused, match="Give a reason"):
        reopen(task, Because.OVERLOOKED, reason="", by=moderator, at=NOW)


def test_who_appraises_the_bid_opens_nobodys_scores(bid, task, client):
    both = make_person(Role.APPRAISER, Role.MODERATOR)
    give_scores(make_task(bid, both), 5, 5, 5)
    give_scores(task, 3, 3, 3)
    with pytest.raises(Refused, match="a bid that you appraise"):
        reopen(task, Because.OVERLOOKED, reason=WHY, by=both, at=NOW)
    sign_in(client, both)
    assert client.get(f"/moderation/{bid.key}/scores/{task.key}/reopen").status_code == 404


def test_only_moderators_and_only_handed_in_scores(bid, task, manager, client):
    way = f"/moderation/{bid.key}/scores/{task.key}/reopen"
    sign_in(client, manager)
    sent = {"because": "thin", "reason": WHY}
    assert client.post(way, data=sent).status_code == 403
    sign_in(client, make_person(Role.MODERATOR))
    assert client.post(way, data=sent).status_code == 404
    other = give_scores(make_task(make_bid(bid.round, status=BidStatus.APPRAISAL)), 3, 3, 3)
    assert client.get(f"/moderation/{bid.key}/scores/{other.key}/reopen").status_code == 404


def test_a_moderated_bid_keeps_its_scores(bid, moderator):
    moderate(bid, 3, 3, 3, by=moderator)
    (task,) = judged([bid.id])[bid.id]
    with pytest.raises(Refused, match="moderated already"):
        reopen(task, Because.OVERLOOKED, reason=WHY, by=make_person(Role.MODERATOR), at=NOW)


def test_the_scores_of_who_was_an_auditor_meanwhile_are_not_opened(task, appraiser, moderator):
    give_scores(task, 3, 3, 3)
    administrator = make_person(Role.ADMINISTRATOR)
    people.end_appointment(appraiser.appointments[0], by=administrator, on=TODAY, at=NOW, reason="Moves.")
    auditor = people.appoint(appraiser, Role.AUDITOR, council_id=None, by=administrator, on=TODAY)
    people.end_appointment(auditor, by=administrator, on=TODAY, at=NOW, reason="Back.")
    people.appoint(appraiser, Role.APPRAISER, council_id=None, by=administrator, on=TODAY)
    with pytest.raises(Refused, match="could read the others’ scores"):
        reopen(task, Because.OVERLOOKED, reason=WHY, by=moderator, at=NOW)


def test_words_of_an_earlier_release_are_not_shown(task, moderator, appraiser, client):
    audit.record(task, "reopened", by=moderator, reason=WHY)
    db.session.commit()
    sign_in(client, appraiser)
    shown = client.get(f"/appraisals/{task.key}").text
    assert f"by {moderator.name}." in shown
    assert "The others are at 2" not in shown
