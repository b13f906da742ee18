"""What an appointment allows: capabilities by role, and whom a complaint must not reach."""

from __future__ import annotations

from dataclasses import dataclass

from geo.domain.profile import LEVEL_ORDER

__all__ = ["Authority", "Grant", "about_allowed"]

# The finest level whose people may see a complaint about somebody: one level above those it names.
_RANK: dict[str, int] = {level: rank for rank, level in enumerate(LEVEL_ORDER)}
_FINEST_FOR_ABOUT = {
    "none": "unit",
    "leader": "community",
    "property": "community",
    "community": "subdistrict",
}


@dataclass(frozen=True, slots=True)
class Grant:
    """One current appointment, as far as rights go. `area_code` is empty for departments."""

    place_id: int
    post_id: int
    kind: str
    roles: tuple[str, ...]
    title: str
    level: str
    area_code: str
    community_code: str
    capabilities: frozenset[str]
    party_organisation_id: int | None = None
    department_id: int | None = None


@dataclass(frozen=True, slots=True)
class Authority:
    """All that a signed-in person may do; without grants a resident."""

    user_id: int | None = None
    is_administrator: bool = False
    grants: tuple[Grant, ...] = ()

    @property
    def is_staff(self) -> bool:
        """Whether the person has an appointment (or administers the deployment)."""
        return self.is_administrator or bool(self.grants)

    def having(self, capability: str) -> tuple[Grant, ...]:
        """Return the grants that carry a capability."""
        return tuple(g for g in self.grants if capability in g.capabilities)


def about_allowed(level: str, roles: tuple[str, ...]) -> frozenset[str]:
    """Return the `about` values whose complaints people of a level may see and receive.

    Whoever is named never gets the complaint: one about a grid leader or a property firm goes to the community,
    one about the community to the subdistrict. One about an official stays with secretaries of the subdistrict and
    above, since an official may be anybody in the office.
    """
    rank = _RANK[level]
    allowed = {about for about, finest in _FINEST_FOR_ABOUT.items() if rank <= _RANK[finest]}
    if {"secretary", "supervisor"} & set(roles) and rank <= _RANK["subdistrict"]:
        allowed.add("official")
    return frozenset(allowed)
