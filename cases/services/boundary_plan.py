"""What other boundaries mean for open cases: where each lies now, what follows from it, who has it then.

Cases are located all at once (`RoutingIndex.locate_many`). Only those that come out otherwise, or could (drawn as a
line or area, chosen by name, near a building that changed), are looked at one by one, for their reasons in words.
Facts that do not hang on boundaries stay as they were judged; what people have decided stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
import shapely

from cases.domain.facts import COUNT_BY_LEVEL, Facts, facts_for
from cases.domain.triage import Proposal, triage
from cases.models import Assignment, Case, TriageDecision
from cases.selectors.assigned import Assigned
from cases.selectors.clock import local_day_of
from cases.services.assigning import Plan, authority_of, competent_departments, plan_assignments
from cases.services.dispatch import assignment_key
from cases.services.judging import rules_of
from cases.services.placing import Placed, placed_at
from geo.activation import Switch
from geo.db.convert import to_shapely
from geo.domain.areas import AreaRecord, Objects
from geo.domain.crs import project
from geo.domain.location import OUTCOMES
from geo.errors import InvalidInput, NotThere
from geo.routing import area_records, one_view
from geo.selectors.locate import locate_area, locate_pin

__all__ = ["CaseMove", "Kept", "Relocator"]

CaseAreaKey = tuple[str, str, bool]
_ON_BOUNDARIES = (
    "span", "outcome", "enclosure", "departments", "authority", "authority_tier", *COUNT_BY_LEVEL.values(),
)  # fmt: skip
"""Facts that follow from where the boundaries run."""
_MOVING = (Assignment.Kind.LEADER, Assignment.Kind.HANDLER, Assignment.Kind.DEPARTMENT)


@dataclass(frozen=True)
class Kept:
    """What is stored of some cases beside their own rows, by case id.

    Attributes
    ----------
    areas
        (level, code, by span) of `CaseArea`.
    standing
        Open assignments.
    decisions
        Latest judgement.
    recused
        People kept from it.
    by_hand
        Ids of the cases that people passed on since they were last routed.
    """

    areas: Mapping[int, frozenset[CaseAreaKey]] = field(default_factory=dict)
    standing: Mapping[int, Sequence[Assignment]] = field(default_factory=dict)
    decisions: Mapping[int, TriageDecision] = field(default_factory=dict)
    recused: Mapping[int, frozenset[int]] = field(default_factory=dict)
    by_hand: frozenset[int] = frozenset()


@dataclass(frozen=True)
class CaseMove:
    """What becomes of one case that comes out otherwise.

    Attributes
    ----------
    case
        As it is; nothing is changed by planning.
    placed
    areas
        Its `CaseArea` rows then.
    moves
        Other areas than before. Otherwise only details differ: names, distance to the border, the building.
    category, facts, proposal
        As they then hold.
    rejudged
        The rules propose otherwise than they did, and nobody has decided yet.
    extended_until
        Deadline where people have extended it beyond what the rules said.
    plan
        Who is to have it.
    ended, fresh
        Assignments that end, and that begin.
    told_before
        Ids of the people who have it now.
    """

    case: Case
    placed: Placed
    areas: frozenset[CaseAreaKey]
    moves: bool
    category: str = ""
    facts: Facts | None = None
    proposal: Proposal | None = None
    rejudged: bool = False
    extended_until: datetime | None = None
    plan: Plan = field(default_factory=lambda: Plan((), frozenset(), frozenset(), False))
    ended: tuple[Assignment, ...] = ()
    fresh: tuple[Assigned, ...] = ()
    told_before: frozenset[int] = frozenset()

    @property
    def changes_hands(self) -> bool:
        """Somebody else has it then."""
        return bool(self.ended or self.fresh)


class Relocator:
    """Locates open cases by the boundaries of a switch.

    Parameters
    ----------
    switch : Switch
    """

    def __init__(self, switch: Switch) -> None:
        self.switch = switch
        self.snapshot = switch.after
        self.day = local_day_of(switch.at, self.snapshot.time_zone)
        self._chains: dict[int, tuple[tuple[str, str], ...]] = {}

    def changed(self, cases: Sequence[Case]) -> tuple[list[tuple[Case, Placed]], list[tuple[Case, int]]]:
        """Return the cases that need a look, each where it lies then, and the others with the id of their leaf.

        Parameters
        ----------
        cases
            Open cases of the place.
        """
        look, stay = [], []
        leaf, outcome = self._located(cases)
        near = self._near_changed_footprints(cases)
        with one_view(as_if=self.snapshot):
            for position, case in enumerate(cases):
                known = int(leaf[position])
                same = (
                    known >= 0
                    and not near[position]
                    and case.affected is None
                    and not case.location_raw.get("place_code")
                    and OUTCOMES[outcome[position]] == case.outcome
                    and self._chain(known) == tuple((a["level"], a["code"]) for a in case.areas)
                )
                if same:
                    stay.append((case, self.snapshot.index.leaves[known].id))
                elif (placed := self._placed(case)) is not None:
                    look.append((case, placed))
        return look, stay

    def _located(self, cases: Sequence[Case]) -> tuple[Any, Any]:
        """Return leaf position (-1: none, or no pin) and outcome of each case."""
        leaf = np.full(len(cases), -1, dtype=np.int64)
        outcome = np.zeros(len(cases), dtype=np.uint8)
        pinned = [position for position, case in enumerate(cases) if case.location is not None]
        if pinned:
            lon, lat = _lonlats(cases[position] for position in pinned)
            default_m = self.snapshot.profile.geo.tolerances.default_accuracy_m
            found = self.snapshot.index.locate_many(
                lon,
                lat,
                accuracy_m=[_accuracy_m(cases[position], default_m) for position in pinned],
                confirmed=[cases[position].pin in ("confirmed", "building") for position in pinned],
            )
            leaf[pinned], outcome[pinned] = found.leaf, found.outcome
        return leaf, outcome

    def _chain(self, leaf: int) -> tuple[tuple[str, str], ...]:
        found = self._chains.get(leaf)
        if found is None:
            refs = self.snapshot.index.chain(self.snapshot.index.leaves[leaf].id)
            found = self._chains[leaf] = tuple((ref.level, ref.code) for ref in refs)
        return found

    def _near_changed_footprints(self, cases: Sequence[Case]) -> Any:
        """Tell which cases a building or unit can have come to, or left, with the new boundaries."""
        near = np.zeros(len(cases), dtype=bool)
        pinned = [position for position, case in enumerate(cases) if case.location is not None]
        if len(self._footprints) and pinned:
            transform = self.snapshot.metric_srid
            points = project(shapely.points(*_lonlats(cases[position] for position in pinned)), transform)
            tolerance_m = self.snapshot.index.building_tolerance_m
            hit = shapely.STRtree(points).query(self._footprints, predicate="dwithin", distance=tolerance_m)[
                1
            ]
            near[np.array(pinned)[np.unique(hit)]] = True
        return near

    @cached_property
    def _footprints(self) -> Objects:
        """Footprints, in metres, that only one of the two generations has like this."""
        before = self.switch.before
        old = _footprints(area_records(before.pk) if before else [])
        new = _footprints(area_records(self.snapshot.generation_id))
        changed = [geometry for key, geometry in old.items() if key not in new]
        changed += [geometry for key, geometry in new.items() if key not in old]
        found: Objects = np.empty(len(changed), dtype=object)
        found[:] = changed
        return project(found, self.snapshot.metric_srid) if len(found) else found

    def _placed(self, case: Case) -> Placed | None:
        """Return where a case lies then; None where that cannot be said, and it stays as it is."""
        affected = to_shapely(case.affected) if case.affected is not None else None
        lonlat = (case.location.x, case.location.y) if case.location is not None else None
        raw = case.location_raw
        code = raw.get("place_code")
        if code:
            try:
                named = locate_area(code, place=self.snapshot.slug, day=self.day)
            except NotThere:
                pass  # no longer there under that name: its pin tells
            else:
                at = lonlat if raw.get("location") else (named.lon, named.lat)
                return placed_at(self.snapshot, named, at, affected, raw)
        if lonlat is None:
            return placed_at(self.snapshot, None, None, affected, raw)
        pin = case.pin or None
        try:
            answer = locate_pin(
                *lonlat, accuracy_m=case.accuracy_m, pin=pin, place=self.snapshot.slug, day=self.day
            )
            if answer.outcome == "outside":
                # Its place has given it up; a neighbour of the same deployment may have it now.
                elsewhere = locate_pin(*lonlat, accuracy_m=case.accuracy_m, pin=pin, day=self.day)
                answer = elsewhere if elsewhere.outcome != "outside" else answer
        except InvalidInput:  # outside, and inside with its axes swapped: for people, not for a switch
            return None
        return placed_at(answer.snapshot, answer, lonlat, affected, raw)

    def move(self, case: Case, placed: Placed, kept: Kept) -> CaseMove:
        """Return what becomes of a case that lies there then."""
        areas = frozenset(placed.case_areas())
        same = areas == kept.areas.get(case.pk, frozenset()) and placed.snapshot.place_id == case.place_id
        if same and _is_outside(placed.outcome) == _is_outside(case.outcome):
            return CaseMove(case, placed, areas, moves=False, category=case.category)
        section = placed.section
        category = case.category if case.category in section.categories_by_key else "unsorted"
        decision = kept.decisions.get(case.pk)
        facts, proposal, rejudged = _judged(case, placed, category, decision)
        plan = plan_assignments(placed, proposal, category, day=self.day)
        ended, fresh = _handover(case, placed, plan, kept)
        return CaseMove(
            case=case,
            placed=placed,
            areas=areas,
            moves=True,
            category=category,
            facts=facts,
            proposal=proposal,
            rejudged=rejudged,
            extended_until=_extension(case, decision),
            plan=plan,
            ended=ended,
            fresh=fresh,
            told_before=frozenset(
                row.person_id for row in kept.standing.get(case.pk, ()) if row.person_id is not None
            ),
        )


def _is_outside(outcome: str) -> bool:
    return outcome == "outside"


def _lonlats(cases: Iterable[Case]) -> tuple[Any, Any]:
    pairs = np.array([(case.location.x, case.location.y) for case in cases if case.location is not None])
    return pairs[:, 0], pairs[:, 1]


def _accuracy_m(case: Case, default_m: float) -> float:
    if case.accuracy_m is not None:
        return case.accuracy_m
    return default_m if case.pin == "gps" else float("nan")


def _footprints(records: Iterable[AreaRecord]) -> dict[tuple[Any, ...], shapely.Geometry]:
    """Return footprints by everything that an answer says of them."""
    shown = list(records)
    codes = {record.id: record.code for record in shown}
    found = [record for record in shown if record.level in ("building", "unit")]
    # Normalised: the same ring may begin at another corner after an export.
    keys = shapely.to_wkb(shapely.normalize([record.geometry for record in found])) if found else []
    return {
        (r.level, r.code, r.name, codes.get(r.parent_id or 0), wkb): r.geometry
        for r, wkb in zip(found, keys, strict=True)
    }


def _judged(
    case: Case, placed: Placed, category: str, decision: TriageDecision | None
) -> tuple[Facts, Proposal, bool]:
    """Return facts, what holds for a case, and whether the rules now propose otherwise than they did."""
    kind = placed.section.categories_by_key[category]
    stored = decision.facts if decision else {}
    departments = competent_departments(placed, category)
    now = facts_for(
        placed.section,
        category,
        {level: len(codes) for level, codes in placed.codes.items()},
        household=kind.publicness == "private",
        authority=authority_of(departments, placed),
        urgent=case.stated.get("urgent", False),
        danger=case.stated.get("danger", False),
        about=case.about,  # type: ignore[arg-type]
        confidential=case.stated.get("confidential", False),
        channel=case.channel,  # type: ignore[arg-type]
        outcome=placed.outcome,  # type: ignore[arg-type]
        enclosure=placed.enclosure,  # type: ignore[arg-type]
        departments=len(departments),
        me_too=case.me_too_count,
    )
    if stored:
        now = replace(Facts.from_dict(stored), **{name: getattr(now, name) for name in _ON_BOUNDARIES})
    proposal = triage(now, rules_of(placed.profile))
    same_facts = all(stored.get(name) == getattr(now, name) for name in _ON_BOUNDARIES if name in stored)
    people_decided = case.triage_state == Case.TriageState.CONFIRMED
    same_profile = decision is None or decision.profile == proposal.profile
    if people_decided or (same_facts and same_profile) or decision is None:
        return now, _standing(case, proposal, decision), False
    same = (proposal.label, proposal.route, proposal.level or "", list(proposal.tracks)) == (
        decision.label, decision.route, decision.level, list(decision.tracks),
    )  # fmt: skip
    return now, proposal, not same


def _extension(case: Case, decision: TriageDecision | None) -> datetime | None:
    decided = decision.deadline_at if decision else None
    extended = decided is not None and case.deadline_at is not None and case.deadline_at > decided
    return case.deadline_at if extended else None


def _standing(case: Case, proposal: Proposal, decision: TriageDecision | None) -> Proposal:
    """Return what was decided, with whom it must pass by at the new place."""
    return replace(
        proposal,
        label=case.label or proposal.label,
        route=case.route or proposal.route,  # type: ignore[arg-type]
        level=(decision.level or None) if decision else proposal.level,
        tracks=tuple(decision.tracks) if decision and decision.tracks else proposal.tracks,
        urgency="urgent" if case.urgent else proposal.urgency,
        skips_queue=case.skips_queue,
        danger=case.danger,
    )


def _handover(
    case: Case, placed: Placed, plan: Plan, kept: Kept
) -> tuple[tuple[Assignment, ...], tuple[Assigned, ...]]:
    """Return the assignments that end and those that begin."""
    standing = list(kept.standing.get(case.pk, ()))
    recused = kept.recused.get(case.pk, frozenset())
    wanted = [row for row in plan.rows if row.person_id not in recused]
    if case.pk in kept.by_hand:
        codes = {code for _level, code, _by_span in placed.case_areas()}
        held = [
            row for row in standing if row.kind in _MOVING and (not row.area_code or row.area_code in codes)
        ]
        if held:
            # People passed it on, and whoever got it still belongs to it: only the Party organisation moves along.
            keys = {assignment_key(row) for row in held}
            wanted = [row for row in wanted if row.kind == Assignment.Kind.PARTY_CELL]
            moving = [row for row in standing if assignment_key(row) not in keys]
            return _difference(moving, wanted)
    return _difference(standing, wanted)


def _difference(
    standing: Sequence[Assignment], wanted: Sequence[Assigned]
) -> tuple[tuple[Assignment, ...], tuple[Assigned, ...]]:
    keys = {assignment_key(row) for row in wanted}
    there = {assignment_key(row) for row in standing}
    ended = tuple(row for row in standing if assignment_key(row) not in keys)
    return ended, tuple(row for row in wanted if assignment_key(row) not in there)
