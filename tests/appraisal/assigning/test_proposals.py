"""A share-out of a round: who is in it, what it says for itself, and what is left when things have changed."""

import pytest
from sqlalchemy import select

from grants.appraisal.appraisers.closing import close_bid
from grants.appraisal.appraisers.conflicts import proposed as conflicts
from grants.appraisal.appraisers.settling import clear_conflict
from grants.appraisal.assigning.applying import apply
from grants.appraisal.assigning.proposing import ask_for_proposal, discard
from grants.appraisal.models import (
    AppraiserProfile,
    Assignment,
    BidTag,
    Interest,
    InterestKind,
    ProposalState,
    ProposedPlace,
    Tag,
    YearlyDeclaration,
)
from grants.audit.models import AuditEvent
from grants.bids.models import BidStatus
from grants.kernel.db import Json, db
from grants.kernel.errors import Refused
from grants.messages.models import Message
from grants.people.roles import Role
from tests.appraisal.test_many import counted, fill
from tests.dates import NOW
from tests.factories import give_scores, made, make_bid, make_council, make_person, make_task, moderate


def pairs(proposal):
    return {(place.bid_id, place.person_id) for place in db.session.query(ProposedPlace).filter_by(proposal=proposal)}


def on_it(bid):
    tasks = db.session.scalars(select(Assignment).where(Assignment.bid_id == bid.id, Assignment.ended_at.is_(None)))
    return {task.person.name for task in tasks if not task.conflicted}


def loads(proposal):
    people = [person for _, person in pairs(proposal)]
    return sorted(people.count(person) for person in set(people))


def knows(person, *, regions=(), skills=(), most=None):
    return made(
        AppraiserProfile(
            person_id=person.id, regions=Json({"regions": [*regions]}), skills=Json({"skills": [*skills]}),
            most_bids=most,
        )
    )  # fmt: skip


# --- Making


def test_each_bid_gets_as_many_as_asked_and_each_person_about_as_many_as_the_others(bids, people, proposed):
    proposal = proposed(each=2)
    assert len(pairs(proposal)) == 6
    assert {bid for bid, _ in pairs(proposal)} == {bid.id for bid in bids}
    assert loads(proposal) == [1, 1, 2, 2]
    assert proposal.state is ProposalState.READY
    assert not db.session.query(Assignment).count()


def test_what_is_given_already_counts_and_stays(bids, people, proposed):
    ann = people[0]
    for bid in bids[:2]:
        make_task(bid, ann)
    proposal = proposed(each=2)
    assert len(pairs(proposal)) == 4
    assert (bids[2].id, ann.id) not in pairs(proposal)
    assert loads(proposal) == [1, 1, 2]


def test_nobody_with_a_conflict_on_record_or_proposed_or_a_lapsed_declaration_is_proposed(bids, people, proposed):
    ann, ben, cat, dan = people
    (bid, *_) = bids
    close_bid(bid, ann, reason="My sister.", by=ann, at=NOW)
    made(Interest(person=ben, council=bid.lead_council, kind=InterestKind.CLIENT, declared_at=NOW))
    db.session.query(YearlyDeclaration).filter_by(person_id=dan.id).delete()
    proposal = proposed(each=2)
    assert {person for at, person in pairs(proposal) if at == bid.id} == {cat.id}
    assert dan.id not in {person for _, person in pairs(proposal)}
    assert proposal.explanation["short"] == {
        str(bid.id): "Lacks 1. Of 4 appraisers: 1 with a conflict of interest on record (Ann), 1 with a proposed "
        "conflict that nobody has settled (Ben), 1 without a declaration for this year (Dan), "
        "1 given it in this proposal."
    }


def test_nobody_is_given_back_what_he_or_she_gave_back(bids, people, proposed, manager):
    task = make_task(bids[0], people[0])
    task.ended_at = NOW
    assert (bids[0].id, people[0].id) not in pairs(proposed(each=3))


def test_nobody_gets_more_than_he_or_she_takes_on(bids, people, proposed):
    knows(people[0], most=1)
    make_task(bids[0], people[0])
    knows(people[1], most=0)
    proposal = proposed(each=3)
    assert {person for _, person in pairs(proposal)} == {people[2].id, people[3].id}
    said = "Lacks 1. Of 4 appraisers: 2 with as many bids as they take on (Ann, Ben), 2 given it in this proposal."
    assert proposal.explanation["short"] == dict.fromkeys((str(bid.id) for bid in bids[1:]), said)


def test_it_says_why_the_others_were_not_chosen(bids, people, proposed, manager):
    ann, ben, cat, dan = people
    (bid, *_) = bids
    make_task(bid, ann)
    made(Interest(person=ben, council=bid.lead_council, kind=InterestKind.CLIENT, declared_at=NOW))
    knows(cat, most=0)
    proposal = proposed(each=2)
    assert pairs(proposal) & {(bid.id, person.id) for person in people} == {(bid.id, dan.id)}
    assert proposal.explanation["others"][str(bid.id)] == (
        "Not chosen: 1 with a proposed conflict that nobody has settled (Ben), "
        "1 with as many bids as they take on (Cat)."
    )
    (ground,) = conflicts([ben.id], [bid.id])[ben.id, bid.id]
    clear_conflict(bid, ben, seen=[ground.key], reason="Long ago.", by=manager, at=NOW)
    knows(dan, most=0)
    again = proposed(each=2)
    why = next(place.why for place in again.places if (place.bid_id, place.person_id) == (bid.id, ben.id))
    assert why == "A proposed conflict was found to be none."
    others = again.explanation["others"][str(bid.id)]
    assert others == "Not chosen: 2 with as many bids as they take on (Cat, Dan)."


def test_people_get_the_region_and_the_skills_that_they_know_and_the_proposal_says_so(round_, people, proposed):
    far = make_bid(round_, status=BidStatus.APPRAISAL, lead=make_council(region="London"))
    dug = make_bid(round_, status=BidStatus.APPRAISAL)
    tag = made(Tag(round=round_, name="ground conditions and remediation"))
    made(BidTag(tag=tag, bid_id=dug.id, added_at=NOW, added_by_id=people[0].id))
    knows(people[2], regions=["London"])
    knows(people[3], skills=["remediation"])
    proposal = proposed(each=1)
    assert pairs(proposal) == {(far.id, people[2].id), (dug.id, people[3].id)}
    assert [place.why for place in sorted(proposal.places, key=lambda place: place.bid_id)] == [
        "Knows well: London. No conflict found.",
        "Knows well: Ground conditions and remediation. No conflict found.",
    ]


def test_bids_out_of_appraisal_or_being_moderated_or_closed_to_the_asker_are_left_alone(
    round_, bids, people, proposed, manager
):
    moderate(make_bid(round_, status=BidStatus.APPRAISAL), 3, 3, 3)
    make_bid(round_)
    close_bid(bids[0], manager, reason="My council.", by=manager, at=NOW)
    proposal = proposed(each=1)
    assert {bid for bid, _ in pairs(proposal)} == {bids[1].id, bids[2].id}


def test_asking_anew_discards_what_was_not_applied(bids, people, proposed):
    first, second = proposed(), proposed()
    assert (first.state, second.state) == (ProposalState.DISCARDED, ProposalState.READY)
    with pytest.raises(Refused):
        apply(first, by=make_person(Role.PROGRAMME_MANAGER), at=NOW)


@pytest.mark.parametrize("each", [0, 7])
def test_a_number_of_appraisers_that_no_bid_can_have_is_refused(round_, manager, each):
    with pytest.raises(Refused):
        ask_for_proposal(round_, each=each, by=manager, at=NOW)


# --- Applying


def test_applied_it_gives_the_bids_and_tells_each_person_once(bids, people, proposed, manager):
    proposal = proposed(each=4)
    apply(proposal, by=manager, at=NOW, address_of_page="https://grants.example/appraisals")
    db.session.commit()
    assert all(on_it(bid) == {"Ann", "Ben", "Cat", "Dan"} for bid in bids)
    mails = db.session.scalars(select(Message).where(Message.subject.contains("to appraise"))).all()
    assert sorted(mail.to for mail in mails) == sorted(person.email for person in people)
    assert {mail.subject for mail in mails} == {"You have 3 bids to appraise"}
    assert all(bid.reference not in mail.body and bid.title not in mail.body for mail in mails for bid in bids)
    noted = db.session.scalars(select(AuditEvent).where(AuditEvent.verb == "assigned")).all()
    assert {event.subject_type for event in noted} == {"assignment"}
    assert len(noted) == 12
    with pytest.raises(Refused):
        apply(proposal, by=manager, at=NOW)
    with pytest.raises(Refused):
        discard(proposal, by=manager, at=NOW)


def test_what_has_changed_meanwhile_is_left_out_and_named(round_, people, proposed, manager):
    bids = [make_bid(round_, status=BidStatus.APPRAISAL) for _ in range(6)]
    ann, ben, _, dan = people
    proposal = proposed(each=4)
    gone, done, torn, filled, tied, whole = bids
    gone.status = BidStatus.WITHDRAWN
    give_scores(make_task(done, dan), 3, 3, 3)
    close_bid(torn, ann, reason="My sister.", by=ann, at=NOW)
    for _ in range(3):
        make_task(filled)
    made(Interest(person=ben, council=tied.lead_council, kind=InterestKind.CLIENT, declared_at=NOW))
    apply(proposal, by=manager, at=NOW)
    out = {
        (place.bid, place.person): proposal.explanation["left_out"][str(place.id)]
        for place in proposal.places
        if str(place.id) in proposal.explanation["left_out"]
    }
    assert {out[gone, person] for person in people} == {"The bid takes no more appraisers."}
    assert out[done, dan] == "Dan has been given it since."
    assert out[torn, ann] == "Ann has a conflict of interest by now."
    assert out[tied, ben] == "Ben may have a conflict of interest by now: settle that first."
    assert [why for (bid, _), why in out.items() if bid is filled] == ["The bid has enough appraisers by now."] * 3
    assert len(out) == 10
    assert on_it(whole) == {"Ann", "Ben", "Cat", "Dan"}
    assert on_it(torn) == {"Ben", "Cat", "Dan"}
    assert on_it(gone) == set()


def test_somebody_who_takes_on_less_by_now_gets_no_more_than_that(bids, people, proposed, manager):
    proposal = proposed(each=4)
    knows(people[0], most=1)
    apply(proposal, by=manager, at=NOW)
    assert db.session.query(Assignment).filter_by(person_id=people[0].id).count() == 1
    assert len(proposal.explanation["left_out"]) == 2


# --- Dropping out


def test_when_one_drops_out_only_his_or_her_unscored_bids_move(bids, people, proposed, manager):
    ann, ben, cat, dan = people
    for bid in bids:
        make_task(bid, ann)
        make_task(bid, ben)
    give_scores(db.session.query(Assignment).filter_by(bid_id=bids[0].id, person_id=ann.id).one(), 3, 3, 3)
    before = {task.id: task.version for task in db.session.query(Assignment).filter_by(person_id=ben.id)}
    proposal = proposed(of=ann)
    assert {bid for bid, _ in pairs(proposal)} == {bids[1].id, bids[2].id}
    assert {person for _, person in pairs(proposal)} == {cat.id, dan.id}
    apply(proposal, by=manager, at=NOW)
    db.session.commit()
    assert on_it(bids[0]) == {"Ann", "Ben"}
    assert on_it(bids[1]) | on_it(bids[2]) == {"Ben", "Cat", "Dan"}
    assert "Ann" not in on_it(bids[1]) | on_it(bids[2])
    assert before == {task.id: task.version for task in db.session.query(Assignment).filter_by(person_id=ben.id)}


def test_a_bid_that_was_scored_meanwhile_does_not_move(bids, people, proposed, manager):
    task = make_task(bids[0], people[0])
    proposal = proposed(of=people[0])
    give_scores(task, 3, 3, 3)
    apply(proposal, by=manager, at=NOW)
    assert on_it(bids[0]) == {"Ann"}
    assert list(proposal.explanation["left_out"].values()) == ["The bid need no longer change hands."]


def test_a_bid_for_which_nobody_is_found_stays_where_it_is(bids, manager, proposed):
    task = make_task(bids[0])
    proposal = proposed(of=task.person)
    assert proposal.explanation["short"] == {str(bids[0].id): "Nobody else is an appraiser."}
    apply(proposal, by=manager, at=NOW)
    assert on_it(bids[0]) == {task.person.name}


# --- Many


def test_a_round_is_read_and_given_in_as_many_queries_however_large_it_is(round_, people, proposed, manager):
    said = []
    for number in (3, 60):
        fill(round_, number, BidStatus.APPRAISAL, person=people[0])
        with counted() as making:
            proposal = proposed(each=3)
        with counted() as applying:
            apply(proposal, by=manager, at=NOW)
        said.append((len(making), len(applying)))
        db.session.commit()
    assert said[0] == said[1], said
    assert max(said[0]) < 60
