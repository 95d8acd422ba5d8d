"""Partnerships over time: who leads, who is in them, who may say so, and what stays of it."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from grants.audit.models import AuditEvent
from grants.councils import partnerships
from grants.councils.models import CouncilKind, MembershipRole, Succession, SuccessionKind
from grants.councils.partnership_queries import places_on, warnings_of
from grants.councils.partnerships import Why
from grants.councils.queries import forget_name_book
from grants.kernel.db import db
from grants.kernel.errors import Overtaken, Refused
from grants.people.roles import Role
from tests.factories import TODAY, made, make_council, make_partnership, make_person, sign_in

YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


@pytest.fixture
def lead(session):
    return make_council("Anyshire County Council")


@pytest.fixture
def member(session):
    return make_council("Borough of Any")


@pytest.fixture
def partnership(lead, member):
    return make_partnership(lead, member, lead=lead, name="One Anyshire")


@pytest.fixture
def manager(session):
    return make_person(Role.PROGRAMME_MANAGER)


def because(by, partnership, reason="The board agreed."):
    return Why(by=by, reason=reason, version_seen=partnership.version)


def names(partnership, day, role=None):
    return [place.shown_name for place in places_on(partnership, day) if role in (None, place.role)]


def test_another_lead_from_a_day_leaves_the_days_before_as_they_were(partnership, lead, member, manager):
    partnerships.change_holder(partnership, MembershipRole.LEAD, member, on=TODAY, why=because(manager, partnership))
    assert names(partnership, YESTERDAY, MembershipRole.LEAD) == [lead.name]
    assert names(partnership, TODAY, MembershipRole.LEAD) == [member.name]
    db.session.commit()
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.verb == "changed_lead")).one()
    assert (event.reason, event.details["what"]) == ("The board agreed.", member.name)


def test_the_money_may_go_to_another_council_than_the_lead(partnership, lead, member, manager):
    with pytest.raises(Refused, match="leads, and so answers"):
        partnerships.change_holder(
            partnership, MembershipRole.ACCOUNTABLE, lead, on=TODAY, why=because(manager, partnership)
        )
    place = partnerships.change_holder(
        partnership, MembershipRole.ACCOUNTABLE, member, on=TODAY, why=because(manager, partnership)
    )
    partnerships.end_place(place, until=TOMORROW, why=because(manager, partnership))
    assert names(partnership, TOMORROW, MembershipRole.ACCOUNTABLE) == [member.name]
    assert names(partnership, TOMORROW + timedelta(days=1), MembershipRole.ACCOUNTABLE) == []


def test_a_member_joins_once_and_stays_in_the_history_when_it_leaves(partnership, manager):
    joining = make_council()
    place = partnerships.add_member(
        partnership, joining, on=TODAY - timedelta(days=30), starred=True, why=because(manager, partnership)
    )
    with pytest.raises(Refused, match="member then already"):
        partnerships.add_member(partnership, joining, on=TODAY, why=because(manager, partnership))
    with pytest.raises(Refused, match="cannot end before"):
        partnerships.end_place(place, until=date(2020, 1, 1), why=because(manager, partnership))
    partnerships.end_place(place, until=YESTERDAY, why=because(manager, partnership))
    assert joining.name in names(partnership, YESTERDAY)
    assert joining.name not in names(partnership, TODAY)
    again = partnerships.add_member(partnership, joining, on=TODAY, why=because(manager, partnership))
    assert not again.starred


def test_a_star_is_given_from_a_day_and_earlier_days_keep_theirs(partnership, member, manager):
    place = partnership.places(MembershipRole.MEMBER, TODAY)[1]
    partnerships.change_star(place, on=TODAY, why=because(manager, partnership))
    starred = {
        day: [m.starred for m in places_on(partnership, day) if m.council is member] for day in (YESTERDAY, TODAY)
    }
    assert starred == {YESTERDAY: [False], TODAY: [True]}


def test_partners_are_no_councils_and_say_what_they_are(partnership, manager):
    with pytest.raises(Refused, match="what kind"):
        partnerships.add_partner(partnership, "Anyshire ICB", kind="", on=TODAY, why=because(manager, partnership))
    partnerships.add_partner(partnership, "Anyshire  ICB", kind="NHS body", on=TODAY, why=because(manager, partnership))
    assert names(partnership, TODAY, MembershipRole.PARTNER) == ["Anyshire ICB"]


def test_what_was_entered_wrongly_today_is_taken_back_and_the_replaced_lead_goes_on(partnership, lead, member, manager):
    place = partnerships.change_holder(
        partnership, MembershipRole.LEAD, member, on=TODAY, why=because(manager, partnership)
    )
    partnerships.take_back(place, today=TODAY, why=because(manager, partnership, "Wrong partnership."))
    assert names(partnership, TOMORROW, MembershipRole.LEAD) == [lead.name]
    old = partnership.places(MembershipRole.MEMBER, TODAY)[0]
    with pytest.raises(Refused, match="stays in the history"):
        partnerships.take_back(old, today=TODAY, why=because(manager, partnership))


def test_a_change_needs_a_reason_and_the_latest_version(partnership, member, manager):
    with pytest.raises(Refused, match="Say why"):
        partnerships.change_holder(
            partnership, MembershipRole.LEAD, member, on=TODAY, why=because(manager, partnership, " ")
        )
    stale = because(manager, partnership)
    partnerships.add_member(partnership, make_council(), on=TODAY, why=stale)
    with pytest.raises(Overtaken):
        partnerships.add_member(partnership, make_council(), on=TODAY, why=stale)


def test_a_council_that_has_ended_cannot_join_and_its_successor_is_named(partnership, manager):
    gone = make_council("Old Any District Council", ended_on=date(2023, 3, 31))
    new = make_council("Any Council", began_on=date(2023, 4, 1))
    made(Succession(predecessor=gone, successor=new, on=date(2023, 4, 1), kind=SuccessionKind.MERGE))
    forget_name_book()
    with pytest.raises(Refused, match=r"ended on 31 March 2023\. Any Council stands in its place\."):
        partnerships.add_member(partnership, gone, on=TODAY, why=because(manager, partnership))
    partnerships.add_member(partnership, gone, on=date(2022, 1, 1), why=because(manager, partnership))
    assert [w for w in warnings_of(partnership, TODAY) if "Any Council stands" in w]


def test_a_lead_that_is_no_member_is_pointed_out_unless_it_is_a_combined_authority(session):
    member, lead = make_council(), make_council("Outsider Council")
    authority = make_council("Any Combined Authority", kind=CouncilKind.COMBINED_AUTHORITY)
    assert warnings_of(make_partnership(member, lead=lead), TODAY) == ["Outsider Council leads and is not a member."]
    assert warnings_of(make_partnership(member, lead=authority), TODAY) == []
    assert warnings_of(make_partnership(member), TODAY) == ["Nobody leads this partnership."]


def test_a_coordinator_changes_the_partnerships_that_the_council_leads_and_no_other(session, client, partnership, lead):
    theirs = make_partnership(lead, lead=make_council("Elsewhere Council"))
    sign_in(client, make_person(Role.BID_COORDINATOR, council=lead))
    place = partnership.memberships[1]
    for page in ("add", "lead", f"places/{place.id}/end", f"places/{place.id}/star", f"places/{place.id}/take-back"):
        assert client.get(f"/partnerships/{partnership.key}/{page}").status_code == 200, page
        assert client.get(f"/partnerships/{theirs.key}/{page}").status_code == 404, page
        assert client.post(f"/partnerships/{theirs.key}/{page}").status_code == 404, page
    assert client.get(f"/partnerships/{theirs.key}").status_code == 200
    assert client.get(f"/partnerships/{partnership.key}/places/{theirs.memberships[0].id}/end").status_code == 404


def test_authors_and_other_roles_change_no_partnership(session, client, partnership, lead):
    for person in (make_person(Role.BID_AUTHOR, council=lead), make_person(Role.AUDITOR)):
        sign_in(client, person)
        assert client.get(f"/partnerships/{partnership.key}/add").status_code == 403
        assert "Add a member" not in client.get(f"/partnerships/{partnership.key}").text


def test_members_and_leads_are_changed_on_pages_and_shown_as_at_a_day(session, client, partnership, member):
    sign_in(client, make_person(Role.PROGRAMME_MANAGER))
    joining = make_council("Late Any Council")
    day = {"on-day": "1", "on-month": "10", "on-year": "2026"}
    said = {"kind_of_place": "member", "name": joining.name, "reason": "Agreed.", "version": partnership.version, **day}
    assert client.post(f"/partnerships/{partnership.key}/add", data=said).status_code == 302
    page = f"/partnerships/{partnership.key}"
    text = client.get(page).text
    assert "Late Any Council" in text.split("Every place")[0]
    before = client.get(f"{page}?as_at-day=30&as_at-month=9&as_at-year=2026").text
    assert "as at 30 September 2026" in before
    assert "Late Any Council" not in before.split("Every place")[0]
    stale = client.post(f"{page}/add", data={**said, "name": member.name})
    assert "Somebody else changed this" in stale.text


def test_a_partnership_is_formed_by_hand_for_a_council_of_ones_own(session, client, lead, member):
    other = make_council("Far Council")
    sign_in(client, make_person(Role.BID_COORDINATOR, council=lead))
    day = {"on-day": "1", "on-month": "4", "on-year": "2026"}
    said = {"name": "Two Anyshires", "members": f"{lead.name}\n{member.name}", **day}
    refused = client.post("/partnerships/new", data={**said, "lead": other.name})
    assert "whose bids you coordinate" in refused.text
    answer = client.post("/partnerships/new", data={**said, "lead": lead.name}, follow_redirects=True)
    assert "Two Anyshires" in answer.text
    assert "1 April 2026" in answer.text
