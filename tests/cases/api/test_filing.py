import uuid

import pytest

from tests.factories.places import build_place


def filing(place, short="g1", **more):
    lon, lat = place.point(short, 0.5, 0.95)
    return {
        "client_id": str(uuid.uuid4()),
        "text": "路面坑洼",
        "category": "road",
        "location": {"type": "Point", "coordinates": [lon, lat]},
        "pin": "confirmed",
        **more,
    }


@pytest.mark.django_db
def test_receipt_names_leaders_and_party_cell(api):
    place = build_place()
    answer = api.post("/api/v1/cases/", filing(place))
    receipt = answer.json()
    assert answer.status_code == 201
    assert [leader["area_code"] for leader in receipt["assigned"]["leaders"]] == [place.code("b1")] * 4
    assert receipt["assigned"]["party_cell"]["name"].startswith("翡翠郡")
    assert [area["level"] for area in receipt["areas"]] == ["subdistrict", "community", "block", "grid"]
    assert receipt["triage"]["state"] == "proposed"
