"""From a request to a tile: who asks for which layer of which places, and what they get."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from geo.db.tiles import encode_tile
from geo.domain.tile_grid import TileAddress
from geo.errors import InvalidInput, NotThere
from geo.models import BoundaryGeneration
from geo.selectors.authority import authority_of
from layers import registry
from layers.registry import Ask, AskedPlace, Layer, Version
from layers.selectors.tile_cache import PackedTile, TileCache

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from geo.models import User

__all__ = ["asked_places", "layer_for", "read_address", "read_ask", "tile_etag", "tile_of"]

ENCODING = "1"
"""Raised when tiles of the same data come out otherwise, so that no cache answers with the former ones."""
GZIP_FROM_BYTES = 500
kept = TileCache(max_bytes=64 * 1_048_576)


def layer_for(key: str, user: User | AnonymousUser) -> Layer:
    """Return a registered layer.

    Raises
    ------
    NotThere
        If there is none of this key, or none for this asker.
    """
    layer = registry.layer_of(key)
    if layer is None or (layer.audience == "staff" and not authority_of(user).is_staff):
        raise NotThere(_("There is no such map layer for you."), field="layer", value=key)
    return layer


def read_address(z: str, x: str, y: str) -> TileAddress:
    """Return the tile of an address.

    Raises
    ------
    InvalidInput
        If it is no tile; names the part, its value, what is accepted.
    """
    numbers = {}
    for name, value in (("z", z), ("x", x), ("y", y)):
        # `isdecimal` alone takes digits of other scripts, and int() any length of them.
        if not (value.isascii() and value.isdecimal() and len(value) <= 8):
            raise InvalidInput(
                f"{name} must be a whole number from 0; got '{value[:40]}'", field=name, value=value[:40]
            )
        numbers[name] = int(value)
    try:
        return TileAddress(**numbers)
    except ValueError as error:
        name = str(error).partition(" ")[0]
        raise InvalidInput(str(error), field=name, value=numbers[name]) from None


def asked_places(slug: str = "") -> tuple[AskedPlace, ...]:
    """Return the places that have an active generation, or the one named; one query.

    Raises
    ------
    InvalidInput
        If there is no such place with an active generation; names those there are.
    """
    rows = BoundaryGeneration.objects.filter(state=BoundaryGeneration.State.ACTIVE).order_by("place__slug")
    values = rows.values_list(
        "place__slug", "place_id", "pk", "place__profile", "place__time_zone", "place__is_demo"
    )
    places = tuple(AskedPlace(*row) for row in values)
    if not slug:
        return places
    found = tuple(place for place in places if place.slug == slug)
    if not found:
        known = [place.slug for place in places]
        raise InvalidInput(
            f"place must be one of {known}; got '{slug[:60]}'", field="place", value=slug[:60], accepted=known
        )
    return found


def read_ask(layer: Layer, user: User | AnonymousUser, parameters: Mapping[str, str]) -> Ask:
    """Return what a request asks of a layer.

    Raises
    ------
    InvalidInput
        If a parameter is not one of the layer's, or its value is not what it should be.
    """
    accepted = sorted(layer.parameters | {"place", "v"})
    for name in parameters:
        if name not in accepted:
            raise InvalidInput(
                f"layer {layer.key} takes the parameters {accepted}; got '{name[:40]}'",
                field=name[:40],
                accepted=accepted,
            )
    places = asked_places(parameters.get("place", ""))
    options = layer.read_options(parameters, places) if layer.read_options else None
    return Ask(user, places, options)


def tile_etag(layer: Layer, version: Version, address: TileAddress | None, variant: str = "") -> str:
    """Return the entity tag of a tile (of the TileJSON for `address` None); weak, as it may come gzipped."""
    said = (ENCODING, layer.key, version.key, str(address), variant)
    return f'W/"{hashlib.sha256("|".join(said).encode()).hexdigest()[:32]}"'


def tile_of(layer: Layer, ask: Ask, address: TileAddress, version: Version) -> PackedTile:
    """Return a tile for an asker; empty outside the layer's zooms, or where nothing lies in it."""
    if not layer.min_zoom <= address.z <= layer.max_zoom:
        return PackedTile(b"", b"")
    key = (layer.key, version.key, address)
    # What everyone gets alike; its key names the state of the data, so that an old tile is never found again.
    if version.shared and (tile := kept.get(key)) is not None:
        return tile
    encoded = encode_tile(address, layer.sources(ask, address))
    # mtime 0: the same tile gives the same bytes in every process.
    small = len(encoded.body) < GZIP_FROM_BYTES
    gzipped = b"" if small else gzip.compress(encoded.body, compresslevel=6, mtime=0)
    tile = PackedTile(encoded.body, gzipped, encoded.truncated)
    if version.shared:
        kept.put(key, tile)
    return tile
