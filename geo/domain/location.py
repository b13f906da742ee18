"""The answer to "where is this pin?": outcome, areas, building, neighbours, and the rules that led there.

Rules are stable codes; the sentences that people read are made from them by the layers above.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from geo.domain.areas import AreaRef, Indices

__all__ = ["OUTCOMES", "Candidate", "LocatedPoints", "Location", "Nearby", "Outcome", "Rule"]


class Outcome(StrEnum):
    """What came of a pin."""

    INSIDE = "inside"
    """One leaf area covers it (or it lies exactly on a border: see `Rule.TIE_LOWEST_CODE`)."""
    SNAPPED = "snapped"
    """No leaf covers it; the nearest within the tolerance has it."""
    BORDER = "border"
    """Covered, but an unconfirmed pin within its accuracy of the border: has it at once, flagged."""
    OVERLAP = "overlap"
    """Several leaves cover it, and it lies in the interior of at least one of them."""
    OUTSIDE = "outside"
    """No leaf covers it and none is within the tolerance: for people to place, never dropped."""


OUTCOMES: tuple[Outcome, ...] = tuple(Outcome)
"""Outcomes by the numbers in `LocatedPoints.outcome`."""


class Rule(StrEnum):
    """Why an answer is what it is, in the order applied."""

    COVERED = "covered"
    """Exactly one leaf covers the pin, border included."""
    TIE_LOWEST_CODE = "tie_lowest_code"
    """On the common border of all leaves that cover it: the lowest code (then the lowest id) has it."""
    OVERLAP_SMALLEST_AREA = "overlap_smallest_area"
    """Of overlapping leaves the one with the smallest area in square metres, then the lowest code, has it."""
    WITHIN_ACCURACY = "within_accuracy"
    """The border is no farther away than the accuracy of the pin, which nobody confirmed."""
    ACCURACY_IGNORED = "accuracy_ignored"
    """The same, but the pin was confirmed by hand or by building."""
    NEAREST_WITHIN_TOLERANCE = "nearest_within_tolerance"
    """In a gap: the nearest leaf within the snap tolerance has it; of equally near ones the lowest code."""
    NOTHING_WITHIN_TOLERANCE = "nothing_within_tolerance"
    """No leaf covers it or is near enough."""
    WIDER_AREA_COVERS = "wider_area_covers"
    """In a gap between leaves, but inside an area of a wider level."""
    SNAPPED_ACROSS = "snapped_across"
    """The nearest leaf belongs to another wider area than the one that covers the pin."""
    BEYOND_METRIC_CRS = "beyond_metric_crs"
    """So far away that the metric CRS of the place gives no coordinates: no distances."""
    BUILDING_COVERS = "building_covers"
    """Inside a building (of several the smallest, then the lowest code)."""
    BUILDING_NEAREST = "building_nearest"
    """Outside all: the nearest within the building tolerance, of equally near ones the lowest code."""
    BUILDING_IN_OTHER_LEAF = "building_in_other_leaf"
    """The building belongs to another leaf than the pin's."""
    UNIT_COVERS = "unit_covers"
    """Inside a unit of that building."""
    UNIT_NEAREST = "unit_nearest"
    """The nearest unit of that building within the building tolerance."""
    CANDIDATES_CUT = "candidates_cut"
    """More candidates than are listed."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A leaf that does not have the pin, but could.

    Attributes
    ----------
    area : AreaRef
    distance_m : float
        0 where it covers the pin.
    rule : Rule
        `TIE_LOWEST_CODE` or `OVERLAP_SMALLEST_AREA` for the losers of those rules, `WITHIN_ACCURACY` for
        neighbours, `NEAREST_WITHIN_TOLERANCE` for others that it could have been snapped to,
        `NOTHING_WITHIN_TOLERANCE` for the nearest of all when the pin is outside.
    """

    area: AreaRef
    distance_m: float
    rule: Rule


@dataclass(frozen=True, slots=True)
class Nearby:
    """A building or unit and how far the pin is from it; 0 inside."""

    area: AreaRef
    distance_m: float


@dataclass(frozen=True, slots=True)
class Location:
    """Where a pin is.

    Attributes
    ----------
    outcome : Outcome
    generation : int or str or None
        Key of the boundary generation that answered.
    leaf : AreaRef or None
        The leaf area that has the pin; None when it is outside.
    areas : tuple of AreaRef
        Widest first. The leaf and its ancestors by parent; when outside, the deepest area that covers the pin
        and its ancestors (empty where none does).
    covering : tuple of AreaRef
        Widest first: the deepest area that covers the pin, and its ancestors. Equals `areas` unless snapped.
    distance_to_border_m : float or None
        From the pin to the border of `leaf`, from within or (snapped) from without; None when outside.
    candidates : tuple of Candidate
        Nearest first, at most `MAX_CANDIDATES` of the routing index.
    building, unit : Nearby or None
    is_tie : bool
        The pin lies on a border that several leaves share.
    rules : tuple of Rule
    """

    outcome: Outcome
    generation: int | str | None
    leaf: AreaRef | None
    areas: tuple[AreaRef, ...]
    covering: tuple[AreaRef, ...]
    distance_to_border_m: float | None
    candidates: tuple[Candidate, ...]
    building: Nearby | None
    unit: Nearby | None
    is_tie: bool
    rules: tuple[Rule, ...]


class LocatedPoints(NamedTuple):
    """Answer for n points at once.

    Attributes
    ----------
    leaf : array (n,) of int64
        Position in `RoutingIndex.leaves`, -1 when outside.
    outcome : array (n,) of uint8
        Position in `OUTCOMES`.
    """

    leaf: Indices
    outcome: npt.NDArray[np.uint8]
