"""Mapbox vector tiles from rows of the database and from features made in the process.

PostGIS encodes rows itself (`ST_AsMVT`); on SpatiaLite, which cannot, the same rows are clipped and encoded
here. Both give the same features with the same properties; shapes may differ by one unit of 4096 a tile.

References
----------
Mapbox Vector Tile Specification 2.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import mapbox_vector_tile
import numpy as np
import shapely
from django.db import connections
from django.db.models import BinaryField, F, QuerySet
from django.db.models.expressions import Func

from geo.db.functions import IntersectsBbox, RawWkb
from geo.domain.tile_grid import TileAddress

__all__ = ["BUFFER", "EXTENT", "EncodedTile", "Feature", "FeatureSource", "RowSource", "encode_tile"]

EXTENT = 4096
BUFFER = 64
"""Units beyond the edge that a tile holds, so that outlines and symbols meet without a seam."""


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature made in the process: geometry in EPSG:4326; values str, int, float, bool or None."""

    id: int
    geometry: shapely.Geometry
    properties: Mapping[str, Any]


@dataclass(frozen=True)
class RowSource:
    """Rows that become the layer `name` of a tile.

    Parameters
    ----------
    name
        Layer within the tile.
    rows
        Ordered: where the cap cuts, the first stay. Filtered by everything but the tile.
    geometry
        Name of the geometry column, EPSG:4326, with a spatial index.
    properties
        Property → field, annotation or path over relations. NULL and nothing else is left out.
    limit
        Cap of rows.
    tolerance_units
        Shapes are simplified by so many units; 0 for not at all.
    """

    name: str
    rows: QuerySet[Any]
    geometry: str
    properties: Mapping[str, str]
    limit: int = 5000
    tolerance_units: float = 0.0


@dataclass(frozen=True)
class FeatureSource:
    """Features made in the process that become the layer `name`; `truncated` when more were left out."""

    name: str
    features: Sequence[Feature]
    truncated: bool = False
    tolerance_units: float = 0.0


@dataclass(frozen=True, slots=True)
class EncodedTile:
    """A tile and what it holds.

    Attributes
    ----------
    body
        Protocol buffer, empty where there is no feature.
    rows
        Rows or features taken for each layer; some may be too small to be drawn.
    truncated
        Layers of which more rows lie in the tile than the cap allows. The tile itself says so too: layer
        `truncated`, one point in the middle with the properties `layer` and `shown`.
    """

    body: bytes
    rows: Mapping[str, int] = field(default_factory=dict)
    truncated: tuple[str, ...] = ()


def encode_tile(
    address: TileAddress,
    sources: Iterable[RowSource | FeatureSource],
    *,
    in_process: bool | None = None,
) -> EncodedTile:
    """Encode one tile.

    Parameters
    ----------
    address
        Which tile.
    sources
        Its layers, in drawing order. A name may come once only.
    in_process
        None: PostGIS encodes rows where it holds them. True: rows are encoded here whatever the database.

    Returns
    -------
    EncodedTile
        Layers without a feature are left out; with none at all `body` is empty.
    """
    parts: list[bytes] = []
    counted: dict[str, int] = {}
    truncated: list[str] = []
    for source in sources:
        if isinstance(source, FeatureSource):
            body, found = _encode_features(address, source.name, source.features, source.tolerance_units)
            more = source.truncated
        else:
            native = connections[source.rows.db].vendor == "postgresql" and not in_process
            body, found, more = (_rows_in_database if native else _rows_in_process)(address, source)
        parts.append(body)
        counted[source.name] = found
        if more:
            truncated.append(source.name)
    if truncated:
        middle = shapely.Point(address.centre)
        marks = [
            Feature(number, middle, {"layer": name, "shown": counted[name]})
            for number, name in enumerate(truncated, start=1)
        ]
        parts.append(_encode_features(address, "truncated", marks, 0)[0])
    # A tile is a message of repeated layers: the bytes of several messages in a row are one message.
    return EncodedTile(b"".join(parts), counted, tuple(truncated))


# ---- in the database ---------------------------------------------------------------------


class _TileGeometry(Func):
    """Column in tile units, as PostGIS's own type; selected under a plain name and never read by Django."""

    output_field = BinaryField()

    def __init__(self, column: str, address: TileAddress, tolerance_m: float, **extra: Any) -> None:
        super().__init__(column, **extra)
        self.address, self.tolerance_m = address, tolerance_m

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, list[Any]]:
        column, params = compiler.compile(self.source_expressions[0])
        shape = f"ST_Transform({column}, 3857)"
        params = list(params)
        if self.tolerance_m:
            shape = f"ST_SimplifyPreserveTopology({shape}, %s)"
            params.append(self.tolerance_m)
        sql = f"ST_AsMVTGeom({shape}, ST_TileEnvelope(%s, %s, %s), {EXTENT}, {BUFFER}, true)"
        return sql, [*params, self.address.z, self.address.x, self.address.y]


def _rows_in_database(address: TileAddress, source: RowSource) -> tuple[bytes, int, bool]:
    west, _south, east, _north = address.mercator_bounds_m
    tolerance_m = source.tolerance_units * (east - west) / EXTENT
    rows = source.rows.filter(IntersectsBbox(source.geometry, address.bbox(BUFFER / EXTENT)))
    rows = rows.annotate(tile_geometry=_TileGeometry(source.geometry, address, tolerance_m), tile_id=F("pk"))
    selected = rows.values_list("tile_id", "tile_geometry", *source.properties.values())[: source.limit + 1]
    connection = connections[source.rows.db]
    sql, params = selected.query.get_compiler(connection=connection).as_sql()
    quote = connection.ops.quote_name
    names = ", ".join(quote(name) for name in ("tile_id", "tile_geometry", *source.properties))
    statement = (
        f"WITH found ({names}) AS MATERIALIZED ({sql}),"  # noqa: S608 - quoted names; values are parameters
        " shown AS (SELECT * FROM found LIMIT %s)"
        " SELECT (SELECT ST_AsMVT(shown, %s, %s, 'tile_geometry', 'tile_id') FROM shown),"
        " (SELECT count(tile_geometry) FROM shown), (SELECT count(*) FROM found)"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*params, source.limit, source.name, EXTENT])
        body, drawn, found = cursor.fetchone()
    # Where every shape is too small to be drawn, ST_AsMVT gives a layer without features.
    return bytes(body) if drawn else b"", min(found, source.limit), found > source.limit


# ---- in the process ----------------------------------------------------------------------


def _rows_in_process(address: TileAddress, source: RowSource) -> tuple[bytes, int, bool]:
    rows = source.rows.filter(IntersectsBbox(source.geometry, address.bbox(BUFFER / EXTENT)))
    found = list(
        rows.annotate(tile_wkb=RawWkb(source.geometry)).values_list(
            "pk", "tile_wkb", *source.properties.values()
        )[: source.limit + 1]
    )
    shown = found[: source.limit]
    if not shown:
        return b"", 0, False
    shapes = shapely.from_wkb(np.array([bytes(row[1]) for row in shown], dtype=object))
    names = tuple(source.properties)
    properties = [dict(zip(names, row[2:], strict=True)) for row in shown]
    body = _encode(
        address, source.name, [row[0] for row in shown], shapes, properties, source.tolerance_units
    )
    return body, len(shown), len(found) > source.limit


def _encode_features(
    address: TileAddress, name: str, features: Sequence[Feature], tolerance_units: float
) -> tuple[bytes, int]:
    if not features:
        return b"", 0
    shapes = np.array([feature.geometry for feature in features], dtype=object)
    properties = [feature.properties for feature in features]
    ids = [feature.id for feature in features]
    return _encode(address, name, ids, shapes, properties, tolerance_units), len(features)


def _encode(
    address: TileAddress,
    name: str,
    ids: Sequence[int],
    shapes: np.ndarray,
    properties: Sequence[Mapping[str, Any]],
    tolerance_units: float,
) -> bytes:
    drawn = _to_tile(address, shapes, tolerance_units)
    features = [
        {"id": ids[i], "geometry": drawn[i], "properties": _values(properties[i])}
        for i in np.flatnonzero(~shapely.is_empty(drawn) & ~shapely.is_missing(drawn)).tolist()
    ]
    if not features:
        return b""
    options = {"y_coord_down": True, "extents": EXTENT, "check_winding_order": False}
    return bytes(mapbox_vector_tile.encode({"name": name, "features": features}, default_options=options))


def _values(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in properties.items() if value is not None}


def _to_tile(address: TileAddress, shapes: np.ndarray, tolerance_units: float) -> np.ndarray:
    """Shapes in whole units of the tile, clipped, valid, wound as specified; None where nothing is left."""
    moved = shapely.transform(shapes, lambda lonlat: address.to_tile_units(lonlat, EXTENT))
    if tolerance_units:
        moved = shapely.simplify(moved, tolerance_units, preserve_topology=True)
    dimension = shapely.get_dimensions(moved)
    bounds = shapely.bounds(moved)
    # Below half a unit in both directions there is nothing to draw; points have no size.
    small = (dimension > 0) & (bounds[:, 2] - bounds[:, 0] < 0.5) & (bounds[:, 3] - bounds[:, 1] < 0.5)
    low, high = -BUFFER, EXTENT + BUFFER
    whole = (bounds[:, :2] >= low).all(axis=1) & (bounds[:, 2:] <= high).all(axis=1)
    cut = ~small & ~whole
    drawn = moved.copy()
    drawn[small] = None
    drawn[cut] = shapely.intersection(moved[cut], shapely.box(low, low, high, high))
    _keep_dimension(drawn, dimension)
    drawn = shapely.transform(drawn, np.rint)
    polygons, lines = dimension == 2, dimension == 1
    drawn[polygons] = _polygons(drawn[polygons])
    drawn[lines] = shapely.remove_repeated_points(drawn[lines])
    drawn[shapely.get_dimensions(drawn) != dimension] = None
    return drawn


def _polygons(shapes: np.ndarray) -> np.ndarray:
    broken = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
    if broken.any():
        # Rounding can fold a shape onto itself; whatever has no area after mending is not drawn.
        mended = shapely.make_valid(shapes[broken], method="structure", keep_collapsed=False)
        shapes[broken] = shapely.set_precision(mended, 1.0)
    shapes = shapely.remove_repeated_points(shapes)
    # The outer ring runs clockwise as seen on the screen: with y southwards, counter-clockwise in numbers.
    return np.asarray(shapely.orient_polygons(shapes, exterior_cw=False))


def _keep_dimension(shapes: np.ndarray, dimension: np.ndarray) -> None:
    """Drop, in place, what clipping left of a lower dimension: a corner of a line, an edge of a polygon."""
    for i in np.flatnonzero(shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION):
        parts = shapely.get_parts(shapes[i])
        kept = parts[shapely.get_dimensions(parts) == dimension[i]]
        shapes[i] = shapely.union_all(kept) if len(kept) else None
