"""Papers of awards into the database: each row once, whatever the file, and nothing changed in silence."""

from collections import Counter
from datetime import date

import pytest
from sqlalchemy import func, select

from grants.audit.models import AuditEvent
from grants.awards.import_queries import causes, names_waiting
from grants.awards.imports import ROW_MISSING
from grants.awards.models import Award, AwardMember, AwardStatus, ImportWarning, Movement, PaperImport
from grants.awards.papers.types import PaperError
from grants.councils.models import Council, Membership, MembershipRole, NameInQuestion, Partnership
from grants.councils.operations import settle_name
from grants.councils.queries import council_with
from grants.funds.models import Round, RoundStatus, Stream
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.kernel.financial_year import FinancialYear as FY
from grants.people.roles import Role
from tests.awards.papers_in import (
    AT,
    LRF_HEAD,
    as_csv,
    as_xlsx,
    bring,
    bring_lrf,
    bring_ope,
    fixture,
    rows_of,
    small,
)
from tests.awards.test_paper_checks import ANNEX_A, ANNEX_B
from tests.factories import make_fund, make_person, make_round

TABLES = (Award, Movement, AwardMember, Partnership, Membership, PaperImport, ImportWarning, NameInQuestion, Round)
pytestmark = pytest.mark.usefixtures("session")


def held():
    """How many rows every table that an import writes to has."""
    return [db.session.scalar(select(func.count()).select_from(table)) for table in TABLES]


def awards(code):
    found = select(Award).join(Award.round).where(Round.code == code).order_by(Award.position)
    return db.session.scalars(found).all()


def facts(code):
    """All that a paper says of its awards."""
    return [
        (
            award.position,
            award.recipient,
            award.title,
            award.lead,
            award.fingerprint,
            award.council and award.council.code,
            award.profile(date.max),
            [(member.printed, member.starred, [c.code for c in member.councils]) for member in award.members],
        )
        for award in awards(code)
    ]


def test_annex_a_comes_in_with_every_award_and_every_pound():
    reading = bring_lrf(control_total=45_202_211_00)
    assert (reading.rows, reading.added, reading.total_pence) == (79, 79, 45_202_211_00)
    assert reading.totals_by_year == {"2017/18": 24_997_308_00, "2018/19": 9_993_742_00, "2019/20": 10_211_161_00}
    found = awards("lrf-2017")
    assert [award.position for award in found] == list(range(1, 80))
    assert len({award.recipient for award in found}) == 40
    assert sum(len(award.movements) for award in found) == 106
    assert {movement.stream for award in found for movement in award.movements} == {Stream.CAPITAL}
    assert all(award.council for award in found)


def test_an_imported_award_stands_from_the_day_it_was_public_and_nobody_here_accepted_it():
    bring_lrf()
    award = awards("lrf-2017")[0]
    assert (award.status, award.awarded_on, award.accepted_on) == (
        AwardStatus.ACCEPTED,
        date(2018, 2, 16),
        date(2018, 2, 16),
    )
    assert award.accepted_by is None
    assert award.profile(date(2018, 2, 15)) == {}
    assert award.profile(date(2018, 2, 16)) == {FY(2017): 32_000_00}


def test_a_round_that_does_not_exist_is_made_announced_with_what_its_template_says():
    made = bring_lrf().round
    assert (made.status, made.first_year, made.last_year) == (RoundStatus.ANNOUNCED, FY(2017), FY(2019))
    assert (made.fund.code, made.headline_pence) == ("lrf", 45_000_000_00)
    assert made.measures


def test_the_phase_of_march_2018_has_its_own_headline_and_not_the_templates_budget():
    made = bring_ope().round
    assert (made.headline_pence, made.budget, made.first_year) == (4_700_000_00, [], FY(2017))
    assert made.fund.code == "ope"
    assert "£322,719" not in made.headline_note


def test_annex_b_comes_in_with_partnerships_leads_members_and_stars():
    assert bring_ope(control_total=4_872_719_00).added == 45
    found = awards("ope-6-2018")
    assert len(found) == 40
    assert all(award.profile(date.max).keys() == {FY(2017)} for award in found)
    [kent] = [award for award in found if award.recipient == "Kent Estates Partnership"]
    assert kent.council.code == "E10000016"
    assert [member.printed for member in kent.members if member.starred] == ["Medway Council*"]
    assert kent.partnership.name == kent.recipient
    roles = Counter(place.role for place in kent.partnership.memberships)
    assert roles == {MembershipRole.LEAD: 1, MembershipRole.MEMBER: len(kent.members)}
    assert db.session.scalar(select(func.count()).select_from(Partnership)) == 40


def test_the_pilots_rows_go_to_its_own_round_and_keep_their_place_in_the_paper():
    bring_ope()
    pilot = awards("nhs-staff-2018")
    assert [award.position for award in pilot] == [1, 2, 3, 4, 5]
    assert {award.recipient for award in pilot} == {"N/A – Homes for NHS Staff Pilot Programme"}
    assert [award.council.short_name for award in pilot] == [
        "Croydon",
        "Barnet",
        "Kingston upon Thames",
        "Lewisham",
        "Bexley",
    ]
    assert all(award.partnership is None for award in pilot)
    assert pilot[0].round.annexed_to.code == "ope-6-2018"


def test_pilot_rows_stay_in_the_papers_round_where_no_other_round_bears_their_name():
    bring(fixture("ope_2018.csv"), "ope.csv", "ope-other", awarded_on=date(2018, 3, 22))
    assert len(awards("ope-other")) == 45


def test_csv_workbook_and_the_reports_text_give_the_same_awards():
    given = []
    for name, code in (("lrf_2018.csv", "lrf-2017"), ("ope_2018.csv", "ope-6-2018")):
        texts = {
            "csv": (fixture(name), name),
            "xlsx": (as_xlsx(rows_of(name)), "paper.xlsx"),
            "txt": (fixture("report_2018.txt"), "report_2018.txt"),
        }
        for kind, (data, file_name) in texts.items():
            fund = code.partition("-")[0]
            day = date(2018, 2, 16) if fund == "lrf" else date(2018, 3, 22)
            bring(data, file_name, f"{fund}-{kind}", awarded_on=day)
        given.append([facts(f"{fund}-{kind}") for kind in texts])
    for csv_facts, xlsx_facts, text_facts in given:
        assert csv_facts == xlsx_facts == text_facts
        assert len(csv_facts) in (79, 45)


@pytest.mark.parametrize(("code", "letter", "awarded"), [("lrf-2017", "A", 79), ("ope-6-2018", "b", 45)])
def test_a_letter_says_which_paper_of_a_file_is_meant(code, letter, awarded):
    assert bring(fixture("report_2018.txt"), "report.txt", code, letter=letter).rows == awarded


def test_the_same_file_again_changes_nothing():
    bring_lrf()
    bring_ope()
    before, events = held(), db.session.scalar(select(func.count()).select_from(AuditEvent))
    first = db.session.scalars(select(PaperImport).order_by(PaperImport.id)).all()
    assert [bring_lrf(), bring_ope(control_total=4_872_719_00)] == first
    assert held() == before
    assert db.session.scalar(select(func.count()).select_from(AuditEvent)) == events


def test_the_same_paper_in_another_order_and_format_adds_and_changes_no_award():
    bring_lrf()
    bring_ope()
    before = facts("lrf-2017"), facts("ope-6-2018"), facts("nhs-staff-2018")
    head, *rows = rows_of("lrf_2018.csv")
    assert bring(as_xlsx([head, *reversed(rows)]), "again.xlsx", "lrf-2017").added == 0
    assert bring(fixture("report_2018.txt"), "report.txt", "lrf-2017").added == 0
    assert bring(fixture("report_2018.txt"), "report.txt", "ope-6-2018").added == 0
    assert (facts("lrf-2017"), facts("ope-6-2018"), facts("nhs-staff-2018")) == before
    assert held()[TABLES.index(Partnership)] == 40


def test_one_altered_figure_stops_the_load_and_names_the_row():
    bring_lrf()
    before = held()
    head, *rows = rows_of("lrf_2018.csv")
    rows[2][2] = "680000"
    with pytest.raises(
        PaperError,
        match=r"Row 4 \(Blackburn with Darwen Borough Council, Blackburn with Darwen - Griff.*"
        r"gives £680,000 for 2017/18, but £670,000 was loaded before",
    ) as caught:
        bring(as_csv([head, *rows]), "altered.csv", "lrf-2017")
    db.session.rollback()
    assert caught.value.row == 4
    assert held() == before


def test_money_moved_to_another_year_in_the_file_is_an_altered_figure_too():
    small(["Luton Council", "A site", "100", "", ""])
    with pytest.raises(PaperError, match="gives nothing for 2017/18, but £100 was loaded before"):
        small(["Luton Council", "A site", "", "100", ""])


def test_a_control_total_that_does_not_hold_names_the_row_at_fault():
    head, *rows = rows_of("lrf_2018.csv")
    rows[3][2] = "1050001"
    with pytest.raises(PaperError, match="The rows make £45,202,212, but the control total is £45,202,211") as caught:
        bring(as_csv([head, *rows]), "slip.csv", "lrf-2017", control_total=45_202_211_00)
    assert "gives £1,050,001, where the published paper gave £1,050,000" in str(caught.value)
    assert caught.value.row == 5
    bring_lrf()
    with pytest.raises(PaperError, match="where the paper loaded before gave £1,050,000") as caught:
        bring(as_csv([head, *rows]), "slip.csv", "lrf-2017", control_total=45_202_211_00)
    assert caught.value.row == 5


def test_new_rows_are_added_after_those_that_stand_and_missing_ones_are_told():
    small(["Luton Council", "First", "100", "", ""], ["Luton Council", "Second", "200", "", ""])
    later = small(["Luton Council", "Third", "300", "", ""], ["Luton Council", "Second", "200", "", ""])
    assert later.added == 1
    assert [(award.position, award.title) for award in awards("lrf-2017")] == [
        (1, "First"),
        (2, "Second"),
        (3, "Third"),
    ]
    [missing] = [warning for warning in later.warnings if warning.code == ROW_MISSING]
    assert missing.subject == "First"
    assert missing.text.startswith("LRF-2017-P001 ")


def test_two_rows_with_the_same_names_are_two_awards():
    rows = [["Luton Council", "Site", "100", "", ""], ["Luton Council", "Site", "100", "", ""]]
    assert small(*rows).added == 2
    assert small(*rows).added == 2, "the first reading comes back"
    assert len(awards("lrf-2017")) == 2


def test_every_warning_of_the_reports_text_is_kept_once_for_each_cause():
    for code, expected in (("lrf-2017", ANNEX_A), ("ope-6-2018", ANNEX_B)):
        reading = bring(fixture("report_2018.txt"), "report_2018.txt", code)
        assert {cause.code: [w.line or 0 for w in cause.warnings] for cause in causes(reading)} == expected


def test_a_rounds_own_headline_is_compared_where_nothing_more_is_known():
    bring_lrf()
    round = db.session.scalar(select(Round).where(Round.code == "lrf-2017"))
    other = make_round(
        fund=round.fund,
        code="lrf-own",
        first_year=FY(2017),
        last_year=FY(2019),
        headline_pence=150_00,
        status=RoundStatus.ANNOUNCED,
        announced_at=AT,
        opens_at=None,
        closes_at=None,
    )
    reading = small(["Luton Council", "Site", "100", "", ""], code=other.code)
    [gap] = [warning.text for warning in reading.warnings if warning.code == "headline_gap"]
    assert "£50 (33.33%) less than the £150 stated" in gap


# --- Names


def test_a_name_that_nobody_may_guess_waits_and_its_award_follows_when_it_is_settled():
    reading = bring_ope()
    [waiting] = names_waiting(reading)
    assert waiting.printed == "Derby County Council"
    [member] = db.session.scalars(select(AwardMember).where(AwardMember.printed == "Derby County Council"))
    assert member.councils == []
    derby = council_with("E06000015")
    person = make_person(Role.PROGRAMME_MANAGER)
    settle_name(waiting, [derby], reason="The city.", version_seen=waiting.version, by=person, at=AT)
    db.session.commit()
    assert member.councils == [derby]
    assert names_waiting(reading) == []


def test_an_award_to_an_unsettled_name_has_no_council_until_a_person_says_whose_it_is():
    small(["Derby County Council", "Site", "100", "", ""], ["Nowhere Town Hall", "Site", "100", "", ""])
    derby, nowhere = awards("lrf-2017")
    assert (derby.council, nowhere.council) == (None, None)
    asked = db.session.scalars(select(NameInQuestion).order_by(NameInQuestion.id)).all()
    assert [name.printed for name in asked] == ["Derby County Council", "Nowhere Town Hall"]
    person = make_person(Role.PROGRAMME_MANAGER)
    city = council_with("E06000015")
    settle_name(asked[0], [city], reason="The city.", version_seen=1, by=person, at=AT)
    settle_name(asked[1], [], reason="No council.", version_seen=1, by=person, at=AT)
    db.session.commit()
    assert (derby.council, nowhere.council) == (city, None)
    assert "recipient_settled" in db.session.scalars(select(AuditEvent.verb)).all()


def test_two_leads_are_nobody_alone_and_a_missing_lead_is_nobody():
    bring_ope()
    by_name = {award.recipient: award for award in awards("ope-6-2018")}
    west_yorkshire = next(award for name, award in by_name.items() if name.startswith("West Yorkshire"))
    assert west_yorkshire.council is None
    leads = [m for m in west_yorkshire.partnership.memberships if m.role is MembershipRole.LEAD]
    assert sorted(m.council.short_name for m in leads) == ["Calderdale", "Kirklees"]
    assert by_name["Greater Lincolnshire One Public Estate"].council is None


def test_names_are_read_as_at_the_day_of_the_awards():
    small(["Shepway District Council", "Site", "100", "", ""])
    assert awards("lrf-2017")[0].council.name == "Folkestone and Hythe District Council"


def test_a_partnership_that_stands_gains_members_and_loses_none():
    head = ["Partnership", "Lead Council", "Local Authorities in Partnership", "Total Allocation"]
    day = date(2018, 3, 22)
    first = [head, ["Cornwall", "Cornwall Council", "Cornwall Council; Plymouth City Council", "100"]]
    then = [head, ["cornwall", "Cornwall Council", "Cornwall Council; Devon County Council*", "100"]]
    bring(as_csv(first), "one.csv", "ope-a", awarded_on=day)
    bring(as_csv(then), "two.csv", "ope-b", awarded_on=day)
    [partnership] = db.session.scalars(select(Partnership))
    assert [(m.council.short_name, m.role, m.starred) for m in partnership.memberships] == [
        ("Cornwall", MembershipRole.LEAD, False),
        ("Cornwall", MembershipRole.MEMBER, False),
        ("Plymouth", MembershipRole.MEMBER, False),
        ("Devon", MembershipRole.MEMBER, True),
    ]


# --- What is refused


def test_a_round_that_bids_can_still_decide_takes_no_paper():
    round = make_round(code="lrf-live", first_year=FY(2017), last_year=FY(2019))
    with pytest.raises(Refused, match="is published here"):
        small(["Luton Council", "Site", "100", "", ""], code=round.code)
    assert awards(round.code) == []


def test_a_paper_of_the_other_layout_belongs_to_another_round():
    bring_lrf()
    with pytest.raises(Refused, match="laid out otherwise"):
        bring(fixture("ope_2018.csv"), "ope.csv", "lrf-2017")


def test_money_outside_the_rounds_years_is_refused():
    bring_lrf()
    head = [*LRF_HEAD[:2], "LRF Funding 2020/21"]
    with pytest.raises(Refused, match="money in 2020/21, which is not a year of"):
        bring(as_csv([head, ["Luton Council", "Late", "100"]]), "late.csv", "lrf-2017")


def test_awards_of_a_day_to_come_are_refused():
    with pytest.raises(Refused, match="not come yet"):
        small(["Luton Council", "Site", "100", "", ""], awarded_on=date(2026, 11, 22))


@pytest.mark.parametrize("code", ["", "LRF", "../x", "a" * 41, "lrf 2017", "=1+1"])
def test_a_code_that_would_not_do_in_an_address_is_refused(code):
    with pytest.raises(Refused):
        small(["Luton Council", "Site", "100", "", ""], code=code, fund_code="lrf")


def test_a_fund_that_nobody_knows_is_asked_for():
    with pytest.raises(Refused, match="Say which fund the round housing-1 is one of: apprenticeships, blrf2, hap"):
        small(["Luton Council", "Site", "100", "", ""], code="housing-1")
    assert small(["Luton Council", "Site", "100", "", ""], code="housing-1", fund_code="lrf").round.fund.code == "lrf"


def test_a_round_of_a_fund_without_a_template_has_the_papers_years_and_nothing_else():
    make_fund(code="homes")
    made = small(["Luton Council", "Site", "100", "", ""], code="homes-1").round
    assert (made.fund.code, made.years, made.measures, made.headline_pence) == (
        "homes",
        [FY(2017), FY(2018), FY(2019)],
        [],
        None,
    )


def test_a_fund_that_is_not_the_rounds_own_is_refused():
    bring_lrf()
    with pytest.raises(Refused, match="not of the fund ope"):
        bring_lrf(fund_code="ope")


@pytest.mark.parametrize(("place", "longest"), [(0, 200), (1, 400)])
def test_a_name_too_long_to_be_kept_is_refused_with_its_row(place, longest):
    row = ["Luton Council", "Site", "100", "", ""]
    row[place] = "x" * longest
    small(list(row))
    row[place] += "x"
    with pytest.raises(PaperError, match=f"Row 2 has a .* of more than {longest} characters"):
        small(list(row), code="lrf-2018")


def test_the_register_is_loaded_by_the_first_import_where_it_is_not_there_yet():
    assert db.session.scalar(select(func.count()).select_from(Council)) == 0
    bring_lrf()
    assert db.session.scalar(select(func.count()).select_from(Council)) > 300
