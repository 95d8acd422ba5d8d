"""Which rows of a ranking are shown: by region, kind of council, theme and tag. Places stay those of all its bids.

A bid's theme is its answer to a question that offers several, in the rounds that ask for it. Whatever is asked like
that narrows the rows, so no round has to say which of its questions is about the theme.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, exists, select

from grants.appraisal.models import Tag
from grants.appraisal.remarks.queries import tagged
from grants.bids.models import Answer, Bid
from grants.councils.models import Council, CouncilKind
from grants.funds.models import Question, QuestionKind, Round, Section
from grants.kernel.db import db

Choices = dict[str, list[tuple[str, str]]]
"""(value, words) under the question that they answer, or under nothing."""


@dataclass(frozen=True)
class Offered:
    """What may be chosen, by the name in the address; and what is chosen."""

    choices: Mapping[str, Choices]
    chosen: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, tuple[set[int], str]] = field(default_factory=dict)
    """By the value of a theme: the question in all versions of the form, by their ids, and the answer."""

    def __bool__(self) -> bool:
        return bool(self.chosen)


def offered(round_: Round, among: Select[Bid], asked: Mapping[str, str]) -> Offered:
    """Regions and kinds of the lead councils of the bids that the reader may see; themes and tags of the round."""
    ids = among.where(Bid.round_id == round_.id).with_only_columns(Bid.lead_council_id).order_by(None)
    found = db.session.execute(select(Council.region, Council.kind).where(Council.id.in_(ids)).distinct()).all()
    tags = db.session.scalars(select(Tag.name).where(Tag.round_id == round_.id).order_by(Tag.name)).all()
    themes, answers = _themes(round_)
    choices = {
        "region": {"": [(region, region) for region in sorted({region for region, _ in found})]},
        "kind": {"": [(str(k), k.value.replace("_", " ").capitalize()) for k in sorted({kind for _, kind in found})]},
        "theme": themes,
        "tag": {"": [(name, name) for name in tags]},
    }
    known = {name: {value for pairs in groups.values() for value, _ in pairs} for name, groups in choices.items()}
    return Offered(choices, {name: asked[name] for name in choices if asked.get(name) in known[name]}, answers)


def _themes(round_: Round) -> tuple[Choices, dict[str, tuple[set[int], str]]]:
    """The answers to choose from under their questions, and what each of them stands for."""
    rows = (
        select(Question, Section.code)
        .join(Question.section)
        .where(Section.round_id == round_.id, Question.kind == QuestionKind.CHOICE)
        .order_by(Section.position, Question.position, Question.id)
    )
    themes: Choices = {}
    answers: dict[str, tuple[set[int], str]] = {}
    for question, section in db.session.execute(rows):
        for option, words in question.settings.get("options", []):
            value = f"{section}.{question.code}.{option}"
            if value not in answers:
                themes.setdefault(question.label, []).append((value, words))
            answers.setdefault(value, (set(), option))[0].add(question.id)
    return themes, answers


def narrowed(rows: Select[Any], round_: Round, by: Offered) -> Select[Any]:
    """`rows` of bids with their lead councils, without those that what is chosen leaves out."""
    chosen = by.chosen
    if region := chosen.get("region"):
        rows = rows.where(Council.region == region)
    if kind := chosen.get("kind"):
        rows = rows.where(Council.kind == CouncilKind(kind))
    if theme := chosen.get("theme"):
        question_ids, option = by.answers[theme]
        said = Answer.value["is"].as_string() == option
        rows = rows.where(exists().where(Answer.bid_id == Bid.id, Answer.question_id.in_(question_ids), said))
    if tag := chosen.get("tag"):
        rows = rows.where(tagged(tag, round_id=round_.id))
    return rows
