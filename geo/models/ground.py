"""What lies on the ground beside areas: streets, parks, water. Drawn under everything else, never routed to."""

from django.contrib.gis.db import models
from django.utils.translation import gettext_lazy as _

from geo.models.places import BoundaryGeneration


class Road(models.Model):
    """A street or lane by its centre line."""

    class Rank(models.TextChoices):
        ARTERIAL = "arterial", _("arterial road")
        SECONDARY = "secondary", _("secondary road")
        LOCAL = "local", _("local street")
        LANE = "lane", _("lane within a block")

    generation = models.ForeignKey(
        BoundaryGeneration,
        verbose_name=_("boundary generation"),
        on_delete=models.CASCADE,
        related_name="roads",
    )
    name = models.CharField(_("name"), max_length=120, blank=True)
    name_en = models.CharField(_("English name"), max_length=120, blank=True)
    rank = models.CharField(_("class"), max_length=10, choices=Rank.choices)
    width_m = models.FloatField(_("width (m)"))
    geometry = models.LineStringField(_("centre line"), srid=4326)

    class Meta:
        verbose_name = _("road")
        verbose_name_plural = _("roads")

    def __str__(self) -> str:
        return self.name or self.get_rank_display()


class LandCover(models.Model):
    """A piece of open ground that helps people find their way: a park, a canal, a sports field, works."""

    class Kind(models.TextChoices):
        PARK = "park", _("park")
        GREEN = "green", _("green")
        WATER = "water", _("water")
        SPORTS = "sports", _("sports field")
        SCHOOL = "school", _("school grounds")
        HOSPITAL = "hospital", _("hospital grounds")
        INDUSTRIAL = "industrial", _("works and depots")

    generation = models.ForeignKey(
        BoundaryGeneration,
        verbose_name=_("boundary generation"),
        on_delete=models.CASCADE,
        related_name="land_covers",
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=120, blank=True)
    geometry = models.MultiPolygonField(_("outline"), srid=4326)

    class Meta:
        verbose_name = _("open ground")
        verbose_name_plural = _("open grounds")

    def __str__(self) -> str:
        return self.name or self.get_kind_display()
