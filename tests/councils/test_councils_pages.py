"""Pages for councils and partnerships, and for settling a printed name."""

from datetime import date

import pytest
from sqlalchemy import event, select

from grants.councils import operations as councils
from grants.councils.models import Alias, NameInQuestion
from grants.councils.queries import council_with, forget_name_book, name_book
from grants.kernel.db import db
from grants.people.roles import Role
from tests.factories import NOW, make_council, make_partnership, make_person, sign_in

PAPER = date(2018, 3, 22)


@pytest.fixture
def register(session):
    councils.load_register()
    db.session.commit()


@pytest.fixture
def reader(register, client):
    sign_in(client, make_person(Role.APPRAISER))
    return client


@pytest.fixture
def manager(register, client):
    sign_in(client, make_person(Role.PROGRAMME_MANAGER, name="Mo Hart"))
    return client


def ask(printed="Derby County Council", as_at=PAPER):
    resolution = name_book().resolve(printed, as_at)
    name = councils.ask_name(resolution, as_at=as_at, seen_in="The paper of <b>22 March</b>", at=NOW)
    db.session.commit()
    return name


def answer(name, **said):
    return {"version": name.version, "answer": "one", "council": "", "second": "", "reason": "Asked.", **said}


def test_councils_are_found_by_any_name_they_have_borne(reader):
    assert "Folkestone and Hythe District Council" in reader.get("/councils?search=shepway").text
    assert "Plymouth City Council" in reader.get("/councils?search=e06000026").text
    assert "No council fits that." in reader.get("/councils?search=%25%25%25").text


def test_councils_are_narrowed_by_kind_region_and_whether_they_are_there(reader):
    page = reader.get("/councils?kind=county&region=South+West&being=no").text
    assert "Dorset County Council" in page
    assert "Gloucestershire County Council" not in page
    assert "5 councils" in reader.get("/councils?kind=metropolitan&region=North+East&being=yes").text


def test_the_list_takes_the_same_few_queries_however_long_it_is(session, client):
    sign_in(client, make_person(Role.APPRAISER))
    asked = []
    event.listen(db.engine, "before_cursor_execute", lambda *said: asked.append(said[2]))

    def queries(path):
        asked.clear()
        assert client.get(path).status_code == 200
        return len([sql for sql in asked if sql.startswith("SELECT")])

    make_partnership(make_council("Lead"), make_council("Other"))
    db.session.commit()
    few = [queries(path) for path in ("/councils", "/partnerships")]
    for _ in range(60):
        make_partnership(make_council(), make_council())
    db.session.commit()
    assert [queries(path) for path in ("/councils", "/partnerships")] == few


def test_a_council_shows_its_life_on_both_sides_of_a_merger(reader):
    mendip = reader.get("/councils/E07000187").text
    assert "no longer in being" in mendip
    assert "Went over to" in mendip
    assert "Somerset Council" in mendip
    somerset = reader.get("/councils/E06000066").text
    assert "Took over from" in somerset
    assert "Mendip District Council" in somerset
    assert "Took the name Folkestone and Hythe District Council" in reader.get("/councils/E07000112").text
    assert reader.get("/councils/E99999999").status_code == 404


def test_a_partnership_shows_its_lead_stars_and_other_partnerships(reader):
    kent, medway = council_with("E10000016"), council_with("E06000035")
    members = [kent, councils.Member(medway, starred=True), councils.Member(None, "The <i>Harbour</i> Company")]
    one = councils.form_partnership("Kent and friends", lead=kent, members=members, by=None, on=PAPER)
    councils.form_partnership("Medway alone", lead=medway, members=[medway], by=None, on=PAPER)
    db.session.commit()
    page = reader.get(f"/partnerships/{one.key}").text
    assert "(starred)" in page
    assert "Medway alone" in page
    assert "Name in question" in page
    assert "The &lt;i&gt;Harbour" in page
    listed = reader.get("/partnerships?search=medway+council").text
    assert "Kent and friends" in listed
    assert "Kent and friends" in reader.get("/councils/E06000035").text
    assert reader.get("/partnerships/nothing").status_code == 404


def test_a_name_waits_on_the_desk_until_it_is_settled(manager):
    name = ask()
    assert "Names in question" in manager.get("/").text
    page = manager.get(f"/names/{name.key}").text
    assert "Derbyshire County Council" in page
    assert "&lt;b&gt;22 March" in page
    said = manager.post(f"/names/{name.key}", data=answer(name, council="Derby City Council"))
    assert said.location.endswith("/names")
    assert "Printed names" not in manager.get("/").text
    assert "Derby City Council" in manager.get("/names?settled=yes").text
    assert "by Mo Hart" in manager.get(f"/names/{name.key}").text
    forget_name_book()
    assert name_book().resolve("Derby County Council", PAPER).gss_codes == ("E06000015",)


def test_a_name_is_settled_to_two_councils_or_to_none(manager):
    joint, none = ask("Ashford and Dover Councils"), ask("The Harbour Company")
    said = answer(joint, answer="two", council="Ashford Borough Council", second="E07000108", reason="They share it")
    assert manager.post(f"/names/{joint.key}", data=said).status_code == 302
    assert manager.post(f"/names/{none.key}", data=answer(none, answer="none")).status_code == 302
    kept = {alias.printed: [council.code for council in alias.councils] for alias in db.session.scalars(select(Alias))}
    assert kept["Ashford and Dover Councils"] == ["E07000105", "E07000108"]
    assert kept["The Harbour Company"] == []


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"council": "Derby"}, "Did you mean Derby City Council"),
        ({"council": ""}, "Enter the name of a council"),
        ({"council": "Derby City Council", "reason": ""}, "Say how you know"),
        ({"council": "Somerset Council"}, "Did you mean"),
        ({"council": "E06000066"}, "was not in being on 22 March 2018"),
        ({"answer": "two", "council": "Derby City Council", "second": "Derby City Council"}, "two different ones"),
        ({"answer": "two", "council": "Derby City Council", "second": ""}, "Enter the name of a council"),
        ({"answer": "three", "council": "Derby City Council"}, "There is a problem"),
        ({"answer": "", "council": "Derby City Council"}, "Choose what this name means."),
        ({"council": "Derby\0City"}, "cannot be kept"),
        ({"council": "Derby City Council", "reason": "x" * 60_000}, "too long"),
        ({"council": "Derby City Council", "version": "nonsense"}, "Somebody else"),
    ],
)
def test_an_answer_that_will_not_do_is_kept_and_answered(manager, said, message):
    name = ask()
    page = manager.post(f"/names/{name.key}", data=answer(name, **said))
    assert page.status_code == 200
    assert message in page.text
    assert db.session.get(NameInQuestion, name.id).settled_at is None


def test_a_second_answer_is_told_of_the_first(manager):
    name = ask()
    data = answer(name, council="Derby City Council")
    manager.post(f"/names/{name.key}", data=data)
    assert "settled this name already" in manager.post(f"/names/{name.key}", data=data).text


def test_names_are_settled_by_those_who_may(register, client):
    name = ask()
    for role in (Role.AUDITOR, Role.BID_COORDINATOR, Role.APPRAISER, Role.FINANCE_OFFICER):
        sign_in(client, make_person(role))
        assert client.get("/names").status_code == 403, role
        assert client.post(f"/names/{name.key}", data=answer(name)).status_code == 403, role
    sign_in(client, make_person(Role.ADMINISTRATOR))
    assert client.get("/names").status_code == 200
    assert client.get("/names/nothing").status_code == 404


@pytest.mark.parametrize("query", ["search=" + "%25" * 3000, "kind=castle&region=Mars&being=maybe", "page=-1"])
def test_odd_searches_are_answered(reader, query):
    assert reader.get(f"/councils?{query}").status_code == 200
    assert reader.get(f"/partnerships?{query}").status_code == 200
