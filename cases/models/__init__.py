"""What: cases, what happened to them, and what arrived."""

from cases.models.case import Case, CaseArea, MeToo, Recusal, Reporter
from cases.models.intake import Holiday, InboxItem, Photo
from cases.models.rollup import CaseRollup
from cases.models.work import Assignment, Event, Notification, OutboxMessage, TriageDecision

__all__ = [
    "Assignment",
    "Case",
    "CaseArea",
    "CaseRollup",
    "Event",
    "Holiday",
    "InboxItem",
    "MeToo",
    "Notification",
    "OutboxMessage",
    "Photo",
    "Recusal",
    "Reporter",
    "TriageDecision",
]
