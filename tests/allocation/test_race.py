"""Two people propose at the same instant, each within what they saw left: one is told that the money is gone."""

import threading

import pytest

from grants.allocation import operations, queries
from grants.allocation.models import DecisionOutcome
from grants.bids.models import Bid, BidStatus
from grants.funds.models import Round, Stream
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.kernel.financial_year import FinancialYear as FY
from grants.people.models import Person
from grants.people.roles import Role
from tests.factories import NOW, make_bid, make_closed_round, make_person

FIRST = (FY(2026), Stream.CAPITAL)


@pytest.mark.parametrize("attempt", range(3))
def test_two_proposals_at_once_never_overspend_a_year(app, session, attempt):
    """T29, I02; on PostgreSQL over two connections that hold their transactions open against each other."""
    round = make_closed_round()
    two = [make_bid(round, status=BidStatus.MODERATED, pence=6_000_000_00) for _ in range(2)]
    people = [make_person(Role.PROGRAMME_MANAGER) for _ in range(2)]
    pairs = [(bid.id, person.id) for bid, person in zip(two, people, strict=True)]
    round_id = round.id
    db.session.commit()
    start, said = threading.Barrier(2, timeout=60), []

    def propose(bid_id, person_id):
        with app.app_context():
            if db.engine.dialect.name == "postgresql":  # on SQLite the second could not even begin to read and wait
                assert queries.committed_in(db.session.get_one(Round, round_id)) == {}
                bid, person = db.session.get_one(Bid, bid_id), db.session.get_one(Person, person_id)
                start.wait()
            else:
                start.wait()
                bid, person = db.session.get_one(Bid, bid_id), db.session.get_one(Person, person_id)
            lines = {(bid.projects[0], *FIRST): 6_000_000_00}
            fund = DecisionOutcome.FUND
            try:
                operations.propose(bid, outcome=fund, lines=lines, reason="Now.", conditions="", by=person, at=NOW)
                db.session.commit()
                said.append("funded")
            except Refused as refusal:
                db.session.rollback()
                said.append(str(refusal))

    threads = [threading.Thread(target=propose, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(said) == ["2026/27 has £4,000,000 of capital left, and this takes £6,000,000.", "funded"]
    assert queries.committed_in(db.session.get_one(Round, round_id)) == {FIRST: 6_000_000_00}
