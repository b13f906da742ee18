"""Profiles for tests: a store over folders of the test's own, and child files written on the spot."""

from __future__ import annotations

from pathlib import Path

from cases.domain.profile import CasesSection
from cases.domain.triage import RuleSet
from geo.profiles import Problem, ProfileError, ProfileStore

__all__ = ["TEST_PROFILES", "problems_of", "profile_store", "rules_of", "write_profile"]

TEST_PROFILES = Path(__file__).parent.parent / "profiles"


def profile_store(*folders: Path) -> ProfileStore:
    """Return a store over the built-in profiles, those of the tests and further folders."""
    return ProfileStore([TEST_PROFILES, *folders], sections={"cases": CasesSection})


def rules_of(key: str) -> RuleSet:
    """Return the compiled rules of a built-in profile or one of the tests."""
    profile = profile_store().resolve(key)
    return RuleSet.compile(profile.key, profile.rule_version, profile.section(CasesSection), profile.geo)


def write_profile(
    folder: Path, body: str, key: str = "mine", extends: str | None = "jinan-wuyingshan"
) -> Path:
    """Write a profile file with the usual header and return its path."""
    parent = f'extends = "{extends}"\n' if extends else ""
    header = f'key = "{key}"\n{parent}name = {{ zh = "测试", en = "Test" }}\nversion = "1"\n'
    path = folder / f"{key}.toml"
    path.write_text(f"{header}\n{body}", encoding="utf-8")
    return path


def problems_of(folder: Path, key: str = "mine") -> tuple[Problem, ...]:
    """Return what is wrong with a profile of a folder; empty if nothing is."""
    try:
        profile_store(folder).resolve(key)
    except ProfileError as error:
        return error.problems
    return ()
