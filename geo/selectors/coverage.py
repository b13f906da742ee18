"""No building missed, no grid without people (不漏一楼): what a boundary generation leaves uncovered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import shapely

from geo.domain.areas import AreaRecord
from geo.domain.coverage import CoverageReport, check_coverage
from geo.domain.level_fit import inner_points
from geo.models import Post
from geo.routing import PlaceSnapshot

__all__ = ["PlaceCoverage", "Unstaffed", "coverage_of"]

_VACANT = ("vacant", "vacant_deputy", "vacant_one_up", "nobody")


@dataclass(frozen=True, slots=True)
class Unstaffed:
    """A leaf area for which nobody of its own answers.

    Attributes
    ----------
    code, name
        Of the leaf area.
    vacant_at
        Code of the area whose post is vacant, or that has no Party organisation.
    stands_in
        Codes of the areas whose people answer instead; empty for nobody.
    """

    code: str
    name: str
    vacant_at: str
    stands_in: tuple[str, ...]


@dataclass(frozen=True)
class PlaceCoverage:
    """What was found in one boundary generation with the staffing of a day.

    Attributes
    ----------
    snapshot, day
    report
        Gaps, overlaps, areas outside their parents, buildings in no leaf area.
    without_leader, without_party
        Leaf areas for which somebody else answers, or nobody.
    posts_without_area
        Codes that posts refer to and the generation does not have.
    levels
        Level → (number of areas, number that the profile expects or None).
    """

    snapshot: PlaceSnapshot
    day: date
    report: CoverageReport
    without_leader: tuple[Unstaffed, ...]
    without_party: tuple[Unstaffed, ...]
    posts_without_area: tuple[str, ...]
    levels: dict[str, tuple[int, int | None]]

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain values; places of findings as lon, lat within them."""
        report = self.report

        def placed(kind: str) -> list[dict[str, Any]]:
            found = [feature for feature in self.shapes() if feature[0] == kind]
            points = inner_points([geometry for _kind, geometry, _said in found])
            return [
                {**said, "lon": round(lon, 6), "lat": round(lat, 6)}
                for (_kind, _geometry, said), (lon, lat) in zip(found, points, strict=True)
            ]

        return {
            "place": self.snapshot.slug,
            "generation": self.snapshot.generation,
            "day": self.day.isoformat(),
            "levels": [
                {"level": level, "count": count, "expected": expected}
                for level, (count, expected) in self.levels.items()
            ],
            "gaps": placed("gap"),
            "overlaps": placed("overlap"),
            "outside_parents": placed("outside_parent"),
            "buildings_in_no_grid": placed("building_in_no_grid"),
            "buildings_cut": [
                {"code": cut.building.code, "areas": [ref.code for ref in cut.leaves]}
                for cut in report.buildings_cut
            ],
            "without_leader": [_unstaffed_json(found) for found in self.without_leader],
            "without_party": [_unstaffed_json(found) for found in self.without_party],
            "posts_without_area": list(self.posts_without_area),
        }

    def features(self) -> Iterator[dict[str, Any]]:
        """Yield every finding that has a place as a GeoJSON feature, EPSG:4326."""
        for kind, geometry, said in self.shapes():
            yield {
                "type": "Feature",
                "properties": {"kind": kind, **said},
                "geometry": shapely.geometry.mapping(geometry),
            }

    def shapes(self) -> Iterator[tuple[str, shapely.Geometry, dict[str, Any]]]:
        """Yield the kind, the shape (EPSG:4326) and the properties of every finding that has a place."""
        report, index = self.report, self.snapshot.index
        for gap in report.gaps:
            said = {"parent": gap.parent.code if gap.parent else None, "area_m2": round(gap.area_m2, 1)}
            yield "gap", gap.geometry, said
        for overlap in report.overlaps:
            said = {"first": overlap.first.code, "second": overlap.second.code}
            yield "overlap", overlap.geometry, {**said, "area_m2": round(overlap.area_m2, 1)}
        for part in report.outlying:
            said = {"code": part.child.code, "parent": part.parent.code}
            yield "outside_parent", part.geometry, {**said, "area_m2": round(part.area_m2, 1)}
        buildings = index.layer("building")
        for ref in report.buildings_outside:
            assert buildings is not None
            shape = buildings.polygons[buildings.position_of[ref.id]]
            yield "building_in_no_grid", shape, {"code": ref.code, "name": ref.name}
        leaves = index.layer(index.leaf_level)
        assert leaves is not None
        shapes = {ref.code: shape for ref, shape in zip(leaves.refs, leaves.polygons, strict=True)}
        for kind, found in (("without_leader", self.without_leader), ("without_party", self.without_party)):
            for area in found:
                yield kind, shapes[area.code], {"code": area.code, "name": area.name}


def _unstaffed_json(found: Unstaffed) -> dict[str, Any]:
    return {
        "code": found.code,
        "name": found.name,
        "vacant_at": found.vacant_at,
        "stands_in": list(found.stands_in),
    }


def coverage_of(snapshot: PlaceSnapshot, *, day: date) -> PlaceCoverage:
    """Return what a boundary generation leaves uncovered.

    Parameters
    ----------
    snapshot
        Of the active generation, or of a staged one (`geo.routing.snapshot_of_generation`).
    day
        Local day at which terms of posts are judged.
    """
    geo, index, directory = snapshot.profile.geo, snapshot.index, snapshot.directory
    layers = {level: layer for level in geo.level_keys if (layer := index.layer(level)) is not None}
    records = [
        AreaRecord(ref.id, level, ref.code, ref.name, snapshot.areas[ref.id].parent_id, shape, ref.enclosure)
        for level, layer in layers.items()
        for ref, shape in zip(layer.refs, layer.polygons, strict=True)
    ]
    without_leader, without_party = [], []
    for leaf in index.leaves:
        chain = [(ref.level, ref.code) for ref in index.chain(leaf.id)]
        found = directory.responsible(chain, day=day)
        vacant = next((said for key, said in found.notes if key in _VACANT), None)
        if vacant is not None:
            stands_in = tuple(dict.fromkeys(leader.area_code for leader in found.leaders))
            without_leader.append(
                Unstaffed(leaf.code, leaf.name, str(vacant.get("area", leaf.code)), stands_in)
            )
        missing = next((said for key, said in found.notes if key == "party_above"), None)
        if directory.party_levels and (missing is not None or found.party is None):
            above = (found.party.area_code,) if found.party else ()
            where = str(missing["area"]) if missing else leaf.code
            without_party.append(Unstaffed(leaf.code, leaf.name, where, above))
    known = set(snapshot.by_code)
    posts = Post.objects.filter(place_id=snapshot.place_id).exclude(area_code="")
    codes = set(posts.order_by().values_list("area_code", flat=True).distinct())
    return PlaceCoverage(
        snapshot=snapshot,
        day=day,
        report=check_coverage(records, levels=geo.level_keys, metric_crs=snapshot.metric_srid),
        without_leader=tuple(without_leader),
        without_party=tuple(without_party),
        posts_without_area=tuple(sorted(codes - known)),
        levels={level: (len(layer), geo.levels_by_key[level].expected) for level, layer in layers.items()},
    )
