"""Runs in a process of its own (see `geo.files.apart`): writes rows that wait in an Arrow file through GDAL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["write_layer"]


def write_layer(
    waiting: str, path: str, *, driver: str, layer: str, geometry_type: str, options: Mapping[str, Any]
) -> None:
    """Write a layer, batch by batch: memory does not grow with the rows.

    Parameters
    ----------
    waiting
        Arrow stream whose column `geometry` holds WKB in EPSG:4326.
    path, driver, layer, geometry_type
        As OGR names them.
    options
        Further arguments of `pyogrio.raw.write_arrow`.
    """
    import pyarrow as pa
    from pyogrio.raw import write_arrow

    with pa.memory_map(waiting) as source:
        write_arrow(
            pa.ipc.open_stream(source),
            path,
            layer=layer,
            driver=driver,
            geometry_name="geometry",
            geometry_type=geometry_type,
            crs="EPSG:4326",
            **options,
        )
