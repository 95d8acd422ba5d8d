"""Files given as answers on the page of their section: stored before anything else of the page is looked at.

What was chosen is thus kept, and listed, whatever is wrong with the other fields; a browser would not send it again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_wtf.file import FileField, MultipleFileField
from werkzeug.datastructures import FileStorage, MultiDict

from grants.bids import operations
from grants.bids.answers.file_answers import rules_of
from grants.bids.answers.file_forms import given
from grants.bids.answers.section_queries import SectionPage
from grants.bids.answers.values import field_name
from grants.bids.deadline.late_attempts import attempt_file, page_words
from grants.funds.models import Question, QuestionKind, Round
from grants.kernel.errors import Refused
from grants.kernel.forms import Form, attempt
from grants.people.models import Person


def file_box(question: Question, round: Round) -> FileField:
    """The field of a question for one file or several, with what it takes as its hint."""
    rules = rules_of(question, round)
    kinds = ", ".join(kind.upper() for kind in rules["kinds"])
    how_many = f"Up to {rules['count']} files" if rules["count"] > 1 else "One file"
    hint = f"{question.hint} {how_many}, of at most {rules['megabytes']} MB each. Kinds: {kinds}.".strip()
    kind = MultipleFileField if rules["count"] > 1 else FileField
    return kind(question.label, description=hint)


def drop_name(question: Question) -> str:
    """The boxes by which files are taken off; the value is the file's key."""
    return f"drop_{question.code}"


class Refusals(Form):
    """What was said no to, until the form of the page has been read."""

    class Meta:
        csrf = False

    def refuse(self, refusal: Refused) -> None:
        self.said = [*self.said, refusal]

    said: tuple[Refused, ...] | list[Refused] = ()


@dataclass(frozen=True)
class Taken:
    """Whether any file came or went, what was refused, each at the field of its question, and how many came late."""

    moved: bool = False
    refused: Sequence[Refused] = ()
    late: int = 0


def take_files(
    page: SectionPage, sent: MultiDict[str, FileStorage], typed: MultiDict[str, str], *, by: Person, at: datetime
) -> Taken:
    """Each file is committed by itself, so that one that is refused takes no other with it.

    The page no longer holds the bid then, and has to be read again.
    """
    refusals = Refusals(formdata=None)
    moved, late = False, 0
    for question, key in _dropped(page, typed):
        moved = True
        with attempt(refusals):
            operations.drop_file(page.bid, question, key, project=page.project, by=by, at=at)
    for question, upload in _sent(page, sent):
        moved, before = True, len(refusals.said)
        what = page_words(page.project, question.label) if page.project else question.label
        with attempt_file(refusals, page.bid, what, upload, rules_of(question, page.bid.round)) as attempted:
            operations.put_file(page.bid, question, upload, project=page.project, by=by, at=at)
        late += attempted.late is not None
        for refusal in refusals.said[before:]:
            refusal.field = field_name(question)
    return Taken(moved, list(refusals.said), late)


def _of_files(page: SectionPage) -> Iterator[Question]:
    return (question for question in page.questions if question.kind is QuestionKind.FILE)


def _dropped(page: SectionPage, typed: MultiDict[str, str]) -> list[tuple[Question, str]]:
    return [(question, key) for question in _of_files(page) for key in typed.getlist(drop_name(question))]


def _sent(page: SectionPage, sent: MultiDict[str, FileStorage]) -> list[tuple[Question, FileStorage]]:
    return [(q, upload) for q in _of_files(page) for upload in given(sent.getlist(field_name(q)))]
