"""Lists of place scores: those there are, the values of one, and the lists that a round's criteria name."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import aliased, contains_eager

from grants.audit.models import AuditEvent
from grants.councils.models import Council
from grants.funds.definition.types import CriterionDefinition
from grants.funds.models import Criterion, PlaceScore, PlaceScoreList, Round, RoundStatus
from grants.kernel.db import db
from grants.kernel.text import like

MOST_OFFERED = 200
LEFT = "left"
"""Said of a list once a published round has gone on from it to a later edition."""
Named = tuple[str, str]
"""Name and edition, by which a definition means a list."""


def all_lists() -> Select[PlaceScoreList]:
    """The latest first."""
    return select(PlaceScoreList).order_by(PlaceScoreList.id.desc())


def readable_lists(*, manages: bool) -> Select[PlaceScoreList]:
    """What a published round takes its marks from, or took them from, is public; the rest is the programme's own."""
    if manages:
        return all_lists()
    public = (RoundStatus.PUBLISHED, RoundStatus.ANNOUNCED)
    in_use = exists().where(
        Criterion.place_list_id == PlaceScoreList.id, Criterion.round_id == Round.id, Round.status.in_(public)
    )
    left = exists().where(
        AuditEvent.subject_type == PlaceScoreList.__tablename__,
        AuditEvent.subject_key == PlaceScoreList.key,
        AuditEvent.verb == LEFT,
    )
    return all_lists().where(or_(in_use, left))


def how_many(list_ids: Iterable[int]) -> dict[int, int]:
    """Councils on each list."""
    counted = select(PlaceScore.list_id, func.count()).where(PlaceScore.list_id.in_(list(list_ids)))
    return dict(db.session.execute(counted.group_by(PlaceScore.list_id)).all())


def values_of(listed: PlaceScoreList, *, search: str = "") -> Select[PlaceScore]:
    """What the list says of each council, by its name as printed; those whose name holds `search`."""
    rows = select(PlaceScore).join(PlaceScore.council).options(contains_eager(PlaceScore.council))
    if search:
        held = like(search)
        rows = rows.where(or_(PlaceScore.printed_name.ilike(held, escape="\\"), Council.name.ilike(held, escape="\\")))
    return rows.where(PlaceScore.list_id == listed.id).order_by(PlaceScore.printed_name, PlaceScore.id)


def rounds_with(listed: PlaceScoreList) -> Sequence[Round]:
    """The rounds that take marks from it, the latest first."""
    uses = exists().where(Criterion.round_id == Round.id, Criterion.place_list_id == listed.id)
    return db.session.scalars(select(Round).where(uses).order_by(Round.id.desc())).all()


def later_editions(listed: PlaceScoreList) -> Sequence[PlaceScoreList]:
    """Lists of the same name that were added after it, the latest first."""
    rows = all_lists().where(PlaceScoreList.name == listed.name, PlaceScoreList.id > listed.id)
    return db.session.scalars(rows).all()


def said_otherwise(listed: PlaceScoreList, later: PlaceScoreList) -> Sequence[str]:
    """Names of councils that are on `listed`, and not with the same points on `later`."""
    other = aliased(PlaceScore)
    same = exists().where(
        other.list_id == later.id,
        other.council_id == PlaceScore.council_id,
        other.hundredths == PlaceScore.hundredths,
    )
    rows = select(Council.name).join(PlaceScore, PlaceScore.council_id == Council.id)
    return db.session.scalars(rows.where(PlaceScore.list_id == listed.id, ~same).order_by(Council.name)).all()


def list_named(named: Named) -> PlaceScoreList | None:
    name, edition = named
    rows = select(PlaceScoreList).where(PlaceScoreList.name == name, PlaceScoreList.edition == edition)
    return db.session.scalar(rows)


def lists_offered() -> list[Named]:
    rows = db.session.scalars(all_lists().limit(MOST_OFFERED))
    return [(row.name, row.edition) for row in rows]


def unknown_list(criteria: Iterable[CriterionDefinition]) -> CriterionDefinition | None:
    """The first criterion that names a list nobody has uploaded."""
    return next((one for one in criteria if one.place_list and list_named(one.place_list) is None), None)


def pin_lists(round: Round, criteria: Iterable[CriterionDefinition]) -> None:
    """Give each looked-up criterion of a round the list that its definition names."""
    named = {one.key: one.place_list for one in criteria if one.place_list}
    for criterion in round.criteria:
        criterion.place_list = list_named(named[criterion.code]) if criterion.code in named else None
