"""A sixth place is a TOML file and GeoJSON files: imported, staffed, and its cases find their people. No code."""

import json
from io import StringIO

import pytest
import shapely
from django.conf import settings
from django.core.management import call_command

from cases.models import Assignment, Case
from cases.services.intake import case_file
from geo import profiles, routing
from geo.models import Place, User
from geo.services.generations import generation_activate
from geo.services.organisations import party_organisation_create
from geo.services.staffing import appointment_begin, post_create
from tests.factories.cases import raw_of
from tests.factories.profiles import TEST_PROFILES

pytestmark = pytest.mark.django_db

LON, LAT, WIDTH, HEIGHT = 111.30, 30.70, 0.0016, 0.0014
"""Groups of some 150 m × 155 m in a row, west to east."""
TREE = {
    "city": [(0, 8)],
    "subdistrict": [(0, 8)],
    "community": [(0, 4), (4, 8)],
    "block": [(0, 2), (2, 4), (4, 6), (6, 8)],
    "grid": [(n, n + 1) for n in range(8)],
}
"""First and last column of the areas of each level."""
TOWN = "420502001"
CODES = {
    "city": ["4205"],
    "subdistrict": [TOWN],
    "community": [f"{TOWN}001", f"{TOWN}002"],
    "block": [f"{TOWN}001B1", f"{TOWN}001B2", f"{TOWN}002B1", f"{TOWN}002B2"],
    "grid": [f"{TOWN}{community:03d}{number:03d}" for community in (1, 2) for number in (1, 2, 3, 4)],
}
"""After the national scheme, numbered from west to east within a community."""


def write_level(folder, level):
    features = [
        {
            "type": "Feature",
            "properties": {"code": CODES[level][number], "name": f"{level}{number}号"},
            "geometry": shapely.geometry.mapping(
                shapely.box(LON + first * WIDTH, LAT, LON + last * WIDTH, LAT + HEIGHT)
            ),
        }
        for number, (first, last) in enumerate(TREE[level])
    ]
    path = folder / f"{level}.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


@pytest.fixture
def known():
    """Name the folder that the place's TOML file lies in, as a deployment does."""
    profiles.use_folders([TEST_PROFILES])
    yield
    profiles.use_folders(settings.PROFILE_FOLDERS)


@pytest.fixture
def riverside(tmp_path, known):
    """Import the place level by level, widest first, and switch its boundaries on."""
    for level in TREE:
        profile = [] if Place.objects.exists() else ["--profile", "riverside"]
        call_command(
            "import_areas", str(write_level(tmp_path, level)), "--place", "riverside", *profile, "--level", level,
            "--code", "code", "--name", "name", "--generation", "first", "--commit", "--json", stdout=StringIO(),
        )  # fmt: skip
    place = Place.objects.get()
    generation_activate(place_id=place.pk, name="first")
    routing.forget()
    return place


def appointed(place, kind, **where):
    person = User.objects.create(username=f"{kind}-{User.objects.count()}", display_name="测试", place=place)
    post = post_create(place_id=place.pk, kind=kind, **where)
    appointment_begin(post_id=post.pk, person_id=person.pk)
    return person


def drawn(first, last, category="drainage", **more):
    """File a fault drawn from the middle of one column to the middle of another."""
    line = [[LON + (column + at) * WIDTH, LAT + HEIGHT / 2] for column, at in ((first, 0.4), (last, 0.6))]
    receipt = case_file(
        raw=raw_of(
            {
                "client_id": f"00000000-0000-4000-8000-{Case.objects.count():012d}",
                "text": "下水道堵了",
                "category": category,
                "affected": {"type": "LineString", "coordinates": line},
                **more,
            }
        ),
        actor=None,
    )
    return Case.objects.get(pk=receipt.case_id)


def test_its_faults_are_classed_by_span_and_its_people_are_found(riverside):
    official = appointed(riverside, "town-official", area_code=TOWN)
    head = appointed(riverside, "group-head", area_code=CODES["grid"][0])
    branch = party_organisation_create(
        place_id=riverside.pk, kind="block-branch", name="小区党支部", area_code=CODES["block"][0]
    )
    micro, minor, major = drawn(0, 0), drawn(1, 2), drawn(3, 4)
    assert [case.label for case in (micro, minor, major)] == [
        "riverside/micro",
        "riverside/minor",
        "riverside/major",
    ]
    assert [row["code"] for row in micro.areas] == [CODES[level][0] for level in TREE]
    rows = Assignment.objects.filter(case=micro)
    assert [row.person for row in rows if row.kind == "leader"] == [head]
    assert [row.party_organisation for row in rows if row.kind == "party_cell"] == [branch]
    up = Assignment.objects.filter(case=major)
    assert official in [row.person for row in up]  # nobody is appointed below: the town's official answers


def test_danger_and_complaints_need_no_word_of_code_either(riverside):
    supervisor = appointed(riverside, "town-supervisor", area_code=TOWN)
    clerk = appointed(riverside, "city-clerk", area_code="4205")
    danger = drawn(0, 0, "rescue_blocked")
    complaint = drawn(0, 0, about="official")
    assert (danger.route, danger.danger, danger.skips_queue) == ("emergency", True, True)
    assert [row.person for row in Assignment.objects.filter(case=danger, kind="leader")] == [clerk]
    assert (complaint.route, complaint.confidential) == ("one_level_up", True)
    assert [row.person for row in Assignment.objects.filter(case=complaint)] == [supervisor]
