"""One bid's marks side by side: who gave what, how far they lie apart, and what was agreed. Pure, from loaded rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from grants.appraisal.arithmetic import Spread, spread, totals_apart, weighted_score
from grants.appraisal.models import Assignment, AssignmentState, Moderation, Score
from grants.funds.models import Criterion


@dataclass(frozen=True)
class Judgement:
    """`tasks` are all assignments of the bid; only those that count take part in spreads and totals."""

    criteria: Sequence[Criterion]
    tasks: Sequence[Assignment]
    agreed: Mapping[int, Moderation] = field(default_factory=dict)

    @property
    def counting(self) -> list[Assignment]:
        return [task for task in self.tasks if task.counts]

    @property
    def set_aside(self) -> list[Assignment]:
        """Handed in, and then left out because of a conflict or because the assignment was ended. Kept all the same."""
        return [task for task in self.tasks if task.submitted_at and not task.counts]

    @property
    def ready(self) -> bool:
        """Every appraiser who is still on the bid has submitted, and there is one."""
        gone = (AssignmentState.ENDED, AssignmentState.CONFLICTED)
        on_it = [task for task in self.tasks if task.state not in gone]
        return bool(on_it) and all(task.counts for task in on_it)

    def score(self, task: Assignment, criterion: Criterion) -> Score | None:
        return next((score for score in task.scores if score.criterion_id == criterion.id), None)

    def spread(self, criterion: Criterion) -> Spread | None:
        """F12, over the marks that count."""
        scores = [self.score(task, criterion) for task in self.counting]
        return spread([score.mark for score in scores if score and score.mark is not None])

    def total(self, task: Assignment) -> Decimal | None:
        """F11 of one appraiser."""
        return self._weighted({score.criterion_id: score.mark for score in task.scores})

    @property
    def agreed_total(self) -> Decimal | None:
        """F11 of the agreed marks; None until all are agreed."""
        return self._weighted({criterion_id: row.mark for criterion_id, row in self.agreed.items()})

    @property
    def flagged(self) -> list[Criterion]:
        """Criteria whose marks are to be talked through."""
        spreads = [(criterion, self.spread(criterion)) for criterion in self.criteria]
        return [criterion for criterion, found in spreads if found and found.flags]

    @property
    def totals_apart(self) -> bool:
        totals = [self.total(task) for task in self.counting]
        return totals_apart([total for total in totals if total is not None])

    def _weighted(self, marks: Mapping[int, int | None]) -> Decimal | None:
        return weighted_score({criterion.id: criterion.weight for criterion in self.criteria}, marks)
