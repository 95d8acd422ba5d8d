"""Marks agreed when all have submitted, beside the appraisers' own; F12 says which to talk through."""

import re
from fractions import Fraction

import pytest

from grants.appraisal import operations, queries
from grants.appraisal.appraisers.closing import close_bid
from grants.appraisal.guards import Marked
from grants.appraisal.models import FlagKind, Moderation
from grants.appraisal.remarks.flagging import Remark, raise_flag, settle
from grants.appraisal.scoring.reopening import reopen
from grants.appraisal.scoring.wording import Because
from grants.audit.models import AuditEvent
from grants.bids.models import BidStatus
from grants.funds.models import RoundStatus
from grants.kernel.db import db
from grants.kernel.errors import Overtaken, Refused
from grants.people.roles import Role
from tests.factories import (
    NOW,
    give_scores,
    make_appraised_round,
    make_bid,
    make_person,
    make_task,
    moderate,
    second,
    sign_in,
)


@pytest.fixture
def bid(session):
    return make_bid(make_appraised_round(), status=BidStatus.APPRAISAL)


def agree(bid, *marks, by, version=0):
    agreed = {
        (c, 1): Marked(mark, "The panel agreed.", version) for c, mark in zip(bid.round.criteria, marks, strict=False)
    }
    operations.agree_marks(bid, agreed, by=by, at=NOW)
    db.session.flush()


def test_moderation_waits_until_every_appraiser_has_submitted(bid, moderator, client):
    give_scores(make_task(bid), 4, 4, 4)
    slow = give_scores(make_task(bid), 1, 1, 1, submitted=False)
    with pytest.raises(Refused, match="waits until every appraiser"):
        agree(bid, 3, 3, 3, by=moderator)
    sign_in(client, moderator)
    assert bid.reference not in client.get("/moderation").text
    assert "Waiting" in client.get("/moderation?show=all").text
    waiting = client.get(f"/moderation/{bid.key}").text
    assert "waits until every appraiser" in waiting
    assert slow.person.name not in waiting
    assert client.post(f"/moderation/{bid.key}/conclude").status_code == 200
    assert db.session.query(Moderation).count() == 0


def test_a_bid_that_nobody_scores_is_never_ready(bid, moderator):
    with pytest.raises(Refused, match="waits"):
        agree(bid, 3, 3, 3, by=moderator)


def test_agreed_marks_need_a_reason_and_leave_the_originals_alone(bid, moderator):
    task = give_scores(make_task(bid), 4, 2, 3)
    with pytest.raises(Refused, match="Give the reason"):
        operations.agree_marks(bid, {(bid.round.criteria[0], 1): Marked(3)}, by=moderator, at=NOW)
    agree(bid, 3, 3, 3, by=moderator)
    assert [score.mark for score in task.scores] == [4, 2, 3]


def test_a_proposed_mark_counts_when_a_second_person_agrees(bid, moderator):
    give_scores(make_task(bid), 4, 2, 3)
    agree(bid, 5, by=moderator)
    place = bid.round.criteria[0].id, 1
    assert queries.judgement_of(bid).counted_part(place) == 4
    with pytest.raises(Refused, match="somebody else has to agree"):
        second(bid, by=moderator)
    with pytest.raises(Refused, match="second person has not agreed yet: Value for money"):
        operations.conclude_moderation(bid, by=moderator, at=NOW)
    second(bid)
    assert queries.judgement_of(bid).counted_part(place) == 5


def test_a_second_person_agrees_to_what_he_or_she_read(bid, moderator):
    give_scores(make_task(bid), 4, 2, 3)
    agree(bid, 5, by=moderator)
    place = bid.round.criteria[0].id, 1
    agree(bid, 4, by=moderator, version=1)
    with pytest.raises(Overtaken) as told:
        operations.second_marks(bid, {place: 1}, by=make_person(Role.MODERATOR), at=NOW)
    assert told.value.theirs == "4: The panel agreed."
    with pytest.raises(Overtaken):
        operations.second_marks(bid, {(place[0], 2): 0}, by=make_person(Role.MODERATOR), at=NOW)


def test_no_appraiser_and_nobody_with_a_conflict_is_the_second_person(bid, moderator):
    both = make_person(Role.APPRAISER, Role.MODERATOR)
    give_scores(make_task(bid, both), 4, 2, 3)
    agree(bid, 5, by=moderator)
    with pytest.raises(Refused, match="cannot moderate a bid that you appraise"):
        second(bid, by=both)
    friend = make_person(Role.MODERATOR)
    close_bid(bid, friend, reason="Friend.", by=friend, at=NOW)
    with pytest.raises(Refused, match="conflict of interest"):
        second(bid, by=friend)


def test_marks_that_lie_apart_are_agreed_or_kept_for_a_reason(bid, moderator, client):
    give_scores(make_task(bid), 5, 3, 3)
    give_scores(make_task(bid), 1, 3, 3)
    db.session.commit()
    sign_in(client, moderator)
    assert "<li>Both sides of the line, which is at 50.0 points</li>" in client.get(f"/moderation/{bid.key}").text
    with pytest.raises(Refused, match="Agree on marks, or say why"):
        operations.conclude_moderation(bid, by=moderator, at=NOW)
    operations.conclude_moderation(bid, kept_because="Both readings are fair.", by=moderator, at=NOW)
    operations.conclude_moderation(bid, by=moderator, at=NOW)
    db.session.commit()
    assert bid.status is BidStatus.MODERATED
    assert bid.shown_status is BidStatus.SUBMITTED
    assert db.session.query(AuditEvent).filter_by(verb="concluded_moderation").one().reason == "Both readings are fair."
    assert queries.judgement_of(bid).counted_total == Fraction(60)


def test_no_button_of_the_page_loses_what_was_typed_for_another(bid, moderator, client):
    for _ in range(2):
        give_scores(make_task(bid), 4, 4, 4)
    agree(bid, 3, by=make_person(Role.MODERATOR))
    db.session.commit()
    one, two = [criterion.id for criterion in bid.round.criteria][:2]
    page, version = f"/moderation/{bid.key}", f"version_{one}_1"
    tick, typed = {"seconded": f"{one}_1_1"}, {f"mark_{two}_1": "2", f"reason_{two}_1": "Said at the table."}
    sent = {version: "1", f"version_{two}_1": "0"}
    sign_in(client, moderator)

    def kept(shown):
        assert "Said at the table.</textarea>" in shown
        assert re.search(rf'name="mark_{two}_1"[^>]*value="2" checked', shown)
        assert "Saved by somebody else meanwhile" not in shown
        return shown

    shown = kept(client.post(page, data={**sent, **tick, **typed, "then": "conclude"}).text)
    assert f"Not saved yet: {bid.round.criteria[1].name}." in shown
    assert "Agree first to the marks that you have ticked." in shown
    assert f'value="{one}_1_1" aria-describedby="seconded-why" checked' in shown
    shown = kept(client.post(f"{page}/second", data={**sent, **tick, **typed}).text)
    assert "You have agreed to the marks." in shown
    assert f'{version}" type="hidden" value="2"' in shown
    assert client.post(page, data={version: "2", f"version_{two}_1": "0", **typed}).location.endswith(page)
    assert {row.mark for row in queries.agreed_marks(bid).values()} == {3, 2}
    agree(bid, 5, by=make_person(Role.MODERATOR), version=2)
    db.session.commit()
    tick, typed = {"seconded": f"{one}_1_3"}, {f"mark_{two}_1": "1", f"reason_{two}_1": "Said at the table."}
    shown = kept_tick = client.post(page, data={version: "3", f"version_{two}_1": "1", **tick, **typed}).text
    assert "The marks are proposed." in shown
    assert f'value="{one}_1_3" aria-describedby="seconded-why" checked' in kept_tick
    second(bid)
    db.session.commit()
    asks = client.post(page, data={version: "4", f"version_{two}_1": "3", "then": "conclude"}).location
    assert asks.endswith(f"{page}/conclude")
    assert "2 of 3 marks agreed" in client.get(asks).text
    assert bid.status is BidStatus.APPRAISAL
    assert client.post(asks).status_code == 302
    assert bid.status is BidStatus.MODERATED
    assert client.get(asks).location.endswith(page)


def test_totals_that_lie_apart_need_a_word_though_no_mark_does(bid, moderator):
    give_scores(make_task(bid), 4, 4, 4)
    give_scores(make_task(bid), 3, 3, 3)
    with pytest.raises(Refused, match="totals lie apart"):
        operations.conclude_moderation(bid, by=moderator, at=NOW)
    agree(bid, 4, by=moderator)
    second(bid)
    operations.conclude_moderation(bid, by=moderator, at=NOW)
    assert queries.judgement_of(bid).counted_total == 40 + 21 + 14


def test_what_one_appraiser_alone_scored_is_agreed_in_all_or_kept_for_a_reason(bid, moderator, client):
    give_scores(make_task(bid), 4, 4, 4)
    agree(bid, 4, 4, by=moderator)
    second(bid)
    db.session.commit()
    sign_in(client, moderator)
    assert "Scored by one alone (1 ready)" in client.get("/moderation").text
    page = f"/moderation/{bid.key}"
    assert "Why are the appraisers’ marks kept?" in client.get(f"{page}/conclude").text
    refused = client.post(f"{page}/conclude")
    assert "kept_because-error" in refused.text
    assert "The marks of one appraiser alone count." in refused.text
    agree(bid, 4, 4, 4, by=moderator)
    second(bid)
    operations.conclude_moderation(bid, by=moderator, at=NOW)
    assert bid.status is BidStatus.MODERATED


def test_a_bid_with_an_open_flag_is_not_concluded(bid, moderator):
    for _ in range(2):
        give_scores(make_task(bid), 4, 4, 4)
    flag = raise_flag(bid, Remark(FlagKind.CONCERN, "Is the land ours?"), by=moderator, at=NOW)
    with pytest.raises(Refused, match="1 flag is still open"):
        operations.conclude_moderation(bid, kept_because="It is.", by=moderator, at=NOW)
    settle(flag, "It is.", version_seen=flag.version, by=moderator, at=NOW)
    operations.conclude_moderation(bid, by=moderator, at=NOW)


def test_scores_opened_again_ask_for_the_second_person_once_more(bid, moderator):
    task = give_scores(make_task(bid), 4, 4, 4)
    agree(bid, 5, by=moderator)
    second(bid)
    reopen(task, Because.OVERLOOKED, reason="Look at the annex.", by=moderator, at=NOW)
    db.session.commit()
    [row] = queries.agreed_marks(bid).values()
    assert (row.mark, row.second_by, row.settled_mark) == (5, None, None)
    assert db.session.query(AuditEvent).filter_by(verb="unsettled").count() == 1


def test_scores_set_aside_while_marks_are_agreed_ask_for_it_too(bid, moderator):
    give_scores(make_task(bid), 4, 4, 4)
    late = give_scores(make_task(bid), 4, 4, 4)
    agree(bid, 5, by=moderator)
    second(bid)
    operations.declare_conflict(late, reason="Friend.", by=late.person, at=NOW)
    assert [row.settled_mark for row in queries.agreed_marks(bid).values()] == [None]


@pytest.mark.parametrize("who", [0, 1])
def test_a_mark_settled_by_somebody_with_a_conflict_counts_no_more_while_another_is_proposed(bid, moderator, who):
    give_scores(make_task(bid), 4, 4, 4)
    agree(bid, 5, by=moderator)
    seconder = make_person(Role.MODERATOR)
    second(bid, by=seconder)
    db.session.commit()
    [row] = queries.agreed_marks(bid).values()
    agree(bid, 3, by=make_person(Role.MODERATOR), version=row.version)
    db.session.commit()
    bystander = make_person(Role.MODERATOR)
    close_bid(bid, bystander, reason="Friend.", by=bystander, at=NOW)
    assert row.settled_mark == 5
    person = (moderator, seconder)[who]
    close_bid(bid, person, reason="Friend.", by=person, at=NOW)
    assert [(row.mark, row.settled_mark) for row in queries.agreed_marks(bid).values()] == [(3, None)]


def test_a_manager_who_scored_a_bid_reads_its_total_once_it_is_moderated_and_never_before(bid, moderator, client):
    """The decisions' page is the one place where somebody who scored a bid learns what the others' marks come to."""
    manager = make_person(Role.PROGRAMME_MANAGER, Role.APPRAISER)
    give_scores(make_task(bid, manager), 4, 4, 4)
    other = give_scores(make_task(bid), 3, 3, 3)
    sign_in(client, manager)

    def total_shows():
        db.session.commit()
        return "100.0" in client.get(f"/decisions/{bid.round.code}").text

    agree(bid, 5, 5, 5, by=moderator)
    second(bid)
    assert not total_shows()
    reopen(other, Because.OVERLOOKED, reason="Look at the annex.", by=moderator, at=NOW)
    assert not total_shows()
    operations.submit_scores(other, by=other.person, at=NOW)
    second(bid)
    assert not total_shows()
    operations.conclude_moderation(bid, by=moderator, at=NOW)
    assert total_shows()
    with pytest.raises(Refused, match="moderated already, so its scores stay"):
        reopen(other, Because.OVERLOOKED, reason="Look again.", by=moderator, at=NOW)


def test_an_agreed_mark_can_change_until_the_announcement_and_every_change_is_kept(bid, moderator):
    moderate(bid, 3, 3, 3, by=moderator)
    agree(bid, 5, by=moderator, version=2)
    assert queries.judgement_of(bid).counted_total == 60  # until a second person agrees
    second(bid)
    assert queries.judgement_of(bid).counted_total == 80
    db.session.commit()
    said = [event.details for event in db.session.query(AuditEvent).filter_by(verb="agreed", subject_type="moderation")]
    assert [(d["before"], d["mark"]) for d in said if d["criterion"] == "value"] == [(None, 3), (3, 5)]
    bid.round.status, bid.round.announced_at = RoundStatus.ANNOUNCED, NOW
    with pytest.raises(Refused, match="no longer be changed"):
        agree(bid, 1, by=moderator, version=4)


def test_the_second_of_two_moderators_is_told(bid, moderator):
    moderate(bid, 3, 3, 3, by=moderator)
    agree(bid, 4, by=moderator, version=2)
    with pytest.raises(Overtaken):
        agree(bid, 2, by=make_person(Role.MODERATOR), version=2)


def test_no_appraiser_is_added_once_moderation_has_begun(bid, moderator, manager, appraiser):
    give_scores(make_task(bid), 4, 2, 3)
    agree(bid, 3, by=moderator)
    with pytest.raises(Refused, match="has begun"):
        operations.assign([bid], appraiser, by=manager, at=NOW)


def test_who_appraises_or_has_a_conflict_does_not_moderate(bid, client):
    both, late = (make_person(Role.APPRAISER, Role.MODERATOR) for _ in range(2))
    own, set_aside = make_task(bid, both), make_task(bid, late)
    give_scores(own, 4, 4, 4)
    operations.declare_conflict(set_aside, reason="Friend.", by=late, at=NOW)
    db.session.flush()
    for person in (both, late):
        with pytest.raises(Refused):
            agree(bid, 5, 5, 5, by=person)
        sign_in(client, person)
        assert bid.reference not in client.get("/moderation?show=all").text
        assert client.get(f"/moderation/{bid.key}").status_code == 404
        assert client.post(f"/moderation/{bid.key}/conclude").status_code == 404


def test_scores_set_aside_take_no_part_and_are_named_as_such(bid, moderator, client):
    stays = give_scores(make_task(bid), 2, 2, 2)
    gone = give_scores(make_task(bid, make_person(Role.APPRAISER, name="Connie Flict")), 5, 5, 5)
    judgement = queries.judgement_of(bid)
    assert judgement.flagged == list(bid.round.criteria)
    assert judgement.totals_apart
    operations.declare_conflict(gone, reason="Friend.", by=gone.person, at=NOW)
    db.session.commit()
    judgement = queries.judgement_of(bid)
    assert judgement.counting == [stays]
    assert not judgement.flagged
    sign_in(client, moderator)
    assert "Connie Flict handed in scores that take no part" in client.get(f"/moderation/{bid.key}").text


def test_the_worked_spread_of_4_2_3_is_flagged_for_its_range_and_not_for_its_deviation(bid, moderator, client):
    for mark in (4, 2, 3):
        give_scores(make_task(bid), mark, 3, 3)
    assert [criterion.code for criterion in queries.judgement_of(bid).flagged] == ["value"]
    db.session.commit()
    sign_in(client, moderator)
    page = client.get(f"/moderation/{bid.key}").text
    assert "<li>Marks 2 or more apart</li>" in page
    assert ">1.000<" in page
    assert "<li>Standard deviation above 1</li>" not in page


def test_the_page_of_a_panel_from_proposal_to_conclusion(bid, moderator, client):
    give_scores(make_task(bid, make_person(Role.APPRAISER, name="Ann Praiser")), 4, 2, 3)
    give_scores(make_task(bid), 4, 4, 3)
    sign_in(client, moderator)
    page = f"/moderation/{bid.key}"
    assert "Bids ready for moderation" in client.get("/").text
    assert "Marks 2 or more apart" in client.get("/moderation").text
    shown = client.get(page).text
    assert ">1.414<" in shown  # the deviation of 2 and 4
    assert "Value for money: 4 from 2. Deliverability: 2, 4. Housing: 3 from 2." in shown
    assert "Why are the appraisers’ marks kept?" in client.get(f"{page}/conclude").text
    ids = [criterion.id for criterion in bid.round.criteria]
    sent = {f"mark_{n}_1": "3" for n in ids} | {f"version_{n}_1": "0" for n in ids}
    assert "Give the reason for the mark agreed for Value for money." in client.post(page, data=sent).text
    nothing = client.post(page, data={f"version_{n}_1": "0" for n in ids}).text
    assert "Choose at least one mark to propose." in nothing
    assert f"mark_{ids[0]}_1-error" in nothing
    sent |= {f"reason_{n}_1": "<img src=x onerror=alert(1)>" for n in ids}
    assert client.post(page, data=sent | {f"mark_{ids[0]}_1": "7"}).status_code == 200
    assert client.post(page, data=sent).status_code == 302
    shown = client.get(page).text
    assert "<img" not in shown
    assert "You proposed these" in shown
    assert "Value for money: 3 proposed" in shown
    client.post(page, data=sent | {f"version_{n}_1": "1" for n in ids})
    assert "Nothing has changed: these marks stand already." in client.get(page).text
    assert "A second person has not agreed yet" in client.post(f"{page}/conclude").text
    places = [f"{n}_1_1" for n in ids]
    assert "somebody else has to agree" in client.post(f"{page}/second", data={"seconded": places}).text
    late = client.post(page, data=sent | {f"mark_{ids[0]}_1": "1"})
    assert "Saved by somebody else meanwhile" in late.text

    sign_in(client, make_person(Role.MODERATOR))
    assert "Bids with agreed marks for you to agree to" in client.get("/").text
    assert "Second person needed" in client.get("/moderation").text
    assert "Choose the marks that you agree to." in client.post(f"{page}/second").text
    for strange in ("x", "1_2", f"{ids[0]}_1_9", "9_9_9_9", "_", "99999999999_1_1"):
        assert client.post(f"{page}/second", data={"seconded": strange}).status_code == 200
    assert client.post(f"{page}/second", data={"seconded": places}).status_code == 302
    assert client.post(f"{page}/conclude").status_code == 302
    assert "Moderated" in client.get("/moderation?show=all").text
    assert client.get(page).status_code == 200


def test_a_mark_of_a_moderated_bid_that_needs_a_second_person_is_found_from_the_first_page(bid, moderator, client):
    """But while scores are opened again nobody can agree to anything, so that nobody is asked to."""
    moderate(bid, 3, 3, 3, by=moderator)
    agree(bid, 5, by=moderator, version=2)
    other = make_bid(make_appraised_round(), status=BidStatus.APPRAISAL)
    task = give_scores(make_task(other), 4, 4, 4)
    agree(other, 5, by=moderator)
    reopen(task, Because.OVERLOOKED, reason="Look at the annex.", by=moderator, at=NOW)
    db.session.commit()
    sign_in(client, make_person(Role.MODERATOR))
    [line] = [
        line for line in client.get("/").text.split("<li") if "Bids with agreed marks for you to agree to" in line
    ]
    assert 'status">1</div>' in line
    listed = client.get("/moderation").text
    assert bid.reference in listed
    assert "Second person needed" in listed
    assert other.reference not in listed


def test_only_moderators_moderate(bid, client):
    for role in (Role.APPRAISER, Role.PROGRAMME_MANAGER, Role.AUDITOR, Role.ELIGIBILITY_CHECKER):
        sign_in(client, make_person(role))
        assert client.get("/moderation").status_code == 403
        for page in (f"/moderation/{bid.key}", f"/moderation/{bid.key}/second", f"/moderation/{bid.key}/conclude"):
            assert client.post(page).status_code == 403
        assert client.post(f"/moderation/rounds/{bid.round.code}/as-scored").status_code == 403
        for page in ("leniency", "agreement"):
            assert client.get(f"/appraisal/{bid.round.code}/{page}").status_code == 403
