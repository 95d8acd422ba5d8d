"""What the net catches, and what ordinary feedback may say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.bids.leaks import Secret, bids_of, copied_in, marks_in, names_in


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
        "third of twelve",
        "You were 3rd.",
        "You finished in 3rd place.",
        "Your bid ranked seven.",
        "We placed you second.",
        "the second best bid",
        "You were fourth on the reserve list.",
        "It was one of the top three bids.",
        "the highest-scoring bid",
        "You fell just below the line.",
        "It did not reach the pass mark.",
        "Your score for deliverability was 3.",
        "Your weighted total came to 71.",
        "It had an average of 3.4.",
        "You missed it by 3 points.",
        "You got a four.",
        "We gave you 4 and 2.",
        "4-out-of-5",
        "４ out\nof 5",
        "scored just 3",
        "full marks",
        "Others: 4, 4, 5",
        "They said 4 on value.",
        "Everybody else is at 4 on value.",
        "The others went for four.",
        "Rated 4",
        "Total 72",
        "72 points",
        "average 3,5",
        "4 of 5",
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
        "Three points would help next time: costs, dates and owners.",
        "What would raise your score:\n1. a survey\n2. a plan",
        "The score of the panel is explained below, and scoring is by criterion.",
        "Four out of five residents agreed; the first of three phases is funded.",
        "It was first proposed in 2019, and you were the first to ask.",
        "In the first place, say who owns the land. A 3rd party owns the access.",
        "The access runs under the line of the railway.",
        "The strongest part of the bid was its evidence, and the case is stronger than in your last bid.",
        "The two marks on the map are unclear, as is position 4 on the plan.",
        "The risks are ranked and scored, which is good.",
        "Phase 2 of 5 is funded, phase 3 of 5. Rated 4 stars; an average 2.4 people, 3.5% or 3,500 a year.",
        "The others have 4 sites. They said 3 in 2024 would do. Total: 45 homes. Owners: 3, others: 4 homes.",
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


@pytest.mark.parametrize(
    "words",
    [
        "Kings Lynn & West Norfolk borough council",
        "King‘s Lynn and West Norfolk Borough Council’s",
        "Kings Lynn and West Norfolk Borough Council's",
        "Mill Lane\nEast",
        "MILL—LANE EAST",
        "Mill\u00a0La\u00adne East\u200b",
        "St Marys and St Peter's Wharf",
        "Cafe Quarter",
    ],
)
def test_a_name_is_caught_however_it_is_spelled(words):
    names = ["King’s Lynn and West Norfolk Borough Council", "Mill-Lane East", "St. Mary’s & St. Peter’s Wharf"]
    assert names_in(f"It is like {words}, we think.", [Secret(name, "x") for name in [*names, "Café Quarter"]])


@pytest.mark.parametrize(
    "words",
    ["the bid from Leeds", "unlike LEEDS", "Leeds’s bid", "as leeds did", "better than that of Leeds", "the Wharf bid"],
)
def test_a_name_that_is_a_word_too_is_caught_where_it_stands_for_a_bid(words):
    secrets = [Secret(name, "x") for name in ("Leeds", "Reading", "Wharf")]
    assert bids_of(f"Your case is good,\n{words}.", secrets)
    plain = "Reading the plan, rather than reading it again, one sees the wharf, and the road to Leeds."
    assert bids_of(plain, secrets) == []
    assert len(names_in(plain, secrets)) == 3


def test_the_own_title_is_no_secret_even_where_anothers_is_part_of_it():
    secrets = [Secret("Station", "is another bid.")]
    assert names_in("Station Yard would release land.", secrets, own=["Station yard"]) == []
    assert names_in("Station Yard would, as Station does.", secrets, own=["Station yard"])


def test_internal_words_are_caught_only_as_a_copy():
    said = "The council has never delivered a scheme of this size before."
    assert copied_in(f"We think: the council has never\ndelivered {said[32:]}", [said, "Good."], "is internal.")
    assert copied_in("Good. A scheme of this size is new to the council.", [said, "Good."], "is internal.") == []
    note = f"I would not fund it.\n{said} Slow."
    assert [leak.passage for leak in copied_in(f"Thank you. {said.upper()}", [note], "is internal.")] == [said]
    assert copied_in(f"Thank you. {said}", [note], "is internal.", but=[f"Agreed: {said}"]) == []
    assert copied_in("Their directors hard to deal with!", ["Their director’s hard to deal with."], "is internal.")


@given(
    st.text(alphabet="abc XYZ-’", min_size=3, max_size=12).filter(lambda name: sum(map(str.isalpha, name)) >= 3),
    st.text(max_size=30),
)
def test_a_name_between_blanks_is_always_caught(name, around):
    assert names_in(f"{around} {name.upper()} {around}", [Secret(name, "x")])
