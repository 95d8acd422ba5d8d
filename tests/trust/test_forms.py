"""Every form of every page, filled with what people and attackers type: answered in words, and never with a fault."""

import html
import io
import math
import re
from html.parser import HTMLParser

import pytest
from sqlalchemy import select

from grants.kernel.db import db
from tests.factories import sign_in
from tests.trust import world as worlds

REFUSED = (
    *(
        "NaN",
        "Infinity",
        "-1",
        "1e309",
        "0x10",
        "1_000",
        "٣",
        "1,00",
        "£",
        "£-5",
        "0.001",
        "1.005",
        "9" * 25,
        "9" * 5000,
    ),
    *(
        "30",
        "31/02/2018",
        "0000",
        "10000",
        "2018-02-30",
        "99999999999999999999",
        "²",
        "a\0b",
        "\ud800".encode("utf-8", "surrogatepass"),
    ),
    *("\ufffe", "\x1b[31m", "x" * 60_000, "%" * 30_000, "\t", " "),
)
LIVE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}"
KEPT = (
    LIVE,
    "=1+1",
    "@SUM(A1)",
    "+44",
    "-2",
    "\u202eevil",
    "😀 x",
    "%_\\",
    "O’Neill & Sons",
    "<r>b</r>",
    "javascript:alert(1)",
)
LAST = (
    "withdraw",
    "take-back",
    "submit",
    "send",
    "sign",
    "announce",
    "publish",
    "cancel",
    "remove",
    "end",
    "disable",
    "decline",
    "accept",
    "confirm",
)


class Forms(HTMLParser):
    """The forms that a page sends by POST: (address, fields as (name, kind, value, options))."""

    def __init__(self, page):
        super().__init__()
        self.forms, self.form, self.select, self.area = [], None, None, None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        if tag == "form":
            self.form = (a.get("action"), []) if a.get("method", "").lower() == "post" else None
            if self.form:
                self.forms.append(self.form)
        elif self.form is None or (tag != "option" and not a.get("name")):
            return
        elif tag in ("input", "button"):
            self.form[1].append(
                [a["name"], a.get("type", "text") if tag == "input" else "button", a.get("value") or "", []]
            )
        elif tag in ("select", "textarea"):
            self.form[1].append([a["name"], tag, "", []])
        elif tag == "option":
            self.form[1][-1][3].append(a.get("value") or "")
        if tag in ("select", "textarea"):
            self.area = tag

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None


def filled(fields, typed):
    """Boxes hold what is `typed` in turn; of choices the last, so that those which ask for more are met; all ticked."""
    data, boxes = {}, 0
    for name, kind, value, options in fields:
        if kind in ("text", "textarea", "password"):
            data[name] = typed[boxes % len(typed)]
            boxes += 1
        elif kind == "select":
            data[name] = options[-1] if options else ""
        elif kind != "file":
            data[name] = value
    return data


@pytest.fixture
def world(session):
    return worlds.build()


def pages(app, world):
    """(client, address) of each page with a form, asked for by each sort of person who may; what ends things last."""
    clients = []
    for name, person in world.people():
        if not name.startswith("south"):
            clients.append(app.test_client())
            sign_in(clients[-1], person)
    walked = sorted(worlds.addresses(app, world), key=lambda found: any(word in found[1] for word in LAST))
    for rule, path in walked:
        if "GET" not in rule.methods:
            continue
        for client in clients:
            answer = client.get(path)
            if answer.status_code != 200 or answer.mimetype != "text/html":
                continue
            found = [form for form in Forms(answer.get_data(as_text=True)).forms if form[0] != "/sign-out"]
            if found:
                yield client, path
                break


def send(client, path, action, fields, typed):
    data = filled(fields, typed)
    files = [name for name, kind, _, _ in fields if kind == "file"]
    if not files:
        return client.post(action or path, data=data)
    name = typed[0].decode("utf-8", "replace") if isinstance(typed[0], bytes) else typed[0]
    data |= {field: (io.BytesIO(b"%PDF-1.4\n%%EOF"), f"{name[:300]}.pdf") for field in files}
    return client.post(action or path, data=data, content_type="multipart/form-data")


def turns(boxes):
    """The words so turned that a form of many boxes meets each word somewhere, and one of few boxes many."""
    for first in range(0, len(REFUSED), 4 if boxes < 4 else 9):
        yield REFUSED[first:] + REFUSED[:first]


def test_every_form_answers_whatever_is_typed(app, session, world):
    """T22, T23, I22: no fault of ours, and what was typed is given back."""
    tried, lost = 0, []
    for client, path in pages(app, world):
        page = client.get(path).get_data(as_text=True)
        for action, fields in Forms(page).forms:
            boxes = [name for name, kind, _, _ in fields if kind in ("text", "textarea")]
            if action == "/sign-out" or not boxes:
                continue
            for words in turns(len(boxes)):
                answer = send(client, path, action, fields, words)
                tried += 1
                assert answer.status_code < 500, (path, action, words[0][:40])
                if answer.status_code == 200 and b'method="post"' in answer.data.split(b"<main")[-1]:
                    shown = html.unescape(answer.get_data(as_text=True))
                    typed = [w for w in words[: len(boxes)] if isinstance(w, str) and len(w) < 50 and w.isprintable()]
                    lost += [(path, action, w) for w in typed if w.strip() not in shown]
    assert tried > 150
    assert lost == [], "\n".join(map(repr, lost))


@pytest.mark.sqlite  # what a template escapes does not depend on the engine
def test_what_is_kept_is_text_wherever_it_is_shown(app, session, world):
    """T17, T19, I07: what a form takes comes back as text on every page and in every file; every sum is a number."""
    walked = [(rule, path) for rule, path in worlds.addresses(app, world) if "GET" in rule.methods]
    for client, path in pages(app, world):
        for first in (0, 4, 8):
            page = client.get(path)
            if page.status_code != 200 or page.mimetype != "text/html":
                break  # a form before this one has ended what it was about
            for action, fields in Forms(page.get_data(as_text=True)).forms:
                if action != "/sign-out":
                    answer = send(client, path, action, fields, KEPT[first:] + KEPT[:first])
                    assert answer.status_code < 500, (path, action)
                    assert_text_only(answer, path)
    for name, person in world.people():
        if name not in ("north bid_coordinator", "appraiser", "programme_manager", "administrator", "auditor"):
            continue
        client = app.test_client()
        sign_in(client, person)
        for _, path in walked:
            answer = client.get(path)
            assert answer.status_code < 500, path
            assert_text_only(answer, path)
    session.rollback()
    for column in (column for table in db.metadata.sorted_tables for column in table.columns):
        if re.search("pence|hundredths|hectares", column.name):
            assert all(math.isfinite(value or 0) for value in session.scalars(select(column))), column


def assert_text_only(answer, path):
    if answer.mimetype == "text/html":
        shown = answer.get_data(as_text=True)
        assert "<script>alert" not in shown, path
        assert "<img src=x" not in shown, path
