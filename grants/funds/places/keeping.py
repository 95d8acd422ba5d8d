"""Taking over a published list of place scores: whole, and never changed afterwards."""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime

from grants import audit
from grants.funds.models import PlaceScore, PlaceScoreList
from grants.funds.places.lists import list_named
from grants.funds.places.reading import Read
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.people.models import Person


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
