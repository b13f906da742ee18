"""Cases on the map: the rows and the projection of the list, points from zoom 14, counts below."""

import gzip
import random
import uuid
from datetime import timedelta

import h3.api.numpy_int as h3
import mapbox_vector_tile
import pytest
import shapely
from django.contrib.gis.geos import LineString, Point
from django.utils import timezone

from cases.models import Case, CaseArea, Event
from geo.domain.tile_grid import TileAddress
from layers.selectors import tiles as tiles_selector
from layers.sources import cases as source
from tests.factories.places import build_place

pytestmark = pytest.mark.django_db
SECRET = "王小明 13812345678 三单元"


@pytest.fixture
def place():
    return build_place()


@pytest.fixture
def case_at(place):
    def make(short="g1.1", *, dx=0.5, dy=0.5, private=False, published=True, **values):
        lon, lat = place.point(short, dx, dy)
        chain, area = [], place.areas[short]
        while area is not None:
            if area.level not in ("building", "unit"):
                chain.insert(0, area)
            area = area.parent
        block = next(a for a in chain if a.level == "block")
        shown = block.geometry.centroid if private else Point(lon, lat, srid=4326)
        now = timezone.now()
        case = Case.objects.create(
            place=place.place,
            payload_sha256="0" * 64,
            follow_code=uuid.uuid4().hex[:12],
            **{
                "category": "road",
                "text": SECRET,
                "text_masked": "***",
                "channel": "patrol",
                "reported_at": now,
                "received_at": now,
                "deadline_at": now,
                "status": "assigned",
                **values,
            },
            is_published=published,
            private_place=private,
            location=Point(lon, lat, srid=4326),
            location_shown=shown,
            h3_cell=h3.latlng_to_cell(lat, lon, 10),
            h3_shown=h3.latlng_to_cell(shown.y, shown.x, 10),
            areas=[{"level": a.level, "code": a.code, "name": a.name} for a in chain],
            generation=place.generation,
            area=chain[-1],
        )
        CaseArea.objects.bulk_create(
            CaseArea(case=case, place=place.place, level=a.level, code=a.code) for a in chain
        )
        Event.objects.create(case=case, kind="received", at=now, to_status="assigned")
        return case

    return make


def path_of(lon, lat, z, query=""):
    address = TileAddress.at(lon, lat, z)
    return f"/tiles/cases/{address.z}/{address.x}/{address.y}.mvt{query}"


def features(answer, layer="cases"):
    if answer.status_code == 204:
        return []
    assert answer.status_code == 200, answer.content
    zipped = answer.get("Content-Encoding") == "gzip"
    body = gzip.decompress(answer.content) if zipped else answer.content
    return (
        mapbox_vector_tile.decode(body, default_options={"y_coord_down": True})
        .get(layer, {})
        .get("features", [])
    )


def test_public_sees_published_kinds_only(client, place, case_at):
    shown, _hidden = case_at(), case_at(published=False)
    found = features(client.get(path_of(*place.point("g1.1"), 16)))
    assert [f["id"] for f in found] == [shown.pk]
    assert found[0]["properties"]["projection"] == "public"


def test_tile_holds_no_text_of_the_case(client, place, case_at):
    case_at(place_text=SECRET, building_name="1号楼", unit_name="三单元")
    client.force_login(place.grid_leader)
    answer = client.get(path_of(*place.point("g1.1"), 16))
    assert features(answer)[0]["properties"]["projection"] == "full"
    for word in ("王小明", "13812345678", "三单元", "1号楼"):
        assert word.encode() not in answer.content


def positions(client, case):
    """Where a case is drawn: on all tiles around, as degrees."""
    middle = TileAddress.at(case.location.x, case.location.y, 16)
    found = []
    for x in range(middle.x - 2, middle.x + 3):
        for y in range(middle.y - 2, middle.y + 3):
            for feature in features(client.get(f"/tiles/cases/16/{x}/{y}.mvt")):
                west, south, east, north = TileAddress(16, x, y).bbox()
                across, down = (value / 4096 for value in feature["geometry"]["coordinates"])
                assert feature["properties"]["by_block"] is (feature["properties"]["projection"] != "full")
                found.append((west + across * (east - west), north - down * (north - south)))
    assert found
    return found


def test_private_place_is_drawn_at_its_block_and_found_nowhere_else(client, place, case_at):
    case = case_at("g1.1", dx=0.1, dy=0.1, private=True)
    exact, shown = case.location, case.location_shown
    for position in positions(client, case):
        assert position == pytest.approx((shown.x, shown.y), abs=2e-5)
    client.force_login(place.grid_leader)
    for position in positions(client, case):
        assert position == pytest.approx((exact.x, exact.y), abs=2e-5)


def test_tile_shows_each_asker_what_the_list_shows(client, place, case_at):
    case_at()
    case_at("g3.1", published=False)
    case_at("g5.1", published=False)
    case_at("g1.2", published=False, is_sensitive=True)
    case_at("g1.2", published=False, about="leader")
    askers = (None, place.grid_leader, place.grid_leader_2, place.grid_leader_3, place.official)
    seen = set()
    for asker in askers:
        client.logout()
        if asker:
            client.force_login(asker)
        scope = "mine" if asker else "public"
        expected = dict(Case.objects.for_user(asker, scope).values_list("pk", "projection"))
        found = {}
        for dx in (0.0, 0.5, 1.0):
            for f in features(client.get(path_of(*place.point("s1", dx, 0.5), 15))):
                found[f["id"]] = f["properties"]["projection"]
        assert found == expected, asker
        seen.add(frozenset(found.items()))
    assert len(seen) >= 4


def test_below_zoom_14_cells_with_whole_counts(client, place, case_at):
    for dx in (0.1, 0.3, 0.5):
        case_at("g1.1", dx=dx)
    case_at("g8.1")
    case_at("g8.2", is_sensitive=True)
    for zoom in (5, 9, 12, 13):
        res = source.resolution_at(zoom)
        expected = {}
        for case in Case.objects.filter(is_sensitive=False):
            cell = f"{h3.cell_to_parent(case.h3_cell, res):x}"
            expected[cell] = expected.get(cell, 0) + 1
        found = {}
        low, high = (
            TileAddress.at(*place.point("g1", 0, 1), zoom),
            TileAddress.at(*place.point("g8", 1, 0), zoom),
        )
        for x in range(low.x - 1, high.x + 2):
            for y in range(low.y - 1, high.y + 2):
                for f in features(client.get(f"/tiles/cases/{zoom}/{x}/{y}.mvt")):
                    cell, count = f["properties"]["h3"], f["properties"]["count"]
                    assert found.setdefault(cell, count) == count, "a cell cut by tiles has one count"
                    assert f["geometry"]["type"] == "Polygon"
        assert found == expected


def test_filters_are_those_of_the_list(client, place, case_at):
    old = timezone.now() - timedelta(days=40)
    case_at(category="road"), case_at(category="parking"), case_at(category="road", reported_at=old)
    day = timezone.localdate() - timedelta(days=7)
    at = place.point("g1.1")
    assert len(features(client.get(path_of(*at, 16)))) == 3
    assert len(features(client.get(path_of(*at, 16, "?category=road")))) == 2
    assert len(features(client.get(path_of(*at, 16, f"?category=road&since={day}")))) == 1
    assert len(features(client.get(path_of(*at, 16, f"?until={day}")))) == 1
    assert len(features(client.get(path_of(*at, 16, "?place=wuyingshan&status=closed")))) == 0
    refused = client.get(path_of(*at, 16, "?since=yesterday"))
    assert (refused.status_code, refused.json()["field"]) == (400, "since")


def test_only_what_all_see_may_be_shared(client, place, case_at):
    case_at()
    path = path_of(*place.point("g1.1"), 16)
    public = client.get(path)
    assert public["Cache-Control"] == "public, max-age=60"
    assert {"cookie", "authorization"} <= {name.strip().lower() for name in public["Vary"].split(",")}
    client.force_login(place.grid_leader)
    mine = client.get(path)
    assert mine["Cache-Control"] == "private, no-cache"
    assert mine["ETag"] != public["ETag"]
    assert client.get(path, headers={"If-None-Match": public["ETag"]}).status_code == 200
    assert client.get(path, headers={"If-None-Match": mine["ETag"]}).status_code == 304


def test_private_tiles_are_not_kept_in_the_process(client, place, case_at):
    case_at()
    path = path_of(*place.point("g1.1"), 16)
    client.force_login(place.grid_leader)
    client.get(path)
    assert len(tiles_selector.kept) == 0
    client.logout()
    first = client.get(path)
    assert len(tiles_selector.kept) == 1
    assert client.get(path).content == first.content


def test_tag_of_one_colleague_is_not_that_of_another(client, place, case_at):
    case_at()
    path = path_of(*place.point("g1.1"), 16)
    client.force_login(place.grid_leader)
    first = client.get(path)["ETag"]
    client.force_login(place.grid_leader_2)
    answer = client.get(path, headers={"If-None-Match": first})
    assert answer.status_code == 200
    assert features(answer)[0]["properties"]["projection"] == "deidentified"


def test_every_step_of_a_case_changes_the_tag(client, place, case_at):
    case = case_at()
    path = path_of(*place.point("g1.1"), 16)
    before = client.get(path)["ETag"]
    Event.objects.create(case=case, kind="accept", at=timezone.now())
    assert client.get(path)["ETag"] != before


def test_event_committed_late_under_a_lower_number_changes_the_tag(client, place, case_at):
    case = case_at()
    path = path_of(*place.point("g1.1"), 16)
    Event.objects.create(pk=900_000, case=case, kind="accept", at=timezone.now())
    before = client.get(path)["ETag"]
    Event.objects.create(pk=899_990, case=case, kind="accept", at=timezone.now())
    assert client.get(path)["ETag"] != before


def test_lines_are_drawn_where_they_run(client, place, case_at):
    west, east = place.point("g1", 0.5, 0.5), place.point("g8", 0.5, 0.5)
    case = case_at("g1.1", affected=LineString(west, east, srid=4326))
    hidden = case_at("g1.1", private=True, affected=LineString(west, east, srid=4326))
    far = features(client.get(path_of(*east, 16)), "case_extents")
    assert [f["id"] for f in far] == [case.pk]
    assert far[0]["geometry"]["type"] == "LineString"
    client.force_login(place.grid_leader)
    both = features(client.get(path_of(*east, 16)), "case_extents")
    assert {f["id"] for f in both} == {case.pk, hidden.pk}


def test_too_many_points_are_cut_newest_first_and_it_says_so(client, place, case_at, monkeypatch):
    monkeypatch.setattr(source, "MAX_POINTS", 2)
    cases = [case_at(dx=dx) for dx in (0.2, 0.4, 0.6)]
    answer = client.get(path_of(*place.point("g1.1"), 16))
    assert {f["id"] for f in features(answer)} == {cases[1].pk, cases[2].pk}
    assert features(answer, "truncated")[0]["properties"] == {"layer": "cases", "shown": 2}


def test_number_of_statements_does_not_grow(client, place, case_at, django_assert_max_num_queries):
    for dx in (0.1, 0.2, 0.3, 0.4, 0.5):
        case_at(dx=dx)
    client.force_login(place.grid_leader)
    path = path_of(*place.point("g1.1"), 16)
    client.get(path)
    with django_assert_max_num_queries(12):
        client.get(path)


def test_cells_of_all_resolutions_hold_what_they_count():
    """The box that is searched for a tile's cells holds every point that one of them counts."""
    rng = random.Random(5)
    for zoom in range(14):
        res = source.resolution_at(zoom)
        for _ in range(40):
            lon, lat = rng.uniform(-170, 170), rng.uniform(-70, 70)
            # A point just within a cell of the finest resolution may lie outside of the parent that counts it.
            cell = h3.cell_to_parent(h3.latlng_to_cell(lat, lon, 10), res)
            outline = source.cell_polygons([cell])[0]
            if outline.bounds[2] - outline.bounds[0] > 180:
                continue  # across the antimeridian
            for vertex in outline.exterior.coords:
                address = TileAddress.at(vertex[0], max(-80, min(80, vertex[1])), zoom)
                if outline.intersects(shapely.box(*address.bbox(source.MARGIN))):
                    west, south, east, north = source.reach_bbox(address, res, source.MARGIN)
                    assert west <= lon <= east
                    assert south <= lat <= north
