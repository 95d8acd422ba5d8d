"""Words of people who may know marks, for those who may not yet: whatever the way they take, no mark goes with them."""

import pytest

from grants.appraisal.assigning.giving_back import decline
from grants.appraisal.models import FlagKind
from grants.appraisal.panels.holding import Called, call_meeting
from grants.appraisal.remarks.flagging import Remark, raise_flag, settle
from grants.appraisal.remarks.tagging import put_tag
from grants.bids.models import BidStatus, ClarifiedAnswer
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.people.roles import Role
from tests.appraisal.gates.test_valuing import value
from tests.bids.test_clarifications import LATER, ask
from tests.factories import NOW, make_appraised_round, make_bid, make_person, make_task, sign_in

SAID = "Others gave it 4 out of 5."


def by_giving_back(bid, words, by):
    task = make_task(bid)
    decline(task, reason=words, by=task.person, at=NOW)


def by_calling(bid, words, by):
    call_meeting(bid.round, Called(words, LATER, "", [by], by), address="", by=by, at=NOW)


def by_settling(bid, words, by):
    flag = raise_flag(bid, Remark(FlagKind.CONCERN, "Is the land theirs?"), by=by, at=NOW)
    db.session.flush()
    settle(flag, words, version_seen=flag.version, by=by, at=NOW)


WAYS = {
    "what a meeting is called": by_calling,
    "why a bid is given back": by_giving_back,
    "what came of a flag": by_settling,
    "why a project is judged otherwise": lambda bid, words, by: value(bid.projects[0], 900_00, by=by, reason=words),
    "a tag": lambda bid, words, by: put_tag([bid], words, by=by, at=NOW),
    "what the council is asked": lambda bid, words, by: ask(bid, "problem", by=by, note=words),
}


@pytest.mark.parametrize("way", WAYS)
def test_no_way_takes_a_mark_along_and_each_takes_other_words(session, way):
    bid = make_bid(make_appraised_round(), status=BidStatus.APPRAISAL)
    person = make_person(Role.MODERATOR, Role.ELIGIBILITY_CHECKER)
    with pytest.raises(Refused, match="Write no mark or rank here"):
        WAYS[way](bid, SAID, person)
    WAYS[way](bid, "Three of the five sites are new.", person)


def test_who_asks_the_council_is_told_so_beside_the_question_and_keeps_what_was_typed(session, client):
    bid = make_bid(make_appraised_round(), status=BidStatus.APPRAISAL)
    sign_in(client, make_person(Role.PROGRAMME_MANAGER))
    page = f"/bids/{bid.key}/clarifications/ask?question=need.problem"
    due = {f"due_on-{part}": str(getattr(LATER, part)) for part in ("day", "month", "year")}
    shown = client.post(page, data={"unclear_0": SAID, **due}).text
    assert 'id="unclear_0-error"' in shown
    assert "reads like a mark" in shown
    assert f"{SAID}</textarea>" in shown
    assert db.session.query(ClarifiedAnswer).count() == 0
