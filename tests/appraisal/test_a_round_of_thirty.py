"""The whole story of an appraisal: thirty bids come to a ranking that is worked out again from its exported sheet.

Four appraisers, one of whom finds a conflict late, two moderators and a panel; the steps are in thirty.py.
"""

from fractions import Fraction

import pytest

from grants.appraisal.parts import parts_of
from grants.bids.models import BidStatus
from grants.kernel.db import db
from grants.people.roles import Role
from tests.appraisal.ranking.rows import make_round_with_parts
from tests.appraisal.ranking.test_export import marks_of_sheet, totals_from
from tests.appraisal.thirty import (
    APPRAISERS,
    BIDS,
    EACH,
    LATE,
    REASON,
    World,
    exported,
    find_a_conflict,
    meet,
    ranking_of_sheet,
    read_ranking,
    score_all,
    share_out,
    take_what_no_rule_lists,
    talk_through,
)
from tests.browser import photograph
from tests.entrance import entered
from tests.factories import PASSWORD, make_bid, make_person
from tests.funds.places.made import put_on

BUDGET, ASK = 4_000_000, 400_000
"""In pounds; all of it in one year."""


@pytest.fixture
def world(session):
    round_ = make_round_with_parts(name="Land Release Fund 2026")
    round_.budget[0].pence = BUDGET * 100
    bids = []
    for number in range(BIDS):
        bid = make_bid(round_, status=BidStatus.APPRAISAL, title=f"Old depot {number:02}", pence=ASK * 100)
        put_on(round_.criteria[0].place_list, bid.lead_council, number // 2 * 1_234 % 10_001)
        bids.append(bid)
    people = {name: make_person(Role.APPRAISER, name=name, password=PASSWORD) for name in APPRAISERS}
    people["manager"] = make_person(Role.PROGRAMME_MANAGER, name="Pat Manager", password=PASSWORD)
    people["moderator"] = make_person(Role.MODERATOR, name="Mo Derator", password=PASSWORD)
    people["second"] = make_person(Role.MODERATOR, name="Sue Conder", password=PASSWORD)
    made = World(
        code=round_.code,
        parts=[part.title for part in parts_of(round_.criteria)],
        emails={name: person.email for name, person in people.items()},
        references=[bid.reference for bid in bids],
        titles=[bid.title for bid in bids],
    )
    db.session.commit()
    return made


def test_thirty_bids_come_to_a_ranking_that_their_exported_sheet_bears_out(world, new_page, now, tmp_path):
    manager = entered(new_page, world.emails["manager"])
    share_out(manager, world)
    world.deal()
    for name in APPRAISERS:
        page = entered(new_page, world.emails[name])
        score_all(page, world, name, tmp_path)
        if name == LATE:
            find_a_conflict(page, world)

    moderator, second = (entered(new_page, world.emails[name]) for name in ("moderator", "second"))
    left = take_what_no_rule_lists(moderator, world)
    apart = sorted(world.apart - {world.late})
    assert {*apart, world.late} <= set(left)
    meet(manager, world, left, now, tmp_path)
    for number in left:
        talk_through(moderator, second, world, number, agreed=number in apart[1:])

    on_screen = read_ranking(manager, world)
    photograph(manager, "appraisal-ranking-of-thirty")
    content = exported(manager)
    totals = assert_marks_are_all_there(world, marks_of_sheet(content), apart[1:])
    assert_places_follow(totals, ranking_of_sheet(content), on_screen)


def assert_marks_are_all_there(world, rows, agreed_on):
    """Every mark that was given stands in the sheet with its reason and what became of it; totals from it alone."""
    given = {(row["Reference"], row["Given by"], title(row)): row for row in rows}
    assert len(given) == len(rows) == BIDS * (EACH * len(world.parts) + 1) + len(agreed_on)
    for name in APPRAISERS:
        for number in world.tasks[name]:
            for part, mark in zip(world.parts, world.marks(name, number), strict=True):
                row = given[world.references[number], name, part]
                assert (row["Mark"], row["Reason"]) == (mark, REASON)
    aside = {(row["Reference"], row["Given by"]) for row in rows if row["Counts"].startswith("no: set aside")}
    assert aside == {(world.references[world.late], LATE)}
    agreed = {row["Reference"]: (row["Mark"], title(row)) for row in rows if row["Given by"] == "Agreed"}
    assert agreed == {world.references[number]: (3, world.parts[0]) for number in agreed_on}
    totals = totals_from(rows)
    all_in = totals_from(
        [{**row, "Counts": row["Counts"].replace("no: set aside, conflict of interest", "yes")} for row in rows]
    )
    assert {at for at, total in totals.items() if total != all_in[at]} == {world.references[world.late]}
    assert {row["Reference"]: row["Total, exactly"] for row in rows} == {at: str(total) for at, total in totals.items()}
    return totals


def title(row):
    return f"{row['Criterion']}: {row['Name of the part']}" if row["Name of the part"] else row["Criterion"]


def assert_places_follow(totals, rows, on_screen):
    """Best first; equal ones by what the sheet says of them (none has a valuation or a day of release)."""
    assert len(set(totals.values())) < BIDS, "nothing is equal: ties are not tried"
    by_hand = sorted(rows, key=lambda row: (-totals[row["Reference"]], row["Cost per home"], row["Reference"]))
    assert not any(row["Benefits to costs"] or row["Release"] for row in rows)
    assert [row["Reference"] for row in rows] == [row["Reference"] for row in by_hand]
    assert [row["Rank"] for row in rows] == [*range(1, BIDS + 1)]
    for row in rows:
        rank, total = on_screen[row["Reference"]]
        assert rank == row["Rank"]
        assert abs(total - totals[row["Reference"]]) <= Fraction(1, 200)
    standing = []
    for row in rows:
        strong = totals[row["Reference"]] >= 50 and row["The case, weight 30, critical"] >= 2
        standing += [row["Reference"]] if strong else []
        fits = "Within the money" if len(standing) * ASK <= BUDGET else "Reserve"
        assert row["Standing"] == fits if strong else row["Standing"] not in ("Within the money", "Reserve")
        assert row["So far 2026/27 capital"] == (len(standing) * ASK if strong else None)
    assert len(standing) * ASK > BUDGET, "the money never runs out: the reserve is not tried"
