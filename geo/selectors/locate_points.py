"""Whose are these, all at once? Leaf areas of many pins of one place, by its label raster."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from geo.domain.datum import to_wgs84
from geo.domain.location import OUTCOMES, LocatedPoints, Outcome
from geo.routing import PlaceSnapshot

__all__ = ["locate_points"]

_OUTSIDE = OUTCOMES.index(Outcome.OUTSIDE)


def locate_points(
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    *,
    snapshot: PlaceSnapshot,
    datum: str = "wgs84",
    accuracy_m: npt.ArrayLike | None = None,
    confirmed: npt.ArrayLike = False,
) -> LocatedPoints:
    """Return leaf and outcome of many pins: the same as `locate_pin` pin by pin, within one place.

    Parameters
    ----------
    lon, lat : array (n,) of float
        Degrees in `datum`; NaN for a pin that has none, which is outside. n may be 0.
    snapshot
        Of the place.
    datum
        'wgs84', 'gcj02' or 'bd09'.
    accuracy_m : array (n,) of float, float or None
        Radius of each fix in metres; NaN where it plays no part.
    confirmed : array (n,) of bool or bool
        Set by hand or by building: accuracy plays no part.

    Returns
    -------
    LocatedPoints
        `leaf` points into `snapshot.index.leaves`.

    Raises
    ------
    InvalidInput
        If a coordinate is infinite or out of range.
    """
    lons, lats = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    known = ~(np.isnan(lons) | np.isnan(lats))
    leaf = np.full(lons.shape, -1, dtype=np.int64)
    outcome = np.full(lons.shape, _OUTSIDE, dtype=np.uint8)
    x, y = lons[known], lats[known]
    if datum != "wgs84" and len(x):
        x, y = to_wgs84(x, y, datum)
    accuracies = np.broadcast_to(
        np.asarray(np.nan if accuracy_m is None else accuracy_m, dtype=float), lons.shape
    )
    found = snapshot.index.locate_many(
        x,
        y,
        accuracy_m=accuracies[known],
        confirmed=np.broadcast_to(np.asarray(confirmed, dtype=bool), lons.shape)[known],
    )
    leaf[known], outcome[known] = found.leaf, found.outcome
    return LocatedPoints(leaf, outcome)
