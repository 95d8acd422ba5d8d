"""Valuations of projects: kept with all they stand on, judged by one category at most, and what gates make of them."""

from fractions import Fraction

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, select

from grants.appraisal import operations
from grants.appraisal.appraisers.closing import close_bid
from grants.appraisal.gates import checking, keeping, valuing, worth
from grants.appraisal.gates.calculator import Inputs, Land, Outcome, work_out
from grants.appraisal.gates.queries import gate_results, is_to_check
from grants.appraisal.gates.worth_shown import worked_by
from grants.appraisal.models import GateOutcome, Valuation
from grants.appraisal.operations import Finding
from grants.appraisal.ranking.tie_breaks import ratios
from grants.audit.models import AuditEvent
from grants.bids.models import BidStatus, Conflict, ValueKind
from grants.bids.queries import history
from grants.funds.assuming.value_for_money import GREEN_BOOK_2022, Adjustments, CostScope
from grants.funds.models import AssumptionSet, GateStage
from grants.kernel.db import Json, db
from grants.kernel.errors import Overtaken, Refused
from grants.people.roles import Role
from tests.factories import NOW, make_appraised_round, make_bid, make_person, make_task, moderate, sign_in

WHY = "Health benefits that nobody has priced yet."


@pytest.fixture
def bid(session):
    return make_bid(make_appraised_round(), projects=2)


def inputs(benefit, cost=1_000_00, **changed):
    """A cost and a benefit in the base year, so that their ratio is seen at a glance."""
    lines = {(ValueKind.COST_CENTRAL, 2026): cost, (ValueKind.BENEFIT_OTHER, 2026): benefit}
    said = {"base_year": 2026, "prices_of": 2026, "nominal": False, "scope": CostScope.PUBLIC}
    return Inputs(**{**said, "optimism_bias": 0, "additionality": 100_00, "lines": lines, **changed})


def value(project, benefit, *, by, judged="", reason="", seen=0):
    said = {"judged": judged, "reason": reason, "number_seen": seen, "by": by, "at": NOW}
    made = valuing.value(project, inputs(benefit), **said)
    db.session.flush()
    return made


def test_a_valuation_keeps_what_it_was_worked_out_from_and_gives_the_same_again(bid, checker):
    made = value(bid.projects[0], 1_600_00, by=checker)
    assert (made.number, made.computed, made.judged, made.ratio_millionths) == (1, "Medium", "Medium", 1_600_000)
    assert made.assumption_set.code == "green-book-2022"
    db.session.expire_all()
    again = worked_by(keeping.inputs_kept(made.inputs), made.assumption_set)
    assert keeping.kept_results(again) == made.results


@pytest.mark.parametrize(
    ("judged", "allowed"), [("Acceptable", True), ("High", True), ("Poor", False), ("Very high", False)]
)
def test_the_judged_category_is_the_computed_one_or_its_neighbour(bid, checker, judged, allowed):
    if allowed:
        assert value(bid.projects[0], 1_600_00, by=checker, judged=judged, reason=WHY).judged == judged
    else:
        with pytest.raises(Refused, match="Computed as Medium"):
            value(bid.projects[0], 1_600_00, by=checker, judged=judged, reason=WHY)


@pytest.mark.parametrize("reason", ["", "Because.", " " * 60])
def test_another_category_than_the_computed_one_needs_a_reason(bid, checker, reason):
    with pytest.raises(Refused, match="Say in"):
        value(bid.projects[0], 1_600_00, by=checker, judged="High", reason=reason)
    assert db.session.query(Valuation).count() == 0


def test_a_project_without_a_cost_has_no_ratio_and_is_not_kept(bid, checker):
    with pytest.raises(Refused, match="Enter a cost"):
        valuing.value(bid.projects[0], inputs(1_00, cost=0), judged="", reason="", number_seen=0, by=checker, at=NOW)


def test_the_second_of_two_is_told_and_both_can_be_read(bid, checker):
    value(bid.projects[0], 1_600_00, by=checker)
    with pytest.raises(Overtaken):
        value(bid.projects[0], 900_00, by=make_person(Role.ELIGIBILITY_CHECKER))
    second = value(bid.projects[0], 900_00, by=checker, seen=1)
    assert [row.number for row in worth.valuations_of(bid.projects[0])] == [2, 1]
    assert worth.latest(bid)[bid.projects[0].id] is second


def test_a_moderated_bid_keeps_what_it_was_judged(bid, checker):
    bid.status = BidStatus.MODERATED
    db.session.flush()
    with pytest.raises(Refused, match="moderated"):
        value(bid.projects[0], 1_600_00, by=checker)


def test_ties_are_broken_by_all_projects_together(bid, checker):
    one, two = bid.projects
    value(one, 1_000_00, by=checker)
    value(two, 3_000_00, by=checker)
    assert value(one, 2_000_00, by=checker, seen=1).bid_ratio_millionths == 2_500_000
    other = make_bid(bid.round)
    assert value(other.projects[0], 1, by=checker).bid_ratio_millionths == 10


def test_appraisers_read_the_value_for_money_beside_the_bid(checker, appraiser, client):
    bid = make_bid(make_appraised_round(), status=BidStatus.APPRAISAL)
    value(bid.projects[0], 1_600_00, by=checker, judged="High", reason=WHY)
    task = make_task(bid, appraiser, declared=False)
    sign_in(client, appraiser)
    assert WHY not in client.get(f"/appraisals/{task.key}", follow_redirects=True).text
    operations.declare_no_conflict(task, by=appraiser, at=NOW)
    db.session.commit()
    shown = client.get(f"/appraisals/{task.key}").text
    assert WHY in shown
    assert "1.600" in shown
    assert checker.name not in shown


def test_those_who_moderate_read_it_too(checker, moderator, client):
    bid = make_bid(make_appraised_round(), projects=2, status=BidStatus.APPRAISAL)
    for project in bid.projects:
        value(project, 1_600_00, by=checker, judged="High", reason=WHY)
    moderate(bid, 4, 4, 4)
    sign_in(client, moderator)
    assert client.get(f"/moderation/{bid.key}").text.count(WHY) == 2


def test_each_round_is_worked_out_by_its_own_assumptions(bid, checker):
    strict = Json({"below": "Not enough", "labels": [["3", "Enough"]]})
    bid.round.assumption_set = AssumptionSet(
        code="strict", title="Strict", steps=Json({"steps": [["0.1", None]]}), labels=strict
    )
    db.session.flush()
    assert value(bid.projects[0], 2_900_00, by=checker).computed == "Not enough"
    other = make_bid(make_appraised_round())
    assert value(other.projects[0], 2_900_00, by=checker).computed == "High"


def test_only_the_programme_learns_what_was_judged(bid, checker, client):
    value(bid.projects[0], 1_600_00, by=checker)
    db.session.commit()
    assert "valued" not in {one.verb for one in db.session.scalars(history(bid))}
    (event_,) = db.session.scalars(select(AuditEvent).where(AuditEvent.verb == "valued"))
    assert event_.actor == checker.name
    project = bid.projects[0]
    pages = [f"/eligibility/{bid.key}/value{rest}" for rest in ("", f"/{project.key}", f"/{project.key}/1")]
    for role in (Role.APPRAISER, Role.MODERATOR, Role.BID_COORDINATOR):
        council = bid.lead_council if role is Role.BID_COORDINATOR else None
        sign_in(client, make_person(role, council=council))
        assert {client.get(page).status_code for page in pages} == {403}


def test_a_checker_with_a_conflict_finds_nothing(bid, checker, client):
    value(bid.projects[0], 1_600_00, by=checker)
    declared = {"declared_at": NOW, "declared_by_id": checker.id, "reason": "Cousin."}
    db.session.add(Conflict(person_id=checker.id, bid_id=bid.id, **declared))
    sign_in(client, checker)
    project = bid.projects[0]
    for rest in ("", f"/{project.key}", f"/{project.key}/1"):
        assert client.get(f"/eligibility/{bid.key}/value{rest}").status_code == 404
    assert client.post(f"/eligibility/{bid.key}/value/{project.key}").status_code == 404
    with pytest.raises(Refused):
        value(project, 1_700_00, by=checker, seen=1)


def test_a_project_of_another_bid_is_not_found_here(bid, checker, client):
    other = make_bid(bid.round)
    sign_in(client, checker)
    assert client.get(f"/eligibility/{bid.key}/value/{other.projects[0].key}").status_code == 404
    assert client.get(f"/eligibility/{bid.key}/value/{bid.projects[0].key}/1").status_code == 404


def test_who_reads_the_ranking_reads_beside_the_marks_of_a_bid_what_it_is_worth(bid, checker, client):
    value(bid.projects[0], 900_00, by=checker, judged="Acceptable", reason=WHY)
    bid.status = BidStatus.MODERATED
    db.session.commit()
    sign_in(client, make_person(Role.PROGRAMME_MANAGER))
    shown = " ".join(client.get(f"/appraisal/{bid.round.code}/ranking/{bid.key}").text.split())
    for words in (">0.900<", ">Poor<", f">Acceptable: {WHY}<"):
        assert words in shown


@pytest.mark.parametrize("role", [Role.PROGRAMME_MANAGER, Role.MODERATOR, Role.FINANCE_OFFICER, Role.AUDITOR])
def test_who_reads_the_ranking_or_moderates_reads_the_whole_valuation(bid, checker, client, role):
    one, two = bid.projects
    value(one, 900_00, by=checker, judged="Acceptable", reason=WHY)
    bid.status = BidStatus.MODERATED
    db.session.commit()
    person = make_person(role)
    sign_in(client, person)
    marks = f"/appraisal/{bid.round.code}/ranking/{bid.key}"
    address = f"{marks}/value/{one.key}"
    assert f'href="{address}"' in client.get(marks).text
    shown = client.get(address).text
    for words in (WHY, "Present values by year", "If something were otherwise", "Costs and benefits as typed"):
        assert words in shown
    assert "/eligibility/" not in shown
    assert client.get(f"{marks}/value/{two.key}").status_code == 404
    assert client.post(address).status_code == 405
    close_bid(bid, person, reason="A cousin sells the land.", by=make_person(Role.PROGRAMME_MANAGER), at=NOW)
    db.session.commit()
    assert client.get(address).status_code == 404


def test_a_valuation_is_read_in_full_by_nobody_else(bid, checker, appraiser, client):
    value(bid.projects[0], 900_00, by=checker)
    address = f"/appraisal/{bid.round.code}/ranking/{bid.key}/value/{bid.projects[0].key}"
    sign_in(client, make_person(Role.PROGRAMME_MANAGER))
    assert client.get(address).status_code == 404  # while it is checked
    bid.status = BidStatus.APPRAISAL
    db.session.commit()
    assert client.get(address).status_code == 200
    for person in (appraiser, checker, make_person(Role.BID_COORDINATOR, council=bid.lead_council)):
        sign_in(client, person)
        assert client.get(address).status_code == 403
    both = make_person(Role.MODERATOR, Role.APPRAISER)
    make_task(bid, both)
    sign_in(client, both)
    assert client.get(address).status_code == 404


# --- The gate


@pytest.fixture
def gate(bid):
    gate = bid.round.gates[1]
    gate.text, gate.value_at_least = "Value for money is at least acceptable.", "Acceptable"
    db.session.flush()
    return gate


def test_a_gate_about_value_for_money_shows_the_computed_and_the_judged_category(bid, gate, checker, client):
    sign_in(client, checker)
    page = f"/eligibility/{bid.key}"
    assert "No value for money has been worked out yet." in client.get(page).text
    value(bid.projects[0], 900_00, by=checker, judged="Acceptable", reason=WHY)
    db.session.commit()
    shown = " ".join(client.get(page).text.split())
    assert "G1 asks for Acceptable at least. 1 of 2 projects valued, the lowest judged Acceptable." in shown
    assert "0.900, computed Poor, judged Acceptable" in shown


def test_a_bid_judged_to_be_worth_less_does_not_pass_the_gate(bid, gate, checker, client):
    value(bid.projects[0], 2_000_00, by=checker)
    value(bid.projects[1], 900_00, by=checker)
    with pytest.raises(Refused, match="G1 asks for Acceptable at least, and Poor was judged"):
        operations.check(bid, {gate: Finding(GateOutcome.PASS)}, by=checker, at=NOW)
    sign_in(client, checker)
    answer = client.post(f"/eligibility/{bid.key}", data={f"outcome_{gate.id}": "pass", f"version_{gate.id}": "0"})
    assert f'id="outcome_{gate.id}-error"' in answer.text


@pytest.mark.parametrize("valued", [0, 1])
def test_a_gate_about_value_is_passed_without_a_valuation_for_a_reason_alone(bid, gate, checker, client, valued):
    for project in bid.projects[:valued]:
        value(project, 2_000_00, by=checker)
    sign_in(client, checker)
    sent = {f"outcome_{gate.id}": "pass", f"version_{gate.id}": "0", f"reason_{gate.id}": "Small."}
    answer = client.post(f"/eligibility/{bid.key}", data=sent)
    assert f'id="reason_{gate.id}-error"' in answer.text
    assert "Not every project was valued" in answer.text
    assert gate_results(bid) == {}
    sent[f"reason_{gate.id}"] = "A grant of £5,000 has no figures to work with."
    assert client.post(f"/eligibility/{bid.key}", data=sent).status_code == 302
    assert gate_results(bid)[gate.id].outcome is GateOutcome.PASS


def test_a_bid_valued_in_full_passes_its_gate_without_more(bid, gate, checker):
    for project in bid.projects:
        value(project, 2_000_00, by=checker)
    operations.check(bid, {gate: Finding(GateOutcome.PASS)}, by=checker, at=NOW)
    assert gate_results(bid)[gate.id].outcome is GateOutcome.PASS


def test_a_valuation_of_somebody_with_a_conflict_is_kept_and_counts_for_nothing(bid, gate, checker, client):
    other, manager = make_person(Role.ELIGIBILITY_CHECKER), make_person(Role.PROGRAMME_MANAGER)
    one, two = bid.projects
    value(one, 3_000_00, by=other)
    value(one, 900_00, by=checker, seen=1)
    value(two, 2_000_00, by=other)
    close_bid(bid, checker, reason="A cousin sells the land.", by=manager, at=NOW)
    db.session.commit()
    assert set(worth.latest(bid)) == {two.id}
    own = make_bid(bid.round)
    value(own.projects[0], 2_000_00, by=checker)
    close_bid(own, checker, reason="Another.", by=manager, at=NOW)
    assert dict(db.session.execute(select(ratios(bid.round))).all()).keys() == {bid.id}
    sign_in(client, other)
    pages = [f"/eligibility/{bid.key}/value{rest}" for rest in ("", f"/{one.key}", f"/{one.key}/2")]
    shown = [" ".join(client.get(page).text.split()) for page in pages]
    assert "2.000</strong> of benefit" in shown[0]
    assert "begins with valuation 1" in shown[1]
    assert "Set aside: Cherry Checker has a conflict of interest" in shown[2]
    assert "cousin" not in "".join(shown)
    assert value(one, 1_000_00, by=other, seen=2).bid_ratio_millionths == 1_500_000


@pytest.mark.parametrize("reason", ["", WHY])
def test_a_gate_passed_by_a_valuation_that_is_set_aside_is_checked_again_unless_a_reason_stands(
    bid, gate, checker, reason
):
    other = make_person(Role.ELIGIBILITY_CHECKER)
    for project in bid.projects:
        value(project, 2_000_00, by=other)
    operations.check(bid, {one: Finding(GateOutcome.PASS, reason) for one in bid.round.gates}, by=checker, at=NOW)
    operations.conclude_eligibility(bid, by=checker, at=NOW)
    close_bid(bid, other, reason="A cousin sells the land.", by=other, at=NOW)
    assert is_to_check(bid) is (not reason)
    if reason:
        return
    checking.reopen_eligibility(bid, by=checker, at=NOW)
    db.session.commit()
    assert [event.details["gate"] for event in db.session.query(AuditEvent).filter_by(verb="reopened")] == [gate.code]
    with pytest.raises(Refused, match="Not every project was valued"):
        operations.conclude_eligibility(bid, by=checker, at=NOW)
    for project in bid.projects:
        value(project, 2_000_00, by=checker, seen=1)
    operations.conclude_eligibility(bid, by=checker, at=NOW)
    assert not is_to_check(bid)


def test_a_bid_valued_lower_after_its_gate_was_passed_goes_no_further(bid, gate, checker):
    passes = {one: Finding(GateOutcome.PASS, WHY) for one in bid.round.gates}
    operations.check(bid, passes, by=checker, at=NOW)
    value(bid.projects[0], 900_00, by=checker)
    with pytest.raises(Refused, match="Poor was judged"):
        operations.conclude_eligibility(bid, by=checker, at=NOW)
    assert bid.status is BidStatus.SUBMITTED


def test_a_fail_at_eligibility_ends_the_check_and_one_open_gateway_keeps_it(bid, checker):
    eligibility, gateway = bid.round.gates
    assert (eligibility.stage, gateway.stage) == (GateStage.ELIGIBILITY, GateStage.GATEWAY)
    operations.check(bid, {eligibility: Finding(GateOutcome.PASS)}, by=checker, at=NOW)
    with pytest.raises(Refused, match="Not settled yet: G1"):
        operations.conclude_eligibility(bid, by=checker, at=NOW)
    other = make_bid(bid.round)
    operations.check(other, {eligibility: Finding(GateOutcome.FAIL, "No council.")}, by=checker, at=NOW)
    db.session.flush()
    (fail,) = gate_results(other).values()
    operations.agree_fail(fail, version_seen=fail.version, by=make_person(Role.ELIGIBILITY_CHECKER), at=NOW)
    operations.conclude_eligibility(other, by=checker, at=NOW)
    assert other.status is BidStatus.INELIGIBLE


def test_the_list_shows_the_two_stages_apart(bid, checker, client):
    operations.check(bid, {bid.round.gates[0]: Finding(GateOutcome.PASS)}, by=checker, at=NOW)
    sign_in(client, checker)
    shown = client.get("/eligibility").text
    assert "Eligibility gates checked" in shown
    assert (shown.count(">1 of 1<"), shown.count(">0 of 1<")) == (1, 1)


# --- The page


def typed(bid, **changed):
    said = {"base_year": "2026", "prices_of": "2026", "prices": "real", "scope": "public", "land_year": "2026"}
    said |= {
        "v_cost_central_2026": "1,000",
        "v_benefit_other_2026": "1,600",
        "version": "0",
        "judged": "",
        "do": "keep",
    }
    return said | changed


def test_a_valuation_is_kept_on_the_page_and_an_overtaken_one_keeps_what_was_typed(bid, checker, client):
    sign_in(client, checker)
    page = f"/eligibility/{bid.key}/value/{bid.projects[0].key}"
    answer = client.post(page, data=typed(bid))
    assert answer.headers["Location"].endswith(f"{page}/1")
    shown = client.get(f"{page}/1").text
    assert "Computed as <strong>Medium</strong>, judged as <strong>Medium</strong>" in shown
    late = client.post(page, data=typed(bid, judged="High", reason=WHY))
    assert "Somebody else changed this" in late.text
    assert WHY in late.text
    assert db.session.query(Valuation).count() == 1
    assert client.post(page, data=typed(bid, judged="High", reason=WHY, version="1")).status_code == 302
    assert "Medium, judged High" in " ".join(client.get(page).text.split())
    assert "1.600" in client.get(f"/eligibility/{bid.key}/value").text


def test_more_years_are_shown_with_what_was_typed(bid, checker, client):
    sign_in(client, checker)
    page = f"/eligibility/{bid.key}/value/{bid.projects[0].key}"
    assert "v_benefit_other_2055" not in client.get(page).text
    answer = client.post(f"{page}?years=all", data=typed(bid, do="years", reason="Half a rea", optimism_bias="lots"))
    for kept in ('name="v_benefit_other_2055"', 'value="1,600"', "Half a rea", 'value="lots"'):
        assert kept in answer.text
    assert "There is a problem" not in answer.text


def totals(answer, caption):
    """The amounts of a grid's last row."""
    soup = BeautifulSoup(answer.text, "html.parser")
    (found,) = [table for table in soup.select("table") if table.caption.text.strip() == caption]
    return [cell.text for cell in found.select("tr.grants-total td")]


@pytest.mark.parametrize("changed", [{}, {"optimism_bias": "lots"}])
def test_the_totals_are_of_what_was_typed_whatever_the_answer(bid, checker, client, changed):
    value(bid.projects[0], 900_00, by=checker)
    sign_in(client, checker)
    page = f"/eligibility/{bid.key}/value/{bid.projects[0].key}"
    assert totals(client.get(page), "Costs by financial year") == ["£1,000", "£0", "£1,000"]
    sent = typed(bid, do="work", v_cost_central_2027="111,000", v_cost_council_2027="64,000", **changed)
    answer = client.post(page, data=sent)
    assert totals(answer, "Costs by financial year") == ["£112,000", "£64,000", "£176,000"]
    assert totals(answer, "Benefits by financial year") == ["£0", "£1,600", "£1,600"]
    assert ">£175,000<" in answer.text


def test_a_percentage_may_be_typed_with_its_sign(bid, checker, client):
    sign_in(client, checker)
    page = f"/eligibility/{bid.key}/value/{bid.projects[0].key}"
    assert client.post(page, data=typed(bid, optimism_bias="15%", additionality="12.5 %")).status_code == 302
    kept = worth.latest(bid)[bid.projects[0].id].inputs
    assert (kept["optimism_bias"], kept["additionality"]) == (15_00, 12_50)
    assert "must be a number" in client.post(page, data=typed(bid, target="15%")).text


def test_working_out_changes_nothing(bid, checker, client):
    sign_in(client, checker)
    answer = client.post(f"/eligibility/{bid.key}/value/{bid.projects[0].key}", data=typed(bid, do="work"))
    assert "1.600" in answer.text
    assert db.session.query(Valuation).count() == 0
    assert db.session.scalar(select(AuditEvent).where(AuditEvent.verb == "valued")) is None


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"v_cost_central_2026": "NaN"}, "must be an amount in pounds"),
        ({"v_cost_central_2026": "-1"}, "must be an amount in pounds"),
        ({"v_cost_central_2026": "9" * 14}, "less than"),
        ({"base_year": "2028"}, "lies before 2028/29"),
        ({"base_year": "1e9"}, "There is a problem"),
        ({"scope": "everything"}, "There is a problem"),
        ({"additionality": "100.01"}, "must be 100 or less"),
        ({"optimism_bias": "301"}, "must be 300 or less"),
        ({"land_new_use": "2,500,000"}, "Hectares: enter it too"),
        ({"land_new_use": "1", "land_hectares": "1", "v_benefit_land_2027": "5"}, "would count twice"),
        ({"judged": "Very high", "reason": WHY}, "Computed as Medium"),
        ({"reason": "a\x00b"}, "cannot be kept"),
    ],
)
def test_what_cannot_be_worked_out_is_said_and_nothing_is_kept(bid, checker, client, changed, said):
    sign_in(client, checker)
    answer = client.post(f"/eligibility/{bid.key}/value/{bid.projects[0].key}", data=typed(bid, **changed))
    assert answer.status_code == 200
    assert said in answer.text
    assert db.session.query(Valuation).count() == 0


def test_forty_projects_ask_the_database_no_more_than_two(session, checker, client):
    sign_in(client, checker)
    counts = []
    for projects in (2, 40):
        bid = make_bid(make_appraised_round(), projects=projects)
        for project in bid.projects:
            value(project, 1_600_00, by=checker)
        db.session.commit()
        for page in (f"/eligibility/{bid.key}/value", f"/eligibility/{bid.key}/value/{bid.projects[0].key}"):
            db.session.expire_all()
            asked = []
            event.listen(db.engine, "before_cursor_execute", lambda *args, asked=asked: asked.append(args[2]))
            assert client.get(page).status_code == 200
            counts.append(len(asked))
    assert counts[:2] == counts[2:]


# --- Whatever is typed

pence = st.integers(0, 10**15)
shares = st.integers(0, 100_00).map(lambda hundredths: Fraction(hundredths, 100_00))
adjustments = st.builds(Adjustments, shares, shares, shares, shares)
every_input = st.builds(
    Inputs,
    base_year=st.just(2026),
    prices_of=st.integers(2020, 2030),
    nominal=st.just(False),
    scope=st.sampled_from(CostScope),
    optimism_bias=st.integers(0, 300_00),
    additionality=st.integers(0, 100_00),
    lines=st.dictionaries(
        st.tuples(
            st.sampled_from([ValueKind.COST_CENTRAL, ValueKind.COST_COUNCIL, ValueKind.BENEFIT_OTHER]),
            st.integers(2026, 2060),
        ),
        pence,
        max_size=8,
    ),
    land=st.none()
    | st.builds(Land, pence, pence, st.integers(0, 10**6), st.integers(0, 100_00), st.integers(2026, 2060)),
    outcomes=st.lists(st.builds(Outcome, st.sampled_from(["Homes", "Jobs"]), pence, pence, adjustments), max_size=2),
)


@given(every_input)
def test_what_is_kept_gives_the_same_result_again(said):
    again = keeping.inputs_kept(keeping.kept_inputs(said))
    assert again == said
    try:
        worked = work_out(said, GREEN_BOOK_2022, {})
    except Refused:
        return
    results = keeping.kept_results(worked)
    assert keeping.kept_results(work_out(again, GREEN_BOOK_2022, {})) == results
    assert Fraction(results["ratio"]) * Fraction(results["costs"]) == Fraction(results["benefits"])
    assert sum((year.value.costs for year in worked.years), Fraction(0)) == worked.value.costs
    assert sum((year.value.benefits for year in worked.years), Fraction(0)) == worked.value.benefits
