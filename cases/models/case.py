"""A case: one matter that somebody brought, where it is, who has it, what became of it."""

from __future__ import annotations

import uuid

from django.contrib.gis.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.access import CaseQuerySet
from geo.models import Area, BoundaryGeneration, Place, User


class Case(models.Model):
    """One matter. Every change of it is one function in `cases.services` that also writes an `Event`.

    Facts are stored, labels are derived: `label`, `route` and `deadline_at` are the current outcome of the profile's
    rules (or of a person's override), kept with their inputs in `TriageDecision`.
    """

    class Status(models.TextChoices):
        RECEIVED = "received", _("received")
        ASSIGNED = "assigned", _("assigned")
        IN_PROGRESS = "in_progress", _("in progress")
        SUSPENDED = "suspended", _("suspended")
        HANDLED = "handled", _("handled")
        ANSWERED = "answered", _("answered")
        CLOSED = "closed", _("closed")
        REOPENED = "reopened", _("reopened")
        DECLINED = "declined", _("declined")
        MERGED = "merged", _("merged")

    class Channel(models.TextChoices):
        PATROL = "patrol", _("patrol")
        VISIT = "visit", _("home visit")
        COUNTER = "counter", _("counter")
        PHONE = "phone", _("telephone")
        HOTLINE = "hotline", _("12345 hotline")
        CHAT = "chat", _("chat group")
        WEB = "web", _("web")
        FORM = "form", _("form at a meeting")
        BOX = "box", _("suggestion box")
        REPRESENTATIVE = "representative", _("representative")
        IMPORT = "import", _("import")
        API = "api", _("interface")

    class About(models.TextChoices):
        """Whom a complaint names; it is then kept from those it names."""

        NONE = "none", _("nobody")
        LEADER = "leader", _("grid leader")
        COMMUNITY = "community", _("community")
        PROPERTY = "property", _("property firm")
        OFFICIAL = "official", _("official")

    class TriageState(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        CONFIRMED = "confirmed", _("confirmed")

    OPEN_STATUSES = ("received", "assigned", "in_progress", "suspended", "handled", "answered", "reopened")
    # Work is still to be done: what the deadline runs for.
    PENDING_STATUSES = ("received", "assigned", "in_progress", "reopened")

    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="cases")
    client_id = models.UUIDField(default=uuid.uuid4, unique=True)
    payload_sha256 = models.CharField(max_length=64, blank=True)
    inbox_item = models.OneToOneField(
        "cases.InboxItem",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="taken_case",
        help_text="What it was taken from. That a case refers to it is what makes an inbox item taken.",
    )
    follow_code = models.CharField(max_length=16, unique=True)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.RECEIVED)
    category = models.CharField(max_length=60)
    text = models.TextField(blank=True)
    channel = models.CharField(max_length=14, choices=Channel.choices)
    about = models.CharField(max_length=10, choices=About.choices, default=About.NONE)
    urgent = models.BooleanField(default=False)
    confidential = models.BooleanField(default=False)
    is_sensitive = models.BooleanField(
        default=False, help_text="Sensitive kind when filed or last recategorised."
    )
    is_published = models.BooleanField(
        default=False,
        help_text="Has a public projection: kind published by the profile, neither sensitive nor confidential.",
    )
    private_place = models.BooleanField(
        default=False, help_text="Lies at a home: only the full projection is finer than the block."
    )
    danger = models.BooleanField(default=False, help_text="Danger to life.")
    skips_queue = models.BooleanField(default=False, help_text="Stands first in every list of work.")
    stated_category = models.CharField(
        max_length=60,
        blank=True,
        help_text="As sent, where the profile does not have it (taken as unsorted).",
    )
    stated = models.JSONField(
        default=dict, blank=True, help_text="Urgent, danger and confidential as stated, before any rule."
    )
    text_masked = models.TextField(
        blank=True, help_text="Text without personal data: all that is shown or searched outside of `full`."
    )

    captured_at = models.DateTimeField(null=True, blank=True, help_text="As the device says; devices lie.")
    began_on = models.DateField(
        null=True, blank=True, help_text="Since when the trouble is known to last, which may be years."
    )
    reported_at = models.DateTimeField(help_text="What periods count by: captured_at where credible.")
    received_at = models.DateTimeField(help_text="By the server's clock; deadlines start here.")
    closed_at = models.DateTimeField(null=True, blank=True)
    clock_flagged = models.BooleanField(default=False)

    # Where. `location` is the routed pin; what the device said is kept apart, untouched.
    location = models.PointField(srid=4326, null=True, blank=True)
    affected = models.GeometryField(srid=4326, null=True, blank=True)
    location_raw = models.JSONField(
        default=dict, blank=True, help_text="lon, lat, datum, accuracy_m, pin as sent."
    )
    accuracy_m = models.FloatField(null=True, blank=True)
    pin = models.CharField(max_length=10, blank=True)
    place_text = models.CharField(max_length=300, blank=True)
    h3_cell = models.BigIntegerField(null=True, blank=True, help_text="H3 cell, resolution 10.")
    # Outside of the full projection a private place is known by its block only: by what is shown, and just as much
    # by what a box, a radius or a cell can find.
    location_shown = models.PointField(
        srid=4326, null=True, blank=True, help_text="`location`, or a point standing for the block."
    )
    h3_shown = models.BigIntegerField(null=True, blank=True, help_text="H3 cell of `location_shown`.")
    outcome = models.CharField(max_length=10, blank=True)
    location_detail = models.JSONField(
        default=dict, blank=True, help_text="Rule, distance to border, losing candidates, explanation."
    )
    generation = models.ForeignKey(BoundaryGeneration, null=True, on_delete=models.PROTECT, related_name="+")
    area = models.ForeignKey(Area, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    area_at_filing = models.ForeignKey(
        Area, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    areas = models.JSONField(default=list, help_text="Chain now: [{level, code, name}], widest first.")
    areas_at_filing = models.JSONField(default=list)
    span = models.JSONField(
        default=dict, blank=True, help_text="Codes touched by the affected geometry, by level."
    )
    building_code = models.CharField(max_length=40, blank=True)
    building_name = models.CharField(max_length=120, blank=True)
    unit_name = models.CharField(max_length=60, blank=True)

    # Triage, current
    label = models.CharField(max_length=60, blank=True)
    route = models.CharField(max_length=60, blank=True)
    triage_state = models.CharField(max_length=10, choices=TriageState.choices, default=TriageState.PROPOSED)
    deadline_at = models.DateTimeField(null=True, blank=True)
    deadline_flagged = models.BooleanField(
        default=False, help_text="Holidays of a year in it were not known."
    )

    suspension = models.JSONField(
        default=dict, blank=True, help_text="While suspended: what was left of the limit, and until when."
    )
    me_too_count = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=1, help_text="Counts changes; who acts may name it.")
    filed_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="filed_cases"
    )
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged"
    )
    is_demo = models.BooleanField(default=False)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        indexes = [
            models.Index(F("reported_at").desc(), F("id").desc(), name="case_newest_first"),
            models.Index(fields=["place", "category", "reported_at"]),
            models.Index(fields=["place", "status"]),
            # Earlier cases at a building, or in a cell outside of buildings: counted without touching the rows.
            models.Index(
                fields=["place", "category", "building_code", "h3_cell", "reported_at", "status"],
                name="case_recurrence",
            ),
            models.Index(fields=["h3_shown"]),
            models.Index(fields=["h3_cell"]),
            # What belongs to other areas than its chain: counted singly where areas decide who sees it.
            models.Index(
                fields=["place"],
                name="case_by_case",
                condition=Q(area__isnull=True) | Q(affected__isnull=False),
            ),
            models.Index(
                fields=["deadline_at"], name="case_pending_deadline", condition=Q(closed_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """Number on the ticket: day of receipt (in the deployment's time zone) and serial."""
        return f"{timezone.localdate(self.received_at):%Y%m%d}-{self.pk:06d}"


class CaseArea(models.Model):
    """That a case belongs to an area: where its pin lies, or what its affected geometry touches.

    One row for each area of the chain and of the span, by (place, code): scopes of appointments, filters and counts
    all join here, and closed cases keep their codes when boundaries change.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="case_areas")
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+")
    level = models.CharField(max_length=12, choices=Area.Level.choices)
    code = models.CharField(max_length=40)
    by_span = models.BooleanField(default=False, help_text="Touched by the affected geometry only.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "level", "code"], name="case_area_once")]
        indexes = [models.Index(fields=["place", "code", "case"])]

    def __str__(self) -> str:
        return f"{self.case_id} in {self.code}"


class Reporter(models.Model):
    """Who brought the case; apart from the case, so that no list, tile or export reads it by accident."""

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="reporter", primary_key=True)
    name = models.CharField(max_length=60, blank=True)
    phone = models.CharField(max_length=32, blank=True)

    def __str__(self) -> str:
        return f"reporter of {self.case_id}"


class Recusal(models.Model):
    """A person kept from a case for good, because the complaint is about people like them.

    Posts decide who is named; the person stays out after moving to another post, and after the pin has moved.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="recusals")
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "person"], name="recusal_once")]

    def __str__(self) -> str:
        return f"{self.person_id} kept from {self.case_id}"


class MeToo(models.Model):
    """One person who meets the same trouble; once a person (account or client id)."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="me_toos")
    person = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    client_id = models.UUIDField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "client_id"], name="me_too_once_per_client"),
            models.UniqueConstraint(
                fields=["case", "person"], name="me_too_once_per_person", condition=Q(person__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"me too on {self.case_id}"
