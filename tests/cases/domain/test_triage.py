"""Triage: every rule of Wuyingshan fires and does not; another place's rules run through the same engine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from cases.domain.facts import Facts, facts_for
from cases.domain.messages import Message
from cases.domain.triage import (
    Proposal,
    RuleSet,
    TriageError,
    deadline_rule_for,
    label_name,
    triage,
)
from tests.factories.profiles import profile_store, rules_of

ONE_GRID = {"subdistrict": 1, "community": 1, "block": 1, "grid": 1}
TWO_GRIDS = {**ONE_GRID, "grid": 2}
TWO_BLOCKS = {**TWO_GRIDS, "block": 2}
TWO_COMMUNITIES = {**TWO_BLOCKS, "community": 2}


@cache
def rules(profile: str = "jinan-wuyingshan") -> RuleSet:
    return rules_of(profile)


def proposed(category: str, touched: Mapping[str, int] = ONE_GRID, *, profile: str = "jinan-wuyingshan",
             **stated: Any) -> Proposal:  # fmt: skip
    return triage(facts_for(rules(profile).cases, category, touched, **stated), rules(profile))


# rule, route, a case that it decides, a case that only just escapes it and which rule takes that one
WUYINGSHAN: list[tuple[str, str, tuple[Any, ...], tuple[Any, ...], str]] = [
    ("danger", "emergency", ("gas_leak",), ("elevator",), "otherwise"),
    ("about-someone", "one_level_up", ("garbage", ONE_GRID, {"about": "leader"}), ("garbage",), "on-the-spot"),
    ("conduct", "subdistrict", ("conduct",), ("certificate",), "advice"),
    ("advice", "counter", ("certificate", {}), ("culture",), "culture"),
    ("help", "refer", ("vulnerable_help",), ("family",), "private-matter"),
    ("quarrel", "refer", ("neighbours",), ("family",), "private-matter"),
    ("private-matter", "refer", ("housing_repair", ONE_GRID, {"publicness": "private"}), ("housing_repair",),
     "otherwise"),
    ("outside", "sort", ("road", {}, {"outcome": "outside"}), ("road", ONE_GRID, {"outcome": "snapped"}),
     "competent-department"),
    ("no-place", "counter", ("road", {}, {"outcome": "none"}), ("road",), "competent-department"),
    ("unsorted", "sort", ("unsorted",), ("dogs",), "otherwise"),
    ("long-unresolved", "topic", ("road", TWO_BLOCKS, {"age_days": 365}), ("road", TWO_BLOCKS, {"age_days": 364}),
     "competent-department"),
    ("long-unresolved", "topic", ("drainage", ONE_GRID, {"occurrences": 6}),
     ("drainage", ONE_GRID, {"recurrence": 9, "occurrences": 5}),
     "strong-reaction"),
    ("urgent-clear", "department", ("storm_grating", ONE_GRID, {"urgent": True}), ("storm_grating",),
     "competent-department"),
    ("urgent", "community", ("drainage", ONE_GRID, {"urgent": True}), ("drainage",), "otherwise"),
    ("several-departments", "subdistrict", ("road", ONE_GRID, {"departments": 2}),
     ("road", ONE_GRID, {"departments": 1}), "competent-department"),
    ("communities-unclear", "topic", ("parking", TWO_COMMUNITIES), ("road", TWO_COMMUNITIES), "communities"),
    ("communities", "subdistrict", ("road", TWO_COMMUNITIES), ("road", TWO_BLOCKS), "competent-department"),
    ("blocks-unclear", "topic", ("parking", TWO_BLOCKS), ("parking", TWO_GRIDS), "otherwise"),
    ("strong-reaction", "topic", ("parking", ONE_GRID, {"me_too": 10}), ("parking", ONE_GRID, {"me_too": 9}),
     "otherwise"),
    ("strong-reaction", "topic", ("dogs", ONE_GRID, {"recurrence": 3}),
     ("dogs", ONE_GRID, {"recurrence": 3, "responsibility": "clear"}), "competent-department"),
    ("needs-forum", "topic", ("facilities", ONE_GRID, {"forum": "experts"}), ("facilities",), "otherwise"),
    ("residents-divided", "topic", ("noise", ONE_GRID, {"forum": "residents"}), ("noise",), "otherwise"),
    ("on-the-spot", "on_the_spot", ("garbage",), ("garbage", TWO_GRIDS), "competent-department"),
    ("competent-department", "department", ("street_light",), ("facilities",), "otherwise"),
    ("subdistrict-matter", "subdistrict", ("facilities", ONE_GRID, {"authority": "subdistrict_office"}),
     ("facilities",), "otherwise"),
    ("culture", "community", ("culture",), ("facilities",), "otherwise"),
    ("otherwise", "community", ("elevator",), ("elevator", ONE_GRID, {"urgent": True}), "urgent"),
]  # fmt: skip


def _case(arguments: tuple[Any, ...]) -> Proposal:
    category, touched, stated = (*arguments, *(ONE_GRID, {})[len(arguments) - 1 :])
    return proposed(category, touched, **stated)


@pytest.mark.parametrize(("rule", "route", "fires", "escapes", "taken_by"), WUYINGSHAN)
def test_each_rule_of_wuyingshan_fires_and_lets_go(
    rule: str, route: str, fires: tuple[Any, ...], escapes: tuple[Any, ...], taken_by: str
) -> None:
    decided = _case(fires)
    assert (decided.rule_key, decided.route) == (rule, route)
    assert _case(escapes).rule_key == taken_by != rule


def test_the_table_names_every_rule() -> None:
    assert {row[0] for row in WUYINGSHAN} == {rule.key for rule in rules().cases.rules}
    assert len(WUYINGSHAN) >= 20


# ------------------------------------------------------------------ what must hold whatever the rules say


@pytest.mark.parametrize("profile", profile_store().keys())
def test_danger_to_life_skips_every_queue_in_every_profile(profile: str) -> None:
    for category in rules(profile).cases.categories_by_key:
        result = proposed(category, TWO_COMMUNITIES if profile != "plain" else {"grid": 2}, profile=profile,
                          danger=True, about="property", me_too=99, outcome="outside")  # fmt: skip
        assert (result.route, result.skips_queue, result.urgency) == ("emergency", True, "urgent")
        assert result.deadline_rule == "danger"
        assert result.exclusion.posts  # in danger, too, it does not go to those it names
        assert result.confidential


@pytest.mark.parametrize("about", ["leader", "community", "property", "official"])
def test_complaints_about_somebody_go_one_level_up_in_confidence(about: Any) -> None:
    result = proposed("property_service", about=about)
    assert result.route == "one_level_up"
    assert result.confidential
    assert result.exclusion.receivers


def test_asking_for_confidence_is_kept_and_excludes_nobody() -> None:
    result = proposed("noise", confidential=True)
    assert result.confidential
    assert result.exclusion.posts == frozenset()


def test_labels_carry_the_profile() -> None:
    assert proposed("garbage").label == "jinan-wuyingshan/request"
    assert proposed("garbage", profile="riverside").label == "riverside/micro"
    assert (
        label_name("jinan-wuyingshan/request", rules().cases) == rules().cases.labels_by_key["request"].name
    )
    assert label_name("jinan-wuyingshan/gone", rules().cases) is None
    assert rules().label("need") == "jinan-wuyingshan/need"
    with pytest.raises(KeyError, match="'micro'"):
        rules().label("micro")


def test_version_inputs_and_result_can_be_kept_as_json() -> None:
    result = proposed("parking", TWO_BLOCKS, me_too=3)
    kept = json.loads(json.dumps(result.inputs))
    assert result.rule_version == rules().rule_version
    assert Facts.from_dict(kept) == facts_for(rules().cases, "parking", TWO_BLOCKS, me_too=3)
    assert triage(Facts.from_dict({**kept, "gone_fact": 1}), rules()) == result
    stored = json.loads(json.dumps([message.as_json() for message in result.explanation]))
    again = [Message.from_json(message) for message in stored]
    assert [message.render() for message in again] == [message.render() for message in result.explanation]


def test_the_same_facts_always_give_the_same_proposal() -> None:
    assert proposed("parking", TWO_BLOCKS) == proposed("parking", TWO_BLOCKS)


# ------------------------------------------------------------------ time limits


@pytest.mark.parametrize(
    ("category", "stated", "rule", "amount", "unit"),
    [
        ("gas_leak", {}, "danger", 2, "hour"),
        ("garbage", {}, "garbage", 4, "working_hour"),
        ("garbage", {"danger": True}, "danger", 2, "hour"),
        ("flooding", {}, "flooding", 4, "urgent_working_hour"),
        ("dirty_road", {}, "dirty-road", 5, "working_hour"),
        ("piled_up", {}, "piled-up", 1, "working_day"),
        ("piled_up", {"urgent": True}, "urgent", 1, "urgent_working_day"),
        ("water_supply", {}, "utilities", 24, "hour"),
        ("illegal_building", {}, "illegal-building", 20, "working_day"),
        ("parking", {"me_too": 10}, "deliberated", 15, "day"),
        ("ebike_charging", {}, "on-the-spot", 2, "working_day"),
        ("unsorted", {}, "sort_first", 1, "working_day"),
        ("road", {}, "ordinary", 7, "day"),
    ],
)
def test_limits_of_wuyingshan(
    category: str, stated: dict[str, Any], rule: str, amount: int, unit: str
) -> None:
    result = proposed(category, **stated)
    assert result.limit is not None
    assert (result.deadline_rule, result.limit.amount, result.limit.unit) == (rule, amount, unit)


def test_the_table_of_limits_is_complete() -> None:
    tested = {"danger", "garbage", "flooding", "dirty-road", "piled-up", "urgent", "utilities", "illegal-building",
              "deliberated", "on-the-spot", "sort_first", "ordinary"}  # fmt: skip
    assert {limit.key for limit in rules().cases.limits} == tested


def test_no_timer_where_an_agenda_date_takes_its_place() -> None:
    result = proposed("dogs", profile="riverside-garden", me_too=5)
    assert (result.rule_key, result.limit, result.deadline_rule) == ("red", None, "red")
    assert result.agenda_by is not None
    assert (result.agenda_by.amount, result.agenda_by.unit) == (1, "month")


def test_a_limit_can_be_asked_for_a_label_that_people_chose() -> None:
    facts = facts_for(rules().cases, "parking", ONE_GRID)
    chosen = deadline_rule_for(facts, rules(), label="community-topic", route="topic", agenda=False)
    assert chosen.key == "deliberated"


# ------------------------------------------------------------------ another place


RIVERSIDE: list[tuple[str, Mapping[str, int], dict[str, Any], str, str, str]] = [
    ("road", TWO_COMMUNITIES, {}, "spans-communities", "major", "subdistrict"),
    ("road", ONE_GRID, {"authority": "subdistrict_office"}, "managed-by-town", "major", "subdistrict"),
    ("water_supply", ONE_GRID, {}, "basic-service", "major", "subdistrict"),
    ("water_supply", ONE_GRID, {"publicness": "private"}, "within-block", "micro", "topic"),
    ("housing_repair", TWO_BLOCKS, {}, "spans-blocks", "minor", "topic"),
    ("housing_repair", TWO_GRIDS, {}, "spans-blocks", "minor", "topic"),
    ("road", ONE_GRID, {}, "spans-blocks", "minor", "topic"),
    ("housing_repair", ONE_GRID, {}, "within-block", "micro", "topic"),
    ("certificate", {}, {}, "no-place", "micro", "counter"),
    ("garbage", ONE_GRID, {"about": "official"}, "past-them", "major", "one_level_up"),
    ("fallen_cable", ONE_GRID, {}, "at-once", "major", "emergency"),
]


@pytest.mark.parametrize(("category", "touched", "stated", "rule", "label", "route"), RIVERSIDE)
def test_another_profile_runs_through_the_same_engine(
    category: str, touched: Mapping[str, int], stated: dict[str, Any], rule: str, label: str, route: str
) -> None:
    result = proposed(category, touched, profile="riverside", **stated)
    assert (result.rule_key, result.label, result.route) == (rule, f"riverside/{label}", route)


def test_the_other_table_names_every_rule() -> None:
    assert {row[3] for row in RIVERSIDE} == {rule.key for rule in rules("riverside").cases.rules}


def test_the_same_fault_gets_its_class_from_how_far_it_reaches() -> None:
    spans = (ONE_GRID, TWO_BLOCKS, TWO_COMMUNITIES)
    labels = [proposed("housing_repair", touched, profile="riverside").label for touched in spans]
    assert labels == ["riverside/micro", "riverside/minor", "riverside/major"]


def test_an_override_below_a_place_decides_before_what_it_inherits() -> None:
    assert proposed("dogs", profile="riverside-garden", me_too=5).rule_key == "red"
    assert proposed("dogs", profile="riverside-garden", me_too=4).label == "riverside-garden/green"
    assert proposed("dogs", profile="riverside", me_too=5).rule_key == "within-block"


def test_topics_of_two_kinds_have_their_tracks_and_dates() -> None:
    minor = proposed("road", profile="riverside")
    micro = proposed("dogs", profile="riverside")
    assert (minor.tracks, minor.level) == (("topic",), "community")
    assert (micro.tracks, micro.level) == (("assignment", "topic"), "block")
    assert micro.agenda_by is not None
    assert (micro.agenda_by.amount, micro.agenda_by.unit) == (5, "working_day")


def test_plain_leaves_sorting_to_people() -> None:
    for category in ("road", "garbage", "water_supply", "unsorted"):
        assert proposed(category, {"community": 1, "grid": 1}, profile="plain").route == "sort"


# ------------------------------------------------------------------ explanation


def test_the_explanation_is_messages_with_parameters() -> None:
    result = proposed("parking", TWO_BLOCKS)
    assert [message.msgid for message in result.explanation] == [
        "%(why)s",
        "It touches several areas of the level “%(level)s”: %(count)s.",
        "It is unclear who is responsible.",
        "Label: %(label)s.",
        "Time limit in days: %(amount)s.",
        "On an agenda within this many months: %(amount)s.",
        "Rule “%(rule)s” of profile %(profile)s, version %(version)s.",
    ]
    chinese = {"Label: %(label)s.": "分类：%(label)s。"}
    lines = [
        message.render(lambda msgid: chinese.get(msgid, msgid), "zh-hans") for message in result.explanation
    ]
    assert lines[0] == "跨网格且权责不清，提交社区协商。"
    assert lines[3] == "分类：社区协商事项。"
    assert (
        result.explanation[0].render(language="ko")
        == "여러 격자에 걸치고 책임이 불분명하여 사회구역에서 협의합니다."
    )


def test_every_fact_that_can_decide_can_be_explained() -> None:
    """Each message renders in each language for every kind of case; no fact lacks its sentence."""
    for profile in profile_store().keys():  # noqa: SIM118
        own = rules(profile)
        levels = own.geo.area_levels
        for category in own.cases.categories_by_key:
            for number in (0, 1, 2):
                touched = dict.fromkeys(levels, number)
                for about in ("none", "leader"):
                    result = proposed(category, touched, profile=profile, about=about)
                    for language in ("zh-hans", "en", "ko"):
                        for message in result.explanation:
                            assert "%(" not in message.render(language=language)


def test_rules_that_were_not_checked_fail_loudly() -> None:
    own = rules()
    facts = facts_for(own.cases, "elevator", ONE_GRID)
    without_last = replace(own, rules=own.rules[:-1])
    with pytest.raises(TriageError, match="no rule of profile 'jinan-wuyingshan' decides"):
        triage(facts, without_last)
    with pytest.raises(TriageError, match="no time limit"):
        triage(facts, replace(own, limits=()))
    broken = own.cases.model_copy(
        update={"rules": (own.cases.rules[0].model_copy(update={"when": {"mood": 1}}),)}
    )
    with pytest.raises(TriageError, match="mood"):
        RuleSet.compile("x", "1", broken, own.geo)
