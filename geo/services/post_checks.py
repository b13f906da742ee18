"""Whether a post can exist where it is put: what the profile that holds there says of its kind."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from geo import profiles
from geo.domain.profile import Post as PostKind
from geo.errors import Conflict, InvalidInput, NotThere
from geo.models import Area, Department, PartyOrganisation, Place, Post, ProfileOverride

__all__ = ["check_lane", "check_post"]


def check_post(post: Post) -> None:
    """Accept a post that the profile knows, at a place of the right level, with a free seat.

    Raises
    ------
    InvalidInput, NotThere, Conflict
        Otherwise.
    """
    where = [bool(post.area_code), post.party_organisation_id is not None, post.department_id is not None]
    if sum(where) != 1:
        raise InvalidInput(
            _("A post stands at an area, in a Party organisation or in a department: exactly one of them."),
            field="area_code",
            value=post.area_code,
            accepted="area_code | party_organisation | department",
        )
    if post.area_code:
        _check_area_post(post)
    elif post.party_organisation_id is not None:
        _check_party_post(post, post.party_organisation_id)
    elif post.department_id is not None:
        _check_department_post(post, post.department_id)
    check_lane(post)


def check_lane(post: Post) -> None:
    """Accept a lane only where the kind of post answers for one.

    Raises
    ------
    InvalidInput
        Otherwise.
    """
    if post.lane is None:
        return
    party = post.party_organisation
    kind = _kind(post, party.area_code if party else post.area_code)
    if not kind.lane:
        raise InvalidInput(
            _("A lane is drawn only for posts that answer for one; this is “%(kind)s”.")
            % {"kind": _name(kind)},
            field="lane",
            accepted="none",
        )


def _name(kind: PostKind) -> str:
    return kind.name.text(get_language() or "zh-hans")


def _kind(post: Post, area_code: str) -> PostKind:
    kinds = profiles.resolve(_profile_key(post.place, area_code)).geo.posts_by_key
    found = kinds.get(post.kind)
    if found is None:
        raise InvalidInput(
            _("There is no post “%(kind)s” here; there are: %(known)s.")
            % {"kind": post.kind, "known": ", ".join(kinds)},
            field="kind",
            value=post.kind,
            accepted=list(kinds),
        )
    return found


def _profile_key(place: Place, area_code: str) -> str:
    """Return the profile that holds at an area of the active generation: the finest override above it."""
    overrides = dict(ProfileOverride.objects.filter(place=place).values_list("area_code", "profile"))
    area = _areas(place, area_code).first() if overrides and area_code else None
    for code in reversed(area.path.strip("/").split("/") if area else []):
        if code in overrides:
            return overrides[code]
    return place.profile


def _areas(place: Place, code: str) -> QuerySet[Area]:
    return Area.objects.filter(generation__place=place, generation__state="active", code=code)


def _check_area_post(post: Post) -> None:
    kind = _kind(post, post.area_code)
    if kind.party_kind is not None:
        raise InvalidInput(
            _("“%(kind)s” heads a Party organisation: choose that.") % {"kind": _name(kind)},
            field="party_organisation",
            accepted=kind.party_kind,
        )
    area = _areas(post.place, post.area_code).filter(level=kind.level).first()
    if area is None:
        raise InvalidInput(
            _("“%(kind)s” stands at an area of the level “%(level)s”; none has the code “%(code)s”.")
            % {"kind": _name(kind), "level": kind.level, "code": post.area_code},
            field="area_code",
            value=post.area_code,
            accepted=kind.level,
        )
    enclosure = _enclosure(area)
    if kind.enclosures and enclosure and enclosure not in kind.enclosures:
        raise InvalidInput(
            _("“%(kind)s” exists only in blocks that are: %(accepted)s. This one is: %(enclosure)s.")
            % {"kind": _name(kind), "accepted": ", ".join(kind.enclosures), "enclosure": enclosure},
            field="area_code",
            value=post.area_code,
            accepted=list(kind.enclosures),
        )
    _check_seats(post, kind, Q(area_code=post.area_code))


def _enclosure(area: Area) -> str:
    block: Area | None = area
    while block is not None and not block.enclosure:
        block = block.parent
    return block.enclosure if block is not None else ""


def _check_party_post(post: Post, party_id: int) -> None:
    party = PartyOrganisation.objects.filter(pk=party_id, place=post.place).first()
    if party is None:
        raise NotThere(_("There is no such Party organisation."), field="party_organisation", value=party_id)
    kind = _kind(post, party.area_code)
    if kind.party_kind not in (None, party.kind):
        raise InvalidInput(
            _("“%(kind)s” heads a Party organisation of the kind “%(wanted)s”; this is “%(got)s”.")
            % {"kind": _name(kind), "wanted": kind.party_kind, "got": party.kind},
            field="party_organisation",
            value=party.pk,
            accepted=kind.party_kind,
        )
    _check_seats(post, kind, Q(party_organisation=party))


def _check_department_post(post: Post, department_id: int) -> None:
    if not Department.objects.filter(pk=department_id, place=post.place).exists():
        raise NotThere(_("There is no such department."), field="department", value=department_id)
    kind = _kind(post, "")
    if "department" not in kind.roles:
        raise InvalidInput(
            _("“%(kind)s” is no post of a department.") % {"kind": _name(kind)},
            field="kind",
            value=post.kind,
            accepted="department",
        )


def _check_seats(post: Post, kind: PostKind, there: Q) -> None:
    if kind.seats is None:
        return
    existing = Post.objects.filter(there, place=post.place, kind=post.kind).exclude(pk=post.pk).count()
    if existing >= kind.seats:
        raise Conflict(
            _("All seats of “%(kind)s” exist there already: %(seats)d.")
            % {"seats": kind.seats, "kind": _name(kind)},
            field="kind",
            value=post.kind,
            accepted=kind.seats,
        )
