"""Who somebody is, by current appointments: no query beyond the one that tells whether the snapshots are fresh."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from geo import routing
from geo.domain.authority import Authority, Grant
from geo.domain.directory import PostRecord

if TYPE_CHECKING:
    from geo.models import User

__all__ = ["authority_of"]

NOBODY = Authority()


def authority_of(user: User | AnonymousUser | None, *, day: date | None = None) -> Authority:
    """Return the rights of a user today; kept on the user object for the length of a request.

    Parameters
    ----------
    user
        None or anonymous has no rights.
    day
        Another day at which terms are judged; without it, today in the time zone of each place.
    """
    if user is None or not user.is_authenticated or not user.is_active:
        return NOBODY
    kept: Authority | None = getattr(user, "_authority", None)
    if kept is not None and day is None:
        return kept
    now = timezone.now()
    grants = tuple(
        _grant(snapshot, post)
        for snapshot in routing.snapshots().values()
        for post in snapshot.directory.posts_held_by(user.pk, day or _local_day(now, snapshot.time_zone))
    )
    authority = Authority(user.pk, bool(user.is_superuser), grants)
    if day is None:
        user._authority = authority  # type: ignore[attr-defined]
    return authority


def _local_day(now: datetime, time_zone: str) -> date:
    return now.astimezone(ZoneInfo(time_zone)).date()


def _grant(snapshot: routing.PlaceSnapshot, record: PostRecord) -> Grant:
    code = record.area_code
    if not code and record.party_organisation_id is not None:
        code = snapshot.directory.party_by_id[record.party_organisation_id].area_code
    chain = snapshot.chain_of(code) if code else ()
    profile = snapshot.profile_at(tuple(area.code for area in chain))
    post = profile.geo.posts_by_key.get(record.kind) or snapshot.profile.geo.posts_by_key.get(record.kind)
    roles: tuple[str, ...] = post.roles if post else ("department",) if record.department_id else ()
    return Grant(
        place_id=snapshot.place_id,
        post_id=record.id,
        kind=record.kind,
        roles=roles,
        title=post.name.text() if post else record.kind,
        level=chain[-1].level if chain else (post.level if post else ""),
        area_code=code,
        community_code=next((area.code for area in chain if area.level == "community"), ""),
        capabilities=profile.geo.capabilities(roles),
        profile=profile.key,
        party_organisation_id=record.party_organisation_id,
        department_id=record.department_id,
    )
