"""Files that go with an e-mail: named when the message is written, made when it is sent.

The outbox keeps `{"kind": ..., "of": ...}` alone. The room that knows what such a file is made of says how:

    @encloses("bid_pdf")
    def receipt(key: str) -> Enclosure: ...
"""

from collections.abc import Callable
from dataclasses import dataclass

from grants.kernel.db import Json


@dataclass(frozen=True)
class Enclosure:
    name: str
    content_type: str
    content: bytes


Maker = Callable[[str], Enclosure]
"""Makes the file of what `of` names. It reads the database and changes nothing."""

_makers: dict[str, Maker] = {}


def encloses(kind: str) -> Callable[[Maker], Maker]:
    """Name the function that makes enclosures of `kind`."""

    def name(maker: Maker) -> Maker:
        _makers[kind] = maker
        return maker

    return name


def made(enclosure: Json) -> Enclosure:
    """The file that a message is to carry. KeyError where no room makes its kind."""
    return _makers[enclosure["kind"]](str(enclosure["of"]))
