"""A bid that lost an appraiser after it was moderated: who is told, and how its moderation is opened again."""

import pytest
from sqlalchemy import select

from grants.allocation.footing import left_open
from grants.appraisal import operations, queries
from grants.appraisal.appraisers.closing import close_bid
from grants.appraisal.guards import Marked
from grants.appraisal.models import Conclusion
from grants.appraisal.moderating.concluding import reopen_moderation
from grants.appraisal.scoring.reopening import reopen
from grants.appraisal.scoring.wording import Because
from grants.audit.models import AuditEvent
from grants.bids.models import Bid, BidStatus
from grants.funds.models import RoundStatus
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.people.roles import Role
from tests.factories import (
    NOW,
    give_scores,
    make_appraised_round,
    make_bid,
    make_person,
    make_task,
    second,
    sign_in,
)

WHY = "One of two appraisers is a cousin."


@pytest.fixture
def bid(session):
    return make_bid(make_appraised_round(), status=BidStatus.APPRAISAL)


@pytest.fixture
def tasks(bid, moderator):
    """Of two appraisers. The bid is moderated with one agreed mark."""
    tasks = [give_scores(make_task(bid), 4, 4, 4) for _ in range(2)]
    agreed = {(bid.round.criteria[0], 1): Marked(5, "The panel agreed.")}
    operations.agree_marks(bid, agreed, by=moderator, at=NOW)
    db.session.flush()
    second(bid)
    operations.conclude_moderation(bid, by=moderator, at=NOW)
    db.session.commit()
    return tasks


def lose(bid, task):
    close_bid(bid, task.person, reason="A cousin.", by=task.person, at=NOW)
    db.session.commit()


def test_whoever_moderates_or_decides_is_told_that_a_bid_stands_on_too_few(bid, tasks, moderator, manager, client):
    page, few = f"/moderation/{bid.key}", "stands on the marks of 1 appraiser."
    decision = f"/decisions/{bid.round.code}/{bid.key}"
    sign_in(client, moderator)
    assert few not in client.get(page).text
    lose(bid, tasks[0])
    assert "Bids whose moderation is to be opened again" in client.get("/").text
    assert bid.reference in client.get(f"/moderation?round={bid.round.code}").text
    shown = client.get(page).text
    assert few in shown
    assert f"{page}/reopen" in shown
    sign_in(client, manager)
    assert "Moderated bids with a score set aside since" in client.get("/").text
    told = "on the marks of fewer than 2 appraisers"
    assert told in client.get(decision).text
    announce = f"/decisions/{bid.round.code}/announce"
    assert told in client.get(announce).text
    apart = make_person(Role.PROGRAMME_MANAGER)
    close_bid(bid, apart, reason="Another cousin.", by=apart, at=NOW)
    db.session.commit()
    sign_in(client, apart)
    assert told not in client.get(announce).text


def test_moderation_goes_on_with_more_appraisers_and_what_was_before_is_kept(bid, tasks, moderator, manager, client):
    lose(bid, tasks[0])
    sign_in(client, moderator)
    page = f"/moderation/{bid.key}/reopen"
    assert "Give a reason." in client.post(page).text
    assert client.post(page, data={"reason": WHY}).status_code == 302
    db.session.expire_all()
    assert (bid.status, bid.shown_status) == (BidStatus.APPRAISAL, BidStatus.SUBMITTED)
    assert not tasks[0].look_again
    [row] = queries.agreed_marks(bid).values()
    assert (row.mark, row.second_by, row.settled_mark) == (5, None, None)
    assert "Moderation opened again" in client.get(f"/moderation/{bid.key}").text
    other = make_person(Role.APPRAISER)
    reader = make_person(Role.APPRAISER, Role.FINANCE_OFFICER)
    with pytest.raises(Refused, match="could read the marks"):
        operations.assign([bid], reader, by=manager, at=NOW)
    with pytest.raises(Refused, match="was moderated with these scores"):
        reopen(tasks[1], Because.OVERLOOKED, reason="Look.", by=moderator, at=NOW)
    [task] = operations.assign([bid], other, by=manager, at=NOW)
    operations.declare_no_conflict(task, by=other, at=NOW)
    give_scores(task, 2, 4, 4)
    second(bid)
    with pytest.raises(Refused, match="takes no more appraisers"):
        operations.assign([bid], make_person(Role.APPRAISER), by=manager, at=NOW)
    operations.conclude_moderation(bid, kept_because="Both are fair.", by=moderator, at=NOW)
    db.session.commit()
    assert bid.status is BidStatus.MODERATED
    assert db.session.query(Conclusion).one().kept_because == "Both are fair."
    ends = db.session.query(AuditEvent).filter_by(subject_type="conclusion").order_by(AuditEvent.id)
    assert [(end.verb, end.reason) for end in ends] == [
        ("concluded_moderation", ""), ("reopened_moderation", WHY), ("concluded_moderation", "Both are fair."),
    ]  # fmt: skip


def test_means_that_somebody_with_a_conflict_kept_alone_are_looked_at_by_somebody_else(bid, moderator, client):
    for marks in ((5, 5, 5), (1, 1, 1)):
        give_scores(make_task(bid), *marks)
    operations.conclude_moderation(bid, kept_because="I like it.", by=moderator, at=NOW)
    close_bid(bid, moderator, reason="A cousin.", by=moderator, at=NOW)
    db.session.commit()
    other = make_person(Role.MODERATOR)
    sign_in(client, other)
    assert "Bids whose moderation is to be opened again" in client.get("/").text
    assert "kept the appraisers’ marks alone and has a conflict" in client.get(f"/moderation/{bid.key}").text
    assert db.session.scalar(select(left_open()).where(Bid.id == bid.id))
    assert client.post(f"/moderation/{bid.key}/reopen", data={"reason": WHY}).status_code == 302
    operations.conclude_moderation(bid, kept_because="So do I.", by=other, at=NOW)
    db.session.commit()
    db.session.expire_all()
    assert "is to be opened again" not in client.get("/").text


def test_it_is_not_opened_again_without_need_nor_by_who_may_not_moderate_nor_after_the_announcement(
    bid, tasks, moderator
):
    with pytest.raises(Refused, match="enough appraisers count"):
        reopen_moderation(bid, reason=WHY, by=moderator, at=NOW)
    lose(bid, tasks[0])
    friend = make_person(Role.MODERATOR)
    close_bid(bid, friend, reason="Friend.", by=friend, at=NOW)
    with pytest.raises(Refused, match="conflict of interest"):
        reopen_moderation(bid, reason=WHY, by=friend, at=NOW)
    with pytest.raises(Refused, match="cannot moderate a bid that you appraise"):
        reopen_moderation(bid, reason=WHY, by=tasks[1].person, at=NOW)
    bid.round.status, bid.round.announced_at = RoundStatus.ANNOUNCED, NOW
    with pytest.raises(Refused, match="can no longer be changed"):
        reopen_moderation(bid, reason=WHY, by=moderator, at=NOW)
