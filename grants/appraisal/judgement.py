"""One bid's marks side by side: who gave what, how far they lie apart, and what counts. Pure, from loaded rows.

What counts of a part is the mark that two people agreed on, or where there is none the mean of the appraisers' marks
that count. The mark of a criterion is the mean of its parts, whatever their number, so that its weight is its effect on
the total. A looked-up criterion has its mark from a list. `ranking.totals` says the same in the database.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

from grants.appraisal.arithmetic import Spread, mean, spread, totals_apart, weighted_score
from grants.appraisal.models import Assignment, AssignmentState, Moderation, Score
from grants.appraisal.parts import Part, Place, parts_of
from grants.funds.models import Criterion

OfPart: TypeAlias = Callable[[Place], int | Fraction | None]


@dataclass(frozen=True)
class Judgement:
    """`tasks` are all assignments of the bid; only those that count take part in spreads and totals.

    `looked_up` holds the mark of each looked-up criterion, by its id; without one the bid has no total.
    """

    criteria: Sequence[Criterion]
    tasks: Sequence[Assignment]
    agreed: Mapping[Place, Moderation] = field(default_factory=dict)
    looked_up: Mapping[int, Fraction] = field(default_factory=dict)

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

    @property
    def parts(self) -> list[Part]:
        """All that people mark, in order."""
        return parts_of(self.criteria)

    def score(self, task: Assignment, criterion: Criterion, part: int = 1) -> Score | None:
        return self._score(task, (criterion.id, part))

    def spread(self, criterion: Criterion, part: int = 1) -> Spread | None:
        """F12, over the marks that count."""
        return spread(self.given((criterion.id, part)))

    def mark(self, task: Assignment, criterion: Criterion) -> Fraction | None:
        """One appraiser's mark of a whole criterion; None until each part has its own."""
        given = {(score.criterion_id, score.part): score.mark for score in task.scores}
        return self._of_criterion(criterion, lambda place: given.get(place))

    def total(self, task: Assignment) -> Fraction | None:
        """F11 of one appraiser."""
        return self._weighted({criterion.id: self.mark(task, criterion) for criterion in self.criteria})

    def counted(self, criterion: Criterion) -> Fraction | None:
        """The mark of a criterion that counts: from agreed marks and, where there is none, from means."""
        return self._of_criterion(criterion, self.counted_part)

    def counted_part(self, place: Place) -> Fraction | None:
        settled = self.settled(place)
        return Fraction(settled) if settled is not None else self.mean(place)

    def settled(self, place: Place) -> int | None:
        """The mark that two people last agreed on."""
        return self.agreed[place].settled_mark if place in self.agreed else None

    @property
    def open_parts(self) -> list[Part]:
        """Those for which no mark is agreed, so that the mean counts."""
        return [part for part in self.parts if self.settled(part.place) is None]

    @property
    def unsettled(self) -> list[Moderation]:
        """Marks that wait for a second person."""
        return [self.agreed[part.place] for part in self.parts if self._waits_for_second(part.place)]

    def _waits_for_second(self, place: Place) -> bool:
        return place in self.agreed and self.agreed[place].second_by_id is None

    def mean(self, place: Place) -> Fraction | None:
        return mean(self.given(place))

    @property
    def counted_total(self) -> Fraction | None:
        """F11 of what counts: what the ranking shows once the bid is moderated."""
        return self._weighted({criterion.id: self.counted(criterion) for criterion in self.criteria})

    @property
    def agreed_total(self) -> Fraction | None:
        """F11 of the agreed marks alone; None until two people have agreed on all."""
        return None if self.open_parts else self.counted_total

    @property
    def flagged_parts(self) -> list[Part]:
        """Parts whose marks are to be talked through."""
        spreads = [(part, self.spread(part.criterion, part.number)) for part in self.parts]
        return [part for part, found in spreads if found and found.flags]

    @property
    def flagged(self) -> list[Criterion]:
        """Criteria with such a part."""
        return list(dict.fromkeys(part.criterion for part in self.flagged_parts))

    @property
    def totals_apart(self) -> bool:
        """A looked-up mark is the same for all, so it takes no part in this and need not be known."""
        people = {criterion.id for criterion in self.criteria if not criterion.looked_up}
        nought = {criterion.id: Fraction(0) for criterion in self.criteria if criterion.looked_up}
        marks = [{c.id: self.mark(task, c) for c in self.criteria if c.id in people} for task in self.counting]
        totals = [self._weighted({**own, **nought}) for own in marks]
        return totals_apart([total for total in totals if total is not None])

    def given(self, place: Place) -> list[int]:
        """The marks that count, by appraiser."""
        scores = [self._score(task, place) for task in self.counting]
        return [score.mark for score in scores if score and score.mark is not None]

    def _score(self, task: Assignment, place: Place) -> Score | None:
        return next((score for score in task.scores if (score.criterion_id, score.part) == place), None)

    def _of_criterion(self, criterion: Criterion, of_part: OfPart) -> Fraction | None:
        if criterion.looked_up:
            return self.looked_up.get(criterion.id)
        marks = [of_part((criterion.id, number)) for number, _ in criterion.numbered_parts]
        given = [mark for mark in marks if mark is not None]
        return mean(given) if len(given) == len(marks) else None

    def _weighted(self, marks: Mapping[int, Fraction | None]) -> Fraction | None:
        return weighted_score({criterion.id: criterion.weight for criterion in self.criteria}, marks)
