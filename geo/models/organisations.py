"""Who answers beside the leaders: Party organisations and departments."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from geo.models.places import Place


class PartyOrganisation(models.Model):
    """A Party organisation; its kinds and their tree come from the profile.

    Some grids have none: then the nearest organisation above the grid answers.
    """

    place = models.ForeignKey(
        Place, verbose_name=_("place"), on_delete=models.CASCADE, related_name="party_organisations"
    )
    kind = models.CharField(_("kind"), max_length=40)
    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=120, blank=True)
    parent = models.ForeignKey(
        "self",
        verbose_name=_("organisation above"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="children",
    )
    area_code = models.CharField(_("area code"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("Party organisation")
        verbose_name_plural = _("Party organisations")
        indexes = [models.Index(fields=["place", "area_code"])]

    def __str__(self) -> str:
        return self.name


class Department(models.Model):
    """A department or firm that cases can be handed to: police, enforcement, water, a property firm.

    `off_area` marks partners whose seat lies outside the place, such as a city-level sewer service.
    """

    place = models.ForeignKey(
        Place, verbose_name=_("place"), on_delete=models.CASCADE, related_name="departments"
    )
    code = models.SlugField(_("key"), max_length=60)
    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=120, blank=True)
    kind = models.CharField(_("kind"), max_length=40, blank=True)
    off_area = models.BooleanField(_("seat outside the place"), default=False)
    phone = models.CharField(_("office telephone"), max_length=32, blank=True)

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        constraints = [models.UniqueConstraint(fields=["place", "code"], name="department_once_per_place")]

    def __str__(self) -> str:
        return self.name


class Jurisdiction(models.Model):
    """Category × area for which a department is competent; an empty category or area means all of them."""

    department = models.ForeignKey(
        Department, verbose_name=_("department"), on_delete=models.CASCADE, related_name="jurisdictions"
    )
    category = models.CharField(_("category"), max_length=60, blank=True)
    area_code = models.CharField(_("area code"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("jurisdiction")
        verbose_name_plural = _("jurisdictions")
        constraints = [
            models.UniqueConstraint(fields=["department", "category", "area_code"], name="jurisdiction_once")
        ]

    def __str__(self) -> str:
        return f"{self.department} · {self.category or '*'} · {self.area_code or '*'}"
