"""Finished tiles that everyone gets alike, kept in this process."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

__all__ = ["PackedTile", "TileCache"]


@dataclass(frozen=True, slots=True)
class PackedTile:
    """A tile as it is sent: plain and gzipped, empty where there is nothing, and what was cut off."""

    body: bytes
    gzipped: bytes
    truncated: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Bytes held, with something for the bookkeeping of an empty tile."""
        return len(self.body) + len(self.gzipped) + 200


class TileCache:
    """The tiles used last, up to a number of bytes; safe between threads.

    Parameters
    ----------
    max_bytes
        Tiles used longest ago go first.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.bytes = 0
        self._tiles: OrderedDict[Hashable, PackedTile] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._tiles)

    def get(self, key: Hashable) -> PackedTile | None:
        """Return a tile and mark it as used."""
        with self._lock:
            tile = self._tiles.get(key)
            if tile is not None:
                self._tiles.move_to_end(key)
            return tile

    def put(self, key: Hashable, tile: PackedTile) -> None:
        """Keep a tile; one larger than the whole cache is not kept."""
        if tile.size > self.max_bytes:
            return
        with self._lock:
            former = self._tiles.pop(key, None)
            self.bytes += tile.size - (former.size if former else 0)
            self._tiles[key] = tile
            while self.bytes > self.max_bytes:
                _key, dropped = self._tiles.popitem(last=False)
                self.bytes -= dropped.size

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._tiles.clear()
            self.bytes = 0
