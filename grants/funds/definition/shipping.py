"""The templates that come with the product. Those that differ little from another say only how.

`like` is the code of the other. A name given again replaces what the other has; under `with`, the items of a list
replace those of the same key or code, or come after them.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grants.funds.definition.node import load_mapping

SHIPPED = Path(__file__).parents[1] / "shipped"


def shipped_mappings(folder: Path = SHIPPED) -> dict[str, dict[str, Any]]:
    """Each template as the mapping that a definition is, by the name of its file, in the order of the names."""
    written = {file.stem: load_mapping(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.yaml"))}
    return {code: _whole(code, written) for code in written}


def _whole(code: str, written: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    own = dict(written[code])
    if "like" not in own:
        return own
    other = _whole(own.pop("like"), written)
    changed = {name: _with(other.get(name, []), items) for name, items in own.pop("with", {}).items()}
    return other | own | changed


def _with(items: list[dict[str, Any]], changed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    by_key = {_key(item): item for item in items}
    return list((by_key | {_key(item): item for item in changed}).values())


def _key(item: dict[str, Any]) -> str:
    return str(item.get("key") or item["code"])
