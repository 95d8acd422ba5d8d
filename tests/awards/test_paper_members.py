"""Names of councils that a paper runs together are taken apart by what is known, and no word is ever lost."""

from hypothesis import given
from hypothesis import strategies as st

from grants.awards.papers.members import segment
from grants.councils.resolver import normalise

KNOWN = {
    normalise(name)
    for name in (
        "Devon County Council",
        "North Devon District Council",
        "City of Lincoln Council",
        "Lincoln",
        "London Borough of Brent",
        "Medway Council",
        "Bromsgrove & Redditch Councils",
        "Royal Borough of Kingston upon Thames",
    )
}
WORDS = st.sampled_from([*sorted({word for name in KNOWN for word in name.split()}), "Foo", "Council*", "&", "*", "X"])


def test_known_names_are_found_whole_with_their_stars():
    found = segment("Medway Council* London Borough of Brent North Devon District Council", KNOWN)
    assert found.names == ("Medway Council*", "London Borough of Brent", "North Devon District Council")
    assert found.unsure == ()


def test_a_joint_name_stays_one_name_and_an_ampersand_is_no_mark():
    assert segment("Bromsgrove and Redditch Councils Medway Council", KNOWN).names == (
        "Bromsgrove and Redditch Councils",
        "Medway Council",
    )


def test_what_is_not_known_is_divided_by_designation_and_is_unsure():
    found = segment("Devon County Council Foo Borough Council City of Bar London Borough of Baz Medway Council", KNOWN)
    assert found.names == (
        "Devon County Council",
        "Foo Borough Council",
        "City of Bar",
        "London Borough of Baz",
        "Medway Council",
    )
    assert found.unsure == ("Foo Borough Council", "City of Bar", "London Borough of Baz")


def test_a_text_that_can_be_divided_in_two_ways_is_unsure():
    known = {"a", "b", "a b"}
    found = segment("a b", known)
    assert found.names == ("a b",)
    assert found.unsure == ("a b",)


def test_all_the_members_of_annex_b_are_found_without_doubt(printed):
    assert not [warning for warning in printed[1].warnings if warning.code == "split_unsure"]


@given(words=st.lists(WORDS, max_size=40))
def test_no_word_is_ever_dropped_or_moved(words):
    text = " ".join(words)
    assert " ".join(segment(text, KNOWN).names) == text


@given(text=st.text(max_size=80))
def test_any_text_at_all_keeps_its_words(text):
    assert " ".join(segment(text, KNOWN).names).split() == text.split()


def test_a_hundred_thousand_words_take_no_longer_than_they_must():
    assert len(segment("Medway Council " * 5_000, KNOWN).names) == 5_000
