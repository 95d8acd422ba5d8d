"""Rounding, done once and last: sums stay exact fractions until somebody reads them."""

from decimal import Decimal
from fractions import Fraction
from math import floor


def half_up(value: Fraction | Decimal | int, places: int = 0) -> Decimal:
    """`value` to so many decimal places, halves away from nought: 0.125 is 0.13, and -0.125 is -0.13."""
    exact = Fraction(value) * 10**places
    whole = floor(abs(exact) + Fraction(1, 2))
    return Decimal(-whole if exact < 0 else whole).scaleb(-places)


def printed(value: Fraction | Decimal | int, places: int = 0) -> str:
    """`half_up` for the eye: a real minus before what is less than nought."""
    return str(half_up(value, places)).replace("-", "−")
