"""Posts and who holds them. Every right in Gridcase comes from an appointment with a term."""

from django.contrib.gis.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from geo.models.organisations import Department, PartyOrganisation
from geo.models.people import User
from geo.models.places import Place


class Post(models.Model):
    """A post at an area (or in a Party organisation or department): grid leader, deputy, branch secretary and so on.

    `kind` is a key of the profile's posts. A leader team of four is four posts. A vacant post is a post without a
    current appointment; it stays visible, and its work goes to the deputy, then one level up.
    """

    place = models.ForeignKey(Place, verbose_name=_("place"), on_delete=models.CASCADE, related_name="posts")
    kind = models.CharField(_("kind"), max_length=40)
    area_code = models.CharField(_("area code"), max_length=40, blank=True)
    party_organisation = models.ForeignKey(
        PartyOrganisation,
        verbose_name=_("Party organisation"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="posts",
    )
    department = models.ForeignKey(
        Department,
        verbose_name=_("department"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="posts",
    )
    lane = models.LineStringField(_("lane"), srid=4326, null=True, blank=True)
    office_phone = models.CharField(_("office telephone"), max_length=32, blank=True)

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        indexes = [models.Index(fields=["place", "area_code", "kind"])]

    def __str__(self) -> str:
        return f"{self.kind} · {self.area_code or self.party_organisation or self.department}"


class Appointment(models.Model):
    """A person in a post for a term, `since` inclusive, `until` exclusive (empty: open end)."""

    class Employment(models.TextChoices):
        FULL_TIME = "full", _("full-time")
        PART_TIME = "part", _("part-time")

    post = models.ForeignKey(
        Post, verbose_name=_("post"), on_delete=models.CASCADE, related_name="appointments"
    )
    person = models.ForeignKey(
        User, verbose_name=_("person"), on_delete=models.PROTECT, related_name="appointments"
    )
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)
    employment = models.CharField(
        _("employment"), max_length=4, choices=Employment.choices, default=Employment.FULL_TIME
    )

    class Meta:
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        indexes = [models.Index(fields=["person", "until"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gt=F("since")), name="appointment_ends_after_start"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.post}"
