"""What happened to a case, as far as its reader may know."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cases.models import Case, Event
from cases.selectors.assigned import Assigned, assigned_json
from cases.selectors.clock import local_day_of
from cases.selectors.projection import Asker

__all__ = ["timeline_json", "visible_events"]

_PUBLIC_DATA = ("label", "route", "deadline", "until", "category", "merged_into")
"""Of an event's data, what those see who are not in charge."""


def visible_events(case: Case, *, in_charge: bool) -> list[Event]:
    """Return the events that a reader may know of, oldest first.

    Parameters
    ----------
    case
    in_charge
        Somebody with a post that covers the case. Whoever merely filed it, and everybody else, reads public ones.
    """
    events = Event.objects.filter(case=case).select_related("actor").order_by("id")
    return list(events if in_charge else events.filter(visibility=Event.Visibility.PUBLIC))


def timeline_json(
    events: Iterable[Event], case: Case, asker: Asker, *, in_charge: bool, with_notes: bool = True
) -> list[dict[str, Any]]:
    """Return events as the API shows them.

    Parameters
    ----------
    with_notes
        False leaves out what was written, for readers who are shown no text of the case.
    """
    words = asker.words(case.place_id)
    snapshot = asker.snapshots.get(case.place_id)
    found = []
    for event in events:
        entry: dict[str, Any] = {
            "at": event.at,
            "kind": event.kind,
            "by": event.actor_title,
            "status": event.to_status,
            "status_name": words.status(event.to_status) if event.to_status else "",
        }
        if with_notes:
            entry["note"] = event.note
        rows = [Assigned(**_row(row)) for row in event.data.get("assigned", ())]
        if rows:
            day = local_day_of(event.at, snapshot.time_zone) if snapshot else event.at.date()
            entry["assigned"] = assigned_json(
                rows, snapshot, day=day, with_names=in_charge and asker.is_staff
            )
        if in_charge:
            entry["visibility"] = event.visibility
            entry["person"] = str(event.actor) if event.actor else None
            entry["data"] = {
                key: value for key, value in event.data.items() if key not in ("receipt", "assigned")
            }
        else:
            entry["data"] = {key: event.data[key] for key in _PUBLIC_DATA if key in event.data}
        found.append(entry)
    return found


def _row(stored: dict[str, Any]) -> dict[str, Any]:
    ids = ("post_id", "party_organisation_id", "department_id", "person_id")
    return {**dict.fromkeys(ids), **stored}
