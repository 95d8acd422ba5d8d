"""What must not be served is not served, and setting up can be done again and again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from grants import config as configuration
from grants.config import Misconfigured
from grants.councils.models import Council
from grants.kernel.db import db
from grants.people.models import Person
from grants.people.roles import Role
from grants.readiness import check_ready
from grants.serving import _who_can_sign_in
from tests.factories import PASSWORD, make_person

ROOT = Path(__file__).parents[2]


@pytest.fixture
def production(app, session, monkeypatch):
    monkeypatch.setitem(app.config, "PRODUCTION", True)
    monkeypatch.setitem(app.config, "SECRET_KEY", "s" * 40)
    return app


def test_a_product_that_is_set_up_is_ready(production):
    check_ready(production)


def test_production_needs_a_secret_of_its_own(production, monkeypatch):
    with pytest.raises(Misconfigured, match="Set SECRET_KEY"):
        configuration.settings({"GRANTS_ENVIRONMENT": "production"})
    monkeypatch.setitem(production.config, "SECRET_KEY", "short")
    with pytest.raises(Misconfigured, match="too short"):
        check_ready(production)


def test_production_refuses_while_the_demos_people_can_sign_in(production):
    person = make_person(Role.ADMINISTRATOR, password=PASSWORD)
    person.invented = True
    db.session.commit()
    with pytest.raises(Misconfigured, match=person.email):
        check_ready(production)
    person = db.session.get(Person, person.id)
    person.active = False
    db.session.commit()
    check_ready(production)


def test_in_development_they_may(app, session):
    make_person(password=PASSWORD).invented = True
    db.session.commit()
    check_ready(app)


def test_a_database_that_is_behind_is_not_served(app, session):
    db.session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    db.session.commit()
    try:
        with pytest.raises(Misconfigured, match="not up to date"):
            check_ready(app)
    finally:  # the one table that is kept between tests on PostgreSQL
        db.session.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": head(app)})
        db.session.commit()


def head(app):
    from alembic.script import ScriptDirectory

    return ScriptDirectory(str(ROOT / "migrations")).get_current_head()


def test_the_server_does_not_start_without_its_database(tmp_path):
    environment = {**os.environ, "GRANTS_INSTANCE": str(tmp_path), "DATABASE_URL": f"sqlite:///{tmp_path}/empty.db"}
    command = [sys.executable, "-m", "gunicorn", "-c", "grants/serving.py", "wsgi:app", "--bind", "127.0.0.1:0"]
    said = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert said.returncode == 1
    assert "Not started. The database is not up to date: flask --app wsgi setup" in said.stderr


def test_who_can_sign_in_is_said_in_columns(tmp_path):
    file = tmp_path / "demo-people.json"
    assert _who_can_sign_in(file) == ""
    file.write_text('[{"role": "Auditor", "email": "a@example.org", "password": "p q", "organisation": "x"}]')
    assert "  Auditor  a@example.org  p q\n" in _who_can_sign_in(file)


def test_setting_up_again_keeps_what_is_there(app, session):
    make_person(Role.ADMINISTRATOR)
    db.session.commit()
    for _ in range(2):
        said = app.test_cli_runner().invoke(args=["setup"])
        assert said.exit_code == 0, said.output
    assert "383 councils" in said.output
    assert db.session.query(Council).count() == 383
    assert db.session.query(Person).count() == 1


def test_in_production_setting_up_invents_nobody(production):
    said = production.test_cli_runner().invoke(args=["setup"])
    assert "create-administrator" in said.output
    assert db.session.query(Person).count() == 0
