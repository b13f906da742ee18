"""Streets and open ground: what helps people find their way, drawn under everything else."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from geo.db.tiles import RowSource
from geo.domain.tile_grid import TileAddress
from geo.models import LandCover, Road
from layers.registry import Ask, Layer
from layers.sources.places import FINEST, generation_version

__all__ = ["GROUND", "ROADS", "ROAD_ZOOMS"]

ROAD_ZOOMS: Mapping[str, int] = {"arterial": 10, "secondary": 12, "local": 13, "lane": 14}
"""From which zoom a class of road is drawn."""
GROUND_FROM = 11

_ROAD_FIELDS = {
    "rank": "arterial, secondary, local or lane",
    "name": "name, empty for most lanes",
    "name_en": "English name, empty where there is none",
    "width_m": "width in metres",
}
_GROUND_FIELDS = {"kind": "park, green, water, sports, school, hospital or industrial", "name": "name"}


def _generations(ask: Ask) -> list[int]:
    return [place.generation_id for place in ask.places]


def _tolerance_units(zoom: int) -> float:
    return 4.0 if zoom < 14 else 1.0 if zoom < FINEST else 0.0


def _road_sources(ask: Ask, address: TileAddress) -> list[RowSource]:
    ranks = [rank for rank, zoom in ROAD_ZOOMS.items() if address.z >= zoom]
    rows = Road.objects.filter(generation_id__in=_generations(ask), rank__in=ranks).order_by("pk")
    fields = {name: name for name in _ROAD_FIELDS}
    return [RowSource("roads", rows, "geometry", fields, 6000, _tolerance_units(address.z))]


def _ground_sources(ask: Ask, address: TileAddress) -> list[RowSource]:
    rows = LandCover.objects.filter(generation_id__in=_generations(ask)).order_by("pk")
    fields = {name: name for name in _GROUND_FIELDS}
    return [RowSource("ground", rows, "geometry", fields, 4000, _tolerance_units(address.z))]


GROUND = Layer(
    key="ground",
    title=_("Open ground"),
    geometry="polygon",
    min_zoom=GROUND_FROM,
    max_zoom=FINEST,
    fields={"ground": _GROUND_FIELDS},
    sources=_ground_sources,
    version=generation_version,
)
ROADS = Layer(
    key="roads",
    title=_("Roads"),
    geometry="line",
    min_zoom=min(ROAD_ZOOMS.values()),
    max_zoom=FINEST,
    fields={"roads": _ROAD_FIELDS},
    sources=_road_sources,
    version=generation_version,
)
