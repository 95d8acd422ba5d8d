"""What other rooms do in this one; each is described where it stands."""

from grants.appraisal.assigning.giving import assign, end_assignment
from grants.appraisal.gates.checking import Finding, agree_fail, check, conclude_eligibility
from grants.appraisal.guards import Marked
from grants.appraisal.moderating.agreeing import agree_marks, second_marks
from grants.appraisal.moderating.concluding import conclude_moderation
from grants.appraisal.queries import SHORTEST_REASON
from grants.appraisal.scoring.marking import (
    declare_conflict,
    declare_no_conflict,
    is_scored,
    score,
    submit_scores,
)

__all__ = [
    "SHORTEST_REASON",
    "Finding",
    "Marked",
    "agree_fail",
    "agree_marks",
    "assign",
    "check",
    "conclude_eligibility",
    "conclude_moderation",
    "declare_conflict",
    "declare_no_conflict",
    "end_assignment",
    "is_scored",
    "score",
    "second_marks",
    "submit_scores",
]
