"""What else changes when other boundaries come into force: upper apps register their part of an activation.

`geo` knows no cases; but boundaries and cases must change hands in one transaction. So whoever keeps something routed
offers a part from its `AppConfig.ready`, and every activation, by whomever, runs all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from geo.models import BoundaryGeneration
from geo.routing import PlaceSnapshot

__all__ = ["Activation", "ActivationPart", "Switch", "parts", "register"]


@dataclass(frozen=True, slots=True)
class Activation:
    """What an activation did.

    Attributes
    ----------
    generation
        Now active.
    retired
        Name of the one before; empty where there was none.
    parts
        Reports of what changed with it, by part.
    """

    generation: BoundaryGeneration
    retired: str
    parts: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Switch:
    """A change of the boundaries of a place.

    Attributes
    ----------
    place_id
    before
        The generation that routed until now; None where none did.
    after
        What routes from now on (for a preview: would route).
    at
        Aware.
    """

    place_id: int
    before: BoundaryGeneration | None
    after: PlaceSnapshot
    at: datetime


@dataclass(frozen=True, slots=True)
class ActivationPart:
    """What an app does at a switch; both return a report of plain values.

    Attributes
    ----------
    key
        Name of its report.
    preview
        Tells what would change, and writes nothing.
    apply
        Does it, within the transaction of the activation.
    """

    key: str
    preview: Callable[[Switch], Mapping[str, Any]]
    apply: Callable[[Switch], Mapping[str, Any]]


_parts: dict[str, ActivationPart] = {}


def register(part: ActivationPart) -> None:
    """Offer a part.

    Raises
    ------
    ValueError
        If another part has the key.
    """
    if _parts.setdefault(part.key, part) is not part:
        raise ValueError(f"a part of activations with the key {part.key!r} is registered already")


def parts() -> tuple[ActivationPart, ...]:
    """Return all parts in the order in which they were registered, lower apps first."""
    return tuple(_parts.values())
