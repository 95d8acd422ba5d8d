"""Every warning about a paper, from all that is known: the paper itself, the register, stated sums, the other annex."""

from collections.abc import Iterator

from grants.awards.papers.identities import inspect_identities, missing_from
from grants.awards.papers.names import NamesOn, has_designation, unstarred
from grants.awards.papers.notes import Headline, Note, inspect_headlines, inspect_notes
from grants.awards.papers.partnerships import inspect_partnerships
from grants.awards.papers.reading import by_line
from grants.awards.papers.titles import inspect_titles
from grants.awards.papers.types import Paper, PaperKind, PaperWarning, WarningCode


def inspect(
    paper: Paper,
    names: NamesOn | None = None,
    *,
    notes: tuple[Note, ...] = (),
    headlines: tuple[Headline, ...] = (),
    other: Paper | None = None,
) -> tuple[PaperWarning, ...]:
    """All there is to warn of, one warning for each cause, down the paper: its own warnings and those found here.

    `names` is the register as at the paper's day. `notes` and `headlines` come from `known_notes()` or from the round.
    `other` is the annex of partnerships that councils with an award in `paper` are looked for in.
    """
    found = [*paper.warnings, *_without_designation(paper)]
    found += [*inspect_notes(paper, notes), *inspect_headlines(paper, headlines)]
    found += inspect_titles(paper) if paper.kind is PaperKind.COUNCIL_PROJECTS else inspect_partnerships(paper)
    if names is not None:
        found += inspect_identities(paper, names)
        found += missing_from(paper, other, names) if other is not None else ()
    return by_line(found)


def _without_designation(paper: Paper) -> Iterator[PaperWarning]:
    """Names that do not say what kind of council is meant, each at its first row."""
    seen: set[str] = set()
    for row in paper.rows:
        for name in (row.recipient,) if paper.kind is PaperKind.COUNCIL_PROJECTS else map(unstarred, row.members):
            if name not in seen and not has_designation(name):
                text = f"“{name}” does not say what kind of council it is."
                yield PaperWarning(WarningCode.NAME_WITHOUT_DESIGNATION, row.line, text, name)
            seen.add(name)
