"""Compiled triage rules of a profile: what the domain's engine needs, made once for each resolved profile."""

from functools import lru_cache

from cases.domain.profile import CasesSection
from cases.domain.triage import RuleSet
from geo.profiles import Profile

__all__ = ["rule_set"]


@lru_cache(maxsize=64)
def rule_set(profile: Profile) -> RuleSet:
    """Return the compiled rules of a resolved profile."""
    return RuleSet.compile(profile.key, profile.rule_version, profile.section(CasesSection), profile.geo)
