"""A whole file in: which of its papers is meant, into which round, as from which day."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from sqlalchemy import func, select

from grants.audit import Actor
from grants.awards.import_checks import layout_of
from grants.awards.imports import import_paper
from grants.awards.models import PaperImport
from grants.awards.papers.members import segment
from grants.awards.papers.reading import read_paper
from grants.awards.papers.types import Paper, PaperKind
from grants.councils.models import Council
from grants.councils.operations import load_register
from grants.councils.queries import name_book
from grants.funds.from_paper import awards_public_on, round_of_paper, stream_of_paper
from grants.funds.models import Stream
from grants.funds.queries import round_named
from grants.kernel import clock
from grants.kernel.db import db
from grants.kernel.errors import Refused
from grants.kernel.financial_year import FinancialYear

FILE_KINDS = {"kinds": ["csv", "xlsx", "txt"], "megabytes": 10}


@dataclass(frozen=True)
class Wish:
    """What a person asks for. Left empty: the fund is that of the round or its code, the day is the one known for the
    round, and the paper is the one that fits the round."""

    round_code: str
    fund_code: str = ""
    control_total: int | None = None
    awarded_on: date | None = None
    letter: str = ""
    """A for the first paper of the file, B for the second."""


_LAYOUTS = {Stream.CAPITAL: PaperKind.COUNCIL_PROJECTS, Stream.REVENUE: PaperKind.PARTNERSHIPS}
"""As in the paper of March 2018: capital by council, project and year, revenue by partnership in one sum."""


def import_file(
    data: bytes, file_name: str, wish: Wish, *, by: Actor | None, at: datetime, beside: Paper | None = None
) -> PaperImport:
    """Read the file and import one paper of it; the round is made if it does not exist, and an empty register filled.

    `beside`: the annex of partnerships that awarded councils are looked for in, where this file does not hold it.
    Refused as `read_paper`, `round_of_paper` and `import_paper` say, and where it is open which paper is meant.
    """
    papers = papers_of(data, file_name)
    awarded_on = wish.awarded_on or awards_public_on(wish.round_code, clock.london(at).date())
    paper = _lettered(papers, wish.letter) if wish.letter else _fitting(papers, wish)
    round = round_of_paper(
        wish.round_code,
        fund_code=wish.fund_code,
        years=tuple(FinancialYear(year) for year in sorted(paper.years)),
        awarded_on=awarded_on,
        by=by,
        at=at,
    )
    others = (each for each in papers if each.kind is PaperKind.PARTNERSHIPS)
    return import_paper(
        round,
        paper,
        file_name=file_name,
        control_total=wish.control_total,
        awarded_on=awarded_on,
        other=next(others, beside) if paper.kind is PaperKind.COUNCIL_PROJECTS else None,
        by=by,
        at=at,
    )


def papers_of(data: bytes, file_name: str) -> list[Paper]:
    """The papers in the file, its members taken apart by the names that the database knows."""
    if not db.session.scalar(select(func.count()).select_from(Council)):
        load_register()
    return read_paper(data, file_name, partial(segment, known_names=name_book().spellings()))


def _lettered(papers: list[Paper], letter: str) -> Paper:
    place = ord(letter.upper()) - ord("A")
    if not 0 <= place < len(papers):
        raise Refused(f"The file holds {len(papers)} papers of awards, so there is no paper {letter}.", field="letter")
    return papers[place]


def _fitting(papers: list[Paper], wish: Wish) -> Paper:
    """The one paper that is laid out like the round's awards, or as its fund's would be."""
    if len(papers) == 1:
        return papers[0]
    round = round_named(wish.round_code)
    layout = (layout_of(round) if round else None) or _LAYOUTS[stream_of_paper(wish.round_code, wish.fund_code)]
    fitting = [paper for paper in papers if paper.kind is layout]
    if len(fitting) != 1:
        titles = "; ".join(f"{chr(ord('A') + place)}: {paper.title}" for place, paper in enumerate(papers))
        raise Refused(f"The file holds several papers of awards ({titles}). Say which is meant.", field="letter")
    return fitting[0]
