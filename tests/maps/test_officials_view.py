"""`/map/`: who sees which numbers, that map, drawing, list and API agree, and that the address says it all."""

import json
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from cases.models import Case
from tests.factories.cases import act, file_case
from tests.factories.places import build_place

pytestmark = pytest.mark.django_db
PARTS = {"HTTP_X_MAP_PART": "1"}


@pytest.fixture
def place():
    place = build_place()
    for number, short in enumerate(("g1", "g1", "g1", "g2", "g4", "g5", "g8")):
        file_case(place, short, at=(0.1 + number / 10, 0.95))
    parking = file_case(place, "g3", place.counter, category="parking", channel="hotline")
    act(parking, "settle", place.grid_leader_2, note="x")
    file_case(
        place, "g1", at=(0.4, 0.5), category="drainage"
    )  # at home: outside of `full` known by its block
    file_case(place, "g1", place.counter, location=None, place_text="某处", place=place.place.slug)
    return place


@pytest.fixture
def see(client, place):
    """Return a function: who looks at which address → answer."""

    def look(role, query="", **headers):
        client.logout()
        if role:
            client.force_login(getattr(place, role))
        answer = client.get(f"/map/{query}", **headers)
        assert answer.status_code == 200, answer.content.decode()[-3000:]
        return answer

    return look


def drawn(answer):
    """Return key → count of the server's drawing."""
    found = re.findall(r'data-key="([^"]+)" data-count="(\d+)"', answer.content.decode())
    return {key: int(count) for key, count in found}


def payload(answer):
    text = answer.content.decode()
    return json.loads(re.search(r'id="map-payload"[^>]*>(.*?)</script>', text, re.S).group(1))


def rows(answer):
    return [int(pk) for pk in re.findall(r'<tr data-case="(\d+)"', answer.content.decode())]


def total(answer):
    return int(re.search(r"data-total>(\d+)<", answer.content.decode()).group(1))


ROLES = [None, "resident", "patroller", "grid_leader_2", "official", "planner", "administrator"]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("narrowed", ["", "category=road", "state=closed", "channel=hotline", "period=7"])
def test_drawing_script_heat_and_list_say_the_same(see, place, api, api_as, role, narrowed):
    answer = see(role, f"?{narrowed}")
    client = api_as(getattr(place, role)) if role else api
    staff = role not in (None, "resident")
    scope = f"scope={'mine' if staff else 'public'}&{'' if narrowed.startswith('period') else narrowed}"
    res = answer.context["figures"].res
    heat = client.get(f"/api/v1/heat/?res={res}&{scope}").json()
    cells = {cell["h3"]: cell["count"] for cell in heat["cells"]}
    assert {f["properties"]["key"]: f["properties"]["count"] for f in payload(answer)["cells"]} == cells
    assert drawn(answer) == cells
    listed = client.get(f"/api/v1/cases/?limit=1000&{scope}").json()
    assert answer.context["figures"].listed == heat["total"] + heat["without_place"] == listed["total"]
    assert sorted(rows(answer)) == sorted(feature["id"] for feature in listed["features"])
    if listed["total"]:
        assert total(answer) == listed["total"]
    else:
        assert "没有符合这些条件的案件" in answer.content.decode() or "state" in answer.content.decode()


@pytest.mark.parametrize("role", [None, "official", "grid_leader_2"])
@pytest.mark.parametrize("level", ["community", "block", "grid"])
def test_areas_say_what_the_counts_of_the_api_say(see, place, api, api_as, role, level):
    lon, lat = place.point("s1")
    answer = see(role, f"?mode=areas&level={level}&at={lon},{lat},14.5")
    client = api_as(getattr(place, role)) if role else api
    scope = "mine" if role else "public"
    counts = client.get(f"/api/v1/counts/?level={level}&scope={scope}").json()
    by_code = {area["code"]: area["count"] for area in counts["areas"]}
    assert drawn(answer) == by_code
    assert {area["key"]: area["count"] for area in payload(answer)["areas"]} == by_code
    assert answer.context["figures"].without == counts["without_area"]
    busiest = max(by_code, key=by_code.get)
    picked = see(role, f"?mode=areas&level={level}&lies_in={level}:{busiest}")
    assert len(rows(picked)) == by_code[busiest]
    without = see(role, f"?mode=areas&level={level}&lies_in={level}:")
    assert len(rows(without)) == counts["without_area"]


def test_a_cell_leads_to_its_cases_and_back(see, place):
    answer = see("official")
    cells = drawn(answer)
    fullest = max(cells, key=cells.get)
    link = next(
        url for url in re.findall(r'href="([^"]+)"', answer.content.decode()) if f"cell={fullest}" in url
    )
    picked = see("official", link.replace("&amp;", "&"))
    assert len(rows(picked)) == cells[fullest]
    assert drawn(picked) == cells  # the map itself is not narrowed down
    assert payload(picked)["picked"]["type"] == "Polygon"
    assert f'data-picked="{fullest}"' in picked.content.decode()
    spots = re.findall(r'<tr data-case="\d+"[^>]*data-spot="([^"]+)"', picked.content.decode())
    assert spots == [fullest] * cells[fullest]
    without = see("official", "?cell=none")
    assert len(rows(without)) == answer.context["figures"].without >= 1


def test_rate_is_per_thousand_residents_and_says_where_it_cannot_be_told(see, place):
    area = place.areas["c2"]
    area.population = None
    area.save()
    answer = see("official", "?mode=areas&level=community&rate=1")
    shown = {spot.key: spot for spot in answer.context["figures"].spots}
    first = shown[place.code("c1")]
    assert first.value == pytest.approx(first.count * 1000 / 800, abs=0.001)
    assert shown[place.code("c2")].value is None
    assert "人口数未知" in answer.content.decode()


def test_the_table_is_sorted_as_the_address_says(see, place):
    for number, case in enumerate(Case.objects.order_by("pk")):
        Case.objects.filter(pk=case.pk).update(reported_at=timezone.now() - timedelta(days=number))
    newest = rows(see("official"))
    assert newest == list(Case.objects.order_by("-reported_at").values_list("pk", flat=True))
    answer = see("official", "?sort=reported")
    assert rows(answer) == newest[::-1]
    assert 'aria-sort="ascending"' in answer.content.decode()
    names = [
        spot.name for spot in see("official", "?mode=areas&level=grid&order=name").context["figures"].spots
    ]
    assert names == sorted(names)


def test_periods_count_whole_local_days(see, place):
    first = Case.objects.order_by("pk").first()
    Case.objects.filter(pk=first.pk).update(reported_at=timezone.now() - timedelta(days=40))
    assert first.pk not in rows(see("official", "?period=30"))
    assert first.pk in rows(see("official", "?period=90"))
    day = (timezone.now() - timedelta(days=40)).astimezone(timezone.get_default_timezone()).date()
    only = f"?since={day}&until={day + timedelta(days=1)}"
    assert rows(see("official", only)) == [first.pk]


def test_links_keep_the_whole_view(see, place):
    query = "?category=road&mode=areas&level=grid&rate=1&at=116.975,36.6905,15.5&sort=status"
    html = see("official", query).content.decode()
    heading = re.search(r'href="([^"]+)" data-map-link>上报', html).group(1).replace("&amp;", "&")
    for kept in ("category=road", "mode=areas", "level=grid", "rate=1", "at=116.975,36.6905,15.5"):
        assert kept in heading
    assert "sort=-reported" in heading
    # As a plain form: what the controls do not hold goes along.
    for name, value in (("mode", "areas"), ("level", "grid"), ("rate", "1"), ("at", "116.975,36.6905,15.5")):
        assert f'<input type="hidden" name="{name}" value="{value}">' in html
    assert '<option value="road" selected>' in html


def test_the_drawing_moves_and_follows_the_address(see, place):
    answer = see("official", "?at=116.9707,36.6913,17")
    assert answer.context["drawing"].viewport.zoom == 17
    moved = {option.value: option.url for option in answer.context["moves"]}
    assert re.search(r"at=116\.9707\d*,36\.6913\d*,18\.00", moved["+"])
    lon = float(re.search(r"at=([\d.]+),", moved["→"]).group(1))
    assert lon > 116.9707
    far = see("official", "?at=10,50,17")
    assert drawn(far) == {}
    assert far.context["figures"].listed == answer.context["figures"].listed


def test_nothing_found_says_so_and_how_to_go_on(see, place):
    html = see("official", "?category=noise&state=closed").content.decode()
    assert "没有符合这些条件的案件" in html
    assert "重新开始" in html or 'href="?"' in html or "data-map-link" in html
    assert rows(see("official", "?category=noise&state=closed")) == []


@pytest.mark.parametrize(
    ("query", "value"),
    [("at=1", "at"), ("mode=x", "mode"), ("cell=8", "cell"), ("level=unit&mode=areas", "level"), ("state=x", "state"),
     ("period=1", "period"), ("sort=x", "sort"), ("lies_in=1&mode=areas", "lies_in"), ("since=x", "since")],
)  # fmt: skip
def test_what_cannot_be_read_is_said_in_words(client, place, query, value):
    client.force_login(place.official)
    answer = client.get(f"/map/?{query}")
    html = answer.content.decode()
    assert answer.status_code == 400
    assert "state--error" in html
    assert value in re.search(r'role="alert">(.*?)</div>', html, re.S).group(1)


def test_others_see_published_kinds_only_and_no_household(see, place):
    case = Case.objects.get(category="drainage")
    html = see(None).content.decode()
    assert "13812345678" not in html
    assert "1号楼" not in html
    found = next(f for f in payload(see(None, "?cell=none"))["cells"] if f)
    assert found["properties"]["count"] >= 1
    marks = re.search(rf'<tr data-case="{case.pk}"[^>]*>', html).group(0)
    shown = case.location_shown
    assert f'data-lon="{shown.x:.6f}"' in marks
    assert not Case.objects.filter(pk__in=rows(see(None)), is_published=False).exists()


def test_the_script_gets_only_what_changes(see, place):
    part = see("official", "?category=road&size=700x600", **PARTS)
    html = part.content.decode()
    assert "<html" not in html
    assert '<svg class="drawing"' not in html
    assert "no-store" in part.headers["Cache-Control"]
    assert {"X-Map-Part", "X-Map-Drawn", "Cookie"} <= {
        name.strip() for name in part.headers["Vary"].split(",")
    }
    assert "size=" not in html
    with_drawing = see("official", "?category=road", HTTP_X_MAP_DRAWN="1", **PARTS)
    assert '<svg class="drawing"' in with_drawing.content.decode()


def test_a_demo_says_so_beside_the_map(see, place):
    assert "模拟数据" not in see("official").content.decode()
    place.place.is_demo = True
    place.place.directory_version += 1
    place.place.save()
    html = see("official").content.decode()
    assert html.count("模拟数据") >= 3  # ribbon, drawing, beside the list


def test_places_are_chosen_where_somebody_has_several(see, place, client):
    other = build_place("otherplace", west=117.2)
    file_case(other, "g1")
    assert 'name="place"' not in see("official").content.decode()
    answer = see("administrator", "?place=otherplace")
    assert '<option value="otherplace" selected>' in answer.content.decode()
    assert answer.context["figures"].listed == 1
    client.force_login(place.official)
    foreign = client.get("/map/?place=otherplace")
    assert foreign.context["snapshot"].slug == place.place.slug


def test_without_boundaries_the_page_says_what_to_do(client, db):
    html = client.get("/map/").content.decode()
    assert "state--empty" in html


def test_it_asks_the_same_number_of_questions_for_more_cases(see, place, django_assert_max_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    see("official")
    with CaptureQueriesContext(
        connection,
    ) as few:
        see("official")
    for number in range(12):
        file_case(place, "g6", at=(0.1 + number / 20, 0.95))
    with CaptureQueriesContext(connection) as many:
        see("official")
    assert len(many) <= len(few)


def test_tiles_of_one_level_come_at_every_zoom(client, place):
    import gzip

    import mapbox_vector_tile

    from geo.domain.tile_grid import TileAddress

    lon, lat = place.point("g2")
    address = TileAddress.at(lon, lat, 11)
    answer = client.get(f"/tiles/areas/{address.z}/{address.x}/{address.y}.mvt?level=grid")
    body = gzip.decompress(answer.content) if answer.get("Content-Encoding") == "gzip" else answer.content
    features = mapbox_vector_tile.decode(body)["areas"]["features"]
    assert {feature["properties"]["level"] for feature in features} == {"grid"}
    assert client.get("/tiles/areas.json?level=house").status_code == 400
    plain = client.get(f"/tiles/areas/{address.z}/{address.x}/{address.y}.mvt")
    assert plain.content != answer.content
