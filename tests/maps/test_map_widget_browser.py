"""Maps inside pages: where a case is, moving its pin under a cross, and editing geometry in the administration."""

import json

import pytest

from cases.models import Case
from cases.services.intake import case_file
from tests.factories.places import build_place

pytestmark = pytest.mark.browser


@pytest.fixture
def place(live_server):
    return build_place()


@pytest.fixture
def case(place):
    lon, lat = place.point("g1")
    filing = {
        "client_id": "5c2b8c1e-6a0f-4f62-9d0e-0b8f6b8a4a11",
        "text": "路面塌了一块",
        "category": "road",
        "location": {"type": "Point", "coordinates": [lon, lat]},
        "pin": "confirmed",
        "channel": "patrol",
    }
    receipt = case_file(raw=json.dumps(filing).encode(), actor=place.patroller)
    return Case.objects.get(pk=receipt.case_id)


def drawn(page, selector):
    page.locator(f"{selector} canvas.maplibregl-canvas").first.wait_for()


def test_a_case_page_shows_where_it_is(open_browser, live_server, place, case):
    page = open_browser(live_server.url, "desktop", user=place.grid_leader)
    page.goto(f"/cases/{case.pk}/")
    drawn(page, "[data-map-widget=view]")


def test_the_pin_is_moved_under_the_cross_and_only_when_the_map_was_moved(
    open_browser, live_server, place, case
):
    page = open_browser(live_server.url, "desktop", user=place.grid_leader)
    page.goto(f"/cases/{case.pk}/")
    form = page.locator(
        f"form[action='/cases/{case.pk}/steps/relocate/'], form:has([data-map-widget=point])"
    ).first
    form.locator("xpath=..").locator("summary").click()
    drawn(page, "[data-map-widget=point]")
    lon = form.locator("[data-lon]")
    assert lon.input_value() == ""
    canvas = form.locator("canvas.maplibregl-canvas")
    canvas.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('[data-lon]').value !== ''")
    assert float(lon.input_value()) > case.location.x
    form.get_by_role("button", name="不移了").click()
    assert lon.input_value() == ""


def test_an_administrator_draws_an_area_on_our_map(open_browser, live_server, place):
    page = open_browser(live_server.url, "desktop", user=place.administrator)
    page.goto("/admin/geo/area/add/")
    widget = page.locator("[data-map-widget]").first
    widget.scroll_into_view_if_needed()
    drawn(page, "[data-map-widget]")
    widget.get_by_role("button", name="画一片").click()
    canvas = widget.locator("canvas.maplibregl-canvas")
    box = canvas.bounding_box()
    for x, y in ((0.3, 0.3), (0.6, 0.3), (0.6, 0.6)):
        page.mouse.click(box["x"] + box["width"] * x, box["y"] + box["height"] * y)
    widget.get_by_role("button", name="画好了").click()
    field = widget.locator("textarea")
    page.wait_for_function("document.querySelector('[data-map-widget] textarea').value !== ''")
    shape = json.loads(field.input_value())
    assert shape["type"] == "MultiPolygon"
    assert len(shape["coordinates"][0][0]) == 4
    widget.get_by_role("button", name="去掉").click()
    assert field.input_value() == ""


def test_what_is_typed_as_geojson_is_drawn(open_browser, live_server, place):
    page = open_browser(live_server.url, "desktop", user=place.administrator)
    page.goto("/admin/geo/area/add/")
    widget = page.locator("[data-map-widget]").first
    widget.scroll_into_view_if_needed()
    widget.locator("[role=toolbar]").wait_for()
    field = widget.locator("textarea")
    field.fill("POINT (1 2)")
    field.blur()
    widget.locator(".map-widget__note", has_text="GeoJSON").wait_for()
    field.fill(place.areas["g1"].geometry.json)
    field.blur()
    page.wait_for_function("document.querySelector('.map-widget__note').textContent === ''")
