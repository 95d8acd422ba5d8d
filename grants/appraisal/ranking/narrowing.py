"""Which rows of a ranking are shown: by region, kind of council, theme and tag. Places stay those of all its bids."""

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

THEME = "theme"
"""The code of the question whose answer is a bid's theme, in the rounds that ask for one."""


@dataclass(frozen=True)
class Offered:
    """What may be chosen, as (value, words), by the name in the address; and what is chosen."""

    choices: Mapping[str, list[tuple[str, str]]]
    chosen: Mapping[str, str] = field(default_factory=dict)
    theme_ids: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.chosen)


def offered(round_: Round, among: Select[Bid], asked: Mapping[str, str]) -> Offered:
    """Regions and kinds of the lead councils of the bids that the reader may see; themes and tags of the round."""
    ids = among.where(Bid.round_id == round_.id).with_only_columns(Bid.lead_council_id).order_by(None)
    found = db.session.execute(select(Council.region, Council.kind).where(Council.id.in_(ids)).distinct()).all()
    kinds, themes = sorted({kind for _, kind in found}), _theme_questions(round_)
    options = [(str(value), str(words)) for one in themes for value, words in one.settings.get("options", [])]
    tags = db.session.scalars(select(Tag.name).where(Tag.round_id == round_.id).order_by(Tag.name)).all()
    choices = {
        "region": [(region, region) for region in sorted({region for region, _ in found})],
        "kind": [(str(kind), kind.value.replace("_", " ").capitalize()) for kind in kinds],
        THEME: list(dict.fromkeys(options)),
        "tag": [(name, name) for name in tags],
    }
    chosen = {name: asked[name] for name, pairs in choices.items() if asked.get(name) in [value for value, _ in pairs]}
    return Offered(choices, chosen, tuple(one.id for one in themes))


def _theme_questions(round_: Round) -> list[Question]:
    rows = (
        select(Question)
        .join(Question.section)
        .where(Section.round_id == round_.id, Question.code == THEME, Question.kind == QuestionKind.CHOICE)
        .order_by(Question.id)
    )
    return list(db.session.scalars(rows))


def narrowed(rows: Select[Any], round_: Round, by: Offered) -> Select[Any]:
    """`rows` of bids with their lead councils, without those that what is chosen leaves out."""
    chosen = by.chosen
    if region := chosen.get("region"):
        rows = rows.where(Council.region == region)
    if kind := chosen.get("kind"):
        rows = rows.where(Council.kind == CouncilKind(kind))
    if theme := chosen.get(THEME):
        said = Answer.value["is"].as_string() == theme
        rows = rows.where(exists().where(Answer.bid_id == Bid.id, Answer.question_id.in_(by.theme_ids), said))
    if tag := chosen.get("tag"):
        rows = rows.where(tagged(tag, round_id=round_.id))
    return rows
