"""Whom a complaint must not reach, and who takes it."""

from __future__ import annotations

import pytest

from cases.domain.exclusion import NOBODY, Exclusion, exclusion_for
from cases.domain.vocabulary import About
from tests.factories.profiles import profile_store, rules_of

BLOCK_TEAM = {"leader-cadre", "leader-police", "leader-property", "leader-volunteer", "leader-elected",
              "deputy-leader", "branch-secretary"}  # fmt: skip
GRID_POSTS = {"patroller-full-time", "patroller-part-time", "group-head", "building-head"}
COMMUNITY_POSTS = {"community-director", "community-worker", "community-counter", "community-secretary",
                   "representative"}  # fmt: skip


def exclusion(about: About, profile: str = "jinan-wuyingshan") -> Exclusion:
    rules = rules_of(profile)
    return exclusion_for(about, rules.cases, rules.geo)


def test_nobody_is_kept_from_an_ordinary_case() -> None:
    assert exclusion("none") is NOBODY
    assert not NOBODY.confidential


@pytest.mark.parametrize("about", ["leader", "property"])
def test_leaders_and_property_firm_are_passed_by_at_the_community(about: About) -> None:
    found = exclusion(about)
    assert found.posts == BLOCK_TEAM | GRID_POSTS
    assert found.receiver_level == "community"
    assert found.receivers == ("community-director", "community-worker", "community-secretary")
    assert found.party_kinds == {"grid-branch", "building-group"}
    assert found.confidential


def test_the_community_is_passed_by_at_the_subdistrict() -> None:
    found = exclusion("community")
    assert found.posts == BLOCK_TEAM | GRID_POSTS | COMMUNITY_POSTS
    assert found.receiver_level == "subdistrict"
    assert "subdistrict-official" in found.receivers
    assert "working-committee" not in found.party_kinds


def test_officials_are_passed_by_at_their_own_office_by_supervision() -> None:
    found = exclusion("official")
    assert found.receivers == ("subdistrict-supervisor", "working-committee-secretary")
    assert {"subdistrict-grid-centre", "subdistrict-official", "department-officer", "planner"} <= found.posts
    assert found.posts.isdisjoint(found.receivers)
    assert "working-committee" not in found.party_kinds  # its secretary takes it


def test_a_property_firms_people_are_kept_out_wherever_they_stand() -> None:
    found = exclusion("property", "riverside")
    assert "steward" in found.posts  # a post at the very level that takes the complaint
    assert found.receivers == ("community-secretary",)


@pytest.mark.parametrize("profile", profile_store().keys())
@pytest.mark.parametrize("about", ["leader", "community", "property", "official"])
def test_somebody_always_takes_it_and_nobody_is_on_both_sides(profile: str, about: About) -> None:
    found = exclusion(about, profile)
    assert found.receivers
    assert found.posts.isdisjoint(found.receivers)
