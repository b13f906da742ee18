"""What every action on a case works with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from cases.domain.profile import CasesSection, Limit
from cases.models import Case, TriageDecision
from cases.services.steps_input import StepInput
from geo.domain.authority import Grant
from geo.errors import NotThere
from geo.models import User
from geo.routing import PlaceSnapshot, snapshot_of

__all__ = ["Outcome", "Step"]


@dataclass(frozen=True, slots=True)
class Step:
    """One action on a locked case; `grant` is the post by which the actor may, None for administrators."""

    case: Case
    action: str
    actor: User
    grant: Grant | None
    given: StepInput
    at: datetime

    @property
    def snapshot(self) -> PlaceSnapshot:
        """Place and boundary generation in force.

        Raises
        ------
        NotThere
            If the place has no active generation.
        """
        found = snapshot_of(self.case.place_id)
        if found is None:
            raise NotThere(_("The place has no boundaries in force."), field="place")
        return found

    @property
    def section(self) -> CasesSection:
        """What the profile in force there says of cases."""
        codes = [area["code"] for area in self.case.areas]
        return self.snapshot.profile_at(codes).section(CasesSection)

    @property
    def limit(self) -> Limit | None:
        """Time limit of the latest judgement."""
        kept = (
            TriageDecision.objects.filter(case=self.case)
            .order_by("-id")
            .values_list("limit", flat=True)
            .first()
        )
        return Limit(amount=kept["amount"], unit=kept["unit"]) if kept and "amount" in kept else None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a handler leaves behind.

    Attributes
    ----------
    data
        For the event.
    told
        Ids of further people to tell.
    is_saved
        Status and case are written already.
    """

    data: Mapping[str, Any] = field(default_factory=dict)
    told: Iterable[int] = ()
    is_saved: bool = False
