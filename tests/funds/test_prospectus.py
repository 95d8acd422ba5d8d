"""What everyone can read before applying, and the eligibility checker, which keeps nothing."""

from datetime import date, timedelta

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import event

from grants.audit.models import AuditEvent
from grants.bids import operations as bids
from grants.councils.loading import load_register
from grants.councils.queries import council_with
from grants.funds import operations as funds
from grants.funds.definition.reading import shipped
from grants.funds.models import Invitation, QuestionKind, Round
from grants.funds.public.prospectus import limits
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.people.roles import Role
from tests.factories import NOW, made, make_council, make_person, make_round
from tests.funds.places.made import give_place_lists


def published(code: str) -> Round:
    """A round made from a template as it is shipped, open now."""
    manager = make_person(Role.PROGRAMME_MANAGER)
    round = funds.make_round(shipped()[code], code=f"{code}-now", name=f"{code} now", by=manager, at=NOW)
    dates = {"opens_at": NOW - timedelta(days=1), "closes_at": NOW + timedelta(days=30)}
    funds.set_dates(round, **dates, final_date=date(2029, 3, 31), version_seen=round.version, by=manager)
    funds.publish(give_place_lists(round), by=manager, at=NOW)
    db.session.commit()
    return round


def words(page) -> str:
    return " ".join(BeautifulSoup(page.text, "html.parser").select_one("main").get_text(" ").split())


def test_everything_that_is_asked_can_be_read_without_signing_in(session, client):
    round = published("blrf2-r3")
    page = client.get(f"/rounds/{round.code}")
    assert page.status_code == 200
    said = words(page)
    for section in round.sections:
        assert section.title in said
        for question in section.questions:
            assert question.label in said
            assert question.hint in said
            assert all(label in said for _, label in question.settings.get("options", []))
    for gate in round.gates:
        assert gate.text in said
    for criterion in round.criteria:
        assert all(text in said for text in criterion.bands.values())
    for declaration in round.declarations:
        assert declaration.text in said
    assert "Asked only if the answer to “Is a section 114 notice in force at the council?” is “Yes”." in said
    assert "A file; XLSX, ODS, PDF; 20 MB at most." in said
    assert "Worked out for you: the grant divided by the homes." in said
    assert "The land must be released by the final date of the round. Inferred, not confirmed" in said


def test_what_is_ours_is_said_to_be_ours(session, client):
    said = words(client.get(f"/rounds/{published('lrf-2017').code}"))
    assert "Limits of words, numbers and files are our own defaults, not published ones." in said
    assert "Value for money (critical) Our own default, not published" in said


def test_a_draft_has_no_public_page_and_no_checker(session, client):
    manager = make_person(Role.PROGRAMME_MANAGER)
    funds.make_round(shipped()["lrf-2017"], code="lrf-next", name="Next", by=manager, at=NOW)
    session.commit()
    assert client.get("/rounds/lrf-next").status_code == 404
    assert client.get("/rounds/lrf-next/eligibility").status_code == 404


@pytest.mark.parametrize(
    ("kind", "settings", "said"),
    [
        ("text", {"max_words": 1500}, ["Text", "1,500 words at most"]),
        ("money", {"min": 0, "max": 100000}, ["An amount in pounds", "£0 or more", "£100,000 or less"]),
        ("number_by_year", {"decimals": 0}, ["A number for each financial year", "whole numbers only"]),
        ("file", {"kinds": ["pdf"], "count": 3}, ["A file", "PDF", "3 files at most"]),
        ("file", {}, ["A file"]),
        ("date", {"past": True}, ["A date", "today or earlier"]),
    ],
)
def test_limits_are_told_in_short_phrases(kind, settings, said):
    assert limits(QuestionKind(kind), settings) == said
    assert limits(QuestionKind(kind), settings, required=False) == [*said, "optional"]


@pytest.fixture
def round(session):
    """Open; its gates ask whether a council owns the land, and whether the market would do without."""
    round = published("lrf-2017")
    make_council("Northshire Council", code="E06000099")
    session.commit()
    return round


GOOD = {"gate_E2": "yes", "gate_E3": "yes", "gate_E4": "yes", "gate_E5": "yes", "gate_G1": "no", "gate_G2": "yes"}


def asked(client, round, **typed):
    return client.get(f"/rounds/{round.code}/eligibility", query_string=typed)


def test_nothing_is_wrong_before_anything_is_typed(client, round):
    page = asked(client, round)
    assert "There is a problem" not in page.text
    assert "Nothing that you enter here is kept." in page.text


def test_a_council_that_passes_is_led_to_the_start(session, client, round):
    before = session.query(AuditEvent).count()
    page = asked(client, round, council="Northshire Council", **GOOD)
    assert "Northshire Council could lead a bid" in words(page)
    assert f"/bids/start?round={round.code}" in page.text
    assert session.query(AuditEvent).count() == before


def test_each_gate_that_fails_is_named(client, round):
    said = words(asked(client, round, council="Northshire Council", **{**GOOD, "gate_G1": "yes", "gate_E3": "no"}))
    assert "A bid would not pass as things stand" in said
    assert "The land would not come forward for housing without this grant." in said
    assert "The land belongs to a council." in said
    assert "The land can be released by the final date." not in said


def test_what_is_left_out_is_told_next_to_it_and_in_the_summary(client, round):
    page = BeautifulSoup(asked(client, round, council="", gate_E3="perhaps").text, "html.parser")
    told = [link.text for link in page.select(".govuk-error-summary__list a")]
    assert told[0] == "Enter the name of a council."
    assert told[1:] == [f"Choose yes or no: {gate.asks}" for gate in round.gates if gate.asks]
    assert all(page.select_one(link["href"]) for link in page.select(".govuk-error-summary__list a"))


def test_a_council_that_nobody_knows_is_not_guessed(client, round):
    said = words(asked(client, round, council="Nowhereshire", **GOOD))
    assert "We know no council called “Nowhereshire”." in said
    assert "could lead" not in said


def test_a_council_that_has_ended_is_told_who_stands_in_its_place(session, client, round):
    load_register()
    session.commit()
    by_name = words(asked(client, round, council="Mendip District Council", **GOOD))
    assert "Mendip District Council ended on 31 March 2023" in by_name
    assert "Did you mean Somerset Council?" in by_name
    by_code = words(asked(client, round, council="E07000187", **GOOD))
    assert "Somerset Council stands in its place." in by_code


def test_a_council_that_the_round_shuts_out_is_told_why_and_cannot_start(session, client):
    load_register()
    round = published("blrf2-r4")
    manchester = council_with("E08000003")
    good = {f"gate_{gate.code}": gate.passes_with for gate in round.gates if gate.asks}
    said = words(asked(client, round, council="Manchester City Council", **good))
    assert "Manchester City Council cannot lead a bid in this round. Areas with an integrated settlement" in said
    assert "Manchester City Council" in words(client.get(f"/rounds/{round.code}"))
    writer = make_person(Role.BID_COORDINATOR, council=manchester)
    with pytest.raises(Refused, match="cannot lead a bid here"):
        bids.start(round, title="Homes", lead=manchester, partnership=None, members=[], by=writer, at=NOW)


def test_who_needs_an_invitation_is_sent_to_the_first_stage(session, client):
    first = made(make_round(expression_of_interest=True, name="First stage"))
    second = make_round(follows_id=first.id, invitation=Invitation.EVERYONE)
    make_council("Northshire Council", code="E06000099")
    session.commit()
    page = asked(client, second, council="E06000099", invited="no")
    assert "open to those invited after an expression of interest" in words(page)
    assert f"/rounds/{first.code}" in page.text
    assert "First stage" in words(client.get(f"/rounds/{second.code}"))


def test_the_public_page_costs_the_same_however_much_is_asked(session, client):
    sent: list[str] = []
    counts = []
    event.listen(db.engine, "before_cursor_execute", note := lambda *args: sent.append(args[2]))
    for code in ("apprenticeships-accelerator", "blrf2-r3"):
        address = f"/rounds/{published(code).code}"
        client.get(address)
        session.remove()
        sent.clear()
        client.get(address)
        counts.append(len(sent))
    event.remove(db.engine, "before_cursor_execute", note)
    assert counts[0] == counts[1] <= 12, sent


@pytest.mark.parametrize(("who", "also"), [(Invitation.EVERYONE, False), (Invitation.NEWCOMERS, True)])
def test_where_a_round_is_by_invitation_the_checker_asks_for_it(session, client, round, who, also):
    first = make_round(fund=round.fund, name="First thoughts", expression_of_interest=True)
    round.invitation, round.follows = who, first
    session.commit()
    page = words(asked(client, round))
    assert "invited after an expression of interest in First thoughts" in page
    assert ("or had an award of" in page) is also
    unsaid = asked(client, round, council="Northshire Council", **GOOD)
    assert "Choose yes or no: Has the council" in unsaid.text
    assert "could lead" not in words(unsaid)
    refused = words(asked(client, round, council="Northshire Council", invited="no", **GOOD))
    assert "A bid would not pass as things stand" in refused
    assert "invited after an expression of interest." in refused
    assert "could lead a bid" in words(asked(client, round, council="Northshire Council", invited="yes", **GOOD))
