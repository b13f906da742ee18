"""What the coverage page shows (不漏一楼): findings in the asker's own areas, in words, with where they are."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import shapely
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from geo.domain.authority import Authority
from geo.routing import PlaceSnapshot
from geo.selectors.coverage import PlaceCoverage, Unstaffed, coverage_of

__all__ = ["KINDS", "Finding", "findings_of", "may_see_coverage", "places_overseen"]

KINDS = {
    "building_in_no_grid": gettext_lazy("Buildings in no grid"),
    "without_leader": gettext_lazy("Grids without a leader of their own"),
    "without_party": gettext_lazy("Grids without a Party organisation of their own"),
    "gap": gettext_lazy("Ground that belongs to no grid"),
    "overlap": gettext_lazy("Areas that overlap"),
    "outside_parent": gettext_lazy("Areas that reach beyond the area above"),
    "building_cut": gettext_lazy("Buildings that a border cuts"),
    "post_without_area": gettext_lazy("Posts for areas that there are no more"),
}
_OVERSEEING = frozenset({"city", "district", "subdistrict", "community"})
_lock = threading.Lock()
_kept: dict[int, tuple[Any, PlaceCoverage]] = {}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not covered.

    Attributes
    ----------
    kind : str
        A key of `KINDS`.
    name, detail : str
        What it is about; what is wrong, where the kind does not say it all.
    shape : shapely geometry or None
        EPSG:4326; None for what lies nowhere.
    """

    kind: str
    key: str
    name: str
    detail: str
    shape: shapely.Geometry | None


def may_see_coverage(authority: Authority) -> bool:
    """Tell whether somebody answers for a community or more, or administers the deployment."""
    return authority.is_administrator or bool(_overseen(authority))


def places_overseen(authority: Authority, known: Iterable[PlaceSnapshot]) -> list[PlaceSnapshot]:
    """Return the places in which somebody oversees areas, by slug."""
    ordered = sorted(known, key=lambda snapshot: snapshot.slug)
    if authority.is_administrator:
        return ordered
    own = {place_id for place_id, _code in _overseen(authority)}
    return [snapshot for snapshot in ordered if snapshot.place_id in own]


def findings_of(snapshot: PlaceSnapshot, authority: Authority, *, day: date) -> list[Finding]:
    """Return what is not covered within the areas that somebody oversees; administrators see the whole place."""
    return list(_Reader(snapshot, authority, _coverage(snapshot, day)).read())


def _overseen(authority: Authority) -> set[tuple[int, str]]:
    return {
        (grant.place_id, grant.area_code)
        for grant in authority.grants
        if grant.area_code and grant.level in _OVERSEEING
    }


def _coverage(snapshot: PlaceSnapshot, day: date) -> PlaceCoverage:
    """Return the report, computed once for a state of boundaries and staffing: it takes seconds for a city."""
    state = (snapshot.state, day)
    kept = _kept.get(snapshot.place_id)
    if kept is None or kept[0] != state:
        with _lock:
            kept = _kept.get(snapshot.place_id)
            if kept is None or kept[0] != state:
                kept = _kept[snapshot.place_id] = (state, coverage_of(snapshot, day=day))
    return kept[1]


class _Reader:
    def __init__(self, snapshot: PlaceSnapshot, authority: Authority, found: PlaceCoverage) -> None:
        self.snapshot, self.found = snapshot, found
        self.language = get_language() or "zh-hans"
        self.own = {code for place_id, code in _overseen(authority) if place_id == snapshot.place_id}
        tree = snapshot.index.levels  # a building without an area above is a finding, not the widest area
        widest = {a.code for a in snapshot.areas.values() if a.parent_id is None and a.level in tree}
        self.sees_all = authority.is_administrator or widest <= self.own

    def read(self) -> Iterable[Finding]:
        report, layer = self.found.report, self.snapshot.index.layer("building")
        for ref in report.buildings_outside:
            assert layer is not None
            shape = layer.polygons[layer.position_of[ref.id]]
            if self._sees([ref.code], shape):
                yield Finding("building_in_no_grid", ref.code, self._name(ref.code, ref.name), "", shape)
        yield from self._unstaffed("without_leader", self.found.without_leader)
        yield from self._unstaffed("without_party", self.found.without_party)
        for gap in report.gaps:
            code = gap.parent.code if gap.parent else ""
            if self._sees([code], gap.geometry):
                name = self._name(code, "") if code else _("between the widest areas")
                yield Finding("gap", code, name, self._square(gap.area_m2), gap.geometry)
        for overlap in report.overlaps:
            codes = [overlap.first.code, overlap.second.code]
            if self._sees(codes, overlap.geometry):
                name = " / ".join(self._name(code, code) for code in codes)
                yield Finding(
                    "overlap", "-".join(codes), name, self._square(overlap.area_m2), overlap.geometry
                )
        for part in report.outlying:
            if self._sees([part.child.code], part.geometry):
                name = self._name(part.child.code, part.child.name)
                yield Finding(
                    "outside_parent", part.child.code, name, self._square(part.area_m2), part.geometry
                )
        for cut in report.buildings_cut:
            assert layer is not None
            shape = layer.polygons[layer.position_of[cut.building.id]]
            if self._sees([cut.building.code], shape):
                areas = ", ".join(self._name(ref.code, ref.name) for ref in cut.leaves)
                name = self._name(cut.building.code, cut.building.name)
                yield Finding("building_cut", cut.building.code, name, areas, shape)
        if self.sees_all:
            for code in self.found.posts_without_area:
                yield Finding("post_without_area", code, code, "", None)

    def _unstaffed(self, kind: str, areas: Iterable[Unstaffed]) -> Iterable[Finding]:
        layer = self.snapshot.index.layer(self.snapshot.index.leaf_level)
        assert layer is not None
        shapes = {ref.code: shape for ref, shape in zip(layer.refs, layer.polygons, strict=True)}
        for area in areas:
            if not self._sees([area.code], shapes[area.code]):
                continue
            above = ", ".join(self._name(code, code) for code in area.stands_in if code)
            detail = _("%(who)s answers instead") % {"who": above} if above else _("nobody answers")
            yield Finding(kind, area.code, self._name(area.code, area.name), detail, shapes[area.code])

    def _sees(self, codes: Iterable[str], shape: shapely.Geometry) -> bool:
        if self.sees_all:
            return True
        above = {area.code for code in codes for area in self.snapshot.chain_of(code)}
        return bool(above & self.own) or self._lies_in_own(shape)

    def _lies_in_own(self, shape: shapely.Geometry) -> bool:
        inside = shapely.point_on_surface(shape)
        return bool(len(self._own_shapes) and np.any(shapely.intersects(self._own_shapes, inside)))

    @property
    def _own_shapes(self) -> np.ndarray:
        layers = (self.snapshot.index.layer(level) for level in _OVERSEEING)
        return np.array(
            [
                shape
                for layer in layers
                if layer is not None
                for ref, shape in zip(layer.refs, layer.polygons, strict=True)
                if ref.code in self.own
            ],
            dtype=object,
        )

    def _name(self, code: str, otherwise: str) -> str:
        area = self.snapshot.by_code.get(code)
        if area is None:
            return otherwise or code
        chain = [step for step in self.snapshot.chain(area.id) if step.level not in ("city", "district")]
        names = [step.names.text(self.language) for step in (chain[-2:] if len(chain) > 2 else chain[-1:])]
        return " ".join(
            name for name, below in zip(names, [*names[1:], ""], strict=True) if not below.startswith(name)
        )

    def _square(self, area_m2: float) -> str:
        return _("%(area)s m²") % {"area": f"{area_m2:,.0f}"}
