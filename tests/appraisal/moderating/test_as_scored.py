"""Bids that no rule lists, taken as they were scored, all at once and each with an event of its own."""

import pytest

from grants.appraisal import queries
from grants.appraisal.guards import Marked
from grants.appraisal.models import Conclusion, FlagKind
from grants.appraisal.moderating import views
from grants.appraisal.moderating.concluding import take_as_scored
from grants.appraisal.operations import agree_marks
from grants.appraisal.remarks.flagging import Remark, raise_flag
from grants.audit.models import AuditEvent
from grants.bids.models import BidStatus
from grants.funds.models import RoundStatus
from grants.kernel import clock, jobs
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.people.roles import Role
from tests.appraisal.ranking.rows import bare_bid, mark
from tests.factories import NOW, make_appraised_round, make_person, sign_in


@pytest.fixture
def round(session):
    return make_appraised_round()


def scored(round, *marks):
    bid = bare_bid(round, status=BidStatus.APPRAISAL)
    for given in marks:
        mark(bid, given)
    return bid


def test_only_bids_that_need_no_talk_are_taken(round, moderator):
    calm, apart = scored(round, (3, 3, 3), (3, 4, 3)), scored(round, (5, 3, 3), (1, 3, 3))
    flagged, waiting = (scored(round, (3, 3, 3), (3, 3, 3)) for _ in range(2))
    own, proposed = scored(round, (3, 3, 3)), scored(round, (3, 3, 3), (3, 3, 3))
    alone = scored(round, (3, 3, 3))
    raise_flag(flagged, Remark(FlagKind.CONCERN, "Is the land ours?"), by=moderator, at=NOW)
    mark(waiting, (3, 3, None), submitted_at=None)
    mark(own, (3, 3, 3), moderator)
    proposal = {(round.criteria[0], 1): Marked(4, "The panel agreed.")}
    agree_marks(proposed, proposal, by=make_person(Role.MODERATOR), at=NOW)
    everything = [bid.id for bid in (calm, apart, flagged, waiting, own, proposed, alone)]
    assert take_as_scored(round, everything, by=moderator, at=NOW) == 1
    assert take_as_scored(round, everything, by=moderator, at=NOW) == 0
    db.session.commit()
    assert calm.status is BidStatus.MODERATED
    assert {bid.status for bid in (apart, flagged, waiting, own, proposed, alone)} == {BidStatus.APPRAISAL}
    [conclusion] = db.session.query(Conclusion)
    assert (conclusion.bid, conclusion.as_scored, conclusion.concluded_by) == (calm, True, moderator)
    assert db.session.query(AuditEvent).filter_by(verb="concluded_moderation").one().details["as_scored"]
    assert queries.judgement_of(calm).counted_total == 63


def test_nothing_is_taken_once_decisions_are_announced(round, moderator):
    bid = scored(round, (3, 3, 3))
    round.status, round.announced_at = RoundStatus.ANNOUNCED, NOW
    with pytest.raises(Refused, match="no longer be changed"):
        take_as_scored(round, [bid.id], by=moderator, at=NOW)


def test_the_button_takes_as_many_as_it_names(round, moderator, client):
    bids = [scored(round, (3, 3, 3), (3, 3, 3)) for _ in range(2)]
    db.session.commit()
    sign_in(client, moderator)
    page, take = f"/moderation?round={round.code}", f"/moderation/rounds/{round.code}/as-scored"
    assert "Take 2 bids as scored" in client.get(page).text
    for count in ("1", "", "x", "-1"):
        assert client.post(take, data={"count": count}).status_code == 200
    assert "There are now 2 bids" in client.post(take, data={"count": "1"}).text
    assert client.post("/moderation/rounds/nowhere/as-scored", data={"count": "2"}).status_code == 404
    assert client.post(take, data={"count": "2"}).status_code == 302
    shown = client.get(f"{page}&show=all").text
    assert "2 bids are moderated as scored." in shown
    assert "Take " not in shown
    assert "Taken as scored on" in client.get(f"/moderation/{bids[0].key}").text


def test_many_are_taken_by_a_job_unless_who_asked_no_longer_moderates(round, moderator, client, monkeypatch):
    monkeypatch.setattr(views, "MOST_AT_ONCE", 1)
    bids = [scored(round, (3, 3, 3), (3, 3, 3)) for _ in range(3)]
    db.session.commit()
    sign_in(client, moderator)
    take = f"/moderation/rounds/{round.code}/as-scored"
    assert "/jobs/" in client.post(take, data={"count": "3"}).headers["Location"]
    assert {bid.status for bid in bids} == {BidStatus.APPRAISAL}
    moderator.active = False
    db.session.commit()
    assert jobs.run_next(clock.now())
    assert {bid.status for bid in bids} == {BidStatus.APPRAISAL}
    moderator.active = True
    db.session.commit()
    client.post(take, data={"count": "3"})
    assert jobs.run_next(clock.now())
    db.session.expire_all()
    assert {bid.status for bid in bids} == {BidStatus.MODERATED}
