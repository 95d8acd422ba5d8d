"""A printed name is settled only where the register is sure of it on that day; the rest waits for a person."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.councils.models import AliasStatus, CouncilKind
from grants.councils.register import AliasRow, Register, read_register
from grants.councils.resolver import Certainty, NameBook, normalise

REGISTER = read_register()
BOOK = NameBook(REGISTER)
PAPER = date(2018, 3, 22)
SPELLINGS = (Path(__file__).parents[1] / "fixtures/councils/annex_spellings.txt").read_text("utf-8").splitlines()


def names_of(codes, day=PAPER):
    return [BOOK.official_name(code, day) for code in codes]


def test_all_238_spellings_of_the_annexes_settle_but_the_one_that_waits():
    found = [BOOK.resolve(printed, PAPER) for printed in SPELLINGS]
    assert len(found) == 238
    assert [resolution.printed for resolution in found if not resolution.settled] == ["Derby County Council"]


def test_the_annexes_name_230_councils_of_which_15_have_been_abolished():
    found = [BOOK.resolve(printed, PAPER) for printed in SPELLINGS]
    settled = {code for resolution in found for code in resolution.gss_codes}
    assert len(settled | {"E06000015"}) == 230  # Derby City, which only "Derby County Council" can have meant, if that
    assert sum(BOOK.council(code).ended_on is not None for code in settled) == 15


def test_derby_county_council_waits_with_both_candidates():
    resolution = BOOK.resolve("Derby County Council", PAPER)
    assert resolution.certainty is Certainty.AMBIGUOUS
    assert resolution.gss_codes == ()
    assert set(names_of(resolution.suggestions)) == {"Derby City Council", "Derbyshire County Council"}
    assert "person" in resolution.why


@pytest.mark.parametrize(
    ("printed", "members"),
    [
        ("Bromsgrove & Redditch Councils", {"Bromsgrove District Council", "Redditch Borough Council"}),
        ("Eastbourne and Lewes Council", {"Eastbourne Borough Council", "Lewes District Council"}),
        ("Calderdale and Kirklees", {"Calderdale Metropolitan Borough Council", "Kirklees Council"}),
    ],
)
def test_a_joint_name_means_two_councils(printed, members):
    resolution = BOOK.resolve(printed, PAPER)
    assert resolution.certainty is Certainty.JOINT
    assert set(names_of(resolution.gss_codes)) == members


@pytest.mark.parametrize("printed", ["Lancashire Combined Authority", "West of England OPE Partnership"])
def test_a_partnership_is_not_a_council_on_any_day(printed):
    for day in (PAPER, date(2025, 6, 1)):
        resolution = BOOK.resolve(printed, day)
        assert resolution.certainty is Certainty.NOT_A_COUNCIL
        assert resolution.gss_codes == resolution.suggestions == ()
        assert not resolution.settled


@pytest.mark.parametrize(
    ("printed", "starred"),
    [("London Borough of Harrow*", True), ("  london  borough of HARROW ", False), ("London Borough of Harrow", False)],
)
def test_the_star_is_kept_and_otherwise_ignored(printed, starred):
    resolution = BOOK.resolve(printed, PAPER)
    assert (resolution.certainty, resolution.starred) == (Certainty.EXACT, starred)
    assert names_of(resolution.gss_codes) == ["London Borough of Harrow"]


def test_print_varies_in_ways_that_do_not_matter():
    assert normalise("King’s  Lynn & West\u00a0Norfolk* ") == normalise("king's lynn AND west norfolk")


@pytest.mark.parametrize(
    ("printed", "meant"),
    [("Wealdon District", "Wealden District Council"), ("Runymede Boro Council", "Runnymede Borough Council")],
)
def test_a_misspelling_no_one_has_confirmed_is_only_suggested(printed, meant):
    resolution = BOOK.resolve(printed, PAPER)
    assert resolution.certainty is Certainty.SUGGESTED
    assert not resolution.settled
    assert names_of(resolution.suggestions) == [meant]


def test_a_confirmed_misspelling_is_settled():
    resolution = BOOK.resolve("Runneymede Borough Council", PAPER)
    assert resolution.certainty is Certainty.ALIAS
    assert names_of(resolution.gss_codes) == ["Runnymede Borough Council"]


@pytest.mark.parametrize("place", ["Buckinghamshire", "Dorset", "North Yorkshire", "Somerset", "North East"])
def test_a_place_names_the_old_body_before_and_the_new_one_after_and_is_never_settled(place):
    before, after = BOOK.resolve(place, PAPER), BOOK.resolve(place, date(2024, 6, 1))
    assert before.suggestions
    assert after.suggestions
    assert before.suggestions[0] != after.suggestions[0]
    assert after.suggestions[0] in BOOK.successors(before.suggestions[0], date(2024, 6, 1))
    assert not before.settled
    assert not after.settled


def test_newcastle_may_be_either_so_both_are_offered():
    offered = names_of(BOOK.resolve("Newcastle", PAPER).suggestions)
    assert offered == ["Newcastle City Council", "Newcastle-under-Lyme Borough Council"]


def test_a_council_that_has_ended_is_not_meant_but_its_successor_is_suggested():
    last_day = BOOK.resolve("Buckinghamshire County Council", date(2020, 3, 31))
    vesting_day = BOOK.resolve("Buckinghamshire County Council", date(2020, 4, 1))
    assert last_day.certainty is Certainty.EXACT
    assert vesting_day.certainty is Certainty.SUGGESTED
    assert names_of(vesting_day.suggestions) == ["Buckinghamshire Council"]
    assert vesting_day.why == "Buckinghamshire County Council ended on 31 March 2020."


def test_a_council_yet_to_begin_is_not_meant_and_the_body_of_its_place_is_suggested_first():
    resolution = BOOK.resolve("Buckinghamshire Council", PAPER)
    assert not resolution.settled
    assert names_of(resolution.suggestions)[0] == "Buckinghamshire County Council"
    assert len(resolution.suggestions) == 5


def test_an_alias_of_an_ended_council_no_longer_settles():
    assert BOOK.resolve("South Bucks Council", PAPER).certainty is Certainty.ALIAS
    later = BOOK.resolve("South Bucks Council", date(2021, 1, 1))
    assert later.certainty is Certainty.SUGGESTED
    assert names_of(later.suggestions) == ["Buckinghamshire Council"]


def test_a_name_is_official_until_it_changes_a_former_name_after_and_only_suggested_before():
    assert BOOK.resolve("Shepway District Council", date(2018, 3, 31)).certainty is Certainty.EXACT
    assert BOOK.resolve("Shepway District Council", date(2018, 4, 1)).certainty is Certainty.ALIAS
    early = BOOK.resolve("Folkestone & Hythe District Council", PAPER)
    assert early.certainty is Certainty.SUGGESTED
    assert early.why == "On 22 March 2018 this council was Shepway District Council."


def test_two_records_of_one_spelling_that_disagree_are_a_question():
    aliases = (
        AliasRow("Sudbury and District", ("E07000200",), AliasStatus.SETTLED),
        AliasRow("SUDBURY & DISTRICT", ("E07000203",), AliasStatus.SETTLED),
    )
    book = NameBook(Register(REGISTER.councils, REGISTER.names, aliases, REGISTER.successions))
    resolution = book.resolve("Sudbury and District", PAPER)
    assert resolution.certainty is Certainty.AMBIGUOUS
    assert resolution.suggestions == ("E07000200", "E07000203")


@pytest.mark.parametrize("printed", ["", "*", "council", "N/A", "NHS Property Services", "£70,000"])
def test_what_is_like_nothing_is_unknown(printed):
    resolution = BOOK.resolve(printed, PAPER)
    assert resolution.certainty is Certainty.UNKNOWN
    assert resolution.suggestions == ()


def test_spellings_are_normalised_and_cover_names_of_every_date():
    spellings = BOOK.spellings()
    assert all(spelling == normalise(spelling) for spelling in spellings)
    assert {
        "shepway district council",
        "folkestone and hythe district council",
        "stockton borough council",
    } <= spellings
    assert {normalise(printed) for printed in SPELLINGS} <= spellings


printed_names = st.one_of(
    st.text(),
    st.sampled_from([*SPELLINGS, *(council.official_name for council in REGISTER.councils)]),
    st.builds(
        lambda name, cut, extra: name[:cut] + extra,
        st.sampled_from(SPELLINGS),
        st.integers(0, 30),
        st.text("abc *&'’-", max_size=4),
    ),
)


@given(printed_names, st.dates(date(1974, 4, 1), date(2030, 1, 1)))
def test_nothing_is_ever_settled_on_a_council_not_in_being_that_day(printed, day):
    resolution = BOOK.resolve(printed, day)
    assert all(BOOK.in_being(code, day) for code in resolution.gss_codes + resolution.suggestions)
    assert bool(resolution.gss_codes) == resolution.settled
    assert not (resolution.gss_codes and resolution.suggestions)
    assert resolution.printed == printed
    assert resolution.why


@given(st.sampled_from(REGISTER.councils), st.dates(date(2018, 3, 31), date(2030, 1, 1)))
def test_every_council_is_found_by_its_own_name_on_any_of_its_days(council, day):
    if BOOK.in_being(council.gss_code, day):
        resolution = BOOK.resolve(BOOK.official_name(council.gss_code, day), day)
        assert (resolution.certainty, resolution.gss_codes) == (Certainty.EXACT, (council.gss_code,))


@given(st.sampled_from(REGISTER.councils), st.dates(date(1974, 4, 1), date(2030, 1, 1)))
def test_whoever_answers_for_a_council_is_in_being(council, day):
    answering = BOOK.answering_for(council.gss_code, day)
    assert all(BOOK.in_being(code, day) for code in answering)
    if council.ended_on is None or day <= council.ended_on:
        assert BOOK.successors(council.gss_code, day) == ()
    else:
        assert answering


def test_no_combined_authority_shares_a_name_with_the_county_it_covers_unless_asked_about():
    lancashire = BOOK.resolve("Lancashire", date(2025, 6, 1))
    assert lancashire.certainty is Certainty.AMBIGUOUS
    kinds = {BOOK.council(code).kind for code in lancashire.suggestions}
    assert kinds == {CouncilKind.COUNTY, CouncilKind.COMBINED_AUTHORITY}
