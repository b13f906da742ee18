"""From a row and its projection to what the asker gets: one function behind list, detail, nearby, tile and export."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F

from cases.domain.privacy import public_chain
from cases.models import Case, Photo
from cases.models.access import DEIDENTIFIED, FULL, CaseQuerySet
from cases.selectors.assigned import ASSIGNED_COLUMNS, assigned_from_text, assigned_json, open_assignments
from cases.selectors.words import Words
from geo.db.aggregates import joined_rows
from geo.routing import PlaceSnapshot

__all__ = ["PHOTO_COLUMNS", "Asker", "case_feature", "case_properties", "photos_json", "with_related"]

PHOTO_COLUMNS = ("sha256", "state", "purpose", "released", "pk")


@dataclass(frozen=True)
class Asker:
    """Who reads, and what a request has looked up once for all of its rows.

    Parameters
    ----------
    now
        Aware; decides what is overdue and who holds a post.
    snapshots
        By place id.
    is_staff
        Names of persons are for staff.
    user_id
        None for the public.
    sees_confidential
        (place id, area code) where the asker may know who brought a confidential case.
    is_administrator
    """

    now: datetime
    snapshots: Mapping[int, PlaceSnapshot]
    is_staff: bool = False
    user_id: int | None = None
    sees_confidential: frozenset[tuple[int, str]] = frozenset()
    is_administrator: bool = False
    _words: dict[int, Words] = field(default_factory=dict, compare=False)

    def words(self, place_id: int) -> Words:
        """Return the words of a place in the reader's language."""
        if place_id not in self._words:
            snapshot = self.snapshots.get(place_id)
            self._words[place_id] = Words(snapshot.profile if snapshot else None)
        return self._words[place_id]

    def zone(self, place_id: int) -> ZoneInfo:
        """Return the time zone of a place."""
        snapshot = self.snapshots.get(place_id)
        return ZoneInfo(snapshot.time_zone if snapshot else "UTC")


def with_related(rows: CaseQuerySet) -> CaseQuerySet:
    """Add what the properties need of other tables, within the one statement."""
    return rows.annotate(
        place_slug=F("place__slug"),
        assigned_text=joined_rows(open_assignments(), "case", *ASSIGNED_COLUMNS),
        photos_text=joined_rows(Photo.objects.all(), "case", *PHOTO_COLUMNS),
    ).defer("location_raw", "location_detail", "span", "suspension")


def case_feature(case: Case, asker: Asker, *, in_list: bool) -> dict[str, Any]:
    """Return a case as a GeoJSON feature; see `case_properties`."""
    point = case.location if case.projection == FULL else case.location_shown  # type: ignore[attr-defined]
    geometry = {"type": "Point", "coordinates": [point.x, point.y]} if point is not None else None
    return {
        "type": "Feature",
        "id": case.pk,
        "geometry": geometry,
        "properties": case_properties(case, asker, in_list=in_list),
    }


def case_properties(case: Case, asker: Asker, *, in_list: bool) -> dict[str, Any]:
    """Return the contract's properties of a case, as far as its `projection` allows.

    Parameters
    ----------
    case
        Row of `with_related(Case.objects.for_user(…))`.
    asker
    in_list
        Lists hold no text of sensitive cases, not even for those in charge.
    """
    projection: str = case.projection  # type: ignore[attr-defined]
    words = asker.words(case.place_id)
    snapshot = asker.snapshots.get(case.place_id)
    full = projection == FULL
    shown: dict[str, Any] = {
        "id": case.pk,
        "number": case.number,
        "place": case.place_slug,  # type: ignore[attr-defined]
        "status": case.status,
        "status_name": words.status(case.status),
        "category": case.category,
        "category_name": words.category(case.category),
        "text": _text(case, full=full, in_list=in_list),
        "channel": case.channel,
        "reported_at": case.reported_at,
        "received_at": case.received_at,
        "closed_at": case.closed_at,
        "deadline": case.deadline_at,
        "overdue": is_overdue(case, asker.now),
        "triage": {
            "label": case.label,
            "label_name": words.label(case.label),
            "route": case.route,
            "route_name": words.route(case.route),
            "state": case.triage_state,
        },
        "areas": _areas(case.areas, case, full=full),
        "areas_at_filing": _areas(case.areas_at_filing, case, full=full),
        "outcome": case.outcome,
        "assigned": assigned_json(
            assigned_from_text(case.assigned_text),  # type: ignore[attr-defined]
            snapshot,
            day=asker.now.astimezone(asker.zone(case.place_id)).date(),
            with_names=asker.is_staff and projection in (FULL, DEIDENTIFIED),
        ),
        "urgent": case.urgent,
        "me_too": case.me_too_count,
        "photos": photos_json(case.photos_text, case.pk, full=full),  # type: ignore[attr-defined]
        "projection": projection,
        "is_demo": case.is_demo,
    }
    if full:
        shown.update(_in_charge(case))
    elif not case.private_place and case.affected is not None:
        shown["affected"] = json.loads(case.affected.json)
    return shown


def is_overdue(case: Case, now: datetime) -> bool:
    """Tell whether work is still to be done and its deadline has passed."""
    return case.deadline_at is not None and case.status in Case.PENDING_STATUSES and case.deadline_at < now


def _text(case: Case, *, full: bool, in_list: bool) -> str:
    if in_list and case.is_sensitive:
        return ""
    return case.text if full else case.text_masked


def _areas(chain: list[dict[str, Any]], case: Case, *, full: bool) -> list[dict[str, Any]]:
    return chain if full else public_chain(chain, private_place=case.private_place)


def _in_charge(case: Case) -> dict[str, Any]:
    """Return what only the full projection has, for lists and details alike."""
    building = None
    if case.building_code:
        building = {"code": case.building_code, "name": case.building_name, "unit": case.unit_name or None}
    return {
        "building": building,
        "place_text": case.place_text,
        "affected": json.loads(case.affected.json) if case.affected is not None else None,
        "accuracy_m": case.accuracy_m,
        "pin": case.pin,
        "captured_at": case.captured_at,
        "clock_flagged": case.clock_flagged,
        "began_on": case.began_on,
        "about": case.about,
        "confidential": case.confidential,
        "sensitive": case.is_sensitive,
        "danger": case.danger,
        "skips_queue": case.skips_queue,
        "stated_category": case.stated_category,
        "deadline_flagged": case.deadline_flagged,
        "merged_into": case.merged_into_id,
        "version": case.version,
    }


def photos_json(text: str, case_id: int, *, full: bool) -> list[dict[str, Any]]:
    """Return the photos that `joined_rows` put into one text, in the order in which they were announced.

    Parameters
    ----------
    text
        Columns `PHOTO_COLUMNS`.
    case_id
    full
        False: only stored photos that an official has released.
    """
    rows: Iterable[list[str]] = sorted(
        (line.split("\t") for line in text.splitlines()), key=lambda row: int(row[4])
    )
    found = []
    for sha256, state, purpose, released, _pk in rows:
        is_released = released in ("1", "true")
        if full or (is_released and state == Photo.State.STORED):
            photo = {"sha256": sha256, "state": state, "purpose": purpose, "released": is_released}
            if state == Photo.State.STORED:
                photo["url"] = f"/api/v1/cases/{case_id}/photos/{sha256}/"
            found.append(photo)
    return found
