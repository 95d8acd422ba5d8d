"""Files as answers: put on and taken off one at a time, so that two people who add to one question never clash."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from grants.bids.answers.answering import answer
from grants.bids.answers.values import files_in
from grants.bids.handing_in.attaching import attach, check_room, remove_attachment
from grants.bids.models import Answer, Bid, BidAttachment, Project
from grants.bids.queries import attachments_of
from grants.bids.writing import begin_edit
from grants.files.operations import FileRefused, fingerprint, keep
from grants.funds.models import Question, QuestionKind, Round
from grants.kernel.db import db
from grants.people.models import Person


def rules_of(question: Question, round: Round) -> dict[str, Any]:
    """`kinds`, `megabytes` of one file and `count` of files; what the question leaves open is the round's, and one."""
    return {**round.attachment_rules, "count": 1, **_own(question)}


def _own(question: Question) -> dict[str, Any]:
    return {name: question.settings[name] for name in ("kinds", "megabytes", "count") if question.settings.get(name)}


def put_file(
    bid: Bid, question: Question, upload: FileStorage, *, project: Project | None = None, by: Person, at: datetime
) -> None:
    """Attach a file as an answer, or as one more of its files; where the question takes one alone, in its place.

    The same file sent again is there once. Refused for a file that may not be attached, or for one too many.
    """
    begin_edit(bid, at=at)
    rules = rules_of(question, bid.round)
    there = files_in(_value(bid, question, project))
    held = {one.attachment.key: one for one in attachments_of(bid)}
    standing = [file for file in there if file["key"] in held]
    if fingerprint(upload) in {held[file["key"]].attachment.sha256 for file in standing}:
        return
    if rules["count"] > 1 and len(standing) >= rules["count"]:
        raise FileRefused(f"{upload.filename}: there are {rules['count']} files here already. Take one off first.")
    check_room(bid, at=at)
    stored = keep(upload, rules=rules, by=by, at=at)
    attach(bid, stored, description="", by=by, at=at)
    file = {"key": stored.key, "name": stored.name}
    staying = standing if rules["count"] > 1 else []
    answer(bid, question, [*staying, file], project=project, by=by, at=at)
    if not staying:
        _take_off_unused(bid, [held[one["key"]] for one in standing], by=by, at=at)


def drop_file(
    bid: Bid, question: Question, key: str, *, project: Project | None = None, by: Person, at: datetime
) -> None:
    """Take a file off an answer, and off the bid where no other answer has it. Not there, it is left alone."""
    begin_edit(bid, at=at)
    there = files_in(_value(bid, question, project))
    staying = [file for file in there if file["key"] != key]
    if len(staying) == len(there):
        return
    answer(bid, question, staying, project=project, by=by, at=at)
    _take_off_unused(bid, [one for one in attachments_of(bid) if one.attachment.key == key], by=by, at=at)


def take_off(held: BidAttachment, *, by: Person, at: datetime) -> None:
    """Take a file off the bid and off every answer that has it."""
    begin_edit(held.bid, at=at)
    for use in uses(held.bid).get(held.attachment.key, []):
        drop_file(held.bid, use.question, held.attachment.key, project=use.project, by=by, at=at)
    remove_attachment(held, by=by, at=at)


@dataclass(frozen=True)
class Use:
    """One answer that a file is part of."""

    question: Question
    project: Project | None

    @property
    def label(self) -> str:
        return f"{self.project.title}: {self.question.label}" if self.project else self.question.label


def uses(bid: Bid) -> dict[str, list[Use]]:
    """By the file's key: the answers of this bid that have it."""
    answered = (
        select(Answer, Question, Project)
        .join(Question, Question.id == Answer.question_id)
        .outerjoin(Project, Project.id == Answer.project_id)
        .where(Answer.bid_id == bid.id, Question.kind == QuestionKind.FILE, Question.stands_in(bid.form_version))
        .order_by(Project.position, Question.position)
    )
    found: dict[str, list[Use]] = {}
    for given, question, project in db.session.execute(answered):
        for file in files_in(given.value["is"]):
            found.setdefault(file["key"], []).append(Use(question, project))
    return found


def files_of(value: Any, attached: Iterable[BidAttachment]) -> list[BidAttachment]:
    """The files of an answer that are still on the bid, in their order."""
    held = {one.attachment.key: one for one in attached}
    return [held[file["key"]] for file in files_in(value) if file["key"] in held]


def _value(bid: Bid, question: Question, project: Project | None) -> Any:
    given = select(Answer.value).where(Answer.bid_id == bid.id, Answer.question_id == question.id)
    given = given.where(Answer.project_id == project.id if project else Answer.project_id.is_(None))
    value = db.session.scalar(given)
    return value["is"] if value else None


def _take_off_unused(bid: Bid, files: Sequence[BidAttachment], *, by: Person, at: datetime) -> None:
    db.session.flush()
    used = uses(bid)
    for held in files:
        if held.attachment.key not in used:
            remove_attachment(held, by=by, at=at)
