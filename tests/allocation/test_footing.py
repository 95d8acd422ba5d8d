"""A decision counts only while what it stands on is there: otherwise it is taken again before the announcement."""

from datetime import timedelta

import pytest

from grants.allocation import operations, queries
from grants.allocation.footing import Again
from grants.allocation.models import DecisionOutcome
from grants.appraisal import operations as appraisal
from grants.appraisal.appraisers.closing import close_bid
from grants.appraisal.appraisers.settling import note_looked_again
from grants.appraisal.gates import checking
from grants.appraisal.gates.queries import gate_results
from grants.appraisal.guards import Marked
from grants.appraisal.models import GateOutcome
from grants.appraisal.moderating.concluding import reopen_moderation
from grants.appraisal.operations import Finding
from grants.appraisal.queries import agreed_marks
from grants.audit.queries import trail
from grants.bids.models import BidStatus
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.people.roles import Role
from tests.factories import (
    NOW,
    give_scores,
    make_appraised_round,
    make_bid,
    make_decision,
    make_person,
    make_task,
    moderate,
    second,
    sign_in,
)

HOUR = timedelta(hours=1)
LATER = NOW + 30 * timedelta(days=1)


@pytest.fixture
def round(session):
    return make_appraised_round(closes_at=NOW + HOUR)


@pytest.fixture
def bid(round):
    return make_bid(round, status=BidStatus.APPRAISAL)


def conflict(bid, person, at=NOW + HOUR):
    close_bid(bid, person, reason="My wife leads the council.", by=person, at=at)
    db.session.flush()


def announce(bid):
    manager = make_person(Role.PROGRAMME_MANAGER)
    return operations.announce(bid.round, statement="Well done.", by=manager, at=LATER)


def refused(bid, why):
    """The announcement, and all that says beforehand whether it can be made."""
    decision = queries.decision_on(bid)
    db.session.refresh(decision)
    assert decision.again is why
    assert not queries.can_be_announced(bid.round)
    with pytest.raises(Refused, match=f"Not yet decided and confirmed: {bid.reference}"):
        announce(bid)
    return decision


def decide_again(bid, decision, **values):
    make_decision(bid, decision.outcome, reason=decision.reason, **{"by": decision.proposed_by, **values})
    db.session.refresh(decision)
    assert decision.again is None
    assert queries.can_be_announced(bid.round)
    announce(bid)


@pytest.mark.parametrize("who", ["proposer", "confirmer"])
def test_a_conflict_of_who_decided_undoes_the_decision(bid, who):
    one, two = make_person(Role.PROGRAMME_MANAGER), make_person(Role.PROGRAMME_MANAGER)
    make_decision(moderate(bid, 4, 4, 4), by=one, confirmed_by=two)
    conflict(bid, one if who == "proposer" else two)
    decide_again(bid, refused(bid, Again.CONFLICT), by=make_person(Role.PROGRAMME_MANAGER), at=NOW + 2 * HOUR)


def test_what_somebody_with_a_conflict_proposed_is_not_confirmed(bid):
    decision = make_decision(moderate(bid, 4, 4, 4), confirmed=False)
    conflict(bid, decision.proposed_by)
    with pytest.raises(Refused, match="has a conflict of interest with this bid"):
        operations.confirm(decision, by=make_person(Role.FINANCE_OFFICER), at=NOW + HOUR)


def test_a_conflict_of_who_confirmed_leaves_the_proposal(bid):
    decision = make_decision(moderate(bid, 4, 4, 4))
    conflict(bid, decision.confirmed_by)
    operations.reopen(decision, reason="A conflict.", by=make_person(Role.FINANCE_OFFICER))
    db.session.flush()
    operations.confirm(decision, by=make_person(Role.FINANCE_OFFICER), at=NOW + HOUR)
    db.session.flush()
    announce(bid)


def test_other_marks_agreed_since_undo_it_and_the_same_proposal_again_names_them(bid):
    one, two = make_person(Role.MODERATOR), make_person(Role.MODERATOR)
    decision = make_decision(moderate(bid, 5, 5, 5, by=one), at=NOW)
    known = agreed_marks(bid)
    worse = {(c, 1): Marked(0, "We erred.", known[c.id, 1].version) for c in bid.round.criteria}
    appraisal.agree_marks(bid, worse, by=two, at=NOW + HOUR)
    db.session.flush()
    refused(bid, Again.OPEN)
    with pytest.raises(Refused, match="has to be settled first"):
        make_decision(bid, DecisionOutcome.REJECT, at=NOW + HOUR)
    second(bid, by=one, at=NOW + HOUR)
    refused(bid, Again.CHANGED)
    decide_again(bid, decision, at=NOW + 2 * HOUR)
    db.session.commit()
    assert [event.verb for event in db.session.scalars(trail(decision))] == ["confirmed", "proposed"] * 2


def test_marks_that_wait_for_a_second_person_after_a_conflict_hold_the_announcement(bid):
    moderator = make_person(Role.MODERATOR)
    make_decision(moderate(bid, 4, 4, 4, by=moderator))
    conflict(bid, moderator)
    refused(bid, Again.OPEN)


def test_scores_set_aside_hold_it_until_they_are_looked_at_and_it_is_decided_again(bid):
    gone = make_person(Role.APPRAISER)
    task = give_scores(make_task(bid, gone), 5, 5, 5)
    give_scores(make_task(bid), 1, 1, 1)
    appraisal.conclude_moderation(bid, kept_because="Both are right in part.", by=make_person(Role.MODERATOR), at=NOW)
    decision = make_decision(bid)
    conflict(bid, gone)
    refused(bid, Again.OPEN)
    note_looked_again(task, reason="The other one stands.", by=make_person(Role.MODERATOR), at=NOW + HOUR)
    db.session.flush()
    refused(bid, Again.CHANGED)
    decide_again(bid, decision, at=NOW + 2 * HOUR)


def test_a_bid_without_any_mark_left_waits_until_marks_are_agreed(bid):
    only, one, two = make_person(Role.APPRAISER), make_person(Role.MODERATOR), make_person(Role.MODERATOR)
    task = give_scores(make_task(bid, only), 5, 5, 5)
    appraisal.conclude_moderation(bid, kept_because="One is enough here.", by=one, at=NOW)
    decision = make_decision(bid)
    conflict(bid, only)
    with pytest.raises(Refused, match="No marks are left"):
        note_looked_again(task, reason="Nothing to do.", by=one, at=NOW + HOUR)
    agreed = {(criterion, 1): Marked(3, "As it reads.") for criterion in bid.round.criteria}
    appraisal.agree_marks(bid, agreed, by=one, at=NOW + HOUR)
    second(bid, by=two, at=NOW + HOUR)
    note_looked_again(task, reason="Agreed anew.", by=one, at=NOW + HOUR)
    db.session.flush()
    refused(bid, Again.CHANGED)
    decide_again(bid, decision, at=NOW + 2 * HOUR)


def test_a_conflict_of_who_kept_the_means_alone_undoes_it(bid):
    moderator = make_person(Role.MODERATOR)
    give_scores(make_task(bid), 5, 5, 5)
    appraisal.conclude_moderation(bid, kept_because="One is enough here.", by=moderator, at=NOW)
    make_decision(bid)
    conflict(bid, moderator)
    refused(bid, Again.OPEN)
    other = make_person(Role.MODERATOR)
    reopen_moderation(bid, reason="A cousin kept them.", by=other, at=NOW + HOUR)
    appraisal.conclude_moderation(bid, kept_because="It is.", by=other, at=NOW + HOUR)
    decide_again(bid, refused(bid, Again.CHANGED), at=NOW + 2 * HOUR)


def test_a_conflict_of_somebody_without_a_hand_in_it_undoes_nothing(bid):
    make_decision(moderate(bid, 4, 4, 4))
    conflict(bid, make_person(Role.MODERATOR))
    announce(bid)


def test_the_pages_say_that_a_bid_is_to_be_settled_before_it_is_decided(bid, client):
    moderator = make_person(Role.MODERATOR)
    conflict(moderate(bid, 4, 4, 4, by=moderator), moderator)
    db.session.commit()
    sign_in(client, make_person(Role.PROGRAMME_MANAGER))
    page = f"/decisions/{bid.round.code}"
    assert "The check or the moderation has to be settled first" in client.get(page).text
    shown = client.get(f"{page}/{bid.key}").text
    assert "has to be settled first" in shown
    assert f"{bid.key}/propose" not in shown


def test_a_rejection_of_an_ineligible_bid_does_not_outlive_its_check(round):
    bid = make_bid(round)
    one, two, three = (make_person(Role.ELIGIBILITY_CHECKER) for _ in range(3))
    eligible, gateway = round.gates
    checking.check(bid, {eligible: Finding(GateOutcome.FAIL, "No council.")}, by=one, at=NOW)
    db.session.flush()
    [result] = gate_results(bid).values()
    checking.agree_fail(result, version_seen=result.version, by=two, at=NOW)
    db.session.flush()
    checking.conclude_eligibility(bid, by=two, at=NOW)
    decision = make_decision(bid, DecisionOutcome.REJECT)
    assert queries.can_be_announced(round)
    conflict(bid, one)
    refused(bid, Again.OPEN)  # the fail counts no more
    checking.reopen_eligibility(bid, by=three, at=NOW + HOUR)
    db.session.flush()
    refused(bid, Again.OPEN)
    [result] = gate_results(bid).values()
    passed = {eligible: Finding(GateOutcome.PASS, "", result.version), gateway: Finding(GateOutcome.PASS)}
    checking.check(bid, passed, by=three, at=NOW + HOUR)
    db.session.flush()
    checking.conclude_eligibility(bid, by=three, at=NOW + HOUR)
    refused(bid, Again.OPEN)
    moderate(bid, 5, 5, 5, at=NOW + HOUR)
    refused(bid, Again.CHANGED)
    decide_again(bid, decision, at=NOW + 2 * HOUR)


def test_what_comes_after_the_announcement_undoes_nothing(bid):
    decision = make_decision(moderate(bid, 4, 4, 4))
    announce(bid)
    conflict(bid, decision.proposed_by, at=LATER + HOUR)
    db.session.refresh(decision)
    assert decision.again is None
    assert queries.progress([bid.round_id])[bid.round_id].confirmed == 1


def test_the_refusal_names_no_bid_that_is_closed_to_who_announces(bid):
    decision = make_decision(moderate(bid, 4, 4, 4))
    conflict(bid, decision.proposed_by)
    with pytest.raises(Refused, match="Not yet decided and confirmed: what is closed to you"):
        operations.announce(bid.round, statement="Well done.", by=decision.proposed_by, at=LATER)


def test_the_pages_say_why_it_is_taken_again_and_offer_to(bid, client):
    decision = make_decision(moderate(bid, 4, 4, 4))
    conflict(bid, decision.proposed_by)
    db.session.commit()
    page, key = f"/decisions/{bid.round.code}", bid.key
    sign_in(client, make_person(Role.FINANCE_OFFICER))
    assert "Confirm this decision" not in client.get(f"{page}/{key}").text
    sign_in(client, make_person(Role.PROGRAMME_MANAGER))
    assert "Decisions to take again" in client.get("/").text
    listed = client.get(page).text
    assert "0 of 1 decisions confirmed, 0 to confirm, 1 to take again." in listed
    assert "to take again" in listed
    for shown in (listed, client.get(f"{page}/{key}").text):
        assert "Who proposed or confirmed the decision has a conflict of interest with this bid." in shown
    assert "Decide again" in client.get(f"{page}/{key}").text
    name = f"pence_{bid.projects[0].key}_2026_capital"
    said = {"outcome": "fund", "reason": "Best value.", "version": str(decision.version), name: "500000"}
    assert client.post(f"{page}/{key}/propose", data=said).status_code == 302
    assert "Decisions to take again" not in client.get("/").text
    assert "again" not in client.get(f"{page}/{key}").text
    sign_in(client, make_person(Role.FINANCE_OFFICER))
    assert "Confirm this decision" in client.get(f"{page}/{key}").text
