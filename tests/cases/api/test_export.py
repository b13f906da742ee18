"""`/api/v1/export/`: the list as a file, for staff."""

import csv
import io
import json
import tempfile

import pytest

from geo.files.tables import FORMATS
from tests.factories.cases import file_case
from tests.factories.places import build_place

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/export/"
STARTS = {
    "gpkg": b"SQLite format 3\x00",
    "geojson": b'{"type":"FeatureCollection"',
    "fgb": b"fgb\x03fgb",
    "parquet": b"PAR1",
    "csv": b'\xef\xbb\xbf"id"',
    "xlsx": b"PK\x03\x04",
}


@pytest.fixture
def place():
    built = build_place()
    file_case(built, "g1", text="路灯不亮，找王小明13812345678")
    file_case(built, "g5", category="parking")
    file_case(built, location=None, category="certificate", place=built.place.slug)
    return built


@pytest.fixture
def own_temporary(tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.mark.parametrize("kind", FORMATS)
def test_each_format_comes_as_a_file(place, api_as, own_temporary, kind):
    response = api_as(place.official).get(ADDRESS, {"layer": "cases", "format": kind})
    body = b"".join(response.streaming_content)
    response.close()
    assert response.status_code == 200
    assert body.startswith(STARTS[kind])
    assert int(response["Content-Length"]) == len(body)
    assert response["Content-Disposition"].startswith('attachment; filename="gridcase-cases-2')
    assert response["Content-Disposition"].endswith(f'.{kind}"')
    assert "no-store" in response["Cache-Control"]
    assert b"13812345678" not in body
    assert list(own_temporary.iterdir()) == []


def test_the_rows_are_those_of_the_list(place, api_as):
    for person in (place.official, place.grid_leader, place.grid_leader_3):
        for query in ({}, {"scope": "public"}, {"category": "parking"}, {"area": place.code("c1")}):
            client = api_as(person)
            listed = client.get("/api/v1/cases/", query).json()
            got = client.get(ADDRESS, {"layer": "cases", "format": "GeoJSON", **query})
            features = json.loads(b"".join(got.streaming_content))["features"]
            assert [f["id"] for f in features] == [f["id"] for f in listed["features"]]


def test_areas(place, api_as):
    got = api_as(place.official).get(ADDRESS, {"layer": "areas", "format": "csv", "level": "grid"})
    text = b"".join(got.streaming_content).decode("utf-8-sig")
    assert {row["code"] for row in csv.DictReader(io.StringIO(text))} == {
        place.code(f"g{n}") for n in range(1, 9)
    }


def test_staff_only(place, api, api_as):
    query = {"layer": "cases", "format": "csv"}
    assert api.get(ADDRESS, query).status_code == 401
    assert api_as(place.resident).get(ADDRESS, query).status_code == 403


@pytest.mark.parametrize(
    ("query", "field", "accepted"),
    [
        ({"format": "csv"}, "layer", ["cases", "areas"]),
        ({"layer": "cases"}, "format", list(FORMATS)),
        ({"layer": "people", "format": "csv"}, "layer", ["cases", "areas"]),
        ({"layer": "cases", "format": "dwg"}, "format", list(FORMATS)),
        ({"layer": "cases", "format": "csv", "bbox": "1,2"}, "bbox", None),
        ({"layer": "areas", "format": "csv", "place": "nowhere"}, "place", ["wuyingshan"]),
    ],
)
def test_what_is_wrong_is_said_with_what_there_is(place, api_as, own_temporary, query, field, accepted):
    response = api_as(place.official).get(ADDRESS, query)
    problem = response.json()
    assert (response.status_code, problem["field"]) == (400, field)
    if accepted:
        assert problem["accepted"] == accepted
    assert list(own_temporary.iterdir()) == []


def test_the_ledger_offers_what_it_shows(place, client):
    client.force_login(place.official, backend="geo.backends.AccountBackend")
    page = client.get("/cases/", {"category": "parking", "period": "30"}).content.decode()
    start = page.index(ADDRESS)
    link = page[start : page.index('"', start)].replace("&amp;", "&")
    body = b"".join(client.get(link).streaming_content)
    assert "format=gpkg" in link
    assert body.startswith(STARTS["gpkg"])
    csv_link = link.replace("format=gpkg", "format=csv")
    rows = list(
        csv.DictReader(io.StringIO(b"".join(client.get(csv_link).streaming_content).decode("utf-8-sig")))
    )
    assert [row["category"] for row in rows] == ["parking"]
    client.logout()
    assert ADDRESS not in client.get("/cases/").content.decode()
