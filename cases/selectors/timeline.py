"""What happened to a case, as far as its reader may know."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from cases.domain.privacy import MASK, masked
from cases.models import Case, Event, Reporter
from cases.models.access import DEIDENTIFIED, FULL
from cases.selectors.assigned import Assigned, assigned_json
from cases.selectors.clock import local_day_of
from cases.selectors.projection import Asker

__all__ = ["Notes", "notes_for", "timeline_json", "visible_events"]

_PUBLIC_DATA = ("label", "route", "deadline", "until", "category", "merged_into")
"""Of an event's data, what those see who are not in charge."""


Notes = Literal["as_written", "to_reporter", "masked", "none"]
"""How much of what was written with the steps a reader is shown, see `notes_for`."""


def notes_for(projection: str | None) -> Notes:
    """Return how much of what was written with the steps of a case its reader is shown.

    Parameters
    ----------
    projection
        None for whoever holds the follow code: an answer is written for them and stands as it was written, all
        else is masked. In the full projection everything stands as it was written, in the de-identified one all
        is masked; the public one shows nothing of it.
    """
    shown: dict[str | None, Notes] = {None: "to_reporter", FULL: "as_written", DEIDENTIFIED: "masked"}
    return shown.get(projection, "none")


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
    events: Iterable[Event], case: Case, asker: Asker, *, in_charge: bool, notes: Notes
) -> list[dict[str, Any]]:
    """Return events as the API shows them.

    Parameters
    ----------
    notes
        Of `notes_for`.
    """
    words = asker.words(case.place_id)
    snapshot = asker.snapshots.get(case.place_id)
    found = []
    hidden = _names_in(case) if notes in ("to_reporter", "masked") else ()
    for event in events:
        entry: dict[str, Any] = {
            "at": event.at,
            "kind": event.kind,
            "by": event.actor_title,
            "status": event.to_status,
            "status_name": words.status(event.to_status) if event.to_status else "",
        }
        if notes == "as_written" or (notes == "to_reporter" and event.kind == "answer"):
            entry["note"] = event.note
        elif notes != "none":
            entry["note"] = _masked(event.note, case, hidden)
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


def _names_in(case: Case) -> tuple[str, ...]:
    """Return name and number of who brought a case, which no pattern would know for a name; longest first."""
    stated = Reporter.objects.filter(case=case).values_list("name", "phone").first() or ()
    filed_by = (case.filed_by.display_name, case.filed_by.phone) if case.filed_by is not None else ()
    words = {word.strip() for word in (*stated, *filed_by)}
    return tuple(sorted((word for word in words if len(word) > 1), key=len, reverse=True))


def _masked(note: str, case: Case, hidden: Iterable[str]) -> str:
    for word in hidden:
        note = note.replace(word, MASK)
    return masked(note, private_place=case.private_place)


def _row(stored: dict[str, Any]) -> dict[str, Any]:
    ids = ("post_id", "party_organisation_id", "department_id", "person_id")
    return {**dict.fromkeys(ids), **stored}
