"""Who gets a case: leaders and Party cell always, departments and offices where the route says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from cases.domain.exclusion import Exclusion
from cases.domain.triage import Proposal
from cases.models import Assignment, Case
from cases.selectors.assigned import Assigned
from cases.services.placing import Placed
from geo.domain.directory import DepartmentRecord, Directory, PostRecord, Responsible
from geo.routing import AreaEntry

__all__ = [
    "Plan",
    "authority_of",
    "competent_departments",
    "offices_at",
    "people_named",
    "people_of",
    "plan_assignments",
]

MAX_LEAVES = 24
"""Beyond so many grids the leaders of the wider areas have it: a district's road is nobody's single grid."""


_KEPT = tuple(field.name for field in fields(Assigned) if field.name != "pk")


@dataclass(frozen=True, slots=True)
class Plan:
    """Who is to have a case.

    Attributes
    ----------
    rows
        Assignments to be made.
    told
        Ids of the people to tell: holders of the posts, heads of the Party organisations, officers.
    named
        Ids of the people whom a complaint is about: kept from it for good.
    routed
        Somebody answers for the place itself, rather than sorting it.
    """

    rows: tuple[Assigned, ...]
    told: frozenset[int]
    named: frozenset[int]
    routed: bool

    def as_json(self) -> dict[str, Any]:
        """Return the assignments as an event keeps them, by ids."""
        return {"assigned": [{k: v for k in _KEPT if (v := getattr(row, k))} for row in self.rows]}

    def assignments(self, case: Case, since: datetime) -> list[Assignment]:
        """Return the (unsaved) rows for a case."""
        return [
            Assignment(
                case=case,
                kind=row.kind,
                post_id=row.post_id,
                party_organisation_id=row.party_organisation_id,
                department_id=row.department_id,
                person_id=row.person_id,
                area_code=row.area_code,
                acting=row.acting,
                since=since,
            )
            for row in self.rows
        ]


def competent_departments(placed: Placed, category: str) -> tuple[DepartmentRecord, ...]:
    """Return the departments that are competent for a kind of case where it lies."""
    kind = placed.section.categories_by_key[category]
    codes = [area.code for area in placed.chain]
    return placed.snapshot.directory.competent(category, kind.authority, codes)


def authority_of(departments: Sequence[DepartmentRecord], placed: Placed) -> str | None:
    """Return the authority that a jurisdiction makes competent instead of the category's usual one.

    Parameters
    ----------
    departments
        Those competent for the case.
    placed

    Returns
    -------
    str or None
        A key of the profile's authorities. None where several departments are competent, or the one is a firm of no
        such key: then the category's own holds.
    """
    if len(departments) != 1 or departments[0].code not in placed.section.authorities_by_key:
        return None
    return departments[0].code


def plan_assignments(placed: Placed, proposal: Proposal, category: str, *, day: date) -> Plan:
    """Return who gets a case.

    Parameters
    ----------
    placed
    proposal
        What triage proposes, or what people decided instead.
    category
    day
        Local day at which terms of posts are judged.
    """
    directory = placed.snapshot.directory
    exclusion = proposal.exclusion
    named = people_named(placed, exclusion, day)
    rows: list[Assigned] = []
    leaves = list(_chains(placed))
    for chain in leaves:
        pairs = [(area.level, area.code) for area in chain]
        rows += _responsible(directory.responsible(pairs, day=day, exclusion=exclusion))
    routed = placed.outcome != "outside" and any(row.kind == Assignment.Kind.LEADER for row in rows)
    if not exclusion.confidential:
        if proposal.route in ("department", "emergency"):
            rows += [
                Assigned(Assignment.Kind.DEPARTMENT, None, None, department.id, None)
                for department in competent_departments(placed, category)
            ]
        level = proposal.level or _LEVEL_OF_ROUTE.get(proposal.route)
        if level is not None:
            role = "counter" if proposal.route == "counter" else "official"
            rows += _handlers(directory, offices_at(placed, level, role, day), day)
    if not rows:
        wanted = set(exclusion.receivers) or None
        rows += _handlers(directory, _sorters(placed, day, wanted), day)
    kept = tuple(_once(row for row in rows if row.person_id not in named))
    return Plan(kept, frozenset(people_of(directory, kept, day)) - named, named, routed)


_LEVEL_OF_ROUTE = {
    "community": "community",
    "refer": "community",
    "counter": "community",
    "emergency": "community",
    "subdistrict": "subdistrict",
}


def _chains(placed: Placed) -> Iterator[tuple[AreaEntry, ...]]:
    """Yield the chain of the pin, and those of the further leaves that the affected geometry touches."""
    if placed.chain:
        yield placed.chain
    leaf_level = placed.snapshot.index.leaf_level
    further = placed.codes.get(leaf_level, ())
    own = placed.chain[-1].code if placed.chain else ""
    if len(further) > MAX_LEAVES:
        return
    for code in further:
        if code != own:
            yield placed.snapshot.chain_of(code)


def _responsible(found: Responsible) -> Iterator[Assigned]:
    for leader in found.leaders:
        yield Assigned(
            Assignment.Kind.LEADER,
            leader.post.id,
            None,
            None,
            leader.holder.user_id,
            leader.area_code,
            leader.acting,
        )
    if found.party is not None:
        head = found.party_head_post
        yield Assigned(
            Assignment.Kind.PARTY_CELL,
            head.id if head else None,
            found.party.id,
            None,
            found.party_head.user_id if found.party_head else None,
            found.party.area_code,
        )


def offices_at(placed: Placed, level: str, role: str, day: date) -> list[tuple[PostRecord, str]]:
    """Return (post, area code) of an office at a level of the case's areas, or at the next wider one with any.

    The one of that role who leads there answers, rather than the whole office (everybody in it sees the case by
    area); where nobody of the role leads, all of the role; else those who lead.
    """
    wider = list(reversed(placed.chain or placed.queue))
    start = next((i for i, area in enumerate(wider) if area.level == level), None)
    reachable = wider[start:] if start is not None else wider[-1:]
    directory = placed.snapshot.directory
    for area in reachable:
        posts = [post for post in directory.posts_by_area.get(area.code, ()) if post.holder_on(day)]
        of_role = [post for post in posts if role in post.roles]
        leading = [post for post in posts if post.leads]
        found = [post for post in of_role if post.leads] or of_role or leading
        if found:
            return [(post, area.code) for post in found]
    return []


def _sorters(placed: Placed, day: date, kinds: set[str] | None) -> list[tuple[PostRecord, str]]:
    """Return those who sort what nobody answers for: officials of the areas that it may belong to."""
    directory = placed.snapshot.directory
    found = []
    for area in placed.chain or placed.queue:
        for post in directory.posts_by_area.get(area.code, ()):
            fits = post.kind in kinds if kinds else "official" in post.roles or post.leads
            if fits and post.holder_on(day):
                found.append((post, area.code))
    return found


def _handlers(directory: Directory, posts: Iterable[tuple[PostRecord, str]], day: date) -> Iterator[Assigned]:
    for post, code in posts:
        holder = post.holder_on(day)
        yield Assigned(Assignment.Kind.HANDLER, post.id, None, None, holder.user_id if holder else None, code)


def _once(rows: Iterable[Assigned]) -> Iterator[Assigned]:
    """Yield each post, Party organisation and department once; a leader is not a handler as well."""
    seen: set[tuple[str, int | None]] = set()
    for row in rows:
        key: tuple[str, int | None]
        if row.party_organisation_id is not None:
            key = ("party", row.party_organisation_id)
        elif row.department_id is not None:
            key = ("department", row.department_id)
        else:
            key = ("post", row.post_id)
        if key not in seen:
            seen.add(key)
            yield row


def people_of(directory: Directory, rows: Iterable[Assigned | Assignment], day: date) -> Iterator[int]:
    """Yield the ids of the people behind assignments: who holds the post, and a department's officers."""
    for row in rows:
        if row.person_id is not None:
            yield row.person_id
        if row.department_id is not None:
            for post in directory.posts_by_id.values():
                if post.department_id == row.department_id and (holder := post.holder_on(day)):
                    yield holder.user_id


def people_named(placed: Placed, exclusion: Exclusion, day: date) -> frozenset[int]:
    """Return the ids of those whom a complaint may be about: they neither see nor receive it, in whatever post.

    Parameters
    ----------
    placed
    exclusion
        Empty for a case about nobody.
    day
        Local day at which terms of posts are judged.
    """
    if not exclusion.confidential:
        return frozenset()
    directory = placed.snapshot.directory
    codes = [code for level in placed.codes for code in placed.codes[level]]
    posts = [post for code in codes for post in directory.posts_by_area.get(code, ())]
    posts += [
        post
        for code in codes
        for party in directory.party_by_area.get(code, ())
        for post in directory.posts_by_party.get(party.id, ())
    ]
    return frozenset(
        holder.user_id
        for post in posts
        if post.kind in exclusion.posts
        for holder in post.holders
        if holder.holds(day)
    )
