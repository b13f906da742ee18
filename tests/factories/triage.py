"""Tables of triage cases: what decides a case, and what takes one that only just escapes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from cases.domain.facts import facts_for
from cases.domain.triage import Proposal, RuleSet, triage
from tests.factories.profiles import rules_of

__all__ = [
    "BUILDING", "ONE_GRID", "TWO_BLOCKS", "TWO_COMMUNITIES", "TWO_GRIDS", "UNIT", "Row", "Told", "decided",
    "limited", "proposed", "rules", "story_5",
]  # fmt: skip

ONE_GRID = {"subdistrict": 1, "community": 1, "block": 1, "grid": 1}
BUILDING = {**ONE_GRID, "building": 1}
UNIT = {**BUILDING, "unit": 1}
TWO_GRIDS = {**ONE_GRID, "grid": 2}
TWO_BLOCKS = {**TWO_GRIDS, "block": 2}
TWO_COMMUNITIES = {**TWO_BLOCKS, "community": 2}


class Told(NamedTuple):
    """A case as it is told: its kind, what it touches, and what else is known of it."""

    category: str
    touched: Mapping[str, int] = ONE_GRID
    stated: Mapping[str, Any] = {}


class Row(NamedTuple):
    """A case that a rule decides, and one that only just escapes it for another rule."""

    rule: str
    label: str
    route: str
    fires: Told
    escapes: Told
    taken_by: str


@cache
def rules(profile: str) -> RuleSet:
    """Return the compiled rules of a profile, once."""
    return rules_of(profile)


def proposed(profile: str, told: Told) -> Proposal:
    """Return what the rules of a profile propose for a case."""
    own = rules(profile)
    return triage(facts_for(own.cases, told.category, told.touched, **told.stated), own)


def decided(profile: str, row: Row) -> tuple[tuple[str, str, str], str]:
    """Return rule, label and route of the case that must fire, and the rule of the one that must escape."""
    found = proposed(profile, row.fires)
    label = found.label.removeprefix(f"{profile}/")
    return (found.rule_key, label, found.route), proposed(profile, row.escapes).rule_key


def limited(profile: str, told: Told) -> tuple[str | None, int, str]:
    """Return key, amount and unit of the time limit of a case that has one."""
    found = proposed(profile, told)
    assert found.limit is not None
    return found.deadline_rule, found.limit.amount, found.limit.unit


def story_5(profile: str, category: str) -> list[tuple[str, str]]:
    """Return label and route of one fault within a block, across two blocks and across communities."""
    found = [
        proposed(profile, Told(category, touched)) for touched in (ONE_GRID, TWO_BLOCKS, TWO_COMMUNITIES)
    ]
    return [(proposal.label.removeprefix(f"{profile}/"), proposal.route) for proposal in found]
