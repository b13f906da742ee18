"""Spatial conditions and raw geometry columns that use the spatial index on both databases.

On SpatiaLite the ORM's own spatial lookups scan the table; here the R-tree is asked explicitly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BinaryField, BooleanField, F
from django.db.models.expressions import Col, Func
from django.db.models.sql.compiler import SQLCompiler

__all__ = ["IntersectsBbox", "RawWkb"]


class IntersectsBbox(Func):
    """Condition: the geometry has a point in a box, border included.

    Goes into ``filter()`` as it is: ``Case.objects.filter(IntersectsBbox("location", bbox))``. Rows without a
    geometry do not match.

    Parameters
    ----------
    field
        Name of a geometry column of the queried model, EPSG:4326, with a spatial index.
    bbox
        west, south, east, north in EPSG:4326, west ≤ east.
    """

    output_field = BooleanField()
    arity = 1

    def __init__(self, field: str | F | Col, bbox: Sequence[float], **extra: Any) -> None:
        super().__init__(field, **extra)
        west, south, east, north = (float(value) for value in bbox)
        self.bbox = (west, south, east, north)

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> tuple[str, list[Any]]:
        """`&&` asks the GiST index; `ST_Intersects` decides exactly."""
        column, params = compiler.compile(self.source_expressions[0])
        box = "ST_MakeEnvelope(%s, %s, %s, %s, 4326)"
        return (
            f"({column} && {box} AND ST_Intersects({column}, {box}))",
            [*params, *self.bbox, *params, *self.bbox],
        )

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> tuple[str, Any]:
        """The R-tree holds 32-bit boxes rounded outwards, so it only proposes; the geometry decides."""
        source = self.source_expressions[0]
        if not isinstance(source, Col):
            raise TypeError(f"IntersectsBbox takes the name of a geometry column; got {source!r}")
        column, params = compiler.compile(source)
        quote = connection.ops.quote_name
        model = source.target.model._meta
        index = quote(f"idx_{model.db_table}_{source.target.column}")
        key = f"{quote(str(source.alias))}.{quote(str(model.pk.column))}"
        west, south, east, north = self.bbox
        # Table and column are the model's own names, quoted; values go as parameters.
        proposed = (
            f"SELECT pkid FROM {index}"  # noqa: S608
            " WHERE xmin <= %s AND xmax >= %s AND ymin <= %s AND ymax >= %s"
        )
        return (
            f"({key} IN ({proposed}) AND ST_Intersects({column}, BuildMbr(%s, %s, %s, %s, 4326)))",
            [east, west, north, south, *params, *self.bbox],
        )


class RawWkb(Func):
    """The geometry as WKB bytes, without the cost of a GEOS object for each row."""

    output_field = BinaryField()
    arity = 1
    function = "ST_AsBinary"

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> tuple[str, Any]:
        """SpatiaLite calls it by the same name and declares no type."""
        sql, params = self.as_sql(compiler, connection, template="CAST(ST_AsBinary(%(expressions)s) AS BLOB)")
        return sql, list(params)
