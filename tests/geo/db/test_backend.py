"""The database's spatial side: both back ends answer alike."""

import pyproj
import pytest
from django.contrib.gis.db.models.functions import Transform
from django.contrib.gis.geos import Point, Polygon
from django.db import connection

from geo.models import Place

UNIT_SQUARE = Polygon.from_bbox((117.0, 36.0, 117.1, 36.1))


@pytest.mark.django_db
def test_reference_systems_are_there():
    """4326 for storage and the CGCS2000 zones for metres: SpatiaLite without its metadata has neither."""
    systems = connection.ops.spatial_ref_sys()
    found = set(systems.objects.filter(srid__in=[4326, 4490, 4548]).values_list("srid", flat=True))
    assert found == {4326, 4490, 4548}


@pytest.mark.django_db
def test_covers_includes_the_border():
    Place.objects.create(slug="square", name="方", profile="plain", metric_srid=4548, outline=UNIT_SQUARE)
    corner, inside, away = Point(117.0, 36.0), Point(117.05, 36.05), Point(118.0, 36.0)
    for point, expected in ((corner, True), (inside, True), (away, False)):
        point.srid = 4326
        assert Place.objects.filter(outline__covers=point).exists() is expected


@pytest.mark.django_db
def test_geometry_comes_back_with_its_coordinates_and_crs():
    Place.objects.create(slug="square", name="方", profile="plain", metric_srid=4548, outline=UNIT_SQUARE)
    outline = Place.objects.get(slug="square").outline
    assert outline.srid == 4326
    assert outline.extent == (117.0, 36.0, 117.1, 36.1)


@pytest.mark.django_db
def test_preparing_a_database_again_changes_nothing():
    connection.prepare_database()
    assert connection.ops.spatial_ref_sys().objects.filter(srid=4326).count() == 1


@pytest.mark.django_db
def test_the_database_transforms_as_pyproj_does():
    """Distances in a query and distances in the routing index are of one CRS, to a millimetre."""
    Place.objects.create(slug="square", name="方", profile="plain", metric_srid=4548, outline=UNIT_SQUARE)
    metric = Place.objects.annotate(metric=Transform("outline", 4548)).get(slug="square").metric
    forward = pyproj.Transformer.from_crs(4326, 4548, always_xy=True)
    for (x, y), (lon, lat) in zip(metric.coords[0], UNIT_SQUARE.coords[0], strict=True):
        assert (x, y) == pytest.approx(forward.transform(lon, lat), abs=1e-3)
