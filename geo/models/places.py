"""A place is what one deployment governs: a subdistrict, a district or a city, with its profile and clock."""

from django.contrib.gis.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Place(models.Model):
    """A governed place: an area tree with one governance profile, one metric CRS and one time zone.

    `directory_version` grows with every change of posts, appointments and Party organisations, so that each server
    process can keep an immutable copy of them and notice with one small query that it is out of date. Only
    `geo.services.versions` changes it.
    """

    slug = models.SlugField(_("key"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=120, blank=True)
    profile = models.CharField(_("governance profile"), max_length=60)
    metric_srid = models.PositiveIntegerField(
        _("metric CRS (EPSG)"), help_text=_("Projected CRS for metres, such as 4548 for CGCS2000 / 117° E.")
    )
    time_zone = models.CharField(_("time zone"), max_length=40, default="Asia/Shanghai")
    county_code = models.CharField(_("county code (GB/T 2260)"), max_length=6, blank=True)
    outline = models.PolygonField(
        _("bounding box"), srid=4326, null=True, blank=True, help_text=_("Box of the active generation.")
    )
    directory_version = models.PositiveBigIntegerField(default=1, editable=False)
    is_demo = models.BooleanField(_("demo data"), default=False)

    class Meta:
        verbose_name = _("place")
        verbose_name_plural = _("places")
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name


class ProfileOverride(models.Model):
    """Another profile below one area of a place: a community of a district with time limits of its own."""

    place = models.ForeignKey(
        Place, verbose_name=_("place"), on_delete=models.CASCADE, related_name="profile_overrides"
    )
    area_code = models.CharField(_("area code"), max_length=40)
    profile = models.CharField(_("governance profile"), max_length=60)

    class Meta:
        verbose_name = _("profile override")
        verbose_name_plural = _("profile overrides")
        constraints = [models.UniqueConstraint(fields=["place", "area_code"], name="override_once_per_area")]

    def __str__(self) -> str:
        return f"{self.area_code}: {self.profile}"


class BoundaryGeneration(models.Model):
    """One consistent set of boundaries of a place.

    Boundaries are never edited in place: a new generation is staged, checked, activated in one transaction, and
    the former one retired. What routed a case yesterday can therefore still be shown tomorrow.
    """

    class State(models.TextChoices):
        STAGED = "staged", _("staged")
        ACTIVE = "active", _("active")
        RETIRED = "retired", _("retired")

    place = models.ForeignKey(
        Place, verbose_name=_("place"), on_delete=models.CASCADE, related_name="generations"
    )
    name = models.CharField(_("name"), max_length=80)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.STAGED)
    source = models.CharField(_("source"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    activated_at = models.DateTimeField(_("activated"), null=True, blank=True)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)

    class Meta:
        verbose_name = _("boundary generation")
        verbose_name_plural = _("boundary generations")
        constraints = [
            models.UniqueConstraint(fields=["place", "name"], name="generation_name_once_per_place"),
            models.UniqueConstraint(
                fields=["place"], condition=Q(state="active"), name="one_active_generation_per_place"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place.slug} · {self.name}"
