"""Ways round the blindness and the second pair of eyes of an appraisal, each tried once, and shut."""

from datetime import timedelta

import pytest
import time_machine

from grants.appraisal import operations, queries
from grants.appraisal.appraisers.closing import close_bid
from grants.appraisal.appraisers.declaring import declare_year
from grants.appraisal.assigning.applying import apply
from grants.appraisal.assigning.giving_back import decline
from grants.appraisal.assigning.proposing import ask_for_proposal, make_proposal
from grants.appraisal.feedback.guarding import guard_of
from grants.appraisal.guards import Marked
from grants.appraisal.models import Conclusion
from grants.appraisal.ranking.asks import pots_of
from grants.bids.models import BidStatus
from grants.funds.assuming.typed import Unreadable, read_steps
from grants.funds.models import BudgetLine
from grants.funds.places.keeping import take_later_edition
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.messages.models import Message
from grants.people import operations as people
from grants.people.models import Appointment
from grants.people.roles import Role
from tests.dates import NOW, TODAY
from tests.factories import (
    give_scores,
    make_appraised_round,
    make_bid,
    make_council,
    make_person,
    make_task,
    moderate,
    second,
    sign_in,
)
from tests.funds.places.made import make_place_list
from tests.trust.test_embargo import CHANGES_EACH_TIME


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def bid(session):
    return make_bid(make_appraised_round(), status=BidStatus.APPRAISAL)


def agree(bid, mark, *, by, reason="The panel agreed.", version=0):
    place = bid.round.criteria[0], 1
    operations.agree_marks(bid, {place: Marked(mark, reason, version)}, by=by, at=NOW)
    db.session.flush()
    return place[0].id, 1


# --- Nobody scores with the others' marks before them


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.PROGRAMME_MANAGER])
def test_who_could_read_the_marks_of_a_bid_is_not_given_it_to_score(bid, role):
    manager, both = make_person(Role.PROGRAMME_MANAGER), make_person(Role.APPRAISER, role)
    give_scores(make_task(bid), 3, 3, 3)
    with pytest.raises(Refused, match="could read the marks"):
        operations.assign([bid], both, by=manager, at=NOW)
    unmarked = make_bid(bid.round, status=BidStatus.APPRAISAL)
    (task,) = operations.assign([unmarked], both, by=manager, at=NOW)
    give_scores(make_task(unmarked), 3, 3, 3)
    operations.end_assignment(task, reason="Ill.", by=manager, at=NOW)
    db.session.flush()
    assert operations.assign([unmarked], both, by=manager, at=NOW) == [task]


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.AUDITOR, Role.ADMINISTRATOR])
def test_nor_is_who_was_in_such_a_role_until_yesterday(bid, role):
    person = make_person(Role.APPRAISER)
    was = {"from_on": TODAY - timedelta(days=9), "until_on": TODAY - timedelta(days=1)}
    person.appointments.append(Appointment(role=role, council_id=None, appointed_by_id=None, **was))
    give_scores(make_task(bid), 3, 3, 3)
    with pytest.raises(Refused, match="could read the marks"):
        operations.assign([bid], person, by=make_person(Role.PROGRAMME_MANAGER), at=NOW)


def test_nor_is_a_moderator_of_one_day(bid):
    administrator, person = make_person(Role.ADMINISTRATOR), make_person(Role.APPRAISER)
    give_scores(make_task(bid), 3, 3, 3)
    of_a_day = people.appoint(person, Role.MODERATOR, council_id=None, by=administrator, on=TODAY)
    people.end_appointment(of_a_day, by=administrator, on=TODAY, at=NOW, reason="A mistake.")
    db.session.flush()
    assert person.roles_on(TODAY) == {Role.APPRAISER}
    with pytest.raises(Refused, match="could read the marks"):
        operations.assign([bid], person, by=make_person(Role.PROGRAMME_MANAGER), at=NOW)


def test_a_mark_that_was_taken_back_may_have_been_read(bid):
    both, task = make_person(Role.APPRAISER, Role.MODERATOR), give_scores(make_task(bid), 3, 3, 3, submitted=False)
    blank = {(score.criterion, score.part): Marked(None, "", score.version) for score in task.scores}
    operations.score(task, blank, by=task.person, at=NOW)
    db.session.flush()
    with pytest.raises(Refused, match="could read the marks"):
        operations.assign([bid], both, by=make_person(Role.PROGRAMME_MANAGER), at=NOW)


def test_nobody_reads_the_trail_between_being_given_a_bid_and_scoring_it(bid):
    administrator, manager = make_person(Role.ADMINISTRATOR), make_person(Role.PROGRAMME_MANAGER)
    person = make_person(Role.APPRAISER)
    task = make_task(bid, person)
    give_scores(make_task(bid), 3, 3, 3)
    people.end_appointment(person.appointments[0], by=administrator, on=TODAY, at=NOW, reason="Moves.")
    for role in (Role.AUDITOR, Role.ADMINISTRATOR):
        with pytest.raises(Refused, match="has a bid to score still"):
            people.appoint(person, role, council_id=None, by=administrator, on=TODAY)
    operations.end_assignment(task, reason="Moves.", by=manager, at=NOW)
    db.session.flush()
    auditor = people.appoint(person, Role.AUDITOR, council_id=None, by=administrator, on=TODAY)
    people.end_appointment(auditor, by=administrator, on=TODAY, at=NOW, reason="Back.")
    people.appoint(person, Role.APPRAISER, council_id=None, by=administrator, on=TODAY)
    with pytest.raises(Refused, match="could read the marks"):
        operations.assign([bid], person, by=manager, at=NOW)


def test_no_share_out_gives_a_marked_bid_to_who_could_read_the_marks(bid):
    manager, both = make_person(Role.PROGRAMME_MANAGER), make_person(Role.APPRAISER, Role.MODERATOR)
    declare_year(both, by=both, at=NOW)
    early, _ = ask_for_proposal(bid.round, each=2, by=manager, at=NOW)
    make_proposal(early, at=NOW, progress=lambda done, steps: None)
    assert [place.person for place in early.places] == [both]
    give_scores(make_task(bid), 3, 3, 3)
    assert apply(early, by=manager, at=NOW) == []
    assert "could read the marks" in next(iter(early.explanation["left_out"].values()))
    late, _ = ask_for_proposal(bid.round, each=2, by=manager, at=NOW)
    make_proposal(late, at=NOW, progress=lambda done, steps: None)
    assert late.places == []
    assert "1 who could read the marks" in late.explanation["short"][str(bid.id)]


def test_loads_of_appraisers_do_not_tell_who_scores_with_them_how_far_others_are(bid, client):
    both, other = make_person(Role.APPRAISER, Role.PROGRAMME_MANAGER), make_person(Role.APPRAISER)
    make_task(bid, both)
    theirs = make_task(bid, other)
    free = make_bid(bid.round, status=BidStatus.APPRAISAL)
    make_task(free, other)
    db.session.commit()
    sign_in(client, both)
    path = f"/appraisal/{bid.round.code}/appraisers"
    before = CHANGES_EACH_TIME.sub("", client.get(path).text)
    give_scores(theirs, 3, 3, 3)
    db.session.commit()
    assert CHANGES_EACH_TIME.sub("", client.get(path).text) == before


# --- A conflict, or a council of one's own, closes the bid


def test_who_comes_to_act_for_a_council_of_the_bid_has_no_task_on_it_any_more(bid, client):
    person = make_person(Role.APPRAISER)
    task, other = make_task(bid, person), make_task(make_bid(bid.round, status=BidStatus.APPRAISAL), person)
    sign_in(client, person)
    assert client.get(f"/appraisals/{task.key}").status_code == 200
    person.appointments.append(
        Appointment(role=Role.BID_AUTHOR, council_id=bid.lead_council_id, from_on=TODAY, until_on=None)
    )
    db.session.commit()
    for path in ("", "/declare", "/submit", "/flags", "/notes", "/bid.pdf", "/give-back"):
        assert client.get(f"/appraisals/{task.key}{path}").status_code == 404
    assert bid.reference not in client.get("/appraisals").text
    assert client.get(f"/appraisals/{other.key}").status_code == 200


CHANGES = {
    "nothing": lambda bid, manager, admin: None,
    "a conflict": lambda bid, manager, admin: close_bid(bid, manager, reason="Friend.", by=manager, at=NOW),
    "scores the bid": lambda bid, manager, admin: make_task(bid, manager),
    "another role": lambda bid, manager, admin: people.end_appointment(
        manager.appointments[0], by=admin, on=TODAY, at=NOW, reason="Moves."
    ),
    "left": lambda bid, manager, admin: people.disable(manager, by=admin, on=TODAY, at=NOW, reason="Leaves."),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_bid_given_back_is_told_to_who_gave_it_while_it_is_theirs_to_know(bid, change):
    manager, person = make_person(Role.PROGRAMME_MANAGER, Role.APPRAISER), make_person(Role.APPRAISER)
    (task,) = operations.assign([bid], person, by=manager, at=NOW)
    CHANGES[change](bid, manager, make_person(Role.ADMINISTRATOR))
    decline(task, reason="Too many.", by=person, at=NOW)
    db.session.flush()
    told = [one for one in db.session.query(Message).filter_by(person_id=manager.id) if bid.reference in one.body]
    assert bool(told) is (change == "nothing")


def test_a_year_that_a_closed_bid_alone_asks_for_is_no_column_of_the_ranking(bid):
    reader = make_person(Role.MODERATOR)
    db.session.query(BudgetLine).delete()
    bid.round.budget.clear()
    db.session.flush()
    assert pots_of(bid.round, queries.bids_judged_by_others(reader, TODAY)) != []
    close_bid(bid, reader, reason="Friend.", by=reader, at=NOW)
    assert pots_of(bid.round, queries.bids_judged_by_others(reader, TODAY)) == []


# --- Two people without a conflict


@pytest.mark.parametrize("which", ["first", "second"])
def test_a_mark_that_a_conflicted_moderator_agreed_needs_two_others(bid, which):
    first, other, third = (make_person(Role.MODERATOR) for _ in range(3))
    give_scores(make_task(bid), 3, 3, 3)
    place = agree(bid, 5, by=first)
    second(bid, by=other)
    gone, left = (first, other) if which == "first" else (other, first)
    close_bid(bid, gone, reason="Friend.", by=gone, at=NOW)
    db.session.flush()
    assert queries.judgement_of(bid).counted_part(place) == 3
    with pytest.raises(Refused, match="second person has not agreed"):
        operations.conclude_moderation(bid, by=left, at=NOW)
    if which == "first":
        with pytest.raises(Refused, match="has a conflict of interest"):
            second(bid, by=left)
        version = queries.agreed_marks(bid)[place].version
        agree(bid, 5, by=left, version=version)
    with pytest.raises(Refused, match="proposed this mark yourself"):
        second(bid, by=left)
    second(bid, by=third)
    assert queries.judgement_of(bid).counted_part(place) == 5


def test_a_moderated_bid_keeps_such_a_mark_until_two_others_have_agreed(bid):
    first, third = make_person(Role.MODERATOR), make_person(Role.MODERATOR)
    moderate(bid, 4, 4, 4, by=first)
    place = bid.round.criteria[0].id, 1
    close_bid(bid, first, reason="Friend.", by=first, at=NOW)
    db.session.flush()
    judgement = queries.judgement_of(bid)
    assert (judgement.counted_part(place), len(judgement.unsettled)) == (4, 3)
    agree(bid, 2, by=third, version=queries.agreed_marks(bid)[place].version)
    assert queries.judgement_of(bid).counted_part(place) == 4


def test_marks_are_agreed_anew_when_an_appraiser_is_taken_off_the_bid(bid):
    manager, moderator = make_person(Role.PROGRAMME_MANAGER), make_person(Role.MODERATOR)
    low = give_scores(make_task(bid), 1, 1, 1)
    give_scores(make_task(bid), 5, 5, 5)
    place = agree(bid, 3, by=moderator)
    second(bid)
    operations.end_assignment(low, reason="Left.", by=manager, at=NOW)
    db.session.flush()
    assert queries.judgement_of(bid).counted_part(place) == 5
    with pytest.raises(Refused, match="second person has not agreed"):
        operations.conclude_moderation(bid, by=moderator, at=NOW)


# --- What the council may not read, and what nobody can type


def test_why_means_were_kept_is_not_copied_into_feedback(bid):
    words = "The two appraisers read the flood report quite differently, we thought."
    person = make_person(Role.MODERATOR)
    db.session.add(Conclusion(bid=bid, kept_because=words, concluded_at=NOW, concluded_by=person))
    db.session.flush()
    assert [leak.passage for leak in guard_of(bid).leaks(f"Dear council. {words}")] == [words]


def test_a_year_of_a_discount_rate_has_no_thousands_of_digits():
    for until in ("0" * 9 + "9" * 20, "0" * 9 + "9" * 5000):
        with pytest.raises(Unreadable, match="200 at most"):
            read_steps(f"3.5 | 30\n3 | {until}\n2.5")


def test_nobody_gives_a_bid_that_is_closed_to_them_its_mark_from_a_list(bid):
    one, other, council = make_person(Role.PROGRAMME_MANAGER), make_person(Role.PROGRAMME_MANAGER), make_council()
    first = make_place_list({council: 1_00}, name="Places", edition="1")
    later = make_place_list({council: 1_00, bid.lead_council: 100_00}, name="Places", edition="2")
    criterion = bid.round.criteria[-1]
    criterion.looked_up, criterion.place_list = True, first
    close_bid(bid, one, reason="A friend leads it.", by=one, at=NOW)
    with pytest.raises(Refused, match="Somebody else has to take it"):
        take_later_edition(bid.round, first, later, reason="It bids too.", by=one, at=NOW)
    take_later_edition(bid.round, first, later, reason="It bids too.", by=other, at=NOW)
    assert criterion.place_list is later
