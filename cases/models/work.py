"""Who has a case, what happened to it, who must be told."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from geo.models import Department, PartyOrganisation, Post, User


class Assignment(models.Model):
    """That a post, a Party organisation or a department answers for a case, from when to when.

    The post is stored beside the person who held it: the work stays with the post when people change.
    """

    class Kind(models.TextChoices):
        LEADER = "leader", _("leader")
        PARTY_CELL = "party_cell", _("Party organisation")
        DEPARTMENT = "department", _("department")
        HANDLER = "handler", _("handler")

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="assignments")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    post = models.ForeignKey(
        Post, null=True, blank=True, on_delete=models.PROTECT, related_name="assignments"
    )
    party_organisation = models.ForeignKey(
        PartyOrganisation, null=True, blank=True, on_delete=models.PROTECT, related_name="assignments"
    )
    department = models.ForeignKey(
        Department, null=True, blank=True, on_delete=models.PROTECT, related_name="assignments"
    )
    person = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="assignments"
    )
    area_code = models.CharField(max_length=40, blank=True)
    acting = models.BooleanField(default=False, help_text="Stands in for a vacant post.")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        indexes = [
            models.Index(fields=["case", "until"]),
            models.Index(fields=["post", "until"]),
            models.Index(fields=["person", "until"]),
            models.Index(fields=["department", "until"]),
            models.Index(fields=["party_organisation", "until"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.case_id}"


class EventQuerySet(models.QuerySet["Event"]):
    """Events are appended, never changed."""

    def update(self, **kwargs: object) -> int:
        """Refuse."""
        raise TypeError("events are append-only; write a further event instead")

    def delete(self) -> tuple[int, dict[str, int]]:
        """Refuse; an event goes only with its case."""
        raise TypeError("events are append-only; they go only together with their case")


class Event(models.Model):
    """One step in the life of a case, written in the same transaction as the change. Append-only."""

    class Visibility(models.TextChoices):
        PUBLIC = "public", _("everyone who may see the case")
        STAFF = "staff", _("those in charge")
        INTERNAL = "internal", _("internal note")

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=30)
    at = models.DateTimeField()
    actor = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    actor_title = models.CharField(max_length=120, blank=True, help_text="Post held when it was done.")
    visibility = models.CharField(max_length=8, choices=Visibility.choices, default=Visibility.STAFF)
    from_status = models.CharField(max_length=12, blank=True)
    to_status = models.CharField(max_length=12, blank=True)
    note = models.TextField(blank=True)
    data = models.JSONField(default=dict, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [models.Index(fields=["case", "id"])]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.kind} on {self.case_id}"

    def save(self, *args: object, **kwargs: object) -> None:
        """Insert; refuse to change a stored event."""
        if not self._state.adding:
            raise TypeError("events are append-only; write a further event instead")
        super().save(*args, **kwargs)  # type: ignore[arg-type]


class TriageDecision(models.Model):
    """One judgement about label and route: by the rules, or by a person with a reason. All are kept."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="triage_decisions")
    at = models.DateTimeField()
    profile = models.CharField(max_length=60)
    rule_version = models.CharField(max_length=64, blank=True)
    rule = models.CharField(max_length=60, blank=True)
    facts = models.JSONField(default=dict)
    label = models.CharField(max_length=60)
    route = models.CharField(max_length=60)
    level = models.CharField(max_length=12, blank=True)
    tracks = models.JSONField(default=list, blank=True)
    limit = models.JSONField(
        default=dict, blank=True, help_text="Key, amount and unit of the time limit; no amount: no timer."
    )
    deadline_at = models.DateTimeField(null=True, blank=True)
    agenda_by = models.DateField(null=True, blank=True)
    explanation = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=Case.TriageState.choices)
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name = _("triage decision")
        verbose_name_plural = _("triage decisions")
        indexes = [models.Index(fields=["case", "id"])]

    def __str__(self) -> str:
        return f"{self.label} for {self.case_id}"


class Notification(models.Model):
    """A line in somebody's in-app inbox; without the text of the case, which is read through `for_user`."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notifications")
    case = models.ForeignKey(
        Case, null=True, blank=True, on_delete=models.CASCADE, related_name="notifications"
    )
    kind = models.CharField(max_length=30)
    data = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        indexes = [models.Index(fields=["person", "read_at", "-id"])]

    def __str__(self) -> str:
        return f"{self.kind} to {self.person_id}"


class OutboxMessage(models.Model):
    """Something that must leave this service, written with the change that causes it and sent by `tick`."""

    topic = models.CharField(max_length=40)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    next_try_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = _("outbox message")
        verbose_name_plural = _("outbox messages")
        indexes = [models.Index(fields=["sent_at", "next_try_at"])]

    def __str__(self) -> str:
        return f"{self.topic} {self.pk}"
