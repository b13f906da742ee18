"""Classes of a map: a few steps with whole-number bounds, each with its colour, so that a legend can state them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["COLOURS", "MapClass", "class_of", "classes_of_counts", "classes_of_rates", "ink_on"]

COLOURS = ("#fde725", "#7ad151", "#22a884", "#2a788e", "#414487", "#440154")
"""Viridis in six steps, light for few and dark for many: on paper, dark reads as more."""
MAX_CLASSES = len(COLOURS)
_STEPS = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0)


@dataclass(frozen=True, slots=True)
class MapClass:
    """One class.

    Attributes
    ----------
    low : float
        Smallest value in it.
    high : float or None
        Counts: the largest value in it. Rates: the bound below which its values lie. None for the last class of
        rates, which is open.
    colour : str
        Of `COLOURS`.
    """

    low: float
    high: float | None
    colour: str


def classes_of_counts(counts: Iterable[int], *, limit: int = MAX_CLASSES) -> tuple[MapClass, ...]:
    """Return classes of whole numbers, their bounds round, none of them empty.

    Parameters
    ----------
    counts : iterable of int
        In any order; zeros are in no class. Empty gives no classes.
    limit : int
        At most this many classes, 1 to 6.

    Returns
    -------
    tuple of MapClass
        Ascending, without gaps; the last one ends with the largest count.
    """
    values = sorted(count for count in counts if count > 0)
    if not values:
        return ()
    lows = [1, *(int(bound) for bound in _bounds(values, limit, whole=True))]
    highs = [low - 1 for low in lows[1:]] + [values[-1]]
    colours = _spread(len(lows))
    return tuple(MapClass(low, high, colour) for low, high, colour in zip(lows, highs, colours, strict=True))


def classes_of_rates(rates: Iterable[float], *, limit: int = MAX_CLASSES) -> tuple[MapClass, ...]:
    """Return classes of rates: from a bound up to, but not including, the next; whole numbers from 5 on.

    Parameters
    ----------
    rates : iterable of float
        Zeros are in no class, for they are drawn as nothing. Empty gives no classes.
    limit : int
        At most this many classes, 1 to 6.
    """
    values = sorted(rate for rate in rates if rate > 0)
    if not values:
        return ()
    whole = values[-1] >= 5
    lows = [0.0, *_bounds(values, limit, whole=whole)]
    highs: list[float | None] = [*lows[1:], None]
    colours = _spread(len(lows))
    return tuple(MapClass(low, high, colour) for low, high, colour in zip(lows, highs, colours, strict=True))


def class_of(value: float, classes: Sequence[MapClass]) -> int | None:
    """Return the position of the class of a value; None for zero and for what lies in none."""
    found = None
    if value > 0:
        for position, entry in enumerate(classes):
            if value >= entry.low:
                found = position
    return found


def ink_on(colour: str) -> str:
    """Return black or white, whichever is read better on a colour `#rrggbb`.

    References
    ----------
    Relative luminance and contrast ratio of WCAG 2.2.
    """
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "#000000" if (luminance + 0.05) ** 2 > 1.05 * 0.05 else "#ffffff"


def _bounds(values: Sequence[float], limit: int, *, whole: bool) -> list[float]:
    """Return the ascending lower bounds of all classes but the first.

    Each class takes its share of what the classes before it have left over, so that the few large values of a skewed
    lot still get classes of their own; bounds are rounded to what can be remembered, and no class is empty.
    """
    if whole and values[-1] <= limit:
        return [
            bound for bound in map(float, range(2, int(values[-1]) + 1)) if _holds(values, bound - 1, bound)
        ]
    found: list[float] = []
    low = values[0]
    for left in range(limit, 1, -1):
        rest = [value for value in values if value >= low]
        bound = _round(rest[len(rest) // left], whole=whole)
        if bound <= low:
            above = [value for value in rest if value > low]
            if not above:
                break
            bound = math.ceil(above[0]) if whole else above[0]
        if bound > values[-1]:
            break
        if _holds(values, found[-1] if found else 0.0, bound):
            found.append(float(bound))
        low = bound
    return found


def _holds(values: Sequence[float], low: float, high: float) -> bool:
    return any(low <= value < high for value in values)


def _round(value: float, *, whole: bool) -> float:
    power = 10.0 ** math.floor(math.log10(value))
    candidates = [step * power for step in (*_STEPS, 10.0)]
    if whole:
        candidates = [candidate for candidate in candidates if candidate == int(candidate)]
    nearest: float = min(
        candidates or [float(math.ceil(value))], key=lambda candidate: abs(candidate - value)
    )
    return round(nearest, 9)


def _spread(count: int) -> tuple[str, ...]:
    if count == 1:
        return (COLOURS[2],)
    return tuple(COLOURS[round(position * (MAX_CLASSES - 1) / (count - 1))] for position in range(count))
