"""Inviting a colleague: who may, to what, and what a link is worth in the wrong hands."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from grants.audit.models import AuditEvent
from grants.bids.models import Bid, BidPlace, BidRole, BidStatus
from grants.bids.people import inviting
from grants.bids.people.inviting import Invited, accept, invite
from grants.bids.queries import visible_bids
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.messages.models import Message
from grants.people import invitations
from grants.people import operations as people
from grants.people.models import Invitation
from grants.people.roles import Role
from tests.factories import NOW, TODAY, make_bid, make_council, make_person, sign_in

PAGE = "https://grants.example.org/invitations/"
PASSWORD = "harvest violin pebble"


@pytest.fixture
def member(session):
    return make_council("Borough of Any")


@pytest.fixture
def bid(session, member) -> Bid:
    return make_bid(status=BidStatus.DRAFT, members=[member])


@pytest.fixture
def coordinator(bid):
    return make_person(Role.BID_COORDINATOR, council=bid.lead_council)


@pytest.fixture
def administrator(bid):
    return make_person(Role.COUNCIL_ADMINISTRATOR, council=bid.lead_council)


def send(invited, by, *, sure=True, at=NOW):
    """(invitation, secret of its link)"""
    sent = invite(invited, sure=sure, address_of_page=PAGE, by=by, at=at)
    db.session.commit()
    return sent, last_secret()


def last_secret():
    body = db.session.scalars(select(Message.body).order_by(Message.id.desc()).limit(1)).one()
    return re.search(re.escape(PAGE) + r"(\S+)", body)[1]


def to_bid(bid, email="ann@example.org", council=None, role=BidRole.AUTHOR):
    return Invited(email, council or bid.lead_council, bid=bid, bid_role=role)


def seen(person):
    return set(db.session.scalars(visible_bids(person, TODAY)))


# --- Who may invite, and to what


def test_the_leads_coordinator_invites_for_any_council_of_the_bid_but_to_the_bid_alone(bid, coordinator, member):
    send(to_bid(bid), coordinator)
    send(to_bid(bid, "bob@example.org", member), coordinator)
    for council in (bid.lead_council, member):
        with pytest.raises(Refused, match="Only an administrator of"):
            send(Invited("cy@example.org", council, role=Role.BID_AUTHOR), coordinator)
    with pytest.raises(Refused, match="Only colleagues of a council in the bid"):
        send(to_bid(bid, council=make_council()), coordinator)


def test_a_councils_administrator_gives_the_roles_of_that_council_and_of_no_other(bid, administrator, member):
    for number, role in enumerate((Role.BID_AUTHOR, Role.BID_COORDINATOR, Role.SECTION_151_OFFICER)):
        send(Invited(f"a{number}@example.org", bid.lead_council, role=role), administrator)
    with pytest.raises(Refused, match="Only an administrator of Borough of Any"):
        send(Invited("b@example.org", member, role=Role.SECTION_151_OFFICER), administrator)
    for role in (Role.PROGRAMME_MANAGER, Role.APPRAISER, Role.COLLEAGUE):
        with pytest.raises(Refused, match="Choose a role"):
            send(Invited("c@example.org", bid.lead_council, role=role), administrator)


def test_a_member_councils_administrator_invites_for_it_and_its_coordinator_does_not(bid, member):
    keeps = make_person(Role.COUNCIL_ADMINISTRATOR, council=member)
    send(to_bid(bid, council=member), keeps)
    for by, council in (
        (keeps, bid.lead_council),
        (make_person(Role.BID_COORDINATOR, council=member), member),
        (make_person(Role.BID_AUTHOR, council=bid.lead_council), bid.lead_council),
        (make_person(Role.COUNCIL_ADMINISTRATOR), bid.lead_council),
    ):
        with pytest.raises(Refused, match="coordinator invites"):
            send(to_bid(bid, "x@example.org", council), by)


def test_an_unusual_address_is_warned_of_and_not_refused(bid, coordinator):
    invited = to_bid(bid, "ann@elsewhere.example")
    with pytest.raises(Refused, match=r"has an address at elsewhere\.example") as refusal:
        send(invited, coordinator, sure=False)
    assert refusal.value.field == "sure"
    send(invited, coordinator)
    send(to_bid(bid, "bob@example.org"), coordinator, sure=False)


def test_nobody_invites_themselves_or_the_same_address_twice_or_strangers_without_end(bid, coordinator, monkeypatch):
    with pytest.raises(Refused, match="your own address"):
        send(to_bid(bid, coordinator.email.upper()), coordinator)
    send(to_bid(bid), coordinator)
    with pytest.raises(Refused, match="same invitation already"):
        send(to_bid(bid, "Ann@example.org", role=BidRole.READER), coordinator)
    monkeypatch.setattr(invitations, "MOST_OPEN", 1)
    with pytest.raises(Refused, match="Take some back"):
        send(to_bid(bid, "bob@example.org"), coordinator)


# --- What the link does


def test_a_newcomer_sets_a_password_and_sees_that_bid_alone(session, client, bid, coordinator):
    other = make_bid(lead=bid.lead_council, status=BidStatus.DRAFT)
    _, secret = send(to_bid(bid), coordinator)
    page = client.get(f"/invitations/{secret}").text
    assert bid.title in page
    answer = client.post(f"/invitations/{secret}", data={"name": "Ann Other", "password": PASSWORD})
    assert "/sign-in" in answer.location
    ann = people.find("ann@example.org")
    assert seen(ann) == {bid}
    assert other not in seen(ann)
    assert [(a.role, a.council_id) for a in ann.appointments] == [(Role.COLLEAGUE, bid.lead_council_id)]
    verbs = set(session.scalars(select(AuditEvent.verb)))
    assert {"invited", "accepted", "gave_place", "invited_colleague"} <= verbs


def test_an_existing_person_signs_in_and_accepts(session, client, bid, coordinator):
    officer = make_person(Role.SECTION_151_OFFICER, council=bid.lead_council, email="ann@example.org")
    _, secret = send(to_bid(bid), coordinator)
    sign_in(client, officer)
    assert "Accept the invitation" in client.get(f"/invitations/{secret}").text
    assert client.post(f"/invitations/{secret}").location.endswith(f"/bids/{bid.key}")
    assert officer.roles_on(TODAY) == {Role.SECTION_151_OFFICER, Role.COLLEAGUE}
    assert client.get(f"/bids/{bid.key}/sections/need").status_code == 200


def test_an_author_of_the_council_needs_no_second_role_for_a_place(bid, coordinator):
    author = make_person(Role.BID_AUTHOR, council=bid.lead_council, email="ann@example.org")
    sent, _ = send(to_bid(bid), coordinator)
    accept(sent, author, at=NOW)
    assert author.roles_on(TODAY) == {Role.BID_AUTHOR}


def test_a_role_for_the_council_is_had_once_accepted(session, client, bid, administrator):
    _, secret = send(Invited("ann@example.org", bid.lead_council, role=Role.SECTION_151_OFFICER), administrator)
    client.post(f"/invitations/{secret}", data={"name": "Ann", "password": PASSWORD})
    [held] = people.find("ann@example.org").appointments
    assert (held.role, held.appointed_by_id) == (Role.SECTION_151_OFFICER, administrator.id)


def test_looking_at_a_link_does_not_spend_it_and_using_it_does(session, client, bid, coordinator):
    _, secret = send(to_bid(bid), coordinator)
    for _ in range(3):
        assert client.get(f"/invitations/{secret}").status_code == 200
        client.head(f"/invitations/{secret}")
    client.post(f"/invitations/{secret}", data={"name": "Ann", "password": PASSWORD})
    again = client.post(f"/invitations/{secret}", data={"name": "Eve", "password": PASSWORD})
    assert again.status_code == 404
    assert client.get(f"/invitations/{secret}").status_code == 404
    assert session.scalar(select(func.count(BidPlace.id))) == 1


def test_the_second_of_two_who_use_one_link_at_once_is_refused(bid, coordinator):
    sent, _ = send(to_bid(bid), coordinator)
    ann = make_person(email="ann@example.org")
    accept(sent, ann, at=NOW)
    with pytest.raises(Refused, match="has been used"):
        accept(sent, ann, at=NOW)


@pytest.mark.parametrize("secret", ["", "2" * 43, "..", "%00", "x" * 3000])
def test_a_guessed_link_is_worth_nothing(session, client, bid, coordinator, secret):
    send(to_bid(bid), coordinator)
    assert client.get(f"/invitations/{secret}").status_code == 404
    assert client.post(f"/invitations/{secret}", data={"name": "Eve", "password": PASSWORD}).status_code in (404, 405)
    assert session.scalar(select(func.count(BidPlace.id))) == 0


def test_a_link_in_the_hands_of_another_person_gives_nothing(session, client, bid, coordinator):
    _, secret = send(to_bid(bid), coordinator)
    eve = make_person(Role.BID_AUTHOR)
    sign_in(client, eve)
    page = client.get(f"/invitations/{secret}").text
    assert "another e-mail address" in page
    assert bid.title not in page
    assert "ann@example.org" not in page
    assert "another e-mail address" in client.post(f"/invitations/{secret}").text
    assert bid not in seen(eve)


def test_an_account_is_not_taken_over_by_an_invitation(session, client, bid, coordinator):
    ann = make_person(email="ann@example.org", password="another long password")
    before = ann.password_hash
    _, secret = send(to_bid(bid), coordinator)
    answer = client.post(f"/invitations/{secret}", data={"name": "Ann Two", "password": PASSWORD})
    assert "cannot make a new account with this" in answer.text
    session.expire_all()
    assert (ann.password_hash, ann.name) == (before, ann.name)
    assert seen(ann) == set()


def test_the_page_of_a_link_is_the_same_whether_the_address_has_an_account_or_not(session, client, bid, coordinator):
    make_person(email="ann@example.org", password=PASSWORD)
    pages = []
    for email in ("ann@example.org", "nobody@example.org"):
        _, secret = send(to_bid(bid, email), coordinator)
        page = client.get(f"/invitations/{secret}").text.replace(secret, "")
        pages.append(re.sub(r'nonce="[^"]*"|name="csrf_token"[^>]*', "", page))
    assert pages[0] == pages[1]


def test_an_invitation_ends_after_seven_days_and_when_it_is_taken_back(bid, coordinator):
    sent, secret = send(to_bid(bid), coordinator)
    assert invitations.open_invitation(secret, at=NOW + timedelta(days=7)) is sent
    assert invitations.open_invitation(secret, at=NOW + timedelta(days=7, seconds=1)) is None
    invitations.take_back(sent, by=coordinator, at=NOW)
    assert invitations.open_invitation(secret, at=NOW) is None
    with pytest.raises(Refused, match="taken back"):
        accept(sent, make_person(email="ann@example.org"), at=NOW)


def test_sent_again_only_the_new_link_works(bid, coordinator):
    sent, old = send(to_bid(bid), coordinator)
    said = {"what": "to write", "address_of_page": PAGE, "by": coordinator}
    with pytest.raises(Refused, match="few minutes ago"):
        invitations.send_again(sent, **said, at=NOW)
    later = NOW + timedelta(days=9)
    invitations.send_again(sent, **said, at=later)
    db.session.commit()
    assert invitations.open_invitation(old, at=later) is None
    assert invitations.open_invitation(last_secret(), at=later) is sent


def test_a_right_that_the_inviter_lost_is_not_kept_by_letters(session, client, bid, administrator):
    sent, secret = send(Invited("ann@example.org", bid.lead_council, role=Role.SECTION_151_OFFICER), administrator)
    by = make_person(Role.ADMINISTRATOR)
    people.end_appointment(administrator.appointments[0], by=by, on=TODAY, at=NOW, reason="Moved on.")
    session.commit()
    assert not inviting.still_holds(sent, at=NOW)
    assert client.get(f"/invitations/{secret}").status_code == 404
    with pytest.raises(Refused):
        accept(sent, make_person(email="ann@example.org"), at=NOW)


def test_the_link_has_the_configured_host_whatever_the_request_says(app, session, client, bid, coordinator):
    secret = people.open_sign_in(coordinator, address="127.0.0.1", at=NOW)
    said = {"email": "ann@example.org", "council": bid.lead_council.code, "part": "reader"}
    session.commit()
    with client.session_transaction(base_url="http://evil.example") as cookie:
        cookie["_user_id"] = secret
    answer = client.post(f"/bids/{bid.key}/people/invite", data=said, base_url="http://evil.example")
    assert answer.status_code in (302, 400)
    bodies = session.scalars(select(Message.body)).all()
    assert len(bodies) == (answer.status_code == 302)
    assert all(f"{app.config['BASE_URL']}/invitations/" in body and "evil" not in body for body in bodies)


def test_the_answer_to_the_inviter_is_the_same_for_known_and_unknown_addresses(session, client, bid, coordinator):
    make_person(email="known@example.org")
    sign_in(client, coordinator)
    answers = []
    for email in ("known@example.org", "stranger@example.org"):
        said = {"email": email, "council": bid.lead_council.code, "part": "author"}
        answer = client.post(f"/bids/{bid.key}/people/invite", data=said, follow_redirects=True)
        answers.append(f"An invitation goes to {email}." in answer.text)
    assert answers == [True, True]


# --- Pages


def test_people_of_a_bid_are_shown_to_its_councils_and_to_nobody_else(session, client, bid, coordinator):
    page = f"/bids/{bid.key}/people"
    sent, _ = send(to_bid(bid), coordinator)
    for person, invites in ((coordinator, True), (make_person(Role.BID_AUTHOR, council=bid.lead_council), False)):
        sign_in(client, person)
        answer = client.get(page)
        assert coordinator.email in answer.text
        assert ("ann@example.org" in answer.text) is invites
    for person in (
        make_person(Role.BID_COORDINATOR),
        make_person(Role.COUNCIL_ADMINISTRATOR),
        make_person(Role.AUDITOR),
    ):
        sign_in(client, person)
        for address in (page, f"{page}/invite", f"{page}/invitations/{sent.key}/take-back"):
            assert client.get(address).status_code in (403, 404, 405), address
            assert client.post(address).status_code in (403, 404, 405), address
    assert session.get(Invitation, sent.id).taken_back_at is None


def test_an_invitation_is_found_only_under_its_own_bid(session, client, bid, coordinator):
    theirs = make_bid(status=BidStatus.DRAFT)
    keeps = make_person(Role.BID_COORDINATOR, council=theirs.lead_council)
    sent, _ = send(to_bid(theirs), keeps)
    sign_in(client, coordinator)
    assert client.post(f"/bids/{bid.key}/people/invitations/{sent.key}/take-back").status_code == 404


def test_a_warning_is_shown_with_a_box_and_ticked_it_is_sent(session, client, bid, coordinator):
    sign_in(client, coordinator)
    page = f"/bids/{bid.key}/people/invite"
    assert 'name="sure"' not in client.get(page).text
    said = {"email": "ann@elsewhere.example", "council": bid.lead_council.code, "part": "reader"}
    warned = client.post(page, data=said).text
    assert "has an address at elsewhere.example" in warned
    assert 'name="sure"' in warned
    assert client.post(page, data={**said, "sure": "y"}).status_code == 302
    assert session.scalar(select(func.count(Invitation.id))) == 1


def test_a_place_is_ended_with_a_reason_and_the_colleague_sees_the_bid_no_more(session, client, bid, coordinator):
    sent, _ = send(to_bid(bid), coordinator)
    ann = make_person(email="ann@example.org")
    accept(sent, ann, at=NOW)
    sign_in(client, coordinator)
    page = f"/bids/{bid.key}/people/{ann.key}/end"
    assert "Say why" in client.post(page).text
    assert client.post(page, data={"reason": "Other work."}).status_code == 302
    assert seen(ann) == set()
    assert client.get(page).status_code == 404
    assert "Other work." in client.get(f"/bids/{bid.key}/history").text
