"""F16: where the money ends when bids are funded in order of rank. Pure arithmetic, in pence."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TypeAlias, TypeVar

from grants.funds.models import Stream
from grants.kernel.financial_year import FinancialYear

Slot: TypeAlias = tuple[FinancialYear, Stream]
"""A purse of its own: money is voted by year, and capital is not revenue."""

Key = TypeVar("Key")


class Policy(StrEnum):
    """What happens at the first bid that some year cannot afford."""

    STOP = "stop"
    """The line is drawn there; nobody below it is funded."""
    SKIP = "skip"
    """That bid is passed over, and those below it that still fit are funded."""


def funding_line(
    ranked: Iterable[tuple[Key, Mapping[Slot, int]]], budget: Mapping[Slot, int], policy: Policy
) -> set[Key]:
    """Which of `ranked` (best first, each with what it asks of every purse) are within the money.

    A bid is funded whole or not at all, and no purse ever goes below nought. One without a purse in `budget` has none.
    """
    left = dict(budget)
    funded: set[Key] = set()
    for key, asks in ranked:
        if any(pence > left.get(slot, 0) for slot, pence in asks.items()):
            if policy is Policy.STOP:
                break
            continue
        for slot, pence in asks.items():
            left[slot] = left.get(slot, 0) - pence
        funded.add(key)
    return funded
