"""Writing answers and their versions. A save runs these statements each time, so they are put together only once."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import ARRAY, JSON, Integer, bindparam, column, func, insert, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from grants.bids.models import Answer, AnswerEdit
from grants.kernel.db import Json, db

_SAME = ("bid_id", "project_id", "changed_at", "changed_by_id", "late")
_COLUMNS = (*_SAME, "question_id", "value")


def keep(same: Mapping[str, Any], values: Mapping[int, Any], in_time: Mapping[int, Any]) -> None:
    """Values by question id, each as the answer that now stands and as one more version of it.

    `same` has the columns that all of them share. Of late ones, `in_time` has what still counts, by question id. As
    many statements for one answer as for 18: on PostgreSQL a single one, except late, when an answer and its version
    differ.
    """
    of_project, late, engine = same["project_id"] is not None, same["late"], db.engine.dialect.name
    kept = {question_id: Json({"is": value}) for question_id, value in values.items()}
    if engine == "postgresql" and not late:
        arrays = {"question_ids": list(kept), "given": list(kept.values())}
        db.session.execute(_answers_with_versions(of_project=of_project), {**same, **arrays})
        return
    rows = [{**same, "question_id": question_id, "value": value} for question_id, value in kept.items()]
    answers = rows
    if late:
        beside = {key: Json({"is": in_time.get(key), "late": value}) for key, value in values.items()}
        answers = [{**row, "value": beside[row["question_id"]]} for row in rows]
    db.session.execute(_answers(engine, of_project=of_project), answers)
    db.session.execute(insert(AnswerEdit), rows)


@cache
def _answers(engine: str, *, of_project: bool) -> Any:
    table: Any = Answer.__table__
    put = (postgresql.insert if engine == "postgresql" else sqlite.insert)(table)
    return _over_what_stands(put.values({name: bindparam(name) for name in _COLUMNS} | {"version": 1}), of_project)


@cache
def _answers_with_versions(*, of_project: bool) -> Any:
    """The values come as two arrays, so that the statement is the same for any number of them."""
    table: Any = Answer.__table__
    versions: Any = AnswerEdit.__table__
    arrays = bindparam("question_ids", type_=ARRAY(Integer)), bindparam("given", type_=ARRAY(JSON))
    columns = column("question_id", Integer), column("value", JSON)
    given = func.unnest(*arrays).table_valued(*columns, name="given").render_derived()
    same = [bindparam(name, type_=table.c[name].type) for name in _SAME]
    rows = select(*same, given.c.question_id, given.c.value, literal(1))
    put = postgresql.insert(table).from_select([*_COLUMNS, "version"], rows)
    kept = _over_what_stands(put, of_project).returning(*(table.c[name] for name in _COLUMNS)).cte("kept")
    return insert(versions).from_select(list(_COLUMNS), select(kept))


def _over_what_stands(put: Any, of_project: bool) -> Any:
    """The same statement; where there is an answer already, the new one takes its place as its next version."""
    table: Any = Answer.__table__
    owner, condition = (table.c.bid_id, table.c.project_id.is_(None))
    if of_project:
        owner, condition = (table.c.project_id, table.c.project_id.is_not(None))
    new = {name: put.excluded[name] for name in ("value", "changed_at", "changed_by_id", "late")}
    return put.on_conflict_do_update(
        index_elements=[owner, table.c.question_id],
        index_where=condition,
        set_={**new, "version": table.c.version + 1},
    )
