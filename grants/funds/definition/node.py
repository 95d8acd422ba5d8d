"""Reading YAML that a person wrote: each value is checked where it stands, each fault kept with its path."""

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeVar

import yaml

Choice = TypeVar("Choice", bound=StrEnum)

MOST_CHARACTERS = 200_000
RESERVED = "new"
"""No piece is called like this: its page would be that for adding one."""
_LONGEST_TEXT = 2_000
_LONGEST_NUMBER = 40
_KEY = re.compile(r"[a-z][a-z0-9_]*")


class DefinitionError(Exception):
    """A definition that cannot be used. `faults` are sentences, each beginning with the path of what is wrong."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


class _Loader(yaml.SafeLoader):
    """YAML without its traps: no key twice, no anchors, by which a short file can unfold into a huge one, and no words
    but true and false that are not text (the answer no, the option on)."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("an anchor (& and *) may not be used")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        counted = Counter(key for key in keys if isinstance(key, Hashable))
        twice = next((key for key, count in counted.items() if count > 1), None)
        if twice is not None:
            raise yaml.YAMLError(f"{twice!r} is given twice in line {node.start_mark.line + 1}")
        return super().construct_mapping(node, deep)

    def construct_number(self, node: yaml.ScalarNode) -> Any:
        """No figure of a round is so long, and Python itself will not print every number that it can hold."""
        if len(node.value) > _LONGEST_NUMBER:
            raise yaml.YAMLError(f"the number in line {node.start_mark.line + 1} is too long")
        read = self.construct_yaml_int if node.tag.endswith("int") else self.construct_yaml_float
        return read(node)


for _tag in ("int", "float"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_tag}", _Loader.construct_number)


_BOOLEAN = "tag:yaml.org,2002:bool"
_Loader.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in resolvers if tag != _BOOLEAN]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_BOOLEAN, re.compile(r"true|false"), ["t", "f"])


def load_mapping(text: str) -> dict[str, Any]:
    """The mapping that a YAML text holds; DefinitionError if it is too long, no YAML, or something else."""
    if len(text) > MOST_CHARACTERS:
        raise DefinitionError([f"the definition is longer than {MOST_CHARACTERS:,} characters"])
    try:
        loaded = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader made stricter
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        raise DefinitionError([f"not readable as YAML: {' '.join(str(error).split())}"]) from error
    if not isinstance(loaded, dict):
        raise DefinitionError(["the definition is not a list of names and values"])
    return {str(key): value for key, value in loaded.items()}


class Unfinished(str):
    """A fault that a draft may have while it is being made: something is still to come."""


class Node:
    """One mapping of the definition. A faulty value is noted and something harmless given back, so that reading goes on
    and all faults are told at once; `close` notes the names that nobody asked for."""

    def __init__(self, values: object, path: str, faults: list[str]) -> None:
        self._path = path
        self._faults = faults
        self._asked: set[str] = set()
        self._values: Mapping[str, Any] = {}
        if isinstance(values, dict):
            self._values = {str(key): value for key, value in values.items()}
        else:
            self.fault("", "names and values are expected here")

    def fault(self, name: str, sentence: str) -> None:
        where = f"{self._path}.{name}" if self._path and name else self._path or name
        self._faults.append(f"{where}: {sentence}" if where else sentence)

    def unfinished(self, name: str, sentence: str) -> None:
        self.fault(name, sentence)
        self._faults[-1] = Unfinished(self._faults[-1])

    def has(self, name: str) -> bool:
        self._asked.add(name)
        return self._values.get(name) is not None

    def text(self, name: str, *, longest: int = _LONGEST_TEXT, default: str | None = None) -> str:
        """Text without blanks at its ends; required unless there is a default."""
        value = self._required(name, default is not None)
        if value is None:
            return default or ""
        if not isinstance(value, str) or not value.strip():
            self.fault(name, "text is expected here")
            return ""
        if len(value) > longest:
            self.fault(name, f"longer than {longest} characters")
        return value.strip()

    def whole(self, name: str, least: int, most: int, *, default: int | None = None) -> int:
        value = self._required(name, default is not None)
        if value is None:
            return least if default is None else default
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.fault(name, f"a whole number from {least:,} to {most:,} is expected here")
            return least
        return value

    def key(self) -> str:
        """The short name by which answers, scores and figures will be filed."""
        key = self.text("key", longest=40)
        if key and not _KEY.fullmatch(key):
            self.fault("key", "a small letter, then small letters, figures and underscores only")
        if key == RESERVED:
            self.fault("key", "new is the name of a page; choose another")
        return key

    def fraction(self, name: str) -> Decimal:
        """A number above nought, by its digits as typed; 1 if none is given."""
        value = self._required(name, True)
        try:
            number = Decimal(1 if value is None else str(value))
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or not 0 < number < 1_000 or 1_000 * number % 1:
            self.fault(name, "a number above nought, of at most three decimals, is expected here")
            return Decimal(1)
        return number

    def pence(self, name: str, most: int) -> int:
        """Whole pounds as a number, or pounds and pence in quotation marks ("10.50"); given back in pence."""
        value = self._required(name, False)
        if not isinstance(value, str):
            return 100 * self.whole(name, 0, most // 100) if value is not None else 0
        pounds, _, pence = value.partition(".")
        if not (re.fullmatch("[0-9]{1,18}", pounds) and re.fullmatch("[0-9]{2}", pence) and int(pounds) < most // 100):
            self.fault(name, "an amount such as 10 or '10.50' is expected here")
            return 0
        return 100 * int(pounds) + int(pence)

    def flag(self, name: str, *, default: bool) -> bool:
        value = self._required(name, True)
        if value is not None and not isinstance(value, bool):
            self.fault(name, "true or false is expected here")
        return value if isinstance(value, bool) else default

    def day(self, name: str) -> date:
        value = self._required(name, False)
        if type(value) is not date:
            if value is not None:
                self.fault(name, "a date such as 2020-03-31 is expected here")
            return date.min
        return value

    def one_of(self, name: str, choices: type[Choice], *, default: Choice | None = None) -> Choice:
        value = self._required(name, default is not None)
        if value is None:
            return default or next(iter(choices))
        return self._choice(name, value, choices)

    def several_of(self, name: str, choices: type[Choice]) -> tuple[Choice, ...]:
        return tuple(self._choice(name, value, choices) for value in self.items(name))

    def items(self, name: str) -> tuple[Any, ...]:
        """The items of a list; none if the name is absent."""
        value = self._required(name, True)
        if value is not None and not isinstance(value, list):
            self.fault(name, "a list is expected here")
        return tuple(value) if isinstance(value, list) else ()

    def texts(self, name: str) -> tuple[str, ...]:
        items = self.items(name)
        if any(not isinstance(item, str) or not item.strip() for item in items):
            self.fault(name, "every item is a text")
        return tuple(str(item).strip() for item in items)

    def mapping(self, name: str) -> dict[Any, Any]:
        value = self._required(name, True)
        if value is not None and not isinstance(value, dict):
            self.fault(name, "names and values are expected here")
        return dict(value) if isinstance(value, dict) else {}

    def node(self, name: str) -> "Node":
        return Node(self._required(name, False) or {}, self._below(name), self._faults)

    def nodes(self, name: str) -> list["Node"]:
        return [Node(item, f"{self._below(name)}[{i}]", self._faults) for i, item in enumerate(self.items(name), 1)]

    def close(self) -> None:
        for name in sorted(self._values.keys() - self._asked):
            self.fault(name, "not a name that is known here")

    def _below(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name

    def _required(self, name: str, optional: bool) -> Any:
        self._asked.add(name)
        value = self._values.get(name)
        if value is None and not optional:
            self.fault(name, "missing")
        return value

    def _choice(self, name: str, value: object, choices: type[Choice]) -> Choice:
        if value not in [str(choice) for choice in choices]:
            self.fault(name, f"one of {', '.join(choices)} is expected, not {value!r}")
            return next(iter(choices))
        return choices(value)
