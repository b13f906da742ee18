"""Who somebody is, by current appointments: one query a request."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.utils import timezone

from geo import routing
from geo.domain.authority import Authority, Grant
from geo.models import Appointment

if TYPE_CHECKING:
    from geo.models import User

__all__ = ["authority_of"]

NOBODY = Authority()


def authority_of(user: User | AnonymousUser | None, *, day: date | None = None) -> Authority:
    """Return the rights of a user today; kept on the user object for the length of a request."""
    if user is None or not user.is_authenticated or not user.is_active:
        return NOBODY
    kept: Authority | None = getattr(user, "_authority", None)
    if kept is not None and day is None:
        return kept
    today = day or timezone.localdate()
    rows = (
        Appointment.objects.filter(
            Q(until__isnull=True) | Q(until__gt=today), person_id=user.pk, since__lte=today
        )
        .order_by("id")
        .values_list(
            "post_id",
            "post__kind",
            "post__place_id",
            "post__area_code",
            "post__party_organisation_id",
            "post__party_organisation__area_code",
            "post__department_id",
        )
    )
    grants = tuple(grant for row in rows if (grant := _grant(*row)) is not None)
    authority = Authority(user.pk, bool(user.is_superuser), grants)
    user._authority = authority  # type: ignore[union-attr]
    return authority


def _grant(
    post_id: int,
    kind: str,
    place_id: int,
    area_code: str,
    party_id: int | None,
    party_area: str | None,
    department_id: int | None,
) -> Grant | None:
    snapshot = routing.snapshot_of(place_id)
    if snapshot is None:
        return None
    post = snapshot.profile.geo.posts_by_key.get(kind)
    roles: tuple[str, ...] = post.roles if post else ("department",) if department_id else ()
    code = area_code or party_area or ""
    chain = snapshot.chain_of(code) if code else ()
    level = chain[-1].level if chain else (post.level if post else "")
    community = next((a.code for a in chain if a.level == "community"), "")
    return Grant(
        place_id,
        post_id,
        kind,
        roles,
        post.name.text() if post else kind,
        level,
        code,
        community,
        snapshot.profile.geo.capabilities(roles),
        party_id,
        department_id,
    )
