"""Buildings and blocks as a list: the way to say where without a map."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from geo.domain.authority import Authority
from geo.routing import PlaceSnapshot

__all__ = ["BlockChoice", "PlaceChoice", "block_choices", "own_choices"]


@dataclass(frozen=True, slots=True)
class PlaceChoice:
    """One building, or a whole block or grid."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class BlockChoice:
    """A block with what lies in it; grids stand for themselves where the place has no blocks."""

    label: str
    places: tuple[PlaceChoice, ...]


def block_choices(snapshot: PlaceSnapshot, *, detailed: Collection[str]) -> list[BlockChoice]:
    """Return every block (or grid, where there are no blocks), with its buildings where they are wanted.

    Parameters
    ----------
    snapshot
    detailed
        Codes of areas whose buildings are listed one by one; elsewhere the block stands for them, so that the
        list stays short enough for a phone.

    Returns
    -------
    list of BlockChoice
        By community and name.
    """
    has_blocks = any(area.level == "block" for area in snapshot.areas.values())
    home = "block" if has_blocks else snapshot.profile.geo.leaf_level
    labels: dict[int, tuple[str, str]] = {}
    listed: dict[int, list[PlaceChoice]] = {}
    for area in snapshot.areas.values():
        if area.level == home:
            community = next((step.name for step in snapshot.chain(area.id) if step.level == "community"), "")
            labels[area.id] = (community, area.name)
            listed.setdefault(area.id, []).insert(0, PlaceChoice(area.code, area.name))
        elif area.level == "building":
            chain = snapshot.chain(area.id)
            above = next((step for step in chain if step.level == home), None)
            if above is not None and any(step.code in detailed for step in chain):
                # Some buildings carry their block's name already, others only a number.
                named = area.name if area.name.startswith(above.name) else f"{above.name} {area.name}"
                listed.setdefault(above.id, []).append(PlaceChoice(area.code, named))
    ordered = sorted(labels, key=labels.__getitem__)
    return [
        BlockChoice(" · ".join(part for part in labels[key] if part), tuple(listed[key])) for key in ordered
    ]


def own_choices(snapshot: PlaceSnapshot, authority: Authority) -> list[BlockChoice]:
    """Return `block_choices` with the buildings of somebody's own communities.

    Who has none in the place (an administrator, a department) gets the buildings of all.
    """
    own = {grant.community_code for grant in authority.grants if grant.place_id == snapshot.place_id} - {""}
    return block_choices(snapshot, detailed=own or snapshot.by_code.keys())
