"""Names and polygons of very many footprints in flat arrays: a sixth of the memory of an object for each.

A city has hundreds of thousands of buildings, of which a pin asks for one or two: what is asked for is made into
objects when it is asked for.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, islice
from typing import Any, overload

import numpy as np
import shapely

from geo.domain.areas import AreaRecord, AreaRef, Indices, Objects

__all__ = ["CHUNK", "PackedPolygons", "PackedRefs", "Positions"]

CHUNK = 1 << 13
"""What is packed or unpacked at a time."""


class _Blobs:
    """Immutable strings of bytes, end to end; in blocks, so that none is copied while they are taken in."""

    __slots__ = ("_blocks", "_count", "_starts")

    def __init__(self, parts: Iterable[bytes]):
        self._blocks: list[bytes] = []
        self._starts = array("i")  # in the block; each block has one more than it has parts
        self._count = 0
        for block in _blocks_of(parts):
            self._blocks.append(b"".join(block))
            self._starts.extend(accumulate(map(len, block), initial=0))
            self._count += len(block)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, position: int) -> bytes:
        """Return the one at a position of 0 or more."""
        block = position // CHUNK
        at = position + block
        return self._blocks[block][self._starts[at] : self._starts[at + 1]]


def _blocks_of(parts: Iterable[bytes]) -> Iterator[tuple[bytes, ...]]:
    left = iter(parts)
    while block := tuple(islice(left, CHUNK)):
        yield block


class PackedPolygons:
    """Array (n,) of polygons as well-known binary; immutable, coordinates to the last bit.

    Reads like an array of shapely geometries: `packed[3]` is one, `packed[[3, 5]]` and `packed[3:5]` an array,
    and NumPy and shapely take it for the array. Each reading makes the geometries anew.

    Parameters
    ----------
    chunks : iterable of array of shapely geometries
        One after the other; may be empty.
    """

    __slots__ = ("_blobs",)

    def __init__(self, chunks: Iterable[Objects]):
        self._blobs = _Blobs(wkb for chunk in chunks for wkb in shapely.to_wkb(chunk))

    def __len__(self) -> int:
        return len(self._blobs)

    @overload
    def __getitem__(self, at: int) -> shapely.Geometry: ...

    @overload
    def __getitem__(self, at: slice | Sequence[int] | Indices) -> Objects: ...

    def __getitem__(self, at: int | slice | Sequence[int] | Indices) -> shapely.Geometry | Objects:
        if isinstance(at, slice):
            return self.take(range(*at.indices(len(self))))
        if isinstance(at, (int, np.integer)):
            return shapely.from_wkb(self._blobs[range(len(self))[at]])
        return self.take(np.arange(len(self))[at].tolist())

    def take(self, positions: Sequence[int]) -> Objects:
        """Return the polygons at positions of 0 or more; the quick way for a few."""
        blobs = self._blobs
        packed = np.array([blobs[position] for position in positions], dtype=object)
        made: Objects = shapely.from_wkb(packed)
        return made

    def __iter__(self) -> Iterator[shapely.Geometry]:
        for start in range(0, len(self), CHUNK):
            yield from self[start : start + CHUNK]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Objects:
        return self[:]


class PackedRefs(Sequence[AreaRef]):
    """Sequence of the `AreaRef` of records of one level; immutable."""

    __slots__ = ("_codes", "_enclosure_of", "_enclosures", "_ids", "_level", "_names")

    def __init__(self, records: Sequence[AreaRecord]):
        self._level = records[0].level if records else ""
        self._ids = array("q", [record.id for record in records])
        self._codes = _Blobs(record.code.encode() for record in records)
        self._names = _Blobs(record.name.encode() for record in records)
        self._enclosures = tuple(sorted({record.enclosure for record in records}))
        number = {enclosure: i for i, enclosure in enumerate(self._enclosures)}
        self._enclosure_of = array("H", [number[record.enclosure] for record in records])

    def __len__(self) -> int:
        return len(self._ids)

    @overload
    def __getitem__(self, at: int) -> AreaRef: ...

    @overload
    def __getitem__(self, at: slice) -> tuple[AreaRef, ...]: ...

    def __getitem__(self, at: int | slice) -> AreaRef | tuple[AreaRef, ...]:
        if isinstance(at, slice):
            return tuple(self[i] for i in range(*at.indices(len(self))))
        at = range(len(self))[at]
        return AreaRef(
            self._ids[at],
            self._level,
            self._codes[at].decode(),
            self._names[at].decode(),
            self._enclosures[self._enclosure_of[at]],
        )


class Positions(Mapping[int, int]):
    """Position by id, without an object for each; immutable.

    Parameters
    ----------
    ids : sequence of int
        Each once, in the order of the positions.
    """

    __slots__ = ("_ids", "_positions")

    def __init__(self, ids: Sequence[int]):
        given = np.asarray(ids, dtype=np.int64)
        order = np.argsort(given, kind="stable")
        self._ids, self._positions = array("q", given[order].tobytes()), array("q", order.tobytes())

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[int]:
        return iter(self._ids)

    def __getitem__(self, area_id: int) -> int:
        at = bisect_left(self._ids, area_id)
        if at == len(self._ids) or self._ids[at] != area_id:
            raise KeyError(area_id)
        return self._positions[at]
