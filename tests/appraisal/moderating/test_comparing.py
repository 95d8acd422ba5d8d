"""Leniency and agreement of a round, as its moderators read them."""

import pytest

from grants.appraisal.appraisers.closing import close_bid
from grants.bids.models import BidStatus
from grants.funds.models import PlaceScoreList
from grants.kernel.db import db
from grants.people.roles import Role
from tests.appraisal.ranking.rows import bare_bid, make_round_with_parts, mark
from tests.factories import NOW, make_appraised_round, make_person, sign_in
from tests.funds.places.made import put_on


@pytest.fixture
def lenient(session):
    return make_person(Role.APPRAISER, name="Lena Lenient")


@pytest.fixture
def strict(session):
    return make_person(Role.APPRAISER, name="Stuart Strict")


def test_the_worked_example_of_leniency_on_the_page(session, client, moderator, lenient, strict):
    """A gives 60, 70, 80 and B 40, 50, 60, to six bids: 74.14 is the check value of 80 and of 60."""
    round_ = make_appraised_round()
    for person, totals in ((lenient, ((3, 3, 3), (4, 3, 3), (4, 4, 4))), (strict, ((2, 2, 2), (3, 2, 2), (3, 3, 3)))):
        for marks in totals:
            mark(bare_bid(round_, status=BidStatus.APPRAISAL), marks, person)
    db.session.commit()
    sign_in(client, moderator)
    shown = client.get(f"/appraisal/{round_.code}/leniency").text
    assert "which is 60.0 with a standard deviation of 14.14." in shown
    assert "+10.00" in shown
    assert "−10.00" in shown
    assert "More lenient" in shown
    assert "Stricter" in shown
    for person, total in ((lenient, "80.0"), (strict, "60.0")):
        page = client.get(f"/appraisal/{round_.code}/leniency/{person.key}").text
        assert total in page
        assert "74.14" in page


def test_too_little_is_said_to_be_too_little(session, client, moderator, lenient, strict):
    round_ = make_appraised_round()
    sign_in(client, moderator)
    assert "Cannot tell" in client.get(f"/appraisal/{round_.code}/leniency").text
    assert "Cannot tell: fewer than 5" in client.get(f"/appraisal/{round_.code}/agreement").text
    for _ in range(2):
        mark(bare_bid(round_), (3, 3, 3), lenient)
    for _ in range(3):
        mark(bare_bid(round_), (2, 2, 2), strict)
    db.session.commit()
    shown = client.get(f"/appraisal/{round_.code}/leniency").text
    assert "Cannot tell: gave fewer than 3 totals" in shown
    assert "Cannot tell: the others gave fewer than 3 totals" in shown
    page = f"/appraisal/{round_.code}/leniency/{strict.key}"
    assert "Cannot tell: the others gave fewer than 3 totals." in client.get(page).text
    mark(bare_bid(round_), (2, 2, 2))
    db.session.commit()
    assert "All totals the same" in client.get(f"/appraisal/{round_.code}/leniency").text
    assert "Cannot tell: all totals are the same" in client.get(page).text
    assert client.get(f"/appraisal/{round_.code}/leniency/{moderator.key}").status_code == 404
    assert client.get(f"/appraisal/nowhere/leniency/{moderator.key}").status_code == 404


def test_the_worked_example_of_agreement_on_the_page(session, client, moderator, lenient, strict):
    """3, 4, 2, 5, 3 and 3, 3, 2, 4, 1 agree by 0.5588; in both orders by 1 - 10 x 12 / (10 x 204 - 2 x 30 x 30)."""
    sign_in(client, moderator)

    def agreement(*pairs):
        round_ = make_appraised_round()
        for criterion in round_.criteria[1:]:
            session.delete(criterion)
        session.flush()
        session.expire(round_, ["criteria"])
        for one, other in pairs:
            bid = bare_bid(round_, status=BidStatus.APPRAISAL)
            mark(bid, (one,), lenient)
            mark(bid, (other,), strict)
        session.commit()
        return client.get(f"/appraisal/{round_.code}/agreement").text

    shown = agreement((3, 3), (4, 3), (2, 2), (5, 4), (3, 1))
    assert "Lena Lenient and Stuart Strict" in shown
    assert ">0.56<" in shown
    assert ">0.50<" in shown
    assert shown.count("Agree fairly") == 2
    assert agreement(*[(3, 3)] * 5).count("Cannot tell: all marks are the same") == 2


def test_looked_up_marks_are_in_totals_and_a_bid_without_one_is_in_none(session, client, moderator, lenient):
    round_ = make_round_with_parts()
    [listed] = [c.place_list_id for c in round_.criteria if c.looked_up]
    bids = [bare_bid(round_) for _ in range(4)]
    for bid in bids:
        mark(bid, (5, 5, 5, 5, 5, 5), lenient)
    for bid in bids[:3]:
        put_on(session.get_one(PlaceScoreList, listed), bid.lead_council, 50_00)
    db.session.commit()
    sign_in(client, moderator)
    page = client.get(f"/appraisal/{round_.code}/leniency/{lenient.key}").text
    assert page.count(">80.00<") == 3
    assert bids[3].reference not in page


def test_marks_that_a_moderator_may_not_see_are_in_no_figure(session, client, lenient, strict):
    """Of a bid scored by the moderator, closed to him or her, or not submitted by all."""
    round_, both = make_appraised_round(), make_person(Role.APPRAISER, Role.MODERATOR)
    scored, closed, waiting = (bare_bid(round_, status=BidStatus.APPRAISAL) for _ in range(3))
    for bid in (scored, closed, waiting):
        mark(bid, (5, 1, 4), lenient)
        mark(bid, (1, 5, 2), strict)
    mark(scored, (3, 3, 3), both)
    close_bid(closed, both, reason="Friend.", by=both, at=NOW)
    mark(waiting, (None, None, None), submitted_at=None)
    db.session.commit()
    sign_in(client, both)
    for page in ("leniency", "agreement"):
        shown = client.get(f"/appraisal/{round_.code}/{page}").text
        assert lenient.name not in shown
        assert both.name not in shown.replace(f'grants-header__who">{both.name}', "")
    assert client.get(f"/appraisal/{round_.code}/leniency/{lenient.key}").status_code == 404
