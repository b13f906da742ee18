"""The officials' map in real Chromium, over a city that came through the doors of the import.

With the folder of real data beside the project the same walk is taken through Boston; its location can be given as
`GRIDCASE_SHARED_DATA`.
"""

import csv
import gzip
import itertools
import json
import os
import re
from io import StringIO
from pathlib import Path

import pytest
import shapely
from django.core.management import call_command

from cases.models import Case
from geo import routing
from geo.models import User
from maps.templatetags.vite import FrontendNotBuilt, manifest

pytestmark = pytest.mark.browser
SHARED = Path(os.environ.get("GRIDCASE_SHARED_DATA", Path(__file__).resolve().parents[2] / "../shared/data"))
LON, LAT, STEP = -71.09, 42.33, 0.012
BOSTON_ROWS = 1500
BOSTON_COLUMNS = (
    "--lon", "LONGITUDE", "--lat", "LATITUDE", "--category", "TYPE", "--text", "CASE_TITLE", "--reported-at", "OPEN_DT",
    "--closed-at", "CLOSED_DT", "--id", "CASE_ENQUIRY_ID", "--time-format", "%m/%d/%Y %I:%M:%S %p",
)  # fmt: skip
NO_WEBGL = """
const original = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
  return /webgl/.test(kind) ? null : original.call(this, kind, ...rest);
};
"""
READY = ".omap.is-live[data-idle]:not(.is-busy)"
PART = re.compile(r"/map/\?.*size=")


@pytest.fixture(autouse=True)
def _built():
    try:
        manifest()
    except FrontendNotBuilt as error:
        pytest.fail(str(error))


def areas(file, level, *more):
    call_command(
        "import_areas", str(file), "--place", "town", "--level", level, "--generation", "g",
        "--commit", *more, stdout=StringIO(),
    )  # fmt: skip


def administrator():
    routing.forget()
    return User.objects.create_superuser("town.administrator", password="long enough for 格案")


@pytest.fixture
def town(live_server, tmp_path):
    """Return an administrator of a small town: two wards of three precincts, 60 requests, most in one corner."""

    def squares(name, columns, rows, width):
        features = [
            {
                "type": "Feature",
                "properties": {"code": f"{name}{c}{r}", "name": f"{name} {c}{r}"},
                "geometry": shapely.geometry.mapping(
                    shapely.box(LON + c * width, LAT + r * STEP, LON + (c + 1) * width, LAT + (r + 1) * STEP)
                ),
            }
            for c in range(columns)
            for r in range(rows)
        ]
        file = tmp_path / f"{name}.geojson"
        file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
        return file

    names = ("--code", "code", "--name", "name")
    areas(squares("ward", 2, 1, 3 * STEP), "community", "--profile", "plain", *names)
    areas(squares("precinct", 6, 1, STEP), "grid", *names)
    call_command("activate_generation", "g", "--place", "town", stdout=StringIO())
    rows = [
        {
            "id": number,
            "opened": f"2026-0{1 + number % 6}-1{number % 9}T10:00:00",
            "closed": f"2026-0{1 + number % 6}-2{number % 9}T10:00:00" if number % 3 else "",
            "kind": "road" if number % 2 else "parking",
            "text": f"request {number}",
            "lon": LON + STEP * (0.5 + (number % 5) * 0.01 if number < 40 else 0.3 + (number % 6) * 0.9),
            "lat": LAT + STEP * (0.5 + number % 4 * 0.1),
        }
        for number in range(60)
    ]
    file = tmp_path / "requests.csv"
    with file.open("w", newline="") as out:
        writer = csv.DictWriter(out, fieldnames=rows[0])
        writer.writeheader()
        writer.writerows(rows)
    call_command(
        "import_cases", str(file), "--place", "town", "--lon", "lon", "--lat", "lat", "--category", "kind",
        "--text", "text", "--reported-at", "opened", "--closed-at", "closed", "--id", "id", "--no-progress",
        stdout=StringIO(),
    )  # fmt: skip
    return administrator()


@pytest.fixture
def open_map(open_browser, live_server):
    def opened(user, device="desktop", path="/map/"):
        page = open_browser(live_server.url, device, user=user)
        page.goto(path)
        page.locator(READY).wait_for()
        return page

    return opened


def payload(page):
    return json.loads(page.locator("#map-payload").text_content())


def on_map(page, lon, lat):
    """Return where a position is on the screen, by the view that the page's map has."""
    at = re.search(r"at=([-\d.]+),([-\d.]+),([\d.]+)", page.url)
    box = page.locator("[data-map]").bounding_box()
    return page.evaluate(
        """([lon, lat, x, y, z, box]) => {
          const unit = (lon, lat) => [lon / 360 + 0.5, 0.5 - Math.asinh(Math.tan(lat * Math.PI / 180)) / (2 * Math.PI)];
          const [a, b] = unit(lon, lat), [c, d] = unit(x, y), scale = 512 * 2 ** z;
          return [box.x + box.width / 2 + (a - c) * scale, box.y + box.height / 2 + (b - d) * scale];
        }""",
        [lon, lat, *map(float, at.groups()), box],
    )


def stand(page, zoom, lon=None, lat=None):
    """Open the map at a zoom, on the middle of the place or on a position."""
    west, south, east, north = json.loads(page.locator("#page-config").text_content())["bounds"]
    lon, lat = (west + east) / 2 if lon is None else lon, (south + north) / 2 if lat is None else lat
    page.goto(f"/map/?at={lon:.5f},{lat:.5f},{zoom:.2f}")
    page.locator(READY).wait_for()


def fullest_cell(page):
    cells = payload(page)["cells"]
    cell = max(cells, key=lambda entry: entry["properties"]["count"])
    return cell["properties"], shapely.geometry.shape(cell["geometry"]).centroid


def walk(page, zoom):
    """Click the fullest cell, read its cases, sort them."""
    stand(page, zoom)
    properties, middle = fullest_cell(page)
    with page.expect_response(PART):
        page.mouse.click(*on_map(page, middle.x, middle.y))
    page.locator(f"[data-picked='{properties['key']}']").wait_for()
    page.locator(".omap:not(.is-busy)").wait_for()
    assert f"cell={properties['key']}" in page.url
    count = int(re.search(r"\d+", page.locator("[data-picked] strong").inner_text()).group())
    assert count == properties["count"]
    rows = page.locator("[data-cases] tbody tr")
    assert rows.count() == min(count, 40)
    assert set(rows.evaluate_all("rows => rows.map(row => row.dataset.spot)")) == {properties["key"]}
    first = rows.first.get_attribute("data-case")
    with page.expect_response(PART):
        page.get_by_role("link", name="上报时间").click()
    page.locator("th[aria-sort=ascending]").wait_for()
    assert "sort=reported" in page.url
    if count > 1:
        assert page.locator("[data-cases] tbody tr").first.get_attribute("data-case") != first
    return properties


def same_view(page, other):
    """Compare what two pages show of one address."""
    for of in (page, other):
        of.locator(READY).wait_for()
    ids = "rows => rows.map(row => row.dataset.case)"
    assert other.locator("[data-cases] tbody tr").evaluate_all(ids) == page.locator(
        "[data-cases] tbody tr"
    ).evaluate_all(ids)
    for selector in ("[data-total]", "#map-legend", "[data-picked]"):
        assert other.locator(selector).inner_text() == page.locator(selector).inner_text()
    assert payload(other)["cells"] == payload(page)["cells"]


@pytest.mark.parametrize("device", ["desktop", "phone"])
def test_a_cell_opens_its_cases_sorts_them_and_is_shared_by_link(open_map, town, device):
    page = open_map(town, device)
    walk(page, 12 if device == "desktop" else 11.3)
    same_view(page, open_map(town, device, page.url))
    page.go_back()
    page.locator("th[aria-sort=descending]").wait_for()
    page.go_back()
    page.locator("[data-picked]").wait_for(state="detached")


def test_filters_are_followed_at_once_and_taken_back(open_map, town):
    page = open_map(town)
    with page.expect_response(PART):
        page.locator("select[name=category]").select_option("road")
    page.locator("[data-total]", has_text=re.compile("^30$")).wait_for()
    assert "category=road" in page.url
    with page.expect_response(PART):
        page.locator("select[name=state]").select_option("open")
    page.locator("[data-total]", has_text=re.compile("^10$")).wait_for()
    page.get_by_role("link", name="清除筛选").click()
    page.locator("[data-total]", has_text=re.compile("^60$")).wait_for()
    assert page.locator("select[name=category]").input_value() == ""


def test_row_and_map_point_at_each_other_and_a_row_opens_its_case(open_map, town):
    page = open_map(town)
    row = page.locator("[data-cases] tbody tr").nth(3)
    row.hover()
    key = row.get_attribute("data-spot")
    page.locator("[data-cases] tr.is-lit").first.wait_for()
    lit = page.locator("[data-cases] tr.is-lit").evaluate_all("rows => rows.map(row => row.dataset.spot)")
    assert set(lit) == {key}
    assert re.search(r"\d+ 件", page.locator("[data-hover]").inner_text())
    case = row.get_attribute("data-case")
    row.click()
    page.wait_for_url(re.compile(rf"/cases/{case}/"))


def test_areas_by_number_and_by_rate(open_map, town):
    page = open_map(town)
    with page.expect_response(PART):
        page.get_by_role("link", name="按网格").click()
    page.locator(".omap__spots tbody tr").nth(5).wait_for()
    with page.expect_response(PART):
        page.locator(".omap__spots tbody a").first.click()
    page.locator("[data-picked]").wait_for()
    counted = int(page.locator(".omap__spots tr.is-picked td.num").first.text_content())
    assert int(page.locator("[data-picked] strong").inner_text()) == counted
    with page.expect_response(PART):
        page.get_by_role("link", name="每千人件数").click()
    page.get_by_text("人口数未知").wait_for()
    assert all(part in page.url for part in ("mode=areas", "level=grid", "rate=1", "lies_in=grid:"))


def test_the_keyboard_moves_the_map_and_picks(open_map, town):
    page = open_map(town)
    stand(page, 15)
    _properties, middle = fullest_cell(page)
    stand(page, 15, middle.x, middle.y)
    page.locator("[data-map] canvas").focus()
    page.keyboard.press("Enter")
    page.locator("[data-picked]").wait_for()
    page.locator("[data-map] canvas").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url(lambda url: float(re.search(r"at=([-\d.]+)", url).group(1)) > middle.x + 1e-4)


@pytest.mark.parametrize("scripts", [True, False])
def test_without_webgl_or_scripts_the_server_draws(open_browser, live_server, town, scripts):
    page = open_browser(live_server.url, "desktop", user=town, java_script_enabled=scripts)
    if scripts:
        page.add_init_script(NO_WEBGL)
    page.goto("/map/")
    if scripts:
        page.locator("[data-nomap]:not([hidden])").wait_for()
    drawing = page.locator("svg.drawing")
    drawing.wait_for()
    counts = drawing.locator("[data-count]").evaluate_all("all => all.map(one => Number(one.dataset.count))")
    assert sum(counts) == Case.objects.count() == 60
    fullest = drawing.locator(f"[data-count='{max(counts)}']").first
    fullest.click()
    page.locator("[data-picked]").wait_for()
    assert page.locator("[data-cases] tbody tr").count() == min(40, max(counts))
    assert page.locator("svg.drawing .drawing__picked").count() == 1
    page.get_by_role("link", name="状态").click()
    page.locator("th[aria-sort=ascending]").wait_for()
    page.get_by_role("link", name="放大").click()
    page.wait_for_url(re.compile("at="))
    assert "cell=" in page.url
    assert "sort=status" in page.url
    if not scripts:
        page.locator("select[name=category]").select_option("road")
        page.get_by_role("button", name="查看").click()
        assert page.locator("[data-total]").inner_text() == "30"
        assert "cell=" in page.url


@pytest.mark.parametrize("device", ["desktop", "phone"])
def test_controls_are_large_enough(open_map, town, device):
    page = open_map(town, device)
    small = page.evaluate(
        """() => ['button', 'select', '.switch a', 'th a', 'summary']
          .flatMap((one) => [...document.querySelectorAll(`.omap ${one}`)])
          .filter((e) => e.getClientRects().length)
          .map((e) => [e.textContent.trim().slice(0, 20), e.getBoundingClientRect().height])
          .filter(([, height]) => height < 36)"""
    )
    assert small == []


def test_coverage_leads_the_map(open_browser, live_server, town):
    page = open_browser(live_server.url, "desktop", user=town)
    page.goto("/staff/coverage/")
    page.locator(".omap.is-live").wait_for()
    page.locator("a[data-at]").first.click()
    page.locator("li.is-lit").first.wait_for()
    assert "at=" in page.url


@pytest.fixture
def boston(live_server, tmp_path):
    if not (SHARED / "boston311").is_dir():
        pytest.skip("the real data are not beside the project (GRIDCASE_SHARED_DATA)")
    polygons = SHARED / "boston_polygons"
    areas(polygons / "boston_wards.geojson", "community", "--profile", "plain", "--code", "WARD")
    areas(polygons / "boston_precincts_wgs84.geojson", "grid", "--code", "WARD_PRECINCT")
    call_command("activate_generation", "g", "--place", "town", stdout=StringIO())
    file = tmp_path / "some.csv"
    source = SHARED / "boston311" / "boston311_2015_jan_aug.csv.gz"
    with gzip.open(source, "rt", encoding="utf-8", newline="") as rows, file.open("w", newline="") as out:
        csv.writer(out).writerows(itertools.islice(csv.reader(rows), BOSTON_ROWS + 1))
    call_command(
        "import_cases", str(file), "--place", "town", *BOSTON_COLUMNS, "--no-progress", stdout=StringIO()
    )
    return administrator()


def test_the_walk_through_boston(open_map, boston, client):
    page = open_map(boston)
    shown = payload(page)
    client.force_login(boston)
    listed = client.get("/api/v1/cases/?limit=1").json()["total"]
    assert int(page.locator("[data-total]").inner_text()) == listed == Case.objects.count() == BOSTON_ROWS
    unlocated = client.get("/api/v1/cases/?limit=1&cell=none").json()["total"]
    # The pile-up of rows that were never geocoded is in no cell, and is one click away.
    assert sum(cell["properties"]["count"] for cell in shown["cells"]) == listed - unlocated
    assert unlocated > 50
    with page.expect_response(PART):
        page.locator("[data-without]").click()
    page.locator("[data-picked=none]").wait_for()
    with page.expect_response(PART):
        page.locator("[data-unpick]").click()
    walk(page, 10.8)
    same_view(page, open_map(boston, "desktop", page.url))
    with page.expect_response(PART):
        page.get_by_role("link", name="按网格").click()
    page.locator(".omap__spots tbody tr").nth(254).wait_for()
