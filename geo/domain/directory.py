"""Who answers for a place on the map: posts, their holders, Party organisations and departments, by area code.

An immutable copy of the staffing of one place, so that a pin finds its people without a query. What is vacant and
who stands in is judged at the day asked for, because terms begin and end without anybody writing anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Protocol

from geo.domain.profile_base import Names

__all__ = [
    "DepartmentRecord",
    "Directory",
    "Exclusion",
    "Holder",
    "Note",
    "PartyRecord",
    "PostRecord",
    "Responsible",
    "ResponsibleLeader",
]

Note = tuple[str, Mapping[str, "Names | str"]]
"""Key of a sentence and what it speaks of; an `area` is given by its code."""
Chain = Sequence[tuple[str, str]]
"""(level, code) from the widest area to the leaf."""


class Exclusion(Protocol):
    """Whom a complaint passes by, and who takes it instead (`cases.domain.exclusion`).

    Attributes
    ----------
    levels
        Levels of the case's own areas whose posts are kept out.
    posts
        Keys of the posts kept out, at whatever level.
    party_kinds
        Kinds of Party organisation that it does not go to.
    receiver_level
        Level that takes it; None excludes nobody.
    receivers
        Keys of the posts that take it, in the order in which they are asked.
    """

    @property
    def levels(self) -> frozenset[str]: ...  # noqa: D102
    @property
    def posts(self) -> frozenset[str]: ...  # noqa: D102
    @property
    def party_kinds(self) -> frozenset[str]: ...  # noqa: D102
    @property
    def receiver_level(self) -> str | None: ...  # noqa: D102
    @property
    def receivers(self) -> tuple[str, ...]: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Holder:
    """A person in a post, `since` inclusive, `until` exclusive."""

    user_id: int
    name: str
    since: date
    until: date | None = None

    def holds(self, day: date) -> bool:
        """Tell whether the term covers the day."""
        return self.since <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class PostRecord:
    """A post and all its known terms, with what the profile says of its kind.

    `leads` answers for its area, `heads` is the head of its Party organisation.
    """

    id: int
    kind: str
    title: Names
    area_code: str
    roles: tuple[str, ...] = ()
    leads: bool = False
    heads: bool = False
    deputy_for: tuple[str, ...] = ()
    holders: tuple[Holder, ...] = ()
    party_organisation_id: int | None = None
    department_id: int | None = None
    office_phone: str = ""

    def holder_on(self, day: date) -> Holder | None:
        """Return who holds the post that day (the latest appointed where terms overlap), or None when vacant."""
        current = [h for h in self.holders if h.holds(day)]
        return max(current, key=lambda h: (h.since, h.user_id)) if current else None


@dataclass(frozen=True, slots=True)
class PartyRecord:
    """A Party organisation; `area_code` is empty where it belongs to no single area.

    `answers` is whether cases go to it: a building's Party group may leave that to its branch.
    """

    id: int
    kind: str
    names: Names
    area_code: str
    parent_id: int | None
    head_title: Names | None = None
    answers: bool = True


@dataclass(frozen=True, slots=True)
class DepartmentRecord:
    """A department and for which (category, area code) it is competent; an empty text means all of them."""

    id: int
    code: str
    names: Names
    off_area: bool = False
    phone: str = ""
    jurisdictions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ResponsibleLeader:
    """One who answers: the post, its holder, the area it stands at, and whether for a vacant post."""

    post: PostRecord
    holder: Holder
    area_code: str
    level: str
    acting: bool = False


@dataclass(frozen=True, slots=True)
class Responsible:
    """Answer of `Directory.responsible`; `notes` stand in the order of reasoning."""

    leaders: tuple[ResponsibleLeader, ...] = ()
    party: PartyRecord | None = None
    party_head: Holder | None = None
    party_head_post: PostRecord | None = None
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Directory:
    """Posts, Party organisations and departments of one place, indexed by area code.

    Attributes
    ----------
    version
        `Place.directory_version` that it was read at.
    vacant_titles
        By level, what its leading post is called: where an area has none at all, that one is missing.
    party_levels
        Levels at which the profile has Party organisations that cases go to.
    fallback
        Who answers for a vacant post, in order: 'post', 'deputy', 'up'.
    """

    version: int
    posts_by_area: Mapping[str, tuple[PostRecord, ...]] = field(default_factory=dict)
    posts_by_party: Mapping[int, tuple[PostRecord, ...]] = field(default_factory=dict)
    posts_by_id: Mapping[int, PostRecord] = field(default_factory=dict)
    party_by_area: Mapping[str, tuple[PartyRecord, ...]] = field(default_factory=dict)
    party_by_id: Mapping[int, PartyRecord] = field(default_factory=dict)
    departments: tuple[DepartmentRecord, ...] = ()
    vacant_titles: Mapping[str, Names] = field(default_factory=dict)
    party_levels: frozenset[str] = frozenset()
    fallback: tuple[str, ...] = ("post", "deputy", "up")

    @classmethod
    def build(
        cls,
        version: int,
        posts: Iterable[PostRecord],
        parties: Iterable[PartyRecord],
        departments: Iterable[DepartmentRecord] = (),
        *,
        vacant_titles: Mapping[str, Names] | None = None,
        party_levels: Iterable[str] = (),
        fallback: tuple[str, ...] = ("post", "deputy", "up"),
    ) -> Directory:
        """Index posts and Party organisations; the order given decides among equals."""
        by_area: dict[str, list[PostRecord]] = {}
        by_party: dict[int, list[PostRecord]] = {}
        by_id: dict[int, PostRecord] = {}
        for post in posts:
            by_id[post.id] = post
            if post.party_organisation_id is not None:
                by_party.setdefault(post.party_organisation_id, []).append(post)
            elif post.area_code and post.department_id is None:
                by_area.setdefault(post.area_code, []).append(post)
        party_area: dict[str, list[PartyRecord]] = {}
        party_id: dict[int, PartyRecord] = {}
        for party in parties:
            party_id[party.id] = party
            if party.area_code:
                party_area.setdefault(party.area_code, []).append(party)
        return cls(
            version=version,
            posts_by_area={code: tuple(found) for code, found in by_area.items()},
            posts_by_party={pk: tuple(found) for pk, found in by_party.items()},
            posts_by_id=by_id,
            party_by_area={code: tuple(found) for code, found in party_area.items()},
            party_by_id=party_id,
            departments=tuple(departments),
            vacant_titles=vacant_titles or {},
            party_levels=frozenset(party_levels),
            fallback=fallback,
        )

    def responsible(
        self,
        chain: Chain,
        *,
        day: date,
        levels_up: int = 0,
        exclusion: Exclusion | None = None,
    ) -> Responsible:
        """Return who answers for a chain of areas.

        Parameters
        ----------
        chain
            (level, code) from the widest area to the leaf; empty gives nobody.
        day
            Local day at which terms are judged.
        levels_up
            Number of finest levels to leave out: 1 starts one level up.
        exclusion
            Whom a complaint must pass by. Its receivers then take the place of the leaders.

        Returns
        -------
        Responsible
            Leaders: those of the finest area that has a filled leading post, every filled one of a team. Where all
            posts of an area are vacant its deputies, then the next area up, with `acting` set and a note. Party: the
            answering organisation of the finest area that has one.
        """
        reachable = list(reversed(chain))[levels_up:]
        notes: list[Note] = []
        if exclusion is None or exclusion.receiver_level is None:
            leaders = self._leaders(reachable, day, notes)
            passed_by: frozenset[str] = frozenset()
        else:
            passed_by = exclusion.party_kinds
            leaders = self._receivers(reachable, day, exclusion, notes)
        if not leaders:
            notes.append(("nobody", {}))
        party = self._party(reachable, passed_by, notes)
        head_post, head = self._party_head(party, day, notes)
        return Responsible(tuple(leaders), party, head, head_post, tuple(notes))

    def posts_held_by(self, user_id: int, day: date) -> tuple[PostRecord, ...]:
        """Return the posts that a person holds that day, in the order of the directory; empty for none."""
        return tuple(
            post
            for post in self._posts_by_person.get(user_id, ())
            if any(holder.user_id == user_id and holder.holds(day) for holder in post.holders)
        )

    @cached_property
    def _posts_by_person(self) -> Mapping[int, tuple[PostRecord, ...]]:
        found: dict[int, list[PostRecord]] = {}
        for post in self.posts_by_id.values():
            for user_id in {holder.user_id for holder in post.holders}:
                found.setdefault(user_id, []).append(post)
        return {user_id: tuple(posts) for user_id, posts in found.items()}

    def competent(self, category: str, authority: str, codes: Sequence[str]) -> tuple[DepartmentRecord, ...]:
        """Return the departments that are competent for a category at a chain of areas.

        Parameters
        ----------
        category
            Key of the category.
        authority
            Key of its competent authority; a department of that code without any jurisdiction is competent for it
            everywhere.
        codes
            Area codes from the widest to the leaf; empty where the place is not known.

        Returns
        -------
        tuple of DepartmentRecord
            Those with the closest jurisdiction: of the category before one of all categories, then of the finest
            area. Several where the rule makes no difference between them; empty where nobody is competent.
        """
        depth = {code: position + 1 for position, code in enumerate(codes)}
        ranked: list[tuple[tuple[int, int], DepartmentRecord]] = []
        for department in self.departments:
            ranks = [
                (int(kind == category), depth.get(code, 0))
                for kind, code in department.jurisdictions
                if kind in ("", category) and (code == "" or code in depth)
            ]
            if ranks:
                ranked.append((max(ranks), department))
            elif not department.jurisdictions and department.code == authority:
                ranked.append(((0, 0), department))
        if not ranked:
            return ()
        best = max(rank for rank, _ in ranked)
        return tuple(department for rank, department in ranked if rank == best)

    def _leaders(self, reachable: Chain, day: date, notes: list[Note]) -> list[ResponsibleLeader]:
        vacant_below = False
        for level, code in reachable:
            posts = self.posts_by_area.get(code, ())
            leading = [post for post in posts if post.leads]
            found = list(_filled(leading, day, code, level, acting=vacant_below))
            if found:
                return found
            title = leading[0].title if leading else self.vacant_titles.get(level)
            if title is None:
                continue
            if "deputy" in self.fallback:
                kinds = {post.kind for post in leading}
                deputies = [post for post in posts if kinds & set(post.deputy_for)]
                found = list(_filled(deputies, day, code, level, acting=True))
            going_up = not found and "up" in self.fallback
            key = "vacant_deputy" if found else "vacant_one_up" if going_up else "vacant"
            notes.append((key, {"post": title, "area": code}))
            if not going_up:
                return found
            vacant_below = True
        return []

    def _receivers(
        self, reachable: Chain, day: date, exclusion: Exclusion, notes: list[Note]
    ) -> list[ResponsibleLeader]:
        # Somebody may hold a post that is kept out and one that receives: then it still passes that person by.
        named = {
            holder.user_id
            for level, code in reachable
            for post in self._posts_at(code)
            if (level in exclusion.levels or post.kind in exclusion.posts)
            and post.kind not in exclusion.receivers
            and (holder := post.holder_on(day))
        }
        levels = [level for level, _ in reachable]
        if exclusion.receiver_level not in levels:
            return []
        notes.append(("one_level_up", {}))
        start = levels.index(exclusion.receiver_level)
        for step, (level, code) in enumerate(reachable[start:]):
            posts = self._posts_at(code)
            if step == 0:
                kinds = exclusion.receivers
            else:
                kinds = tuple(p.kind for p in posts if p.leads and p.kind not in exclusion.posts)
            for kind in kinds:
                of_kind = [post for post in posts if post.kind == kind]
                found = [
                    leader
                    for leader in _filled(of_kind, day, code, level, acting=step > 0)
                    if leader.holder.user_id not in named
                ]
                if found:
                    return found
            if step == 0:
                notes.append(("receiver_vacant", {"area": code}))
        return []

    def _posts_at(self, code: str) -> tuple[PostRecord, ...]:
        """Return the posts of an area and of its Party organisations."""
        own = self.posts_by_area.get(code, ())
        parties = self.party_by_area.get(code, ())
        return (*own, *(post for party in parties for post in self.posts_by_party.get(party.id, ())))

    def _party(self, reachable: Chain, passed_by: frozenset[str], notes: list[Note]) -> PartyRecord | None:
        missing = ""
        for level, code in reachable:
            answering = [party for party in self.party_by_area.get(code, ()) if party.answers]
            for party in answering:
                if party.kind not in passed_by:
                    if missing:
                        notes.append(("party_above", {"party": party.names, "area": missing}))
                    return party
            if level in self.party_levels and not answering:
                missing = missing or code
        return None

    def _party_head(
        self, party: PartyRecord | None, day: date, notes: list[Note]
    ) -> tuple[PostRecord | None, Holder | None]:
        """Return the head's post and its holder; where it is vacant, of the organisation above."""
        seen: set[int] = set()
        first = party
        while party is not None and party.id not in seen:
            seen.add(party.id)
            for post in self.posts_by_party.get(party.id, ()):
                if post.heads and (holder := post.holder_on(day)):
                    if party is not first:
                        notes.append(("party_head_above", {"party": party.names}))
                    return post, holder
            if party is first:
                notes.append(("party_head_vacant", {"party": party.names}))
            party = self.party_by_id.get(party.parent_id) if party.parent_id is not None else None
        return None, None


def _filled(
    posts: Iterable[PostRecord], day: date, code: str, level: str, *, acting: bool
) -> Iterator[ResponsibleLeader]:
    for post in posts:
        holder = post.holder_on(day)
        if holder is not None:
            yield ResponsibleLeader(post, holder, code, level, acting)
