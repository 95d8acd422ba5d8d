"""Every route, asked for by every kind of person: what is not yours is not found, and no address breaks anything."""

from urllib.parse import quote

import pytest
from sqlalchemy import select

from grants.kernel.db import db
from grants.people.roles import COUNCIL_ROLES, Permission, Role, permissions_of
from tests.factories import sign_in
from tests.trust import world as worlds

COUNCIL = tuple(sorted(COUNCIL_ROLES))
FILES = ("files", "evidence", "attachments")
HOSTILE = (
    *("0", "-1", "2147483648", "9223372036854775808", "9" * 400, "1e309", "NaN", "٣"),
    *("%", "_", "'", '"', "\\", "%25", "..", "../../etc/passwd", "[]", "{{7*7}}", "<script>alert(1)</script>"),
    *("\0", "a\0b", "\r\nSet-Cookie: a=b", "\udcff", "\ufffe", "😀", "x" * 3_000, "2018-02-30", "0000-01-01"),
)
ASKED = (
    *("page", "q", "round", "status", "council", "region", "search", "words", "kind", "being", "show", "line", "next"),
    *("as_at", "as_at-day", "as_at-month", "as_at-year", "since-day", "since-month", "since-year", "until-day"),
    *("until-month", "until-year", "actor", "role", "state", "partnership", "overdue", "settled", "still", "endpoint"),
    *("_external", "_anchor", "_scheme", "_method"),
)


@pytest.fixture
def world(session):
    return worlds.build()


def everything(session):
    """Every row of every table, but when a sign-in was made and last seen."""
    session.rollback()
    return {
        table.name: sorted(map(repr, session.execute(select(table))))
        for table in db.metadata.sorted_tables
        if table.name != "sign_in"
    }


def permission_of(app, rule):
    return app.view_functions[rule.endpoint].permission


def held_by(person):
    """Every permission of this person today."""
    held = {permission for role in person.roles_on(worlds.today()) for permission in permissions_of(role)}
    return held | {Permission.PUBLIC, Permission.SIGNED_IN}


def signed_in(app, person):
    client = app.test_client()
    sign_in(client, person)
    return client


@pytest.mark.sqlite  # the same queries on either engine
def test_another_council_finds_nothing_and_changes_nothing(app, session, world):
    """T01 to T04, T07, I17: by every route, each way of asking, as each role of a council that has no part in it."""
    shared = {"/rounds", "/assumptions", "/councils", "/partnerships", "/password"}
    owned = [
        (rule, path)
        for rule, path in worlds.addresses(app, world)
        if rule.arguments - {"day", "form", "kind"} and not any(rule.rule.startswith(start) for start in shared)
    ]
    assert len(owned) > 65
    before = everything(session)
    for role in COUNCIL:
        client = signed_in(app, world.of(role, world.south))
        for rule, path in owned:
            for method in sorted(rule.methods - {"OPTIONS"}):
                answer = client.open(path, method=method, data={"title": "Ours now", "version": "1", "reason": "Mine"})
                assert answer.status_code in (403, 404), (role, method, path, answer.status_code)
                assert b"Northern" not in answer.data, (role, method, path)
    assert everything(session) == before


@pytest.mark.sqlite  # the same queries on either engine
def test_the_lists_of_another_council_hold_nothing_of_the_norths(app, session, world):
    lists = [(rule, path) for rule, path in worlds.addresses(app, world) if not rule.arguments - {"kind"}]
    words = ("?q=Northern", "?words=Northern", "?search=Northern", "?round=lrf-before", "?status=moderated", "")
    for role in COUNCIL:
        client = signed_in(app, world.of(role, world.south))
        for rule, path in lists:
            if "GET" not in rule.methods or rule.endpoint in ("people.sign_in", "councils.partnerships"):
                continue
            for asked in words:
                text = client.get(path + asked).get_data(as_text=True).replace("value=&#34;Northern", "")
                found = text.replace('value="Northern"', "")
                assert "Northern" not in found, (role, path + asked)


@pytest.mark.sqlite  # permissions are settled before any database is asked
def test_who_lacks_the_permission_is_told_no_and_looking_changes_nothing(app, session, world):
    """T03, T09, T16: by every route as everyone; GET and HEAD store nothing, whoever asks."""
    walked = list(worlds.addresses(app, world))
    before = everything(session)
    for name, person in world.people():
        if name.startswith("south"):
            continue  # the same roles as the north's
        client, held = signed_in(app, person), held_by(person)
        for rule, path in walked:
            mine = permission_of(app, rule) in held
            for method in sorted(rule.methods - {"OPTIONS"}):
                if method == "POST" and mine:
                    continue  # what a person may do is tried with real forms elsewhere
                code = client.open(path, method=method).status_code
                assert code < 500, (name, method, path)
                assert mine or code == 403, (name, method, path, code)
    assert everything(session) == before


@pytest.mark.sqlite  # the same queries on either engine
def test_a_child_is_found_only_under_its_own_parent(app, session, world):
    """T04: keys of things of the north under a parent that is one's own, or of one bid under another's."""
    others = {"bid": world.bids["south"], "task": world.bids["south appraisal"]}
    nested = [rule for rule in app.url_map.iter_rules() if len(rule.arguments & worlds.KEYS) > 1]
    assert len(nested) > 10
    urls = app.url_map.bind("localhost")
    before = everything(session)
    for role in (*COUNCIL, Role.APPRAISER, Role.PROGRAMME_MANAGER, Role.AUDITOR):
        client = signed_in(app, world.of(role, world.south if role in COUNCIL else None))
        for rule in nested:
            values = {**worlds.values_of(rule, world), "key": others["bid"].key}
            path = urls.build(rule.endpoint, values)
            for method in sorted(rule.methods - {"OPTIONS"}):
                answer = client.open(path, method=method, data={"title": "Ours now", "version": "1"})
                assert answer.status_code in (403, 404), (role, method, path, answer.status_code)
    assert everything(session) == before


def test_no_address_breaks_anything(app, session, world):
    """T22, T23, I22: hostile words in every part of every address, and in every question that lists understand."""
    urls = app.url_map.bind("localhost")
    people = [person for name, person in world.people() if not name.startswith("south")]
    clients = [(signed_in(app, person), held_by(person)) for person in people]
    for number, (rule, path) in enumerate(worlds.addresses(app, world)):
        those = [client for client, held in clients if permission_of(app, rule) in held]
        client = next((c for c in those if "GET" in rule.methods and c.get(path).status_code == 200), None)
        if client is None:
            continue
        for part in sorted(rule.arguments - {"gate_id", "number"}):
            values = {**worlds.values_of(rule, world), part: "PART"}
            for word in HOSTILE[number % 3 :: 3]:
                hostile = urls.build(rule.endpoint, values).replace("PART", encoded(word))
                assert client.get(hostile).status_code < 500, (rule.rule, part, word[:40])
        if not rule.arguments - {"code", "kind"}:
            for word in HOSTILE:
                every = "&".join(f"{asked}={encoded(word)}" for asked in ASKED)
                assert client.get(f"{path}?{every}").status_code < 500, (path, word[:40])


def encoded(word):
    return quote(word, safe="", errors="surrogateescape")


def test_no_number_in_an_address_is_too_large(app, session, world):
    checker = signed_in(app, world.of(Role.ELIGIBILITY_CHECKER))
    admin = signed_in(app, world.of(Role.ADMINISTRATOR))
    bid, person = world.bids["submitted"].key, world.of(Role.APPRAISER).key
    for number in ("0", "2147483648", "9223372036854775808", "9" * 40, "9" * 5000):
        assert checker.post(f"/eligibility/{bid}/gates/{number}/agree").status_code == 404, number
        assert admin.get(f"/people/{person}/appointments/{number}/end").status_code == 404, number
