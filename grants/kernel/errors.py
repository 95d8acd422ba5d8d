"""The two ways in which an operation says no."""


class Refused(Exception):
    """A rule of the programme forbids this. Its text is a sentence fit for the person who asked.

    `field` names the form's field that the sentence belongs to, where there is one.
    """

    def __init__(self, sentence: str, *, field: str | None = None) -> None:
        super().__init__(sentence)
        self.field = field


OVERTAKEN = (
    "Somebody else changed this while you had it open. Nothing was lost: check what stands here now and save again."
)


class Overtaken(Refused):
    """Somebody else changed the same thing since this person opened it. `theirs` is what now stands there."""

    def __init__(self, sentence: str = OVERTAKEN, *, theirs: str = "", field: str | None = None) -> None:
        super().__init__(sentence, field=field)
        self.theirs = theirs
