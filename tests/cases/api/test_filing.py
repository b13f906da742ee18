"""`POST /api/v1/cases/` as phones and scripts meet it."""

import hashlib
import json

import pytest
from django.test import Client

from cases.models import Case, InboxItem
from geo.permissions import AnonymousThrottle
from tests.factories.cases import filing, raw_of
from tests.factories.places import build_place

pytestmark = pytest.mark.django_db
FILE = "/api/v1/cases/"


@pytest.fixture
def place():
    return build_place()


def post(client, raw, **extra):
    return client.post(FILE, raw, content_type="application/json", **extra)


def test_receipt_in_the_same_answer(place, api):
    raw = raw_of(filing(place))
    answer = post(api, raw)
    receipt = answer.json()
    assert answer.status_code == 201
    assert receipt["payload_sha256"] == hashlib.sha256(raw).hexdigest()
    assert [leader["area_code"] for leader in receipt["assigned"]["leaders"]] == [place.code("b1")] * 4
    assert receipt["assigned"]["party_cell"]["name"].startswith("翡翠郡")
    assert [area["level"] for area in receipt["areas"]] == ["subdistrict", "community", "block", "grid"]
    assert receipt["triage"]["state"] == "proposed"
    assert receipt["triage"]["explanation"]
    again = post(api, raw)
    assert (again.status_code, again.json()) == (200, receipt)


def test_conflict_names_the_way_out(place, api):
    payload = filing(place)
    first = post(api, raw_of(payload)).json()
    refused = post(api, raw_of(payload | {"text": "另一件事"}))
    assert (refused.status_code, refused["Content-Type"]) == (409, "application/problem+json")
    assert refused.json()["field"] == "client_id"
    revised = post(api, raw_of(payload | {"text": "另一件事", "revises": first["payload_sha256"]}))
    assert (revised.status_code, revised.json()["id"]) == (200, first["id"])


def test_a_problem_names_field_value_and_what_is_accepted(place, api):
    answer = post(api, raw_of(filing(place, pin="guess")))
    problem = answer.json()
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert (problem["field"], problem["value"], problem["kept"]) == ("pin", "guess", True)
    assert "confirmed" in problem["detail"]
    unknown = post(api, raw_of(filing(place, colour="red"))).json()
    assert unknown["field"] == "colour"
    assert "category" in unknown["accepted"]


def test_too_large_is_refused_before_anything_is_stored(place, api):
    answer = post(api, b"x" * (256 * 1024 + 1))
    assert (answer.status_code, answer.json()["field"]) == (413, "Content-Length")
    huge = post(api, b"{}", CONTENT_LENGTH=str(100 * 1024 * 1024))
    assert huge.status_code == 413
    assert InboxItem.objects.count() == 0


def test_a_bad_token_stores_nothing(place, api):
    answer = post(api, raw_of(filing(place)), HTTP_AUTHORIZATION="Token nonsense")
    assert answer.status_code == 401
    assert InboxItem.objects.count() == Case.objects.count() == 0


def test_a_session_without_csrf_token_stores_nothing(place):
    client = Client(enforce_csrf_checks=True)
    client.force_login(place.patroller)
    assert post(client, raw_of(filing(place))).status_code == 403
    assert InboxItem.objects.count() == 0


def test_a_page_with_its_token_is_taken_and_what_it_breaks_is_kept(place):
    client = Client(enforce_csrf_checks=True)
    client.force_login(place.patroller)
    client.cookies["csrftoken"] = token = "a" * 32
    assert post(client, raw_of(filing(place)), HTTP_X_CSRFTOKEN=token).status_code == 201
    broken = post(client, b'{"client_id": ', HTTP_X_CSRFTOKEN=token)
    assert (broken.status_code, broken.json()["kept"]) == (400, True)
    assert InboxItem.objects.get(state="kept").actor == place.patroller
    form = client.post(FILE, {"text": "x"}, HTTP_X_CSRFTOKEN=token)
    assert (form.status_code, form.json()["field"]) == (400, "Content-Type")


def test_the_reader_chooses_the_language(place, api):
    chinese = post(api, raw_of(filing(place)), HTTP_ACCEPT_LANGUAGE="zh-CN").json()
    english = post(api, raw_of(filing(place)), HTTP_ACCEPT_LANGUAGE="en").json()
    assert (chinese["category_name"], english["category_name"]) == ("道路破损", "Damaged road")
    assert english["assigned"]["leaders"][0]["post"] == "Grid leader (community cadre)"


def test_anonymous_senders_are_limited_staff_are_not(place, api, api_as, settings, monkeypatch):
    monkeypatch.setattr(AnonymousThrottle, "get_rate", lambda self: "3/minute")
    found = [post(api, raw_of(filing(place))).status_code for _ in range(4)]
    assert found == [201, 201, 201, 429]
    assert Case.objects.count() == 3
    assert post(api_as(place.patroller), raw_of(filing(place))).status_code == 201


def test_the_filing_can_be_read_back_from_the_inbox(place, api):
    raw = raw_of(filing(place))
    post(api, raw)
    assert bytes(InboxItem.objects.get().raw) == raw
    assert json.loads(raw)["text"] == Case.objects.get().text
