"""Lists of bids cost the same however long they are, and show each person what is theirs."""

from datetime import timedelta

import pytest
from sqlalchemy import event, insert

from grants.bids.models import Bid, BidCouncil, BidStatus
from grants.kernel.db import db, new_key
from grants.people import operations as people
from grants.people.roles import Role
from tests.factories import LONG_AGO, NOW, make_bid, make_bid_round, make_council, make_person, sign_in


def many(session, round, councils, person, count):
    """`count` submitted bids shared out over the councils, written straight into the tables."""
    rows = [
        {
            "key": new_key(), "version": 1, "round_id": round.id, "lead_council_id": councils[n % len(councils)].id,
            "title": f"Bid number {n}", "status": BidStatus.SUBMITTED, "reference": f"REF-{new_key()}",
            "started_at": NOW, "started_by_id": person.id, "changed_at": NOW + timedelta(seconds=n),
            "submitted_at": NOW,
        }
        for n in range(count)
    ]  # fmt: skip
    ids = session.execute(insert(Bid).returning(Bid.id, Bid.lead_council_id), rows).all()
    seats = [{"bid_id": i, "council_id": c, "leads": True, "starred": False, "position": 1} for i, c in ids]
    session.execute(insert(BidCouncil), seats)
    session.commit()


def statements_of(client, address):
    """The status and the number of statements that a page runs."""
    run = []
    note = lambda conn, cursor, statement, *rest: run.append(statement)  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        answer = client.get(address)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert answer.status_code == 200
    return len([statement for statement in run if not statement.startswith("PRAGMA")])


def test_the_list_takes_a_fixed_number_of_queries(session, client):
    councils = [make_council() for _ in range(40)]
    round, manager = make_bid_round(), make_person(Role.PROGRAMME_MANAGER)
    sign_in(client, manager)
    many(session, round, councils, manager, 10)
    few = statements_of(client, "/bids")
    many(session, round, councils, manager, 990)
    assert statements_of(client, "/bids") == few
    assert statements_of(client, "/bids?page=7&words=number&status=submitted&council=Any") == few
    assert "1,000 bids" in client.get("/bids").text


def test_a_person_of_forty_councils_costs_no_more_than_one_of_one(session, app):
    councils = [make_council() for _ in range(40)]
    round, one, forty = make_bid_round(), make_person(Role.BID_AUTHOR, council=councils[0]), make_person()
    for council in councils:
        people.appoint(forty, Role.BID_AUTHOR, council_id=council.id, by=None, on=LONG_AGO)
    many(session, round, councils, one, 80)
    counts = []
    for person in (one, forty):
        browser = app.test_client()
        sign_in(browser, person)
        counts.append(statements_of(browser, "/bids"))
    assert counts[0] == counts[1]


def test_a_bids_page_takes_the_same_queries_for_one_project_and_for_ten(session, client):
    bids = [make_bid(projects=count) for count in (1, 10)]
    sign_in(client, make_person(Role.AUDITOR))
    assert len({statements_of(client, f"/bids/{bid.key}") for bid in bids}) == 1
    drafts = [make_bid(projects=count, status=BidStatus.DRAFT) for count in (1, 10)]
    session.commit()  # what the test itself did is not to be counted
    assert len({statements_of(client, f"/bids/{bid.key}") for bid in drafts}) == 1


@pytest.mark.parametrize("typed", ["%", "_", "'", "\\", "x" * 60_000, "<b>"])
def test_a_search_finds_what_was_typed_and_nothing_by_magic(session, client, typed):
    make_bid(title="Plain")
    sign_in(client, make_person(Role.PROGRAMME_MANAGER))
    answer = client.get("/bids", query_string={"words": typed})
    assert answer.status_code == 200
    if len(typed) < 200:
        assert "There are no bids to show" in answer.text


def test_filters_narrow_by_round_status_council_and_words(session, client):
    first, second = make_bid(title="Alpha"), make_bid(title="Beta")
    sign_in(client, make_person(Role.PROGRAMME_MANAGER))
    for query in (
        {"round": first.round.code},
        {"council": first.lead_council.name},
        {"words": "alph"},
        {"words": first.reference},
    ):
        text = client.get("/bids", query_string=query).text
        assert first.key in text, query
        assert second.key not in text, query
    assert client.get("/bids?status=withdrawn").text.count("Alpha") == 0
    assert client.get("/bids?status=nonsense&page=abc&round=none").status_code == 200


def test_a_search_never_reaches_another_councils_bid(session, client):
    bid = make_bid(title="Their secret")
    sign_in(client, make_person(Role.BID_AUTHOR))
    for query in (
        {"words": "secret"},
        {"words": bid.reference},
        {"council": bid.lead_council.name},
        {"round": bid.round.code},
    ):
        assert bid.title not in client.get("/bids", query_string=query).text
    assert bid.round.code not in client.get("/bids").text.split('<form method="get"')[1]


def test_a_member_council_sees_the_bid_in_its_list(session, client):
    member = make_council()
    bid = make_bid(members=[member])
    sign_in(client, make_person(Role.BID_AUTHOR, council=member))
    assert bid.title in client.get("/bids").text
