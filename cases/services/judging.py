"""Label, route and deadline of a case: the rules propose, people confirm or override; every judgement is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from cases.domain.deadlines import Deadline, deadline
from cases.domain.facts import Facts, facts_for
from cases.domain.profile import AgendaBy, CasesSection, Limit
from cases.domain.recurrence import NOTHING_EARLIER, Earlier
from cases.domain.triage import Proposal, RuleSet, triage
from cases.models import Case, TriageDecision
from cases.selectors.calendar import calendar_for
from cases.services.placing import Placed
from geo import profiles
from geo.models import User
from geo.profiles import Profile

__all__ = ["Judged", "agenda_day", "decision_of", "due_at", "judge", "rules_of"]


@lru_cache(maxsize=64)
def _rules(key: str, rule_version: str) -> RuleSet:
    profile = profiles.resolve(key)
    return RuleSet.compile(key, rule_version, profile.section(CasesSection), profile.geo)


def rules_of(profile: Profile) -> RuleSet:
    """Return the compiled rules of a profile."""
    return _rules(profile.key, profile.rule_version)


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rules propose for a located filing, and by when."""

    facts: Facts
    proposal: Proposal
    due: Deadline | None
    agenda_by: date | None

    @property
    def is_sensitive(self) -> bool:
        """No public pin, no heat, no text in lists."""
        return self.facts.sensitive

    @property
    def limit_json(self) -> dict[str, Any]:
        """Return the time limit as it is stored."""
        limit = self.proposal.limit
        found: dict[str, Any] = {"key": self.proposal.deadline_rule}
        return found | ({"amount": limit.amount, "unit": limit.unit} if limit else {})


def judge(
    placed: Placed,
    *,
    category: str,
    start: datetime,
    urgent: bool = False,
    danger: bool = False,
    about: str = "none",
    confidential: bool = False,
    channel: str,
    authority: str | None = None,
    departments: int = 0,
    me_too: int = 0,
    earlier: Earlier = NOTHING_EARLIER,
    began_on: date | None = None,
) -> Judged:
    """Return label, route, deadline and reasons for a located filing.

    Parameters
    ----------
    placed
    category
        A key of the profile in force there.
    start
        When the time limit starts.
    authority
        Competent by jurisdiction; None for the category's own.
    departments
        How many departments are competent.
    earlier
        Cases of the kind at the same place.
    """
    section = placed.section
    kind = section.categories_by_key[category]
    facts = facts_for(
        section,
        category,
        {level: len(codes) for level, codes in placed.codes.items()},
        household=kind.publicness == "private",
        authority=authority,
        urgent=urgent,
        danger=danger,
        about=about,  # type: ignore[arg-type]
        confidential=confidential,
        channel=channel,  # type: ignore[arg-type]
        outcome=placed.outcome,  # type: ignore[arg-type]
        enclosure=placed.enclosure,  # type: ignore[arg-type]
        departments=departments,
        me_too=me_too,
        recurrence=earlier.cases,
        occurrences=earlier.occurrences,
        age_days=_age_days(began_on, start, placed.snapshot.time_zone),
    )
    proposal = triage(facts, rules_of(placed.profile))
    return Judged(
        facts,
        proposal,
        due_at(section, placed.snapshot.time_zone, start, proposal.limit),
        agenda_day(section, placed.snapshot.time_zone, start, proposal.agenda_by),
    )


def _age_days(began_on: date | None, start: datetime, time_zone: str) -> int | None:
    """Return since how many days it lasts; None where nobody knows, or where it is said to begin later."""
    age = (start.astimezone(ZoneInfo(time_zone)).date() - began_on).days if began_on else -1
    return age if age >= 0 else None


def due_at(section: CasesSection, time_zone: str, start: datetime, limit: Limit | None) -> Deadline | None:
    """Return when a limit that starts at a moment ends; None without a limit, or before the clock runs."""
    if limit is None:
        return None
    return deadline(start, limit, calendar_for(section, time_zone, start, limit))


def agenda_day(
    section: CasesSection, time_zone: str, start: datetime, agenda: AgendaBy | None
) -> date | None:
    """Return the day by which a topic must be on an agenda."""
    if agenda is None:
        return None
    limit = Limit(amount=agenda.amount, unit=agenda.unit)
    noon = datetime.combine(start.astimezone(ZoneInfo(time_zone)).date(), time(12), ZoneInfo(time_zone))
    return deadline(noon, limit, calendar_for(section, time_zone, noon, limit)).at.date()


def decision_of(
    case: Case,
    judged: Judged,
    *,
    at: datetime,
    state: str = Case.TriageState.PROPOSED,
    decided_by: User | None = None,
    reason: str = "",
    override: Mapping[str, Any] | None = None,
) -> TriageDecision:
    """Return the (unsaved) record of a judgement: rule version, inputs and result.

    Parameters
    ----------
    override
        Fields that a person decided otherwise.
    """
    proposal = judged.proposal
    values: dict[str, Any] = {
        "profile": proposal.profile,
        "rule_version": proposal.rule_version,
        "rule": proposal.rule_key,
        "facts": proposal.inputs,
        "label": proposal.label,
        "route": proposal.route,
        "level": proposal.level or "",
        "tracks": list(proposal.tracks),
        "limit": judged.limit_json,
        "deadline_at": judged.due.at if judged.due else None,
        "agenda_by": judged.agenda_by,
        "explanation": [message.as_json() for message in proposal.explanation],
    }
    values.update(override or {})
    return TriageDecision(case=case, at=at, state=state, decided_by=decided_by, reason=reason, **values)
