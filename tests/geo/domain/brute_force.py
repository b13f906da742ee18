"""Locate and span by looking at every polygon: what the routing index is held against."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pyproj
import shapely

from tests.geo.domain.partitions import METRIC_CRS

_to_metric = pyproj.Transformer.from_crs("EPSG:4326", METRIC_CRS, always_xy=True)


def metric(geometry):
    return shapely.transform(geometry, lambda xy: np.column_stack(_to_metric.transform(xy[:, 0], xy[:, 1])))


class BruteForce:
    """Every rule of the index, written again in the plainest way."""

    def __init__(self, records, *, snap_m=30.0, building_m=15.0, leaf_level="grid"):
        self.by_id = {record.id: record for record in records}
        self.metric = {record.id: metric(record.geometry) for record in records}
        self.snap_m, self.building_m, self.leaf_level = snap_m, building_m, leaf_level

    def of_level(self, level):
        return [record for record in self.by_id.values() if record.level == level]

    def chain(self, record):
        above = self.chain(self.by_id[record.parent_id]) if record.parent_id is not None else []
        return [*above, record.id]

    def settle(self, records, pin):
        """Return (winner, is_tie, is_overlap) of those that cover the pin, or None."""
        covering = [record for record in records if shapely.covers(record.geometry, pin)]
        if not covering:
            return None
        interior = [record for record in covering if shapely.contains(record.geometry, pin)]
        by_code = sorted(covering, key=lambda record: (record.code, record.id))
        if len(covering) == 1:
            return covering[0], False, False, covering
        if interior:
            smallest = min(by_code, key=lambda record: self.metric[record.id].area)
            return smallest, False, True, covering
        return by_code[0], True, False, covering

    def locate(self, lon, lat, accuracy_m=None, confirmed=False):
        pin = shapely.Point(lon, lat)
        point = metric(pin)
        leaves = self.of_level(self.leaf_level)
        known = np.isfinite(shapely.get_coordinates(point)).all()
        distance = {
            record.id: shapely.distance(self.metric[record.id], point) if known else math.inf
            for record in leaves
        }
        settled = self.settle(leaves, pin)
        if settled:
            leaf, is_tie, is_overlap, covering = settled
            border_m = shapely.distance(self.metric[leaf.id].boundary, point)
            unsure = accuracy_m is not None and not confirmed and border_m <= accuracy_m
            candidates = {record.id: 0.0 for record in covering if record is not leaf}
            if unsure:
                for record in leaves:
                    if record not in covering and distance[record.id] <= accuracy_m:
                        candidates[record.id] = distance[record.id]
            outcome = "overlap" if is_overlap else "border" if unsure else "inside"
            return SimpleNamespace(
                outcome=outcome,
                leaf=leaf.id,
                areas=self.chain(leaf),
                is_tie=is_tie,
                border_m=border_m,
                candidates=candidates,
            )
        wider = self.deepest(pin)
        near = sorted(leaves, key=lambda record: (distance[record.id], record.code, record.id))
        reach = max(self.snap_m, accuracy_m if accuracy_m is not None and not confirmed else 0.0)
        within = [record for record in near if distance[record.id] <= reach]
        if near and distance[near[0].id] <= self.snap_m:
            return SimpleNamespace(
                outcome="snapped",
                leaf=near[0].id,
                areas=self.chain(near[0]),
                is_tie=False,
                border_m=distance[near[0].id],
                candidates={record.id: distance[record.id] for record in within[1:]},
            )
        nearest = within or near[:1] if known else []
        return SimpleNamespace(
            outcome="outside",
            leaf=None,
            areas=wider,
            is_tie=False,
            border_m=None,
            candidates={record.id: distance[record.id] for record in nearest},
        )

    def deepest(self, pin, levels=("block", "community", "subdistrict")):
        for level in levels:
            settled = self.settle(self.of_level(level), pin)
            if settled:
                return self.chain(settled[0])
        return []

    def building(self, lon, lat):
        """Return (id, distance) of the building of a pin, or None."""
        point = metric(shapely.Point(lon, lat))
        near = [
            (distance, self.metric[record.id].area if distance == 0 else 0.0, record.code, record.id)
            for record in self.of_level("building")
            if (distance := round(shapely.distance(self.metric[record.id], point), 3)) <= self.building_m
        ]
        return (min(near)[3], min(near)[0]) if near else None

    def span(self, geometry, tolerance_m, levels):
        """Return ids touched by level."""
        shape = metric(geometry)
        touched = {level: set() for level in levels}
        for level in levels:
            for record in self.of_level(level):
                if shapely.distance(self.metric[record.id], shape) <= tolerance_m:
                    ids = self.chain(record) if level not in ("building", "unit") else [record.id]
                    for area_id in ids:
                        touched[self.by_id[area_id].level].add(area_id)
        return touched
