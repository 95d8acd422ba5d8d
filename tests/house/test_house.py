"""What holds for the whole house, whoever wrote the room."""

import ast
import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import BigInteger

from grants.frame import MENU
from grants.kernel.db import db
from grants.people.access import check_every_route
from grants.people.roles import Permission, Role, permissions_of

ROOT = Path(__file__).resolve().parents[2]
ROOMS = [
    "audit",
    "files",
    "messages",
    "people",
    "councils",
    "funds",
    "bids",
    "appraisal",
    "allocation",
    "awards",
    "outcomes",
    "reports",
]
WRITES = {"commit", "rollback"}


def sources(*patterns: str) -> list[Path]:
    found = [path for pattern in patterns for path in ROOT.glob(pattern)]
    assert found, f"nothing matches {patterns}"
    return sorted(found)


def test_every_route_names_a_permission(product: Flask):
    check_every_route(product)


def test_a_route_without_a_permission_stops_the_start():
    app = Flask("naked")
    app.add_url_rule("/open", "open", lambda: "for anyone")
    with pytest.raises(RuntimeError, match="open"):
        check_every_route(app)


def test_only_these_pages_are_open_to_everyone(product: Flask):
    public = {
        rule.endpoint
        for rule in product.url_map.iter_rules()
        if getattr(product.view_functions[rule.endpoint], "permission", None) is Permission.PUBLIC
    }
    assert public == {
        "people.home",
        "people.sign_in",
        "people.forgotten",
        "people.set_password",
        "colleagues.invitation",
        "funds.rounds",
        "funds.show",
        "place_scores.show",
        "eligibility_before.check",
    }


def test_a_stranger_is_asked_to_sign_in_on_every_other_page(product: Flask, client):
    for rule in product.url_map.iter_rules():
        permission = getattr(product.view_functions[rule.endpoint], "permission", Permission.PUBLIC)
        if permission is Permission.PUBLIC:
            continue
        path = re.sub(r"<[^>]+>", "2", str(rule))
        for method in rule.methods & {"GET", "POST"}:
            answer = client.open(path, method=method)
            assert answer.status_code == 302, (method, path)
            assert "/sign-in" in answer.location, (method, path)


def test_every_line_of_the_menu_leads_somewhere(product: Flask):
    assert [item.endpoint for item in MENU if item.endpoint not in product.view_functions] == []


def test_the_auditor_may_change_nothing():
    changes = {p for p in permissions_of(Role.AUDITOR) if not p.value.endswith("_read")}
    assert changes == set()


@pytest.mark.parametrize("path", sources("grants/*/*.py"), ids=lambda p: str(p.relative_to(ROOT)))
def test_nothing_below_the_views_commits(path: Path):
    """Views, commands and jobs decide when a transaction ends; what they call must be able to share one."""
    if path.stem in {"views", "commands", "tasks"} or path.stem.endswith(("_views", "_commands")):
        return
    outbox = "grants/messages/operations.py"  # sent a message a transaction
    if path.parent.name in {"kernel", "demo"} or path.relative_to(ROOT).as_posix() == outbox:
        return
    calls = [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES
    ]
    assert calls == [], f"{path} ends or begins a transaction in lines {calls}"


@pytest.mark.parametrize("path", sources("grants/*/operations.py"), ids=lambda p: p.parent.name)
def test_operations_are_told_the_time(path: Path):
    asked = re.findall(r"clock\.(?:now|today)\(\)", path.read_text())
    allowed = 10 if path.parent.name in {"audit", "messages"} else 0
    assert len(asked) <= allowed, f"{path} looks at the clock"


def test_money_is_whole_pence_in_64_bits(product: Flask):
    money = [
        column
        for table in db.metadata.tables.values()
        for column in table.columns
        if re.search(r"pence|hundredths", column.name)
    ]
    assert len(money) > 8
    assert [str(c) for c in money if not isinstance(c.type, BigInteger)] == []


def test_no_column_keeps_a_fraction_of_a_penny(product: Flask):
    floats = {
        str(column)
        for table in db.metadata.tables.values()
        for column in table.columns
        if column.type.python_type is float
    }
    assert floats == {"council.latitude", "council.longitude", "site.hectares"}


@pytest.mark.parametrize("path", sources("templates/**/*.html"), ids=lambda p: str(p.relative_to(ROOT / "templates")))
def test_templates_say_and_do_not_ask_the_database(path: Path):
    text = path.read_text()
    assert not re.search(r"\b(session|query|execute|scalars?)\s*[.(]", text), "a query in a template"
    assert not re.search(r"\sstyle=|\son(click|change|submit|load)=", text), (
        "inline style or script, which the CSP refuses"
    )
    assert "|safe" not in text.replace(' aria-current="true"\'|safe', "").replace(' aria-current="page"\'|safe', ""), (
        "typed text must stay escaped"
    )


def test_the_project_stands_alone():
    """No address of a registry, no path of a machine, no lock that names hosts."""
    words = [
        word.replace("!", "") for word in ("registry!.npmjs", "py!pi.org", "python!hosted", "deb!.debian", "/wo!rk/")
    ]
    tracked = [
        path
        for path in ROOT.rglob("*")
        if path.is_file()
        and not {".git", ".venv", "node_modules", "instance", "output", "govuk"} & set(path.relative_to(ROOT).parts)
        and not any(part.startswith((".mypy", ".ruff", ".pytest", ".hypo", "__pyc", ".import")) for part in path.parts)
    ]
    named = [
        str(path.relative_to(ROOT))
        for path in tracked
        if path.suffix not in {".png", ".pdf", ".docx", ".xlsx", ".pyc"}
        and any(word in path.read_text(errors="ignore") for word in words)
    ]
    assert named == []
    assert not (ROOT / "uv.lock").exists()


def test_the_migrations_and_the_models_agree(session):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, db.metadata) == []
