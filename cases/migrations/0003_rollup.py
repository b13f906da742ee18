from django.conf import settings
from django.db import migrations, models

from cases.db.rollups import CASE_ROLLUP
from geo.db.rollups import KeepRollup


class Migration(migrations.Migration):
    """Counts of cases, kept by the database from now on; what is there is counted once."""

    dependencies = [
        ("cases", "0002_append_only"),
        ("geo", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CaseRollup",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "grain",
                    models.PositiveSmallIntegerField(
                        choices=[(0, "day"), (1, "month"), (2, "all days"), (3, "not yet folded in")]
                    ),
                ),
                (
                    "day",
                    models.DateField(
                        help_text="Local day of `reported_at`; first of the month; 1970-01-01 for all days."
                    ),
                ),
                ("place_id", models.BigIntegerField()),
                ("category", models.CharField(max_length=60)),
                ("h3_shown", models.BigIntegerField(help_text="0 without a place.")),
                ("h3_cell", models.BigIntegerField(help_text="0 without a place.")),
                ("area_id", models.BigIntegerField(help_text="Finest area of the chain; 0 without one.")),
                ("about", models.CharField(max_length=10)),
                ("is_published", models.BooleanField()),
                ("is_sensitive", models.BooleanField()),
                ("confidential", models.BooleanField()),
                ("private_place", models.BooleanField()),
                (
                    "by_case",
                    models.BooleanField(
                        help_text="Belongs to other areas than the chain of `area`: where areas decide, the cases are asked."
                    ),
                ),
                ("seq", models.BigIntegerField(default=0, help_text="Tells pending rows apart.")),
                ("count", models.IntegerField()),
            ],
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["h3_cell"], name="cases_case_h3_cell_fa5f0f_idx"),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("area__isnull", True), ("affected__isnull", False), _connector="OR"),
                fields=["place"],
                name="case_by_case",
            ),
        ),
        migrations.AddIndex(
            model_name="caserollup",
            index=models.Index(fields=["grain", "h3_shown", "day"], name="case_rollup_cell"),
        ),
        migrations.AddIndex(
            model_name="caserollup",
            index=models.Index(condition=models.Q(("count", 0)), fields=["grain"], name="case_rollup_void"),
        ),
        migrations.AddConstraint(
            model_name="caserollup",
            constraint=models.UniqueConstraint(
                fields=(
                    "grain",
                    "day",
                    "category",
                    "place_id",
                    "h3_shown",
                    "h3_cell",
                    "area_id",
                    "about",
                    "is_published",
                    "is_sensitive",
                    "confidential",
                    "private_place",
                    "by_case",
                    "seq",
                ),
                name="case_rollup_key",
            ),
        ),
        KeepRollup(CASE_ROLLUP),
    ]
