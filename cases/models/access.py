"""The one permission predicate: which cases somebody may see, and in which projection.

List, detail, nearby, tile, heat, export and report all start from `Case.objects.for_user(user)`.

==============  ===============================================================================================
projection      who
==============  ===============================================================================================
`full`          those in charge: who is assigned, whose appointment covers the area with the capability to see
                (never those a complaint names), and who filed it
`deidentified`  staff of the same community: no reporter, no exact household, text masked; nothing that is
                sensitive, confidential or a complaint about somebody
`public`        anyone: kinds that the profile publishes, never sensitive or confidential ones
==============  ===============================================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from django.contrib.auth.models import AnonymousUser
from django.contrib.gis.db import models
from django.db.models import Case as When_
from django.db.models import Exists, OuterRef, Q, Value, When

from cases.domain.exclusion import exclusion_for
from cases.domain.profile import CasesSection
from cases.domain.vocabulary import ABOUT
from geo import profiles
from geo.domain.authority import Authority, Grant
from geo.selectors.authority import authority_of

if TYPE_CHECKING:
    from cases.models.case import Case  # noqa: F401 - names the type of the rows
    from cases.models.work import Assignment
    from geo.models import User

__all__ = [
    "DEIDENTIFIED",
    "FULL",
    "PUBLIC",
    "CaseQuerySet",
    "Scope",
    "about_visible",
    "covered",
    "deidentified",
    "named_cases",
]

Scope = Literal["mine", "in_charge", "public"]
FULL, DEIDENTIFIED, PUBLIC = "full", "deidentified", "public"
NEVER = Q(pk__in=[])
Inside = Callable[[Iterable[tuple[int, str]]], Q]
"""What makes a condition of areas (place id, code)."""
Areas = frozenset[tuple[int, str]]
"""(place id, area code)"""


class CaseQuerySet(models.QuerySet["Case"]):
    """Cases; read them for somebody."""

    def for_user(self, user: User | AnonymousUser | None, scope: Scope | None = None) -> CaseQuerySet:
        """Return the cases that `user` may see, each annotated with its `projection`.

        Parameters
        ----------
        user
            The asker; None or anonymous for the public.
        scope
            None: all rows the asker may see. `"mine"`: what the asker's appointments cover, and what the asker
            filed. `"in_charge"`: of these what is the asker's to work on, assigned or by area, each in the full
            projection. `"public"`: what anyone may see, in the public projection.
        """
        if scope == "public":
            return self.filter(is_published=True).annotate(projection=Value(PUBLIC))
        authority = authority_of(user)
        if scope == "in_charge":
            # An administrator sees everything, but has only the work of their own posts.
            return self.filter(_in_charge(authority)).annotate(projection=Value(FULL))
        if authority.is_administrator:
            return self.annotate(projection=Value(FULL))
        full, shared = _full(authority), deidentified(authority)
        rows = full | shared if scope == "mine" else full | shared | Q(is_published=True)
        return self.filter(rows).annotate(
            projection=When_(
                When(full, then=Value(FULL)),
                When(shared, then=Value(DEIDENTIFIED)),
                default=Value(PUBLIC),
                output_field=models.CharField(),
            )
        )


@lru_cache(maxsize=1024)
def _about_visible(profile: str, rule_version: str, kind: str) -> frozenset[str]:
    resolved = profiles.resolve(profile)
    cases = resolved.section(CasesSection)
    return frozenset(about for about in ABOUT if kind not in exclusion_for(about, cases, resolved.geo).posts)


def about_visible(profile: str, kind: str) -> frozenset[str]:
    """Return the `about` values whose complaints a kind of post may see where it is in charge.

    Parameters
    ----------
    profile
        Key of the profile in force where the post is.
    kind
        Key of the post.
    """
    return _about_visible(profile, profiles.resolve(profile).rule_version, kind)


def in_areas(areas: Iterable[tuple[int, str]]) -> Q:
    """Return the condition that a case belongs to one of some areas."""
    from cases.models.case import CaseArea

    by_place: dict[int, list[str]] = {}
    for place_id, code in sorted(areas):
        by_place.setdefault(place_id, []).append(code)
    condition = NEVER
    for place_id, codes in by_place.items():
        inside = CaseArea.objects.filter(case=OuterRef("pk"), place_id=place_id, code__in=codes)
        condition |= Q(Exists(inside))
    return condition


def _full(authority: Authority) -> Q:
    if authority.user_id is None:
        return NEVER
    return Q(filed_by_id=authority.user_id) | _in_charge(authority)


def _in_charge(authority: Authority) -> Q:
    if authority.user_id is None:
        return NEVER
    in_charge = Q(Exists(_assignments(authority).filter(case=OuterRef("pk")))) | covered(authority)
    if authority.grants:
        from cases.models.case import Recusal

        # Whoever a complaint names is kept from it whatever other post they hold, now or later.
        named = Recusal.objects.filter(case=OuterRef("pk"), person_id=authority.user_id)
        in_charge &= Q(about="none") | ~Q(Exists(named))
    return in_charge


def _assignments(authority: Authority) -> models.QuerySet[Assignment]:
    """Return the open assignments to somebody, or to a post that they hold."""
    from cases.models.work import Assignment

    # Rights come with posts: who held one when a case came has nothing left of it after the term.
    holder = Q(person_id=authority.user_id, post__isnull=True)
    posts = [g.post_id for g in authority.grants]
    departments = [g.department_id for g in authority.grants if g.department_id]
    parties = [g.party_organisation_id for g in authority.grants if g.party_organisation_id]
    if posts:
        holder |= Q(post_id__in=posts)
    if departments:
        holder |= Q(department_id__in=departments)
    if parties:
        holder |= Q(party_organisation_id__in=parties)
    return Assignment.objects.filter(holder, until__isnull=True)


def named_cases(authority: Authority, scope: Scope | None) -> models.QuerySet[Any]:
    """Return the ids of the cases whose projection for somebody is not decided by area and kind alone.

    Assigned to them, filed by them, or about them: everything in `for_user` that a rollup cannot know.
    """
    from cases.models.case import Case, Recusal

    ids = [
        _assignments(authority).values_list("case_id"),
        Recusal.objects.filter(person_id=authority.user_id).values_list("case_id"),
    ]
    if scope != "in_charge":
        ids.append(Case.objects.filter(filed_by_id=authority.user_id).values_list("pk"))
    return ids[0].union(*ids[1:])


def covered(authority: Authority, inside: Inside = in_areas) -> Q:
    """Return the condition for what appointments see whole: cases in their areas, by whom the case is about.

    Parameters
    ----------
    authority
    inside
        What makes a condition of areas.
    """
    by_about: dict[str, set[tuple[int, str]]] = {}
    for grant in authority.having("case.view_full"):
        if grant.area_code:
            for about in about_visible(grant.profile, grant.kind):
                by_about.setdefault(about, set()).add((grant.place_id, grant.area_code))
    merged: dict[Areas, list[str]] = {}
    for about, areas in by_about.items():
        merged.setdefault(frozenset(areas), []).append(about)
    condition = NEVER
    for scope, abouts in merged.items():
        condition |= inside(scope) & Q(about__in=sorted(abouts))
    return condition


def deidentified(authority: Authority, inside: Inside = in_areas) -> Q:
    """Return the condition for what staff learns of its community; see `covered`."""
    areas = {
        (grant.place_id, code)
        for grant in authority.having("case.view_deidentified")
        if (code := _shared_area(grant))
    }
    if not areas:
        return NEVER
    return inside(areas) & Q(about="none", is_sensitive=False, confidential=False)


def _shared_area(grant: Grant) -> str:
    """Return the community that a post learns from, or its own area where that is wider."""
    return grant.community_code or grant.area_code
