"""The routing index: from a pin to its areas, exactly, in this process, for one boundary generation.

Point in polygon is decided on the polygons as they are stored, in EPSG:4326, by exact predicates and border
included (`covers`). Distances are taken in the metric CRS of the place.

Written rules, the same in whatever order the areas come in:

- *Tie.* A pin exactly on the border of all leaves that cover it goes to the lowest code (then the lowest id).
- *Overlap.* A pin in the interior of at least one of several leaves that cover it goes to the leaf with the
  smallest area in square metres, then to the lowest code.
- *Gap.* A pin that no leaf covers goes to the nearest leaf within the snap tolerance, of equally near ones to
  the lowest code. Beyond the tolerance it is outside; the nearest leaf is named, and so is the deepest wider
  area that covers the pin.
- *Ancestors* of a leaf are found by parent, not by geometry.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo.domain.area_tree import (
    FOOTPRINT_LEVELS,
    chains_of,
    choose_leaf_level,
    require_footprint_parents,
    require_records,
    tree_levels,
)
from geo.domain.areas import AreaLayer, AreaRecord, AreaRef, Floats
from geo.domain.buildings import BuildingIndex
from geo.domain.crs import BBox, is_lonlat, metric_transformer, require_lonlat
from geo.domain.footprints import FootprintLayer
from geo.domain.leaf_locator import LeafLocator
from geo.domain.location import Candidate, LocatedPoints, Location, Rule
from geo.domain.span import Span, require_tolerance, span_of
from geo.errors import InvalidInput

__all__ = ["MAX_CANDIDATES", "AreaRecord", "RoutingIndex"]

MAX_CANDIDATES = 8
"""Candidates listed with a location: a first fix of 3,000 m would name hundreds of grids."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RoutingIndex:
    """Immutable index of one boundary generation; made by `build`, safe to share between threads.

    Attributes
    ----------
    generation : int or str or None
    levels : tuple of str
        Levels of the area tree, widest first, without building and unit.
    leaf_level : str
        The level that a pin is routed to.
    metric_crs : str or int
    snap_tolerance_m, building_tolerance_m : float
    bounds : (west, south, east, north)
        Of all areas, EPSG:4326.
    """

    generation: int | str | None
    levels: tuple[str, ...]
    leaf_level: str
    metric_crs: str | int
    snap_tolerance_m: float
    building_tolerance_m: float
    bounds: BBox
    _layers: Mapping[str, AreaLayer | FootprintLayer]
    _leaves: tuple[AreaRef, ...]
    _chains: Mapping[int, tuple[AreaRef, ...]]  # of areas; of footprints they are made when asked for
    _locator: LeafLocator
    _buildings: BuildingIndex
    _leaf_of_building: npt.NDArray[np.int32]  # -1 for none
    _transform: Any  # (lon, lat) to (x, y), floats or arrays

    @classmethod
    def build(
        cls,
        areas: Iterable[AreaRecord],
        *,
        levels: Sequence[str],
        metric_crs: str | int,
        snap_tolerance_m: float = 30.0,
        building_tolerance_m: float = 15.0,
        generation: int | str | None = None,
        leaf_level: str | None = None,
    ) -> RoutingIndex:
        """Build the index of one boundary generation.

        Parameters
        ----------
        areas : iterable of AreaRecord
            At least one. Without any of the leaf level every pin is outside.
        levels : sequence of str
            Levels that the place uses, widest first; 'building' and 'unit' may be among them.
        metric_crs : str or int
            Projected CRS in metres of the place, 'EPSG:4548' or 4548.
        snap_tolerance_m : float
            Outside every leaf but this near to one: snapped to it.
        building_tolerance_m : float
            A pin belongs to the nearest building within this distance.
        generation : int or str or None
            Key handed back with every answer.
        leaf_level : str or None
            The level that a pin is routed to; None takes the finest of `levels` above the building.

        Returns
        -------
        RoutingIndex

        Raises
        ------
        InvalidInput
            If an id, or a code in its level, is there twice, a level is not in `levels`, a parent is missing
            or not of a wider level, a geometry is no valid polygon with coordinates in range, a tolerance is
            no distance, or the metric CRS is not in metres.
        """
        records = tuple(areas)
        require_tolerance(snap_tolerance_m, "snap_tolerance_m")
        require_tolerance(building_tolerance_m, "building_tolerance_m")
        area_levels = tree_levels(levels)
        leaf_level = choose_leaf_level(area_levels, leaf_level)
        require_records(records, area_levels)
        chains = MappingProxyType(
            chains_of([record for record in records if record.level not in FOOTPRINT_LEVELS])
        )
        require_footprint_parents([record for record in records if record.level in FOOTPRINT_LEVELS], chains)
        layers = {
            level: AreaLayer([record for record in records if record.level == level], metric_crs)
            for level in area_levels
        }
        transform = metric_transformer(metric_crs).transform
        buildings = BuildingIndex(records, metric_crs, building_tolerance_m)
        leaf_position = layers[leaf_level].position_of
        leaf_of = {
            area_id: leaf_position[area.id]
            for area_id, chain in chains.items()
            for area in chain
            if area.level == leaf_level
        }
        upper = [layers[level] for level in reversed(area_levels[: area_levels.index(leaf_level)])]
        bounds = shapely.total_bounds([record.geometry for record in records]).tolist()
        return cls(
            generation=generation,
            levels=area_levels,
            leaf_level=leaf_level,
            metric_crs=metric_crs,
            snap_tolerance_m=snap_tolerance_m,
            building_tolerance_m=building_tolerance_m,
            bounds=(bounds[0], bounds[1], bounds[2], bounds[3]),
            _layers=MappingProxyType(layers | {"building": buildings.buildings, "unit": buildings.units}),
            _leaves=layers[leaf_level].refs,
            _chains=chains,
            _locator=LeafLocator(layers[leaf_level], upper, chains, transform, snap_tolerance_m),
            _buildings=buildings,
            _leaf_of_building=np.array(
                [leaf_of.get(parent, -1) for parent in buildings.buildings.parent_ids.tolist()],
                dtype=np.int32,
            ),
            _transform=transform,
        )

    def __repr__(self) -> str:
        counts = ", ".join(f"{len(layer)} {level}" for level, layer in self._layers.items())
        return f"<RoutingIndex of generation {self.generation}: {counts}>"

    @property
    def leaves(self) -> tuple[AreaRef, ...]:
        """Leaf areas in the order of their codes; `LocatedPoints.leaf` points into it."""
        return self._leaves

    def layer(self, level: str) -> AreaLayer | FootprintLayer | None:
        """Return the areas of a level, 'building' and 'unit' included; None for a level that the place lacks."""
        return self._layers.get(level)

    def chain(self, area_id: int) -> tuple[AreaRef, ...]:
        """Return an area and its ancestors by parent, widest first.

        Raises
        ------
        KeyError
            If the generation has no such area.
        """
        found = self._chains.get(area_id)
        if found is not None:
            return found
        for layer in (self._buildings.buildings, self._buildings.units):
            position = layer.position_of.get(area_id)
            if position is not None:
                parent_id = layer.parent_id(position)
                return (*(() if parent_id is None else self.chain(parent_id)), layer.refs[position])
        raise KeyError(area_id)

    def locate(
        self, lon: float, lat: float, *, accuracy_m: float | None = None, confirmed: bool = False
    ) -> Location:
        """Return where a pin is.

        Parameters
        ----------
        lon, lat : float
            Degrees, EPSG:4326.
        accuracy_m : float or None
            Radius of the fix; None where it is unknown, which never makes a border case.
        confirmed : bool
            Set by hand or by building: accuracy plays no part.

        Returns
        -------
        Location

        Raises
        ------
        InvalidInput
            If a coordinate is not finite or out of range, or the accuracy is no distance.
        """
        require_lonlat(lon, lat)
        if accuracy_m is not None:
            require_tolerance(accuracy_m, "accuracy_m")
        building = unit = None
        x, y = self._transform(lon, lat)
        if math.isfinite(x) and math.isfinite(y):
            point = shapely.points(np.array((x, y)))
            verdict = self._locator.locate(lon, lat, point, x, y, accuracy_m, confirmed)
            position, building, unit, rules = self._buildings.locate(point, x, y)
            rules = verdict.rules + rules
        else:
            verdict = self._locator.beyond(lon, lat)
            position, rules = None, verdict.rules
        refs = self._leaves
        leaf = None if verdict.leaf is None else refs[verdict.leaf]
        if position is not None and self._leaf_of_building.item(position) != (
            -1 if verdict.leaf is None else verdict.leaf
        ):
            rules += (Rule.BUILDING_IN_OTHER_LEAF,)
        if len(verdict.others) > MAX_CANDIDATES:
            rules += (Rule.CANDIDATES_CUT,)
        return Location(
            outcome=verdict.outcome,
            generation=self.generation,
            leaf=leaf,
            areas=verdict.covering if leaf is None else self._chains[leaf.id],
            covering=verdict.covering,
            distance_to_border_m=verdict.border_m,
            candidates=tuple(Candidate(refs[i], d, rule) for d, i, rule in verdict.others[:MAX_CANDIDATES]),
            building=building,
            unit=unit,
            is_tie=Rule.TIE_LOWEST_CODE in rules,
            rules=rules,
        )

    def locate_many(
        self,
        lon: npt.ArrayLike,
        lat: npt.ArrayLike,
        *,
        accuracy_m: npt.ArrayLike | None = None,
        confirmed: npt.ArrayLike = False,
    ) -> LocatedPoints:
        """Return leaf and outcome of many pins: the same as `locate` pin by pin, millions a second.

        Parameters
        ----------
        lon, lat : array (n,) of float
            Degrees, EPSG:4326; n may be 0.
        accuracy_m : array (n,) of float, float or None
            Radius of each fix; NaN where it is unknown.
        confirmed : array (n,) of bool or bool

        Returns
        -------
        LocatedPoints

        Raises
        ------
        InvalidInput
            If a coordinate is not finite or out of range (the first one is named), an accuracy is no
            distance, or the arrays are not of one length.
        """
        lons, lats = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
        _require_points(lons, lats)
        accuracies = np.broadcast_to(
            np.asarray(np.nan if accuracy_m is None else accuracy_m, dtype=float), lons.shape
        )
        bad = (accuracies < 0) | np.isinf(accuracies)
        if bad.any():
            require_tolerance(float(accuracies[bad][0]), "accuracy_m")
        accuracies = np.where(np.asarray(confirmed, dtype=bool), np.nan, accuracies)
        return self._locator.locate_many(lons, lats, accuracies)

    def span(self, geometry: shapely.Geometry, *, tolerance_m: float) -> Span:
        """Return the areas of every level that a geometry in EPSG:4326 touches within a tolerance in metres.

        See `geo.domain.span.span_of` for the rules and errors.
        """
        return span_of(
            geometry,
            self._layers,
            self.chain,
            self.leaf_level,
            metric_crs=self.metric_crs,
            tolerance_m=tolerance_m,
            generation=self.generation,
        )


def _require_points(lon: Floats, lat: Floats) -> None:
    if lon.ndim != 1 or lon.shape != lat.shape:
        raise InvalidInput(
            f"lon and lat must be arrays of one length; got shapes {lon.shape} and {lat.shape}",
            field="points",
        )
    good = is_lonlat(lon, lat)
    if not good.all():
        first = int(good.argmin())
        try:
            require_lonlat(float(lon[first]), float(lat[first]))
        except InvalidInput as error:
            raise InvalidInput(
                f"point {first}: {error.message}",
                field=error.field,
                value=error.value,
                accepted=error.accepted,
            ) from error
