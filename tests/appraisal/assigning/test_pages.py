"""The pages of giving bids by hand, and of a share-out from asking to applying."""

import re
from datetime import timedelta

import pytest

from grants.appraisal.appraisers.closing import close_bid
from grants.appraisal.models import (
    MOST_APPRAISERS,
    AppraiserProfile,
    Assignment,
    Interest,
    InterestKind,
    Proposal,
    YearlyDeclaration,
)
from grants.bids.models import BidStatus
from grants.kernel import jobs
from grants.kernel.db import db
from grants.people.roles import Role
from tests.appraisal.test_many import counted, fill
from tests.dates import NOW, TODAY
from tests.factories import made, make_bid, make_council, make_person, make_task, sign_in


@pytest.fixture
def entered(app):
    def make(person):
        client = app.test_client()
        sign_in(client, person)
        return client

    return make


def worked_out(client, answer):
    """The page to which the job that was just asked for leads."""
    assert jobs.run_next(NOW)
    waiting = client.get(answer.location)
    return re.search(r'href="(/appraisal/[^"]+/proposals/\w+)"', waiting.text)[1]


# --- By hand


def test_the_list_is_narrowed_to_bids_short_of_appraisers_and_to_a_region(round_, bids, manager, entered):
    make_task(bids[0])
    far = make_bid(round_, status=BidStatus.APPRAISAL, lead=make_council(region="London"))
    client, page = entered(manager), f"/appraisal/{round_.code}/appraisers"
    few = client.get(f"{page}?fewer_than=1").text
    assert bids[0].reference not in few
    assert bids[1].reference in few
    london = client.get(f"{page}?region=London").text
    assert far.reference in london
    assert bids[1].reference not in london
    assert "No bids in appraisal are like that." in client.get(f"{page}?region=North+East").text
    assert bids[0].reference in client.get(f"{page}?fewer_than=many&region=Mars").text


def test_a_bid_given_on_a_narrowed_list_leads_back_to_the_same_list(round_, bids, people, manager, entered, now):
    page = f"/appraisal/{round_.code}/appraisers?fewer_than=1"
    answer = entered(manager).post(page, data={"person": people[0].key, "bids": [bids[0].key]})
    assert answer.location == page
    assert db.session.query(Assignment).one().person_id == people[0].id
    now.shift(timedelta(minutes=1))
    every = page.partition("?")[0]
    again = entered(manager).post(every, data={"person": people[0].key, "bids": [bids[0].key]}, follow_redirects=True)
    assert "1 was with Ann already." in again.text
    assert "given to Ann" not in again.text


def test_nobody_is_given_a_bid_that_has_as_many_appraisers_as_it_can_have(round_, bids, people, manager, entered):
    for _ in range(MOST_APPRAISERS):
        make_task(bids[0])
    data = {"person": people[0].key, "bids": [bids[0].key, bids[1].key]}
    page = entered(manager).post(f"/appraisal/{round_.code}/appraisers", data=data)
    assert f"{bids[0].reference} has 6 appraisers, the most that a bid can have." in page.text
    assert not db.session.query(Assignment).filter_by(person_id=people[0].id).count()


# --- A share-out


def test_a_round_is_shared_out_read_and_applied(round_, bids, people, manager, entered):
    client, page = entered(manager), f"/appraisal/{round_.code}/proposals"
    assert "3 bids are in appraisal" in client.get(page).text
    at = worked_out(client, client.post(page, data={"each": "2"}))
    told = client.get(at).text
    assert "3 bids get more appraisers: 6 places in all" in told
    assert re.search(r"Ann</th>\s*<td[^>]*>0</td>\s*<td[^>]*>2</td>\s*<td[^>]*>2</td>", told)
    assert "Bids of each appraiser with this proposal" in told
    by_bid = client.get(f"{at}/bids").text
    assert all(bid.reference in by_bid for bid in bids)
    assert "No conflict found. Has 2 bids of this round with it." in by_bid
    assert "No bids." in client.get(f"{at}/bids?show=short").text
    assert db.session.query(Assignment).count() == 0
    assert worked_out(client, client.post(f"{at}/apply")) == at
    assert "6 of 6 proposed places were given" in client.get(at).text
    assert db.session.query(Assignment).count() == 6
    assert "Apply: give these bids" not in client.get(at).text
    again = client.post(f"{at}/apply")
    assert "cannot be applied now" in again.text
    nothing = worked_out(client, client.post(page, data={"each": "2"}))
    assert "every bid has as many appraisers as you asked for" in client.get(nothing).text


def test_bids_that_stay_short_are_named_with_the_reason_and_what_was_left_out_too(
    round_, bids, people, manager, entered
):
    client, page = entered(manager), f"/appraisal/{round_.code}/proposals"
    at = worked_out(client, client.post(page, data={"each": "5"}))
    assert "3 bids stay short of appraisers" in client.get(at).text
    assert "Lacks 1. Of 4 appraisers: 4 given it in this proposal." in client.get(f"{at}/bids?show=short").text
    close_bid(bids[1], people[0], reason="My sister.", by=people[0], at=NOW)
    worked_out(client, client.post(f"{at}/apply"))
    assert "11 of 12 proposed places were given" in client.get(at).text
    left = client.get(f"{at}/bids?show=left").text
    assert "Ann has a conflict of interest by now." in left
    assert bids[1].reference in left
    assert bids[0].reference not in left


def test_where_nobody_is_free_the_page_says_what_keeps_each_of_them(round_, bids, people, manager, entered):
    ann, ben, cat, dan = people
    db.session.query(YearlyDeclaration).filter_by(person_id=ann.id).delete()
    make_task(bids[0], ben).submitted_at = NOW
    made(AppraiserProfile(person_id=ben.id, most_bids=1))
    for bid in bids:
        close_bid(bid, cat, reason="My sister.", by=cat, at=NOW)
        made(Interest(person=dan, council=bid.lead_council, kind=InterestKind.CLIENT, declared_at=NOW))
    client = entered(manager)
    at = worked_out(client, client.post(f"/appraisal/{round_.code}/proposals", data={"each": "2"}))
    told = client.get(at).text
    assert "No bid gets another appraiser: nobody is free for any of them" in told
    assert "3 bids stay short of appraisers" in told
    assert re.search(r"Ann<br><span[^>]*>Gets nothing: no declaration for 20", told)
    assert told.count("Gets nothing") == 1
    assert re.search(r"1<br>Full</td>", told)
    assert "Apply: give these bids" not in told
    short = client.get(f"{at}/bids?show=short").text
    why = "1 with a conflict of interest on record (Cat), 1 with a proposed conflict that nobody has settled (Dan), "
    assert f"Lacks 2. Of 4 appraisers: {why}1 without a declaration for this year (Ann), 1 with as many bids" in short
    assert "Lacks 1. Of 4 appraisers: 1 on it already (Ben), " in short


def test_a_wrong_number_is_answered_at_its_field_and_kept(round_, bids, manager, entered):
    page = entered(manager).post(f"/appraisal/{round_.code}/proposals", data={"each": "lots"})
    assert "must be a whole number" in page.text
    assert 'value="lots"' in page.text
    assert db.session.query(Proposal).count() == 0


def test_a_discarded_proposal_gives_nothing(round_, bids, people, manager, entered):
    client, page = entered(manager), f"/appraisal/{round_.code}/proposals"
    at = worked_out(client, client.post(page, data={"each": "1"}))
    assert "Nobody was given a bid." in client.post(f"{at}/discard", follow_redirects=True).text
    assert "Discarded" in client.get(at).text
    assert "cannot be applied now" in client.post(f"{at}/apply").text
    assert db.session.query(Assignment).count() == 0


def test_the_bids_of_one_who_drops_out_are_shared_out_anew(round_, bids, people, manager, entered):
    for bid in bids:
        make_task(bid, people[0])
    client = entered(manager)
    told = client.get(f"/appraisal/{round_.code}/appraisers").text
    path = re.search(r'href="([^"]+)">Share out anew<span[^>]*> the bids of Ann<', told)[1]
    assert all(bid.reference in client.get(path).text for bid in bids)
    at = worked_out(client, client.post(path))
    assert "3 bids move from Ann to others" in client.get(at).text
    assert re.search(r"Ann</th>\s*<td[^>]*>3</td>\s*<td[^>]*>0</td>\s*<td[^>]*>0</td>", client.get(at).text)
    worked_out(client, client.post(f"{at}/apply"))
    assert client.get(path).status_code == 404
    ended = db.session.query(Assignment).filter_by(person_id=people[0].id)
    assert all(task.ended_at for task in ended)
    assert db.session.query(Assignment).filter(Assignment.ended_at.is_(None)).count() == 3


def test_a_bid_that_nobody_else_may_have_stays_with_the_one_who_drops_out(round_, bids, people, manager, entered):
    task = make_task(bids[0], people[0])
    for other in people[1:]:
        close_bid(bids[0], other, reason="My sister.", by=other, at=NOW)
    client = entered(manager)
    at = worked_out(client, client.post(f"/appraisal/{round_.code}/proposals/bids-of/{people[0].key}"))
    told = client.get(at).text
    assert "No bid moves from Ann" in told
    assert "1 bid stays with Ann" in told
    assert "Apply: give these bids" not in told
    assert "Ann (leaves it, once somebody is found)" in client.get(f"{at}/bids").text
    assert db.session.get(Assignment, task.id).ended_at is None


def test_the_bids_of_one_who_is_no_appraiser_any_more_can_be_shared_out_too(round_, bids, people, manager, entered):
    make_task(bids[0], people[0])
    people[0].appointments[0].until_on = TODAY - timedelta(days=1)
    client = entered(manager)
    told = client.get(f"/appraisal/{round_.code}/appraisers").text
    assert "No longer an appraiser" in told
    path = re.search(r'href="([^"]+)">Share out anew<span[^>]*> the bids of Ann<', told)[1]
    assert "1 bid moves from Ann to others" in client.get(worked_out(client, client.post(path))).text


def test_nothing_of_a_proposal_is_there_for_others_nor_of_a_bid_closed_since(round_, bids, people, manager, entered):
    client, page = entered(manager), f"/appraisal/{round_.code}/proposals"
    at = worked_out(client, client.post(page, data={"each": "2"}))
    close_bid(bids[0], manager, reason="My council.", by=manager, at=NOW)
    by_bid, told = client.get(f"{at}/bids").text, client.get(at).text
    assert bids[0].reference not in by_bid
    said = re.findall(r"<strong>(\w+)</strong> No conflict found. Has (\d) bid", by_bid)
    names = [name for name, _ in said]
    assert len(said) == 4
    assert all(names.count(name) == int(count) for name, count in said), said
    assert "2 bids get more appraisers: 4 places in all" in told
    other = entered(make_person(Role.PROGRAMME_MANAGER))
    for path in (at, f"{at}/bids"):
        assert other.get(path).status_code == 404
    for path in (f"{at}/apply", f"{at}/discard"):
        assert other.post(path).status_code == 404
    assert entered(people[0]).get(page).status_code == 403
    worked_out(client, client.post(f"{at}/apply"))
    assert not db.session.query(Assignment).filter_by(bid_id=bids[0].id).count()


def test_the_pages_take_as_many_statements_for_many_bids_as_for_few(round_, people, manager, entered):
    client, page = entered(manager), f"/appraisal/{round_.code}/proposals"
    counts = []
    for number in (5, 95):
        fill(round_, number, BidStatus.APPRAISAL, person=people[0])
        at = worked_out(client, client.post(page, data={"each": "6"}))
        client.get(at)
        for path in (page, at, f"{at}/bids", f"{at}/bids?show=short"):
            with counted() as said:
                assert client.get(path).status_code == 200
            counts.append((path.replace(at, ""), len(said)))
    assert counts[:4] == counts[4:]
    assert max(count for _, count in counts) <= 20
