"""Write a synthetic town as GeoJSON files and read it again. Bytes depend on the town only."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import shapely

from geo.demo.plan import TownPlan
from geo.demo.town import Feature, Town

__all__ = ["LAYERS", "layer_text", "read_layer", "town_files"]

LAYERS = ("subdistrict", "community", "block", "grid", "building", "unit", "road", "landcover")


def town_files(town: Town) -> dict[str, str]:
    """Return the text of each file of a town by its path below the folder of fixtures."""
    slug = town.plan.slug
    return {f"{slug}/{layer}.geojson": layer_text(features) for layer, features in town.layers.items()}


def layer_text(features: Iterable[Feature]) -> str:
    """Return a FeatureCollection, one feature a line, as compact as readable in a diff."""
    lines = ",\n".join(
        json.dumps(
            {"type": "Feature", "properties": f.properties, "geometry": _geometry(f.geometry)},
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for f in features
    )
    return f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n'


def read_layer(folder: Path, plan: TownPlan, layer: str) -> list[Feature]:
    """Return the features of one layer of a town from its file.

    Raises
    ------
    FileNotFoundError
        If the fixtures have not been made.
    """
    document: dict[str, Any] = json.loads(
        (folder / plan.slug / f"{layer}.geojson").read_text(encoding="utf-8")
    )
    features = document["features"]
    shapes = shapely.from_geojson([json.dumps(f["geometry"]) for f in features])
    return [Feature(shape, f["properties"]) for shape, f in zip(shapes, features, strict=True)]


def _geometry(geometry: shapely.Geometry) -> dict[str, Any]:
    # Seven digits: about a centimetre.
    return {
        "type": geometry.geom_type,
        "coordinates": _rounded(shapely.geometry.mapping(geometry)["coordinates"]),
    }


def _rounded(coordinates: Any) -> Any:
    if isinstance(coordinates[0], float):
        return [round(c, 7) for c in coordinates]
    return [_rounded(part) for part in coordinates]
