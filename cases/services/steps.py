"""What each action does to a case, beyond the status that the transition table gives it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from cases.domain.deadlines import Suspended, resume, suspend
from cases.errors import ActionNotAllowed, InvalidPayload
from cases.models import Assignment, Case, Event, MeToo, Photo
from cases.selectors.authority import actions_for, capabilities_on
from cases.selectors.calendar import calendar_for
from cases.selectors.clock import local_day_of
from cases.selectors.detail import case_for
from cases.services.journal import event_of
from cases.services.judging import due_at
from cases.services.steps_base import Outcome, Step
from geo.errors import NotAllowed
from geo.selectors.authority import authority_of

__all__ = ["CHECKS", "HANDLERS"]


def _accept(step: Step) -> Outcome:
    section = step.section
    if section.clock.runs_from == "accepted" and step.case.status == Case.Status.ASSIGNED:
        due = due_at(section, step.snapshot.time_zone, step.at, step.limit)
        step.case.deadline_at = due.at if due else None
        step.case.deadline_flagged = bool(due and not due.calendar_known)
    return Outcome()


def _with_photos(step: Step) -> Outcome:
    """Announce photos of what was done; their bytes follow like those of a filing."""
    known = set(Photo.objects.filter(case=step.case).values_list("sha256", flat=True))
    purpose = "note" if step.action == "note" else "result"
    Photo.objects.bulk_create(
        Photo(case=step.case, sha256=sha256, purpose=purpose, uploaded_by=step.actor, created_at=step.at)
        for sha256 in dict.fromkeys(step.given.photo)
        if sha256 not in known
    )
    if step.action == "close":
        step.case.closed_at = step.at
    return Outcome({"photos": list(step.given.photo)} if step.given.photo else {})


def _extend(step: Step) -> Outcome:
    until = step.given.until_moment(step.snapshot.time_zone)
    current = step.case.deadline_at
    if until is None or until <= step.at or (current is not None and until <= current):
        message = _("until must be later than now and than the current deadline; got '%(until)s'")
        shown = until.isoformat() if until else ""
        raise InvalidPayload(message % {"until": shown}, field="until", value=shown)
    step.case.deadline_at = until
    before = current.isoformat() if current else None
    return Outcome({"deadline": until.isoformat(), "deadline_before": before})


def _check_extension(step: Step) -> None:
    """Hold an extension to what the profile allows: so many since work began (again), each of so many days."""
    extension, time_zone = step.section.extension, step.snapshot.time_zone
    until, current = step.given.until_moment(time_zone), step.case.deadline_at
    events = Event.objects.filter(case=step.case)
    begun = events.filter(kind="reopen").order_by("-id").values_list("id", flat=True).first() or 0
    if (times := events.filter(kind="extend", id__gt=begun).count()) >= extension.times:
        message = _("The time limit has been extended %(times)d times; accepted: %(limit)d")
        raise ActionNotAllowed(
            message % {"times": times, "limit": extension.times},
            field="action",
            value=step.action,
            accepted=[action for action in actions_for(step.actor, step.case) if action != step.action],
            status_now=step.case.status,
        )
    last_day = local_day_of(max(step.at, current or step.at), time_zone) + timedelta(days=extension.days)
    if until is not None and until > datetime.combine(
        last_day + timedelta(days=1), time(), ZoneInfo(time_zone)
    ):
        message = _(
            "until must be within %(days)d days of the current deadline, at latest %(last)s; got '%(until)s'"
        )
        shown = {"days": extension.days, "last": last_day.isoformat(), "until": until.isoformat()}
        raise InvalidPayload(
            message % shown, field="until", value=until.isoformat(), accepted=f"≤ {last_day.isoformat()}"
        )


def _suspend(step: Step) -> Outcome:
    case, until = step.case, step.given.until_moment(step.snapshot.time_zone)
    if until is not None and until <= step.at:
        raise InvalidPayload(_("until must be later than now"), field="until", value=until.isoformat())
    kept: dict[str, Any] = {"since": step.at.isoformat(), "until": until.isoformat() if until else None}
    limit = step.limit
    if case.deadline_at is not None and limit is not None:
        calendar = calendar_for(step.section, step.snapshot.time_zone, step.at, limit)
        left = suspend(step.at, case.deadline_at, limit, calendar)
        kept |= {"left_s": left.left.total_seconds(), "in_working_time": left.in_working_time}
        kept["deadline"] = case.deadline_at.isoformat()
        case.deadline_at = None
    case.suspension = kept
    return Outcome({"until": kept["until"]})


def _resume(step: Step) -> Outcome:
    case, kept, limit = step.case, step.case.suspension, step.limit
    if "left_s" in kept and limit is not None:
        left = Suspended(timedelta(seconds=kept["left_s"]), kept["in_working_time"])
        due = resume(step.at, left, calendar_for(step.section, step.snapshot.time_zone, step.at, limit))
        case.deadline_at, case.deadline_flagged = due.at, not due.calendar_known
    case.suspension = {}
    return Outcome({"deadline": case.deadline_at.isoformat() if case.deadline_at else None})


def _reopen(step: Step) -> Outcome:
    """Work begins again, with the same limit from now on."""
    due = due_at(step.section, step.snapshot.time_zone, step.at, step.limit)
    step.case.closed_at = None
    step.case.deadline_at = due.at if due else None
    step.case.deadline_flagged = bool(due and not due.calendar_known)
    told = Assignment.objects.filter(case=step.case, until__isnull=True, person__isnull=False)
    return Outcome({}, set(told.values_list("person_id", flat=True)))


def _decline(step: Step) -> Outcome:
    step.case.closed_at = step.at
    return Outcome()


def _merge(step: Step) -> Outcome:
    """Close a case as the same matter as another; whoever brought it counts there as one more."""
    case, into = step.case, step.given.into or 0
    target = case_for(step.actor, into)
    if "case.merge" not in capabilities_on(authority_of(step.actor), target):
        raise NotAllowed(_("You may not merge into this case."), field="into", value=into)
    if target.pk == case.pk or target.place_id != case.place_id or target.about != case.about:
        raise InvalidPayload(_("into must be another case of the same place"), field="into", value=into)
    target = Case.objects.select_for_update().get(pk=into)
    if target.status in (Case.Status.MERGED, Case.Status.DECLINED):
        message = _("into must not be merged or declined itself; case %(into)s is '%(status)s'")
        raise ActionNotAllowed(message % {"into": into, "status": target.status}, field="into", value=into)
    case.merged_into, case.closed_at = target, step.at
    voices = [MeToo(case=target, person_id=case.filed_by_id, client_id=case.client_id)]
    voices += [
        MeToo(case=target, person_id=person, client_id=client)
        for person, client in case.me_toos.values_list("person_id", "client_id")
        if person is None or person != target.filed_by_id
    ]
    if case.filed_by_id is not None and case.filed_by_id == target.filed_by_id:
        voices.pop(0)
    MeToo.objects.bulk_create(voices, ignore_conflicts=True)
    target.me_too_count = target.me_toos.count()
    target.version += 1
    target.save(update_fields=["me_too_count", "version"])
    event_of(
        target,
        "merged-in",
        at=step.at,
        actor=step.actor,
        visibility=Event.Visibility.STAFF,
        from_status=target.status,
        data={"case": case.pk},
    ).save(force_insert=True)
    return Outcome({"merged_into": target.number, "into": target.pk})


def _photo_release(step: Step) -> Outcome:
    released = step.action == "release-photo"
    found = Photo.objects.filter(case=step.case, sha256__in=step.given.photo, state=Photo.State.STORED)
    if found.count() != len(set(step.given.photo)):
        stored = Photo.objects.filter(case=step.case, state=Photo.State.STORED).values_list(
            "sha256", flat=True
        )
        raise InvalidPayload(
            _("photo must be a stored photo of this case"), field="photo", accepted=list(stored)
        )
    found.update(released=released)
    return Outcome({"photos": list(step.given.photo)})


def _plain(step: Step) -> Outcome:
    return Outcome()


CHECKS: Mapping[str, Callable[[Step], None]] = {"extend": _check_extension}
"""What an action needs beyond the transition table, as far as earlier events tell."""
HANDLERS: Mapping[str, Callable[[Step], Outcome]] = {
    "accept": _accept,
    "note": _with_photos,
    "settle": _with_photos,
    "close": _with_photos,
    "extend": _extend,
    "suspend": _suspend,
    "resume": _resume,
    "answer": _plain,
    "reopen": _reopen,
    "decline": _decline,
    "merge": _merge,
    "release-photo": _photo_release,
    "withdraw-photo": _photo_release,
}
