"""The page of rounds in appraisal: each step of the field with what is to be done there, and the reader's own pages."""

import re
from html import unescape

import pytest

from grants.appraisal.models import FlagKind
from grants.appraisal.remarks.flagging import Remark, raise_flag
from grants.bids.models import BidStatus
from grants.kernel.db import db
from grants.people.roles import Role
from tests.factories import NOW, give_scores, make_appraised_round, make_bid, make_person, make_task, moderate, sign_in


@pytest.fixture
def busy(session, checker):
    """A round with a bid to check, three in appraisal, of which one is scored, and one moderated."""
    round_ = make_appraised_round()
    make_bid(round_)
    flagged, half, done = (make_bid(round_, status=BidStatus.APPRAISAL) for _ in range(3))
    make_task(half)
    for _ in range(2):
        give_scores(make_task(done), 4, 3, 4)
    moderate(make_bid(round_, status=BidStatus.APPRAISAL), 4, 4, 4)
    raise_flag(flagged, Remark(FlagKind.CONCERN, "Is the land the council's?"), by=checker, at=NOW)
    db.session.commit()
    return round_


def steps_in(client) -> dict[str, str]:
    """What stands beside each step of the only round, by the step's words."""
    page = client.get("/appraisal").text
    items = re.findall(r'task-list__item.*?name-and-hint">(.*?)</div>.*?__status">(.*?)</div>', page, re.DOTALL)
    return {re.sub(r"<.*", "", re.sub(r"\s*<a [^>]*>", "", name, count=1)).strip(): said for name, said in items}


def test_each_step_says_what_is_to_be_done(busy, manager, client):
    sign_in(client, manager)
    said = steps_in(client)
    assert said["Check eligibility and gateway"] == "1 to check"
    assert said["Give bids to appraisers"] == "2 with fewer than 2 appraisers"
    assert said["Scoring"] == "2 waiting for scores"
    assert said["Flags and tags"] == "1 bid with an open flag"
    assert said["Moderation"] == "1 ready, 1 moderated"
    assert said["Panel meetings"] == "0 called"


def test_who_scores_a_bid_is_not_told_how_far_its_others_are(busy, client):
    both = make_person(Role.MODERATOR, Role.APPRAISER)
    own = make_bid(busy, status=BidStatus.APPRAISAL)
    give_scores(make_task(own, both), 4, 3, 4)
    colleague = make_task(own)
    db.session.commit()
    sign_in(client, both)
    before = steps_in(client)
    assert before["Scoring"] == "2 waiting for scores"
    give_scores(colleague, 2, 2, 2)
    db.session.commit()
    assert steps_in(client) == before


@pytest.mark.parametrize("role", [Role.PROGRAMME_MANAGER, Role.MODERATOR, Role.FINANCE_OFFICER, Role.AUDITOR])
def test_every_page_that_it_leads_to_is_open_to_its_reader(busy, client, role):
    sign_in(client, make_person(role))
    page = client.get("/appraisal").text
    main = page[page.index("<main") : page.index("</main")]
    links = {unescape(link) for link in re.findall(r'href="(/[^"]+)"', main)}
    assert f"/appraisal/{busy.code}/ranking" in links
    assert {link: client.get(link).status_code for link in links} == dict.fromkeys(links, 200)
    assert (f"/appraisal/{busy.code}/appraisers" in links) == (role is Role.PROGRAMME_MANAGER)
    assert (f"/moderation?round={busy.code}" in links) == (role is Role.MODERATOR)


def test_the_menu_says_where_one_is_on_pages_beside_the_list(busy, manager, client):
    sign_in(client, manager)
    current = re.compile(r'aria-current="true">([^<]+)<')
    for page in ("/appraisal", "/appraisers", f"/appraisal/{busy.code}/ranking"):
        assert current.findall(client.get(page).text) == ["Appraisal"], page
