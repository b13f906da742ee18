"""Dispatching a case (派单): place, judgement and people put together, for a new case and for one routed again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.gis.geos import Point
from django.utils import timezone

from cases.domain.privacy import masked
from cases.domain.profile import Category
from cases.domain.recurrence import NOTHING_EARLIER, Earlier
from cases.models import Assignment, Case, CaseArea, Recusal, TriageDecision
from cases.selectors.assigned import Assigned
from cases.selectors.clock import local_day_of
from cases.selectors.recurrence import earlier_cases
from cases.services.assigning import Plan, authority_of, competent_departments, plan_assignments
from cases.services.judging import Judged, decision_of, judge
from cases.services.placing import Placed, h3_cell
from geo.db.convert import to_geos
from geo.db.inserts import PendingRows

__all__ = ["Dispatch", "assignment_key", "dispatch_case", "set_place", "shown_to_others"]


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Everything that follows from where a case lies and what it is.

    Attributes
    ----------
    category
        As taken: `unsorted` where the profile does not have what was stated.
    """

    placed: Placed
    category: str
    judged: Judged
    plan: Plan
    is_published: bool
    private_place: bool

    def set_on(self, case: Case) -> None:
        """Write the current routing into the fields of a case; nothing is saved."""
        placed, proposal, due = self.placed, self.judged.proposal, self.judged.due
        case.place_id = placed.snapshot.place_id
        case.category = self.category
        case.is_sensitive = self.judged.is_sensitive
        case.is_published = self.is_published
        case.private_place = self.private_place
        case.confidential = proposal.confidential
        case.danger = proposal.danger
        case.urgent = proposal.urgency == "urgent"
        case.skips_queue = proposal.skips_queue
        # From the masked text where there is one: the sender's own name and number are taken out at filing only.
        case.text_masked = masked(case.text_masked or case.text, private_place=self.private_place)
        set_place(case, placed, private_place=self.private_place)
        case.label, case.route = proposal.label, proposal.route
        case.triage_state = Case.TriageState.PROPOSED
        case.deadline_at = due.at if due else None
        case.deadline_flagged = bool(due and not due.calendar_known)
        case.is_demo = placed.snapshot.is_demo

    def case_areas(self, case: Case) -> list[CaseArea]:
        """Return the (unsaved) rows that say which areas a case belongs to."""
        return [
            CaseArea(case=case, place_id=case.place_id, level=level, code=code, by_span=by_span)
            for level, code, by_span in self.placed.case_areas()
        ]

    def recusals(self, case: Case) -> list[Recusal]:
        """Return the (unsaved) rows that keep those it names from a case."""
        return [Recusal(case=case, person_id=person) for person in sorted(self.plan.named)]

    def write_rows(
        self,
        case: Case,
        *,
        at: datetime,
        standing: Iterable[Assignment] = (),
        decision: TriageDecision | None = None,
    ) -> None:
        """Insert areas, assignments, recusals and the triage decision of a saved case.

        Parameters
        ----------
        standing
            Open assignments that go on and are not made again.
        decision
            What a person decided; None for what the rules propose.
        """
        for rows in self.pending_rows(case, at=at, standing=standing, decision=decision):
            rows.write()
        self.write_recusals(case)

    def write_recusals(self, case: Case) -> None:
        """Insert who is kept from a saved case for good."""
        if self.plan.named:
            Recusal.objects.bulk_create(self.recusals(case), ignore_conflicts=True)

    def pending_rows(
        self,
        case: Case,
        *,
        at: datetime,
        standing: Iterable[Assignment] = (),
        decision: TriageDecision | None = None,
    ) -> list[PendingRows]:
        """Return what `write_rows` inserts but the recusals, made ready; the case may still be unsaved."""
        kept = {assignment_key(row) for row in standing}
        assignments = [row for row in self.plan.assignments(case, at) if assignment_key(row) not in kept]
        decisions = [decision or decision_of(case, self.judged, at=at)]
        return [
            PendingRows.of(rows, waits_for=case) for rows in (self.case_areas(case), assignments, decisions)
        ]


def set_place(case: Case, placed: Placed, *, private_place: bool) -> None:
    """Write where a case lies into its fields; nothing is saved."""
    shown = placed.shown_lonlat(private=private_place)
    case.location = _point(placed.lonlat)
    case.location_shown = _point(shown)
    case.h3_cell, case.h3_shown = h3_cell(placed.lonlat), h3_cell(shown)
    case.affected = to_geos(placed.affected) if placed.affected is not None else None
    case.location_raw = placed.raw
    case.accuracy_m = placed.raw.get("accuracy_m")
    case.pin = placed.raw.get("pin", "")
    case.outcome = placed.outcome
    case.location_detail = placed.answer.detail() if placed.answer else {}
    case.generation_id = placed.snapshot.generation_id
    case.area_id = placed.chain[-1].id if placed.chain else None
    case.areas = placed.areas_json()
    case.span = {level: list(codes) for level, codes in placed.codes.items()}
    case.building_code = placed.building.code if placed.building else ""
    case.building_name = placed.building.name if placed.building else ""
    case.unit_name = placed.unit.name if placed.unit else ""


def assignment_key(row: Assignment | Assigned) -> tuple[str, int | None, int | None, int | None]:
    """Return what makes two assignments the same: a post, a Party organisation or a department."""
    if row.party_organisation_id is not None:
        return ("party", row.party_organisation_id, None, row.person_id)
    return ("post", row.post_id, row.department_id, row.person_id)


def _point(lonlat: tuple[float, float] | None) -> Point | None:
    return Point(*lonlat, srid=4326) if lonlat else None


def dispatch_case(
    placed: Placed,
    *,
    stated_category: str,
    received_at: datetime,
    urgent: bool,
    danger: bool,
    about: str,
    confidential: bool,
    channel: str,
    began_on: date | None,
    me_too: int = 0,
    except_case: int | None = None,
    earlier: Earlier | None = None,
    day: date | None = None,
) -> Dispatch:
    """Return label, route, deadline and people of a located case. One query, for earlier cases at the place.

    Parameters
    ----------
    placed
    stated_category
        One that the profile does not have is taken as `unsorted`.
    received_at
        When its time limit starts.
    except_case
        The case itself, where it is routed again.
    earlier
        Cases of the kind at the place, where they are known; None asks the database.
    day
        Local day at which terms of posts are judged; None for today.
    """
    section = placed.section
    category = stated_category if stated_category in section.categories_by_key else "unsorted"
    kind = section.categories_by_key[category]
    departments = competent_departments(placed, category)
    judged = judge(
        placed,
        category=category,
        start=received_at,
        urgent=urgent,
        danger=danger,
        about=about,
        confidential=confidential,
        channel=channel,
        authority=authority_of(departments, placed),
        departments=len(departments),
        me_too=me_too,
        earlier=_earlier(placed, category, received_at, except_case) if earlier is None else earlier,
        began_on=began_on,
    )
    today = day or local_day_of(timezone.now(), placed.snapshot.time_zone)
    plan = plan_assignments(placed, judged.proposal, category, day=today)
    hidden = judged.is_sensitive or judged.proposal.confidential or about != "none"
    published, private = shown_to_others(placed, kind, hidden=hidden)
    return Dispatch(placed, category, judged, plan, published, private)


def shown_to_others(placed: Placed, kind: Category, *, hidden: bool) -> tuple[bool, bool]:
    """Tell whether a case has a public projection, and whether it lies at a home.

    Parameters
    ----------
    placed, kind
    hidden
        It is sensitive, confidential or about somebody.
    """
    private = kind.publicness == "private" or placed.at_building
    private = private or (kind.publicness == "shared" and placed.building is not None)
    # What lies in no grid is looked at by a person before anybody else sees it.
    return kind.published and not hidden and placed.outcome != "outside", private


def _earlier(placed: Placed, category: str, now: datetime, except_case: int | None) -> Earlier:
    cell = h3_cell(placed.lonlat)
    if cell is None or category == "unsorted":
        return NOTHING_EARLIER
    return earlier_cases(
        place_id=placed.snapshot.place_id,
        category=category,
        building_code=placed.building.code if placed.building else "",
        h3_cell=cell,
        before=now,
        rule=placed.section.recurrence,
        except_case=except_case,
    )
