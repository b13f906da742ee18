"""What holds in every profile that a place has, whatever its own rules say."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from cases.domain.exclusion import exclusion_for
from cases.domain.facts import facts_for
from cases.domain.triage import deadline_rule_for
from tests.factories.profiles import profile_store
from tests.factories.triage import (
    BUILDING,
    ONE_GRID,
    TWO_BLOCKS,
    TWO_COMMUNITIES,
    Told,
    proposed,
    rules,
    story_5,
)

PLACES = [key for key in profile_store().keys() if key not in ("plain", "riverside", "riverside-garden")]  # noqa: SIM118
LOUD: dict[str, Any] = {"me_too": 99, "recurrence": 99, "occurrences": 99, "age_days": 4000, "departments": 3}
"""A matter that everybody asks about, and for years."""


def test_five_places_and_one_override_are_asked() -> None:
    assert PLACES == [
        "chongqing-wujiaoting",
        "jinan-wuyingshan",
        "shenyang-yuhong",
        "shenyang-yuhong-yiyun",
        "yanji-minfu",
        "yichang",
    ]


STORY_5 = {
    "chongqing-wujiaoting": ["minor", "minor", "major"],
    "jinan-wuyingshan": ["request", "community-topic", "subdistrict-topic"],
    "shenyang-yuhong": ["block-affair", "block-affair", "division"],
    "shenyang-yuhong-yiyun": ["green", "green", "orange"],
    "yanji-minfu": ["request", "joint-forum", "call-out"],
    "yichang": ["micro", "minor", "major"],
}


@pytest.mark.parametrize("profile", PLACES)
def test_story_5_the_same_fault_drawn_at_three_spans(profile: str) -> None:
    assert [label for label, _ in story_5(profile, "parking")] == STORY_5[profile]


@pytest.mark.parametrize("profile", PLACES)
def test_a_complaint_about_somebody_is_never_deliberated_or_handed_to_a_department(profile: str) -> None:
    for about, category in product(
        ("leader", "community", "property", "official"), ("conduct", "road", "neighbours")
    ):
        for told in (
            Told(category, TWO_COMMUNITIES, {**LOUD, "about": about, "urgent": True}),
            Told(category, {}, {"about": about, "outcome": "outside"}),
        ):
            assert proposed(profile, told).route == "one_level_up"


ABOUT_OFFICIALS = {
    "chongqing-wujiaoting": ("subdistrict", ("subdistrict-supervisor",)),
    "jinan-wuyingshan": ("subdistrict", ("subdistrict-supervisor", "working-committee-secretary")),
    "shenyang-yuhong": ("district", ("district-supervisor",)),
    "shenyang-yuhong-yiyun": ("district", ("district-supervisor",)),
    "yanji-minfu": ("subdistrict", ("subdistrict-supervisor", "working-committee-secretary")),
    "yichang": ("district", ("district-supervisor",)),
}


@pytest.mark.parametrize("profile", PLACES)
def test_what_is_said_about_officials_goes_to_supervision_and_higher_where_there_is_a_higher(
    profile: str,
) -> None:
    own = rules(profile)
    found = exclusion_for("official", own.cases, own.geo)
    assert (found.receiver_level, found.receivers) == ABOUT_OFFICIALS[profile]
    below = {"unit", "building", "grid", "block", "community"}
    assert found.posts >= {post.key for post in own.geo.posts if post.level in below}
    leader = exclusion_for("leader", own.cases, own.geo)
    assert leader.receiver_level == "community"
    assert leader.posts >= {post.key for post in own.geo.posts if post.level in below - {"community"}}


@pytest.mark.parametrize("profile", PLACES)
@pytest.mark.parametrize("category", ["neighbours", "family", "vulnerable_help", "health", "certificate"])
def test_private_matters_are_referred_however_loud_they_are(profile: str, category: str) -> None:
    for touched in (BUILDING, TWO_BLOCKS, TWO_COMMUNITIES):
        for forum in ("none", "grid", "residents", "joint", "representatives", "experts"):
            found = proposed(profile, Told(category, touched, {**LOUD, "forum": forum}))
            assert found.route in ("refer", "counter")
            assert found.tracks == ("assignment",)


@pytest.mark.parametrize("profile", PLACES)
def test_conduct_is_the_subdistricts_and_nobody_elses(profile: str) -> None:
    found = proposed(profile, Told("conduct", TWO_COMMUNITIES, LOUD))
    assert (found.route, found.tracks) == ("subdistrict", ("assignment",))


@pytest.mark.parametrize("profile", PLACES)
def test_without_a_known_place_nobody_deliberates(profile: str) -> None:
    for category in ("road", "parking", "drainage", "unsorted"):
        assert proposed(profile, Told(category, {}, {**LOUD, "outcome": "outside"})).route == "sort"
        assert proposed(profile, Told(category, {}, {**LOUD, "outcome": "none"})).route == "counter"
    assert proposed(profile, Told("unsorted", TWO_COMMUNITIES, {**LOUD, "urgent": True})).route == "sort"


@pytest.mark.parametrize("profile", PLACES)
def test_what_is_urgent_skips_ahead_and_goes_to_whom_it_is_clear(profile: str) -> None:
    clear = {"urgent": True, "responsibility": "clear"}
    for authority in ("fire", "power", "sewer", "subdistrict_office"):
        for stated in ({}, LOUD):
            told = Told(
                "road", TWO_COMMUNITIES, {**stated, **clear, "authority": authority, "forum": "joint"}
            )
            found = proposed(profile, told)
            # Of long standing and urgent at once: Wuyingshan, too, acts before it deliberates.
            assert (found.route, found.skips_queue) == ("department", True)
    unclear = proposed(profile, Told("drainage", TWO_COMMUNITIES, {**LOUD, "urgent": True, "forum": "joint"}))
    assert (unclear.route, unclear.skips_queue) == ("community", True)


THROUGH_NIGHTS = {"hour", "urgent_working_hour", "urgent_working_day"}


@pytest.mark.parametrize("profile", PLACES)
def test_limits_of_what_hurries_run_through_nights_whatever_label_people_choose(profile: str) -> None:
    own = rules(profile)
    for category, label, route in product(
        own.cases.categories_by_key, own.cases.labels_by_key, ("topic", "community", "on_the_spot", "sort")
    ):
        for agenda in (False, True):
            urgent = facts_for(own.cases, category, ONE_GRID, urgent=True)
            limit = deadline_rule_for(urgent, own, label=label, route=route, agenda=agenda).limit
            assert limit is not None
            assert limit.unit in THROUGH_NIGHTS
            danger = facts_for(own.cases, category, ONE_GRID, danger=True)
            assert deadline_rule_for(danger, own, label=label, route=route, agenda=agenda).key == "danger"


@pytest.mark.parametrize("profile", PLACES)
def test_every_topic_has_a_day_by_which_it_is_on_an_agenda(profile: str) -> None:
    topics = [rule for rule in rules(profile).cases.rules if "topic" in rule.tracks]
    assert topics
    assert all(rule.agenda_by is not None for rule in topics)
