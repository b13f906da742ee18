"""Who answers for a place on the map: posts, their holders and Party organisations, by area code.

An immutable copy of the staffing of one place, so that a pin finds its people without a query. What is vacant and
who stands in is judged at the day asked for, because terms begin and end without anybody writing anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

__all__ = ["Directory", "Holder", "PartyRecord", "PostRecord", "Responsible", "ResponsibleLeader"]


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
    """A post and all its known terms, with what the profile says of its kind."""

    id: int
    kind: str
    title: str
    area_code: str
    roles: tuple[str, ...] = ()
    leads: bool = False
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
    """A Party organisation; `area_code` is empty where it belongs to no single area."""

    id: int
    kind: str
    name: str
    area_code: str
    parent_id: int | None
    head_title: str = ""


@dataclass(frozen=True, slots=True)
class ResponsibleLeader:
    """One who answers: the post, its holder (None: vacant with nobody above) and whether for a vacant post."""

    post: PostRecord
    holder: Holder | None
    area_code: str
    level: str
    acting: bool = False


@dataclass(frozen=True, slots=True)
class Responsible:
    """Answer of `Directory.responsible`; `notes` are (message key, parameters) in the order of reasoning."""

    leaders: tuple[ResponsibleLeader, ...] = ()
    party: PartyRecord | None = None
    party_head: Holder | None = None
    party_head_post: PostRecord | None = None
    notes: tuple[tuple[str, Mapping[str, str]], ...] = ()


@dataclass(frozen=True)
class Directory:
    """Posts and Party organisations of one place, indexed by area code."""

    version: int
    posts_by_area: Mapping[str, tuple[PostRecord, ...]] = field(default_factory=dict)
    party_by_area: Mapping[str, tuple[PartyRecord, ...]] = field(default_factory=dict)
    party_by_id: Mapping[int, PartyRecord] = field(default_factory=dict)
    party_posts: Mapping[int, tuple[PostRecord, ...]] = field(default_factory=dict)
    posts_by_id: Mapping[int, PostRecord] = field(default_factory=dict)

    @classmethod
    def build(cls, version: int, posts: Iterable[PostRecord], parties: Iterable[PartyRecord]) -> Directory:
        """Index posts and Party organisations; the order given decides among equals."""
        by_area: dict[str, list[PostRecord]] = {}
        by_party: dict[int, list[PostRecord]] = {}
        by_id: dict[int, PostRecord] = {}
        for post in posts:
            by_id[post.id] = post
            if post.party_organisation_id is not None:
                by_party.setdefault(post.party_organisation_id, []).append(post)
            elif post.area_code:
                by_area.setdefault(post.area_code, []).append(post)
        party_area: dict[str, list[PartyRecord]] = {}
        party_id: dict[int, PartyRecord] = {}
        for party in parties:
            party_id[party.id] = party
            if party.area_code:
                party_area.setdefault(party.area_code, []).append(party)
        return cls(
            version,
            {k: tuple(v) for k, v in by_area.items()},
            {k: tuple(v) for k, v in party_area.items()},
            party_id,
            {k: tuple(v) for k, v in by_party.items()},
            by_id,
        )

    def responsible(
        self,
        chain: Sequence[tuple[str, str]],
        *,
        day: date,
        levels_up: int = 0,
    ) -> Responsible:
        """Return who answers for a chain of areas.

        Parameters
        ----------
        chain
            (level, code) from the widest area to the leaf.
        day
            Local day at which terms are judged.
        levels_up
            Number of finest levels to leave out: 1 starts one level up.

        Returns
        -------
        Responsible
            The leaders of the finest area that has any filled leading post: every filled one of a team answers;
            where all are vacant the deputy, then the next area up, with `acting` set and a note. Party: the
            organisation of the finest area that has one.
        """
        notes: list[tuple[str, Mapping[str, str]]] = []
        reachable = list(reversed(chain))[levels_up:]
        leaders: list[ResponsibleLeader] = []
        vacant_below = False
        for level, code in reachable:
            posts = self.posts_by_area.get(code, ())
            leading = [p for p in posts if p.leads]
            filled = [(p, h) for p in leading if (h := p.holder_on(day))]
            if filled:
                leaders = [ResponsibleLeader(p, h, code, level, acting=vacant_below) for p, h in filled]
            elif leading:
                kinds = {p.kind for p in leading}
                deputies = [(p, h) for p in posts if kinds & set(p.deputy_for) and (h := p.holder_on(day))]
                leaders = [ResponsibleLeader(p, h, code, level, acting=True) for p, h in deputies]
                key = "vacant_deputy" if deputies else "vacant_one_up"
                notes.append((key, {"post": leading[0].title, "area": code}))
                vacant_below = True
            if leaders:
                break
        party = self._party(reachable, notes)
        head_post, head = self._party_head(party, day, notes)
        return Responsible(tuple(leaders), party, head, head_post, tuple(notes))

    def _party(
        self, reachable: Sequence[tuple[str, str]], notes: list[tuple[str, Mapping[str, str]]]
    ) -> PartyRecord | None:
        for step, (_level, code) in enumerate(reachable):
            found = self.party_by_area.get(code)
            if found:
                if step:
                    notes.append(("party_above", {"party": found[0].name}))
                return found[0]
        return None

    def _party_head(
        self,
        party: PartyRecord | None,
        day: date,
        notes: list[tuple[str, Mapping[str, str]]],
    ) -> tuple[PostRecord | None, Holder | None]:
        if party is None:
            return None, None
        for post in self.party_posts.get(party.id, ()):
            if holder := post.holder_on(day):
                return post, holder
        notes.append(("party_head_vacant", {"party": party.name}))
        return None, None
