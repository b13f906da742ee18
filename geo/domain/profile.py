"""Section `geo` of a profile: levels, posts, Party organisations, roles and tolerances of a place."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from geo.domain.profile_base import (
    Finding,
    Key,
    Keyed,
    Names,
    Section,
    Strict,
    duplicates,
    index_by_key,
    quoted,
)

__all__ = [
    "LEVEL_ORDER",
    "BlockKind",
    "Enclosure",
    "EnclosureKey",
    "GeoSection",
    "Level",
    "LevelKey",
    "PartyKind",
    "Post",
    "Role",
    "RoleKey",
    "Tolerances",
]

LevelKey = Literal["city", "district", "subdistrict", "community", "block", "grid", "building", "unit"]
LEVEL_ORDER: tuple[LevelKey, ...] = get_args(LevelKey)
"""Every level there can be, widest first. A profile may skip some, never reorder them."""

EnclosureKey = Literal["closed", "open"]
RoleKey = Literal[
    "leader",  # answers for a grid
    "deputy",  # acts for a leader whose post is vacant
    "patroller",
    "building_head",
    "lane_chief",
    "group_head",
    "secretary",  # heads a Party organisation
    "counter",
    "official",
    "supervisor",  # takes what is said about officials
    "planner",
    "department",
    "representative",
]
Metres = Annotated[float, Field(ge=0, le=1000)]
Capability = Annotated[str, Field(pattern=r"^[a-z]+\.[a-z][a-z_-]*$")]


class Level(Strict):
    """One level of the area tree, in the words of the place."""

    key: LevelKey
    name: Names
    expected: Annotated[int, Field(ge=0)] | None = None
    """How many such areas the place says it has; the coverage report compares."""


class BlockKind(Keyed):
    """What a block can be: an estate, a courtyard, an organisation's dormitory."""

    name: Names


class Enclosure(Strict):
    """Closed or open block; which posts lead its grids depends on it (`Post.enclosures`)."""

    key: EnclosureKey
    name: Names
    team: Names
    """What those who lead such a block are called together."""


class Post(Keyed):
    """A post that people are appointed to, attached to each area of its level."""

    name: Names
    level: LevelKey
    roles: Annotated[tuple[RoleKey, ...], Field(min_length=1)]
    seats: Annotated[int, Field(ge=1)] | None = None
    """How many may hold it in one area at a time; None for any number."""
    leads: bool = False
    """Answers for the grids of its area: cases are assigned to it."""
    enclosures: tuple[EnclosureKey, ...] = ()
    """Exists only in such blocks; empty for any."""
    deputy_for: tuple[Key, ...] = ()
    """Posts of the same area whose work it takes over while they are vacant."""
    party_kind: Key | None = None
    """Heads a Party organisation of this kind rather than the area itself."""
    organisation: Literal["committee", "police", "property", "party", "residents", "contractor", "government"]
    elected: bool = False
    employment: Literal["full_time", "part_time"] | None = None
    lane: bool = False
    """Its holder answers for a lane, drawn as a line."""


class PartyKind(Keyed):
    """A kind of Party organisation. The tree of organisations mirrors the area tree."""

    name: Names
    level: LevelKey
    head_title: Names
    parent: Key | None = None
    answers: bool = True
    """A case reaches the nearest organisation of an answering kind, from its grid upwards."""


class Role(Strict):
    """What holders of a role may do within the areas of their posts."""

    key: RoleKey
    name: Names
    can: tuple[Capability, ...] = ()


class Tolerances(Strict):
    """Distances that decide between outcomes of a locate, in metres."""

    snap_tolerance_m: Metres = 30.0
    """Outside every grid but this near to one: snapped to it."""
    building_tolerance_m: Metres = 15.0
    """A pin beside a building belongs to the nearest one within this distance."""
    span_tolerance_m: Metres = 15.0
    """A line or area touches every unit within this distance: the road between two blocks touches both."""
    default_accuracy_m: Metres = 10.0
    """Taken for a GPS pin that comes without an accuracy."""


class GeoSection(Section):
    """Where things are and who answers for them."""

    levels: Annotated[tuple[Level, ...], Field(min_length=1)]
    leaf_level: LevelKey
    """The level that a pin is routed to; areas of it do not overlap and leave no gap."""
    code_scheme: Literal["unit_grid_15", "free"] = "free"
    languages: Annotated[tuple[Literal["zh-hans", "en", "ko"], ...], Field(min_length=1)] = ("zh-hans", "en")
    block_kinds: tuple[BlockKind, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    posts: tuple[Post, ...] = ()
    fallback: tuple[Literal["post", "deputy", "up"], ...] = ("post", "deputy", "up")
    """Who answers when a leading post is vacant, in order; `up` is the leading post of the next level."""
    party_kinds: tuple[PartyKind, ...] = ()
    roles: tuple[Role, ...] = ()
    tolerances: Tolerances = Tolerances()

    @model_validator(mode="after")
    def _fallback_starts_with_post(self) -> Self:
        if self.fallback[:1] != ("post",) or len(set(self.fallback)) != len(self.fallback):
            raise ValueError(
                "fallback must begin with 'post' and name each of 'deputy' and 'up' at most once"
            )
        return self

    @cached_property
    def level_keys(self) -> tuple[LevelKey, ...]:
        """Levels that this profile uses, widest first."""
        return tuple(level.key for level in self.levels)

    @cached_property
    def area_levels(self) -> tuple[LevelKey, ...]:
        """Levels from the widest down to the leaf: those whose areas form the routed tree."""
        return self.level_keys[: self.level_keys.index(self.leaf_level) + 1]

    @cached_property
    def levels_by_key(self) -> Mapping[str, Level]:
        """Levels by key."""
        return {level.key: level for level in self.levels}

    @cached_property
    def posts_by_key(self) -> Mapping[str, Post]:
        """Posts by key."""
        return index_by_key(self.posts)

    @cached_property
    def party_kinds_by_key(self) -> Mapping[str, PartyKind]:
        """Kinds of Party organisation by key."""
        return index_by_key(self.party_kinds)

    @cached_property
    def roles_by_key(self) -> Mapping[str, Role]:
        """Roles by key."""
        return {role.key: role for role in self.roles}

    def level_above(self, level: str) -> LevelKey | None:
        """Return the next wider level that the profile has, None above the widest.

        Raises
        ------
        KeyError
            If the profile has no such level.
        """
        if level not in self.levels_by_key:
            raise KeyError(f"level must be one of {quoted(self.level_keys)}; got '{level}'")
        position = self.level_keys.index(level)
        return self.level_keys[position - 1] if position else None

    def leading_posts(self, level: str, enclosure: str | None = None) -> tuple[Post, ...]:
        """Return the posts that answer for an area of a level, in the profile's order.

        Parameters
        ----------
        level : str
        enclosure : {'closed', 'open'} or None
            Of the block that the area is or lies in. None (not recorded) leaves out the posts that exist
            only in blocks of one kind.

        Returns
        -------
        tuple of Post
            Empty where the profile has no leading post at this level: the next level up answers.
        """
        return tuple(
            post
            for post in self.posts
            if post.leads and post.level == level and (not post.enclosures or enclosure in post.enclosures)
        )

    def deputies(self, level: str) -> tuple[Post, ...]:
        """Return the posts that act for a vacant leading post of an area of this level."""
        return tuple(post for post in self.posts if post.level == level and post.deputy_for)

    def capabilities(self, roles: Iterable[str]) -> frozenset[str]:
        """Return everything that holders of the given roles may do; unknown roles may do nothing."""
        return frozenset(
            capability
            for role in roles
            if role in self.roles_by_key
            for capability in self.roles_by_key[role].can
        )

    def findings(self, sections: Mapping[str, Section]) -> Iterator[Finding]:
        """Yield dangling references and contradictions."""
        yield from self._level_findings()
        yield from duplicates("block_kinds", self.block_kinds)
        yield from duplicates("posts", self.posts)
        yield from duplicates("party_kinds", self.party_kinds)
        for position, post in enumerate(self.posts):
            yield from self._post_findings(position, post)
        for position, kind in enumerate(self.party_kinds):
            yield from self._party_findings(position, kind)
        for position, enclosure in enumerate(self.enclosures):
            if not any(post.leads and enclosure.key in post.enclosures for post in self.posts):
                yield Finding(
                    ("enclosures", position, "key"),
                    enclosure.key,
                    "an enclosure that at least one leading post names in its 'enclosures'",
                )
        widest = self.levels[0].key
        if self.posts and not self.leading_posts(widest):
            yield Finding(
                ("posts",),
                f"no leading post at '{widest}'",
                "a post with leads = true at the widest level: it answers when every post below is vacant",
            )

    def _level_findings(self) -> Iterator[Finding]:
        ranks = [LEVEL_ORDER.index(level.key) for level in self.levels]
        for position in range(1, len(ranks)):
            if ranks[position] <= ranks[position - 1]:
                yield Finding(
                    ("levels", position, "key"),
                    self.levels[position].key,
                    f"levels once each, widest first: {quoted(LEVEL_ORDER)}",
                )
        if self.leaf_level not in self.levels_by_key:
            yield Finding(("leaf_level",), self.leaf_level, quoted(self.level_keys))
        elif self.leaf_level in ("building", "unit"):
            yield Finding(("leaf_level",), self.leaf_level, "a level above 'building'")

    def _post_findings(self, position: int, post: Post) -> Iterator[Finding]:
        where = ("posts", position)
        if post.level not in self.levels_by_key:
            yield Finding((*where, "level"), post.level, quoted(self.level_keys))
        for index, role in enumerate(post.roles):
            if role not in self.roles_by_key:
                yield Finding(
                    (*where, "roles", index), role, f"a role of geo.roles: {quoted(self.roles_by_key)}"
                )
        for index, key in enumerate(post.deputy_for):
            target = self.posts_by_key.get(key)
            if target is None or target.level != post.level or not target.leads:
                same = [other.key for other in self.posts if other.level == post.level and other.leads]
                yield Finding(
                    (*where, "deputy_for", index), key, f"a leading post of the same level: {quoted(same)}"
                )
        known = {enclosure.key for enclosure in self.enclosures}
        for index, enclosure in enumerate(post.enclosures):
            if enclosure not in known:
                yield Finding((*where, "enclosures", index), enclosure, quoted(known))
        if post.party_kind is not None:
            kind = self.party_kinds_by_key.get(post.party_kind)
            if kind is None:
                yield Finding((*where, "party_kind"), post.party_kind, quoted(self.party_kinds_by_key))
            elif kind.level != post.level:
                yield Finding(
                    (*where, "level"), post.level, f"'{kind.level}', the level of its Party organisation"
                )

    def _party_findings(self, position: int, kind: PartyKind) -> Iterator[Finding]:
        where = ("party_kinds", position)
        if kind.level not in self.levels_by_key:
            yield Finding((*where, "level"), kind.level, quoted(self.level_keys))
            return
        if kind.parent is None:
            return
        parent = self.party_kinds_by_key.get(kind.parent)
        # A parent at a level not narrower than the child's own also rules out circles.
        if parent is None or LEVEL_ORDER.index(parent.level) >= LEVEL_ORDER.index(kind.level):
            wider = [
                other.key
                for other in self.party_kinds
                if LEVEL_ORDER.index(other.level) < LEVEL_ORDER.index(kind.level)
            ]
            yield Finding((*where, "parent"), kind.parent, f"a kind of a wider level: {quoted(wider)}")
