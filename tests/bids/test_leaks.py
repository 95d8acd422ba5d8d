"""What the net catches, and what ordinary feedback may say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.bids.leaks import Secret, copied_in, marks_in, names_in


@pytest.mark.parametrize(
    "words",
    [
        "We gave it 4 out of 5.",
        "Deliverability: 3/5",
        "Your score was 62.5.",
        "It scored three.",
        "The mark is 2.",
        "Score: 4",
        "marks 4",
        "a weighted total of 74.0",
        "The bid got 12 points.",
        "74 out of 100",
        "It ranked 7th.",
        "Your rank: 12",
        "Ranked number 3",
        "you came third of 30 bids",
        "second in the ranking",
        "position 4 of 80",
        "It lies below the funding line.",
        "a 3 for value for money",
    ],
)
def test_a_mark_a_total_or_a_rank_is_caught(words):
    assert marks_in(words)


@pytest.mark.parametrize(
    "words",
    [
        "The bid would release 120 homes on 3 sites by 31 March 2028.",
        "The cost per home is higher than in the first stage, at £12,500.",
        "Three of the five sites have planning consent.",
        "A marked improvement on the plan of 2024 would need a second survey.",
        "The market study is five years old; the total of 45 homes is not explained.",
        "Land release is planned for Q3 2027/18, before the works of 2/2028.",
        "On balance the case for 40 affordable homes is good.",
        "The risk register has points that are not costed.",
        "One point is unclear: are 3 out of 5 sites in public ownership, or 2/5 homes?",
        "Please say more on points 2 and 3 of your answer.",
    ],
)
def test_ordinary_feedback_passes(words):
    assert marks_in(words) == []


def test_another_bid_is_caught_by_reference_title_and_council_in_any_case():
    secrets = [
        Secret("LRF-0007", "is another bid."),
        Secret("Old Depot", "is another bid."),
        Secret("Northshire District Council", "bids too."),
    ]
    text = "Unlike lrf-0007, the OLD\n depot of Northshire  District Council, and the older depots."
    assert [leak.passage for leak in names_in(text, secrets)] == [secret.name for secret in secrets]
    assert names_in("An old depots scheme of Northshire", secrets) == []


def test_the_own_title_is_no_secret_even_where_anothers_is_part_of_it():
    secrets = [Secret("Station", "is another bid.")]
    assert names_in("Station Yard would release land.", secrets, own=["Station yard"]) == []
    assert names_in("Station Yard would, as Station does.", secrets, own=["Station yard"])


def test_internal_words_are_caught_only_as_a_copy():
    said = "The council has never delivered a scheme of this size before."
    assert copied_in(f"We think: the council has never\ndelivered {said[32:]}", [said, "Good."], "is internal.")
    assert copied_in("Good. A scheme of this size is new to the council.", [said, "Good."], "is internal.") == []


@given(
    st.text(alphabet="abc XYZ-’", min_size=3, max_size=12).filter(lambda name: len(name.split()) and name.strip()),
    st.text(max_size=30),
)
def test_a_name_between_blanks_is_always_caught(name, around):
    name = name.strip()
    if len(" ".join(name.split())) >= 3:
        assert names_in(f"{around} {name.upper()} {around}", [Secret(name, "x")])
