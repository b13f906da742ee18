"""A small synthetic place: 2 communities, 4 blocks, 8 grids, 16 buildings with units, posts, Party tree, people.

::

    g1  g2 | g3  g4  ‖  g5  g6 | g7  g8     each grid 120 m wide and 150 m high, west to east
    b1 closed  b2 open    b3 closed  b4 open
    ------- c1 -------    ------- c2 -------    s1 is the subdistrict, in district d1 of city x1

Levels that the profile skips are left out. *Leading area* below is the block where the profile's leaders stand at
blocks (`jinan-wuyingshan`), the grid where they stand at grids (`plain`).

Staffing, on purpose not the same everywhere:

* `grid_leader` (with the rest of its team) leads the area of g1, `grid_leader_2` that of g3 (same community),
  `grid_leader_3` that of g5 (other community);
* the leading area of g8 has vacant posts, a filled deputy (`deputy`, where the profile has one) and no Party
  organisation: the deputy acts, and the nearest Party organisation above answers.

Nothing is built before `build_place` is called.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.contrib.gis.geos import MultiPolygon, Polygon

from geo import profiles, routing
from geo.models import (
    Appointment,
    Area,
    BoundaryGeneration,
    Department,
    Jurisdiction,
    PartyOrganisation,
    Place,
    Post,
    User,
)

__all__ = ["PASSWORD", "SyntheticPlace", "build_place"]

PASSWORD = "long enough for 格案"
SINCE = date(2020, 1, 1)
GRID_WIDTH_DEG, GRID_HEIGHT_DEG = 0.00134, 0.00135  # 120 m × 150 m at 36.7° N
BUILDINGS_PER_GRID, UNITS_PER_BUILDING = 2, 2
BLOCK_NAMES = {"b1": "翡翠郡", "b2": "机床厂宿舍", "b3": "明星小区", "b4": "青年居易"}
BLOCK_ALIASES = {"b1": ["翡翠小区", "锅炉厂宿舍"], "b2": ["一机床宿舍"]}
COMMUNITY_NAMES = {"c1": "翡翠社区", "c2": "明星社区"}


@dataclass
class SyntheticPlace:
    """What `build_place` made.

    Areas have short names: x1, d1, s1, c1…c2, b1…b4, g1…g8, g1.1 (building), g1.1.1 (unit). People by role:
    `grid_leader`, `grid_leader_2`, `grid_leader_3`, `community_leader`, `deputy`, `patroller`, `official`,
    `supervisor`, `planner`, `counter`, `secretary`, `community_secretary`, `subdistrict_secretary`, `department`,
    `department_2`, `resident`, `resident_2`, `administrator` — those that the profile has posts for.
    """

    place: Place
    generation: BoundaryGeneration
    areas: dict[str, Area] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)
    posts: dict[str, list[Post]] = field(default_factory=dict)
    parties: dict[str, PartyOrganisation] = field(default_factory=dict)
    departments: dict[str, Department] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        """Return a person by role: `place.grid_leader`."""
        people = self.__dict__.get("people", {})
        if name in people:
            return people[name]
        raise AttributeError(f"{name}: neither a field nor one of the people {sorted(people)}")

    def code(self, short: str) -> str:
        """Return the code of an area by its short name."""
        return self.areas[short].code

    def above(self, short: str, level: str) -> str:
        """Return the short name of the area of a level that an area lies in (or is)."""
        shorts = {area.pk: key for key, area in self.areas.items()}
        area: Area | None = self.areas[short]
        while area is not None and area.level != level:
            area = area.parent
        if area is None:
            raise LookupError(f"{short} lies in no {level}")
        return shorts[area.pk]

    def point(self, short: str, dx: float = 0.5, dy: float = 0.5) -> tuple[float, float]:
        """Return lon, lat within an area: fractions of its bounding box from the south-west corner."""
        west, south, east, north = self.areas[short].geometry.extent
        return west + dx * (east - west), south + dy * (north - south)

    def outside_point(self) -> tuple[float, float]:
        """Return lon, lat some 5 km west of the place."""
        west, south = self.point("g1", 0, 0)
        return west - 0.055, south


def build_place(
    slug: str = "wuyingshan",
    *,
    profile: str = "jinan-wuyingshan",
    west: float = 116.9700,
    south: float = 36.6900,
    county: str = "370105",
    metric_srid: int = 4548,
    with_people: bool = True,
    state: str = BoundaryGeneration.State.ACTIVE,
) -> SyntheticPlace:
    """Write a synthetic place to the database and return it.

    Parameters
    ----------
    slug
        Key of the place, unique; two places of one test need two.
    profile
        Governance profile; posts and Party organisations are taken from it by role and level, never by key.
    west, south
        South-west corner in degrees; the place is 0.01072° wide and 0.00135° high.
    with_people
        False: no posts, Party organisations, departments or accounts.
    state
        Of the one generation.
    """
    place = Place.objects.create(
        slug=slug,
        name=f"{slug}街道",
        name_en=slug.title(),
        profile=profile,
        metric_srid=metric_srid,
        county_code=county,
        outline=Polygon.from_bbox((west, south, west + 8 * GRID_WIDTH_DEG, south + GRID_HEIGHT_DEG)),
    )
    generation = BoundaryGeneration.objects.create(place=place, name="2026-1", state=state)
    built = SyntheticPlace(place, generation)
    geo = profiles.resolve(profile).geo
    _write_areas(built, set(geo.level_keys), west, south, county)
    if with_people:
        staffing = _Staffing(built, geo)
        staffing.parties()
        staffing.posts()
        staffing.offices()
    routing.forget()
    return built


def _box(west: float, south: float, east: float, north: float) -> MultiPolygon:
    return MultiPolygon(Polygon.from_bbox((west, south, east, north)), srid=4326)


@dataclass(frozen=True)
class _Plan:
    """An area to be written: short name, levels above by short name (nearest first), values."""

    short: str
    above: tuple[str, ...]
    values: dict[str, Any]


def _plans(name: str, west: float, south: float, county: str) -> Iterator[_Plan]:
    width, top = GRID_WIDTH_DEG, south + GRID_HEIGHT_DEG
    town = f"{county}001"

    def area(
        short: str, above: tuple[str, ...], level: str, code: str, name: str, box: Any, **more: Any
    ) -> _Plan:
        return _Plan(short, above, {"level": level, "code": code, "name": name, "geometry": box, **more})

    box = _box(west, south, west + 8 * width, top)
    yield area("x1", (), "city", county[:4], "某市", box)
    yield area("d1", ("x1",), "district", county, "某区", box)
    yield area("s1", ("d1", "x1"), "subdistrict", town, name, box, population=1600)
    for c in (1, 2):
        short, code, left = f"c{c}", f"{town}{c:03d}", west + (c - 1) * 4 * width
        box = _box(left, south, left + 4 * width, top)
        yield area(short, ("s1",), "community", code, COMMUNITY_NAMES[short], box, population=800)
    for b in range(1, 5):
        short, above, left = f"b{b}", (f"c{(b + 1) // 2}", "s1"), west + (b - 1) * 2 * width
        box = _box(left, south, left + 2 * width, top)
        more = {
            "enclosure": "closed" if b % 2 else "open",
            "aliases": BLOCK_ALIASES.get(short, []),
            "households": 150,
        }
        code = f"{town}{(b + 1) // 2:03d}B{(b - 1) % 2 + 1}"
        yield area(short, above, "block", code, BLOCK_NAMES[short], box, **more)
    grids = []
    for g in range(1, 9):
        short, above, left = f"g{g}", (f"b{(g + 1) // 2}", f"c{(g + 3) // 4}", "s1"), west + (g - 1) * width
        number = (g - 1) % 4 + 1
        code = f"{town}{(g + 3) // 4:03d}{number:03d}"
        box = _box(left, south, left + width, top)
        plan = area(short, above, "grid", code, f"第{number}网格", box, population=200, households=75)
        grids.append(plan)
        yield plan
    houses = [house for g, grid in enumerate(grids) for house in _houses(grid, g % 2, south)]
    yield from houses
    for house in houses:
        yield from _units(house)


def _houses(grid: _Plan, second: int, south: float) -> Iterator[_Plan]:
    # Two houses of 34 m × 100 m side by side; nearest to the grid's edges 20 m. Numbers run through the block.
    west = grid.values["geometry"].extent[0]
    for n in range(1, BUILDINGS_PER_GRID + 1):
        left, number = west + 0.00022 + (n - 1) * 0.00045, second * BUILDINGS_PER_GRID + n
        values = {
            "level": "building",
            "code": f"{grid.values['code']}-{n:02d}",
            "name": f"{number}号楼",
            "geometry": _box(left, south + 0.0002, left + 0.00038, south + 0.0011),
            "households": 36,
            "attributes": {"kind": "residential", "storeys": 6, "number": str(number)},
        }
        yield _Plan(f"{grid.short}.{n}", (grid.short,), values)


def _units(house: _Plan) -> Iterator[_Plan]:
    west, south, east, north = house.values["geometry"].extent
    step = (north - south) / UNITS_PER_BUILDING
    for u in range(1, UNITS_PER_BUILDING + 1):
        values = {
            "level": "unit",
            "code": f"{house.values['code']}-{u}",
            "name": f"{u}单元",
            "geometry": _box(west, south + (u - 1) * step, east, south + u * step),
            "households": 18,
            "attributes": {"number": str(u)},
        }
        yield _Plan(f"{house.short}.{u}", (house.short,), values)


def _write_areas(built: SyntheticPlace, levels: set[str], west: float, south: float, county: str) -> None:
    layers: dict[str, list[_Plan]] = {}
    for plan in _plans(built.place.name, west, south, county):
        if plan.values["level"] in levels:
            layers.setdefault(plan.values["level"], []).append(plan)
    for plans in layers.values():
        fresh = []
        for plan in plans:
            parent = next((built.areas[short] for short in plan.above if short in built.areas), None)
            path = f"{parent.path if parent else '/'}{plan.values['code']}/"
            fresh.append(Area(generation=built.generation, parent=parent, path=path, **plan.values))
        rows = Area.objects.bulk_create(fresh)
        built.areas.update({plan.short: row for plan, row in zip(plans, rows, strict=True)})


class _Staffing:
    """Posts, Party organisations, departments and people, by what the profile has."""

    def __init__(self, built: SyntheticPlace, geo: Any) -> None:
        self.built, self.geo = built, geo
        self.numbers = 0
        leading = [
            level for level in geo.level_keys if level not in ("building", "unit") and self._leads(level)
        ]
        self.leading_level = leading[-1]
        self.vacant = built.above("g8", self.leading_level)

    def _leads(self, level: str) -> bool:
        return any(post.leads and post.level == level for post in self.geo.posts)

    def person(self, role: str = "") -> User:
        self.numbers += 1
        key = role or f"person_{self.numbers}"
        user = User(
            username=f"{self.built.place.slug}.{key.replace('_', '-')}",
            display_name=f"测试{self.numbers:02d}",
            place=self.built.place,
            phone=f"1380000{self.numbers:04d}",
        )
        user.set_password(PASSWORD)
        user.save()
        self.built.people[key] = user
        return user

    def post(self, short: str, kind: str, person: User | None = None, **where: Any) -> Post:
        where = where or {"area_code": self.built.code(short)}
        post = Post.objects.create(place=self.built.place, kind=kind, office_phone="0531-00000000", **where)
        self.built.posts.setdefault(short, []).append(post)
        if person is not None:
            Appointment.objects.create(post=post, person=person, since=SINCE)
        return post

    def parties(self) -> None:
        roles = {"c1": "community_secretary", "s1": "subdistrict_secretary"}
        answering = [kind.level for kind in self.geo.party_kinds if kind.answers]
        if answering:
            finest = max(answering, key=self.geo.level_keys.index)
            roles[self.built.above("g1", finest)] = "secretary"
        for kind in sorted(self.geo.party_kinds, key=lambda k: self.geo.level_keys.index(k.level)):
            for short, area in list(self.built.areas.items()):
                buildings = kind.level in ("building", "unit")
                if area.level != kind.level or short == self.vacant or (buildings and short != "g1.1"):
                    continue
                organisation = PartyOrganisation.objects.create(
                    place=self.built.place,
                    kind=kind.key,
                    name=f"{area.name}{kind.name.zh}",
                    area_code=area.code,
                    parent=self._party_above(area),
                )
                self.built.parties.setdefault(short, organisation)
                head = next((p for p in self.geo.posts if p.party_kind == kind.key), None)
                if head is not None:
                    person = self.person(roles.pop(short, ""))
                    self.post(short, head.key, person, party_organisation=organisation)

    def _party_above(self, area: Area) -> PartyOrganisation | None:
        by_code = {organisation.area_code: organisation for organisation in self.built.parties.values()}
        parent = area.parent
        while parent is not None and parent.code not in by_code:
            parent = parent.parent
        return by_code[parent.code] if parent else None

    def posts(self) -> None:
        above, level = self.built.above, self.leading_level
        roles = {
            above("g1", level): "grid_leader",
            above("g3", level): "grid_leader_2",
            above("g5", level): "grid_leader_3",
            "c1": "community_leader",
        }
        for short, area in list(self.built.areas.items()):
            if area.level in ("building", "unit"):
                continue
            block = area if area.level == "block" else area.parent
            enclosure = (block.enclosure if block else "") or None
            for kind in self.geo.leading_posts(area.level, enclosure):
                if kind.party_kind is None:
                    person = None if short == self.vacant else self.person(roles.pop(short, ""))
                    self.post(short, kind.key, person)
            if short == self.vacant:
                for number, kind in enumerate(self.geo.deputies(area.level)):
                    self.post(short, kind.key, self.person("" if number else "deputy"))

    def _kind(self, role: str, *levels: str) -> str | None:
        """Return a post kind with a role at the first of the levels that has one, best one that does not lead."""
        for level in levels or self.geo.level_keys:
            kinds = [
                k for k in self.geo.posts if role in k.roles and k.level == level and k.party_kind is None
            ]
            if kinds:
                return str(min(kinds, key=lambda kind: kind.leads).key)
        return None

    def _office(self, role: str) -> tuple[str, str, str]:
        """Return role, area and level of the widest post with a role: supervision may sit below the widest level."""
        kinds = [k for k in self.geo.posts if role in k.roles]
        level = min((k.level for k in kinds), key=self.geo.level_keys.index, default=self.geo.level_keys[0])
        return role, self.built.above("g1", level), level

    def offices(self) -> None:
        widest = self.geo.level_keys[0]
        top = self.built.above("g1", widest)
        for role, short, level in (
            ("patroller", "g1", "grid"),
            ("official", top, widest),
            self._office("supervisor"),
            ("planner", top, widest),
            ("counter", "c1", "community"),
        ):
            kind = self._kind(role, level)
            if kind is not None:
                self.post(short, kind, self.person(role))
        for role, code, name, category, off_area in (
            ("department", "municipal_works", "市政养护所", "road", False),
            ("department_2", "sewer", "市排水管理服务中心", "drainage", True),
        ):
            department = Department.objects.create(
                place=self.built.place, code=code, name=name, kind=code, off_area=off_area
            )
            Jurisdiction.objects.create(department=department, category=category)
            self.built.departments[code] = department
            self.post(
                code, self._kind("department") or "department", self.person(role), department=department
            )
        self.person("resident")
        self.person("resident_2")
        administrator = self.person("administrator")
        administrator.is_superuser = administrator.is_staff = True
        administrator.username, administrator.place = f"{self.built.place.slug}.administrator", None
        administrator.save()
