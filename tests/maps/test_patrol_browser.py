"""The patroller's page in real Chromium: 上报 → kind → photo → send, and everything that can come in between."""

import io
import re

import pytest
from PIL import Image

from cases.models import Case, InboxItem, Photo
from maps.templatetags.vite import FrontendNotBuilt, manifest
from tests.factories.places import build_place

pytestmark = pytest.mark.browser

LOCATED = re.compile(r"/api/v1/locate/")
NO_WEBGL = """
const original = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
  return /webgl/.test(kind) ? null : original.call(this, kind, ...rest);
};
"""


@pytest.fixture(autouse=True)
def _built():
    try:
        manifest()
    except FrontendNotBuilt as error:
        pytest.fail(str(error))


@pytest.fixture
def place(live_server):
    return build_place()


@pytest.fixture
def photo(tmp_path):
    file = tmp_path / "road.jpg"
    stream = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    Image.effect_noise((2600, 1950), 60).convert("RGB").save(stream, "JPEG", quality=80, exif=exif)
    file.write_bytes(stream.getvalue())
    return file


@pytest.fixture
def patrol(open_browser, live_server, place):
    def open_page(device="phone", **options):
        page = open_browser(live_server.url, device, user=place.patroller, **options)
        page.goto("/patrol/")
        page.locator(".patrol.is-live").wait_for()
        return page

    return open_page


def when_located(page):
    """Wait until the card on top names a grid."""
    page.locator(".where[data-outcome]:not(.is-busy)").wait_for()
    return page.locator("[data-where-grid]").inner_text()


def move_map(page, dx=-40, dy=-30):
    box = page.locator("[data-map]").bounding_box()
    x, y = box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.45
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx, y + dy, steps=5)
    with page.expect_response(LOCATED):  # asked once the map stands still
        page.mouse.up()
    when_located(page)


def choose(page, key):
    page.get_by_role("button", name="上报", exact=True).click()
    kind = page.locator(f"label:has(input[value={key}])")
    if not kind.is_visible():
        page.get_by_text("其他全部类别").click()
    kind.click()
    page.locator("[data-step=details]").wait_for()


def send(page):
    page.get_by_role("button", name="提交上报").click()


def ticket(page):
    page.locator(".ticket").wait_for()
    return page.locator(".ticket").inner_text()


def test_four_taps_from_the_street_to_the_people(patrol, place, photo):
    page = patrol()
    when_located(page)
    move_map(page)
    choose(page, "road")
    assert place.grid_leader.display_name in page.locator("[data-who]").inner_text()
    page.locator("#id_text").fill("路面塌了一块")
    page.locator("#id_photo").set_input_files(photo)
    page.locator(".photos img").wait_for()
    send(page)
    words = ticket(page)
    case = Case.objects.get()
    for expected in (case.number, case.follow_code, place.grid_leader.display_name, "党支部", "系统建议"):
        assert expected in words
    assert (case.text, case.pin, case.channel) == ("路面塌了一块", "confirmed", "patrol")
    stored = case.photos.get()
    assert stored.state == Photo.State.STORED
    # Made smaller on the phone, and upright: the picture was taken lying on its side.
    assert (stored.width, stored.height) == (1536, 2048)


def test_the_cross_is_never_covered(patrol):
    page = patrol()
    when_located(page)
    page.get_by_role("button", name="上报", exact=True).click()
    page.locator("[data-sheet][data-open]").wait_for()
    # The cross moves when the map has been told what the sheet covers.
    page.wait_for_function(
        """() => Math.abs(parseFloat(document.querySelector('.patrol').style.getPropertyValue('--sheet'))
          - document.querySelector('[data-sheet]').getBoundingClientRect().height) < 1"""
    )
    cross = page.locator("[data-cross]").bounding_box()
    sheet = page.locator("[data-sheet]").bounding_box()
    card = page.locator("[data-where]").bounding_box()
    assert card["y"] + card["height"] <= cross["y"]
    assert cross["y"] + cross["height"] <= sheet["y"]
    assert sheet["height"] <= 0.6 * 844


def test_controls_are_large_enough_for_a_thumb(patrol):
    page = patrol()
    when_located(page)
    choose(page, "road")
    small = page.evaluate(
        """() => ['button', 'input', 'select', 'textarea', 'summary']
          .flatMap((tag) => [...document.querySelectorAll(`.patrol ${tag}`)])
          .filter((e) => e.getClientRects().length && getComputedStyle(e).opacity !== '0' && e.type !== 'checkbox')
          .map((e) => [e.outerHTML.slice(0, 90), e.getBoundingClientRect().height])
          .filter(([, height]) => height < 47.5)"""
    )
    # MapLibre's own sign for the sources is not needed to work.
    assert [entry for entry in small if "maplibregl" not in entry[0]] == []


def test_the_pin_is_placed_by_keyboard_and_spoken(patrol, place):
    page = patrol("desktop")
    when_located(page)
    live = page.locator("[data-live]")
    page.wait_for_function("document.querySelector('[data-live]').textContent !== ''")
    first = live.inner_text()
    page.locator("[data-map] canvas").focus()
    for _step in range(6):
        with page.expect_response(LOCATED):
            page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "before => document.querySelector('[data-live]').textContent !== before", arg=first
    )
    assert "网格" in live.inner_text()
    choose(page, "parking")
    send(page)
    ticket(page)
    assert Case.objects.get().pin == "confirmed"


def test_an_untouched_map_means_nowhere(patrol):
    page = patrol()
    when_located(page)
    choose(page, "road")
    send(page)
    told = page.locator("#field-location [data-server-error]")
    told.wait_for()
    # Where it can be read: within the window, not below the bar with the button.
    page.wait_for_function(
        """() => {
            const told = document.querySelector("#field-location [data-server-error]").getBoundingClientRect();
            const at = document.elementFromPoint(told.left + told.width / 2, told.top + told.height / 2);
            return Boolean(at?.closest("[data-server-error]"));
        }"""
    )
    assert Case.objects.count() == 0


def test_on_a_border_the_phone_asks_which_side(patrol, place):
    _west, south, east, north = place.areas["g1"].geometry.extent
    on_border = {"longitude": east - 0.00002, "latitude": (south + north) / 2, "accuracy": 12}
    page = patrol(geolocation=on_border, permissions=["geolocation"])
    when_located(page)
    page.get_by_role("button", name="定位到我的位置").click()
    page.locator(".where[data-outcome=border]").wait_for()
    choose(page, "road")
    other = place.areas["g2"].name
    page.locator("[data-sides] label", has_text=other).click()
    send(page)
    ticket(page)
    case = Case.objects.get()
    assert case.area.code == place.code("g2")
    assert case.location_raw["fix"]["accuracy_m"] == 12


def test_a_poor_fix_advises_and_never_blocks(patrol, place):
    lon, lat = place.point("g2")
    somewhere = {"longitude": lon, "latitude": lat, "accuracy": 800}
    page = patrol(geolocation=somewhere, permissions=["geolocation"])
    when_located(page)
    page.get_by_role("button", name="定位到我的位置").click()
    page.locator("[data-locate]:not([aria-busy])").wait_for(timeout=20_000)
    choose(page, "road")
    assert "800" in page.locator("[data-place-line]").inner_text()
    send(page)
    ticket(page)
    assert Case.objects.get().accuracy_m == 800


@pytest.mark.parametrize(
    ("shape", "points", "kind"), [("画一条线", 2, "LineString"), ("画一片", 3, "Polygon")]
)
def test_a_broken_road_is_a_line_and_a_flooded_yard_an_area(patrol, shape, points, kind):
    page = patrol("desktop")
    when_located(page)
    choose(page, "road")
    page.get_by_role("button", name=shape).click()
    for step in range(points):
        page.get_by_role("button", name="在准星处加点").click()
        page.locator("[data-map] canvas").focus()
        for key in (("ArrowRight", "ArrowRight"), ("ArrowDown", "ArrowDown"), ("ArrowLeft",))[step]:
            with page.expect_response(LOCATED):
                page.keyboard.press(key)
    page.get_by_role("button", name="画好了").click()
    page.locator("[data-step=details]").wait_for()
    assert "已画" in page.locator("[data-draw-hint]").inner_text()
    send(page)
    ticket(page)
    case = Case.objects.get()
    assert case.affected.geom_type == kind
    assert len(case.affected.coords if kind == "LineString" else case.affected.coords[0][:-1]) == points


def test_without_signal_it_is_kept_and_sent_later_by_itself(patrol, open_browser, place, photo):
    page = patrol()
    when_located(page)
    move_map(page)
    choose(page, "road")
    page.locator("#id_text").fill("没有信号时也能报")
    page.locator("#id_photo").set_input_files(photo)
    page.locator(".photos img").wait_for()
    open_browser.expect_console(page, "ERR_INTERNET_DISCONNECTED|Failed to fetch")
    page.context.set_offline(True)
    send(page)
    page.locator(".state--offline").wait_for()
    assert "离线" in page.locator("[data-unsent]").inner_text()
    assert Case.objects.count() == 0
    page.context.set_offline(False)
    ticket(page)
    case = Case.objects.get()
    assert case.text == "没有信号时也能报"
    assert case.photos.get().state == Photo.State.STORED
    page.locator("[data-unsent]").wait_for(state="hidden")


def test_a_draft_outlives_the_page(patrol, photo):
    page = patrol()
    when_located(page)
    move_map(page)
    choose(page, "drainage")
    page.locator("#id_text").fill("写到一半电话来了")
    page.locator("#id_photo").set_input_files(photo)
    page.locator(".photos img").wait_for()
    page.locator("[data-saved]:not([hidden])").wait_for()
    page.reload()
    page.get_by_role("button", name="接着报").click()
    page.locator(".photos img").wait_for()
    assert page.locator("#id_text").input_value() == "写到一半电话来了"
    send(page)
    ticket(page)
    assert Case.objects.get().category == "drainage"


def test_what_is_refused_comes_back_with_the_reason_and_can_be_mended(patrol, open_browser, place):
    page = patrol()
    when_located(page)
    choose(page, "road")
    page.locator("#id_text").fill("选错了楼")
    page.locator("[data-place-list] summary").click()
    open_browser.expect_console(page, "status of 40[04]")
    page.locator("#id_place_code").evaluate("e => e.add(new Option('没有的楼', 'no-such-place'))")
    page.locator("#id_place_code").select_option("no-such-place")
    send(page)
    page.locator("[data-form-error]:not([hidden]), [data-server-error]").first.wait_for()
    assert page.locator("#id_text").input_value() == "选错了楼"
    assert InboxItem.objects.get().state == InboxItem.State.KEPT
    page.locator("#id_place_code").select_option(place.code("g1.1"))
    send(page)
    ticket(page)
    assert Case.objects.get().building_code == place.code("g1.1")


def test_danger_to_life_shows_the_numbers_first(patrol):
    page = patrol()
    when_located(page)
    page.get_by_role("button", name="上报", exact=True).click()
    page.locator("#category-search").fill("燃气")
    page.locator("label:has(input[value=gas_leak])").click()
    danger = page.locator("[data-danger]")
    danger.wait_for()
    assert danger.locator("a[href='tel:119']").is_visible()
    assert danger.bounding_box()["y"] < page.locator("#id_text").bounding_box()["y"]


def test_without_webgl_the_list_does_it(open_browser, live_server, place):
    page = open_browser(live_server.url, "phone", user=place.patroller)
    page.add_init_script(NO_WEBGL)
    page.goto("/patrol/")
    page.locator(".patrol__map-note.is-problem").wait_for()
    choose(page, "road")
    page.locator("#id_place_code").select_option(place.code("g1.2"))
    page.locator("[data-place-line]", has_text="号楼").wait_for()
    send(page)
    ticket(page)
    case = Case.objects.get()
    assert (case.pin, case.building_code) == ("building", place.code("g1.2"))


def test_the_gazetteer_finds_a_building_by_keyboard(patrol, place):
    page = patrol("desktop")
    when_located(page)
    choose(page, "noise")
    page.locator("[data-place-list] summary").click()
    page.locator("#place-search").fill("翡翠郡")
    page.locator("#place-hits [role=option]").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.locator("#place-hits").is_hidden()
    send(page)
    ticket(page)
    assert Case.objects.get().pin == "building"


def test_without_scripts_the_form_is_a_form(open_browser, live_server, place):
    page = open_browser(live_server.url, "phone", user=place.patroller, java_script_enabled=False)
    page.goto("/patrol/")
    page.locator("label:has(input[value=road])").click()
    page.locator("#id_text").fill("没有脚本")
    page.locator("#id_place_code").select_option(place.code("g1.1"))
    page.get_by_role("button", name="提交上报").click()
    assert place.grid_leader.display_name in page.locator(".ticket").inner_text()
    assert Case.objects.get().text == "没有脚本"


def test_large_type_and_english_on_a_desk(patrol):
    page = patrol("desktop", locale="en", color_scheme="dark")
    when_located(page)
    before = page.locator("[data-where-grid]").evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
    page.get_by_role("button", name="Large type").click()
    after = page.locator("[data-where-grid]").evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
    assert after == pytest.approx(1.3 * before, rel=0.02)
    page.reload()
    page.locator(".patrol.is-live").wait_for()
    when_located(page)
    assert page.locator("html").get_attribute("data-type") == "large"
    chinese = re.compile(r"[\u4e00-\u9fff]")
    page.get_by_role("button", name="Report", exact=True).click()
    labels = page.locator(".patrol__sheet").inner_text()
    assert not chinese.search(labels), labels


def test_the_own_tasks_are_a_tap_away(patrol, place):
    page = patrol()
    when_located(page)
    move_map(page)
    choose(page, "road")
    send(page)
    ticket(page)
    page.get_by_role("button", name="再报一件").click()
    page.get_by_role("button", name=re.compile("件待办")).click()
    assert page.locator(".tasks__list a").count() == 1
    assert page.locator(".tasks__list a").get_attribute("href") == f"/cases/{Case.objects.get().pk}/"
