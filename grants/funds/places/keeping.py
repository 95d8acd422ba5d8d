"""Taking over a published list of place scores, whole and never changed afterwards; a round that goes on to another."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import date, datetime

from sqlalchemy import select

from grants import audit
from grants.funds.models import Criterion, PlaceScore, PlaceScoreList, Round, RoundStatus
from grants.funds.places.lists import LEFT, later_editions, list_named, said_otherwise
from grants.funds.places.reading import Read
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.people.models import Person

Asked = Callable[[Round, PlaceScoreList, PlaceScoreList, Person, datetime], None]
before_later_edition: list[Asked] = []
"""What later rooms ask before a round goes on from one list to another: they refuse."""


def keep_list(
    rows: Sequence[Read],
    data: bytes,
    *,
    name: str,
    edition: str,
    source: str,
    published_on: date | None,
    by: Person,
    at: datetime,
) -> PlaceScoreList:
    """Keep the list under its name and edition. Refused if there is one of both already: a correction is another
    edition, so that a round which names one keeps its marks."""
    if list_named((name, edition)):
        raise Refused(f"There is {name}, {edition}, already. A correction is another edition.", field="edition")
    kept = PlaceScoreList(
        name=name, edition=edition, source=source, published_on=published_on, uploaded_at=at, uploaded_by_id=by.id,
        digest=hashlib.sha256(data).hexdigest(),
    )  # fmt: skip
    kept.scores = [
        PlaceScore(council_id=row.council.id, printed_name=row.printed, hundredths=row.hundredths) for row in rows
    ]
    db.session.add(kept)
    db.session.flush()
    audit.record(kept, "uploaded", by=by, name=name, edition=edition, councils=len(rows), digest=kept.digest)
    return kept


def take_later_edition(
    round_: Round, listed: PlaceScoreList, later: PlaceScoreList, *, reason: str, by: Person, at: datetime
) -> None:
    """A published round looks its marks up in `later`, which has all that `listed` has and further councils.

    So no mark that there is changes: councils that were not on the list get one. Refused where a council’s points
    differ, and once the round is announced. The list before stays public: councils relied on it.
    """
    db.session.refresh(round_, ["status", "version"], with_for_update=True)
    if round_.status is not RoundStatus.PUBLISHED:
        raise Refused("Only a round that is published and not announced can take a later edition.")
    if later not in later_editions(listed):
        raise Refused(f"Choose a later edition of {listed.name}.", field="edition")
    if councils := said_otherwise(listed, later):
        named = f"{councils[0]} and {len(councils) - 1} more" if len(councils) > 1 else councils[0]
        raise Refused(
            f"Edition {later.edition} has other points, or none, for {named}: marks would change.", field="edition"
        )
    if not reason:
        raise Refused("Give a reason.", field="reason")
    for ask in before_later_edition:
        ask(round_, listed, later, by, at)
    using = select(Criterion).where(Criterion.round_id == round_.id, Criterion.place_list_id == listed.id)
    for criterion in db.session.scalars(using):
        criterion.place_list = later
    audit.record(listed, LEFT, by=by, reason=reason, round=round_.code, edition=later.edition)
    audit.record(
        round_, "took_later_edition", by=by, reason=reason,
        name=listed.name, before=listed.edition, edition=later.edition,
    )  # fmt: skip
