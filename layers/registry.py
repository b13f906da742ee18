"""What can be drawn: every app registers the map layers that it offers, from its `AppConfig.ready`.

A layer answers two questions: which features lie in a tile for this asker, and in which version.
From these `layers.views.tiles` serves `/tiles/{layer}.json` and `/tiles/{layer}/{z}/{x}/{y}.mvt`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from django.utils.functional import Promise

from geo.db.tiles import FeatureSource, RowSource
from geo.domain.tile_grid import MAX_ZOOM, TileAddress

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from geo.models import User

__all__ = ["Ask", "AskedPlace", "Layer", "Version", "layer_of", "register", "registered"]

GeometryKind = Literal["point", "line", "polygon", "mixed"]
Audience = Literal["all", "staff"]


@dataclass(frozen=True, slots=True)
class AskedPlace:
    """A place with an active boundary generation, as far as drawing needs it."""

    slug: str
    place_id: int
    generation_id: int
    profile: str
    time_zone: str
    is_demo: bool


@dataclass(frozen=True)
class Ask:
    """Who asks for a layer, and for what of it.

    Attributes
    ----------
    user
        The asker; anonymous for the public. Looked up when first used: public layers never touch the session.
    places
        Sorted by slug: all with an active generation, or the one that the request names.
    options
        What the layer's own `read_options` made of the request's parameters.
    """

    user: User | AnonymousUser
    places: tuple[AskedPlace, ...]
    options: Any = None


@dataclass(frozen=True, slots=True)
class Version:
    """State of the data behind a layer's answer.

    Attributes
    ----------
    key
        Changes whenever any tile may have changed, for this asker and these options.
    shared
        Everyone gets the same: the answer may be kept by shared caches, and in this process under its key.
    lasting
        The data of this key never change: tiles asked for by key may be kept for ever.
    """

    key: str
    shared: bool
    lasting: bool = False


@dataclass(frozen=True)
class Layer:
    """A map layer.

    Parameters
    ----------
    key
        Name in addresses: lower-case letters, digits, `-` and `_`.
    title
        For people.
    geometry
        What its features are.
    min_zoom, max_zoom
        Zoom levels that have tiles; beyond `max_zoom` clients enlarge, below `min_zoom` there is nothing.
    fields
        Layer within the tile → property → what it says. Never personal data.
    sources
        Which rows and features lie in a tile, for an asker.
    version
        State of the data, cheap to find out: asked before every answer.
    audience
        ``"all"``, or ``"staff"``: others get 404.
    parameters
        Names of query parameters that the layer takes besides `place` and `v`.
    read_options
        Makes `Ask.options` of those parameters, or raises `InvalidInput`.
    zooms
        Zoom range of single layers within the tile, where it is not that of the whole.
    """

    key: str
    title: str | Promise
    geometry: GeometryKind
    min_zoom: int
    max_zoom: int
    fields: Mapping[str, Mapping[str, str]]
    sources: Callable[[Ask, TileAddress], Sequence[RowSource | FeatureSource]]
    version: Callable[[Ask], Version]
    audience: Audience = "all"
    parameters: frozenset[str] = frozenset()
    read_options: Callable[[Mapping[str, str], tuple[AskedPlace, ...]], Any] | None = None
    zooms: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 <= self.min_zoom <= self.max_zoom <= MAX_ZOOM:
            raise ValueError(
                f"layer {self.key}: zoom must be 0 ≤ min_zoom ≤ max_zoom ≤ {MAX_ZOOM};"
                f" got {self.min_zoom} to {self.max_zoom}"
            )


_layers: dict[str, Layer] = {}


def register(layer: Layer) -> None:
    """Offer a layer.

    Raises
    ------
    ValueError
        If another layer has the key: two apps would answer at one address.
    """
    if _layers.setdefault(layer.key, layer) is not layer:
        raise ValueError(f"a layer with the key {layer.key!r} is registered already")


def layer_of(key: str) -> Layer | None:
    """Return the layer with a key, None where there is none."""
    return _layers.get(key)


def registered() -> tuple[Layer, ...]:
    """Return all layers, in the order in which they were registered (drawing order, lowest first)."""
    return tuple(_layers.values())
