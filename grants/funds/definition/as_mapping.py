"""A definition as the names and values that docs/round-definition.md describes, and those as YAML or as JSON.

What has a default and keeps it is left out, so that two definitions of the same round give the same mapping.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import yaml

from grants.funds.assuming.sets import SHIPPED_CODE
from grants.funds.definition.types import (
    CriterionDefinition,
    GateDefinition,
    MeasureDefinition,
    Origin,
    QuestionDefinition,
    RoundDefinition,
    SectionDefinition,
    TargetScope,
)
from grants.funds.models import Asked, GateStage, Invitation, LateBids, Mark

_REMINDERS = [10, 5, 1]
_GRACE = 120


def mapping_of(definition: RoundDefinition) -> dict[str, Any]:
    fund = definition.fund
    return _given(
        {
            "code": definition.code,
            "name": definition.name,
            "summary": definition.summary,
            "fund": {
                "code": fund.code,
                "name": fund.name,
                "purpose": fund.purpose,
                "legal_power": fund.legal_power,
                "stream": str(fund.stream),
                "funder": fund.funder,
            },
            "mode": str(definition.mode),
            "years": [year.starts_in for year in definition.years],
            "headline": _headline(definition),
            "budget": [
                {"year": b.year.starts_in, "stream": str(b.stream), "pounds": _pounds(b.pence), **_marks(b.origin)}
                for b in definition.budget
            ],
            "final_date": _final_date(definition),
            **_handing_in(definition),
            "assumption_set": "" if definition.assumption_set == SHIPPED_CODE else definition.assumption_set,
            "exclusions": definition.exclusions
            and {
                "councils": list(definition.exclusions.councils),
                "why": definition.exclusions.why,
                **_marks(definition.exclusions.origin),
            },
            **{str(stage): [_gate(gate) for gate in definition.gates if gate.stage is stage] for stage in GateStage},
            "criteria": [_criterion(criterion) for criterion in definition.criteria],
            "pass_mark": definition.pass_mark
            and {
                "total": definition.pass_mark.total,
                "critical": definition.pass_mark.critical,
                **_marks(definition.pass_mark.origin),
            },
            "project_parts": [str(part) for part in definition.project_parts],
            "sections": [_section(section) for section in definition.sections],
            "cross_checks": [check.settings for check in definition.cross_checks],
            "measures": [_measure(measure) for measure in definition.measures],
            "declarations": list(definition.declarations),
            "attachments": definition.attachments.settings,
            "milestones": list(definition.milestones),
            "return": {
                "every": str(definition.returns.every),
                "due_days": definition.returns.due_days,
                **_marks(definition.returns.origin),
            },
        }
    )


def _given(values: Mapping[str, Any], **defaults: Any) -> dict[str, Any]:
    """Without what is empty or its default."""
    return {
        name: value
        for name, value in values.items()
        if value not in (None, "", [], {}) and not (name in defaults and defaults[name] == value)
    }


def _marks(origin: Origin) -> dict[str, str]:
    return _given({"mark": str(origin.mark), "source": origin.source})


def _pounds(pence: int) -> int | str:
    """Whole pounds as a number, others as text: a fraction in YAML is a float."""
    whole, rest = divmod(pence, 100)
    return f"{whole}.{rest:02}" if rest else whole


def _headline(definition: RoundDefinition) -> dict[str, Any] | None:
    stated = definition.headline
    if stated is None:
        return None
    return _given({"pounds": _pounds(stated.pence), "note": stated.note, **_marks(stated.origin)})


def _final_date(definition: RoundDefinition) -> dict[str, Any] | None:
    final = definition.final_date
    return _given({"day": final.on, "what": final.what, **_marks(final.origin)}) if final else None


def _handing_in(definition: RoundDefinition) -> dict[str, Any]:
    rules = definition.handing_in
    said = {
        "expression_of_interest": rules.expression_of_interest,
        "follows": rules.follows,
        "invitation": str(rules.invitation),
        "grace_seconds": rules.grace_seconds,
        "late_bids": str(rules.late_bids),
        "board_minute": rules.board_minute,
        "reminders": {"working_days": list(rules.working_days)},
    }
    return _given(
        said,
        expression_of_interest=False,
        invitation=Invitation.NOBODY,
        grace_seconds=_GRACE,
        late_bids=LateBids.REFUSED,
        board_minute=False,
        reminders={"working_days": _REMINDERS},
    )


def _gate(gate: GateDefinition) -> dict[str, Any]:
    said = {"code": gate.code, "text": gate.text, "asks": gate.asks, "passes_with": gate.passes_with}
    said["value_at_least"] = gate.value_at_least
    return _given({**said, **_marks(gate.origin)}, passes_with="yes")


def _criterion(criterion: CriterionDefinition) -> dict[str, Any]:
    said = {
        "key": criterion.key,
        "name": criterion.name,
        "weight": criterion.weight,
        "critical": criterion.critical,
        "looked_up": criterion.looked_up,
        "place_list": dict(zip(("name", "edition"), criterion.place_list, strict=True)) if criterion.place_list else {},
        "parts": list(criterion.parts),
        **_marks(criterion.origin),
        "bands_mark": str(criterion.bands_mark),
        "bands": dict(sorted(criterion.bands.items(), reverse=True)),
    }
    return _given(said, critical=False, looked_up=False, bands_mark=Mark.DEFAULT)


def _section(section: SectionDefinition) -> dict[str, Any]:
    said = {"key": section.key, "title": section.title, "intro": section.intro, "per": str(section.per)}
    return _given({**said, "questions": [_question(question) for question in section.questions]}, per=Asked.BID)


def _question(question: QuestionDefinition) -> dict[str, Any]:
    own = {"key": question.key, "kind": str(question.kind), "label": question.label, "hint": question.hint}
    settings = {
        **question.settings,
        "options": {option.value: option.label for option in question.options},
        "columns": [_question(column) for column in question.columns],
    }
    return _given({**own, "required": question.required, **settings}, required=True)


def _measure(measure: MeasureDefinition) -> dict[str, Any]:
    target = measure.target_hundredths
    said = {
        "key": measure.key,
        "name": measure.name,
        "unit": str(measure.unit),
        "heading": str(measure.heading),
        "headline": measure.headline,
        "factor": _factor(measure.factor),
        "target": target // 100 if target is not None else None,
        "target_scope": str(measure.target_scope),
        **_marks(measure.origin),
    }
    return _given(said, headline=False, factor=1, target_scope=TargetScope.ROUND)


def _factor(factor: Decimal) -> int | str:
    return int(factor) if factor == int(factor) else str(factor.normalize())


class _Writer(yaml.SafeDumper):
    """Items of a list are set in below their name, as a person writes them."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def as_yaml(mapping: Mapping[str, Any]) -> str:
    """Names in the order of the mapping, letters as they are, long texts over several lines."""
    return yaml.dump(dict(mapping), Dumper=_Writer, sort_keys=False, allow_unicode=True, width=110)


def as_json(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """The same in what JSON can keep: the date as text, the marks of bands as text."""
    kept = dict(mapping)
    if (final := kept.get("final_date")) and isinstance(final.get("day"), date):
        kept["final_date"] = {**final, "day": final["day"].isoformat()}
    if criteria := kept.get("criteria"):
        kept["criteria"] = [{**c, "bands": {str(mark): words for mark, words in c["bands"].items()}} for c in criteria]
    return kept


def from_json(kept: Mapping[str, Any]) -> dict[str, Any]:
    mapping = dict(kept)
    if final := mapping.get("final_date"):
        mapping["final_date"] = {**final, "day": date.fromisoformat(final["day"])}
    if criteria := mapping.get("criteria"):
        mapping["criteria"] = [
            {**c, "bands": {int(mark): words for mark, words in c["bands"].items()}} for c in criteria
        ]
    return mapping
