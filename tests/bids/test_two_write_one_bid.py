"""Two people in two browsers write one bid at once, one of them without a network for a minute: no word is lost."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from grants.bids.models import Answer, AnswerEdit
from grants.funds.models import Question, QuestionKind
from grants.kernel.db import Json, db
from grants.kernel.text import words
from grants.people.roles import Role
from tests.browser import PATIENCE, photograph
from tests.entrance import entered, sign_in_here
from tests.factories import PASSWORD, made, make_council, make_draft, make_person

PROBLEM, COST, WHY = "What about problem?", "What about cost?", "What about why not?"
# What happens to a save on its way. The page's own fetch() is what is changed: an answer is then lost or held at once,
# with no process between that would have to keep step with the page's clock and with what the page gives up itself.
ANSWERS_ARE_LOST = """() => {
  window.wholeFetch ??= window.fetch
  window.fetch = async (...asked) => { await window.wholeFetch(...asked); throw new TypeError('lost') }
}"""
ANSWERS_BREAK_OFF = """() => {
  window.fetch = async (...asked) => { await window.wholeFetch(...asked); return new Response('<p>', {status: 502}) }
}"""
ANSWERS_COME_AGAIN = "() => { window.fetch = window.wholeFetch; dispatchEvent(new Event('online')) }"
NOTHING_GOES_OUT = "() => { window.fetch = () => new Promise(() => {}) }"
CORPUS = (
    "",
    "one",
    " two  words ",
    "a\u00a0b",
    "a\u2003b\u2009c",
    "a\u200bb is one and a half",
    "a\ufeffb",
    "dash – between",
    "well-known can't e.g. £1,000.50",
    "line\nbreak\n\nand\ttab",
    "\u3000wide",
    "日本語 text",
    "🏠 🏠",
    "end.",
)


def money_questions(section):
    """An answer by year, and a table with a column of money."""
    columns = [{"key": "item", "kind": "text", "label": "Item"}, {"key": "cost", "kind": "money", "label": "Cost"}]
    asked = {"years": (QuestionKind.MONEY_BY_YEAR, {}), "costs": (QuestionKind.TABLE, {"columns": columns})}
    for position, (code, (kind, settings)) in enumerate(asked.items(), start=100):
        row = Question(code=code, kind=kind, label=f"The {code}", position=position, settings=Json(settings))
        row.required, row.section = False, section
        made(row)


def kept(bid_id, code):
    """The answer as another connection sees it."""
    db.session.rollback()
    found = select(Answer.value).join(Question).where(Answer.bid_id == bid_id, Question.code == code)
    value = db.session.scalar(found)
    db.session.rollback()
    return value["is"] if value else None


def assert_kept(page, bid_id, code, value):
    """It is there soon: what the page says may still be of the save before."""
    for _ in range(PATIENCE // 100):
        if kept(bid_id, code) == value:
            return
        page.wait_for_timeout(100)
    assert kept(bid_id, code) == value


def said(page, words):
    expect(page.locator("#saved").get_by_text(words)).to_be_visible()


@pytest.mark.both_engines
def test_two_write_one_bid_at_once_and_one_of_them_is_offline_for_a_minute(session, new_page, axe):
    council = make_council()
    ann, beth = (make_person(Role.BID_AUTHOR, council=council, name=n, password=PASSWORD) for n in ("Ann", "Beth"))
    emails = ann.email, beth.email
    bid = make_draft(lead=council, by=ann, title="Old depot")
    money_questions(bid.round.sections[0])
    bid_id, address = bid.id, f"/bids/{bid.key}/sections/need"
    db.session.commit()
    a, b = (entered(new_page, email) for email in emails)
    for page in (a, b):
        page.goto(address)

    # Different answers: both survive, without anyone pressing a button.
    a.get_by_label(PROBLEM).fill("The land is wet.")
    b.get_by_label(COST).fill("1,250")
    said(a, "Saved at")
    said(b, "Saved at")
    assert_kept(a, bid_id, "problem", "The land is wet.")
    assert_kept(b, bid_id, "cost", 1_250_00)

    # A half-typed amount is no error, and is sent once it is one.
    b.get_by_label(COST).fill("1,2")
    said(b, "not complete yet")
    expect(b.locator(".govuk-error-message")).to_have_count(0)
    b.get_by_label(COST).fill("1,300")
    said(b, "Saved at")
    assert_kept(b, bid_id, "cost", 1_300_00)

    # The same answer: the second sees both texts and chooses, and is not moved from where she types.
    b.get_by_label(PROBLEM).fill("The land is cold.")
    expect(b.get_by_text("Ann changed this answer meanwhile")).to_be_visible()
    expect(b.get_by_label(PROBLEM)).to_have_value("The land is cold.")
    expect(b.get_by_label(PROBLEM)).to_be_focused()
    axe(b)
    photograph(b, "together-clash")
    b.get_by_role("button", name="Save mine instead").click()
    said(b, "Saved at")
    assert_kept(b, bid_id, "problem", "The land is cold.")
    a.get_by_label(PROBLEM).fill("The land is wet and steep.")
    a.get_by_role("button", name="Keep what stands there").click()
    said(a, "The other text was kept.")
    expect(a.get_by_label(PROBLEM)).to_have_value("The land is cold.")
    assert_kept(b, bid_id, "problem", "The land is cold.")

    # A minute without a network: the page says so, keeps trying, and sends what stands there in the end.
    a.clock.install()
    a.context.set_offline(True)
    for sentence in ("Who", "Who goes there", "Who goes there in winter?"):
        a.get_by_label(WHY).fill(sentence)
        a.clock.run_for(20_000)
        said(a, "you seem to be offline")
    axe(a)
    photograph(a, "together-offline")
    assert kept(bid_id, "why_not") is None
    b.get_by_label(WHY).focus()
    a.context.set_offline(False)
    a.clock.run_for(40_000)
    said(a, "Saved at")
    assert_kept(b, bid_id, "why_not", "Who goes there in winter?")
    edits = (
        select(AnswerEdit.value).join(Question, Question.id == AnswerEdit.question_id).where(Question.code == "why_not")
    )
    assert [value["is"] for value in db.session.scalars(edits)] == ["Who goes there in winter?"]
    db.session.rollback()

    # An answer of the server that got lost on its way, or came from another than the server, is no clash with oneself.
    for happens, it_says, before, after in (
        (ANSWERS_ARE_LOST, "cannot be reached", "Who goes", "Who goes there?"),
        (ANSWERS_BREAK_OFF, "something went wrong", "Who goes there, and", "Who goes there, and why?"),
    ):
        a.evaluate(happens)
        a.get_by_label(WHY).fill(before)
        a.clock.run_for(2_000)
        assert_kept(a, bid_id, "why_not", before)
        said(a, it_says)
        a.get_by_label(WHY).fill(after)
        a.evaluate(ANSWERS_COME_AGAIN)
        a.clock.run_for(10_000)
        assert_kept(a, bid_id, "why_not", after)
        said(a, "Saved at")
        expect(a.get_by_text("changed this answer meanwhile")).to_have_count(0)

    # The page closes before all is sent: the text comes back, and goes where it belongs.
    b.context.set_offline(True)
    b.get_by_label(COST).fill("7,000")
    said(b, "you seem to be offline")
    b.evaluate(NOTHING_GOES_OUT)
    b.context.set_offline(False)
    b.on("dialog", lambda dialog: dialog.accept())
    b.reload()
    expect(b.get_by_text("You had typed this before the page closed")).to_be_visible()
    expect(b.get_by_label(COST)).to_have_value("1,300")
    axe(b)
    photograph(b, "together-typed-before")
    b.get_by_role("button", name="Put it back").click()
    said(b, "Saved at")
    assert_kept(b, bid_id, "cost", 7_000_00)

    # Totals as they are typed; and the button saves what is there, without a clash with oneself.
    b.get_by_label("2026/27").fill("1,000.50")
    b.get_by_label("2027/28").fill("2,000")
    b.get_by_label("Cost, row 1").fill("10")
    b.get_by_label("Cost, row 2").fill("2.5")
    expect(b.locator("[data-sum-boxes] [data-total]")).to_have_text("£3,000.50")
    expect(b.locator("[data-sum-columns] [data-total]")).to_have_text("£12.50")
    b.get_by_role("button", name="Save and work out the totals").click()
    expect(b.get_by_text("Your answers are saved.")).to_be_visible()
    expect(b.locator("[data-sum-boxes] [data-total]")).to_have_text("£3,000.50")
    photograph(b, "together-totals")

    # The browser counts words as the server does.
    for text in CORPUS:
        b.get_by_label(PROBLEM).fill(text)
        left = f"You have {50 - words(text)} word{'' if words(text) == 49 else 's'} remaining"
        expect(b.locator(".govuk-character-count__status").first, repr(text)).to_have_text(left)

    # Signed out elsewhere: nothing is lost, and after signing in again it is saved.
    other = b.context.new_page()
    other.goto("/")
    other.get_by_role("button", name="Sign out").click()
    expect(other.get_by_text("You have signed out.")).to_be_visible()
    b.get_by_label(PROBLEM).fill("Written while signed out.")
    said(b, "you are signed out")
    other.goto("/sign-in")
    sign_in_here(other, emails[1])
    b.get_by_label(PROBLEM).fill("Written while signed out, saved after.")
    b.get_by_role("button", name="Save and go back to the list").click()
    expect(b.get_by_text("Your answers are saved.")).to_be_visible()
    assert_kept(b, bid_id, "problem", "Written while signed out, saved after.")
    axe(b)
    photograph(b, "together-task-list")
    b.get_by_role("link", name="Give to a colleague").first.click()
    b.get_by_label("Colleague").select_option(label="Ann")
    b.get_by_role("button", name="Give").click()
    expect(b.get_by_text("Ann is on it.")).to_be_visible()
    axe(b)
    photograph(b, "together-give")
    b.goto(f"{address}/comments")
    b.get_by_label("Comment", exact=True).fill("How deep is the water?")
    b.get_by_role("button", name="Add the comment").click()
    expect(b.get_by_role("button", name="Settle")).to_be_visible()
    axe(b)
    photograph(b, "together-comments")
    b.goto(f"{address}/questions/problem/versions")
    axe(b)
    photograph(b, "together-versions")
