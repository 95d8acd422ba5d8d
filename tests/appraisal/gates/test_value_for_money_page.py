"""The worked figures of the field (F3 to F10), typed into the calculator's page and read off it."""

import re

import pytest
from bs4 import BeautifulSoup

from grants.funds.models import AssumptionSet
from grants.kernel.db import Json, db
from tests.factories import make_appraised_round, make_bid, sign_in


@pytest.fixture
def bid(session):
    return make_bid(make_appraised_round())


@pytest.fixture
def page(bid, checker, client):
    """Types figures into the calculator of the bid's project; nothing of the bid's own stands in the boxes."""
    sign_in(client, checker)
    (project,) = bid.projects
    address = f"/eligibility/{bid.key}/value/{project.key}"

    def work_out(do="work", status=200, **typed):
        soup = BeautifulSoup(client.get(f"{address}?years=all").text, "html.parser")
        sent = {box["name"]: "" for box in soup.select("form input[name^=v_], form input[name^=gross_]")}
        sent |= {box["name"]: box["value"] for box in soup.select("form input[checked], form input[type=hidden]")}
        for choice in soup.select("main form select"):
            sent[choice["name"]] = (choice.select_one("[selected]") or choice.option)["value"]
        answer = client.post(f"{address}?years=all", data=sent | {"do": do} | typed)
        assert answer.status_code == status, answer.text[:200]
        return answer

    return work_out


def words(answer):
    return re.sub(r"\s+", " ", BeautifulSoup(answer.text, "html.parser").main.text)


def result(answer):
    """The figures of the result by their names."""
    soup = BeautifulSoup(answer.text, "html.parser")
    rows = soup.select("#result .govuk-summary-list__row")
    assert rows, words(answer)
    return {row.dt.text: row.dd.text for row in rows}


def table(answer, caption):
    soup = BeautifulSoup(answer.text, "html.parser")
    (found,) = [t for t in soup.select("#result table") if t.caption.text.strip() == caption]
    rows = [[cell.get_text(strip=True) for cell in row.select("th, td")] for row in found.select("tbody tr")]
    return {row[0]: row[1:] for row in rows}


WORKED = {
    "v_cost_central_2026": "400,000",
    "v_cost_central_2027": "200,000",
    "v_cost_council_2027": "100,000",
    "v_benefit_land_2029": "882,000",
    "v_benefit_other_2030": "12,000",
    "v_benefit_other_2031": "12,000",
}


def test_present_values_ratio_and_what_is_left(page):
    found = result(page(**WORKED))
    assert found["Present value of costs"] == "£689,855.07"
    assert found["Present value of benefits"] == "£816,074.45"
    assert found["Benefits for £1 of cost"] == "1.183"
    assert found["Benefits less costs"] == "£126,219.38"
    assert found["Computed category"] == "Acceptable"


def test_optimism_bias_and_the_switching_value(page):
    found = result(page(**WORKED, optimism_bias="15"))
    assert found["Present value of costs"] == "£793,333.33"
    assert found["Benefits for £1 of cost"] == "1.029"
    assert found["Benefits less costs"] == "£22,741.12"
    assert found["Switching value"].startswith("−2.79%")


@pytest.mark.parametrize(("scope", "ratio"), [("central", "1.376"), ("central_net", "1.213")])
def test_whose_money_stands_below_the_line(page, scope, ratio):
    found = result(page(**WORKED, scope=scope))
    assert (found["Present value of costs"], found["Benefits for £1 of cost"]) == ("£593,236.71", ratio)


def test_a_thousand_pounds_of_each_year(page):
    typed = {f"v_cost_central_{year}": "1,000" for year in (*range(2026, 2037), 2056, 2057)}
    years = table(page(**typed), "Present values by year")
    worth = [years[f"{year}/{year % 100 + 1}"][3] for year in range(2026, 2037)]
    pounds = [round(float(one.removeprefix("£").replace(",", ""))) for one in worth]
    assert pounds == [1000, 966, 934, 902, 871, 842, 814, 786, 759, 734, 709]
    assert (years["2056/57"][0], years["2057/58"][0]) == ("0.35628", "0.34590")


@pytest.mark.parametrize(
    ("benefit", "category"),
    [("999", "Poor"), ("1000", "Acceptable"), ("1500", "Medium"), ("2000", "High"), ("4000", "Very high")],
)
def test_the_lower_bound_of_a_category_belongs_to_it(page, benefit, category):
    found = result(page(v_cost_central_2026="1000", v_benefit_other_2026=benefit))
    assert found["Computed category"] == category


def pin(bid, **deflators):
    """Assumptions with price indices by year, on the bid's round."""
    steps = Json({"steps": [["0.035", 30], ["0.03", 75], ["0.025", None]]})
    labels = Json({"below": "Poor", "labels": [["1", "Acceptable"], ["2", "High"]]})
    indices = Json({year.removeprefix("y"): index for year, index in deflators.items()})
    bid.round.assumption_set = AssumptionSet(
        code="with-deflators",
        title="With deflators",
        steps=steps,
        labels=labels,
        deflators=indices,
        additionality=Json({}),
    )
    db.session.commit()


@pytest.mark.parametrize(
    ("indices", "typed", "expected"),
    [
        ({"y2026": "91.031", "y2028": "102.789"}, {"v_cost_central_2026": "7,400,000"}, "£8,355,819.45"),
        ({"y2026": "100", "y2028": "77.756"}, {"v_cost_central_2026": "85,320,000"}, "£66,341,419.20"),
    ],
)
def test_the_treasurys_examples_of_bringing_money_to_the_prices_of_another_year(page, bid, indices, typed, expected):
    pin(bid, **indices)
    assert result(page(**typed, prices="nominal", prices_of="2028"))["Present value of costs"] == expected


def test_money_as_it_is_paid_is_brought_to_one_years_prices_and_then_discounted(page, bid):
    pin(bid, y2026="100", y2028="104.0")
    answer = page(v_cost_central_2028="1,050,000", prices="nominal")
    assert table(answer, "Present values by year")["2028/29"][1] == "£1,009,615.38"
    assert result(answer)["Present value of costs"] == "£942,486.76"


def test_a_price_index_that_is_not_there_is_named_at_the_field(page, bid):
    answer = page(v_cost_central_2028="1,050,000", prices="nominal")
    assert "no price index for 2026/27, 2028/29" in words(answer)
    assert 'href="#prices"' in answer.text


def test_what_would_have_come_anyway_does_not_count(page, bid):
    homes, jobs = bid.round.measures
    answer = page(
        v_cost_central_2026="1000",
        **{f"gross_{homes.id}": "200", f"reference_{homes.id}": "40", f"displacement_{homes.id}": "25"},
        **{f"gross_{jobs.id}": "100", f"reference_{jobs.id}": "20", f"leakage_{jobs.id}": "10"},
        **{f"displacement_{jobs.id}": "25", f"multiplier_{jobs.id}": "1.2"},
    )
    rows = table(answer, "Outcomes that are additional")
    assert rows[homes.name][3] == "120"
    assert rows[jobs.name][3] == "64.8"


def test_land_gains_by_its_new_use(page):
    land = {"land_new_use": "2,500,000", "land_present_use": "1,000,000", "land_hectares": "1", "land_year": "2026"}
    found = result(page(v_cost_central_2026="500,000", **land, land_additionality="60"))
    assert found["Land value uplift"] == "£900,000"
    assert found["Benefits for £1 of cost"] == "1.800"


def test_a_table_says_what_would_come_of_other_assumptions(page):
    cases = table(page(**WORKED), "If something were otherwise")
    assert cases["As worked out"] == cases["Optimism bias of 0%"]
    assert cases["Optimism bias of 15%"][3:] == ["1.029", "Acceptable"]
    assert cases["Benefits 20% lower"][3:] == ["0.946", "Poor"]
    lower, higher = (cases[f"Discount rates one point {way}"][3] for way in ("lower", "higher"))
    assert lower > "1.183" > higher
