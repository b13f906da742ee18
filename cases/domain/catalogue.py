"""Kinds of cases: categories with their signs and codes, who is competent, what places call them."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from cases.domain.vocabulary import GeometryKind, Publicness, Tier
from geo.domain.profile_base import Key, Keyed, Names, ResidentNames, Strict

__all__ = ["COLOURS", "Authority", "Category", "CategoryGroup", "Icon", "Label", "StandardCode"]

COLOURS: Mapping[str, str] = {
    "black": "#000000",
    "orange": "#E69F00",
    "sky": "#56B4E9",
    "green": "#009E73",
    "yellow": "#F0E442",
    "blue": "#0072B2",
    "vermillion": "#D55E00",
    "purple": "#CC79A7",
}
"""Okabe and Ito's palette, told apart with any colour vision."""
ColourName = Literal["black", "orange", "sky", "green", "yellow", "blue", "vermillion", "purple"]
Shape = Literal[
    "circle", "square", "triangle", "diamond", "pentagon", "hexagon", "star", "cross", "drop", "shield"
]


class StandardCode(Strict):
    """Number in a published classification. Components and matters share numbers: the kind counts."""

    ref: Annotated[str, Field(min_length=1)]
    kind: Literal["component", "matter"]
    code: Annotated[str, Field(pattern=r"^[0-9A-Z-]{1,12}$")]
    local: bool = False
    """A local extension that no published classification has."""


class Icon(Strict):
    """Sign of a category: a shape and a colour, each enough for those who cannot see the other."""

    shape: Shape
    colour: ColourName

    @property
    def hex(self) -> str:
        """The colour as `#RRGGBB`."""
        return COLOURS[self.colour]


class CategoryGroup(Keyed):
    """A chapter of the list of categories."""

    name: ResidentNames


class Category(Keyed):
    """A kind of case."""

    name: ResidentNames
    group: Key
    standard: tuple[StandardCode, ...] = ()
    geometry: Annotated[tuple[GeometryKind, ...], Field(min_length=1)] = ("point",)
    icon: Icon
    publicness: Publicness
    published: bool = False
    """Cases of this kind are shown to the public, in the public projection."""
    sensitive: bool = False
    """No public pin, no heat, no me-too, no text in lists."""
    danger: bool = False
    """Danger to life: acted on at once, emergency numbers first."""
    authority: Key
    """Competent authority, a key of `authorities`."""
    on_the_spot: bool = False
    """A grid leader can usually settle it alone."""
    clear: bool = True
    """It is usually clear who is responsible."""
    commonest: Annotated[int, Field(ge=1, le=6)] | None = None
    """Place among the six tiles that the phone offers first."""
    duplicate_radius_m: Annotated[float, Field(gt=0, le=2000)] = 30.0
    """How near an open case of the kind must be to be offered as the same."""
    keywords: tuple[str, ...] = ()


class Authority(Keyed):
    """A body that a kind of case belongs to. Departments of a place carry these keys."""

    name: Names
    tier: Tier


class Label(Keyed):
    """What the place calls a class of cases. Stored with the profile's key before it."""

    name: ResidentNames
