"""Placeholder coordinates: one point that stands for "not found" on many records of different addresses.

A city's geocoder that cannot find an address often writes something all the same: a town hall, the middle of the
city, the middle of a postcode. Taken as it is, that point is the city's hottest spot. It cannot be told by the number
of its records alone, since a town hall that is complained about also has many. What tells it is that records of *one*
real point agree about where they are, while those of a placeholder name different addresses.

The rule, for a point with at least `min_records` records. It is a placeholder if, by any column that speaks of the
place (`place_columns`), its records name

- at least `min_streets` different streets: addresses without their numbers, so that the houses of an estate, which
  often share one point, count as one; or
- at least `min_addresses` different addresses: a whole street put on one point is no place to look at either,

each at least `times_typical` times as many as the same column has at nine in ten of the other points of the file. So
a file whose coordinates are all rounded to a kilometre does not turn into placeholders as a whole: there, many
addresses at a point are the rule. Rooms, flats and shops of a house are no addresses of their own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["PileUp", "address_of", "place_columns", "placeholders", "street_of"]

Indices = npt.NDArray[np.int64]

ENOUGH_POINTS = 20
"""Below so many other points nothing is learned from them."""
CONTRADICTED_BELOW = 0.8
BUSY, BUSY_POINTS, BUSY_AGREE = 5, 50, 0.95
MANY_VALUES = 25
TYPICAL_QUANTILE = 0.9

_PLACE_WORDS = frozenset({
    "address", "addr", "street", "road", "avenue", "intersection", "location", "zip", "zipcode", "postcode", "postal",
    "ward", "precinct", "borough", "neighborhood", "neighbourhood", "district", "parcel", "property", "site",
    "community", "village", "estate", "building",
})  # fmt: skip
_PLACE_SIGNS = ("地址", "位置", "地点", "街道", "道路", "路段", "小区", "社区", "网格", "门牌", "주소")
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_UNIT = re.compile(
    r"(?:\b(?:apt|apartment|unit|suite|ste|floor|fl|room|rm|shop|stall|flat)\b|#)[\s.:#-]*[a-z]?\d*[a-z]?(?=$|\W)"
    r"|\d+\s*单元.*$|\d+\s*[室层].*$"
)
_SEPARATORS = re.compile(r"[\W_]+")
_NUMBERED = re.compile(r"\S*[a-z]*\d\S*|[号栋幢座楼弄]+(?=\s|$)")
_DIGITS_IN_CHINESE = re.compile(r"\d+(?:号楼|号院|号|栋|幢|座|弄|#)?")


@dataclass(frozen=True, slots=True)
class PileUp:
    """A point that stands for "not found".

    Attributes
    ----------
    point : int
        Number of the point.
    records : int
        Records there.
    column : str
        That tells it best.
    addresses, streets : int
        Different ones that the column names there.
    typical : float
        Different addresses that it names at nine in ten of the other points, at most.
    """

    point: int
    records: int
    column: str
    addresses: int
    streets: int
    typical: float


def address_of(text: str) -> str:
    """Return an address in a form that compares: no case, width, punctuation, and no flat or room.

    Examples
    --------
    >>> address_of("33 Beacon St., Apt 4B"), address_of("翡翠郡１２号楼3单元502室")
    ('33 beacon st', '翡翠郡12号楼')
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _SEPARATORS.sub(" ", _UNIT.sub(" ", folded)).strip()


def street_of(address: str) -> str:
    """Return an address (of `address_of`) without its numbers; empty where nothing else is left.

    Examples
    --------
    >>> street_of("33 beacon st"), street_of("翡翠郡12号楼"), street_of("02108")
    ('beacon st', '翡翠郡', '')
    """
    if not address.isascii():
        address = _DIGITS_IN_CHINESE.sub(" ", address)
    return " ".join(_NUMBERED.sub(" ", address).split())


def place_columns(
    columns: Mapping[str, Sequence[str]], point: Indices, *, named: Collection[str] = ()
) -> tuple[str, ...]:
    """Return the columns that speak of the place of a record.

    Parameters
    ----------
    columns : mapping of str to sequence of str
        Values of each column, one a record; empty where a record says nothing.
    point : array (n,) of int
        Number of the point of each record. Records of suspected points are left out by the caller.
    named
        Columns that somebody said are addresses: always among them.

    Returns
    -------
    tuple of str
        Those named; those whose header says so (address, street, ward, 地址 …), unless records of one point often
        disagree about it; and those about which the records of busy points practically always agree.
    """
    found = []
    for name, values in columns.items():
        if name in named:
            found.append(name)
            continue
        says_place = _says_place(name)
        read = _numbered(values, address_of if says_place else str.strip)
        agreed, several, busy_agreed, busy = _agreement(read, point)
        if says_place:
            contradicted = several >= ENOUGH_POINTS and agreed < CONTRADICTED_BELOW * several
            if not contradicted:
                found.append(name)
        elif busy >= BUSY_POINTS and busy_agreed >= BUSY_AGREE * busy and len(set(values)) >= MANY_VALUES:
            found.append(name)
    return tuple(found)


def placeholders(
    columns: Mapping[str, Sequence[str]],
    point: Indices,
    suspected: Collection[int],
    *,
    named: Collection[str] = (),
    min_records: int = 20,
    min_streets: int = 8,
    min_addresses: int = 25,
    times_typical: float = 4.0,
) -> list[PileUp]:
    """Return which points stand for "not found"; the module says by which rule and why.

    Parameters
    ----------
    columns : mapping of str to sequence of str (n,)
        What may speak of the place: not the coordinates themselves, ids or times. n may be 0.
    point : array (n,) of int
        Number of the point of each record, from 0.
    suspected
        Points to look at: all of their records are here. The records of the others are what is usual in the file.
    named
        Columns that are addresses for certain.
    min_records, min_streets, min_addresses, times_typical
        Of the rule.

    Returns
    -------
    list of PileUp
        In the order of their points.
    """
    records = np.bincount(point) if len(point) else np.empty(0, dtype=np.int64)
    looked_at = sorted(p for p in suspected if p < len(records) and records[p] >= min_records)
    if not looked_at:
        return []
    rest = np.flatnonzero(~np.isin(point, looked_at))
    usual = {name: [values[i] for i in rest.tolist()] for name, values in columns.items()}
    found: dict[int, PileUp] = {}
    for name in place_columns(usual, point[rest], named=named):
        distinct = _distinct(_numbered(columns[name], address_of), point, len(records))
        streets = _distinct(_numbered(columns[name], _street), point, len(records))
        for suspect in looked_at:
            if distinct[suspect] < min_addresses and streets[suspect] < min_streets:
                continue
            typical = _typical(np.delete(distinct, suspect))
            many_streets = streets[suspect] >= max(min_streets, times_typical * typical)
            many_addresses = distinct[suspect] >= max(min_addresses, times_typical * typical)
            best = found.get(suspect)
            if (many_streets or many_addresses) and (best is None or distinct[suspect] > best.addresses):
                counts = (int(records[suspect]), name, int(distinct[suspect]), int(streets[suspect]))
                found[suspect] = PileUp(suspect, *counts, typical)
    return [found[suspect] for suspect in looked_at if suspect in found]


def _street(text: str) -> str:
    return street_of(address_of(text))


def _says_place(header: str) -> bool:
    words = {word.lower() for word in _WORDS.findall(header.replace("_", " "))}
    return bool(words & _PLACE_WORDS) or any(sign in header for sign in _PLACE_SIGNS)


def _typical(distinct: Indices) -> float:
    """Return how many different addresses nine in ten of the other points have, at most."""
    said = distinct[distinct > 0]
    return max(1.0, float(np.quantile(said, TYPICAL_QUANTILE))) if len(said) >= ENOUGH_POINTS else 1.0


def _numbered(values: Sequence[str], reading: Callable[[str], str]) -> Indices:
    """Return a number for each value, the same for values that read the same; -1 for those that read as empty."""
    numbers: dict[str, int] = {"": -1}
    number_of = {value: numbers.setdefault(reading(value), len(numbers)) for value in set(values)}
    return np.fromiter((number_of[value] for value in values), dtype=np.int64, count=len(values))


def _agreement(value: Indices, point: Indices) -> tuple[int, int, int, int]:
    """Return how many points with several values agree, their number, and both for busy points."""
    said = value >= 0
    value, point = value[said], point[said]
    if not len(value):
        return 0, 0, 0, 0
    order = np.argsort(point, kind="stable")
    value, point = value[order], point[order]
    start = np.flatnonzero(np.append(True, point[1:] != point[:-1]))
    size = np.diff(np.append(start, len(point)))
    agree = np.minimum.reduceat(value, start) == np.maximum.reduceat(value, start)
    several, busy = size > 1, size >= BUSY
    return int((agree & several).sum()), int(several.sum()), int((agree & busy).sum()), int(busy.sum())


def _distinct(value: Indices, point: Indices, points: int) -> Indices:
    """Return how many different values that are not empty each point has, (points,)."""
    said = value >= 0
    values = int(value.max(initial=0)) + 1
    pairs = np.unique(point[said] * values + value[said])
    return np.bincount(pairs // values, minlength=points).astype(np.int64)
