"""Forms for deciding: one amount for each place where a bid asks for money."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from wtforms import RadioField
from wtforms.validators import InputRequired

from grants.allocation.models import Decision, DecisionOutcome
from grants.allocation.operations import Place, line_field
from grants.appraisal.ranking.line import Slot
from grants.bids.models import Bid, FundingSource, Project
from grants.funds.models import Stream
from grants.kernel.financial_year import FinancialYear
from grants.kernel.forms import EditForm, Form, Paragraphs, PenceField, choices
from grants.kernel.money import pounds

_OUTCOMES = choices([("fund", "Fund"), ("reserve", "Put on the reserve list"), ("reject", "Reject")])


@dataclass(frozen=True)
class AskedLine:
    """One place where a bid asks for grant: how much, in pence, and what a form calls it."""

    project: Project
    year: FinancialYear
    stream: Stream
    pence: int

    @property
    def place(self) -> Place:
        return self.project, self.year, self.stream

    @property
    def field(self) -> str:
        return line_field(*self.place)


def asked_lines(bid: Bid) -> list[AskedLine]:
    """In the order of the projects, then by year, then capital before revenue."""
    return [
        AskedLine(project, line.year, line.stream, line.pence)
        for project in bid.projects
        for line in sorted(project.funding, key=lambda line: (line.year, line.stream))
        if line.source is FundingSource.GRANT
    ]


class DecideForm(EditForm):
    outcome = RadioField(
        "What is to become of this bid?", [InputRequired("Choose what is to become of this bid.")], choices=_OUTCOMES
    )
    reason = Paragraphs(
        "Why?",
        required="Say why.",
        description="For the record of the programme; its council never sees it. A departure from the ranking needs "
        "its reason above all.",
    )
    conditions = Paragraphs(
        "Conditions", description="Only where there are any. If the bid is funded, its council is told them."
    )

    def amounts(self, lines: Iterable[AskedLine]) -> dict[Place, int]:
        """Pence in each place; an empty box is nought."""
        return {line.place: self[line.field].data or 0 for line in lines}


def decide_form(lines: Iterable[AskedLine], decision: Decision | None, left: Mapping[Slot, int] | None) -> DecideForm:
    """The form for one bid, its amounts filled in with what is decided so far, or with the ask.

    `left` is what other decisions leave of each purse, said beside every box; None where the reader may not know it.
    """
    lines = list(lines)
    fields = {
        line.field: PenceField(f"{line.project.title}, {line.year} {line.stream}", description=_asked(line, left))
        for line in lines
    }
    kind: type[DecideForm] = type("DecideBidForm", (DecideForm,), fields)
    return kind(data=_standing(lines, decision))


def _asked(line: AskedLine, left: Mapping[Slot, int] | None) -> str:
    asked = f"Asked for {pounds(line.pence)}"
    if left is None:
        return f"{asked}."
    return f"{asked}; the round has {pounds(left.get((line.year, line.stream), 0))} left."


def _standing(lines: list[AskedLine], decision: Decision | None) -> Mapping[str, object]:
    if decision is None:
        return {line.field: line.pence for line in lines} | {"version": "0"}
    decided = {line_field(line.project, line.year, line.stream): line.pence for line in decision.lines}
    if decision.outcome is not DecisionOutcome.FUND:
        decided = {line.field: line.pence for line in lines}
    said = {"outcome": decision.outcome.value, "reason": decision.reason, "conditions": decision.conditions}
    return {**decided, **said, "version": str(decision.version)}


class ConfirmForm(EditForm):
    """Only the version that the confirming person has read."""


class TakeBackForm(EditForm):
    reason = Paragraphs("Why?", required="Say why.")


class AnnounceForm(Form):
    statement = Paragraphs(
        "Statement",
        required="Write the statement that goes out with the outcomes.",
        description="Every council that bid receives it in the same e-mail as its outcome.",
    )
