"""Reading what imports said."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, selectinload

from grants.awards.models import ImportWarning, PaperImport
from grants.awards.papers.types import WarningCode
from grants.councils.models import NameInQuestion
from grants.councils.resolver import normalise
from grants.kernel.db import db, found

_OF_NAMES = (WarningCode.NAME_UNSETTLED, WarningCode.NOT_A_STATUTORY_BODY)
_LONGEST_SPELLING = 200


@dataclass(frozen=True)
class Cause:
    """All the warnings of one code, down the paper."""

    code: str
    warnings: Sequence[ImportWarning]


def all_imports() -> Select[PaperImport]:
    """The latest first."""
    read = select(PaperImport).order_by(PaperImport.id.desc())
    return read.options(joinedload(PaperImport.round), joinedload(PaperImport.imported_by))


def import_with(key: str) -> PaperImport:
    """One reading with its warnings; NotFound where there is none of this key."""
    return found(all_imports().where(PaperImport.key == key).options(selectinload(PaperImport.warnings)))


def causes(reading: PaperImport) -> list[Cause]:
    """Its warnings by code, in the order of the codes' names."""
    ordered = sorted(reading.warnings, key=lambda warning: (warning.code, warning.line or 0, warning.id))
    return [Cause(code, list(group)) for code, group in groupby(ordered, key=lambda warning: warning.code)]


def names_waiting(reading: PaperImport) -> list[NameInQuestion]:
    """The names of this paper that nobody has settled yet, in the order of the alphabet."""
    spellings = {normalise(w.subject)[:_LONGEST_SPELLING] for w in reading.warnings if w.code in _OF_NAMES}
    waiting = select(NameInQuestion).where(NameInQuestion.spelling.in_(spellings), NameInQuestion.settled_at.is_(None))
    return list(db.session.scalars(waiting.order_by(NameInQuestion.printed)))
