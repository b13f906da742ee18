"""The one permission predicate: which cases somebody may see, and in which projection.

List, detail, nearby, tile, heat, export and report all start from `Case.objects.for_user(user)`.

==============  ===============================================================================================
projection      who
==============  ===============================================================================================
`full`          those in charge: who is assigned, whose appointment covers the area with the capability to see
                (never those a complaint names: `about_allowed`), and who filed it
`deidentified`  staff of the same community: no reporter, no exact household, text masked; nothing that is
                sensitive, confidential or a complaint about somebody
`public`        anyone: kinds that the profile publishes, never sensitive or confidential ones
==============  ===============================================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from django.contrib.auth.models import AnonymousUser
from django.contrib.gis.db import models
from django.db.models import Case as When_
from django.db.models import Exists, OuterRef, Q, Value, When

from geo.domain.authority import Authority, about_allowed
from geo.selectors.authority import authority_of

if TYPE_CHECKING:
    from cases.models.case import Case
    from geo.models import User

Scope = Literal["mine", "public"]
FULL, DEIDENTIFIED, PUBLIC = "full", "deidentified", "public"


class CaseQuerySet(models.QuerySet["Case"]):
    """Cases; read them for somebody."""

    def for_user(self, user: User | AnonymousUser | None, scope: Scope | None = None) -> CaseQuerySet:
        """Return the cases that `user` may see, each annotated with its `projection`.

        Parameters
        ----------
        user
            The asker; None or anonymous for the public.
        scope
            None: all rows the asker may see. `"mine"`: what the asker's appointments cover. `"public"`: what
            anyone may see, in the public projection.
        """
        if scope == "public":
            return self.filter(is_published=True).annotate(projection=Value(PUBLIC))
        authority = authority_of(user)
        if authority.is_administrator:
            return self.annotate(projection=Value(FULL))
        full, shared = _full(authority), _deidentified(authority)
        rows = full | shared if scope == "mine" else full | shared | Q(is_published=True)
        return self.filter(rows).annotate(
            projection=When_(
                When(full, then=Value(FULL)),
                When(shared, then=Value(DEIDENTIFIED)),
                default=Value(PUBLIC),
                output_field=models.CharField(),
            )
        )


NEVER = Q(pk__in=[])


def _in_areas(place_codes: dict[int, set[str]], **extra: Any) -> Q:
    from cases.models.case import CaseArea

    condition = NEVER
    for place_id, codes in sorted(place_codes.items()):
        condition |= Q(
            Exists(CaseArea.objects.filter(case=OuterRef("pk"), place_id=place_id, code__in=sorted(codes)))
        )
    return condition & Q(**extra) if extra else condition


def _full(authority: Authority) -> Q:
    from cases.models.work import Assignment

    if authority.user_id is None:
        return NEVER
    condition = Q(filed_by_id=authority.user_id)
    posts = [g.post_id for g in authority.grants]
    departments = [g.department_id for g in authority.grants if g.department_id]
    parties = [g.party_organisation_id for g in authority.grants if g.party_organisation_id]
    assigned = Q(person_id=authority.user_id)
    if posts:
        assigned |= Q(post_id__in=posts)
    if departments:
        assigned |= Q(department_id__in=departments)
    if parties:
        assigned |= Q(party_organisation_id__in=parties)
    condition |= Q(Exists(Assignment.objects.filter(assigned, case=OuterRef("pk"), until__isnull=True)))
    by_about: dict[str, dict[int, set[str]]] = {}
    for grant in authority.having("case.view_full"):
        if not grant.area_code or not grant.level:
            continue
        for about in about_allowed(grant.level, grant.roles):
            by_about.setdefault(about, {}).setdefault(grant.place_id, set()).add(grant.area_code)
    merged: dict[tuple[tuple[int, tuple[str, ...]], ...], list[str]] = {}
    for about, scope in by_about.items():
        key = tuple((place, tuple(sorted(codes))) for place, codes in sorted(scope.items()))
        merged.setdefault(key, []).append(about)
    for key, abouts in merged.items():
        condition |= _in_areas({place: set(codes) for place, codes in key}, about__in=sorted(abouts))
    return condition


def _deidentified(authority: Authority) -> Q:
    scope: dict[int, set[str]] = {}
    for grant in authority.grants:
        code = grant.community_code or (grant.area_code if grant.level not in ("grid", "block") else "")
        if code:
            scope.setdefault(grant.place_id, set()).add(code)
    if not scope:
        return NEVER
    return _in_areas(scope, about="none", is_sensitive=False, confidential=False)
