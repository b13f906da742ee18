"""`IntersectsBbox` against brute force, and that the index answers."""

import random

import pytest
import shapely
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.db import connection

from geo.db.convert import to_shapely
from geo.db.functions import IntersectsBbox, RawWkb
from geo.models import Area, BoundaryGeneration, Place

pytestmark = pytest.mark.django_db


@pytest.fixture
def areas():
    place = Place.objects.create(slug="random", name="random", profile="plain", metric_srid=4548)
    generation = BoundaryGeneration.objects.create(place=place, name="1")
    chance = random.Random(7)
    rows = []
    for number in range(300):
        west, south = 116.9 + chance.random() * 0.1, 36.6 + chance.random() * 0.1
        width, height = chance.random() * 0.02, chance.random() * 0.02
        # Triangles: half of their box is empty, so that box against box is not enough.
        ring = [(west, south), (west + width, south), (west, south + height), (west, south)]
        rows.append(
            Area(
                generation=generation,
                level="grid",
                code=str(number),
                name="",
                path=f"/{number}/",
                geometry=MultiPolygon(Polygon(ring)),
            )
        )
    return Area.objects.bulk_create(rows)


def test_same_rows_as_brute_force(areas):
    chance = random.Random(11)
    hits = 0
    for _ in range(60):
        west, south = 116.88 + chance.random() * 0.13, 36.58 + chance.random() * 0.13
        bbox = (west, south, west + chance.random() * 0.02, south + chance.random() * 0.02)
        expected = {a.pk for a in areas if to_shapely(a.geometry).intersects(shapely.box(*bbox))}
        found = set(Area.objects.filter(IntersectsBbox("geometry", bbox)).values_list("pk", flat=True))
        assert found == expected
        hits += len(found)
    assert hits > 100


def test_border_belongs_to_the_box(areas):
    west, south, _east, _north = areas[0].geometry.extent
    touching = (west - 0.01, south - 0.01, west, south)
    assert areas[0].pk in Area.objects.filter(IntersectsBbox("geometry", touching)).values_list(
        "pk", flat=True
    )


def test_works_through_joins_and_negation(areas):
    bbox = areas[0].geometry.extent
    inside = Area.objects.filter(IntersectsBbox("geometry", bbox), generation__place__slug="random")
    outside = Area.objects.filter(~IntersectsBbox("geometry", bbox))
    assert inside.count() + outside.count() == len(areas)


def test_spatial_index_is_asked(areas):
    rows = Area.objects.filter(IntersectsBbox("geometry", (116.9, 36.6, 116.901, 36.601)))
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
        assert "geo_area_geometry" in rows.explain()
    else:
        plan = rows.explain()
        assert "VIRTUAL TABLE INDEX" in plan
        assert "SCAN geo_area" not in plan


def test_raw_wkb_is_the_geometry(areas):
    raw = Area.objects.annotate(wkb=RawWkb("geometry")).get(pk=areas[3].pk).wkb
    assert shapely.from_wkb(bytes(raw)).equals(to_shapely(areas[3].geometry))
