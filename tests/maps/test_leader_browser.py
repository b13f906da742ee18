"""Step 2 in real Chromium: a grid leader is told, finds the case, settles it, gives it back, passes it on, moves it.

And what the others of the house see of it: the leader next door without names and households, the one of another
community what anyone sees, and that is nothing unless the profile publishes the kind.
"""

import gzip
import hashlib
import math
from contextlib import suppress

import mapbox_vector_tile
import pytest
from playwright.sync_api import expect

from cases.models import Case, Photo
from layers.selectors import tiles
from maps.templatetags.vite import FrontendNotBuilt, manifest
from tests.factories.cases import act, filing, jpeg, raw_of
from tests.factories.places import build_place

pytestmark = pytest.mark.browser

PHONE_NUMBER = "13812345678"
SECRET = "内部：王某的电话打不通，先别催"
Z, TILES = 16, 2**16


@pytest.fixture(autouse=True)
def _built():
    try:
        manifest()
    except FrontendNotBuilt as error:
        pytest.fail(str(error))
    tiles.kept.clear()


@pytest.fixture
def place(live_server):
    return build_place()


@pytest.fixture
def file(place, api_as):
    """Return the function by which the patroller files a case with a photo, as the phone does."""

    def filed(short="g1", **more):
        patroller, picture = api_as(place.patroller), jpeg("gray", (640, 480))
        sha256 = hashlib.sha256(picture).hexdigest()
        body = raw_of(filing(place, short, channel="patrol", photos=[sha256], **more))
        receipt = patroller.post("/api/v1/cases/", body, content_type="application/json")
        assert receipt.status_code == 201, receipt.content
        case = Case.objects.get(pk=receipt.json()["id"])
        put = patroller.put(
            f"/api/v1/cases/{case.pk}/photos/{sha256}/", picture, content_type="application/octet-stream"
        )
        assert put.status_code in (200, 201), put.content
        return case

    return filed


@pytest.fixture(params=["phone", "desktop"])
def leader(request, open_browser, live_server, place):
    """Return the grid leader's own page, on a phone and on a desk."""
    return open_browser(live_server.url, request.param, user=place.grid_leader)


def step(page, case, action):
    """Unfold the form of a step, and return it."""
    form = page.locator(f"form[action='/cases/{case.pk}/{action}/']")
    if not form.is_visible():
        form.locator("xpath=..").locator("summary").click()
    return form


def done(page, form, title):
    """Press the form's button, and wait until the page says that it was done."""
    form.get_by_role("button").last.click()
    page.locator(".message--success", has_text=f"已完成：{title}").wait_for()


def titles(page):
    """Return the steps of the timeline, newest first."""
    return [words.strip() for words in page.locator(".timeline strong").all_inner_texts()]


def loaded(image):
    """Wait until a picture is there, and return its width in pixels."""
    image.scroll_into_view_if_needed()
    image.evaluate(
        "e => e.complete || new Promise((done, failed) => { e.onload = done; e.onerror = failed; })"
    )
    return image.evaluate("e => e.naturalWidth")


def tile_ids(page, case, query=""):
    """Return the cases in the vector tile where a case lies."""
    lon, lat = case.location.coords
    x = int((lon + 180) / 360 * TILES)
    y = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * TILES)
    answer = page.request.get(f"/tiles/cases/{Z}/{x}/{y}.mvt{query}")
    if answer.status == 204:
        return set()
    assert answer.status == 200, answer.text()
    body = answer.body()
    body = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
    return {feature["id"] for feature in mapbox_vector_tile.decode(body).get("cases", {}).get("features", [])}


def test_told_found_and_settled_on_the_spot(leader, place, file, tmp_path):
    case = file(text=f"井盖旁路面塌陷，电话{PHONE_NUMBER}")
    page = leader
    page.goto("/")  # with something unread, the first page is the inbox
    assert page.url.endswith("/inbox/")
    line = page.locator(".notice.is-unread", has_text=case.number)
    assert "新派给您" in line.inner_text()
    page.goto("/cases/")
    row = page.locator(".ledger tbody tr", has_text=case.number)
    assert row.locator(".chip--assigned").is_visible()
    row.locator("a").first.click()
    page.wait_for_url(f"**/cases/{case.pk}/")
    assert loaded(page.locator(".photos img").first) > 0
    assert page.locator(f"a[href='/cases/{case.pk}/photos/{case.photos.get().sha256}/']").is_visible()

    picture = tmp_path / "after.jpg"
    picture.write_bytes(jpeg("green", (800, 600)))
    form = step(page, case, "settle")
    form.get_by_label("怎么处置的").fill("冷料填平，围挡已撤")
    form.locator("input[type=file]").set_input_files(picture)
    done(page, form, "处置完成")
    case.refresh_from_db()
    assert case.status == "handled"
    assert case.photos.get(purpose="result").state == Photo.State.STORED
    assert titles(page)[::-1] == ["收到上报", "派单", "上传照片", "处置完成", "上传照片"]
    assert "冷料填平，围挡已撤" in page.locator(".timeline").inner_text()
    after = page.locator(".photos li", has_text="办理结果").locator("img")
    assert loaded(after) > 0

    form = step(page, case, "note")
    form.locator("textarea").fill(SECRET)
    done(page, form, "内部备注")
    assert SECRET in page.locator(".timeline .is-internal").inner_text()
    # The inbox is read by reading the case.
    page.goto("/inbox/")
    assert page.locator(".notice.is-unread").count() == 0
    # Whoever holds the code reads what was done, and nothing of what is internal or was said.
    page.goto(f"/follow/{case.follow_code}/")
    told = page.locator("main").inner_text()
    assert "冷料填平，围挡已撤" in told
    for hidden in (SECRET, PHONE_NUMBER, "井盖旁", str(place.grid_leader)):
        assert hidden not in told


def test_given_back_passed_on_moved_and_of_another_kind(leader, place, file, open_browser):
    case = file()
    page = leader
    page.goto(f"/cases/{case.pk}/")

    form = step(page, case, "return")
    form.locator("textarea").fill("路面归市政，网格修不了")
    done(page, form, "退回")
    people = page.locator("section:has(#who-title)")
    assert str(place.grid_leader) not in people.inner_text()
    assert str(place.community_leader) in people.inner_text()

    form = step(page, case, "reassign")
    form.locator("select").select_option("department:municipal_works")
    form.locator("textarea").fill("请市政现场看一下")
    done(page, form, "转派")
    assert "市政养护所" in people.inner_text()

    before = case.location.x
    form = step(page, case, "relocate")
    form.locator("canvas.maplibregl-canvas").wait_for()
    form.locator("canvas.maplibregl-canvas").focus()
    page.wait_for_load_state("networkidle")  # what is moved before the map has come moves no pin
    goal = place.areas["g2"].geometry.extent[0] + 0.0003
    for _press in range(30):
        page.keyboard.press("ArrowRight")
        with suppress(AssertionError):
            expect(form.locator("[data-lon]")).not_to_have_value("", timeout=3_000)
        if float(form.locator("[data-lon]").input_value() or 0) > goal:
            break
    form.locator("textarea").fill("在第2网格这一侧")
    done(page, form, "调整位置并重新派单")
    case.refresh_from_db()
    assert case.location.x > before
    assert case.area.code == place.code("g2")
    ticket = page.locator(".ticket--routed")
    assert place.areas["g1"].name in ticket.inner_text()
    assert place.areas["g2"].name in ticket.inner_text()
    assert str(place.grid_leader) in ticket.inner_text(), "who leads the block has it again"

    form = step(page, case, "recategorise")
    form.locator("select").select_option("drainage")
    form.locator("textarea").fill("其实是雨水井堵了")
    done(page, form, "更改类型并重新派单")
    case.refresh_from_db()
    assert case.category == "drainage"
    assert page.locator(".ticket--routed").is_visible()
    assert page.locator("h1", has_text="排水").is_visible()

    assert titles(page)[::-1] == [
        "收到上报", "派单", "上传照片", "退回", "转派", "调整位置并重新派单", "更改类型并重新派单",
    ]  # fmt: skip
    said = page.locator(".timeline").inner_text()
    for reason in ("路面归市政，网格修不了", "请市政现场看一下", "在第2网格这一侧", "其实是雨水井堵了"):
        assert reason in said
    expect(people).not_to_contain_text("市政养护所")  # its kind now is none of that office's
    # The office to which it was passed on had been told, and is told that it no longer has it.
    office = open_browser(page.url.partition("/cases/")[0], "desktop", user=place.department)
    office.goto("/inbox/")
    told = office.locator(".notice", has_text=case.number)
    expect(told.filter(has_text="新派给您")).to_have_count(1)
    expect(told.first).to_contain_text("不再由您经办")


def test_who_moves_it_away_is_led_back_to_the_ledger(leader, place, file):
    case = file("g1", category="noise")
    page = leader
    page.goto(f"/cases/{case.pk}/")
    form = step(page, case, "relocate")
    form.locator("select").select_option(place.code("b3"))
    form.locator("textarea").fill("报错小区")
    form.get_by_role("button").last.click()
    page.wait_for_url("**/cases/")
    assert "您不再看到它" in page.locator("#messages").inner_text()
    assert page.locator(".ledger tbody tr").count() == 0


def test_what_fails_on_the_way_is_said_and_what_was_typed_stays(leader, place, file, open_browser):
    case = file()
    page = leader
    page.goto(f"/cases/{case.pk}/")
    form = step(page, case, "settle")
    form.locator("textarea").fill("写了半天的话")
    page.context.set_offline(True)
    open_browser.expect_console(page, "ERR_INTERNET_DISCONNECTED|htmx:sendError|htmx:afterRequest")
    form.get_by_role("button").last.click()
    page.locator(".message--error", has_text="什么都没有发出").wait_for()
    assert form.locator("textarea").input_value() == "写了半天的话"
    page.context.set_offline(False)
    # Meanwhile somebody else has settled it: the words come back with the reason.
    act(act(case, "settle", place.grid_leader, note="我先办了"), "close", place.official)
    open_browser.expect_console(page, "status of 409|Response Status Error Code 409")
    form.get_by_role("button").last.click()
    said = page.locator(".error-summary")
    expect(said).to_contain_text("写了半天的话")
    expect(said).to_contain_text("案件现在是“已办结”")


def test_the_leader_next_door_sees_it_without_names(place, file, open_browser, live_server):
    case = file("g1.1", category="noise", at=(0.5, 0.5), text=f"三楼王小明家太吵，电话{PHONE_NUMBER}")
    act(case, "note", place.grid_leader, note=SECRET)
    page = open_browser(live_server.url, "phone", user=place.grid_leader_2)
    page.goto("/cases/")
    page.locator(".ledger tbody tr", has_text=case.number).locator("a").first.click()
    page.wait_for_url(f"**/cases/{case.pk}/")
    seen = page.locator("#case").inner_text()
    assert "本社区其他网格的案件" in seen
    for hidden in (PHONE_NUMBER, SECRET, place.areas["g1.1"].name, case.follow_code):
        assert hidden not in seen
    assert page.locator(".photos img").count() == 0
    assert page.locator("#steps").count() == 0
    sha256 = case.photos.get().sha256
    assert page.request.get(f"/api/v1/cases/{case.pk}/photos/{sha256}/").status == 404
    found = page.request.get(f"/api/v1/cases/{case.pk}/").json()
    assert found["properties"]["projection"] == "deidentified"
    assert "building" not in found["properties"]
    assert case.pk in tile_ids(page, case)
    assert PHONE_NUMBER not in page.request.get("/api/v1/cases/?scope=mine").text()


def test_the_leader_of_another_community_gets_what_anyone_gets(place, file, open_browser, live_server):
    quiet = file("g1.1", category="noise", at=(0.5, 0.5))
    road = file("g1", text=f"路面坑洼，电话{PHONE_NUMBER}")
    page = open_browser(live_server.url, "desktop", user=place.grid_leader_3)
    anyone = open_browser(live_server.url, "desktop")
    for reader in (page, anyone):
        open_browser.expect_console(reader, "status of 404")
        assert reader.goto(f"/cases/{quiet.pk}/").status == 404
        assert reader.locator("main", has_text="这里没有您能看的内容").is_visible()
        lon, lat = road.location.coords
        for address, expected in (
            ("/api/v1/cases/?scope=public", {road.pk}),
            (f"/api/v1/cases/nearby/?lon={lon}&lat={lat}&radius_m=400", {road.pk}),
        ):
            answer = reader.request.get(address)
            assert {f["id"] for f in answer.json()["features"]} == expected, address
            assert {f["properties"]["projection"] for f in answer.json()["features"]} == {"public"}
            assert PHONE_NUMBER not in answer.text()
        assert tile_ids(reader, road, "?scope=public") == {road.pk}
        for case, status in ((quiet, 404), (road, 200)):
            assert reader.request.get(f"/api/v1/cases/{case.pk}/").status == status
            sha256 = case.photos.get().sha256
            assert reader.request.get(f"/api/v1/cases/{case.pk}/photos/{sha256}/").status == 404
        assert reader.goto(f"/cases/{road.pk}/").status == 200
        seen = reader.locator("#case").inner_text()
        assert "路面坑洼" in seen
        for hidden in (PHONE_NUMBER, str(place.grid_leader), road.follow_code):
            assert hidden not in seen
        assert reader.locator(".photos img, #steps").count() == 0

    # An official looks at the photo and releases it: then everyone sees it.
    office = open_browser(live_server.url, "desktop", user=place.official)
    sha256 = road.photos.get().sha256
    office.goto(f"/cases/{road.pk}/photos/{sha256}/")
    office.get_by_role("button", name="公开这张照片").click()
    office.locator(".message--success").wait_for()
    for reader in (page, anyone):
        reader.goto(f"/cases/{road.pk}/")
        assert loaded(reader.locator(".photos img")) > 0
