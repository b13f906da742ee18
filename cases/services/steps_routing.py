"""Actions that change whose a case is: passed back or on, moved on the map, of another kind, judged otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from cases.domain.exclusion import exclusion_for
from cases.domain.triage import deadline_rule_for
from cases.domain.vocabulary import LABEL_SEPARATOR, ROUTES
from cases.errors import ActionNotAllowed, InvalidPayload
from cases.models import Assignment, Case, Recusal, TriageDecision
from cases.selectors.authority import actions_for
from cases.selectors.clock import local_day_of
from cases.services.assigning import offices_at, plan_assignments
from cases.services.dispatch import dispatch_case
from cases.services.judging import Judged, decision_of, due_at, rules_of
from cases.services.payload import Where
from cases.services.placing import (
    FOUND_BY_WORDS,
    UNLOCATED,
    Placed,
    check_geometry,
    place_filing,
    unlocated,
)
from cases.services.rerouting import end_assignments, reroute
from cases.services.steps_base import Outcome, Step
from geo.domain.directory import PostRecord

__all__ = ["HANDLERS", "placed_again"]

_MOVING = (Assignment.Kind.LEADER, Assignment.Kind.HANDLER, Assignment.Kind.DEPARTMENT)


def placed_again(case: Case) -> Placed:
    """Return where a case lies by the boundaries in force now, from what was sent."""
    raw = {
        name: value for name, value in case.location_raw.items() if name not in (FOUND_BY_WORDS, UNLOCATED)
    }
    doubted = dict(case.location_raw.get(UNLOCATED, ()))
    why = doubted.pop("why", "")
    if why == "outside":
        raw |= doubted
    if "affected" not in raw and case.affected is not None:
        raw["affected"] = json.loads(case.affected.json)
    if not raw.get("location") and not raw.get("affected") and not raw.get("place_code"):
        raw["place"] = case.place.slug
    placed = place_filing(Where.model_validate_json(json.dumps(raw)), None)
    if why == "outside":
        return unlocated(placed, why) if placed.outcome == "outside" else placed
    return replace(placed, raw=placed.raw | {UNLOCATED: {"why": why, **doubted}}) if why else placed


def _relocate(step: Step) -> Outcome:
    where = step.given.where
    assert where is not None
    if where.pin is None:
        where = where.model_copy(update={"pin": "confirmed"})
    if where.location is None and where.affected is None and not where.place_code:
        raise InvalidPayload(_("relocate needs location, affected or place_code"), field="location")
    placed = place_filing(where, step.actor)
    before = step.case.location
    check_geometry(_kind_at(placed, step.case.category), where.affected)
    moved = _again(step, placed, step.case.category)
    moved["from"]["location"] = [before.x, before.y] if before is not None else None
    moved["to"]["location"] = list(placed.lonlat) if placed.lonlat else None
    return Outcome(moved, is_saved=True)


def _kind_at(placed: Placed, category: str) -> Any:
    kinds = placed.section.categories_by_key
    return kinds.get(category, kinds["unsorted"])


def _recategorise(step: Step) -> Outcome:
    placed = placed_again(step.case)
    known = placed.section.categories_by_key
    if step.given.category not in known:
        message = _("category must be one of those of the place; got '%(category)s'")
        raise InvalidPayload(
            message % {"category": step.given.category},
            field="category",
            value=step.given.category,
            accepted=list(known),
        )
    step.case.stated_category = ""
    return Outcome(_again(step, placed, step.given.category), is_saved=True)


def _again(step: Step, placed: Placed, category: str) -> dict[str, Any]:
    case = step.case
    dispatch = dispatch_case(
        placed,
        stated_category=category,
        received_at=case.received_at,
        urgent=case.stated.get("urgent", False),
        danger=case.stated.get("danger", False),
        about=case.about,
        confidential=case.stated.get("confidential", False),
        channel=case.channel,
        began_on=case.began_on,
        me_too=case.me_too_count,
        except_case=case.pk,
    )
    return reroute(case, dispatch, actor=step.actor, at=step.at, action=step.action)


def _return(step: Step) -> Outcome:
    """Give a case back to whoever dispatches it one level up; the Party cell keeps it."""
    case, placed = step.case, placed_again(step.case)
    standing = list(Assignment.objects.filter(case=case, until__isnull=True, kind__in=_MOVING))
    own = [row for row in standing if _is_held(row, step)]
    level = placed.profile.geo.level_above(step.grant.level) if step.grant and step.grant.level else None
    day = local_day_of(step.at, placed.snapshot.time_zone)
    offices = offices_at(placed, level or placed.snapshot.index.levels[0], "official", day)
    named = set(Recusal.objects.filter(case=case).values_list("person_id", flat=True))
    fresh = [
        _handler(case, post, code, step)
        for post, code in offices
        if (holder := post.holder_on(day)) and holder.user_id not in named and _may_take(case, placed, post)
    ]
    end_assignments(case, own, at=step.at)
    still = {row.post_id for row in standing if row not in own}
    fresh = [row for row in fresh if row.post_id not in still]
    Assignment.objects.bulk_create(fresh)
    told = {row.person_id for row in fresh if row.person_id}
    return Outcome({"assigned": _rows_json(fresh)}, told)


def _is_held(row: Assignment, step: Step) -> bool:
    grant = step.grant
    if grant is None:
        return False
    return row.post_id == grant.post_id or (
        row.department_id is not None and row.department_id == grant.department_id
    )


def _handler(case: Case, post: PostRecord, code: str, step: Step) -> Assignment:
    holder = post.holder_on(local_day_of(step.at, step.snapshot.time_zone))
    return Assignment(
        case=case,
        kind=Assignment.Kind.HANDLER,
        post_id=post.id,
        person_id=holder.user_id if holder else None,
        area_code=code,
        since=step.at,
    )


def _may_take(case: Case, placed: Placed, post: PostRecord) -> bool:
    """Tell whether a kind of post is not among those that the case is about."""
    exclusion = exclusion_for(case.about, placed.section, placed.profile.geo)  # type: ignore[arg-type]
    return post.kind not in exclusion.posts


def _rows_json(rows: Iterable[Assignment]) -> list[dict[str, Any]]:
    names = ("kind", "post_id", "party_organisation_id", "department_id", "person_id", "area_code")
    return [{name: value for name in names if (value := getattr(row, name))} for row in rows]


def _reassign(step: Step) -> Outcome:
    """Pass a case on to another post, department or level; whoever had it before no longer has."""
    case, target = step.case, step.given.to
    assert target is not None
    placed = placed_again(case)
    if target.post is not None:
        fresh = [_to_post(step, placed, target.post)]
    elif target.department:
        fresh = [_to_department(step, target.department)]
    else:
        fresh = _to_level(step, placed, target.level or "")
    standing = list(Assignment.objects.filter(case=case, until__isnull=True, kind__in=_MOVING))
    wanted = {(row.post_id, row.department_id) for row in fresh}
    stays = {(row.post_id, row.department_id) for row in standing} & wanted
    end_assignments(case, [r for r in standing if (r.post_id, r.department_id) not in wanted], at=step.at)
    made = [row for row in fresh if (row.post_id, row.department_id) not in stays]
    Assignment.objects.bulk_create(made)
    return Outcome({"assigned": _rows_json(fresh)}, _told_of(step, made))


def _told_of(step: Step, rows: Iterable[Assignment]) -> set[int]:
    day = local_day_of(step.at, step.snapshot.time_zone)
    told = {row.person_id for row in rows if row.person_id}
    departments = {row.department_id for row in rows if row.department_id}
    for post in step.snapshot.directory.posts_by_id.values():
        if post.department_id in departments and (holder := post.holder_on(day)):
            told.add(holder.user_id)
    return told


def _to_post(step: Step, placed: Placed, post_id: int) -> Assignment:
    directory = step.snapshot.directory
    post = directory.posts_by_id.get(post_id)
    holder = post.holder_on(local_day_of(step.at, step.snapshot.time_zone)) if post else None
    if post is None or holder is None:
        raise InvalidPayload(_("to.post must be a filled post of the place"), field="to.post", value=post_id)
    _refuse_named(step, placed, post, holder.user_id)
    return _handler(step.case, post, post.area_code, step)


def _refuse_named(step: Step, placed: Placed, post: PostRecord, person_id: int) -> None:
    named = Recusal.objects.filter(case=step.case, person_id=person_id).exists()
    if named or not _may_take(step.case, placed, post):
        raise InvalidPayload(
            _("The case is about those whom it would reach; it goes one level up."),
            field="to.post",
            value=post.id,
        )


def _to_department(step: Step, code: str) -> Assignment:
    known = {department.code: department for department in step.snapshot.directory.departments}
    if code not in known or step.case.about != "none":
        message = _("to.department must be a department of the place; got '%(code)s'")
        raise InvalidPayload(
            message % {"code": code}, field="to.department", value=code, accepted=sorted(known)
        )
    return Assignment(
        case=step.case, kind=Assignment.Kind.DEPARTMENT, department_id=known[code].id, since=step.at
    )


def _to_level(step: Step, placed: Placed, level: str) -> list[Assignment]:
    levels = placed.snapshot.index.levels
    if level not in levels:
        message = _("to.level must be one of %(accepted)s; got '%(level)s'")
        shown = {"accepted": ", ".join(levels), "level": level}
        raise InvalidPayload(message % shown, field="to.level", value=level, accepted=levels)
    day = local_day_of(step.at, placed.snapshot.time_zone)
    named = set(Recusal.objects.filter(case=step.case).values_list("person_id", flat=True))
    found = [
        _handler(step.case, post, code, step)
        for post, code in offices_at(placed, level, "official", day)
        if _may_take(step.case, placed, post)
        and (holder := post.holder_on(day))
        and holder.user_id not in named
    ]
    if not found:
        raise InvalidPayload(_("Nobody at that level can take the case."), field="to.level", value=level)
    return found


def _confirm_triage(step: Step) -> Outcome:
    if step.case.triage_state == Case.TriageState.CONFIRMED:
        raise ActionNotAllowed(
            _("Label and route are confirmed already."),
            field="action",
            value=step.action,
            accepted=list(actions_for(step.actor, step.case)),
            status_now=step.case.status,
        )
    latest = TriageDecision.objects.filter(case=step.case).order_by("-id").first()
    if latest is not None:
        latest.pk = None
        latest._state.adding = True
        latest.at, latest.state = step.at, Case.TriageState.CONFIRMED
        latest.decided_by, latest.reason = step.actor, step.given.note
        latest.save(force_insert=True)
    step.case.triage_state = Case.TriageState.CONFIRMED
    return Outcome({"label": step.case.label, "route": step.case.route})


def _override_triage(step: Step) -> Outcome:
    """Decide label and route otherwise than the rules; the reason stays beside what they proposed."""
    case, given = step.case, step.given
    placed = placed_again(case)
    rules = rules_of(placed.profile)
    label = given.label.rpartition(LABEL_SEPARATOR)[2]
    _check_choice("label", label, list(rules.cases.labels_by_key))
    _check_choice("route", given.route, list(ROUTES))
    if given.level:
        _check_choice("level", given.level, list(placed.snapshot.index.levels))
    dispatch = dispatch_case(
        placed,
        stated_category=case.category,
        received_at=case.received_at,
        urgent=case.stated.get("urgent", False),
        danger=case.stated.get("danger", False),
        about=case.about,
        confidential=case.stated.get("confidential", False),
        channel=case.channel,
        began_on=case.began_on,
        me_too=case.me_too_count,
        except_case=case.pk,
    )
    proposed = dispatch.judged
    topic = given.route == "topic"
    agenda = proposed.proposal.agenda_by if topic else None
    facts = replace(proposed.facts, urgency=proposed.proposal.urgency)
    rule = deadline_rule_for(facts, rules, label=label, route=given.route, agenda=agenda is not None)
    decided = replace(
        proposed.proposal,
        label=rules.label(label),
        route=given.route,  # type: ignore[arg-type]
        level=given.level or proposed.proposal.level,
        tracks=("assignment", "topic") if topic else ("assignment",),
        deadline_rule=rule.key,
        limit=rule.limit,
        agenda_by=agenda,
    )
    due = due_at(placed.section, placed.snapshot.time_zone, case.received_at, decided.limit)
    judged = Judged(proposed.facts, decided, due, proposed.agenda_by if topic else None)
    day = local_day_of(step.at, placed.snapshot.time_zone)
    plan = plan_assignments(placed, decided, dispatch.category, day=day)
    changes = reroute(
        case,
        replace(dispatch, judged=judged, plan=plan),
        actor=step.actor,
        at=step.at,
        action=step.action,
        decision=decision_of(
            case,
            judged,
            at=step.at,
            state=Case.TriageState.CONFIRMED,
            decided_by=step.actor,
            reason=given.reason,
        ),
    )
    changes |= {"label": case.label, "route": case.route}
    return Outcome(changes, is_saved=True)


def _check_choice(name: str, value: str, accepted: list[str]) -> None:
    if value not in accepted:
        message = _("%(name)s must be one of %(accepted)s; got '%(value)s'")
        shown = {"name": name, "accepted": ", ".join(accepted), "value": value}
        raise InvalidPayload(message % shown, field=name, value=value, accepted=accepted)


HANDLERS: Mapping[str, Callable[[Step], Outcome]] = {
    "return": _return,
    "reassign": _reassign,
    "relocate": _relocate,
    "recategorise": _recategorise,
    "confirm-triage": _confirm_triage,
    "override-triage": _override_triage,
}
