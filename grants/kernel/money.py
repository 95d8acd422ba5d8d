"""Whole pence. Pounds exist only where a person types or reads them."""

import re
from collections.abc import Sequence

MOST_PENCE = 2**63 - 1
"""The largest sum a 64-bit column holds: £92,233,720,368,547,758.07."""

_TYPED = re.compile(r"£?\s*(?P<pounds>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.(?P<pence>[0-9]{1,2}))?", re.ASCII)


def parse_pounds(typed: str) -> int:
    """Pence from what a person types: `£1,050,000`, `1050000`, `70.5`. ValueError for anything else.

    Thousands commas must stand where they belong, so that `1,05` is asked about and not read as 105.
    """
    match = _TYPED.fullmatch(typed.strip())
    if not match:
        raise ValueError("not an amount in pounds")
    pence = int(match["pounds"].replace(",", "")) * 100 + int((match["pence"] or "").ljust(2, "0"))
    if pence > MOST_PENCE:
        raise ValueError("too large")
    return pence


def pounds(pence: int | None) -> str:
    """`£1,050,000`, `£66,670.50`, `−£170,000`; nothing for no money at all, which is not the same as nought."""
    if pence is None:
        return ""
    whole, rest = divmod(abs(pence), 100)
    sign = "−" if pence < 0 else ""
    return f"{sign}£{whole:,}.{rest:02}" if rest else f"{sign}£{whole:,}"


def typed_pounds(pence: int | None) -> str:
    """The same sum as a person would type it again: no sign of the currency, no minus but the plain one."""
    return pounds(pence).replace("£", "").replace("−", "-")


def share(pence: int, weights: Sequence[int]) -> list[int]:
    """Split `pence` in proportion to `weights` so that the parts add up to it again.

    Largest remainder; equal remainders go to the earlier part (F24: £100.00 over three is 33.34, 33.33, 33.33).
    ValueError without a positive weight, or with a negative one.
    """
    total = sum(weights)
    if total <= 0 or min(weights) < 0:
        raise ValueError("shares need weights that are not negative and add up to more than nought")
    parts = [pence * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(pence * weights[i] % total), i))
    for i in by_remainder[: pence - sum(parts)]:
        parts[i] += 1
    return parts
