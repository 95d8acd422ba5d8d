"""The register in the database, names that wait for a person, and partnerships."""

from datetime import date

import pytest
from sqlalchemy import func, select

from grants.audit.models import AuditEvent
from grants.councils import operations as councils
from grants.councils.models import Alias, Council, CouncilName, Membership, MembershipRole, NameInQuestion, Succession
from grants.councils.queries import (
    council_named,
    council_with,
    councils_in_being,
    name_book,
    official_name,
    partnerships_of,
)
from grants.councils.resolver import Certainty
from grants.kernel.db import db
from grants.kernel.errors import Overtaken, Refused
from grants.people.roles import Role
from tests.factories import NOW, TODAY, make_council, make_person

PAPER = date(2018, 3, 22)
TABLES = (Council, CouncilName, Succession, Alias)


@pytest.fixture
def register(session):
    councils.load_register()
    db.session.commit()


def counts():
    return [db.session.scalar(select(func.count()).select_from(table)) for table in TABLES]


def ask(printed="Derby County Council", as_at=PAPER, seen_in="The paper of 22 March 2018"):
    return councils.ask_name(name_book().resolve(printed, as_at), as_at=as_at, seen_in=seen_in, at=NOW)


def settle(name, *codes, reason="Asked the clerk.", by=None, **values):
    meant = [council_with(code) for code in codes]
    by = by or make_person(Role.PROGRAMME_MANAGER)
    councils.settle_name(
        name, meant, reason=reason, version_seen=values.get("version_seen", name.version), by=by, at=NOW
    )
    db.session.commit()


def test_the_register_loads_once_however_often_it_is_loaded(register):
    before = counts()
    assert before == [383, 10, 52, 37]
    councils.load_register()
    db.session.commit()
    assert counts() == before


def test_a_correction_of_the_register_reaches_the_database(register):
    council = council_with("E06000026")
    council.name, council.population = "Something else", 1
    db.session.commit()
    councils.load_register()
    assert (council.name, council.population > 1) == ("Plymouth City Council", True)


def test_names_from_the_database_settle_as_those_of_the_shipped_tables_do(register):
    book = name_book()
    assert book.resolve("Shepway District Council", PAPER).gss_codes == ("E07000112",)
    assert book.resolve("Bromsgrove & Redditch Councils", PAPER).certainty is Certainty.JOINT
    assert book.resolve("Derby County Council", PAPER).certainty is Certainty.AMBIGUOUS
    assert name_book() is book


def test_the_name_of_a_council_depends_on_the_day(register):
    folkestone = council_with("E07000112")
    assert official_name(folkestone, PAPER) == "Shepway District Council"
    assert official_name(folkestone, TODAY) == "Folkestone and Hythe District Council"
    assert official_name(council_with("E06000026"), TODAY) == "Plymouth City Council"


def test_councils_in_being_are_those_of_the_day(register):
    names = {council.name for council in db.session.scalars(councils_in_being(PAPER))}
    assert "Mendip District Council" in names
    assert "Somerset Council" not in names
    assert "Mendip District Council" not in {c.name for c in db.session.scalars(councils_in_being(TODAY))}


def test_a_person_may_name_a_council_by_name_or_code_but_nearly_is_not_enough(register):
    assert council_named("plymouth city council", TODAY).code == "E06000026"
    assert council_named(" e06000026 ", TODAY).name == "Plymouth City Council"
    with pytest.raises(Refused, match=r"Did you mean Plymouth City Council\?") as refusal:
        council_named("Plymouth", TODAY)
    assert refusal.value.field == "council"
    with pytest.raises(Refused, match="names two councils, Bromsgrove"):
        council_named("Bromsgrove & Redditch Councils", TODAY)
    with pytest.raises(Refused, match="no council called"):
        council_named("\0<script>" * 900, TODAY)


def test_a_name_is_asked_about_once_for_each_spelling_and_day(register):
    first = ask()
    assert {council.code for council in first.candidates} == {"E06000015", "E10000007"}
    assert ask("DERBY  County Council*") is first
    assert ask(as_at=date(2019, 3, 31)) is not first
    assert db.session.scalar(select(func.count()).select_from(NameInQuestion)) == 2


def test_a_settled_name_settles_by_itself_from_then_on(register):
    name = ask()
    settle(name, "E06000015")
    assert name_book().resolve("Derby County Council*", PAPER).gss_codes == ("E06000015",)
    assert [council.code for council in name.candidates] == ["E06000015"]
    assert db.session.scalar(select(AuditEvent).where(AuditEvent.verb == "settled")).reason == "Asked the clerk."


def test_what_a_person_settled_stands_when_the_register_is_loaded_again(register):
    settle(ask(), "E06000015")
    councils.load_register()
    assert name_book().resolve("Derby County Council", PAPER).gss_codes == ("E06000015",)


def test_a_name_may_mean_two_councils_or_none(register):
    settle(ask("Ashford and Dover Councils"), "E07000105", "E07000108")
    assert name_book().resolve("Ashford & Dover Councils", PAPER).certainty is Certainty.JOINT
    settle(ask("The Harbour Company"))
    assert name_book().resolve("The Harbour Company", PAPER).certainty is Certainty.NOT_A_COUNCIL


def test_rooms_that_hold_the_name_follow_in_the_same_transaction(register, monkeypatch):
    told = []
    monkeypatch.setattr(councils, "on_settled", [lambda name, meant: told.append((name.printed, meant))])
    settle(ask(), "E06000015")
    assert told == [("Derby County Council", [council_with("E06000015")])]


def test_a_membership_that_waited_becomes_the_councils(register):
    lead = council_with("E07000105")
    waiting = councils.Member(None, "Ashford and Dover Councils", starred=True)
    partner = councils.Member(None, "Ashford and Dover Councils", role=MembershipRole.PARTNER)
    partnership = councils.form_partnership("Kent", lead=lead, members=[waiting, partner], by=None, on=PAPER)
    settle(ask("Ashford and Dover Councils"), "E07000105", "E07000108")
    places = db.session.scalars(select(Membership).where(Membership.partnership == partnership, Membership.starred))
    assert sorted(place.council.code for place in places) == ["E07000105", "E07000108"]
    assert db.session.scalar(select(Membership).where(Membership.role == MembershipRole.PARTNER)).council is None


def test_settling_is_refused_where_it_would_be_wrong(register):
    name = ask()
    with pytest.raises(Refused, match="was not in being on 22 March 2018"):
        settle(name, "E06000066")
    with pytest.raises(Refused, match="Say how you know"):
        settle(name, "E06000015", reason="")
    with pytest.raises(Refused, match="two different ones"):
        settle(name, "E06000015", "E06000015")
    with pytest.raises(Overtaken):
        settle(name, "E06000015", version_seen=99)
    settle(name, "E06000015")
    with pytest.raises(Refused, match="settled this name already"):
        settle(name, "E10000007")


def test_an_answer_for_another_day_does_not_change_what_the_spelling_meant_before(register):
    later = ask("Mendip District Council", as_at=date(2024, 3, 31))
    settle(later, "E06000066")
    assert name_book().resolve("Mendip District Council", PAPER).gss_codes == ("E07000187",)
    assert ask("Mendip District Council", as_at=date(2024, 3, 31)).candidates == [council_with("E06000066")]


def test_a_partnership_names_its_lead_and_each_member_once(session):
    lead, other = make_council("Lead Council"), make_council("Other Council")
    made = councils.form_partnership("  One   Shire ", lead=lead, members=[lead, other, other], by=None, on=TODAY)
    assert made.name == "One Shire"
    assert [(m.printed_as, m.role.value) for m in made.memberships] == [
        ("Lead Council", "lead"),
        ("Lead Council", "member"),
        ("Other Council", "member"),
    ]
    assert list(db.session.scalars(partnerships_of({other.id}, TODAY))) == [made]
    assert list(db.session.scalars(partnerships_of({other.id}, date(2018, 1, 1)))) == []
    assert list(db.session.scalars(partnerships_of(set(), TODAY))) == []


def test_a_partnership_needs_a_name_of_its_own_and_somebody_in_it(session):
    lead = make_council()
    councils.form_partnership("One Shire", lead=lead, members=[], by=None, on=TODAY)
    for name, members in (("One Shire", [lead]), ("", [lead]), ("x" * 161, [lead]), ("Nobody", [])):
        with pytest.raises(Refused):
            councils.form_partnership(name, lead=None, members=members, by=None, on=TODAY)
