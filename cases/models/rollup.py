"""How many cases there are, by everything that decides who may see them where."""

from django.contrib.gis.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from geo.db.rollups import DAY, MONTH, PENDING, WHOLE


class CaseRollup(models.Model):
    """Number of cases of one H3 cell × finest area × category × visibility × local day (or month, or all days).

    Nobody writes here: triggers keep the counts in the transaction that changes a case (`cases.db.rollups`), and
    `check_rollups` proves them equal to a recount. No foreign keys: rows vanish with the cases that they count.
    """

    class Grain(models.IntegerChoices):
        DAY = DAY, _("day")
        MONTH = MONTH, _("month")
        WHOLE = WHOLE, _("all days")
        PENDING = PENDING, _("not yet folded in")

    grain = models.PositiveSmallIntegerField(choices=Grain.choices)
    day = models.DateField(
        help_text="Local day of `reported_at`; first of the month; 1970-01-01 for all days."
    )
    place_id = models.BigIntegerField()
    category = models.CharField(max_length=60)
    h3_shown = models.BigIntegerField(help_text="0 without a place.")
    h3_cell = models.BigIntegerField(help_text="0 without a place.")
    area_id = models.BigIntegerField(help_text="Finest area of the chain; 0 without one.")
    about = models.CharField(max_length=10)
    is_published = models.BooleanField()
    is_sensitive = models.BooleanField()
    confidential = models.BooleanField()
    private_place = models.BooleanField()
    by_case = models.BooleanField(
        help_text="Belongs to other areas than the chain of `area`: where areas decide, the cases are asked."
    )
    seq = models.BigIntegerField(default=0, help_text="Tells pending rows apart.")
    count = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "grain", "day", "category", "place_id", "h3_shown", "h3_cell", "area_id", "about",
                    "is_published", "is_sensitive", "confidential", "private_place", "by_case", "seq",
                ],
                name="case_rollup_key",
            )
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["grain", "h3_shown", "day"], name="case_rollup_cell"),
            models.Index(fields=["grain"], name="case_rollup_void", condition=Q(count=0)),
        ]

    def __str__(self) -> str:
        return f"{self.count} {self.category} in {self.h3_cell:x}"
