"""The pages of those who score and of those who keep them."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from grants.appraisal.appraisers.closing import close_bid
from grants.appraisal.models import AssignmentState, ClearedConflict, Interest, InterestKind, YearlyDeclaration
from grants.audit.models import AuditEvent
from grants.bids import operations as bids
from grants.bids.models import Bid, BidStatus, Conflict
from grants.kernel.db import db
from grants.messages.models import Message
from grants.people import operations as people
from grants.people.roles import Role
from tests.appraisal.test_many import counted, fill
from tests.dates import NOW, TODAY
from tests.factories import (
    give_scores,
    make_appraised_round,
    make_bid,
    make_council,
    make_partnership,
    make_person,
    make_task,
    sign_in,
)


@pytest.fixture
def entered(app):
    def make(person):
        client = app.test_client()
        sign_in(client, person)
        return client

    return make


def lapse(person):
    db.session.query(YearlyDeclaration).filter_by(person_id=person.id).delete()
    db.session.commit()


# --- The yearly declaration


def test_no_bid_opens_before_the_declaration_of_the_year(appraiser, bid, entered):
    task, foreign = make_task(bid, appraiser), make_task(bid)
    lapse(appraiser)
    client = entered(appraiser)
    for path in ("", "/declare", "/submit", "/bid.pdf", "/conflict", "/give-back"):
        assert client.get(f"/appraisals/{task.key}{path}").location == "/interests", path
        assert client.get(f"/appraisals/{foreign.key}{path}").status_code == 404, path
    assert client.post(f"/appraisals/{task.key}/submit").location == "/interests"
    page = client.get("/appraisals", follow_redirects=True)
    assert bid.title in page.text
    assert "Your declaration of interests for" in client.get("/").text
    refused = client.post("/interests", data={})
    assert "Tick the box if the interests are complete." in refused.text
    assert client.post("/interests", data={"complete": "y"}).location == "/appraisals"
    assert client.get(f"/appraisals/{task.key}").status_code == 200
    assert "Your declaration of interests for" not in client.get("/").text


def test_a_declaration_lapses_at_the_turn_of_the_financial_year(appraiser, bid, entered, now):
    task = make_task(bid, appraiser)
    client = entered(appraiser)
    assert client.get(f"/appraisals/{task.key}").status_code == 200
    now.move_to(NOW.replace(year=NOW.year + 1))
    client = entered(appraiser)
    assert client.get(f"/appraisals/{task.key}").location == "/interests"


# --- Interests


def test_an_interest_is_declared_by_name_and_a_wrong_one_is_answered_at_its_field(appraiser, bid, entered):
    task, client = make_task(bid, appraiser), entered(appraiser)
    typed = {"kind": "family", "council": "Nowhere at All Council", "note": "My <b>sister</b>"}
    page = client.post("/interests/new", data=typed)
    assert "We know no council called" in page.text
    assert "Nowhere at All Council" in page.text
    assert "My &lt;b&gt;sister&lt;/b&gt;" in page.text
    assert db.session.query(Interest).count() == 0
    answer = client.post("/interests/new", data={**typed, "council": bid.lead_council.code}, follow_redirects=True)
    assert "One bid that was with you is closed because of it." in answer.text
    assert client.get(f"/appraisals/{task.key}").status_code == 404
    assert bid.title not in client.get("/appraisals").text


def test_a_council_typed_as_a_body_is_sent_to_its_own_field(appraiser, bid, entered):
    page = entered(appraiser).post("/interests/new", data={"kind": "client", "body": bid.lead_council.name})
    assert "is a council: enter it as one." in page.text


def test_who_names_neither_a_council_nor_a_body_is_asked_for_one_and_not_told_of_both(appraiser, bid, entered):
    client = entered(appraiser)
    shown = client.post("/interests/new", data={"kind": "client"}).text
    assert "Enter a council or another body." in shown
    assert "not both" not in shown
    both = {"kind": "client", "council": bid.lead_council.name, "body": "Some Homes Ltd"}
    assert "and not both" in client.post("/interests/new", data=both).text


def test_nobody_ends_the_interest_of_another(appraiser, bid, tie, entered):
    theirs = tie(make_person(Role.APPRAISER), bid.lead_council)
    days = {"until_on-day": "1", "until_on-month": "5", "until_on-year": "2020"}
    assert entered(appraiser).post(f"/interests/{theirs.key}/end", data=days).status_code == 404
    assert db.session.get(Interest, theirs.id, populate_existing=True).until_on is None
    mine = tie(appraiser, bid.lead_council)
    client = entered(appraiser)
    assert client.post(f"/interests/{mine.key}/end", data=days).status_code == 302
    assert "1 May 2020" in client.get("/interests").text


@pytest.mark.parametrize("why", ["conflict", "appraises"])
def test_an_interest_noted_by_an_outsider_closes_no_bid_and_tells_of_none(bid, manager, entered, why):
    outsider = make_person(Role.PROGRAMME_MANAGER, Role.APPRAISER)
    if why == "conflict":
        close_bid(bid, outsider, reason="Lives there.", by=manager, at=NOW)
    else:
        make_task(bid, outsider)
    task = give_scores(make_task(bid), 1, 1, 1)
    told = {"kind": "family", "council": bid.lead_council.name, "note": "As I hear."}
    path = f"/appraisers/{task.person.key}/interests"
    said = entered(outsider).post(path, data=told, follow_redirects=True).text
    assert "The interest is on record." in said
    assert "closed because of it" not in said
    assert not task.conflicted
    assert task.person.name in entered(manager).get(f"/appraisal/{bid.round.code}/conflicts?given=yes").text


def test_an_interest_noted_by_a_colleague_closes_the_bid(bid, manager, entered):
    task = give_scores(make_task(bid), 1, 1, 1)
    told = {"kind": "family", "council": bid.lead_council.name, "note": "As she told me."}
    said = entered(manager).post(f"/appraisers/{task.person.key}/interests", data=told, follow_redirects=True).text
    assert "One bid that was with this appraiser is closed because of it." in said
    assert task.conflicted


def test_two_who_change_a_profile_are_told(appraiser, manager, entered):
    for client, path, code in (
        (entered(appraiser), "/interests/profile", 302),
        (entered(manager), f"/appraisers/{appraiser.key}/profile", 200),
    ):
        answer = client.post(path, data={"skills": ["housing"], "regions": ["London"], "version": "0"})
        assert answer.status_code == code
    assert "Somebody else changed this" in answer.text
    again = {"skills": ["planning"], "version": re.search(r'name="version"[^>]*value="(\d+)"', answer.text)[1]}
    assert client.post(path, data=again).status_code == 302
    assert "Planning" in client.get("/appraisers").text


def test_an_interest_entered_by_mistake_is_taken_back_by_the_programme(appraiser, manager, bid, tie, entered):
    interest, client = tie(appraiser, bid.lead_council), entered(manager)
    assert "Used to work for it" in client.get(f"/appraisers/{appraiser.key}/interests").text
    path = f"/appraisers/{appraiser.key}/interests/{interest.key}"
    assert "Give a reason." in client.post(f"{path}/take-back").text
    assert client.post(f"{path}/take-back", data={"reason": "A slip."}).status_code == 302
    assert "Taken back on" in client.get(f"/appraisers/{appraiser.key}").text
    assert client.get(f"{path}/end").status_code == 404
    assert entered(appraiser).post(f"{path}/take-back", data={"reason": "Mine."}).status_code == 403


# --- The programme manager's pages


def test_the_list_of_appraisers_says_who_is_late_and_who_has_not_declared(appraiser, manager, bid, entered, now):
    make_task(bid, appraiser)
    idle = make_person(Role.APPRAISER, name="Ida Idle")
    lapse(idle)
    client = entered(manager)
    every = client.get("/appraisers").text
    assert appraiser.name in every
    assert "Ida Idle" in every
    assert "Overdue" not in every
    lapsed = client.get("/appraisers?show=lapsed").text
    assert (appraiser.name in lapsed, "Ida Idle" in lapsed) == (False, True)
    now.shift(timedelta(days=15))
    late = entered(manager).get("/appraisers?show=overdue").text
    assert (appraiser.name in late, "Ida Idle" in late, "Overdue" in late) == (True, False, True)


def test_a_manager_who_scores_a_bid_learns_nothing_of_who_else_does(appraiser, bid, entered):
    both = make_person(Role.PROGRAMME_MANAGER, Role.APPRAISER)
    make_task(bid, both)
    give_scores(make_task(bid, appraiser), 3, 3, 3)
    client = entered(both)
    page = client.get(f"/appraisers/{appraiser.key}").text
    assert bid.reference not in page
    row = re.search(rf"{appraiser.name}.*?</tr>", client.get("/appraisers").text, re.DOTALL)[0]
    assert re.findall(r"grants-number\">(\w[\w ]*)<", row) == ["0", "0", "No limit"]


def test_proposed_conflicts_of_a_round_are_listed_with_their_grounds_and_settled(appraiser, manager, bid, tie, entered):
    task = make_task(bid, appraiser)
    tie(appraiser, bid.lead_council, InterestKind.PAST_EMPLOYER)
    near, other = make_council("Near Council"), make_person(Role.MODERATOR, name="Una Other")
    make_partnership(bid.lead_council, near)
    tie(other, near)
    client, path = entered(manager), f"/appraisal/{bid.round.code}/conflicts"
    page = client.get(path).text
    assert f"Used to work for {bid.lead_council.name}." in page
    assert "Una Other" in page
    assert "Una Other" not in client.get(f"{path}?given=yes").text
    said = f"Appraisers with a proposed conflict in {bid.round.name}</a>"
    assert re.search(rf'href="{path}\?given=yes"[^>]*>{said}.*?>\s*1\s*<', client.get("/").text, re.DOTALL)
    assert appraiser.name not in client.get(f"{path}?kind=neighbour").text
    assert "No proposed conflict" in client.get(f"{path}?words=%25").text
    one = f"{path}/{bid.key}/{appraiser.key}"
    assert "Give a reason." in client.post(one, data={"answer": "confirm"}).text
    said = client.post(one, data={"answer": "confirm", "reason": "Left in May."}, follow_redirects=True).text
    assert f"{bid.reference} is closed to {appraiser.name}." in said
    assert "with a proposed conflict" not in client.get("/").text
    assert "Left in May." in client.get(f"{path}/on-record").text
    assert entered(appraiser).get(f"/appraisals/{task.key}").status_code == 404
    two = f"{path}/{bid.key}/{other.key}"
    seen = re.findall(r'name="seen" value="([^"]+)"', client.get(two).text)
    stale = client.post(two, data={"answer": "clear", "reason": "Far away.", "seen": ["council-i9-9"]})
    assert "The grounds have changed" in stale.text
    client.post(two, data={"answer": "clear", "reason": "Far away.", "seen": seen})
    assert "No proposed conflict waits" in client.get(path).text
    assert db.session.query(ClearedConflict).one().reason == "Far away."
    assert f"{path}/cleared" in client.get(path).text
    cleared = client.get(f"{path}/cleared").text
    assert all(words in cleared for words in ("Una Other", bid.reference, "Far away.", manager.name))
    client.post(two, data={"answer": "confirm", "reason": "After all."})
    assert "Far away." not in client.get(f"{path}/cleared").text


def test_a_conflict_that_no_record_shows_is_put_on_record(manager, bid, entered):
    moderator = make_person(Role.MODERATOR, name="Una Other")
    client, path = entered(manager), f"/appraisal/{bid.round.code}/conflicts"
    assert f"{path}/known" in client.get(path).text
    asked = f"{path}/known?person={moderator.key}&reference="
    wrong = client.get(f"{asked}%3Cb%3ELRF").text
    assert "No bid of this round has this reference." in wrong
    assert 'value="&lt;b&gt;LRF"' in wrong
    assert "Choose a person." in client.get(f"{path}/known?person=&reference={bid.reference}").text
    one = client.get(f"{asked}{bid.reference.lower()}").location
    page = client.get(one).text
    assert "No record shows any." in page
    assert "this person may judge the bid" not in page
    assert "Give a reason." in client.post(one, data={"answer": "confirm"}).text
    client.post(one, data={"answer": "confirm", "reason": "Owns the field next door."})
    assert "Owns the field next door." in client.get(f"{path}/on-record").text
    assert entered(moderator).get(f"/moderation/{bid.key}").status_code == 404


@pytest.mark.parametrize("role", [Role.FINANCE_OFFICER, Role.PROGRAMME_MANAGER, Role.ELIGIBILITY_CHECKER])
def test_so_is_one_of_those_who_check_or_decide(manager, bid, entered, role):
    person, client = make_person(role, name="Una Other"), entered(manager)
    path = f"/appraisal/{bid.round.code}/conflicts"
    assert ">Una Other<" in client.get(f"{path}/known").text
    client.post(f"{path}/{bid.key}/{person.key}", data={"answer": "confirm", "reason": "Leads the council."})
    assert db.session.query(Conflict).one().person_id == person.id


@pytest.mark.parametrize("how", ["role ended", "account disabled"])
def test_so_is_one_of_who_has_left_and_the_score_is_set_aside(manager, appraiser, bid, entered, how):
    administrator, task = make_person(Role.ADMINISTRATOR), give_scores(make_task(bid, appraiser), 3, 3, 3)
    bids.move(bid, BidStatus.MODERATED, by=None)
    if how == "role ended":
        people.end_appointment(appraiser.appointments[0], by=administrator, on=TODAY, at=NOW, reason="Moves.")
    else:
        people.disable(appraiser, by=administrator, on=TODAY, at=NOW, reason="Moves.")
    db.session.commit()
    client, path = entered(manager), f"/appraisal/{bid.round.code}/conflicts"
    assert f">{appraiser.name} (has left)<" in client.get(f"{path}/known").text
    client.post(f"{path}/{bid.key}/{appraiser.key}", data={"answer": "confirm", "reason": "Leads the council."})
    assert (task.conflicted, task.look_again) == (True, True)


def test_nobody_of_a_council_alone_is_named_there(manager, bid, entered):
    clerk, client = make_person(Role.BID_AUTHOR), entered(manager)
    path = f"/appraisal/{bid.round.code}/conflicts"
    assert clerk.key not in client.get(f"{path}/known").text
    assert client.get(f"{path}/{bid.key}/{clerk.key}").status_code == 404


def test_conflicts_are_settled_only_by_who_has_none(manager, bid, appraiser, tie, entered):
    tie(appraiser, bid.lead_council)
    db.session.add(
        Conflict(person_id=manager.id, bid_id=bid.id, declared_at=NOW, declared_by_id=manager.id, reason="X")
    )
    client = entered(manager)
    path = f"/appraisal/{bid.round.code}/conflicts"
    assert bid.reference not in client.get(path).text
    assert bid.reference not in client.get(f"{path}/on-record").text
    assert bid.reference not in client.get(f"{path}/cleared").text
    answer = client.post(f"{path}/{bid.key}/{appraiser.key}", data={"answer": "confirm", "reason": "Mine"})
    assert answer.status_code == 404
    assert db.session.query(Conflict).count() == 1


# --- Giving back, passing on, reminding


def test_a_bid_is_given_back_with_a_reason_and_who_gave_it_is_told(appraiser, bid, entered):
    task, client = make_task(bid, appraiser), entered(appraiser)
    assert "Give a reason." in client.post(f"/appraisals/{task.key}/give-back").text
    assert client.post(f"/appraisals/{task.key}/give-back", data={"reason": "Not my field."}).status_code == 302
    db.session.refresh(task)
    assert (task.state, task.decline_reason) == (AssignmentState.ENDED, "Not my field.")
    told = db.session.scalars(select(Message).where(Message.person_id == task.assigned_by_id)).one()
    assert "Not my field." in told.body
    assert client.get(f"/appraisals/{task.key}").status_code == 404
    assert db.session.scalars(select(AuditEvent).where(AuditEvent.verb == "declined")).one().reason == "Not my field."


def test_what_is_handed_in_is_not_given_back(appraiser, bid, entered):
    task = give_scores(make_task(bid, appraiser), 3, 3, 3)
    page = entered(appraiser).post(f"/appraisals/{task.key}/give-back", data={"reason": "Late thought."})
    assert "can no longer be given back" in page.text
    assert db.session.get(type(task), task.id, populate_existing=True).counts


def test_a_bid_passes_from_one_to_another_or_stays(appraiser, manager, bid, entered, tie):
    task, to = make_task(bid, appraiser), make_person(Role.APPRAISER, name="Nell Next")
    db.session.add(Conflict(person_id=to.id, bid_id=bid.id, declared_at=NOW, declared_by_id=to.id, reason="Mine"))
    client = entered(manager)
    path, typed = f"/appraisers/tasks/{task.key}/pass-on", {"person": to.key, "reason": "Away until May."}
    assert "has a conflict of interest" in client.post(path, data=typed).text
    db.session.refresh(task)
    assert task.state is AssignmentState.SCORING
    third = make_person(Role.APPRAISER, name="Theo Third")
    client.post(path, data={**typed, "person": third.key})
    db.session.refresh(task)
    assert task.state is AssignmentState.ENDED
    assert bid.title in entered(third).get("/appraisals").text
    assert bid.reference not in entered(appraiser).get("/appraisals").text


def test_a_reminder_goes_out_once_a_day(appraiser, manager, bid, entered, now):
    make_task(bid, appraiser)
    make_task(make_bid(bid.round, status=BidStatus.APPRAISAL), appraiser)
    client, path = entered(manager), f"/appraisers/{appraiser.key}/remind"
    assert "is reminded of 2 bids" in client.post(path, follow_redirects=True).text
    assert "has been reminded today" in client.post(path, follow_redirects=True).text
    reminders = select(Message).where(Message.subject.contains("wait for your scores"))
    assert len(db.session.scalars(reminders).all()) == 1
    (said,) = db.session.scalars(reminders)
    assert all(bid.title not in said.body for bid in db.session.scalars(select(Bid)))  # a conflict may yet come up
    now.shift(timedelta(days=1))
    assert "is reminded of 2 bids" in entered(manager).post(path, follow_redirects=True).text


def test_a_reminder_speaks_of_a_declaration_that_has_lapsed(appraiser, manager, bid, entered, now):
    lapse(appraiser)
    client, path = entered(manager), f"/appraisers/{appraiser.key}"
    assert "Remind of the declaration" in client.get(path).text
    assert "is reminded of the declaration." in client.post(f"{path}/remind", follow_redirects=True).text
    make_task(bid, appraiser)
    lapse(appraiser)
    now.shift(timedelta(days=1))
    assert "is reminded of 1 bid." in entered(manager).post(f"{path}/remind", follow_redirects=True).text
    first, second = db.session.scalars(select(Message).where(Message.once.startswith("remind")).order_by(Message.id))
    moderator = make_person(Role.MODERATOR)
    page = entered(manager).post(f"/appraisers/{moderator.key}/remind", follow_redirects=True).text
    assert "has nothing left to score" in page
    assert "Remind of" not in page
    assert "Declaration lapsed" not in page
    assert "is not made yet" in first.subject
    assert second.subject == "A bid waits for your scores"
    assert "no bid opens before it is" in second.body


def test_pages_cost_the_same_for_many(manager, tie, entered):
    few, many = make_appraised_round(), make_appraised_round()
    fill(few, 3, BidStatus.APPRAISAL, person=make_person(Role.APPRAISER))
    fill(many, 60, BidStatus.APPRAISAL, person=make_person(Role.APPRAISER))
    for round in (few, many):
        tie(make_person(Role.APPRAISER), db.session.query(Bid).filter_by(round_id=round.id).first().lead_council)
    client = entered(manager)
    costs = []
    for round in (few, many):
        client.get(f"/appraisal/{round.code}/conflicts")
        with counted() as said:
            page = client.get(f"/appraisal/{round.code}/conflicts")
        costs.append(len(said))
    assert costs[0] == costs[1]
    assert "1 to 50 of 60 proposed conflicts" in page.text
