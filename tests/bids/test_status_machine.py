"""Whatever people try in whatever order: statuses move only as drawn, and what is submitted never changes."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grants.bids import operations as bids
from grants.bids.content import bid_content, canonical
from grants.bids.models import BID_MOVES, BidStatus, FundingSource
from grants.bids.queries import bid_in_full
from grants.kernel.db import db
from grants.kernel.errors import Refused
from tests.factories import NOW, fill_in, make_bid_round, make_council, make_draft, make_team

STEPS = st.lists(
    st.sampled_from(
        ["answer", "funding", "site", "project", "remove", "send", "sign", "back", "submit", "withdraw", *BidStatus]
    ),
    min_size=1,
    max_size=14,
)


class Play:
    """One bid and its team; `do` tries one step and says whether it was allowed."""

    def __init__(self) -> None:
        self.lead = make_council()
        self.author, self.coordinator, self.officer = make_team(self.lead)
        self.bid = fill_in(make_draft(make_bid_round(), lead=self.lead, by=self.author), self.author)
        self.count = 0

    def do(self, step: str) -> bool:
        self.count += 1
        try:
            self.steps()[step]() if step in self.steps() else bids.move(self.bid, BidStatus(step), by=None)
        except Refused:
            return False
        return True

    def steps(self):
        bid, done = self.bid, {"by": self.author, "at": NOW}
        coordinated, signed = {"by": self.coordinator, "at": NOW}, {"by": self.officer, "at": NOW}
        grant = {(bid.round.first_year, bid.round.fund.stream, FundingSource.GRANT): 100 * self.count}
        question = bid.round.sections[0].questions[0]
        return {
            "answer": lambda: bids.answer(bid, question, f"Text {self.count}", **done),
            "funding": lambda: bids.set_funding(bid.projects[0], grant, version_seen=None, **done),
            "site": lambda: bids.add_site(bid.projects[0], name="Yard", **done),
            "project": lambda: fill_in(bid, self.author),
            "remove": lambda: bids.remove_project(bid.projects[-1], **done) if len(bid.projects) > 1 else None,
            "send": lambda: bids.send_for_sign_off(bid, **coordinated),
            "sign": lambda: bids.sign(bid, council=self.lead, **signed),
            "back": lambda: bids.send_back(bid, reason="Again", **signed),
            "submit": lambda: bids.submit(bid, **coordinated),
            "withdraw": lambda: bids.withdraw(bid, reason="Enough", **coordinated),
        }


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=STEPS)
@pytest.mark.usefixtures("session")
def test_no_sequence_of_steps_leaves_the_drawn_moves_or_changes_a_submission(steps):
    play = Play()
    for step in steps:
        before = play.bid.status
        play.do(step)
        db.session.flush()
        after = play.bid.status
        assert after is before or after in BID_MOVES[before], (step, before, after)
        submitted = play.bid.submission
        if submitted is not None:
            assert submitted.content == canonical(bid_content(bid_in_full(play.bid.id)))
            assert play.bid.reference
        if after in (BidStatus.SIGNED, BidStatus.SUBMITTED):
            assert play.bid.signature is not None
    db.session.rollback()
