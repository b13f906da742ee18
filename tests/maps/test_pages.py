"""What every page has: language, large type, night colours, role navigation, marks of categories."""

import pytest
from django.template import Context, Template

from maps.templatetags.catalog import script_messages
from maps.templatetags.marks import category_mark, shapes
from tests.factories.places import build_place

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return build_place()


def page(client, **extra):
    return client.get("/login/", **extra).content.decode()


def test_large_type_and_night_are_remembered_by_a_cookie(client, place):
    assert "data-type" not in page(client)
    answer = client.post("/display/", {"type": "large", "next": "/login/"})
    assert (answer.status_code, answer["Location"]) == (302, "/login/")
    client.post("/display/", {"theme": "dark", "next": "/login/"})
    assert 'data-type="large"' in page(client)
    assert 'data-theme="dark"' in page(client)
    client.post("/display/", {"type": "normal", "next": "/login/"})
    client.post("/display/", {"theme": "", "next": "/login/"})
    assert "data-type" not in page(client)
    assert "data-theme" not in page(client)


def test_a_cookie_that_says_something_else_changes_nothing(client, place):
    client.cookies["type"] = '"><script>'
    client.cookies["theme"] = "neon"
    html = page(client)
    assert "data-type" not in html
    assert "neon" not in html


def test_display_never_leads_to_another_site(client, place):
    answer = client.post("/display/", {"type": "large", "next": "https://elsewhere.example/"})
    assert answer["Location"] == "/"


def test_display_takes_posts_only(client, place):
    assert client.get("/display/").status_code == 405


def test_the_demo_says_so_on_every_page(client, place):
    assert "模拟数据" not in page(client)
    place.place.is_demo = True
    place.place.save()
    assert "模拟数据" in page(client)


def test_navigation_shows_pages_of_the_role_and_only_those_served(client, place):
    html = page(client)
    assert "/patrol/" not in html
    client.force_login(place.patroller)
    html = client.get("/patrol/").content.decode()
    assert '<a href="/patrol/" aria-current="page">' in html
    assert 'href="/admin/"' not in html


def test_chinese_is_the_default_and_english_complete(client, place):
    assert "登录" in page(client, HTTP_ACCEPT_LANGUAGE="zh-CN")
    english = page(client, HTTP_ACCEPT_LANGUAGE="en")
    assert "Sign in" in english
    assert 'lang="en"' in english


def test_script_texts_are_whole_in_chinese():
    chinese = script_messages("zh-hans")
    assert chinese["Outside every grid"] == "不在任何网格内"
    assert all(text for text in chinese.values())
    assert chinese["%(n)s day"] == ["%(n)s 天"]


def test_script_texts_fall_back_to_chinese_where_korean_lacks_them():
    korean = script_messages("ko")
    assert korean["Next" if "Next" in korean else "just now"] == "방금"
    assert korean["Outside every grid"] == "不在任何网格内"


def test_a_mark_is_a_shape_and_a_colour():
    mark = category_mark("drop", "sky")
    assert "mark--sky" in mark
    assert shapes()["drop"] in mark
    assert 'aria-hidden="true"' in mark
    with pytest.raises(KeyError):
        category_mark("blob", "sky")


def test_every_shape_of_a_profile_can_be_drawn():
    from typing import get_args

    from cases.domain.catalogue import Shape

    assert set(get_args(Shape)) == set(shapes())


def test_a_map_box_edits_its_field_or_only_shows(place):
    pin = place.areas["g1"].geometry.point_on_surface
    context = Context({"pin": pin})
    edit = Template('{% load mapwidget %}{% map_box pin name="location" %}').render(context)
    assert 'name="location"' in edit
    assert "data-readonly" not in edit
    show = Template('{% load mapwidget %}{% map_box pin shape="drop" colour="sky" %}').render(context)
    assert "data-readonly" in show
    assert "name=" not in show.split("<textarea")[1].split(">")[0]


def test_map_settings_hold_no_person(place):
    from geo.domain.authority import Authority
    from geo.routing import snapshot_of
    from maps.selectors.pageconfig import map_config

    text = str(map_config(snapshot_of(place.place.pk), Authority()))
    assert not [person for person in place.people.values() if person.display_name in text]
