"""The patrol page without scripts: a plain form that takes the same walk as the phone's outbox."""

import hashlib
import io
import json
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from cases.models import Case, InboxItem, Photo
from maps.services.plain_filing import payload_of
from tests.factories.places import build_place

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return build_place()


@pytest.fixture
def patroller(client, place):
    client.force_login(place.patroller)
    return client


def filing(place, **changes):
    form = {
        "client_id": str(uuid.uuid4()),
        "category": "road",
        "text": "路面塌了一块",
        "place_code": place.code("g1.1"),
        "about": "none",
    }
    return form | changes


def picture(colour="red"):
    stream = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(stream, "JPEG")
    return stream.getvalue()


def test_the_page_asks_for_an_account(client, place):
    answer = client.get("/patrol/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/")


def test_the_page_offers_kinds_and_buildings_without_any_script(patroller, place):
    html = patroller.get("/patrol/").content.decode()
    for key in ("road", "parking", "drainage", "unsorted"):
        assert f'name="category" value="{key}"' in html
    assert f'<option value="{place.code("g1.1")}"' in html
    assert 'enctype="multipart/form-data"' in html


def test_buildings_of_other_communities_stand_under_their_block(patroller, place):
    html = patroller.get("/patrol/").content.decode()
    assert f'value="{place.code("g5.1")}"' not in html
    assert f'value="{place.code("b3")}"' in html


def test_who_has_no_community_is_offered_every_building(client, place):
    client.force_login(place.administrator)
    html = client.get("/patrol/").content.decode()
    for short in ("g1.1", "g5.1", "b3"):
        assert f'value="{place.code(short)}"' in html


def test_where_there_are_no_blocks_grids_are_offered_with_their_buildings(client):
    plain = build_place(profile="plain", slug="plain-town")
    client.force_login(plain.grid_leader)
    html = client.get(f"/patrol/?place={plain.place.slug}").content.decode()
    own = "g1.1" if "g1.1" in plain.areas else "g1"
    for short in (own, "g1", "g8"):
        assert f'value="{plain.code(short)}"' in html


def test_a_plain_post_makes_a_case_and_shows_who_has_it(patroller, place):
    form = filing(place)
    answer = patroller.post("/patrol/", form)
    assert answer.status_code == 201, answer.content.decode()
    case = Case.objects.get(client_id=form["client_id"])
    html = answer.content.decode()
    assert case.number in html
    assert case.follow_code in html
    assert place.grid_leader.display_name in html
    assert (case.channel, case.pin, case.building_code) == ("patrol", "building", place.code("g1.1"))


def test_sent_twice_it_is_one_case(patroller, place):
    form = filing(place)
    assert patroller.post("/patrol/", form).status_code == 201
    assert patroller.post("/patrol/", form).status_code == 200
    assert Case.objects.count() == 1


def test_photos_come_with_it_and_a_bad_one_does_not_undo_the_case(patroller, place):
    form = filing(place)
    good = SimpleUploadedFile("a.jpg", picture(), "image/jpeg")
    bad = SimpleUploadedFile("b.jpg", b"no image at all", "image/jpeg")
    answer = patroller.post("/patrol/", form | {"photo": [good, bad]})
    assert answer.status_code == 201
    assert "state--partial" in answer.content.decode()
    case = Case.objects.get()
    digest = hashlib.sha256(picture()).hexdigest()
    assert case.photos.get(sha256=digest).state == Photo.State.STORED


def test_a_refused_filing_keeps_what_was_typed_and_can_be_mended(patroller, place):
    form = filing(place, place_code="no-such-place")
    refused = patroller.post("/patrol/", form)
    html = refused.content.decode()
    assert refused.status_code == 422
    assert "路面塌了一块" in html
    assert "no-such-place" in html
    assert InboxItem.objects.get().state == InboxItem.State.KEPT
    sent = payload_of(form | {"place": place.place.slug}, [], channel="patrol")
    revises = hashlib.sha256(sent).hexdigest()
    assert f'name="revises" value="{revises}"' in html
    mended = filing(place, client_id=form["client_id"], revises=revises)
    assert patroller.post("/patrol/", mended).status_code == 201
    assert Case.objects.get().client_id == uuid.UUID(form["client_id"])


def test_payload_has_the_names_of_the_api_and_no_empty_fields():
    form = {"client_id": "x", "text": "", "urgent": "true", "other": "1"}
    body = json.loads(payload_of(form, [b"p"], channel="patrol"))
    assert body == {
        "client_id": "x",
        "urgent": True,
        "channel": "patrol",
        "photos": [hashlib.sha256(b"p").hexdigest()],
    }


def test_without_boundaries_the_page_says_what_to_do(client, place):
    place.generation.state = "retired"
    place.generation.save()
    from geo import routing

    routing.forget()
    client.force_login(place.administrator)
    html = client.get("/patrol/").content.decode()
    assert "state--empty" in html
    assert '<form method="post" action="/patrol/"' not in html


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_however_many_areas(patroller, place, django_assert_max_num_queries, count):
    patroller.get("/patrol/")
    with django_assert_max_num_queries(8):
        patroller.get("/patrol/")
