"""The pages of awards: whose they are, what they show, what they cost, and what leaves them as files."""

import csv
import io
from datetime import date, timedelta

import openpyxl
import pytest
from sqlalchemy import event

from grants.allocation import operations as allocation
from grants.awards import operations
from grants.awards.models import AwardMember, AwardStatus
from grants.bids.models import BidStatus
from grants.councils.models import Succession, SuccessionKind
from grants.funds.models import RoundStatus
from grants.kernel import clock
from grants.kernel.db import db
from grants.people.roles import Role
from tests.factories import (
    NOW,
    close,
    make_award,
    make_bid,
    make_closed_round,
    make_council,
    make_decision,
    make_person,
    make_round,
    sign_in,
)


@pytest.fixture
def manager(session, client):
    person = make_person(Role.PROGRAMME_MANAGER)
    sign_in(client, person)
    return person


def old_round(**values):
    return make_round(status=RoundStatus.ANNOUNCED, announced_at=NOW, **values)


def made_offer(manager):
    """An offered award of a bid whose round was announced a moment ago."""
    bid = make_bid(make_closed_round(), status=BidStatus.MODERATED)
    make_decision(bid)
    close(bid.round)
    at = clock.now() - timedelta(seconds=1)
    allocation.announce(bid.round, statement="Thank you.", by=manager, at=at)
    [award] = operations.award_funded(bid.round, by=manager, at=at)
    operations.offer(award, text="We offer you this.", by=manager, at=at)
    db.session.commit()
    return award


def officer(award, client):
    person = make_person(Role.SECTION_151_OFFICER, council=award.council)
    sign_in(client, person)
    return person


def queries_for(client, path):
    asked = []
    note = lambda *args: asked.append(args[2])  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert client.get(path).status_code == 200
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return len(asked)


# --- Whose they are


def test_a_council_sees_its_own_awards_and_is_told_of_no_other(session, client):
    mine, theirs = make_award(), make_award()
    sign_in(client, make_person(Role.BID_AUTHOR, council=mine.council))
    page = client.get("/awards").text
    assert mine.reference in page
    assert theirs.reference not in page
    assert theirs.recipient not in page
    assert client.get(f"/awards/{mine.key}").status_code == 200
    assert client.get(f"/awards/{theirs.key}").status_code == 404
    assert theirs.reference not in client.get("/awards.csv").text
    assert client.get(f"/awards?council={theirs.council.code}").text.count(theirs.recipient) == 0


def test_a_member_of_a_printed_partnership_sees_its_award(session, client):
    award, member = make_award(title=""), make_council()
    award.members.append(AwardMember(position=1, printed="Somewhere*", starred=True, councils=[member]))
    db.session.flush()
    sign_in(client, make_person(Role.BID_AUTHOR, council=member))
    page = client.get(f"/awards/{award.key}").text
    assert "Somewhere*" in page


def test_an_award_of_a_round_that_is_not_announced_is_not_there_for_its_council(session, client):
    award = make_award(round=make_round())
    sign_in(client, make_person(Role.SECTION_151_OFFICER, council=award.council))
    assert client.get(f"/awards/{award.key}").status_code == 404
    assert award.reference not in client.get("/awards").text


@pytest.mark.parametrize("role", [Role.APPRAISER, Role.MODERATOR, Role.ELIGIBILITY_CHECKER, Role.ADMINISTRATOR])
def test_other_roles_have_no_awards(session, client, role):
    sign_in(client, make_person(role))
    assert client.get("/awards").status_code == 403


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.FINANCE_OFFICER])
def test_who_only_reads_is_offered_nothing_to_do(session, client, role):
    award = make_award(status=AwardStatus.PROPOSED, accepted_on=None)
    sign_in(client, make_person(role))
    assert client.get(f"/awards/{award.key}").status_code == 200
    for verb in ("offer", "accept", "decline"):
        assert client.post(f"/awards/{award.key}/{verb}", data={}).status_code == 403


# --- The list


def test_the_list_is_narrowed_by_each_filter_alone(manager, client):
    south = make_award(make_council("Southport Council", region="South East"), title="Old Mill")
    north = make_award(make_council("Northport Council", region="North East"), status=AwardStatus.OFFERED)
    for asked in (
        f"round={south.round.code}",
        f"council={south.council.code}",
        "region=South+East",
        "status=accepted",
        "q=old+mill",
        "q=southport",
    ):
        page = client.get(f"/awards?{asked}").text
        assert south.reference in page, asked
        assert f">{north.reference}<" not in page, asked
    assert client.get("/awards?q=%25").text.count("No awards match") == 1


@pytest.mark.parametrize(
    "asked",
    [
        "kind=pdf&endpoint=x&_method=PUT&_scheme=x",
        "status=nonsense",
        "round=%27",
        "page=999999999999",
        "page=-1",
        "q=" + "x" * 60_000,
    ],
)
def test_a_filter_that_makes_no_sense_breaks_nothing(manager, client, asked):
    council, round = make_council(), old_round()
    for _ in range(51):
        make_award(council, round=round)
    assert client.get(f"/awards?{asked}").status_code == 200


def test_the_list_costs_the_same_queries_for_10_awards_as_for_1000(manager, client):
    round = old_round()
    for _ in range(10):
        make_award(round=round)
    few = queries_for(client, "/awards")
    council = make_council()
    for _ in range(990):
        make_award(council, round=round)
    db.session.commit()
    assert queries_for(client, "/awards") == few
    assert few <= 12


def test_the_sum_and_the_files_are_those_of_all_rows_found(manager, client):
    """I06: page, CSV and XLSX say the same."""
    round = old_round()
    for number in range(60):
        make_award(make_council(), round=round, profile={2017: 100_01 + number, 2019: 50_00})
    total = sum(100_01 + number + 50_00 for number in range(60))
    page = client.get(f"/awards?round={round.code}").text
    assert f"£{total // 100:,}.{total % 100:02}" in page
    assert "1 to 50 of 60" in page
    text = client.get(f"/awards.csv?round={round.code}").data.decode("utf-8-sig")
    heads, *rows = csv.reader(io.StringIO(text))
    assert heads[-3:] == ["Total", "2017/18", "2019/20"]
    assert len(rows) == 60
    assert sum(int(row[-3].replace(".", "")) for row in rows) == total
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"/awards.xlsx?round={round.code}").data))
    cells = list(book.active.iter_rows(values_only=True))
    assert cells[0] == tuple(heads)
    assert round_pence(sum(row[-3] for row in cells[1:])) == total


def round_pence(pounds):
    return int(pounds * 100 + 0.5)


def test_a_year_without_an_award_is_blank_and_not_nought(manager, client):
    round = old_round()
    make_award(round=round, profile={2017: 100_00})
    make_award(round=round, profile={2018: 100_00})
    rows = list(csv.reader(io.StringIO(client.get("/awards.csv").data.decode("utf-8-sig"))))
    assert sorted(row[-2:] for row in rows[1:]) == [["", "100.00"], ["100.00", ""]]


@pytest.mark.parametrize("title", ["=HYPERLINK(1)", "@SUM(A1)", "<script>alert(1)</script>", "x" * 400])
def test_evil_titles_are_text_everywhere(manager, client, title):
    award = make_award(title=title)
    page = client.get(f"/awards/{award.key}").text
    assert "<script>alert" not in page
    rows = list(csv.reader(io.StringIO(client.get("/awards.csv").data.decode("utf-8-sig"))))
    assert rows[1][6].removeprefix("'") == title
    assert not rows[1][6].startswith(("=", "@"))
    book = openpyxl.load_workbook(io.BytesIO(client.get("/awards.xlsx").data))
    assert book.active.cell(2, 7).value == title
    assert book.active.cell(2, 7).data_type == "s"


# --- One award


def test_an_award_is_shown_as_at_any_day(manager, client):
    award = make_award(profile={2017: 900_00}, on=date(2018, 2, 16))
    assert "as at 16 February 2018" in client.get(f"/awards/{award.key}?as_at=2018-02-16").text
    assert "Nothing was awarded by that day" in client.get(f"/awards/{award.key}?as_at=2018-02-15").text


@pytest.mark.parametrize("typed", ["2018-02-30", "soon", "0000-00-00", "9" * 40, "NaN", "1e309"])
def test_a_day_that_is_none_is_said_next_to_the_field(manager, client, typed):
    answer = client.get(f"/awards/{make_award().key}?as_at={typed}")
    assert answer.status_code == 200
    assert "as_at-error" in answer.text


def test_a_council_that_has_ended_is_shown_with_its_successor(manager, client):
    gone, heir = make_council("Mendip District Council", ended_on=date(2023, 3, 31)), make_council("Somerset Council")
    kind = SuccessionKind.MERGE
    db.session.add(Succession(predecessor=gone, successor=heir, on=date(2023, 4, 1), kind=kind))
    award = make_award(gone)
    page = client.get(f"/awards/{award.key}").text
    assert "ended on 31 March 2023; in its place Somerset Council" in page


# --- The offer and the answer


def test_the_offer_is_filled_in_and_sent_from_its_page(manager, client):
    bid = make_bid(make_closed_round(), status=BidStatus.MODERATED)
    make_decision(bid)
    close(bid.round)
    at = clock.now() - timedelta(seconds=1)
    allocation.announce(bid.round, statement="Thank you.", by=manager, at=at)
    [award] = operations.award_funded(bid.round, by=manager, at=at)
    db.session.commit()
    assert "Offers to make" in client.get("/").text
    assert "2026/27: £500,000 of capital" in client.get(f"/awards/{award.key}/offer").text
    empty = client.post(f"/awards/{award.key}/offer", data={"text": "", "version": "1"})
    assert "Write the text of the offer." in empty.text
    nul = client.post(f"/awards/{award.key}/offer", data={"text": "a\x00b", "version": "1"})
    assert "cannot be kept" in nul.text
    answer = client.post(f"/awards/{award.key}/offer", data={"text": "We offer.", "version": "1"})
    assert answer.status_code == 302
    db.session.expire_all()
    assert award.status is AwardStatus.OFFERED


def test_the_section_151_officer_accepts_on_the_page_and_must_tick(manager, client):
    award = made_offer(manager)
    officer(award, client)
    assert f"Answer the offer {award.reference}" in client.get("/").text
    assert "Accept the offer" in client.get(f"/awards/{award.key}").text
    version = {"version": str(award.version)}
    unticked = client.post(f"/awards/{award.key}/accept", data=version)
    assert "Tick the declaration" in unticked.text
    assert client.post(f"/awards/{award.key}/accept", data={**version, "declaration": "y"}).status_code == 302
    again = client.post(f"/awards/{award.key}/accept", data={**version, "declaration": "y"})
    assert again.status_code == 200
    assert "There is a problem" in again.text
    db.session.expire_all()
    assert award.status is AwardStatus.ACCEPTED


def test_declining_asks_why(manager, client):
    award = made_offer(manager)
    officer(award, client)
    data = {"version": str(award.version), "reason": ""}
    assert "Say why the council declines." in client.post(f"/awards/{award.key}/decline", data=data).text
    client.post(f"/awards/{award.key}/decline", data={**data, "reason": "<b>The site is sold.</b>"})
    page = client.get(f"/awards/{award.key}").text
    assert "&lt;b&gt;The site is sold." in page
    assert "−£500,000" in page


def test_an_offer_to_another_council_is_not_found(manager, client):
    award = made_offer(manager)
    sign_in(client, make_person(Role.SECTION_151_OFFICER))
    for verb in ("accept", "decline"):
        for method in (client.get, client.post):
            assert method(f"/awards/{award.key}/{verb}").status_code == 404
    sign_in(client, make_person(Role.BID_COORDINATOR, council=award.council))
    assert client.post(f"/awards/{award.key}/accept", data={"declaration": "y"}).status_code == 403
