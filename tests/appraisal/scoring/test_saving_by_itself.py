"""What a scoring page saves while somebody types, part by part."""

from datetime import timedelta

import pytest

from grants.appraisal import operations
from grants.appraisal.guards import Marked
from grants.appraisal.models import FlagKind, Score
from grants.audit.models import AuditEvent
from grants.kernel.db import db
from tests.appraisal.scoring.conftest import REASON
from tests.appraisal.scoring.test_scoring_page import flag
from tests.factories import NOW, give_scores, make_task, sign_in


@pytest.fixture
def send(task, appraiser, client):
    """Send one or more (criterion, mark, reason, version seen)."""
    sign_in(client, appraiser)

    def send_parts(*parts):
        data = {"asked": [f"{criterion.id}_1" for criterion, *_ in parts]}
        for criterion, mark, reason, seen in parts:
            at = f"{criterion.id}_1"
            data |= {f"mark_{at}": mark, f"reason_{at}": reason, f"seen_{at}": seen}
        return client.post(f"/appraisals/{task.key}/autosave", data=data)

    return send_parts


def test_a_half_written_reason_is_kept_as_a_draft(bid, send):
    criterion = bid.round.criteria[0]
    answer = send((criterion, "", "So far", "0"))
    assert answer.json["seen"] == {f"{criterion.id}_1": "1"}
    row = db.session.query(Score).one()
    assert (row.mark, row.reason) == (None, "So far")
    assert send((criterion, "0", "So far and further", "1")).json["seen"] == {f"{criterion.id}_1": "2"}
    assert db.session.query(Score).one().mark == 0


def test_the_same_part_saved_in_another_tab_is_given_back_and_nothing_is_lost(bid, task, appraiser, send):
    one, two = bid.round.criteria[:2]
    operations.score(task, {(one, 1): Marked(2, "From the first tab.")}, by=appraiser, at=NOW)
    answer = send((one, "5", "From the second tab.", "0"), (two, "3", "Another matter.", "0")).json
    clash = answer["clashes"][f"{one.id}_1"]
    assert clash["theirs"] == "2\nFrom the first tab."
    assert answer["seen"] == {f"{two.id}_1": "1"}
    assert {row.criterion_id: row.mark for row in db.session.query(Score)} == {one.id: 2, two.id: 3}
    assert send((one, "5", "From the second tab.", clash["seen"])).json["clashes"] == {}


@pytest.mark.parametrize("mark", ["6", "-1", "NaN", "٣", "1.5"])
def test_what_is_no_mark_is_named_and_the_rest_is_saved(bid, send, mark):
    one, two = bid.round.criteria[:2]
    answer = send((one, mark, REASON, "0"), (two, "3", REASON, "0")).json
    assert list(answer["unfit"]) == [f"{one.id}_1"]
    assert [row.criterion_id for row in db.session.query(Score)] == [two.id]


def test_what_waits_for_the_council_is_named_and_the_rest_is_saved(bid, appraiser, task, send):
    one, two = bid.round.criteria[:2]
    flag(bid, appraiser, FlagKind.CLARIFICATION, one)
    answer = send((one, "4", REASON, "0"), (two, "3", REASON, "0")).json
    assert "waits for a question to the council" in answer["unfit"][f"{one.id}_1"]
    assert [row.criterion_id for row in db.session.query(Score)] == [two.id]


def test_typing_on_in_one_reason_is_one_event_and_a_new_mark_another(bid, task, appraiser, now, send):
    criterion = bid.round.criteria[0]
    send((criterion, "3", "So far", "0"))
    send((criterion, "3", "So far and further", "1"))
    now.shift(timedelta(minutes=5))
    send((criterion, "4", "So far and further", "2"))
    events = db.session.query(AuditEvent).filter_by(verb="scored").order_by(AuditEvent.id)
    assert [event.details["mark"] for event in events] == [3, 4]


def test_scores_handed_in_are_not_saved_over(bid, task, send):
    give_scores(task, 3, 3, 3)
    answer = send((bid.round.criteria[0], "0", REASON, "1"))
    assert answer.status_code == 409
    assert "handed in" in answer.json["refused"]
    assert {row.mark for row in db.session.query(Score)} == {3}


def test_nobody_saves_into_anothers_scores(bid, send, client):
    theirs = make_task(bid)
    at = f"{bid.round.criteria[0].id}_1"
    data = {"asked": at, f"mark_{at}": "1", f"reason_{at}": REASON}
    assert client.post(f"/appraisals/{theirs.key}/autosave", data=data).status_code == 404
    assert db.session.query(Score).count() == 0


def test_made_up_parts_change_nothing(bid, task, client, send):
    answer = client.post(f"/appraisals/{task.key}/autosave", data={"asked": ["1_9", "x", ""], "mark_1_9": "4"})
    assert answer.json["seen"] == {}
    assert db.session.query(Score).count() == 0
