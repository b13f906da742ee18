"""What arrived, as it arrived: raw requests and photos."""

from __future__ import annotations

from django.contrib.gis.db import models
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from geo.models import Place, User


class InboxItem(models.Model):
    """The raw bytes of a filing, committed before anything about them is judged.

    What cannot be taken stays here with the reason, where an official can mend and replay it. Bytes are purged
    after `INBOX_KEEP_DAYS`; the row stays, because (client_id, payload_sha256) decides about repetitions.

    An item from which a case was made is taken from that moment on (`Case.inbox_item`); `tick` writes it into
    `state` a little later, so that filing a case need not change the row with the raw bytes.
    """

    class State(models.TextChoices):
        RECEIVED = "received", _("received")
        TAKEN = "taken", _("taken")
        KEPT = "kept", _("kept: could not be taken")
        CONFLICT = "conflict", _("kept: same id, other content")

    client_id = models.CharField(max_length=64, help_text="As sent; may be no UUID at all.")
    payload_sha256 = models.CharField(max_length=64)
    raw = models.BinaryField(null=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.RECEIVED)
    problem = models.JSONField(default=dict, blank=True)
    about = models.CharField(
        max_length=10,
        default=Case.About.NONE,
        help_text="Whom it names, as far as can be read: kept from them.",
    )
    received_at = models.DateTimeField()
    judged_at = models.DateTimeField(null=True, blank=True)
    purged_at = models.DateTimeField(null=True, blank=True)
    actor = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    place = models.ForeignKey(Place, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    case = models.ForeignKey(
        Case,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="inbox_items",
        help_text="Case that it revised, or conflicts with.",
    )
    is_import = models.BooleanField(
        default=False, help_text="A row of an imported table, also mended: it may say when it was closed."
    )
    replay_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="replays"
    )

    class Meta:
        verbose_name = _("inbox item")
        verbose_name_plural = _("inbox items")
        constraints = [
            models.UniqueConstraint(fields=["client_id", "payload_sha256"], name="inbox_payload_once")
        ]
        indexes = [models.Index(fields=["state", "received_at"])]

    def __str__(self) -> str:
        return f"{self.state} {self.pk}"


class Photo(models.Model):
    """A photo of a case, addressed by the SHA-256 of the bytes that the phone sent.

    `expected` until its bytes are whole. Stored re-encoded: orientation applied, no EXIF; its time and place are
    read first and kept here, seen only by those in charge.
    """

    class State(models.TextChoices):
        EXPECTED = "expected", _("expected")
        STORED = "stored", _("stored")
        REFUSED = "refused", _("refused")

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="photos")
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=State.choices, default=State.EXPECTED)
    purpose = models.CharField(max_length=10, default="report", help_text="report, result …")
    received_bytes = models.PositiveIntegerField(default=0)
    total_bytes = models.PositiveIntegerField(null=True, blank=True)
    file = models.FileField(upload_to="photos/", blank=True)
    thumbnail = models.FileField(upload_to="thumbnails/", blank=True)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    taken_at = models.DateTimeField(null=True, blank=True)
    taken_location = models.PointField(srid=4326, null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True)
    released = models.BooleanField(default=False, help_text="An official has released it to the public.")
    uploaded_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("photo")
        verbose_name_plural = _("photos")
        constraints = [models.UniqueConstraint(fields=["case", "sha256"], name="photo_once_per_case")]

    def __str__(self) -> str:
        return f"photo {self.sha256[:12]} of {self.case_id}"


class Holiday(models.Model):
    """A day that is not what its weekday says: a public holiday, or a make-up working day (调休)."""

    class Kind(models.TextChoices):
        HOLIDAY = "holiday", _("holiday")
        WORKDAY = "workday", _("make-up working day")

    day = models.DateField(unique=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    name = models.CharField(max_length=60, blank=True)

    class Meta:
        verbose_name = _("holiday or make-up working day")
        verbose_name_plural = _("holidays and make-up working days")
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"
