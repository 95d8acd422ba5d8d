"""The list made by rule: the database finds what the arithmetic of one bid says, and nothing before all submitted."""

from random import Random

import pytest

from grants.appraisal import queries
from grants.appraisal.appraisers.closing import close_bid
from grants.appraisal.models import FlagKind
from grants.appraisal.moderating.rules import Line, Rule, line_of, read_rules, ruled
from grants.appraisal.parts import parts_of
from grants.appraisal.ranking.counted import POINT
from grants.appraisal.remarks.flagging import Remark, raise_flag
from grants.bids.models import Bid, BidStatus
from grants.funds.models import PlaceScoreList
from grants.kernel.db import db
from grants.people.roles import Role
from tests.appraisal.ranking.rows import bare_bid, make_round_with_parts, mark
from tests.dates import TODAY
from tests.factories import NOW, make_appraised_round, make_person, sign_in
from tests.funds.places.made import put_on


def rules_in(round_, line):
    rows = db.session.execute(ruled(db.select(Bid).where(Bid.round_id == round_.id), round_.criteria, line).rows)
    return {row[0].id: read_rules(row) for row in rows}


def by_hand(judgement, line):
    """What `judgement` says of one bid, whose total of each appraiser is worked out in fractions."""
    flags = {
        flag for p in judgement.parts if (s := judgement.spread(p.criterion, p.number)) is not None for flag in s.flags
    }
    said = {Rule(flag.value) for flag in flags}
    totals = [judgement.total(task) for task in judgement.counting]
    if judgement.totals_apart:
        said.add(Rule.TOTALS)
    if None not in totals and totals and max(totals) >= line.total > min(totals):
        said.add(Rule.LINE)
    if len(judgement.counting) == 1:
        said.add(Rule.ALONE)
    return said if judgement.ready else set()


def test_the_database_finds_what_the_arithmetic_says_of_each_bid(session):
    dice, round_ = Random(44), make_round_with_parts()
    [looked_up] = [criterion for criterion in round_.criteria if criterion.looked_up]
    people, bids, parts = [make_person() for _ in range(4)], [], len(parts_of(round_.criteria))
    places = session.get_one(PlaceScoreList, looked_up.place_list_id)
    for number in range(40):
        bid = bare_bid(round_, status=BidStatus.APPRAISAL)
        if number % 5:
            put_on(places, bid.lead_council, dice.randrange(0, 10_001))
        middle = dice.randint(1, 4)
        for person in people[: dice.randint(0, 4)]:
            own = middle + dice.choice((0, 0, 1))
            marks = [min(5, max(0, own + dice.choice((-1, 0, 0, 0, 0, 1)))) for _ in range(parts)]
            state = dice.choice(({}, {}, {}, {"submitted_at": None}, {"conflicted": True}, {"ended_at": NOW}))
            mark(bid, marks, person, **(state if number % 3 == 0 else {}))
        bids.append(bid)
    line = Line(57 * POINT, drawn=False)
    found = rules_in(round_, line)
    assert {bid.id: found[bid.id] for bid in bids} == {bid.id: by_hand(queries.judgement_of(bid), line) for bid in bids}
    assert set().union(*found.values()) == set(Rule) - {Rule.FLAGS}


@pytest.mark.parametrize(
    ("marks", "rules"),
    [
        ([(4, 3, 3), (2, 3, 3), (3, 3, 3)], {Rule.RANGE, Rule.TOTALS, Rule.LINE}),
        ([(3, 3, 3), (3, 3, 3)], set()),
        ([(3, 3, 4), (3, 3, 3)], set()),
        ([(2, 3, 3), (3, 3, 2)], {Rule.LINE}),
        ([(5, 3, 3), (3, 3, 3)], {Rule.RANGE, Rule.DEVIATION, Rule.TOTALS}),
        ([(5, 5, 5)], {Rule.ALONE}),
        ([(0, 0, 0), (0, 0, 0)], set()),
    ],
)
def test_what_lists_a_bid(session, marks, rules):
    """The worked example of F12 first: 4, 2, 3 has a range of 2 and a deviation of exactly 1. Line at 53 points."""
    round_ = make_appraised_round()
    bid = bare_bid(round_, status=BidStatus.APPRAISAL)
    for given in marks:
        mark(bid, given)
    assert rules_in(round_, Line(53 * POINT, drawn=False)) == {bid.id: rules}


def test_the_line_is_the_pass_mark_until_the_money_runs_out(session):
    round_ = make_appraised_round()
    for pot in round_.budget:
        pot.pence = 100_00
    everyone = queries.bids_open_to(make_person(Role.MODERATOR), TODAY)
    first = bare_bid(round_, pence=60_00)
    mark(first, (5, 5, 5))
    second = bare_bid(round_, pence=40_00, status=BidStatus.APPRAISAL)
    mark(second, (4, 4, 4))
    assert line_of(round_, everyone) == Line(round_.pass_mark * POINT, drawn=False)
    third = bare_bid(round_, pence=1, status=BidStatus.APPRAISAL)
    slow = mark(third, (3, 3, 3), submitted_at=None)
    assert not line_of(round_, everyone).drawn
    slow.submitted_at = NOW
    session.flush()
    assert line_of(round_, everyone) == Line(80 * POINT, drawn=True)


def test_the_list_says_nothing_of_marks_before_all_have_submitted(session, client):
    round_, moderator = make_appraised_round(), make_person(Role.MODERATOR)
    bid = bare_bid(round_, status=BidStatus.APPRAISAL)
    mark(bid, (5, 5, 5))
    mark(bid, (0, 0, 0))
    slow = mark(bid, (None, None, None), submitted_at=None)
    sign_in(client, moderator)
    shown = client.get("/moderation?show=all").text
    assert bid.reference in shown
    assert "(0 ready)" in shown
    assert '<strong class="govuk-tag govuk-tag--orange">' not in shown
    for why in Rule:
        assert bid.reference not in client.get(f"/moderation?show=all&why={why}").text
    slow.ended_at = NOW
    session.commit()
    assert bid.reference in client.get("/moderation?why=range").text
    assert bid.reference not in client.get("/moderation?why=unlisted").text
    assert client.get("/moderation?why=x&page=x&round=nowhere").status_code == 200


def test_a_flagged_bid_is_listed_and_a_closed_one_is_in_no_number(session, client):
    round_, moderator = make_appraised_round(), make_person(Role.MODERATOR)
    flagged, closed = (bare_bid(round_, status=BidStatus.APPRAISAL) for _ in range(2))
    for bid in (flagged, closed):
        mark(bid, (3, 3, 3))
        mark(bid, (3, 3, 3))
    raise_flag(flagged, Remark(FlagKind.CONCERN, "Is the land ours?"), by=moderator, at=NOW)
    session.commit()
    sign_in(client, moderator)
    shown = client.get("/moderation?why=flags").text
    assert flagged.reference in shown
    assert closed.reference not in shown
    assert "Take 1 bid as scored" in shown
    close_bid(closed, moderator, reason="Friend.", by=moderator, at=NOW)
    session.commit()
    shown = client.get("/moderation").text
    assert "(1 ready)" in shown
    assert "Take 1 bid" not in shown
