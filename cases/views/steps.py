"""The timeline as a page tells it: what was done, by whom, for whose eyes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

__all__ = ["STEP_TITLES", "Step", "assigned_lines", "steps_of"]

STEP_TITLES = {
    "filed": pgettext_lazy("step", "Report received"),
    "assigned": pgettext_lazy("step", "Handed over"),
    "assign": pgettext_lazy("step", "Handed over"),
    "accept": pgettext_lazy("step", "Taken on"),
    "note": pgettext_lazy("step", "Internal note"),
    "settle": pgettext_lazy("step", "Settled"),
    "return": pgettext_lazy("step", "Returned"),
    "reassign": pgettext_lazy("step", "Passed on"),
    "relocate": pgettext_lazy("step", "Pin moved and routed again"),
    "recategorise": pgettext_lazy("step", "Kind changed and routed again"),
    "extend": pgettext_lazy("step", "Time limit extended"),
    "suspend": pgettext_lazy("step", "Suspended"),
    "resume": pgettext_lazy("step", "Taken up again"),
    "call-out": pgettext_lazy("step", "Departments called out"),
    "propose-topic": pgettext_lazy("step", "Proposed as a topic"),
    "answer": pgettext_lazy("step", "Answered"),
    "close": pgettext_lazy("step", "Closed"),
    "reopen": pgettext_lazy("step", "Reopened"),
    "decline": pgettext_lazy("step", "Not taken on"),
    "merge": pgettext_lazy("step", "Joined with an earlier report"),
    "merged-in": pgettext_lazy("step", "Another report was joined to it"),
    "confirm-triage": pgettext_lazy("step", "Proposal confirmed"),
    "override-triage": pgettext_lazy("step", "Proposal changed"),
    "release-photo": pgettext_lazy("step", "Photo released to the public"),
    "withdraw-photo": pgettext_lazy("step", "Photo withdrawn from the public"),
    "photo": pgettext_lazy("step", "Photo added"),
    "me-too": pgettext_lazy("step", "Somebody else meets the same"),
    "reroute": pgettext_lazy("step", "Routed again after a change of boundaries"),
    "revised": pgettext_lazy("step", "Report corrected by who sent it"),
}
_MARKINGS = {
    "public": pgettext_lazy("visibility", "public"),
    "staff": pgettext_lazy("visibility", "staff only"),
    "internal": pgettext_lazy("visibility", "those in charge only"),
}
_DONE = frozenset({"settle", "answer", "close"})


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of the timeline."""

    at: datetime
    kind: str
    title: str
    status: str
    status_name: str
    who: str
    note: str
    lines: tuple[str, ...]
    marking: str
    is_internal: bool
    is_done: bool


def steps_of(timeline: Iterable[Mapping[str, Any]]) -> list[Step]:
    """Return the steps of a timeline (`timeline_json`), newest first."""
    found: list[Step] = []
    status = ""
    for entry in timeline:
        # The status is said where it changes: a photo or a note leaves it.
        found.append(_step(entry, changed=entry["status"] != status))
        status = entry["status"]
    return found[::-1]


def _step(entry: Mapping[str, Any], *, changed: bool) -> Step:
    kind = entry["kind"]
    visibility = entry.get("visibility", "")
    names = [part for part in (entry.get("by"), entry.get("person")) if part]
    return Step(
        at=entry["at"],
        kind=kind,
        title=str(STEP_TITLES.get(kind, kind)),
        status=entry["status"],
        status_name=entry["status_name"] if changed else "",
        who=" ".join(dict.fromkeys(names)),
        note=entry.get("note", ""),
        lines=tuple(assigned_lines(entry.get("assigned"))),
        marking=str(_MARKINGS.get(visibility, visibility)),
        is_internal=visibility == "internal",
        is_done=kind in _DONE,
    )


def assigned_lines(assigned: Mapping[str, Any] | None) -> list[str]:
    """Return who has a case, one line each: post, area and name as far as they are shown."""
    if not assigned:
        return []
    lines = []
    for person in (*assigned["leaders"], *assigned["handlers"]):
        said = " ".join(part for part in (person["area"], person["post"], person["name"]) if part)
        lines.append(str(_("%(who)s (stands in)") % {"who": said}) if person["acting"] else said)
    lines += [department["name"] for department in assigned["departments"]]
    party = assigned["party_cell"]
    if party:
        lines.append(" ".join(part for part in (party["name"], party["head_title"], party["head"]) if part))
    return lines
