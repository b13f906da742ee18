"""Triage in 宜昌: major, minor and micro by span, competent authority and publicness."""

from __future__ import annotations

import pytest

from tests.factories.triage import (
    BUILDING,
    ONE_GRID,
    TWO_BLOCKS,
    TWO_COMMUNITIES,
    TWO_GRIDS,
    UNIT,
    Row,
    Told,
    decided,
    limited,
    proposed,
    rules,
    story_5,
)

PLACE = "yichang"

ONE_GROUP = {"subdistrict": 1, "community": 1, "grid": 1}
TWO_GROUPS = {"subdistrict": 1, "community": 1, "grid": 2}
URGENT = {"urgent": True}
BY_SUBDISTRICT = {"authority": "subdistrict_office"}

TABLE = [
    Row("danger", "emergency", "emergency", Told("rescue_blocked"), Told("fire_lane"), "micro-department"),
    Row("about-someone", "oversight", "one_level_up", Told("road", TWO_COMMUNITIES, {"about": "community"}),
        Told("road", TWO_COMMUNITIES), "major-communities"),
    Row("conduct", "oversight", "subdistrict", Told("conduct"), Told("certificate"), "advice"),
    Row("advice", "service", "counter", Told("certificate", {}, {"outcome": "none"}), Told("culture"),
        "minor-public-affair"),
    Row("help", "care", "refer", Told("health", BUILDING), Told("family", BUILDING), "private-matter"),
    Row("quarrel", "mediation", "refer", Told("neighbours", UNIT), Told("family", UNIT), "private-matter"),
    Row("private-matter", "care", "refer", Told("water_supply", UNIT, {"publicness": "private"}),
        Told("water_supply", UNIT), "major-service"),
    Row("outside", "sorting", "sort", Told("road", {}, {"outcome": "outside"}),
        Told("road", ONE_GRID, {"outcome": "border"}), "micro-department"),
    Row("no-place", "service", "counter", Told("noise", {}, {"outcome": "none"}), Told("noise"), "micro"),
    Row("unsorted", "sorting", "sort", Told("unsorted"), Told("noise"), "micro"),
    Row("urgent-clear", "urgent", "department", Told("flooding", TWO_COMMUNITIES, URGENT),
        Told("flooding", TWO_COMMUNITIES), "major-communities"),
    Row("urgent-clear", "urgent", "department", Told("road", ONE_GRID, {**URGENT, **BY_SUBDISTRICT}),
        Told("elevator", BUILDING, URGENT), "urgent"),
    Row("urgent-clear", "urgent", "department", Told("road", ONE_GRID, URGENT),
        Told("road", ONE_GRID, {**URGENT, "responsibility": "unclear"}), "urgent"),
    Row("urgent", "urgent", "community", Told("drainage", TWO_BLOCKS, URGENT), Told("drainage", TWO_BLOCKS),
        "minor-blocks"),
    Row("major-communities", "major", "subdistrict", Told("road", TWO_COMMUNITIES), Told("road", TWO_BLOCKS),
        "minor-blocks"),
    Row("major-managed", "major", "subdistrict", Told("road", ONE_GRID, BY_SUBDISTRICT), Told("road"),
        "micro-department"),
    Row("major-service", "major", "subdistrict", Told("power_supply", BUILDING), Told("elevator", BUILDING), "micro"),
    Row("minor-blocks", "minor", "topic", Told("road", TWO_BLOCKS), Told("road", TWO_GRIDS), "micro-department"),
    Row("minor-groups", "minor", "topic", Told("drainage", TWO_GROUPS), Told("drainage", ONE_GROUP), "micro"),
    Row("minor-groups", "minor", "topic", Told("parking", TWO_GROUPS), Told("parking", TWO_GRIDS), "micro"),
    Row("minor-public-affair", "minor", "topic", Told("facilities"),
        Told("facilities", ONE_GRID, {"authority": "property"}), "micro"),
    Row("minor-council", "minor", "topic", Told("parking", ONE_GRID, {"forum": "representatives"}),
        Told("parking", ONE_GRID, {"forum": "residents"}), "micro"),
    Row("minor-council", "minor", "topic", Told("garbage", ONE_GRID, {"forum": "joint"}),
        Told("garbage", ONE_GRID, {"forum": "grid"}), "micro"),
    Row("minor-council", "minor", "topic", Told("housing_repair", BUILDING, {"forum": "experts"}),
        Told("housing_repair", BUILDING), "micro"),
    Row("micro-on-the-spot", "micro", "on_the_spot", Told("garbage"), Told("garbage", TWO_GRIDS), "micro-department"),
    Row("micro-on-the-spot", "micro", "on_the_spot", Told("piled_up"),
        Told("piled_up", ONE_GRID, {"responsibility": "unclear"}), "micro"),
    Row("micro-on-the-spot", "micro", "on_the_spot", Told("shared_bikes"),
        Told("shared_bikes", ONE_GRID, {"forum": "residents"}), "micro"),
    Row("micro-on-the-spot", "micro", "on_the_spot", Told("dirty_road"), Told("kerb"), "micro-department"),
    Row("micro-department", "micro", "department", Told("street_light"), Told("elevator"), "micro"),
    Row("micro-department", "micro", "department", Told("street_trading", ONE_GRID, {"departments": 1}),
        Told("street_trading", ONE_GRID, {"departments": 2}), "micro"),
    Row("micro-department", "micro", "department", Told("flooding"),
        Told("flooding", ONE_GRID, {"responsibility": "unknown"}), "micro"),
    Row("micro-department", "micro", "department", Told("storm_manhole", ONE_GRID, {"authority": "power"}),
        Told("storm_manhole", ONE_GRID, {"authority": "property"}), "micro"),
    Row("micro-department", "micro", "department", Told("cooking_fumes"), Told("noise"), "micro"),
    Row("micro-department", "micro", "department", Told("fire_lane"),
        Told("fire_lane", ONE_GRID, {"forum": "residents"}), "micro"),
    Row("micro", "micro", "topic", Told("drainage"), Told("drainage", ONE_GRID, URGENT), "urgent"),
]  # fmt: skip


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.rule)
def test_each_rule_fires_and_lets_go(row: Row) -> None:
    assert decided(PLACE, row) == ((row.rule, row.label, row.route), row.taken_by)
    assert row.taken_by != row.rule


def test_the_table_names_every_rule() -> None:
    assert {row.rule for row in TABLE} == {rule.key for rule in rules(PLACE).cases.rules}
    assert len(TABLE) >= 20


@pytest.mark.parametrize("category", ["road", "parking", "drainage", "green_occupied", "housing_repair"])
def test_story_5_one_fault_at_three_spans_and_one_that_the_subdistrict_manages(category: str) -> None:
    assert [label for label, _ in story_5(PLACE, category)] == ["micro", "minor", "major"]
    managed = proposed(PLACE, Told(category, ONE_GRID, BY_SUBDISTRICT))
    assert (managed.label, managed.route) == ("yichang/major", "subdistrict")


def test_story_5_says_who_acts() -> None:
    assert story_5(PLACE, "drainage") == [("micro", "topic"), ("minor", "topic"), ("major", "subdistrict")]
    spans = (ONE_GRID, TWO_BLOCKS, TWO_COMMUNITIES)
    found = [proposed(PLACE, Told("drainage", touched)).level for touched in spans]
    assert found == ["block", "community", None]


def test_the_small_grids_of_one_block_are_one_block_and_the_groups_of_a_village_are_several() -> None:
    assert proposed(PLACE, Told("drainage", TWO_GRIDS)).label == "yichang/micro"
    assert proposed(PLACE, Told("drainage", TWO_GROUPS)).label == "yichang/minor"


LIMITS = [
    (Told("gas_leak"), "danger", 2, "hour"),
    (Told("flooding"), "flooding", 2, "urgent_working_hour"),
    (Told("flooding", ONE_GRID, {"danger": True}), "danger", 2, "hour"),
    (Told("water_supply"), "utilities", 24, "hour"),
    (Told("road", TWO_COMMUNITIES), "handed-up", 10, "working_day"),
    (Told("road", TWO_BLOCKS), "minor", 1, "month"),
    (Told("drainage"), "micro", 2, "week"),
    (Told("garbage"), "garbage", 4, "working_hour"),
    (Told("garbage", ONE_GRID, URGENT), "urgent", 1, "urgent_working_day"),
    (Told("dirty_road"), "dirty-road", 3, "working_hour"),
    (Told("illegal_building", ONE_GRID, {"responsibility": "clear"}), "illegal-building", 15, "working_day"),
    (Told("piled_up"), "on-the-spot", 2, "working_day"),
    (Told("unsorted"), "sort_first", 1, "working_day"),
    (Told("street_light"), "ordinary", 7, "day"),
]


@pytest.mark.parametrize(("told", "rule", "amount", "unit"), LIMITS)
def test_limits(told: Told, rule: str, amount: int, unit: str) -> None:
    assert limited(PLACE, told) == (rule, amount, unit)


def test_the_table_of_limits_is_complete() -> None:
    assert {row[1] for row in LIMITS} == {limit.key for limit in rules(PLACE).cases.limits}
