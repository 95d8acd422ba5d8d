"""Reads round definitions, shipped or written by a person. docs/round-definition.md describes the format."""

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from functools import cache
from typing import Any

from grants.funds.assuming.sets import SHIPPED_CODE
from grants.funds.definition.node import RESERVED, DefinitionError, Node, load_mapping
from grants.funds.definition.questions import file_kinds, read_section
from grants.funds.definition.rules import check_rules, origin, read_checks, read_exclusions, read_handing_in
from grants.funds.definition.shipping import shipped_mappings
from grants.funds.definition.types import (
    MOST_PARTS,
    AttachmentRules,
    BudgetDefinition,
    CriterionDefinition,
    FinalDateDefinition,
    FundDefinition,
    GateDefinition,
    HeadlineDefinition,
    MeasureDefinition,
    PassMarkDefinition,
    ProjectPart,
    ReturnRules,
    RoundDefinition,
    TargetScope,
)
from grants.funds.models import GateStage, Heading, Mark, ReturnEvery, RoundMode, Stream, Unit
from grants.kernel.financial_year import FinancialYear
from grants.kernel.money import MOST_PENCE, pounds

_GATE_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*")
_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MOST_POUNDS = MOST_PENCE // 100
_LONGEST_PART = 80


@cache
def shipped() -> dict[str, RoundDefinition]:
    """The templates that come with the product, by code, in the order of their codes."""
    return {code: _sound(mapping) for code, mapping in shipped_mappings().items()}


def read_definition(text: str) -> RoundDefinition:
    """The round that a YAML text defines; DefinitionError with every fault in it, each named by its path."""
    return _sound(load_mapping(text))


def _sound(values: Mapping[str, Any]) -> RoundDefinition:
    definition, faults = examine(values)
    if faults:
        raise DefinitionError(faults)
    return definition


def examine(values: Mapping[str, Any]) -> tuple[RoundDefinition, list[str]]:
    """The round that a mapping defines, as far as it can be read, and its faults; some may be `Unfinished`."""
    faults: list[str] = []
    root = Node(dict(values), "", faults)
    definition = RoundDefinition(
        code=_code(root, "code"),
        name=root.text("name", longest=120),
        summary=root.text("summary"),
        fund=_fund(root.node("fund")),
        mode=root.one_of("mode", RoundMode),
        years=_years(root),
        budget=tuple(_budget_line(node) for node in root.nodes("budget")),
        headline=_headline(root.node("headline")) if root.has("headline") else None,
        final_date=_final_date(root.node("final_date")) if root.has("final_date") else None,
        gates=tuple(_gate(node, stage) for stage in GateStage for node in root.nodes(stage.value)),
        criteria=tuple(_criterion(node) for node in root.nodes("criteria")),
        pass_mark=_pass_mark(root.node("pass_mark")) if root.has("pass_mark") else None,
        project_parts=root.several_of("project_parts", ProjectPart),
        sections=tuple(read_section(node) for node in root.nodes("sections")),
        measures=tuple(_measure(node) for node in root.nodes("measures")),
        declarations=root.texts("declarations"),
        attachments=_attachments(root.node("attachments")),
        milestones=root.texts("milestones"),
        returns=_returns(root.node("return")),
        handing_in=read_handing_in(root),
        cross_checks=read_checks(root),
        exclusions=read_exclusions(root),
        assumption_set=root.text("assumption_set", longest=40, default=SHIPPED_CODE),
    )
    root.close()
    _check_money(root, definition)
    _check_appraisal(root, definition)
    _check_lists(root, definition)
    check_rules(root, definition)
    return definition, faults


def _check_money(root: Node, definition: RoundDefinition) -> None:
    for line in definition.budget:
        if line.year not in definition.years:
            root.fault("budget", f"{line.year} is not a year of the round")
    _once(root, "budget", ((line.year, line.stream) for line in definition.budget), "a year and stream")
    headline, total = definition.headline, sum(line.pence for line in definition.budget)
    if headline and headline.pence != total and not headline.note:
        gap = pounds(total - headline.pence)
        root.unfinished("headline", f"the budget differs from it by {gap}, and the note does not say why")


def _check_appraisal(root: Node, definition: RoundDefinition) -> None:
    _once(root, "gates", (gate.code for gate in definition.gates), "a code")
    _once(root, "criteria", (criterion.key for criterion in definition.criteria), "a key")
    if not definition.criteria:
        if definition.mode is not RoundMode.DIRECT and not definition.handing_in.expression_of_interest:
            root.unfinished("criteria", "a round that is competed for has at least one")
        return
    weights = sum(criterion.weight for criterion in definition.criteria)
    if weights != 100:
        root.unfinished("criteria", f"the weights make {weights}, not 100")
    if definition.pass_mark is None:
        root.unfinished("pass_mark", "missing, though there are criteria")


def _check_lists(root: Node, definition: RoundDefinition) -> None:
    _once(root, "sections", (section.key for section in definition.sections), "a key")
    _once(root, "measures", (measure.key for measure in definition.measures), "a key")
    _once(root, "milestones", definition.milestones, "a milestone")
    _once(root, "project_parts", definition.project_parts, "a part")
    _once(root, "measures", (m.heading for m in definition.measures if m.headline), "a heading's headline")
    if not definition.sections:
        root.unfinished("sections", "at least one is needed")


def _once(root: Node, name: str, values: Iterable[Hashable], what: str) -> None:
    for value, count in Counter(values).items():
        if count > 1:
            shown = " ".join(map(str, value)) if isinstance(value, tuple) else value
            root.fault(name, f"{what} is given twice: {shown}")


def _fund(node: Node) -> FundDefinition:
    fund = FundDefinition(
        code=_code(node, "code"),
        name=node.text("name", longest=120),
        purpose=node.text("purpose"),
        legal_power=node.text("legal_power"),
        stream=node.one_of("stream", Stream),
        funder=node.text("funder"),
    )
    node.close()
    return fund


def _years(root: Node) -> tuple[FinancialYear, ...]:
    numbers = root.items("years")
    if not numbers or any(type(number) is not int or not 1900 <= number < 2100 for number in numbers):
        root.fault("years", "the calendar years in which the financial years begin are expected here")
        return ()
    if list(numbers) != list(range(numbers[0], numbers[0] + len(numbers))):
        root.fault("years", "each year follows the one before it")
    return tuple(FinancialYear(number) for number in numbers)


def _budget_line(node: Node) -> BudgetDefinition:
    line = BudgetDefinition(
        year=FinancialYear(node.whole("year", 1900, 2099)),
        stream=node.one_of("stream", Stream),
        pence=node.pence("pounds", MOST_PENCE),
        origin=origin(node),
    )
    node.close()
    return line


def _headline(node: Node) -> HeadlineDefinition:
    pence = node.pence("pounds", MOST_PENCE)
    headline = HeadlineDefinition(pence, note=node.text("note", default=""), origin=origin(node))
    node.close()
    return headline


def _final_date(node: Node) -> FinalDateDefinition:
    final = FinalDateDefinition(on=node.day("day"), what=node.text("what"), origin=origin(node))
    node.close()
    return final


def _gate(node: Node, stage: GateStage) -> GateDefinition:
    gate = GateDefinition(
        stage,
        code=node.text("code", longest=10),
        text=node.text("text"),
        origin=origin(node),
        asks=node.text("asks", longest=200, default=""),
        passes_with=node.text("passes_with", default="yes"),
        value_at_least=node.text("value_at_least", longest=40, default=""),
    )
    if gate.code == RESERVED or (gate.code and not _GATE_CODE.fullmatch(gate.code)):
        node.fault("code", "letters, figures, dots and hyphens only, as in E1")
    if gate.passes_with not in ("yes", "no"):
        node.fault("passes_with", "yes or no is expected here")
    node.close()
    return gate


def _criterion(node: Node) -> CriterionDefinition:
    bands = node.mapping("bands")
    if set(bands) != set(range(6)) or not all(isinstance(band, str) and band.strip() for band in bands.values()):
        node.fault("bands", "a text is expected for each mark from 5 down to 0")
    criterion = CriterionDefinition(
        key=node.key(),
        name=node.text("name", longest=120),
        weight=node.whole("weight", 1, 100),
        critical=node.flag("critical", default=False),
        looked_up=node.flag("looked_up", default=False),
        bands={mark: str(band).strip() for mark, band in bands.items()},
        bands_mark=node.one_of("bands_mark", Mark, default=Mark.DEFAULT),
        origin=origin(node),
        parts=node.texts("parts"),
        place_list=_place_list(node.node("place_list")) if node.has("place_list") else None,
    )
    _check_criterion(node, criterion)
    node.close()
    return criterion


def _place_list(node: Node) -> tuple[str, str]:
    named = node.text("name", longest=120), node.text("edition", longest=40)
    node.close()
    return named


def _check_criterion(node: Node, criterion: CriterionDefinition) -> None:
    parts = criterion.parts
    if parts and not 2 <= len(parts) <= MOST_PARTS:
        node.fault("parts", f"two to {MOST_PARTS} parts are expected here, or none")
    if len({part.casefold() for part in parts}) < len(parts):
        node.fault("parts", "a part is given twice")
    if any(len(part) > _LONGEST_PART for part in parts):
        node.fault("parts", f"a name is longer than {_LONGEST_PART} characters")
    if criterion.looked_up and parts:
        node.fault("parts", "what is looked up in a list has no parts")
    if criterion.place_list and not criterion.looked_up:
        node.fault("place_list", "the criterion is not looked up, so it takes no list")


def _pass_mark(node: Node) -> PassMarkDefinition:
    pass_mark = PassMarkDefinition(
        total=node.whole("total", 0, 100), critical=node.whole("critical", 0, 5), origin=origin(node)
    )
    node.close()
    return pass_mark


def _measure(node: Node) -> MeasureDefinition:
    measure = MeasureDefinition(
        key=node.key(),
        name=node.text("name", longest=120),
        unit=node.one_of("unit", Unit),
        heading=node.one_of("heading", Heading),
        headline=node.flag("headline", default=False),
        factor=node.fraction("factor"),
        target_hundredths=100 * node.whole("target", 0, _MOST_POUNDS) if node.has("target") else None,
        target_scope=node.one_of("target_scope", TargetScope, default=TargetScope.ROUND),
        origin=origin(node),
    )
    if measure.headline and measure.heading is Heading.OTHER:
        node.fault("headline", "no measure stands for the heading other")
    node.close()
    return measure


def _attachments(node: Node) -> AttachmentRules:
    rules = AttachmentRules(
        kinds=file_kinds(node), megabytes=node.whole("megabytes", 1, 100), count=node.whole("count", 1, 200)
    )
    node.close()
    return rules


def _returns(node: Node) -> ReturnRules:
    rules = ReturnRules(node.one_of("every", ReturnEvery), node.whole("due_days", 1, 120), origin(node))
    node.close()
    return rules


def _code(node: Node, name: str) -> str:
    code = node.text(name, longest=40)
    if code and not _CODE.fullmatch(code):
        node.fault(name, "small letters, figures and single hyphens only")
    return code
