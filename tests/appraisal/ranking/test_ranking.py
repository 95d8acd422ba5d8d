"""The ranking: exact totals, shared ranks, the ask by year against the budget, and who may see it."""

from decimal import Decimal

import pytest
from sqlalchemy import event

from grants.appraisal.arithmetic import weighted_score
from grants.appraisal.models import BidTag, Tag
from grants.appraisal.ranking.totals import ranking, ranking_of
from grants.appraisal.ranking.whole import asked_in_all, rows_with_sums, sums_on
from grants.bids.models import Answer, BidStatus, Conflict, FundingSource
from grants.councils.models import CouncilKind
from grants.funds.models import BudgetLine, Question, QuestionKind
from grants.kernel.db import Json, db
from grants.kernel.financial_year import FinancialYear as FY
from grants.people.roles import Role
from tests.appraisal.ranking.rows import bare_bid, mark
from tests.factories import NOW, made, make_appraised_round, make_bid, make_council, make_person, moderate, sign_in


@pytest.fixture
def round_(session):
    return make_appraised_round()


def ranked_bid(round_, *marks, pence=500_000_00):
    return moderate(make_bid(round_, status=BidStatus.APPRAISAL, pence=pence), *marks)


def asked(bid):
    """Pence by year of grant, as the factory's bid asks for it."""
    lines = [line for project in bid.projects for line in project.funding if line.source is FundingSource.GRANT]
    return {year: sum(line.pence for line in lines if line.year == year) for year in {line.year for line in lines}}


def test_totals_are_the_weighted_score_of_the_agreed_marks_best_first(round_):
    bids = [ranked_bid(round_, *marks) for marks in ((3, 3, 3), (4, 3, 5), (5, 5, 5), (2, 0, 1))]
    found = ranking(round_)
    assert [row.bid for row in found] == [bids[2], bids[1], bids[0], bids[3]]
    assert [row.total for row in found] == [Decimal(100), Decimal(78), Decimal(60), Decimal(24)]
    weights = {criterion.id: criterion.weight for criterion in round_.criteria}
    assert all(row.total == weighted_score(weights, row.marks) for row in found)
    assert [row.rank for row in found] == [1, 2, 3, 4]


def test_equal_totals_that_nothing_else_tells_apart_stand_by_reference_and_say_so(round_):
    first, second = sorted((ranked_bid(round_, 3, 3, 3), ranked_bid(round_, 3, 3, 3)), key=lambda bid: bid.reference)
    last = ranked_bid(round_, 2, 3, 3)
    found = ranking(round_)
    assert [(row.bid, row.rank) for row in found] == [(first, 1), (second, 2), (last, 3)]
    assert [row.tie_broken_by for row in found] == ["", "reference, as nothing else tells them apart", ""]


def test_a_bid_that_is_not_moderated_stands_last_without_a_total(round_):
    waits = make_bid(round_, status=BidStatus.APPRAISAL)
    make_bid(round_)
    make_bid(round_, status=BidStatus.INELIGIBLE)
    done = ranked_bid(round_, 0, 0, 0)
    found = ranking(round_)
    assert [row.bid for row in found] == [done, waits]
    assert (found[0].total, found[0].rank) == (Decimal(0), 1)
    assert (found[1].total, found[1].rank, found[1].waits_for) == (None, None, "Not moderated yet")


def test_a_weak_critical_mark_or_a_low_total_is_not_recommended_and_adds_nothing(round_):
    weak, low, good = (ranked_bid(round_, *marks) for marks in ((1, 5, 5), (2, 2, 3), (4, 4, 4)))
    found = {row.bid: row for row in ranking(round_)}
    assert [found[bid].recommended for bid in (weak, low, good)] == [False, False, True]
    assert (found[weak].weak, found[low].weak) == (1, 0)
    assert sum(found[low].so_far.values()) == good.ask


def test_the_funding_line_stands_before_the_first_bid_that_breaks_a_years_budget(round_):
    best, second, third = (ranked_bid(round_, mark, 4, 4, pence=400_000_00) for mark in (5, 4, 3))
    years = asked(best)
    for line in list(round_.budget):
        db.session.delete(line)
    db.session.flush()
    db.session.expire(round_, ["budget"])
    stream = best.projects[0].funding[0].stream
    for year, pence in years.items():
        round_.budget.append(BudgetLine(year=year, stream=stream, pence=2 * pence))
    db.session.flush()
    found = {row.bid: row for row in ranking(round_)}
    assert [found[bid].fits for bid in (best, second, third)] == [True, True, False]
    assert [found[bid].line_above for bid in (best, second, third)] == [False, False, True]
    sums = asked_in_all(whole := ranking_of(round_))
    assert {str(sums_on(whole, row)) for row in db.session.execute(rows_with_sums(whole))} == {str(sums)}
    assert {year: above for (year, _), (above, _) in sums.items()} == {year: 2 * p for year, p in years.items()}
    assert {year: every for (year, _), (_, every) in sums.items()} == {year: 3 * p for year, p in years.items()}


def test_money_asked_for_outside_the_budget_is_shown_and_never_fits(round_):
    for line in list(round_.budget):
        line.year = FY(2028)
    bid = ranked_bid(round_, 5, 5, 5)
    (row,) = ranking(round_)
    assert row.asked == bid.ask
    assert not row.fits


def test_a_conflicted_person_sees_neither_the_bid_nor_its_place(round_, client):
    best, other = ranked_bid(round_, 5, 5, 5), ranked_bid(round_, 3, 3, 3)
    person = make_person(Role.FINANCE_OFFICER)
    row = Conflict(person_id=person.id, bid_id=best.id, declared_at=NOW, declared_by_id=person.id, reason="Owner.")
    db.session.add(row)
    sign_in(client, person)
    shown = client.get(f"/appraisal/{round_.code}/ranking").text
    assert best.reference not in shown
    assert other.reference in shown
    assert "100.0" not in shown.split("<tbody")[1].split("</tbody>")[0]
    assert client.get(f"/appraisal/{round_.code}/ranking/{best.key}").status_code == 404
    assert client.get(f"/appraisal/{round_.code}/ranking/{other.key}").status_code == 200


def test_the_ranking_page_and_the_marks_behind_it(round_, client):
    bid = ranked_bid(round_, 4, 3, 5)
    waits = make_bid(round_, status=BidStatus.APPRAISAL)
    for role in (Role.PROGRAMME_MANAGER, Role.FINANCE_OFFICER, Role.AUDITOR, Role.MODERATOR):
        sign_in(client, make_person(role))
        shown = client.get(f"/appraisal/{round_.code}/ranking").text
        assert "78.0" in shown
        assert "Not moderated yet" in shown
        assert "As scored." in client.get(f"/appraisal/{round_.code}/ranking/{bid.key}").text
        assert client.get(f"/appraisal/{round_.code}/ranking/{waits.key}").status_code == 404
        assert f"/appraisal/{round_.code}/ranking" in client.get("/appraisal").text
    sign_in(client, make_person(Role.APPRAISER))
    assert client.get(f"/appraisal/{round_.code}/ranking").status_code == 403


@pytest.mark.parametrize("page", ["0", "-1", "9" * 30, "x", "2"])
def test_any_page_number_shows_a_page(round_, client, page):
    ranked_bid(round_, 4, 3, 5)
    sign_in(client, make_person(Role.AUDITOR))
    assert client.get(f"/appraisal/{round_.code}/ranking?page={page}").status_code == 200
    assert client.get(f"/appraisal/{round_.code}x/ranking").status_code == 404


def test_rows_are_narrowed_by_region_kind_theme_and_tag_and_places_stay(round_, client, manager):
    theme = Question(code="focus", kind=QuestionKind.CHOICE, label="Which theme?", position=99, settings=Json(
        {"options": [["land", "Land supply"], ["energy", "Energy"]]}))  # fmt: skip
    other = Question(code="stage", kind=QuestionKind.CHOICE, label="How far is it?", position=98, settings=Json(
        {"options": [["land", "Landed"], ["idea", "An idea"]]}))  # fmt: skip
    round_.sections[0].questions += [theme, other]
    asked = round_.sections[0].code
    north = make_council("Northshire", region="North East", kind=CouncilKind.COUNTY)
    best = bare_bid(round_)
    second = bare_bid(round_, council=north)
    for bid, value in ((best, "land"), (second, "energy")):
        mark(bid, [5 if bid is best else 4] * 3)
        answer = Answer(bid=bid, question=theme, value=Json({"is": value}), changed_at=NOW, changed_by_id=manager.id)
        db.session.add(answer)
    tag = made(Tag(round=round_, name="Fast & firm"))
    made(BidTag(tag=tag, bid_id=second.id, added_at=NOW, added_by_id=manager.id))
    sign_in(client, manager)
    for query in ("region=North+East", "kind=county", f"theme={asked}.focus.energy", "tag=Fast+%26+firm"):
        shown = client.get(f"/appraisal/{round_.code}/ranking?{query}").text
        assert best.reference not in shown
        row = shown.split("<tbody")[1].split("</tr>")[0]
        assert second.reference in row
        assert ">2</td>" in row
    none = client.get(f"/appraisal/{round_.code}/ranking?region=North+East&theme={asked}.focus.land").text
    assert "No bid of the ranking is of this choice" in none
    assert "No bid of the ranking" in client.get(f"/appraisal/{round_.code}/ranking?theme={asked}.stage.land").text
    for unknown in ("region=Atlantis", "theme=energy"):
        assert best.reference in client.get(f"/appraisal/{round_.code}/ranking?{unknown}").text
    groups = client.get(f"/appraisal/{round_.code}/ranking").text.split("<optgroup")[1:]
    [about] = [group for group in groups if "Which theme?" in group]
    assert ["Energy" in about, "Landed" in about] == [True, False]


def test_bids_below_the_line_are_the_reserve_and_a_policy_of_skipping_passes_over(round_, client, manager):
    round_.budget[0].pence = 1_000_000_00
    asks = ((5, 600_000_00), (4, 500_000_00), (3, 300_000_00))
    bids = []
    for given, pence in asks:
        bids.append(bare_bid(round_, pence=pence))
        mark(bids[-1], [given] * 3)
    sign_in(client, manager)

    def standing(query):
        shown = client.get(f"/appraisal/{round_.code}/ranking{query}").text
        rows = [row for row in shown.split("<tbody")[1].split("</tr>") if "BARE-" in row]
        return ["Within the money" in row for row in rows], "Funding line:" in shown, shown

    within, line, _ = standing("")
    assert (within, line) == ([True, False, False], True)
    within, line, shown = standing("?line=skip")
    assert (within, line) == ([True, False, True], False)
    assert "£900,000" in shown  # F16: A and C, within £1.0m


def test_the_page_asks_a_fixed_number_of_queries(round_, client, manager):
    sign_in(client, manager)
    counts = []
    for more in (2, 6):
        for n in range(more):
            mark(bare_bid(round_, pence=1_000_00), [n % 6] * 3)
        db.session.commit()
        sent = []
        event.listen(db.engine, "before_cursor_execute", note := lambda *args, sent=sent: sent.append(args[2]))
        client.get(f"/appraisal/{round_.code}/ranking")
        event.remove(db.engine, "before_cursor_execute", note)
        counts.append(len(sent))
    assert counts[0] == counts[1]
