"""Lists of place scores for tests."""

from collections.abc import Mapping
from itertools import count

from grants.councils.models import Council
from grants.funds.models import PlaceScore, PlaceScoreList, Round
from grants.kernel.db import db
from tests.factories import NOW, made, make_person

_numbers = count(1)


def make_place_list(scores: Mapping[Council, int] | None = None, **values: object) -> PlaceScoreList:
    """`scores` in hundredths of a point."""
    number, by = next(_numbers), make_person()
    defaults = {"name": f"Place scores {number}", "edition": "2024", "digest": "0" * 64, "uploaded_at": NOW}
    listed = made(PlaceScoreList(uploaded_by_id=by.id, **{**defaults, **values}))
    for council, hundredths in (scores or {}).items():
        put_on(listed, council, hundredths)
    return listed


def put_on(listed: PlaceScoreList, council: Council, hundredths: int) -> PlaceScore:
    return made(PlaceScore(list_id=listed.id, council=council, printed_name=council.name, hundredths=hundredths))


def give_place_lists(round_: Round) -> Round:
    """A list for each criterion that is looked up: without one the round cannot be published."""
    for criterion in round_.criteria:
        if criterion.looked_up and criterion.place_list is None:
            criterion.place_list = make_place_list()
    db.session.flush()
    return round_
