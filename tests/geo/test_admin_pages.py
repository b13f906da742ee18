"""Every administration page in real Chromium under the strict policy: no inline code, nothing from outside."""

import pytest
from django.contrib import admin
from django.urls import reverse

from geo.services.generations import AreaInput, generation_stage
from tests.factories.places import build_place


@pytest.fixture
def place(transactional_db):
    return build_place()


def page_addresses(place):
    """Yield the list, add and change page of every model that is registered."""
    yield reverse("admin:index")
    for model, page in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{name}_changelist")
        row = model._default_manager.first()
        if row is not None:
            yield reverse(f"{name}_change", args=[row.pk])
            yield reverse(f"{name}_history", args=[row.pk])
        request = type("Request", (), {"user": place.administrator})()
        if page.has_add_permission(request):
            yield reverse(f"{name}_add")
    yield reverse("admin:geo_user_reset_password", args=[place.patroller.pk])


@pytest.mark.parametrize("device", ["phone", "desktop"])
def test_every_page_keeps_the_policy(place, live_server, open_browser, device):
    page = open_browser(live_server.url, device, user=place.administrator)
    seen = []
    for address in page_addresses(place):
        response = page.goto(address)
        assert response.status == 200, address
        assert "script-src 'self'" in response.headers["content-security-policy"]
        assert page.locator("#content, #changelist").count(), address
        seen.append(address)
    assert len(seen) > 30


def show_map(page):
    """Maps come up when they are first seen."""
    page.locator("[data-map-widget]").scroll_into_view_if_needed()
    page.locator("[data-map-widget] canvas").wait_for()


def test_a_boundary_is_shown_and_edited_on_our_map(place, live_server, open_browser):
    areas = [
        AreaInput(area.level, area.code, area.name, _shape(area), area.parent.code if area.parent else None)
        for area in place.areas.values()
        if area.level not in ("building", "unit")
    ]
    staged = generation_stage(place_id=place.place.pk, name="2026-2", areas=areas)
    page = open_browser(live_server.url, "desktop", user=place.administrator)
    page.goto(reverse("admin:geo_area_change", args=[place.areas["g1"].pk]))
    show_map(page)
    assert page.locator("#id_boundary").get_attribute("readonly") is not None
    grid = staged.areas.get(code=place.code("g1"))
    page.goto(reverse("admin:geo_area_change", args=[grid.pk]))
    show_map(page)
    page.get_by_role("toolbar").wait_for()
    text = page.locator("#id_geometry")
    assert '"MultiPolygon"' in text.input_value()
    moved = text.input_value().replace("116.97,", "116.9701,").replace("116.97, ", "116.9701, ")
    text.fill(moved)
    page.locator("input[name=_save]").click()
    page.wait_for_url("**/admin/geo/area/")
    grid.refresh_from_db()
    assert grid.geometry.extent[0] == pytest.approx(116.9701)


def _shape(area):
    import shapely

    return shapely.box(*area.geometry.extent)


def test_appointing_somebody_by_search(place, live_server, open_browser):
    page = open_browser(live_server.url, "desktop", user=place.official, locale="en")
    page.goto(reverse("admin:geo_appointment_add"))
    for field, words in (("post", "leader-elected"), ("person", "resident-2")):
        page.locator(f".field-{field} .select2-selection").click()
        page.locator(".select2-search__field").fill(words)
        page.locator(".select2-results__option--highlighted", has_text="").wait_for()
        options = page.locator(".select2-results__option", has_not_text="Searching")
        options.last.click()
    page.locator("#id_since").fill("2026-06-01")
    page.locator("input[name=_save]").click()
    page.locator(".messagelist .success, .errornote").wait_for()
    assert page.locator(".messagelist .success").count()
