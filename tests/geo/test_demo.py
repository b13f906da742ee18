"""The synthetic town: its shape, its flaws, its people, and that the files are what the generator makes."""

from __future__ import annotations

import itertools
import json
from collections import Counter

import numpy as np
import pytest
import shapely
from django.conf import settings

from cases.domain.profile import CasesSection
from geo import profiles
from geo.demo.geojson import LAYERS, read_layer, town_files
from geo.demo.names import PeopleMaker
from geo.demo.plans import PLANS
from geo.demo.staffing import DEMO_ROLES, staff_town
from geo.demo.town import build_town
from geo.domain.areas import AreaRecord
from geo.domain.codes import check_codes
from geo.domain.routing_index import RoutingIndex

PLAN = PLANS["jinan-wuyingshan"]
M2_PER_DEG2 = 111_320.0**2 * float(np.cos(np.radians(PLAN.lat)))


@pytest.fixture(scope="module")
def layers():
    return {layer: read_layer(settings.DEMO_FIXTURES, PLAN, layer) for layer in LAYERS}


@pytest.fixture(scope="module")
def truth():
    return json.loads((settings.DEMO_FIXTURES / f"{PLAN.slug}.truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def staffing(layers):
    return _staffed(layers)


def _staffed(layers):
    profile = profiles.resolve(PLAN.slug)
    categories = {category.key: category.authority for category in profile.section(CasesSection).categories}
    return staff_town(PLAN, layers, profile.geo, categories)


def by_code(features):
    return {feature.properties["code"]: feature for feature in features}


def m2(geometry):
    return geometry.area * M2_PER_DEG2


# ---------------------------------------------------------------- the files


def test_files_are_what_the_generator_makes():
    for name, text in town_files(build_town(PLAN)).items():
        assert (settings.DEMO_FIXTURES / name).read_text(encoding="utf-8") == text, name


def test_files_are_small_and_no_finer_than_a_centimetre(layers):
    files = list((settings.DEMO_FIXTURES / PLAN.slug).glob("*.geojson"))
    assert {file.stem for file in files} == set(LAYERS)
    assert sum(file.stat().st_size for file in files) < 1_500_000
    coordinates = shapely.get_coordinates([f.geometry for own in layers.values() for f in own])
    assert (coordinates == np.round(coordinates, 7)).all()


# ---------------------------------------------------------------- the town


def test_counts_are_those_of_the_published_system(layers):
    counts = {layer: len(features) for layer, features in layers.items()}
    assert (counts["subdistrict"], counts["community"], counts["block"], counts["grid"]) == (1, 5, 42, 260)
    kinds = Counter(f.properties["kind"] for f in layers["building"])
    assert 430 <= kinds["residential"] <= 500
    assert 400 <= counts["building"] - kinds["residential"] <= 500
    assert layers["subdistrict"][0].properties["population"] == 47_000
    assert "翡翠郡" in {f.properties["name"] for f in layers["block"]}


def test_it_lies_where_the_place_is(layers):
    west, south, east, north = layers["subdistrict"][0].geometry.bounds
    assert west < 116.966 < east
    assert south < 36.684 < north
    assert 2.0e6 < m2(layers["subdistrict"][0].geometry) < 3.0e6


@pytest.mark.parametrize("level", ["community", "block", "building"])
@pytest.mark.parametrize("what", ["population", "households"])
def test_people_add_up_at_every_level(layers, level, what):
    total = layers["subdistrict"][0].properties[what]
    assert sum(f.properties.get(what, 0) for f in layers[level]) == total


def test_geometry_is_valid_and_of_one_piece(layers):
    for layer, features in layers.items():
        assert all(f.geometry.is_valid for f in features), layer
    for level in ("community", "block", "grid", "building", "unit"):
        assert {f.geometry.geom_type for f in layers[level]} == {"Polygon"}, level


def test_children_lie_within_their_parents(layers):
    everything = by_code(itertools.chain.from_iterable(layers[level] for level in LAYERS[:6]))
    for level in ("community", "block", "grid", "building", "unit"):
        for feature in layers[level]:
            parent = everything[feature.properties["parent"]]
            beyond = feature.geometry.difference(parent.geometry)
            assert m2(beyond) < 0.05, feature.properties["code"]


def test_grids_partition_their_blocks_but_for_the_planted_flaws(layers, truth):
    flawed = {code for flaw in truth["boundaries"] for code in flaw["grids"]}
    grids: dict[str, list] = {}
    for grid in layers["grid"]:
        grids.setdefault(grid.properties["parent"], []).append(grid)
    gaps = {"sliver_gap", "pocket_in_no_grid"}
    gappy = {code for flaw in truth["boundaries"] if flaw["kind"] in gaps for code in flaw["blocks"]}
    for block in layers["block"]:
        own = grids[block.properties["code"]]
        missing = m2(block.geometry.difference(shapely.union_all([g.geometry for g in own])))
        if block.properties["code"] in gappy:
            assert missing > 50, block.properties["name"]
        else:
            assert missing < 0.05, block.properties["name"]
    clean = [g.geometry for g in layers["grid"] if g.properties["code"] not in flawed]
    assert len(clean) > 240
    assert shapely.coverage_is_valid(clean), "neighbours must share their vertices"


def test_no_building_is_cut(layers, truth):
    grids = np.array([g.geometry for g in layers["grid"]])
    buildings = np.array([b.geometry for b in layers["building"]])
    which, grid = shapely.STRtree(grids).query(buildings, predicate="intersects")
    for b, g in zip(which, grid, strict=True):
        assert shapely.covers(grids[g], buildings[b]), layers["building"][b].properties["code"]
    outside = {
        layers["building"][b].properties["code"] for b in set(range(len(buildings))) - set(which.tolist())
    }
    assert outside == {code for flaw in truth["boundaries"] for code in flaw["buildings"]}
    assert len(outside) == 1


def test_buildings_do_not_overlap_and_units_make_them_up(layers):
    buildings = np.array([b.geometry for b in layers["building"]])
    first, second = shapely.STRtree(buildings).query(buildings, predicate="intersects")
    pairs = [(a, b) for a, b in zip(first, second, strict=True) if a < b]
    assert all(m2(buildings[a].intersection(buildings[b])) < 0.01 for a, b in pairs)
    units: dict[str, list] = {}
    for unit in layers["unit"]:
        units.setdefault(unit.properties["parent"], []).append(unit.geometry)
    homes = [b for b in layers["building"] if b.properties["kind"] == "residential"]
    assert set(units) == {b.properties["code"] for b in homes}
    for home in homes:
        whole = shapely.union_all(units[home.properties["code"]])
        assert m2(whole.symmetric_difference(home.geometry)) < 0.5, home.properties["code"]


def test_rows_face_south(layers):
    """Every slab is longer from west to east than from south to north, whatever the street does."""
    for home in layers["building"]:
        if home.properties["kind"] == "residential" and home.properties["storeys"] < 9:
            box = shapely.minimum_rotated_rectangle(home.geometry)
            xy = shapely.get_coordinates(box)
            sides = np.diff(xy, axis=0) * (float(np.cos(np.radians(PLAN.lat))), 1.0)
            longest = sides[int(np.argmax(np.hypot(*sides.T)))]
            if np.hypot(*longest) * 111_320 > 28:
                assert abs(longest[0]) > 3 * abs(longest[1]), home.properties["code"]


def test_codes_follow_the_national_scheme(layers):
    blocks = by_code(layers["block"])
    codes = [g.properties["code"] for g in layers["grid"]]
    communities = [blocks[g.properties["parent"]].properties["parent"] for g in layers["grid"]]
    assert check_codes(codes, communities) == []
    for community, own in itertools.groupby(codes, key=lambda code: code[:12]):
        assert [int(code[12:]) for code in own] == list(range(1, 1 + sum(c[:12] == community for c in codes)))


def test_names_and_numbers(layers):
    blocks = layers["block"]
    assert len({f.properties["name"] for f in blocks}) == 42
    assert Counter(f.properties["enclosure"] for f in blocks).keys() == {"closed", "open"}
    assert {f.properties["kind"] for f in blocks} == {"estate", "dormitory", "courtyard"}
    former = [alias for f in blocks for alias in f.properties["aliases"]]
    assert sum(alias.endswith("家属院") for alias in former) >= 10
    doors: Counter = Counter()
    for building in layers["building"]:
        p = building.properties
        assert p["address"].startswith(p["street"])
        if p["kind"] == "residential":
            assert p["name"] == f"{p['number']}号楼"
            doors[(p["address"])] += 1
    assert max(doors.values()) == 1, "an address is one building's"


def test_streets_have_a_hierarchy(layers):
    ranks = Counter(f.properties["rank"] for f in layers["road"])
    assert ranks.keys() == {"arterial", "secondary", "local", "lane"}
    names = {f.properties["name"] for f in layers["road"] if f.properties["rank"] == "arterial"}
    assert names == {"无影山路", "无影山中路", "堤口路", "济泺路", "北园大街"}


# ---------------------------------------------------------------- what is wrong on purpose


@pytest.fixture(scope="module")
def index(layers):
    ids = {}
    records = []
    for level in LAYERS[:6]:
        for feature in layers[level]:
            p = feature.properties
            ids[p["code"]] = len(ids) + 1
            records.append(
                AreaRecord(
                    ids[p["code"]], level, p["code"], p["name"], ids.get(p["parent"]), feature.geometry
                )
            )
    return RoutingIndex.build(
        records,
        levels=LAYERS[:4],
        metric_crs=PLAN.metric_srid,
        snap_tolerance_m=30.0,
        building_tolerance_m=15.0,
        generation=1,
    )


def flaw(truth, kind):
    return next(f for f in truth["boundaries"] if f["kind"] == kind)


def test_a_street_lies_in_neither_of_two_blocks(layers, truth, index):
    planted = flaw(truth, "street_in_no_block")
    assert len(planted["blocks"]) == 2
    spot = shapely.Point(planted["point"])
    assert not any(b.geometry.covers(spot) for b in layers["block"])
    assert any(c.geometry.covers(spot) for c in layers["community"])
    touched = index.span(spot, tolerance_m=15.0).codes["block"]
    assert set(planted["blocks"]) <= set(touched), "the span finds both, point in polygon none"
    assert index.locate(*planted["point"]).outcome == "snapped"


@pytest.mark.parametrize("kind", ["sliver_gap", "pocket_in_no_grid"])
def test_gaps_are_within_a_block_but_in_no_grid(layers, truth, kind):
    spot = shapely.Point(flaw(truth, kind)["point"])
    assert sum(b.geometry.covers(spot) for b in layers["block"]) == 1
    assert not any(g.geometry.covers(spot) for g in layers["grid"])


@pytest.mark.parametrize(("kind", "blocks"), [("overlap_in_block", 1), ("overlap_of_blocks", 2)])
def test_overlaps_are_claimed_twice(layers, truth, index, kind, blocks):
    planted = flaw(truth, kind)
    spot = shapely.Point(planted["point"])
    claimed = {g.properties["code"] for g in layers["grid"] if g.geometry.covers(spot)}
    assert claimed == set(planted["grids"])
    assert sum(b.geometry.covers(spot) for b in layers["block"]) == blocks
    assert index.locate(*planted["point"], confirmed=True).outcome == "overlap"


# ---------------------------------------------------------------- the people


def held(post):
    return any(term.until is None for term in post.terms)


def test_every_post_kind_of_the_profile_is_staffed(staffing):
    kinds = {kind.key for kind in profiles.resolve(PLAN.slug).geo.posts}
    assert {post.kind for post in staffing.posts} == kinds


def test_780_patrollers_serve_full_time_and_part_time(staffing, layers):
    patrollers = [p for p in staffing.posts if p.kind.startswith("patroller-") and held(p)]
    assert 775 <= len(patrollers) <= 790
    shares = Counter(p.employment for p in patrollers)
    assert 120 < shares["full"] < 220
    assert {p.area_code for p in staffing.posts if p.kind == "patroller-part-time"} == set(
        by_code(layers["grid"])
    )


def test_closed_blocks_have_a_team_of_four_and_open_ones_an_elected_member(staffing, layers):
    for block in layers["block"]:
        p = block.properties
        leading = [
            post.kind for post in staffing.posts if post.area_code == p["code"] and "leader-" in post.kind
        ]
        team = ["leader-cadre", "leader-police", "leader-property", "leader-volunteer"]
        assert sorted(leading) == (team if p["enclosure"] == "closed" else ["leader-elected"])


def test_one_post_in_twenty_is_vacant(staffing):
    vacant = sum(not held(post) for post in staffing.posts)
    assert vacant / len(staffing.posts) == pytest.approx(0.05, abs=0.01)
    leaders = [post for post in staffing.posts if post.kind.startswith("leader-")]
    assert any(not held(post) for post in leaders), "a vacancy to fall back from"


def test_the_party_tree_has_four_levels_and_some_areas_have_none(staffing, layers):
    kinds = Counter(p.kind for p in staffing.parties)
    assert kinds["working-committee"] == 1
    assert kinds["community-committee"] == 5
    assert 30 <= kinds["grid-branch"] < 42
    assert 100 <= kinds["building-group"] < 260
    parents = {
        party.kind: {
            staffing.parties[p.parent].kind
            for p in staffing.parties
            if p.kind == party.kind and p.parent is not None
        }
        for party in staffing.parties
    }
    assert parents["grid-branch"] == {"community-committee"}
    assert parents["building-group"] == {"grid-branch", "community-committee"}


def test_departments(staffing):
    codes = [d.code for d in staffing.departments]
    assert len(codes) == len(set(codes))
    kinds = Counter(d.kind for d in staffing.departments)
    assert kinds["based_here"] == 23
    sewer = next(d for d in staffing.departments if d.code == "sewer")
    assert sewer.off_area
    assert ("drainage", "") in sewer.jurisdictions
    firms = [d for d in staffing.departments if d.kind == "property"]
    areas = [area for firm in firms for _category, area in firm.jurisdictions]
    assert all(areas), "a property firm answers for its own blocks only"


def test_accounts_hold_what_the_contract_says(staffing, layers):
    numbers = {person.username: i for i, person in enumerate(staffing.people)}
    assert {f"{PLAN.slug}.{role}" for role in DEMO_ROLES} <= numbers.keys()
    assert len(numbers) == len(staffing.people)
    grids, blocks = by_code(layers["grid"]), by_code(layers["block"])

    def post_of(role):
        number = numbers[f"{PLAN.slug}.{role}"]
        return next(p for p in staffing.posts if any(t.person == number and t.until is None for t in p.terms))

    home = post_of("grid-leader").area_code
    assert grids[post_of("patroller").area_code].properties["parent"] == home
    same, other = post_of("grid-leader-2").area_code, post_of("grid-leader-3").area_code
    assert same != home
    assert blocks[same].properties["parent"] == blocks[home].properties["parent"]
    assert blocks[other].properties["parent"] != blocks[home].properties["parent"]
    secretary = post_of("party-secretary")
    assert staffing.parties[secretary.party].area_code == home
    residents = {numbers[f"{PLAN.slug}.resident-{k}"] for k in "ab"}
    assert not any(term.person in residents for post in staffing.posts for term in post.terms)


def test_nobody_can_have_these_telephones(staffing):
    assert all(len(p.phone) == 11 and p.phone.startswith("100") for p in staffing.people)
    phones = [post.phone for post in staffing.posts if post.phone] + [d.phone for d in staffing.departments]
    assert all(phone.startswith("0531-0") and len(phone) == 13 for phone in phones)


def test_staffing_is_the_same_every_time(layers, staffing):
    again = _staffed(layers)
    assert again == staffing


def test_people_are_told_apart():
    maker = PeopleMaker(1, 2)
    names = [maker.name() for _ in range(3000)]
    assert len(set(names)) == 3000
    assert {len(name) for name in names} == {2, 3}
    again = PeopleMaker(1, 2)
    assert [again.name() for _ in range(3000)] == names
