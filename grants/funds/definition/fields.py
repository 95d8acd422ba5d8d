"""Fields for values of a definition: what a person types as plain lines, and what the definition holds."""

import json
import re
from collections.abc import Sequence
from typing import Any

from wtforms import SelectField, SelectMultipleField
from wtforms.validators import ValidationError

from grants.funds.form.pieces import free_key
from grants.kernel import text
from grants.kernel.forms import LONGEST_TEXT, Line, Paragraphs, PenceField, choices

_APART = "|"


class DrawnAs:
    """Mixed into a field that is drawn on the page like the field it is made of."""

    drawn_as = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.type = self.drawn_as


class Pounds(DrawnAs, PenceField):
    """Pounds in the definition: a whole number, or text with the pence."""

    drawn_as = "PenceField"

    def take(self, value: Any) -> int | None:
        pounds, _, pence = str(value).partition(".")
        return 100 * int(pounds) + int(pence or 0)

    def give(self) -> Any:
        whole, rest = divmod(self.data, 100)
        return f"{whole}.{rest:02}" if rest else whole


class WholePounds(Pounds):
    """A limit in whole pounds."""

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        super().post_validate(form, validation_stopped)
        if self.data is not None and self.data % 100:
            raise ValidationError(text.about(self.label.text, "must be in whole pounds."))


class Decimals(Line):
    """A number by its digits, as the definition has it: a whole one as a number, another as text."""

    def take(self, value: Any) -> str:
        return str(value)

    def give(self) -> Any:
        typed = self.data or ""
        return int(typed) if re.fullmatch("[0-9]{1,9}", typed) else typed


class Lines(DrawnAs, Paragraphs):
    """A list of texts, one a line."""

    drawn_as = "Paragraphs"

    def take(self, value: Sequence[str]) -> str:
        return "\n".join(value)

    def give(self) -> list[str]:
        return [line.strip() for line in (self.data or "").splitlines() if line.strip()]


class Days(Line):
    """Whole numbers with commas between."""

    def take(self, value: Sequence[int]) -> str:
        return ", ".join(map(str, value))

    def give(self) -> list[Any]:
        parts = [part.strip() for part in (self.data or "").split(",") if part.strip()]
        return [int(part) if re.fullmatch("[0-9]{1,4}", part) else part for part in parts]


class Options(DrawnAs, Paragraphs):
    """What may be chosen, one a line: `short name | what is shown`. A line without a short name is given one."""

    drawn_as = "Paragraphs"

    def take(self, value: dict[str, str]) -> str:
        return "\n".join(f"{short} {_APART} {shown}" for short, shown in value.items())

    def give(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for line in (self.data or "")[:LONGEST_TEXT].splitlines():
            short, apart, shown = (part.strip() for part in line.partition(_APART))
            if not apart and short:
                short, shown = free_key(short, list(found)), short
            if short:
                found[short] = shown
        return found


class Ticks(DrawnAs, SelectMultipleField):
    """Some of a list, in the order of the list."""

    drawn_as = "SelectMultipleField"

    def __init__(self, label: str, offered: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(label, choices=choices(offered), **kwargs)

    def take(self, value: Sequence[str]) -> list[str]:
        return list(value)

    def give(self) -> list[str]:
        return list(self.data or [])


class PlaceListChoice(DrawnAs, SelectField):
    """A list of place scores by its name and edition; what may be chosen is told by `offer`."""

    drawn_as = "SelectField"

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label, choices=choices([], blank="None yet"), default="", **kwargs)

    def offer(self, named: Sequence[tuple[str, str]]) -> None:
        pairs = [(json.dumps(one), f"{one[0]}, {one[1]}") for one in named]
        self.choices = choices(pairs, blank="None yet")

    def take(self, value: dict[str, str]) -> str:
        return json.dumps((value["name"], value["edition"]))

    def give(self) -> dict[str, str] | None:
        """Only what was offered gets here."""
        name, edition = json.loads(self.data)
        return {"name": name, "edition": edition}


class Condition(DrawnAs, SelectField):
    """The one earlier answer on which a question depends: `question|answer`."""

    drawn_as = "SelectField"

    def take(self, value: dict[str, str]) -> str:
        return f"{value['question']}{_APART}{value['is']}"

    def give(self) -> dict[str, str] | None:
        question, _, answer = self.data.partition(_APART)
        return {"question": question, "is": answer} if question else None
