"""Areas: every polygon of a place, from the city down to the unit of a building."""

from django.contrib.gis.db import models
from django.utils.translation import gettext_lazy as _

from geo.models.places import BoundaryGeneration


class Area(models.Model):
    """One polygon of a boundary generation, at one typed level.

    A row belongs to exactly one generation; what stays the same from one generation to the next is its `code`.
    Posts, appointments, jurisdictions and cases therefore refer to (place, code), never to a row. `path` holds the
    codes from the widest area down to this one, each between slashes, so that "below" is a prefix.
    """

    class Level(models.TextChoices):
        CITY = "city", _("city")
        DISTRICT = "district", _("district")
        SUBDISTRICT = "subdistrict", _("subdistrict")
        COMMUNITY = "community", _("community")
        BLOCK = "block", _("block")
        GRID = "grid", _("grid")
        BUILDING = "building", _("building")
        UNIT = "unit", _("unit")

    class Enclosure(models.TextChoices):
        OPEN = "open", _("open")
        CLOSED = "closed", _("closed")

    generation = models.ForeignKey(
        BoundaryGeneration,
        verbose_name=_("boundary generation"),
        on_delete=models.CASCADE,
        related_name="areas",
    )
    level = models.CharField(_("level"), max_length=12, choices=Level.choices)
    code = models.CharField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=120, blank=True)
    aliases = models.JSONField(_("other and former names"), default=list, blank=True)
    parent = models.ForeignKey(
        "self",
        verbose_name=_("area above"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="children",
    )
    path = models.CharField(max_length=400, editable=False)
    geometry = models.MultiPolygonField(_("boundary"), srid=4326)
    population = models.PositiveIntegerField(_("population"), null=True, blank=True)
    households = models.PositiveIntegerField(_("households"), null=True, blank=True)
    enclosure = models.CharField(_("enclosure"), max_length=6, choices=Enclosure.choices, blank=True)
    attributes = models.JSONField(
        _("further attributes"),
        default=dict,
        blank=True,
        help_text=_("Kind, land use, storeys, house number …"),
    )

    class Meta:
        verbose_name = _("area")
        verbose_name_plural = _("areas")
        constraints = [
            models.UniqueConstraint(fields=["generation", "level", "code"], name="area_code_once_per_level")
        ]
        indexes = [models.Index(fields=["generation", "parent"]), models.Index(fields=["generation", "code"])]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"
