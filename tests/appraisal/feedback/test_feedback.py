"""Feedback: two people for each text, nothing in it but the own bid, sent as previewed and not before the outcomes."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.allocation import operations as allocation
from grants.appraisal.appraisers.settling import confirm_conflict
from grants.appraisal.feedback import queries, sending
from grants.appraisal.feedback.composing import compose, digest_of, paragraphs
from grants.appraisal.feedback.writing import Words, approve, write
from grants.appraisal.models import Assignment, Feedback, FeedbackSent, FlagKind
from grants.appraisal.remarks.flagging import Remark, raise_flag, settle
from grants.audit.models import AuditEvent
from grants.bids.models import Bid, BidStatus, Conflict
from grants.councils.models import Council
from grants.funds.models import Criterion, Round, RoundStatus
from grants.kernel import clock, jobs
from grants.kernel.db import db
from grants.kernel.errors import Overtaken, Refused
from grants.messages.models import Message
from grants.messages.operations import send_waiting
from grants.people.roles import Role
from tests.factories import (
    NOW,
    close,
    give_scores,
    make_appraised_round,
    make_bid,
    make_council,
    make_decision,
    make_person,
    make_task,
    moderate,
    sign_in,
)

STRONG = "The case was clear, and the plan of the site convinced us."


@pytest.fixture
def round_(session):
    return make_appraised_round(name="Land Release Fund 2026")


@pytest.fixture
def bid(round_):
    lead = make_council("Northshire District Council", short_name="Northshire")
    return moderate(make_bid(round_, lead=lead, status=BidStatus.APPRAISAL, title="Station yard"), 4, 3, 3)


@pytest.fixture
def other(round_):
    lead = make_council("Reading Borough Council", short_name="Reading")
    return moderate(make_bid(round_, lead=lead, status=BidStatus.APPRAISAL, title="Old depot"), 2, 2, 2)


@pytest.fixture
def second(session):
    return make_person(Role.PROGRAMME_MANAGER, name="Sec Ond")


def written(bid, by, text=STRONG, *, whole=True):
    criteria = [*([None] if whole else []), *bid.round.criteria]
    known = queries.feedback_on(bid)
    seen = {c: known[c.id if c else None].version if (c.id if c else None) in known else 0 for c in criteria}
    write(bid, [Words(c, text, seen[c]) for c in criteria], by=by, at=NOW)
    db.session.flush()
    return queries.feedback_on(bid)


def approved(bid, by):
    approve(bid, {row.key: row.version for row in queries.feedback_on(bid).values()}, by=by, at=NOW)
    db.session.flush()


def announced(*bids):
    for bid in bids:
        bid.status = BidStatus.UNSUCCESSFUL
        bid.round.status, bid.round.announced_at = RoundStatus.ANNOUNCED, NOW
    db.session.flush()


# --- Two people for each text


def test_a_second_person_approves_and_a_change_needs_it_anew(bid, manager, second):
    rows = written(bid, manager)
    with pytest.raises(Refused, match="Another person must approve"):
        approved(bid, manager)
    approved(bid, second)
    assert sending.letter_of(bid).lacking == []
    whole = rows[None]
    write(bid, [Words(None, "Changed.", whole.version)], by=second, at=NOW)
    db.session.flush()
    assert sending.letter_of(bid).lacking == ["The bid as a whole: not approved"]
    assert "Changed." not in sending.letter_of(bid).words
    with pytest.raises(Refused, match="Another person"):
        approved(bid, second)
    approved(bid, manager)


def test_what_was_changed_since_it_was_read_is_not_approved(bid, manager, second):
    rows = written(bid, manager)
    seen = {rows[None].key: rows[None].version}
    write(bid, [Words(None, "Changed.", rows[None].version)], by=manager, at=NOW)
    db.session.flush()
    with pytest.raises(Overtaken):
        approve(bid, seen, by=second, at=NOW)
    with pytest.raises(Overtaken):
        write(bid, [Words(None, "Mine.", 1)], by=second, at=NOW)


def test_an_emptied_text_is_taken_away_and_every_step_is_in_the_trail(bid, manager, second):
    rows = written(bid, manager)
    approved(bid, second)
    seen = rows[None].version
    write(bid, [Words(None, "", seen)], by=manager, at=NOW)
    db.session.commit()
    assert sending.letter_of(bid).lacking == []
    assert "The bid as a whole" not in sending.letter_of(bid).words
    with pytest.raises(Overtaken):
        approve(bid, {rows[None].key: rows[None].version}, by=second, at=NOW)
    verbs = [event.verb for event in db.session.query(AuditEvent).filter_by(subject_type="feedback")]
    assert (verbs.count("wrote"), verbs.count("approved"), verbs.count("took_away")) == (4, 4, 1)


def test_an_older_page_never_saves_over_a_text_that_was_emptied_and_written_anew(bid, manager, second):
    write(bid, [Words(None, "First.")], by=manager, at=NOW)
    older = queries.feedback_on(bid)[None].version
    write(bid, [Words(None, "", older)], by=second, at=NOW)
    db.session.flush()
    write(bid, [Words(None, "Anew.", queries.feedback_on(bid)[None].version)], by=second, at=NOW)
    db.session.flush()
    for seen in (0, older):
        with pytest.raises(Overtaken):
            write(bid, [Words(None, "From an older page.", seen)], by=manager, at=NOW)
    assert queries.feedback_on(bid)[None].text == "Anew."


@pytest.mark.parametrize("whose", ["writer", "approver"])
def test_a_conflict_found_later_takes_the_second_persons_word_back(bid, manager, second, whose, client):
    third = make_person(Role.PROGRAMME_MANAGER, name="Thi Rd")
    written(bid, manager)
    approved(bid, second)
    gone = manager if whose == "writer" else second
    confirm_conflict(bid, gone, reason="Sits on the board.", by=third, at=NOW)
    announced(bid)
    with pytest.raises(Refused, match="Not ready to be sent"):
        sending.send(bid, by=third, at=NOW)
    sign_in(client, third)
    if whose == "writer":
        with pytest.raises(Refused, match="Save the text as yours first"):
            approved(bid, third)
        assert f"{manager.name} has a conflict of interest with this bid" in client.get(f"/feedback/{bid.key}").text
        written(bid, third)
    approved(bid, second if whose == "writer" else third)
    assert sending.send(bid, by=third, at=NOW).text.count(STRONG) == 4


def test_feedback_that_was_sent_stands_whatever_conflict_is_found_later(bid, manager, second):
    written(bid, manager)
    approved(bid, second)
    announced(bid)
    sent = sending.send(bid, by=second, at=NOW).text
    confirm_conflict(bid, second, reason="Sits on the board.", by=manager, at=NOW)
    assert sending.letter_of(bid).words == sent


# --- What must not be told


@pytest.mark.parametrize(
    "leak",
    [
        "{other.reference}",
        "the OLD  depot",
        "Reading Borough Council",
        "Ann Praiser",
        "4 out of 5",
        "It ranked 3rd.",
        "Their director is hard to deal with and slow to reply.",
        "The bid says so, with evidence that we could follow step by step.",
    ],
)
def test_a_text_that_tells_too_much_is_refused_with_the_passage(round_, other, manager, leak):
    bid = make_bid(round_, status=BidStatus.APPRAISAL, title="Station yard")
    task = give_scores(make_task(bid, make_person(Role.APPRAISER, name="Ann Praiser")), 4, 4, 4)
    told = Remark(FlagKind.CONCERN, "Their director is hard to deal with and slow to reply.")
    flag = raise_flag(bid, told, by=task.person, at=NOW)
    settle(flag, "Noted, and nothing to do with the bid as such.", version_seen=1, by=manager, at=NOW)
    bid.status = BidStatus.MODERATED
    db.session.flush()
    with pytest.raises(Refused, match="may not read this") as refusal:
        write(bid, [Words(None, f"Well done. {leak.format(other=other)} Thank you.")], by=manager, at=NOW)
    assert refusal.value.field == "text_0"
    assert db.session.query(Feedback).count() == 0


def test_a_name_that_is_a_word_too_is_shown_to_who_approves(bid, other, manager, second, client):
    written(bid, manager, "Reading the plan was a pleasure, Northshire District Council.")
    sign_in(client, second)
    assert "Check: “Reading” is a council with another bid" in client.get(f"/feedback/{bid.key}").text
    approved(bid, second)


def test_names_are_looked_for_again_when_it_is_approved_and_sent(bid, manager, second):
    written(bid, manager, "As good as the scheme at Mill Lane East.")
    late = make_bid(bid.round, status=BidStatus.APPRAISAL, title="Mill Lane East")
    with pytest.raises(Refused, match="Mill Lane East"):
        approved(bid, second)
    late.title = "Something else entirely"
    db.session.flush()
    approved(bid, second)
    late.title = "Mill Lane East"
    announced(bid)
    with pytest.raises(Refused, match="Mill Lane East"):
        sending.send(bid, by=second, at=NOW)
    assert db.session.query(FeedbackSent).count() == 0


def _row(bid, criterion, text, *, approved=True):
    row = Feedback(bid_id=bid.id, criterion=criterion, text=text)
    row.approved_at = NOW if approved else None
    return row


_texts = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=40)


@given(st.lists(_texts, min_size=1, max_size=5), _texts)
def test_a_letter_has_the_texts_of_its_bid_whole_and_in_order_and_nothing_else(texts, foreign):
    round_ = Round(name="Round")
    bid = Bid(id=1, reference="R-1", title="Own", round=round_, lead_council=Council(name="Own Council"))
    criteria = [None, *(Criterion(id=n, position=n, name=f"Criterion {n}") for n in range(1, len(texts)))]
    rows = [_row(bid, criterion, text) for criterion, text in zip(criteria, texts, strict=True)]
    letter = compose(bid, rows[::-1])
    titles = ["The bid as a whole", *(f"Criterion {n}" for n in range(1, len(texts)))]
    body = "".join(f"\n\n{title}\n\n{text}" for title, text in zip(titles, texts, strict=True))
    assert letter == f"Feedback on your bid\n\nR-1: Own\nOwn Council\nRound{body}\n"
    assert paragraphs(letter, titles)[0].words == "Feedback on your bid"
    with pytest.raises(ValueError, match="another bid"):
        compose(bid, [*rows, _row(Bid(id=2), None, foreign)])
    with pytest.raises(ValueError, match="not approved"):
        compose(bid, [*rows, _row(bid, None, foreign, approved=False)])


# --- Sending


def test_nothing_is_sent_before_the_announcement(bid, manager, second, client):
    written(bid, manager)
    approved(bid, second)
    with pytest.raises(Refused, match="not before the round is announced"):
        sending.send(bid, by=second, at=NOW)
    sign_in(client, second)
    assert client.post(f"/feedback/{bid.key}/send", data={"digest": ""}).status_code == 200
    assert client.post(f"/appraisal/{bid.round.code}/feedback/send").status_code == 302
    sign_in(client, make_person(Role.BID_AUTHOR, council=bid.lead_council))
    assert client.get(f"/bids/{bid.key}/feedback").status_code == 404
    assert client.get(f"/bids/{bid.key}/feedback.pdf").status_code == 404
    assert "eedback" not in client.get(f"/bids/{bid.key}").text
    assert db.session.query(jobs.Job).count() == 0


@pytest.mark.parametrize("lack", ["a criterion", "an approval", "all"])
def test_nothing_unfinished_is_sent(bid, manager, second, lack):
    if lack == "a criterion":
        write(bid, [Words(None, STRONG)], by=manager, at=NOW)
        approved(bid, second)
    elif lack == "an approval":
        written(bid, manager)
    announced(bid)
    with pytest.raises(Refused, match="Not ready to be sent"):
        sending.send(bid, by=second, at=NOW)


def test_what_is_previewed_is_what_is_sent_byte_for_byte(bid, manager, second, client, outbox):
    words = "Good work & <plain> words.\n\nTwo paragraphs, “quoted”, £5m."
    rows = written(bid, manager, words)
    approved(bid, second)
    announced(bid)
    author = make_person(Role.BID_AUTHOR, council=bid.lead_council)
    sign_in(client, second)
    preview = client.get(f"/feedback/{bid.key}/preview").text
    shown = unescape(re.search(r'id="letter">(.*?)</div>', preview, re.DOTALL)[1])
    digest = re.search(r'name="digest" value="(\w+)"', preview)[1]
    assert digest == digest_of(shown)
    assert "read it" in client.post(f"/feedback/{bid.key}/send", data={"digest": "0" * 64}).text
    assert client.post(f"/feedback/{bid.key}/send", data={"digest": digest}).status_code == 302
    assert client.post(f"/feedback/{bid.key}/send", data={"digest": digest}).status_code == 302
    sent = db.session.query(FeedbackSent).one()
    assert (sent.text, sent.digest) == (shown, digest)
    send_waiting(clock.now())
    mine = [mail for mail in outbox if mail.to == [author.email]]
    assert [mail.body for mail in mine] == [shown]
    ((name, content, kind),) = mine[0].attachments
    assert (name, kind) == (f"{bid.reference} feedback.pdf", "application/pdf")
    sign_in(client, author)
    assert f"/bids/{bid.key}/feedback" in client.get(f"/bids/{bid.key}").text
    page = unescape(client.get(f"/bids/{bid.key}/feedback").text)
    assert all(part.words in page for part in paragraphs(shown, []))
    assert client.get(f"/bids/{bid.key}/feedback.pdf").data == content
    with pytest.raises(Refused, match="has been sent"):
        write(bid, [Words(None, "Late.", rows[None].version)], by=manager, at=NOW)


def test_only_the_own_council_reads_it(bid, manager, second, client):
    written(bid, manager)
    approved(bid, second)
    announced(bid)
    sending.send(bid, by=second, at=NOW)
    stranger = make_person(Role.BID_AUTHOR)
    conflicted = make_person(Role.MODERATOR)
    db.session.add(
        Conflict(person_id=conflicted.id, bid_id=bid.id, declared_at=NOW, declared_by_id=manager.id, reason="Friend.")
    )
    for person in (stranger, conflicted):
        sign_in(client, person)
        assert client.get(f"/bids/{bid.key}/feedback").status_code == 404
        assert client.get(f"/bids/{bid.key}/feedback.pdf").status_code == 404
        assert client.get(f"/feedback/{bid.key}").status_code in (403, 404)


def test_a_job_sends_what_is_approved_of_a_round_and_leaves_the_rest(bid, other, manager, second, client):
    written(bid, manager)
    approved(bid, second)
    written(other, manager)
    announced(bid, other)
    sign_in(client, second)
    page = f"/appraisal/{bid.round.code}/feedback"
    assert "Send the feedback on 1 bid" in client.get(page).text
    assert client.post(f"{page}/send").status_code == 302
    assert jobs.run_next(clock.now())
    assert [sent.bid_id for sent in db.session.query(FeedbackSent)] == [bid.id]
    shown = {state: client.get(f"{page}?show={state}").text for state in ("write", "approve", "send", "sent")}
    assert [state for state in shown if bid.reference in shown[state]] == ["sent"]
    assert [state for state in shown if other.reference in shown[state]] == ["approve"]


def test_a_job_of_somebody_who_may_no_longer_send_sends_nothing(bid, manager, second):
    written(bid, manager)
    approved(bid, second)
    announced(bid)
    job = sending.ask_to_send(bid.round, by=make_person(Role.MODERATOR))
    db.session.commit()
    assert jobs.run_next(clock.now())
    assert (job.state, job.error) == (jobs.JobState.FAILED, "You may no longer send feedback, so nothing was sent.")
    assert db.session.query(FeedbackSent).count() == 0


def test_a_letter_whose_approval_is_taken_back_after_the_announcement_is_told(bid, other, manager, second):
    for one in (bid, other):
        written(one, manager if one is bid else make_person(Role.PROGRAMME_MANAGER))
        approved(one, second)
        make_decision(one)
    close(bid.round)
    allocation.announce(bid.round, statement="Done.", by=manager, at=NOW)
    db.session.commit()
    confirm_conflict(bid, manager, reason="Friend.", by=second, at=NOW)
    db.session.commit()
    assert jobs.run_next(clock.now())
    assert [sent.bid_id for sent in db.session.query(FeedbackSent)] == [other.id]
    told = db.session.query(Message).filter(Message.subject.contains("was not sent")).all()
    assert second.id in {message.person_id for message in told}
    assert manager.id not in {message.person_id for message in told}
    assert all("is not approved any more" in message.body and bid.reference in message.body for message in told)
    assert not any(other.reference in message.body for message in told)


@pytest.mark.parametrize("by_barred", [False, True])
def test_a_letter_held_back_at_the_announcement_is_told_and_says_why(bid, other, manager, second, client, by_barred):
    written(bid, manager, "As good as the scheme at Mill Lane East.")
    written(other, manager)
    for one in (bid, other):
        approved(one, second)
        make_decision(one)
    make_bid(bid.round, status=BidStatus.INELIGIBLE, title="Mill Lane East")
    close(bid.round)
    barred = make_person(Role.PROGRAMME_MANAGER)
    confirm_conflict(bid, barred, reason="Friend.", by=manager, at=NOW)
    allocation.announce(bid.round, statement="Done.", by=barred if by_barred else manager, at=NOW)
    db.session.commit()
    assert jobs.run_next(clock.now())
    assert [sent.bid_id for sent in db.session.query(FeedbackSent)] == [other.id]
    [job] = db.session.query(jobs.Job).filter_by(kind="send_feedback")
    assert job.result == f"/appraisal/{bid.round.code}/feedback" + ("" if by_barred else "?show=send")
    told = db.session.query(Message).filter(Message.subject.contains("was not sent")).all()
    ids = {message.person_id for message in told}
    assert {manager.id, second.id} <= ids
    assert barred.id not in ids
    assert all(bid.reference in message.body and other.reference not in message.body for message in told)
    assert all(f"/appraisal/{bid.round.code}/feedback?show=send" in message.body for message in told)
    sign_in(client, second)
    assert "Feedback to send in" in client.get("/").text
    page = unescape(client.get(f"/appraisal/{bid.round.code}/feedback?show=send").text)
    assert "Cannot be sent" in page
    assert "Send the feedback" not in page
    assert "“Mill Lane East” is another bid of the round." in page
    assert "This cannot be sent: “Mill Lane East”" in client.get(f"/feedback/{bid.key}").text
    sign_in(client, barred)
    assert bid.reference not in client.get(f"/appraisal/{bid.round.code}/feedback?show=send").text


def test_letters_and_feedback_go_out_together(bid, manager, second):
    written(bid, manager)
    approved(bid, second)
    make_decision(bid)
    close(bid.round)
    author = make_person(Role.BID_AUTHOR, council=bid.lead_council)
    allocation.announce(bid.round, statement="Done.", by=manager, at=NOW)
    db.session.commit()
    assert jobs.run_next(clock.now())
    subjects = {message.subject for message in db.session.query(Message).filter_by(person_id=author.id)}
    assert {
        f"{bid.round.name}: the outcome of your bid",
        f"{bid.round.name}: feedback on your bid {bid.reference}",
    } <= (subjects)


def test_a_bid_that_was_never_scored_needs_the_whole_text_alone(round_, manager, second):
    bid = make_bid(round_, status=BidStatus.INELIGIBLE)
    write(bid, [Words(None, "The land is not the council’s own.")], by=manager, at=NOW)
    approved(bid, second)
    announced(bid)
    assert sending.send(bid, by=second, at=NOW).text.count("The land is not the council’s own.") == 1


# --- On the pages


def test_feedback_is_written_and_approved_on_the_pages(bid, moderator, second, client):
    sign_in(client, moderator)
    page = f"/feedback/{bid.key}"
    ids = [0, *(criterion.id for criterion in bid.round.criteria)]
    sent = {f"text_{n}": STRONG for n in ids} | {f"seen_text_{n}": "0" for n in ids}
    refused = client.post(page, data=sent | {"text_0": "You scored 4."}).text
    assert "You scored 4." in refused
    assert "reads like a mark" in refused
    assert client.post(page, data=sent).status_code == 302
    late = client.post(page, data=sent | {"text_0": "Something else."}).text
    assert "Saved by somebody else meanwhile" in late
    assert client.post(f"{page}/approve", data={"approve": "x"}).status_code == 403
    sign_in(client, second)
    assert "Feedback to approve in" in client.get("/").text
    shown = client.get(page).text
    all_of_them = re.findall(r'name="approve" value="([^"]+)"', shown)
    assert "changed meanwhile" in client.post(f"{page}/approve", data={"approve": ["nothing.1"]}).text
    assert client.post(f"{page}/approve", data={"approve": list(set(all_of_them))}).status_code == 302
    assert "Ready" in client.get(f"/appraisal/{bid.round.code}/feedback?show=send").text
    for role in (Role.APPRAISER, Role.AUDITOR, Role.ELIGIBILITY_CHECKER, Role.BID_AUTHOR):
        sign_in(client, make_person(role))
        assert client.get(page).status_code == 403


def test_who_appraised_the_bid_finds_nothing_of_its_feedback(bid, manager, client):
    both = make_person(Role.APPRAISER, Role.MODERATOR)
    db.session.add(
        Assignment(bid_id=bid.id, person_id=both.id, assigned_by_id=manager.id, assigned_at=NOW, submitted_at=NOW)
    )
    db.session.flush()
    with pytest.raises(Refused, match="does not write its feedback"):
        written(bid, both)
    sign_in(client, both)
    assert client.get(f"/feedback/{bid.key}").status_code == 404
    assert bid.reference not in client.get(f"/appraisal/{bid.round.code}/feedback").text
