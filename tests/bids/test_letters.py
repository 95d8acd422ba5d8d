"""Letters go between a bid's councils and the programme, and to nobody else."""

from io import BytesIO

import pytest
from sqlalchemy import select

from grants.bids.afterwards.correspondence import write_letter
from grants.bids.afterwards.letter_queries import how_many_wait
from grants.bids.models import BidStatus, Conflict, Letter
from grants.files.models import Attachment
from grants.kernel.errors import Refused
from grants.messages.models import Message
from grants.people.roles import Role
from tests.bids.files import PDF
from tests.bids.test_lists import statements_of
from tests.factories import NOW, TODAY, made, make_bid, make_council, make_person, sign_in


def told(session, bid):
    return set(session.scalars(select(Message.person_id).where(Message.subject == f"Letter about {bid.reference}")))


def test_a_letter_tells_the_other_side_that_there_is_one_and_not_what_it_says(session):
    member = make_council()
    bid = make_bid(members=[member])
    coordinator = make_person(Role.BID_COORDINATOR, council=bid.lead_council)
    partner = make_person(Role.BID_AUTHOR, council=member)
    manager = make_person(Role.PROGRAMME_MANAGER)
    conflicted = make_person(Role.PROGRAMME_MANAGER)
    made(
        Conflict(person_id=conflicted.id, bid_id=bid.id, declared_at=NOW, declared_by_id=conflicted.id, reason="Cousin")
    )
    letter = write_letter(bid, "May we move the site?", by=coordinator, at=NOW)
    assert not letter.from_programme
    assert told(session, bid) == {manager.id}
    assert "May we move" not in session.scalars(select(Message)).all()[-1].body
    answer = write_letter(bid, "No.", by=manager, at=NOW)
    assert answer.from_programme
    assert told(session, bid) >= {coordinator.id, partner.id}


def test_the_desk_counts_exchanges_in_which_the_other_side_wrote_last(session):
    bid = make_bid()
    coordinator = make_person(Role.BID_COORDINATOR, council=bid.lead_council)
    manager = make_person(Role.PROGRAMME_MANAGER)

    def waiting():
        session.flush()
        return how_many_wait(coordinator, TODAY), how_many_wait(manager, TODAY)

    assert waiting() == (0, 0)
    write_letter(bid, "A question.", by=coordinator, at=NOW)
    assert waiting() == (0, 1)
    write_letter(bid, "An answer.", by=manager, at=NOW)
    assert waiting() == (1, 0)


def test_a_draft_has_no_letters_and_a_withdrawn_bid_still_has(session):
    draft, withdrawn = make_bid(status=BidStatus.DRAFT), make_bid(status=BidStatus.WITHDRAWN)
    with pytest.raises(Refused, match="once the bid is submitted"):
        write_letter(draft, "x", by=make_person(Role.BID_AUTHOR, council=draft.lead_council), at=NOW)
    write_letter(withdrawn, "Why?", by=make_person(Role.PROGRAMME_MANAGER), at=NOW)


def test_an_empty_letter_is_not_sent_and_the_same_form_sends_one(session):
    bid = make_bid()
    manager = make_person(Role.PROGRAMME_MANAGER)
    with pytest.raises(Refused, match="Write the letter"):
        write_letter(bid, " \n ", by=manager, at=NOW)
    first = write_letter(bid, "Once.", by=manager, at=NOW, form_token="once")
    assert write_letter(bid, "Once.", by=manager, at=NOW, form_token="once") is first


def test_both_sides_read_the_exchange_with_its_files_and_the_council_no_name_of_the_programme(session, app):
    bid = make_bid()
    council, programme = app.test_client(), app.test_client()
    sign_in(council, make_person(Role.BID_AUTHOR, council=bid.lead_council, name="Ann Author"))
    sign_in(programme, make_person(Role.PROGRAMME_MANAGER, name="Pat Manager"))
    page = f"/bids/{bid.key}/letters"
    form = {"text": "The map is enclosed.", "file": (BytesIO(PDF), "map.pdf"), "form_token": "t1"}
    assert council.post(page, data=form, content_type="multipart/form-data").status_code == 302
    assert programme.post(page, data={"text": "Thank you.", "form_token": "t2"}).status_code == 302
    for client in (council, programme):
        text = client.get(page).text
        assert "The map is enclosed." in text
        assert "Thank you." in text
        assert bid.reference in client.get("/letters").text
    assert "Pat Manager" not in council.get(page).text
    assert "Ann Author" in programme.get(page).text
    letter, file = session.scalars(select(Letter)).first(), session.scalars(select(Attachment)).one()
    address = f"{page}/{letter.key}/files/{file.key}"
    assert programme.get(address).data == PDF
    assert "wait for your answer" in council.get("/").text


def test_a_file_that_is_refused_gives_the_typed_letter_back(session, client):
    bid = make_bid()
    sign_in(client, make_person(Role.PROGRAMME_MANAGER))
    form = {"text": "Typed with care.", "file": (BytesIO(b"MZ"), "virus.exe")}
    answer = client.post(f"/bids/{bid.key}/letters", data=form, content_type="multipart/form-data")
    assert "virus.exe cannot be attached" in answer.text
    assert "Typed with care." in answer.text
    assert session.scalar(select(Letter)) is None


def test_a_file_is_found_only_through_its_own_letter_and_by_its_two_sides(session, app):
    bid, other = make_bid(), make_bid()
    author = make_person(Role.BID_AUTHOR, council=bid.lead_council)
    client = app.test_client()
    sign_in(client, author)
    form = {"text": "x", "file": (BytesIO(PDF), "map.pdf")}
    client.post(f"/bids/{bid.key}/letters", data=form, content_type="multipart/form-data")
    letter, file = session.scalars(select(Letter)).one(), session.scalars(select(Attachment)).one()
    second = write_letter(bid, "Another.", by=author, at=NOW)
    right = f"/bids/{bid.key}/letters/{letter.key}/files/{file.key}"
    wrong = [
        f"/bids/{bid.key}/letters/{second.key}/files/{file.key}",
        f"/bids/{other.key}/letters/{letter.key}/files/{file.key}",
    ]
    manager, conflicted = make_person(Role.PROGRAMME_MANAGER), make_person(Role.PROGRAMME_MANAGER)
    made(Conflict(person_id=conflicted.id, bid_id=bid.id, declared_at=NOW, declared_by_id=conflicted.id, reason="Kin"))
    expected = [
        (manager, 200),
        (conflicted, 404),
        (make_person(Role.BID_AUTHOR), 404),
        (make_person(Role.PROGRAMME_MANAGER, Role.SECTION_151_OFFICER, council=bid.lead_council), 404),
        (make_person(Role.APPRAISER), 403),
        (make_person(Role.ELIGIBILITY_CHECKER), 403),
        (make_person(Role.SECTION_151_OFFICER, council=bid.lead_council), 403),
        (make_person(Role.AUDITOR), 403),
    ]
    for person, code in expected:
        client = app.test_client()
        sign_in(client, person)
        assert client.get(right).status_code == code
        assert client.get(f"/bids/{bid.key}/letters").status_code == code
        assert client.post(f"/bids/{bid.key}/letters", data={"text": ""}).status_code == code
        assert {client.get(address).status_code for address in wrong} <= {403, 404}


def test_pages_of_letters_take_a_fixed_number_of_queries(session, client):
    manager, bids = make_person(Role.PROGRAMME_MANAGER), [make_bid() for _ in range(3)]
    sign_in(client, manager)
    pages = ("/letters", f"/bids/{bids[0].key}/letters")
    write_letter(bids[0], "One.", by=manager, at=NOW)
    session.commit()
    few = [statements_of(client, page) for page in pages]
    for bid in bids:
        for number in range(4):
            write_letter(bid, f"Letter {number}.", by=make_person(Role.PROGRAMME_MANAGER), at=NOW)
    session.commit()
    assert [statements_of(client, page) for page in pages] == few
