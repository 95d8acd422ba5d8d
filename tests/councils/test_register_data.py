"""The shipped register agrees with itself: dates are inclusive, links resolve, nobody is left without a successor."""

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

import pytest

from grants.councils.models import AliasStatus, CouncilKind, SuccessionKind
from grants.councils.register import Tier, read_register
from grants.councils.resolver import NameBook, normalise

REGISTER = read_register()
BOOK = NameBook(REGISTER)
COUNCILS = {council.gss_code: council for council in REGISTER.councils}
PAPER = date(2018, 3, 22)


def test_the_register_holds_every_kind_of_council_in_its_known_number():
    assert Counter(council.kind for council in REGISTER.councils) == {
        CouncilKind.COUNTY: 27,
        CouncilKind.UNITARY: 65,
        CouncilKind.DISTRICT: 204,
        CouncilKind.METROPOLITAN: 36,
        CouncilKind.LONDON_BOROUGH: 32,
        CouncilKind.CITY_CORPORATION: 1,
        CouncilKind.COMBINED_AUTHORITY: 17,
        CouncilKind.GREATER_LONDON: 1,
    }
    assert sum(council.ended_on is None for council in REGISTER.councils) == 333


def test_codes_are_unique_and_no_combined_authority_poses_as_a_register_entry():
    assert len(COUNCILS) == len(REGISTER.councils) == 383
    codes = [council.register_code for council in REGISTER.councils if council.register_code]
    assert len(codes) == len(set(codes)) == 383 - 17
    assert all(not c.register_code for c in REGISTER.councils if c.kind is CouncilKind.COMBINED_AUTHORITY)


def test_every_link_leads_to_a_council():
    for council in REGISTER.councils:
        assert council.county_gss_code is None or COUNCILS[council.county_gss_code].kind is CouncilKind.COUNTY
        authority = council.combined_authority_gss_code
        assert authority is None or COUNCILS[authority].tier is Tier.COMBINED
        assert (council.tier is Tier.LOWER) == (council.county_gss_code is not None)
    linked = {s.predecessor_gss for s in REGISTER.successions} | {s.successor_gss for s in REGISTER.successions}
    linked |= {name.gss_code for name in REGISTER.names} | {c for alias in REGISTER.aliases for c in alias.gss_codes}
    assert linked <= set(COUNCILS)


def test_a_former_code_is_nobodys_present_code():
    former = [code for council in REGISTER.councils for code in council.former_gss_codes]
    assert former
    assert len(former) == len(set(former))
    assert not set(former) & set(COUNCILS)


def test_a_county_lies_in_the_region_of_its_districts():
    for council in REGISTER.councils:
        if council.county_gss_code:
            assert council.region == COUNCILS[council.county_gss_code].region, council.official_name


def test_vesting_day_follows_the_last_day_and_is_the_successors_first():
    for succession in REGISTER.successions:
        last = COUNCILS[succession.predecessor_gss].ended_on
        assert last is not None
        assert last + timedelta(days=1) == succession.on == COUNCILS[succession.successor_gss].began_on


def test_every_council_that_ended_has_a_successor_and_no_other_has():
    ended = {council.gss_code for council in REGISTER.councils if council.ended_on}
    assert ended == {succession.predecessor_gss for succession in REGISTER.successions}
    assert len(ended) == 50


def test_only_a_council_with_two_successors_is_split():
    count = Counter(succession.predecessor_gss for succession in REGISTER.successions)
    split = {s.predecessor_gss for s in REGISTER.successions if s.kind is SuccessionKind.SPLIT}
    assert split == {code for code, heirs in count.items() if heirs > 1}
    assert {COUNCILS[code].official_name for code in split} == {
        "Cumbria County Council",
        "Northamptonshire County Council",
    }


def test_councils_end_on_31_march_and_combined_authorities_when_their_order_said():
    for council in REGISTER.councils:
        if council.ended_on and council.kind is not CouncilKind.COMBINED_AUTHORITY:
            assert (council.ended_on.month, council.ended_on.day) == (3, 31)
    ended = {c.official_name: c.ended_on for c in REGISTER.councils if c.kind is CouncilKind.COMBINED_AUTHORITY}
    assert {name: day for name, day in ended.items() if day} == {
        "North East Combined Authority": date(2024, 5, 6),
        "North of Tyne Combined Authority": date(2024, 5, 6),
    }


def test_dated_names_leave_no_gap_and_end_in_the_official_name():
    renamed = {name.gss_code for name in REGISTER.names}
    assert len(renamed) == 5
    for code in renamed:
        names = sorted((n for n in REGISTER.names if n.gss_code == code), key=lambda n: n.from_on or date.min)
        assert names[0].from_on is None
        assert names[-1].to_on is None
        assert names[-1].name == COUNCILS[code].official_name
        for earlier, later in pairwise(names):
            assert earlier.to_on is not None
            assert later.from_on == earlier.to_on + timedelta(days=1)


def test_an_alias_says_what_the_official_names_do_not_and_only_once():
    spellings = [normalise(alias.spelling) for alias in REGISTER.aliases]
    assert len(spellings) == len(set(spellings))
    official = {normalise(n.name) for n in REGISTER.names} | {normalise(c.official_name) for c in REGISTER.councils}
    assert not set(spellings) & official
    assert all(alias.note for alias in REGISTER.aliases)


def test_derby_county_council_is_the_one_spelling_that_waits_for_a_person():
    (asked,) = [alias for alias in REGISTER.aliases if alias.status is AliasStatus.ASK]
    assert asked.spelling == "Derby County Council"
    assert {COUNCILS[code].official_name for code in asked.gss_codes} == {
        "Derby City Council",
        "Derbyshire County Council",
    }


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (PAPER, "Shepway District Council"),
        (date(2018, 3, 31), "Shepway District Council"),
        (date(2018, 4, 1), "Folkestone and Hythe District Council"),
    ],
)
def test_a_council_keeps_its_name_until_the_day_it_changes(day, name):
    assert BOOK.official_name("E07000112", day) == name


def test_a_name_is_known_before_a_council_began_and_after_it_ended():
    assert BOOK.official_name("E06000060", PAPER) == "Buckinghamshire Council"
    assert BOOK.official_name("E10000002", date(2024, 1, 1)) == "Buckinghamshire County Council"


def test_succession_is_followed_to_the_end_as_at_the_date():
    taunton_deane, west_and_taunton, somerset = "E07000190", "E07000246", "E06000066"
    assert BOOK.successors(taunton_deane, date(2019, 3, 31)) == ()
    assert BOOK.successors(taunton_deane, date(2019, 4, 1)) == (west_and_taunton,)
    assert BOOK.successors(taunton_deane, date(2023, 3, 31)) == (west_and_taunton,)
    assert BOOK.successors(taunton_deane, date(2023, 4, 1)) == (somerset,)
    assert BOOK.answering_for(taunton_deane, PAPER) == (taunton_deane,)


def test_buckinghamshires_five_become_one_and_northamptonshires_eight_become_two():
    buckinghamshire = [c for c in COUNCILS if BOOK.successors(c, date(2020, 4, 1)) == ("E06000060",)]
    assert len(buckinghamshire) == 5
    northamptonshire = [s.predecessor_gss for s in REGISTER.successions if s.on == date(2021, 4, 1)]
    assert len(set(northamptonshire)) == 8
    assert BOOK.successors("E10000021", date(2021, 4, 1)) == ("E06000061", "E06000062")
