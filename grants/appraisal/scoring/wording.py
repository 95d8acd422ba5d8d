"""Why scores are opened again, in the words that a moderator chooses from and the appraiser reads.

Nobody types them: whoever opens scores has read the others' marks, and no check of words finds every way to tell one.
"""

from enum import StrEnum


class Because(StrEnum):
    THIN = "thin"
    UNFIT = "unfit"
    ELSEWHERE = "elsewhere"
    OVERLOOKED = "overlooked"
    CLARIFIED = "clarified"
    ASKED = "asked"


SAID = {
    Because.THIN: "A reason is too short, or names no evidence",
    Because.UNFIT: "A reason does not fit its mark",
    Because.ELSEWHERE: "A reason speaks of something that is not in this bid",
    Because.OVERLOOKED: "Something in the bid seems to have been overlooked",
    Because.CLARIFIED: "The council has clarified the bid since",
    Because.ASKED: "The appraiser asked for it",
}
