"""Open cases routed again when other boundaries come into force: in bulk, in the transaction of the activation.

"Grid at filing" stays as it was; "grid now" follows. Closed cases keep the boundaries that they were closed under.
A fixed number of statements for each thousand cases, whatever becomes of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Max

from cases.domain.privacy import masked
from cases.domain.workflow import TransitionError, apply
from cases.models import (
    Assignment,
    Case,
    CaseArea,
    Event,
    Notification,
    OutboxMessage,
    Recusal,
    TriageDecision,
)
from cases.services.boundary_plan import CaseMove, Kept, Relocator
from cases.services.dispatch import set_place, shown_to_others
from cases.services.journal import event_of, outbox_message, tell
from cases.services.judging import Judged, agenda_day, decision_of, due_at
from cases.services.placing import Placed
from geo.activation import ActivationPart, Switch
from geo.routing import PlaceSnapshot, one_view

__all__ = ["PART", "cases_switch", "cases_switch_preview"]

CHUNK = 1000
SHOWN_PAIRS = 50
_BATCH = 500
_BY_HAND = ("reassign", "return")
_ROUTED = ("filed", "revised", "relocate", "recategorise", "override-triage")
_STAYS = frozenset({Case.Status.SUSPENDED, Case.Status.HANDLED, Case.Status.ANSWERED})
"""Statuses that a change of boundaries leaves: nothing is to be begun again."""
_PLACE_FIELDS = (
    "place", "is_demo", "is_published", "private_place", "text_masked", "location",
    "location_shown", "h3_cell", "h3_shown", "outcome", "location_detail", "generation", "area",
    "areas", "span", "building_code", "building_name", "unit_name",
)  # fmt: skip
_ROUTE_FIELDS = (
    "status", "category", "urgent", "skips_queue", "label", "route", "deadline_at", "deadline_flagged", "version",
)  # fmt: skip


@dataclass
class _Tally:
    """Counts of a switch, and who is told how much."""

    open: int = 0
    located_anew: int = 0
    moved: int = 0
    change_hands: int = 0
    fall_outside: int = 0
    come_inside: int = 0
    to_other_place: int = 0
    judged_otherwise: int = 0
    left_as_is: int = 0
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    came: Counter[int] = field(default_factory=Counter)
    went: Counter[int] = field(default_factory=Counter)

    def add(self, move: CaseMove) -> None:
        case, placed = move.case, move.placed
        self.located_anew += 1
        if not move.moves:
            return
        self.moved += 1
        self.change_hands += move.changes_hands
        self.fall_outside += placed.outcome == "outside" != case.outcome
        self.come_inside += case.outcome == "outside" != placed.outcome
        self.to_other_place += placed.snapshot.place_id != case.place_id
        self.judged_otherwise += move.rejudged
        self.pairs[(_leaf(case.areas), _leaf(placed.areas_json()))] += 1

    def as_json(self) -> dict[str, Any]:
        """Return the report; `by_area` lists the most frequent changes of the finest area."""
        return {
            "open": self.open,
            "located_anew": self.located_anew,
            "moved": self.moved,
            "change_hands": self.change_hands,
            "fall_outside": self.fall_outside,
            "come_inside": self.come_inside,
            "to_other_place": self.to_other_place,
            "judged_otherwise": self.judged_otherwise,
            "left_as_is": self.left_as_is,
            "by_area": [
                {"from": before or None, "to": after or None, "count": count}
                for (before, after), count in self.pairs.most_common(SHOWN_PAIRS)
            ],
        }


def _leaf(areas: Sequence[Mapping[str, str]]) -> str:
    return areas[-1]["code"] if areas else ""


def cases_switch_preview(switch: Switch) -> dict[str, Any]:
    """Return what a switch would mean for open cases; nothing is written.

    Returns
    -------
    dict
        `open, located_anew, moved, change_hands, fall_outside, come_inside, to_other_place, judged_otherwise,
        left_as_is` and `by_area`.
    """
    tally = _Tally()
    for _stay, moves in _planned(switch, tally, lock=False):
        for move in moves:
            tally.add(move)
    return tally.as_json()


def cases_switch(switch: Switch) -> dict[str, Any]:
    """Route the open cases of a place by its new boundaries; within the transaction of the activation.

    Returns
    -------
    dict
        As `cases_switch_preview`.
    """
    tally = _Tally()
    for stay, moves in _planned(switch, tally, lock=True):
        _write_staying(stay, switch.after)
        moved = []
        for move in moves:
            tally.add(move)
            if move.moves:
                moved.append((move, _set_moved(move, switch)))
            else:
                _set_place(move.case, move.placed)
        _write_cases([move.case for move in moves if not move.moves], _PLACE_FIELDS)
        _write_moved(moved, switch, tally)
    _tell_sums(switch, tally)
    return tally.as_json()


PART = ActivationPart("cases", preview=cases_switch_preview, apply=cases_switch)


def _planned(
    switch: Switch, tally: _Tally, *, lock: bool
) -> Iterator[tuple[list[tuple[Case, int]], list[CaseMove]]]:
    """Yield, chunk by chunk, the cases that stay with the id of their leaf, and what becomes of the others."""
    relocator = Relocator(switch)
    found = Case.objects.filter(place_id=switch.place_id, status__in=Case.OPEN_STATUSES).order_by("pk")
    ids = list(found.values_list("pk", flat=True))
    for start in range(0, len(ids), CHUNK):
        rows = Case.objects.filter(pk__in=ids[start : start + CHUNK]).order_by("pk")
        cases = list(rows.select_for_update() if lock else rows)
        looks, stay = relocator.changed(cases)
        tally.open += len(cases)
        tally.left_as_is += len(cases) - len(looks) - len(stay)
        kept = _kept([case.pk for case, _placed in looks])
        with one_view(as_if=switch.after):
            moves = [relocator.move(case, placed, kept) for case, placed in looks]
        yield stay, moves


def _kept(ids: Sequence[int]) -> Kept:
    if not ids:
        return Kept()
    areas: dict[int, set[tuple[str, str, bool]]] = {}
    for case_id, level, code, by_span in CaseArea.objects.filter(case_id__in=ids).values_list(
        "case_id", "level", "code", "by_span"
    ):
        areas.setdefault(case_id, set()).add((level, code, by_span))
    standing: dict[int, list[Assignment]] = {}
    for row in Assignment.objects.filter(case_id__in=ids, until__isnull=True).order_by("pk"):
        standing.setdefault(row.case_id, []).append(row)
    recused: dict[int, set[int]] = {}
    for case_id, person_id in Recusal.objects.filter(case_id__in=ids).values_list("case_id", "person_id"):
        recused.setdefault(case_id, set()).add(person_id)
    latest = TriageDecision.objects.filter(case_id__in=ids).values("case_id").annotate(last=Max("pk"))
    decisions = TriageDecision.objects.filter(pk__in=[row["last"] for row in latest])
    return Kept(
        areas={case_id: frozenset(found) for case_id, found in areas.items()},
        standing=standing,
        decisions={decision.case_id: decision for decision in decisions},
        recused={case_id: frozenset(people) for case_id, people in recused.items()},
        by_hand=_by_hand(ids),
    )


def _by_hand(ids: Sequence[int]) -> frozenset[int]:
    """Return the cases that people passed on after they were last routed."""

    def last(kinds: tuple[str, ...]) -> dict[int, int]:
        rows = Event.objects.filter(case_id__in=ids, kind__in=kinds).order_by()
        return dict(rows.values_list("case_id").annotate(last=Max("pk")))

    passed, routed = last(_BY_HAND), last(_ROUTED)
    return frozenset(case_id for case_id, event in passed.items() if event > routed.get(case_id, 0))


def _set_place(case: Case, placed: Placed) -> None:
    """Write where a case lies into its fields; what was sent, and what it is, stay."""
    said = (case.location_raw, case.accuracy_m, case.pin)
    kinds = placed.section.categories_by_key
    kind = kinds.get(case.category, kinds["unsorted"])
    hidden = case.is_sensitive or case.confidential or case.about != Case.About.NONE
    case.is_published, case.private_place = shown_to_others(placed, kind, hidden=hidden)
    case.text_masked = masked(case.text_masked or case.text, private_place=case.private_place)
    set_place(case, placed, private_place=case.private_place)
    case.location_raw, case.accuracy_m, case.pin = said
    case.place_id, case.is_demo = placed.snapshot.place_id, placed.snapshot.is_demo


def _set_moved(move: CaseMove, switch: Switch) -> tuple[Event, TriageDecision | None]:
    """Write what follows from the new place into the fields of a case; return its event and a new judgement."""
    case = move.case
    before = {"areas": case.areas, "category": case.category, "label": case.label, "route": case.route}
    from_status = case.status
    case.category = move.category
    _set_place(case, move.placed)
    decision = _judge_again(move, switch) if move.rejudged else None
    if move.changes_hands and case.status not in _STAYS:
        with suppress(TransitionError):
            case.status = apply(case.status, "reroute", routed=move.plan.routed)
    case.version += 1
    data: dict[str, Any] = {
        "from": before,
        "to": {"areas": case.areas, "category": case.category, "label": case.label, "route": case.route},
        "generation": {
            "from": switch.before.name if switch.before else None,
            "to": move.placed.snapshot.generation,
        },
    }
    if move.changes_hands:
        data |= replace(move.plan, rows=move.fresh).as_json()
    return event_of(case, "reroute", at=switch.at, actor=None, from_status=from_status, data=data), decision


def _judge_again(move: CaseMove, switch: Switch) -> TriageDecision:
    """Let what the rules now propose hold, with its deadline; return the judgement."""
    case, placed, proposal, facts = move.case, move.placed, move.proposal, move.facts
    assert proposal is not None
    assert facts is not None
    zone, section = placed.snapshot.time_zone, placed.section
    due = due_at(section, zone, case.received_at, proposal.limit)
    agenda = agenda_day(section, zone, case.received_at, proposal.agenda_by)
    case.label, case.route = proposal.label, proposal.route
    case.urgent, case.skips_queue = proposal.urgency == "urgent", proposal.skips_queue
    if case.status != Case.Status.SUSPENDED:
        extended = move.extended_until
        case.deadline_at = due.at if due else None
        case.deadline_flagged = bool(due and not due.calendar_known)
        if extended is not None and case.deadline_at is not None:
            case.deadline_at = max(case.deadline_at, extended)
    return decision_of(case, Judged(facts, proposal, due, agenda), at=switch.at)


def _write_staying(stay: Sequence[tuple[Case, int]], snapshot: PlaceSnapshot) -> None:
    """Point cases whose areas are the same to the rows of the new generation; names may have changed."""
    for case, leaf_id in stay:
        chain = snapshot.chain(leaf_id)
        case.generation_id, case.area_id = snapshot.generation_id, leaf_id
        case.areas = [{"level": area.level, "code": area.code, "name": area.name} for area in chain]
    _write_cases([case for case, _leaf_id in stay], ("generation", "area", "areas"))


def _write_cases(cases: Sequence[Case], fields: Iterable[str]) -> None:
    """Write fields of stored cases: one statement for some hundred rows, on both databases.

    `bulk_update` builds one CASE … WHEN for each row and field; this is an insert that finds every row there.
    """
    if cases:
        Case.objects.bulk_create(
            cases, batch_size=_BATCH, update_conflicts=True, unique_fields=["id"], update_fields=list(fields)
        )


def _write_moved(
    moved: Sequence[tuple[CaseMove, tuple[Event, TriageDecision | None]]], switch: Switch, tally: _Tally
) -> None:
    if not moved:
        return
    moves = [move for move, _written in moved]
    _write_cases([move.case for move in moves], (*_PLACE_FIELDS, *_ROUTE_FIELDS))
    CaseArea.objects.filter(case_id__in=[move.case.pk for move in moves]).delete()
    CaseArea.objects.bulk_create(
        (
            CaseArea(case=move.case, place_id=move.case.place_id, level=level, code=code, by_span=by_span)
            for move in moves
            for level, code, by_span in sorted(move.areas)
        ),
        batch_size=_BATCH,
    )
    ended = [row.pk for move in moves for row in move.ended]
    Assignment.objects.filter(pk__in=ended).update(until=switch.at)
    Assignment.objects.bulk_create(
        (
            row
            for move in moves
            for row in replace(move.plan, rows=move.fresh).assignments(move.case, switch.at)
        ),
        batch_size=_BATCH,
    )
    Recusal.objects.bulk_create(
        (Recusal(case=move.case, person_id=person) for move in moves for person in sorted(move.plan.named)),
        ignore_conflicts=True,
        batch_size=_BATCH,
    )
    Event.objects.bulk_create((event for _move, (event, _decision) in moved), batch_size=_BATCH)
    decisions = [decision for _move, (_event, decision) in moved if decision is not None]
    TriageDecision.objects.bulk_create(decisions, batch_size=_BATCH)
    messages = [outbox_message(move.case, "case.reroute", at=switch.at) for move in moves]
    OutboxMessage.objects.bulk_create([message for message in messages if message], batch_size=_BATCH)
    _tell(moves, switch, tally)


def _tell(moves: Sequence[CaseMove], switch: Switch, tally: _Tally) -> None:
    """Tell people at once of what skips every queue; count the rest for one line each."""
    lines = []
    for move in moves:
        if not move.changes_hands:
            continue
        had = {row.person_id for row in move.ended if row.person_id}
        has = {row.person_id for row in move.fresh if row.person_id} | (move.plan.told - move.told_before)
        if move.case.skips_queue:
            lines += tell(move.case, has, "urgent", at=switch.at)
        else:
            tally.came.update(has)
        tally.went.update(had - move.plan.told)
    Notification.objects.bulk_create(lines, batch_size=_BATCH)


def _tell_sums(switch: Switch, tally: _Tally) -> None:
    """Tell everybody once how many cases came and went: three hundred lines in an inbox tell nothing."""
    people = sorted(set(tally.came) | set(tally.went))
    Notification.objects.bulk_create(
        (
            Notification(
                person_id=person,
                kind="reroute",
                data={
                    "generation": switch.after.generation,
                    "came": tally.came[person],
                    "went": tally.went[person],
                },
                created_at=switch.at,
            )
            for person in people
        ),
        batch_size=_BATCH,
    )
