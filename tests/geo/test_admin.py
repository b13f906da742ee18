import re
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from geo.models import Appointment, Area, Department, Jurisdiction, PartyOrganisation, Place, Post, User
from geo.selectors import administration
from geo.selectors.administration import MANAGE_AREAS, MANAGE_POSTS, may_administer
from geo.selectors.locate import locate_pin
from geo.widgets import MapWidget
from tests.factories.places import build_place

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(db):
    return build_place()


def signed_in(user):
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(user)
    return client


def url(model, page, *args):
    return reverse(f"admin:geo_{model}_{page}", args=args)


def version(place):
    return Place.objects.values_list("directory_version", flat=True).get(pk=place.place.pk)


def errors(response):
    assert response.status_code == 200
    return re.findall(r'class="errorlist[^>]*>(.*?)</ul>', response.content.decode(), re.DOTALL)


# Who gets in


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("administrator", 200),
        ("official", 200),
        ("community_leader", 200),
        ("grid_leader", 403),
        ("patroller", 403),
        ("supervisor", 403),
        ("planner", 403),
        ("department", 403),
        ("resident", 403),
    ],
)
def test_who_gets_in(place, who, status):
    assert signed_in(place.people[who]).get("/admin/", follow=True).status_code == status


def test_whoever_is_not_signed_in_comes_back_after_signing_in(place):
    response = Client().get("/admin/geo/post/", follow=True)
    assert response.redirect_chain[-1][0] == "/login/?next=/admin/geo/post/"


def test_a_flag_on_the_account_gives_no_right(place):
    User.objects.filter(pk=place.patroller.pk).update(is_staff=True)
    assert signed_in(User.objects.get(pk=place.patroller.pk)).get("/admin/", follow=True).status_code == 403
    assert not may_administer(place.patroller)


def test_the_right_ends_with_the_appointment(place):
    from geo.services.staffing import appointment_end

    client = signed_in(place.official)
    assert client.get("/admin/").status_code == 200
    appointment_end(appointment_id=place.official.appointments.get().pk)
    assert client.get("/admin/", follow=True).status_code == 403


# What they see and may do


def test_nobody_manages_beside_or_above(place):
    own = place.official.appointments.get().post
    managed = administration.administered_posts(place.official, MANAGE_POSTS)
    assert own not in managed
    assert not managed.filter(area_code=place.code("s1")).exists()
    below = administration.administered_posts(place.community_leader, MANAGE_POSTS)
    assert set(below.values_list("area_code", flat=True)) - {""} == {
        place.code(short) for short in ("b1", "b2", "g1")
    }
    assert not below.filter(department__isnull=False).exists()


def test_nobody_resets_the_password_of_somebody_above_or_the_own(place):
    managed = administration.administered_people(place.community_leader, MANAGE_POSTS)
    assert place.grid_leader in managed
    for who in (
        "official",
        "community_leader",
        "community_secretary",
        "grid_leader_3",
        "administrator",
        "resident",
    ):
        assert place.people[who] not in managed, who
    # Somebody who also holds a post elsewhere is not one's own.
    vacant = next(post for post in place.posts["b4"] if post.kind == "leader-elected")
    Appointment.objects.create(post=vacant, person=place.grid_leader, since=date(2030, 1, 1))
    assert place.grid_leader not in administration.administered_people(place.community_leader, MANAGE_POSTS)
    assert place.grid_leader in administration.administered_people(place.official, MANAGE_POSTS)


def test_another_place_is_not_managed(place):
    other = build_place("other", west=117.5, county="370106")
    for selector in (
        administration.administered_posts,
        administration.administered_people,
        administration.administered_parties,
        administration.administered_departments,
    ):
        managed = selector(place.official, MANAGE_POSTS)
        assert managed.exists()
        assert not managed.filter(place=other.place).exists()
    assert (
        not administration.administered_areas(place.official, MANAGE_AREAS)
        .filter(generation=other.generation)
        .exists()
    )


@pytest.mark.parametrize("who", ["grid_leader", "resident"])
def test_others_manage_nothing(place, who):
    for selector in (
        administration.administered_areas,
        administration.administered_generations,
        administration.administered_parties,
        administration.administered_posts,
        administration.administered_appointments,
        administration.administered_departments,
        administration.administered_jurisdictions,
        administration.administered_people,
    ):
        assert not selector(place.people[who], MANAGE_POSTS).exists()


def test_rows_of_others_are_not_there(place):
    client = signed_in(place.community_leader)
    above = place.official.appointments.get()
    for address in (
        url("appointment", "change", above.pk),
        url("post", "change", above.post_id),
        url("user", "change", place.official.pk),
        url("area", "change", place.areas["c2"].pk),
        url("department", "change", place.departments["sewer"].pk),
    ):
        assert client.get(address).status_code in (302, 403), address
    assert client.get(reverse("admin:geo_user_reset_password", args=[place.official.pk])).status_code == 404
    assert client.post(reverse("admin:geo_user_reset_password", args=[place.official.pk])).status_code == 404
    listed = client.get(url("user", "changelist")).content.decode()
    assert place.grid_leader.username in listed
    assert place.official.username not in listed


def test_the_search_for_people_offers_only_those_managed(place):
    query = {"app_label": "geo", "model_name": "appointment", "field_name": "person", "term": "wuyingshan"}
    client = signed_in(place.community_leader)
    found = client.get(reverse("admin:autocomplete"), {**query, "term": "official"}).json()["results"]
    assert found == []
    assert client.get(reverse("admin:autocomplete"), {**query, "term": "patroller"}).json()["results"]
    assert (
        signed_in(place.grid_leader).get(reverse("admin:autocomplete"), query, follow=True).status_code == 403
    )


# Writes go through services


def test_an_appointment_is_in_force_at_once(place):
    vacant = next(post for post in place.posts["b4"] if post.kind == "leader-elected")
    before = version(place)
    response = signed_in(place.official).post(
        url("appointment", "add"),
        {
            "post": vacant.pk,
            "person": place.resident.pk,
            "since": "2026-01-01",
            "until": "",
            "employment": "full",
        },
    )
    assert response.status_code == 302
    assert version(place) != before
    leaders = locate_pin(*place.point("g8"), day=date(2026, 6, 1)).responsible.leaders
    assert [leader.holder.user_id for leader in leaders] == [place.resident.pk]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"until": "2025-01-01"}, "must end after it begins"),
        ({"since": ""}, "required"),
        ({"post": "taken"}, "is held from"),
        ({"person": "official"}, "Select a valid choice"),
        ({"post": "above"}, "Select a valid choice"),
    ],
)
def test_what_the_service_refuses_is_told_on_the_form(place, values, words):
    vacant = next(post for post in place.posts["b4"] if post.kind == "leader-elected")
    named = {
        "taken": Appointment.objects.get(person=place.grid_leader).post_id,
        "above": place.official.appointments.get().post_id,
        "official": place.official.pk,
    }
    data = {
        "post": vacant.pk,
        "person": place.resident.pk,
        "since": "2026-01-01",
        "until": "",
        "employment": "full",
    }
    data |= {key: named.get(value, value) for key, value in values.items()}
    before = (version(place), Appointment.objects.count())
    response = signed_in(place.official).post(url("appointment", "add"), data)
    assert any(words in error for error in errors(response)), errors(response)
    assert (version(place), Appointment.objects.count()) == before


def test_who_lies_outside_of_what_one_manages_is_not_appointed(place):
    post = Post.objects.create(place=place.place, kind="deputy-leader", area_code=place.code("b3"))
    response = signed_in(place.community_leader).post(
        url("appointment", "add"),
        {"post": post.pk, "person": place.patroller.pk, "since": "2026-01-01", "employment": "full"},
    )
    assert errors(response)
    assert not post.appointments.exists()


def test_a_post_beside_the_own_is_not_created(place):
    response = signed_in(place.community_leader).post(
        url("post", "add"),
        {"place": place.place.pk, "kind": "community-worker", "area_code": place.code("c1")},
    )
    assert (
        any("outside of what you manage" in error for error in errors(response))
        or response.status_code == 403
    )
    assert not Post.objects.filter(kind="community-worker").exists()


def test_posts_organisations_and_jurisdictions(place):
    client = signed_in(place.administrator)
    inline = {"appointments-TOTAL_FORMS": 0, "appointments-INITIAL_FORMS": 0}
    data = {"place": place.place.pk, "kind": "deputy-leader", "area_code": place.code("b1"), **inline}
    assert client.post(url("post", "add"), data).status_code == 302
    post = Post.objects.get(kind="deputy-leader", area_code=place.code("b1"))
    change = client.post(url("post", "change", post.pk), {"office_phone": "0531-1", "lane": "", **inline})
    assert change.status_code == 302, errors(change)
    post.refresh_from_db()
    assert (post.office_phone, post.kind) == ("0531-1", "deputy-leader")
    assert client.post(url("post", "delete", post.pk), {"post": "yes"}).status_code == 302
    assert not Post.objects.filter(pk=post.pk).exists()
    refused = client.post(url("post", "add"), {**data, "area_code": place.code("c1")})
    assert any("none has the code" in error for error in errors(refused))

    data = {"place": place.place.pk, "kind": "grid-branch", "name": "新支部", "area_code": place.code("b4")}
    assert client.post(url("partyorganisation", "add"), data).status_code == 302
    party = PartyOrganisation.objects.get(name="新支部")
    assert locate_pin(*place.point("g8")).responsible.party.id == party.pk
    held = place.parties["b1"]
    answer = client.post(url("partyorganisation", "delete", held.pk), {"post": "yes"}, follow=True)
    assert PartyOrganisation.objects.filter(pk=held.pk).exists()
    assert "posts" in answer.content.decode()

    data = {"place": place.place.pk, "code": "water", "name": "自来水公司"}
    assert client.post(url("department", "add"), data).status_code == 302
    department = Department.objects.get(code="water")
    data = {"department": department.pk, "category": "water_supply", "area_code": "nowhere"}
    assert any("no area" in error for error in errors(client.post(url("jurisdiction", "add"), data)))
    data["area_code"] = place.code("c1")
    assert client.post(url("jurisdiction", "add"), data).status_code == 302
    jurisdiction = Jurisdiction.objects.get(department=department)
    assert client.post(url("jurisdiction", "delete", jurisdiction.pk), {"post": "yes"}).status_code == 302
    data = {"name": "改名", "name_en": "", "kind": "", "phone": ""}
    assert client.post(url("department", "change", department.pk), data).status_code == 302
    department.refresh_from_db()
    assert (department.name, department.code) == ("改名", "water")


def test_a_post_that_was_held_stays(place):
    held = Appointment.objects.get(person=place.grid_leader).post
    answer = signed_in(place.administrator).post(url("post", "delete", held.pk), {"post": "yes"}, follow=True)
    assert Post.objects.filter(pk=held.pk).exists()
    assert "end the appointment" in answer.content.decode()


def test_settings_of_a_place(place):
    client = signed_in(place.administrator)
    settings = {
        "name": "无影山街道",
        "name_en": "",
        "profile": "jinan-wuyingshan",
        "metric_srid": 4548,
        "time_zone": "Asia/Shanghai",
        "county_code": "370105",
    }
    address = url("place", "change", place.place.pk)
    assert client.post(address, settings).status_code == 302
    assert Place.objects.get(pk=place.place.pk).name == "无影山街道"
    for name, value in (
        ("metric_srid", 4326),
        ("time_zone", "Mars"),
        ("profile", "plain"),
        ("county_code", "1"),
    ):
        assert errors(client.post(address, {**settings, name: value})), name
    assert signed_in(place.official).post(address, settings).status_code == 403
    assert client.post(url("place", "delete", place.place.pk), {"post": "yes"}).status_code == 403


def test_an_area_keeps_its_boundary_and_takes_a_name(place):
    client = signed_in(place.official)
    block = place.areas["b1"]
    data = {
        "name": "翡翠新郡",
        "name_en": "Emerald",
        "aliases": "翡翠郡\n 锅炉厂宿舍 \n\n",
        "population": 900,
        "households": "",
        "attributes": "{}",
        "code": "370105001001B9",
        "geometry": '{"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1],[0,0]]]]}',
    }
    response = client.post(url("area", "change", block.pk), data)
    assert response.status_code == 302, errors(response)
    after = Area.objects.get(pk=block.pk)
    assert (after.name, after.aliases, after.population) == ("翡翠新郡", ["翡翠郡", "锅炉厂宿舍"], 900)
    assert (after.code, after.geometry.extent) == (block.code, block.geometry.extent)
    assert locate_pin(*place.point("g1")).areas[2].name == "翡翠新郡"
    assert client.post(url("area", "delete", block.pk), {"post": "yes"}).status_code == 403


def test_a_community_names_only_its_own_areas(place):
    client = signed_in(place.community_leader)
    assert client.get(url("area", "change", place.areas["b1"].pk)).status_code == 200
    assert client.get(url("area", "change", place.areas["b3"].pk)).status_code in (302, 403)
    assert client.get(url("area", "add")).status_code == 403


# People


def test_a_new_account_shows_its_password_once(place):
    client = signed_in(place.official)
    data = {
        "username": "new.patroller",
        "display_name": "新网格员",
        "phone": "",
        "language": "",
        "place": place.place.pk,
    }
    response = client.post(url("user", "add"), data)
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    password = re.search(r'id="one-time-password">([^<]+)<', response.content.decode())[1]
    user = User.objects.get(username="new.patroller")
    assert user.check_password(password)
    assert user.one_time_password_until is not None
    page = client.get(url("user", "change", user.pk)).content.decode()
    assert password not in page
    assert user.password not in page
    assert any("already" in error for error in errors(client.post(url("user", "add"), data)))


def test_accounts_are_not_made_at_the_community_nor_for_another_place(place):
    other = build_place("other", west=117.5, county="370106", with_people=False)
    data = {"username": "new.one", "display_name": "", "phone": "", "language": "", "place": place.place.pk}
    assert signed_in(place.community_leader).post(url("user", "add"), data).status_code == 403
    for wrong in (other.place.pk, ""):
        response = signed_in(place.official).post(url("user", "add"), {**data, "place": wrong})
        assert errors(response)
    assert not User.objects.filter(username="new.one").exists()


def test_a_reset_shows_a_password_that_works_once(place):
    client = signed_in(place.official)
    address = reverse("admin:geo_user_reset_password", args=[place.patroller.pk])
    assert client.get(address).status_code == 200
    place.patroller.refresh_from_db()
    assert place.patroller.one_time_password_until is None  # asking changes nothing
    response = client.post(address)
    password = re.search(r'id="one-time-password">([^<]+)<', response.content.decode())[1]
    place.patroller.refresh_from_db()
    assert place.patroller.check_password(password)


def person(user, **changes):
    inline = {"appointments-TOTAL_FORMS": 0, "appointments-INITIAL_FORMS": 0}
    values = {
        "display_name": user.display_name,
        "phone": "",
        "language": "",
        "place": user.place_id or "",
        **inline,
    }
    return {**values, "is_active": "on", **changes}


def test_an_account_is_closed_and_opened(place):
    client = signed_in(place.official)
    address = url("user", "change", place.deputy.pk)
    closed = person(place.deputy)
    del closed["is_active"]
    assert client.post(address, closed).status_code == 302
    assert not User.objects.get(pk=place.deputy.pk).is_active
    leaders = locate_pin(*place.point("g8")).responsible.leaders
    assert place.deputy.pk not in [leader.holder.user_id for leader in leaders]
    assert client.post(address, person(place.deputy)).status_code == 302
    assert User.objects.get(pk=place.deputy.pk).is_active
    assert client.post(url("user", "delete", place.deputy.pk), {"post": "yes"}).status_code == 403


def test_only_administrators_make_administrators(place):
    address = url("user", "change", place.patroller.pk)
    signed_in(place.official).post(address, person(place.patroller, is_superuser="on"))
    assert not User.objects.get(pk=place.patroller.pk).is_superuser
    assert (
        signed_in(place.administrator).post(address, person(place.patroller, is_superuser="on")).status_code
        == 302
    )
    assert User.objects.get(pk=place.patroller.pk).is_superuser
    # Who has been made one is out of the official's reach.
    assert signed_in(place.official).get(address).status_code in (302, 403)


def test_the_last_administrator_cannot_close_the_door(place):
    client = signed_in(place.administrator)
    closed = person(place.administrator, is_superuser="on")
    del closed["is_active"]
    response = client.post(url("user", "change", place.administrator.pk), closed)
    assert any("last administrator" in error for error in errors(response))


# The map in forms


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "{",
        '{"type":"Point"}',
        '{"type":"Point","coordinates":["a"]}',
        "[1,2]",
        "null",
        '{"a":1}',
        "\0",
        "SRID=3857;POINT (1 1)",
    ],
)
def test_text_that_is_no_geometry_is_none(text):
    assert MapWidget().deserialize(text) is None


def test_a_geometry_survives_the_form(place):
    from django.contrib.gis.forms import MultiPolygonField

    field = MultiPolygonField(widget=MapWidget(), srid=4326)
    widget = field.widget
    geometry = place.areas["g1"].geometry
    assert field.clean(widget.serialize(geometry)).equals_exact(geometry, 1e-12)
    shown = widget.render("geometry", "not a geometry <script>", {"id": "id_geometry"})
    assert "not a geometry &lt;script&gt;" in shown
    assert 'data-geometry="MultiPolygon"' in shown


def test_posts_are_listed_by_title_and_name(place, django_assert_max_num_queries):
    client = signed_in(place.official)
    client.get("/admin/")  # the process has read the place
    with django_assert_max_num_queries(12):
        page = client.get(url("post", "changelist")).content.decode()
    assert "Deputy grid leader" in page
    assert "翡翠社区 翡翠郡" in page
    assert "<option" in client.get(url("post", "add")).content.decode().split('id="id_kind"')[1][:400]
