"""Who works in a synthetic town: Party organisations, departments, posts and the people in them, after the profile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from geo.demo.names import PeopleMaker
from geo.demo.plan import DepartmentPlan, TownPlan
from geo.demo.town import Feature
from geo.domain.profile import GeoSection, PartyKind, Post

__all__ = [
    "DEMO_ROLES",
    "DepartmentDraft",
    "PartyDraft",
    "Person",
    "PostDraft",
    "Staffing",
    "Term",
    "staff_town",
]

DEMO_ROLES = (
    "patroller",
    "grid-leader",
    "grid-leader-2",
    "grid-leader-3",
    "party-secretary",
    "official",
    "community",
    "counter",
    "supervisor",
    "planner",
    "department",
    "resident-a",
    "resident-b",
)
"""Accounts that a visitor can sign in with; prefixed by the place's key."""

_VACANT_SHARE = 0.05
_COUNTS: Mapping[tuple[str, str], int] = {
    ("official", "subdistrict"): 6,
    ("official", "community"): 7,
    ("supervisor", "subdistrict"): 2,
    ("planner", "subdistrict"): 2,
    ("counter", "community"): 2,
    ("representative", "community"): 3,
}
"""How many posts of a role an area of a level has, where the profile does not limit the seats; 1 otherwise."""


@dataclass(frozen=True, slots=True)
class Person:
    """An invented person with an account."""

    username: str
    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class PartyDraft:
    """A Party organisation; `parent` is the position of the one above."""

    kind: str
    name: str
    area_code: str
    parent: int | None


@dataclass(frozen=True, slots=True)
class DepartmentDraft:
    """A department or firm with what it is competent for, as (category, area code); empty for any."""

    code: str
    name: str
    name_en: str
    kind: str
    off_area: bool
    phone: str
    jurisdictions: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Term:
    """That a person holds a post, in days before (negative) the day that the demo is set to."""

    person: int
    since: int
    until: int | None = None


@dataclass(slots=True)
class PostDraft:
    """A post at an area, in a Party organisation or in a department (both by position)."""

    kind: str
    employment: str
    area_code: str = ""
    party: int | None = None
    department: int | None = None
    phone: str = ""
    terms: list[Term] = field(default_factory=list)


@dataclass(slots=True)
class Staffing:
    """Everybody, and where they work."""

    people: list[Person] = field(default_factory=list)
    parties: list[PartyDraft] = field(default_factory=list)
    departments: list[DepartmentDraft] = field(default_factory=list)
    posts: list[PostDraft] = field(default_factory=list)


def staff_town(
    plan: TownPlan, layers: Mapping[str, Sequence[Feature]], geo: GeoSection, categories: Mapping[str, str]
) -> Staffing:
    """Return the staffing of a town.

    Parameters
    ----------
    plan, layers
        The town and its areas by level.
    geo
        Section of the profile: which posts and Party organisations there are, at which level.
    categories
        Key of the competent authority by category: departments of that key get the jurisdiction.

    Returns
    -------
    Staffing
        One post in twenty is vacant; those of the demo accounts never are.
    """
    return _Office(plan, layers, geo, categories).staffing()


class _Office:
    def __init__(
        self,
        plan: TownPlan,
        layers: Mapping[str, Sequence[Feature]],
        geo: GeoSection,
        categories: Mapping[str, str],
    ) -> None:
        self.plan, self.layers, self.geo, self.categories = plan, layers, geo, categories
        self.rng = np.random.default_rng([plan.seed, 6])
        self.people = PeopleMaker(plan.seed, 7)
        self.out = Staffing()
        self.above = {
            f.properties["code"]: f.properties["parent"]
            for own in layers.values()
            for f in own
            if "code" in f.properties
        }
        self.enclosure = {f.properties["code"]: f.properties.get("enclosure") for f in layers["block"]}
        self.party_at: dict[tuple[str, str], int] = {}
        self.part_timers: dict[str, list[int]] = {}
        self.leaders: dict[str, list[int]] = {}

    def staffing(self) -> Staffing:
        """Put the whole office together."""
        self._parties()
        self._departments()
        for kind in self.geo.posts:
            self._posts(kind)
        self._fill()
        self._demo_accounts()
        return self.out

    # ------------------------------------------------------------ organisations

    def _parties(self) -> None:
        order = self.geo.level_keys
        for kind in sorted(self.geo.party_kinds, key=lambda k: order.index(k.level)):
            for feature in self.layers.get(kind.level, ()):
                if not self._has_party(kind, feature):
                    continue
                code = feature.properties["code"]
                parent = self._party_above(code, kind)
                self.party_at[(kind.key, code)] = len(self.out.parties)
                name = f"{feature.properties['name']}{kind.name.zh}"
                if kind.level == "subdistrict":
                    name = kind.name.zh.replace("街道", feature.properties["name"], 1)
                elif kind.level == "community":
                    name = f"{feature.properties['name'].removesuffix('社区')}{kind.name.zh}"
                self.out.parties.append(PartyDraft(kind.key, name, code, parent))

    def _has_party(self, kind: PartyKind, feature: Feature) -> bool:
        """Not everywhere: six blocks in seven have a branch, three grids in five a group."""
        properties = feature.properties
        share = {"block": 0.86, "grid": 0.6, "building": 0.25}.get(kind.level, 1.0)
        lives = kind.level not in ("grid", "building") or properties.get("households", 0) > 0
        is_demo = properties["name"] in self.plan.demo_blocks
        return bool(lives and (self.rng.random() < share or is_demo))

    def _party_above(self, code: str, kind: PartyKind) -> int | None:
        wanted: str | None = kind.parent
        kinds = self.geo.party_kinds_by_key
        while wanted is not None:
            at: str | None = code
            while at is not None:
                if (wanted, at) in self.party_at:
                    return self.party_at[(wanted, at)]
                at = self.above.get(at)
            wanted = kinds[wanted].parent
        return None

    def _departments(self) -> None:
        for department in self.plan.departments:
            self.out.departments.append(
                DepartmentDraft(
                    department.code,
                    department.name,
                    department.name_en,
                    department.kind,
                    department.off_area,
                    self._office_phone(),
                    tuple(self._jurisdictions(department)),
                )
            )

    def _jurisdictions(self, department: DepartmentPlan) -> Iterator[tuple[str, str]]:
        own = [
            key
            for key, authority in self.categories.items()
            if authority == (department.authority or department.code)
        ]
        names = {f.properties["name"]: f.properties["code"] for f in self.layers["block"]}
        areas = [names[name] for name in department.blocks] or [""]
        yield from ((category, area) for category in own for area in areas)

    # ------------------------------------------------------------ posts

    def _posts(self, kind: Post) -> None:
        if "department" in kind.roles:
            for number, department in enumerate(self.out.departments):
                seats = 1 if department.kind in ("property", "based_here") else 2
                self._add(kind, seats, department=number)
        elif kind.party_kind is not None:
            for (party_kind, _), number in self.party_at.items():
                if party_kind == kind.party_kind:
                    self._add(kind, kind.seats or 1, party=number)
        elif "patroller" in kind.roles:
            self._patrollers(kind)
        else:
            for feature in self.layers.get(kind.level, ()):
                code = feature.properties["code"]
                if self._exists_at(kind, feature):
                    role = next((r for r in kind.roles if (r, kind.level) in _COUNTS), "")
                    self._add(kind, kind.seats or _COUNTS.get((role, kind.level), 1), area_code=code)

    def _exists_at(self, kind: Post, feature: Feature) -> bool:
        if kind.level == "building" and feature.properties.get("kind") != "residential":
            return False
        if not kind.enclosures:
            return True
        code: str | None = feature.properties["code"]
        while code is not None and code not in self.enclosure:
            code = self.above.get(code)
        return code is not None and self.enclosure[code] in kind.enclosures

    def _patrollers(self, kind: Post) -> None:
        """Share the patrollers out over the grids by households: full-time one in five, each grid at least one."""
        kinds = [k for k in self.geo.posts if "patroller" in k.roles and k.level == kind.level]
        full = kind.employment != "part_time"
        share = 1.0 if len(kinds) == 1 else 0.2 if full else 0.8
        areas = [f.properties for f in self.layers.get(kind.level, ())]
        total = round(self.plan.patrollers * share / (1.0 - _VACANT_SHARE))
        weights = np.array([40.0 + a.get("households", 0) for a in areas])
        if full and len(kinds) > 1:
            # A full-time patroller walks one or two grids: the busiest have one of their own.
            picked = np.argsort(-weights * self.rng.uniform(0.8, 1.2, len(areas)), kind="stable")[:total]
            seats = np.bincount(picked, minlength=len(areas))
        else:
            seats = 1 + self.rng.multinomial(max(total - len(areas), 0), weights / weights.sum())
        for area, count in zip(areas, seats, strict=True):
            if area["name"] in self.plan.demo_grids:
                count = max(count, 1)
            self._add(kind, int(count), area_code=area["code"])

    def _add(self, kind: Post, seats: int, **where: Any) -> None:
        employment = "part" if kind.employment == "part_time" or kind.organisation == "residents" else "full"
        for _ in range(seats):
            phone = self._office_phone() if kind.level not in ("grid", "building") else ""
            self.out.posts.append(PostDraft(kind.key, employment, phone=phone, **where))

    def _office_phone(self) -> str:
        # No exchange of the town begins with a nought.
        return f"{self.plan.dialling_code}-0{int(self.rng.integers(1_000_000, 9_999_999))}"

    # ------------------------------------------------------------ people

    def _fill(self) -> None:
        """Appoint somebody to nineteen posts in twenty; half of the vacant ones had somebody until lately."""
        roles: dict[str, set[str]] = {kind.key: set(kind.roles) for kind in self.geo.posts}
        vacant: set[int] = set()
        for kind in self.geo.posts:
            own = [number for number, post in enumerate(self.out.posts) if post.kind == kind.key]
            vacant.update(
                self.rng.choice(own, round(_VACANT_SHARE * len(own)), replace=False).tolist() if own else ()
            )
        for number, post in enumerate(self.out.posts):
            since = -int(self.rng.integers(200, 1500))
            if number in vacant:
                if self.rng.random() < 0.5:
                    post.terms.append(Term(self._person(), since, -int(self.rng.integers(5, 120))))
                continue
            person = self._known(post, roles[post.kind])
            post.terms.append(Term(self._person() if person is None else person, since))
            if "patroller" in roles[post.kind]:
                self.part_timers.setdefault(post.area_code, []).append(post.terms[-1].person)

    def _known(self, post: PostDraft, roles: set[str]) -> int | None:
        """Building heads and heads of Party groups are often patrollers of the same grid as well."""
        if post.party is not None:
            grid = self.out.parties[post.party].area_code
        else:
            grid = self.above.get(post.area_code) or ""
        near = self.part_timers.get(grid, [])
        wears_two_hats = "building_head" in roles or post.party is not None
        if wears_two_hats and near and self.rng.random() < 0.6:
            return near[int(self.rng.integers(len(near)))]
        return None

    def _person(self, username: str = "") -> int:
        number = len(self.out.people)
        name = self.people.name()
        self.out.people.append(
            Person(username or f"{self.plan.slug}.p{number + 1:04d}", name, self.people.phone())
        )
        return number

    # ------------------------------------------------------------ accounts to sign in with

    def _demo_accounts(self) -> None:
        blocks = {f.properties["name"]: f.properties["code"] for f in self.layers["block"]}
        home, same, other = (blocks[name] for name in self.plan.demo_blocks)
        self._name_holder("grid-leader", self._leading_post(home))
        self._name_holder("grid-leader-2", self._leading_post(same))
        self._name_holder("grid-leader-3", self._leading_post(other))
        grids = sorted(code for code, above in self.above.items() if above == home)
        inside = {home, *grids}
        self._name_holder("patroller", self._post_with("patroller", areas=inside))
        self._name_holder("party-secretary", self._post_with("secretary", areas=inside))
        widest = self.geo.level_keys[0]
        top = self.layers[widest][0].properties["code"]
        community = self.above[home]
        self._name_holder("official", self._post_with("official", areas={top}, leads=False))
        self._name_holder("community", self._post_with("official", areas={community or ""}))
        for role, area in (("counter", community), ("supervisor", top), ("planner", top)):
            self._name_holder(role, self._post_with(role, areas={area or ""}))
        self._name_holder("department", self._post_with("department", department=self.plan.demo_department))
        for role in ("resident-a", "resident-b"):
            self._person(f"{self.plan.slug}.{role}")

    def _leading_post(self, code: str) -> PostDraft | None:
        kinds = {kind.key for kind in self.geo.posts if kind.leads}
        at: set[str] = {code} | {c for c, above in self.above.items() if above == code}
        return next((p for p in self.out.posts if p.kind in kinds and p.area_code in at), None)

    def _post_with(
        self, role: str, *, areas: set[str] | None = None, leads: bool | None = None, department: str = ""
    ) -> PostDraft | None:
        kinds = {k.key for k in self.geo.posts if role in k.roles and (leads is None or k.leads is leads)}
        for post in self.out.posts:
            if post.kind not in kinds:
                continue
            where = self.out.parties[post.party].area_code if post.party is not None else post.area_code
            if department and (
                post.department is None or self.out.departments[post.department].code != department
            ):
                continue
            if areas is None or where in areas:
                return post
        return None

    def _name_holder(self, role: str, post: PostDraft | None) -> None:
        """Give the post to a person of that account; where the profile has no such post, there is no account."""
        if post is not None:
            post.terms = [Term(self._person(f"{self.plan.slug}.{role}"), -400)]
