"""Areas and buildings: the deployment's own basemap, drawn from the active boundary generations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from django.db.models import CharField, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from cases.selectors.filters import read_choice
from geo.db.tiles import FeatureSource, RowSource
from geo.domain.profile import LEVEL_ORDER
from geo.domain.tile_grid import TileAddress
from geo.models import Area
from layers.registry import Ask, AskedPlace, Layer, Version
from layers.sources.labels import label_source

__all__ = ["AREAS", "AREA_ZOOMS", "BUILDINGS", "generation_version"]

AREA_ZOOMS: Mapping[str, tuple[int, int]] = {
    "city": (0, 12),
    "district": (4, 13),
    "subdistrict": (7, 22),
    "community": (10, 22),
    "block": (12, 22),
    "grid": (13, 22),
}
"""Zooms at which a level says something: outlines below some 10 pixels are noise, those wider than the
screen are not seen."""
BUILDINGS_FROM, LABELS_FROM, UNITS_FROM = 14, 15, 16
FINEST = 16
"""At zoom 16 one unit of a tile is 12 cm on the ground: clients enlarge these tiles."""

_AREA_FIELDS = {
    "id": "number of the area within its generation",
    "level": "level of the area tree",
    "code": "code, the same from one generation to the next",
    "name": "name",
    "name_en": "English name, empty where there is none",
    "parent": "code of the area above",
    "enclosure": "open or closed block, empty elsewhere",
}
_BUILDING_FIELDS = {
    "id": "number of the building within its generation",
    "level": "building or unit",
    "code": "code, the same from one generation to the next",
    "name": "name",
    "number": "house number or number of the unit",
    "parent": "code of the grid, or of the unit's building",
    "kind": "residential or what else it is for",
    "storeys": "storeys",
}
_LABEL_FIELDS = {key: _AREA_FIELDS[key] for key in ("id", "level", "code", "name", "name_en")}
_BUILDING_LABEL_FIELDS = {key: _BUILDING_FIELDS[key] for key in ("id", "level", "code", "name", "number")}
_COMMON = {"id": "id", "level": "level", "code": "code", "name": "name"}


def generation_version(ask: Ask) -> Version:
    """Version of what depends on boundaries alone: the active generations."""
    ids = "-".join(str(place.generation_id) for place in ask.places)
    return Version(f"g{ids}", shared=True, lasting=True)


def _areas(ask: Ask, levels: list[str]) -> QuerySet[Area]:
    generations = [place.generation_id for place in ask.places]
    return Area.objects.filter(generation_id__in=generations, level__in=levels).order_by("pk")


def _read_area_options(parameters: Mapping[str, str], places: tuple[AskedPlace, ...]) -> str | None:
    return read_choice(parameters, "level", AREA_ZOOMS)


def _area_version(ask: Ask) -> Version:
    version = generation_version(ask)
    return replace(version, key=f"{version.key}-{ask.options}") if ask.options else version


def _area_sources(ask: Ask, address: TileAddress) -> list[RowSource | FeatureSource]:
    zoom = address.z
    # Whoever asks for one level colours it, and then small areas say something, too.
    chosen: str | None = ask.options
    levels = (
        [chosen] if chosen else [level for level, (low, high) in AREA_ZOOMS.items() if low <= zoom <= high]
    )
    if not levels:
        return []
    more = {"name_en": "name_en", "parent": "parent__code", "enclosure": "enclosure"}
    # One unit of 4096 is an eighth of a pixel; half a pixel is not seen. The finest tiles get enlarged.
    tolerance = 4.0 if zoom < 14 else 1.0 if zoom < FINEST else 0.0
    rows = _areas(ask, levels)
    return [
        RowSource("areas", rows, "geometry", _COMMON | more, 6000, tolerance),
        label_source("area_labels", rows, address, _COMMON | {"name_en": "name_en"}),
    ]


def _building_sources(ask: Ask, address: TileAddress) -> list[RowSource | FeatureSource]:
    levels = ["building", "unit"] if address.z >= UNITS_FROM else ["building"]
    # As text on both databases: SQLite would give a number where the JSON holds one.
    rows = _areas(ask, levels).annotate(
        **{
            f"{key}_text": Cast(KT(f"attributes__{key}"), CharField())
            for key in ("number", "kind", "storeys")
        }
    )
    more = {"number": "number_text", "parent": "parent__code", "kind": "kind_text", "storeys": "storeys_text"}
    sources: list[RowSource | FeatureSource] = [
        RowSource("buildings", rows, "geometry", _COMMON | more, 6000)
    ]
    if address.z >= LABELS_FROM:
        sources.append(label_source("building_labels", rows, address, _COMMON | {"number": "number_text"}))
    return sources


AREAS = Layer(
    key="areas",
    title=_("Areas"),
    geometry="polygon",
    min_zoom=0,
    max_zoom=FINEST,
    fields={"areas": _AREA_FIELDS, "area_labels": _LABEL_FIELDS},
    sources=_area_sources,
    version=_area_version,
    parameters=frozenset({"level"}),
    read_options=_read_area_options,
)
BUILDINGS = Layer(
    key="buildings",
    title=_("Buildings"),
    geometry="polygon",
    min_zoom=BUILDINGS_FROM,
    max_zoom=FINEST,
    fields={"buildings": _BUILDING_FIELDS, "building_labels": _BUILDING_LABEL_FIELDS},
    sources=_building_sources,
    version=generation_version,
)

assert set(AREA_ZOOMS) | {"building", "unit"} == set(LEVEL_ORDER)
