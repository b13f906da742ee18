"""What an appointment allows: capabilities by role, within an area."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Authority", "Grant"]


@dataclass(frozen=True, slots=True)
class Grant:
    """One current appointment, as far as rights go. `area_code` is empty for departments.

    `profile` is the key of the profile in force where the post is.
    """

    place_id: int
    post_id: int
    kind: str
    roles: tuple[str, ...]
    title: str
    level: str
    area_code: str
    community_code: str
    capabilities: frozenset[str]
    profile: str
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
