"""Reads how bids of a round come in, who is shut out, and what must agree between the parts of a bid."""

import re

from grants.funds.definition.node import Node
from grants.funds.definition.types import (
    ABOUT_MONEY,
    CHECK_MAY_HAVE,
    CHECK_NEEDS,
    CheckKind,
    CrossCheckDefinition,
    ExclusionsDefinition,
    HandingInRules,
    Origin,
    ProjectPart,
    QuestionDefinition,
    RoundDefinition,
)
from grants.funds.models import Asked, Invitation, LateBids, Mark, QuestionKind
from grants.kernel.money import MOST_PENCE

_GSS = re.compile(r"E[0-9]{8}")
_REMINDERS = (10, 5, 1)
_SETTINGS = ("per", "pounds", "count", "percent", "question", "column", "other", "other_column")
_MONEY = frozenset({QuestionKind.MONEY, QuestionKind.MONEY_BY_YEAR})
_NUMBERS = frozenset({QuestionKind.NUMBER, QuestionKind.NUMBER_BY_YEAR})


def origin(node: Node) -> Origin:
    found = Origin(node.one_of("mark", Mark), node.text("source", default=""))
    if found.mark is Mark.PUBLISHED and node.has("mark") and not found.source:
        node.fault("source", "what is marked as published says where")
    return found


def read_handing_in(root: Node) -> HandingInRules:
    rules = HandingInRules(
        expression_of_interest=root.flag("expression_of_interest", default=False),
        follows=root.text("follows", longest=40, default=""),
        invitation=root.one_of("invitation", Invitation, default=Invitation.NOBODY),
        grace_seconds=root.whole("grace_seconds", 0, 900, default=120),
        late_bids=root.one_of("late_bids", LateBids, default=LateBids.REFUSED),
        board_minute=root.flag("board_minute", default=False),
        working_days=_reminders(root.node("reminders")) if root.has("reminders") else _REMINDERS,
    )
    if rules.expression_of_interest and (rules.follows or rules.invitation is not Invitation.NOBODY):
        root.fault("expression_of_interest", "a first stage follows no other round and needs no invitation")
    return rules


def _reminders(node: Node) -> tuple[int, ...]:
    days = node.items("working_days")
    if any(type(day) is not int or not 1 <= day <= 60 for day in days):
        node.fault("working_days", "each is a whole number from 1 to 60")
        days = ()
    node.close()
    return tuple(sorted(set(days), reverse=True))


def read_exclusions(root: Node) -> ExclusionsDefinition | None:
    if not root.has("exclusions"):
        return None
    node = root.node("exclusions")
    exclusions = ExclusionsDefinition(node.texts("councils"), node.text("why", longest=300), origin(node))
    if wrong := [code for code in exclusions.councils if not _GSS.fullmatch(code)]:
        node.fault("councils", f"each is a code such as E08000003, not {wrong[0]}")
    if len(set(exclusions.councils)) < len(exclusions.councils):
        node.fault("councils", "a council is given twice")
    node.close()
    return exclusions


def read_checks(root: Node) -> tuple[CrossCheckDefinition, ...]:
    return tuple(_check(node) for node in root.nodes("cross_checks"))


def _check(node: Node) -> CrossCheckDefinition:
    kind = node.one_of("kind", CheckKind)
    needs, may_have = CHECK_NEEDS[kind], CHECK_MAY_HAVE.get(kind, frozenset())
    for name in _SETTINGS:
        if node.has(name) and name not in needs | may_have:
            node.fault(name, f"means nothing for a check of the kind {kind}")
        if not node.has(name) and name in needs:
            node.fault(name, f"missing, though the check is of the kind {kind}")
    check = CrossCheckDefinition(
        kind=kind,
        message=node.text("message", longest=300),
        origin=origin(node),
        per=node.one_of("per", Asked) if node.has("per") else None,
        pounds=node.whole("pounds", 1, MOST_PENCE // 100) if node.has("pounds") else None,
        count=node.whole("count", 1, 1_000) if node.has("count") else None,
        percent=node.whole("percent", 1, 100) if node.has("percent") else None,
        question=node.text("question", default=""),
        column=node.text("column", default=""),
        other=node.text("other", default=""),
        other_column=node.text("other_column", default=""),
    )
    node.close()
    return check


def check_rules(root: Node, definition: RoundDefinition) -> None:
    """Each check finds the questions it names, and they are of a kind that it can compare."""
    for number, check in enumerate(definition.cross_checks, start=1):
        if problem := _problem(check, definition):
            root.fault(f"cross_checks[{number}]", problem)


def _problem(check: CrossCheckDefinition, definition: RoundDefinition) -> str:
    if check.kind in ABOUT_MONEY and ProjectPart.FUNDING not in definition.project_parts:
        return "the round does not ask for funding, so there is nothing to check"
    questions = _questions(definition)
    named = [(check.question, check.column), (check.other, check.other_column)]
    for path, column in named:
        if path and path not in questions:
            return f"there is no question {path}; write section.question"
        if path and (problem := _kind_problem(check.kind, questions[path][1], column)):
            return f"{path} {problem}"
    if check.kind is CheckKind.SUM_EQUALS and check.other in questions and check.question in questions:
        (per, one), (other_per, other) = questions[check.question], questions[check.other]
        if per is not other_per:
            return "one question is asked of the bid and the other of each project"
        if _counts_money(one, check.column) is not _counts_money(other, check.other_column):
            return "money cannot be compared with a number"
    return ""


def _questions(definition: RoundDefinition) -> dict[str, tuple[Asked, QuestionDefinition]]:
    return {f"{s.key}.{question.key}": (s.per, question) for s in definition.sections for question in s.questions}


def _kind_problem(kind: CheckKind, question: QuestionDefinition, column: str) -> str:
    if question.kind is QuestionKind.TABLE and kind in (CheckKind.FUNDING_COVERS, CheckKind.SUM_EQUALS):
        summed = _MONEY | (_NUMBERS if kind is CheckKind.SUM_EQUALS else frozenset())
        fit = [one.key for one in question.columns if one.kind in summed]
        return "" if column in fit else f"is a table: name a column that can be added up ({', '.join(fit) or 'none'})"
    if column:
        return "is no table and has no columns"
    allowed = {
        CheckKind.NOT_AFTER_FINAL_DATE: frozenset({QuestionKind.DATE}),
        CheckKind.SUM_EQUALS: _MONEY | _NUMBERS,
    }.get(kind, _MONEY)
    return "" if question.kind in allowed else f"is of the kind {question.kind}, which this check cannot use"


def _counts_money(question: QuestionDefinition, column: str) -> bool:
    kinds = {one.key: one.kind for one in question.columns}
    return kinds.get(column, question.kind) in _MONEY
