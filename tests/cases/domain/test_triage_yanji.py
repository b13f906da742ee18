"""Triage in 延吉 民富社区: quick handling, the whistle, five forums; and its names in Korean."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from geo.domain.profile_base import Names
from tests.factories.triage import (
    BUILDING,
    ONE_GRID,
    TWO_BLOCKS,
    TWO_COMMUNITIES,
    TWO_GRIDS,
    Row,
    Told,
    decided,
    limited,
    proposed,
    rules,
    story_5,
)

PLACE = "yanji-minfu"

TABLE = [
    Row("danger", "emergency", "emergency", Told("gas_leak"), Told("power_supply"), "competent-department"),
    Row("danger", "emergency", "emergency", Told("elevator", BUILDING, {"danger": True}),
        Told("elevator", BUILDING), "otherwise"),
    Row("about-someone", "oversight", "one_level_up", Told("garbage", ONE_GRID, {"about": "leader"}),
        Told("garbage"), "quick-handling"),
    Row("conduct", "oversight", "subdistrict", Told("conduct"), Told("certificate"), "advice"),
    Row("advice", "service", "counter", Told("certificate", {}, {"outcome": "none"}), Told("culture"), "otherwise"),
    Row("help", "care", "refer", Told("vulnerable_help", BUILDING), Told("family", BUILDING), "private-matter"),
    Row("quarrel", "mediation", "refer", Told("neighbours", BUILDING), Told("family", BUILDING), "private-matter"),
    Row("private-matter", "request", "refer", Told("housing_repair", BUILDING, {"publicness": "private"}),
        Told("housing_repair", BUILDING), "otherwise"),
    Row("outside", "request", "sort", Told("road", {}, {"outcome": "outside"}),
        Told("road", ONE_GRID, {"outcome": "snapped"}), "competent-department"),
    Row("no-place", "service", "counter", Told("road", {}, {"outcome": "none"}), Told("road"),
        "competent-department"),
    Row("unsorted", "request", "sort", Told("unsorted"), Told("dogs"), "otherwise"),
    Row("urgent-clear", "request", "department", Told("snow_ice", ONE_GRID, {"urgent": True}), Told("snow_ice"),
        "competent-department"),
    Row("urgent-clear", "request", "department",
        Told("road", TWO_BLOCKS, {"urgent": True, "authority": "subdistrict_office", "age_days": 400}),
        Told("elevator", BUILDING, {"urgent": True}), "urgent"),
    Row("urgent", "request", "community", Told("drainage", ONE_GRID, {"urgent": True}), Told("drainage"), "otherwise"),
    Row("hard-problem", "joint-forum", "topic", Told("road", TWO_BLOCKS, {"age_days": 365}),
        Told("road", TWO_BLOCKS, {"age_days": 364}), "competent-department"),
    Row("hard-problem", "joint-forum", "topic", Told("heating", BUILDING, {"occurrences": 6}),
        Told("heating", BUILDING, {"recurrence": 9, "occurrences": 5}), "competent-department"),
    Row("whistle", "call-out", "community", Told("street_trading", ONE_GRID, {"departments": 2}),
        Told("street_trading", ONE_GRID, {"departments": 1}), "competent-department"),
    Row("communities", "call-out", "subdistrict", Told("parking", TWO_COMMUNITIES), Told("parking", TWO_BLOCKS),
        "blocks-unclear"),
    Row("asks-experts", "experts-forum", "topic", Told("housing_repair", BUILDING, {"forum": "experts"}),
        Told("housing_repair", BUILDING, {"forum": "residents"}), "between-residents"),
    Row("asks-representatives", "representatives-forum", "topic",
        Told("facilities", ONE_GRID, {"forum": "representatives"}), Told("facilities"), "otherwise"),
    Row("asks-organisations", "joint-forum", "topic", Told("facilities", ONE_GRID, {"forum": "joint"}),
        Told("facilities", ONE_GRID, {"forum": "grid"}), "between-workers"),
    Row("blocks-unclear", "joint-forum", "topic", Told("parking", TWO_BLOCKS), Told("parking", TWO_GRIDS), "otherwise"),
    Row("blocks-unclear", "joint-forum", "topic", Told("noise", TWO_BLOCKS, {"responsibility": "unknown"}),
        Told("road", TWO_BLOCKS), "competent-department"),
    Row("between-residents", "residents-forum", "topic", Told("property_service", ONE_GRID, {"forum": "residents"}),
        Told("property_service"), "otherwise"),
    Row("between-residents", "residents-forum", "topic", Told("parking", ONE_GRID, {"me_too": 10}),
        Told("parking", ONE_GRID, {"me_too": 9}), "otherwise"),
    Row("between-residents", "residents-forum", "topic", Told("dogs", ONE_GRID, {"recurrence": 3}),
        Told("dogs", ONE_GRID, {"recurrence": 2}), "otherwise"),
    Row("between-residents", "residents-forum", "topic", Told("drainage", ONE_GRID, {"me_too": 30, "recurrence": 9}),
        Told("road", ONE_GRID, {"me_too": 30, "recurrence": 9}), "competent-department"),
    Row("between-residents", "residents-forum", "topic",
        Told("garbage", ONE_GRID, {"me_too": 10, "responsibility": "unknown"}),
        Told("garbage", ONE_GRID, {"me_too": 10}), "quick-handling"),
    Row("between-residents", "residents-forum", "topic",
        Told("garbage", ONE_GRID, {"recurrence": 3, "responsibility": "unknown"}),
        Told("garbage", ONE_GRID, {"recurrence": 3}), "quick-handling"),
    Row("between-workers", "grid-forum", "topic", Told("ebike_charging", ONE_GRID, {"forum": "grid"}),
        Told("ebike_charging"), "quick-handling"),
    Row("quick-handling", "quick", "on_the_spot", Told("garbage"), Told("garbage", TWO_GRIDS), "competent-department"),
    Row("quick-handling", "quick", "on_the_spot", Told("piled_up"),
        Told("piled_up", ONE_GRID, {"responsibility": "unclear"}), "otherwise"),
    Row("competent-department", "request", "department", Told("street_light"), Told("facilities"), "otherwise"),
    Row("competent-department", "request", "department", Told("flooding"),
        Told("flooding", ONE_GRID, {"responsibility": "unknown"}), "otherwise"),
    Row("subdistrict-matter", "request", "subdistrict", Told("road", ONE_GRID, {"authority": "subdistrict_office"}),
        Told("road", ONE_GRID, {"authority": "community"}), "otherwise"),
    Row("otherwise", "request", "community", Told("culture"), Told("culture", ONE_GRID, {"urgent": True}), "urgent"),
]  # fmt: skip


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.rule)
def test_each_rule_fires_and_lets_go(row: Row) -> None:
    assert decided(PLACE, row) == ((row.rule, row.label, row.route), row.taken_by)
    assert row.taken_by != row.rule


def test_the_table_names_every_rule() -> None:
    assert {row.rule for row in TABLE} == {rule.key for rule in rules(PLACE).cases.rules}
    assert len(TABLE) >= 20


def test_story_1_the_road_between_two_blocks_counts_its_years() -> None:
    """Broken since 2018, between two estates: a joint forum and an assignment, though the department is clear."""
    road = proposed(PLACE, Told("road", TWO_BLOCKS, {"age_days": 8 * 365, "departments": 2}))
    assert (road.rule_key, road.label, road.tracks) == (
        "hard-problem",
        "yanji-minfu/joint-forum",
        ("assignment", "topic"),
    )
    assert road.agenda_by is not None
    fresh = proposed(PLACE, Told("road", TWO_BLOCKS, {"age_days": 3, "departments": 2}))
    assert (fresh.rule_key, fresh.level) == ("whistle", None)


def test_story_5_one_fault_at_three_spans() -> None:
    assert story_5(PLACE, "drainage") == [
        ("request", "community"),
        ("joint-forum", "topic"),
        ("call-out", "subdistrict"),
    ]


def test_five_forums_at_three_levels() -> None:
    forums = ("grid", "residents", "joint", "representatives", "experts")
    found = [proposed(PLACE, Told("facilities", ONE_GRID, {"forum": forum})) for forum in forums]
    assert [(proposal.label.partition("/")[2], proposal.level) for proposal in found] == [
        ("grid-forum", "grid"),
        ("residents-forum", "block"),
        ("joint-forum", "community"),
        ("representatives-forum", "community"),
        ("experts-forum", "community"),
    ]


LIMITS = [
    (Told("snow_ice"), "snow-ice", 8, "urgent_working_hour"),
    (Told("snow_ice", ONE_GRID, {"danger": True}), "danger", 2, "hour"),
    (Told("flooding"), "flooding", 4, "urgent_working_hour"),
    (Told("heating", BUILDING), "heating", 1, "urgent_working_day"),
    (Told("power_supply"), "utilities", 24, "hour"),
    (Told("street_trading", ONE_GRID, {"departments": 2}), "call-out", 5, "working_day"),
    (Told("parking", TWO_BLOCKS), "deliberated", 1, "month"),
    (Told("dirty_road"), "dirty-road", 4, "working_hour"),
    (Told("dirty_road", ONE_GRID, {"urgent": True}), "urgent", 1, "urgent_working_day"),
    (Told("garbage"), "quick", 1, "working_day"),
    (Told("illegal_building"), "illegal-building", 15, "working_day"),
    (Told("unsorted"), "sort_first", 1, "working_day"),
    (Told("road"), "ordinary", 7, "day"),
]


@pytest.mark.parametrize(("told", "rule", "amount", "unit"), LIMITS)
def test_limits(told: Told, rule: str, amount: int, unit: str) -> None:
    assert limited(PLACE, told) == (rule, amount, unit)


def test_the_table_of_limits_is_complete() -> None:
    assert {row[1] for row in LIMITS} == {limit.key for limit in rules(PLACE).cases.limits}


# ------------------------------------------------------------------ Korean beside Chinese


def _names(value: object, path: str = "") -> Iterator[tuple[str, Names]]:
    if isinstance(value, Names):
        yield path, value
    elif isinstance(value, BaseModel):
        for field in type(value).model_fields:
            yield from _names(getattr(value, field), f"{path}.{field}")
    elif isinstance(value, tuple):
        for position, entry in enumerate(value):
            yield from _names(entry, f"{path}[{getattr(entry, 'key', position)}]")


def test_everything_has_a_korean_name() -> None:
    own = rules(PLACE)
    found = [*_names(own.geo, "geo"), *_names(own.cases, "cases")]
    assert len(found) > 150
    assert [path for path, name in found if not name.ko] == []
    hangul = [path for path, name in found if not any("가" <= letter <= "힣" for letter in name.text("ko"))]
    assert hangul == []
    assert own.geo.languages == ("zh-hans", "ko", "en")


def test_korean_is_read_where_the_language_is_korean() -> None:
    geo = rules(PLACE).geo
    assert geo.posts_by_key["lane-chief"].name.text("ko") == "골목장"
    assert geo.posts_by_key["lane-chief"].lane
    assert geo.levels_by_key["grid"].name.text("ko-kr") == "격자"
    found = proposed(PLACE, Told("garbage"))
    assert found.explanation[0].render(language="ko").startswith("작은 일은 현장에서")
