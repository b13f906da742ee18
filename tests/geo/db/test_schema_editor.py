"""A table that a migration changes keeps its spatial index, on both databases."""

import pytest
from django.apps import apps
from django.contrib.gis.geos import Point
from django.db import connection, models

from cases.models import Case, Photo
from geo.db.functions import IntersectsBbox
from geo.models import Area, Place, Post

INDEXED = [
    (model, field.name)
    for model in (Area, Case, Photo, Place, Post)
    for field in model._meta.local_fields
    if getattr(field, "spatial_index", False)
]


@pytest.mark.django_db
@pytest.mark.parametrize(("model", "name"), INDEXED, ids=[f"{m.__name__}.{n}" for m, n in INDEXED])
def test_index_of_the_migrated_database_is_kept_up(model, name):
    """Every geometry column of ours: what is inserted is in the index."""
    column = model._meta.get_field(name).column
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT count(*) FROM pg_indexes WHERE tablename = %s AND indexdef LIKE %s",
                [table, f"%USING gist ({column})%"],
            )
        else:
            cursor.execute(
                "SELECT spatial_index_enabled FROM geometry_columns"
                " WHERE f_table_name = %s AND f_geometry_column = %s",
                [table, column],
            )
        assert cursor.fetchone()[0] == 1


@pytest.mark.django_db(transaction=True)
def test_index_survives_a_changed_table():
    from django.contrib.gis.db.models import PointField

    class Spot(models.Model):
        spot = PointField(srid=4326)
        other = models.IntegerField(default=0)

        class Meta:
            app_label = "schema_editor_test"

        def __str__(self) -> str:
            return str(self.pk)

    box = (116.0, 36.0, 117.0, 37.0)
    with connection.schema_editor() as editor:
        editor.create_model(Spot)
    try:
        Spot.objects.create(spot=Point(116.5, 36.5, srid=4326))
        changed = models.CharField(max_length=10, default="0")
        changed.set_attributes_from_name("other")
        changed.model = Spot
        with connection.schema_editor() as editor:
            editor.alter_field(Spot, Spot._meta.get_field("other"), changed)
        with connection.cursor() as cursor:
            point = "ST_GeomFromText('POINT(116.6 36.6)', 4326)"
            cursor.execute(f"INSERT INTO schema_editor_test_spot (spot, other) VALUES ({point}, 'x')")
        assert Spot.objects.filter(IntersectsBbox("spot", box)).count() == 2
    finally:
        with connection.schema_editor() as editor:
            editor.delete_model(Spot)
        apps.all_models.pop("schema_editor_test", None)
        apps.clear_cache()
