"""Triage in 重庆 五角亭社区: major, minor and private; major on two tracks."""

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

PLACE = "chongqing-wujiaoting"

URGENT = {"urgent": True}
TABLE = [
    Row("danger", "emergency", "emergency", Told("falling_object"), Told("fire_lane"), "minor"),
    Row("about-someone", "oversight", "one_level_up", Told("garbage", ONE_GRID, {"about": "official"}),
        Told("garbage"), "minor-on-the-spot"),
    Row("conduct", "oversight", "subdistrict", Told("conduct"), Told("certificate"), "advice"),
    Row("advice", "private", "counter", Told("certificate", {}, {"outcome": "none"}), Told("culture"), "minor-culture"),
    Row("help", "private", "refer", Told("vulnerable_help", BUILDING), Told("facilities", BUILDING), "minor"),
    Row("help", "private", "refer", Told("health", BUILDING), Told("culture", BUILDING), "minor-culture"),
    Row("quarrel", "private", "refer", Told("neighbours", UNIT), Told("family", UNIT), "private-matter"),
    Row("private-matter", "private", "refer", Told("noise", UNIT, {"publicness": "private"}), Told("noise", UNIT),
        "minor"),
    Row("outside", "order", "sort", Told("fire_lane", {}, {"outcome": "outside"}),
        Told("fire_lane", ONE_GRID, {"outcome": "overlap"}), "minor"),
    Row("no-place", "order", "counter", Told("dogs", {}, {"outcome": "none"}), Told("dogs"), "minor"),
    Row("unsorted", "order", "sort", Told("unsorted"), Told("dogs"), "minor"),
    Row("urgent-clear", "major", "department", Told("fire_lane", ONE_GRID, URGENT), Told("fire_lane"), "minor"),
    Row("urgent-clear", "major", "department", Told("flooding", ONE_GRID, URGENT),
        Told("elevator", BUILDING, URGENT), "urgent"),
    Row("urgent-clear", "major", "department", Told("road", ONE_GRID, URGENT),
        Told("road", ONE_GRID, {**URGENT, "responsibility": "unclear"}), "urgent"),
    Row("urgent", "minor", "community", Told("drainage", ONE_GRID, URGENT), Told("drainage"), "minor"),
    Row("major-communities", "major", "subdistrict", Told("parking", TWO_COMMUNITIES), Told("parking", TWO_BLOCKS),
        "minor"),
    Row("major-service", "major", "department", Told("power_supply", BUILDING), Told("elevator", BUILDING), "minor"),
    Row("major-service", "major", "department", Told("water_supply", ONE_GRID, {"departments": 1}),
        Told("water_supply", ONE_GRID, {"departments": 2}), "major-managed"),
    Row("major-managed", "major", "subdistrict", Told("flooding"), Told("drainage"), "minor"),
    Row("major-managed", "major", "subdistrict", Told("parking", ONE_GRID,
        {"authority": "subdistrict_office", "responsibility": "clear"}),
        Told("parking", ONE_GRID, {"authority": "subdistrict_office"}), "minor"),
    Row("major-managed", "major", "subdistrict", Told("green_occupied", ONE_GRID,
        {"authority": "sewer", "responsibility": "clear"}),
        Told("green_occupied", ONE_GRID, {"responsibility": "clear"}), "minor"),
    Row("major-road", "major", "subdistrict", Told("road"),
        Told("road", ONE_GRID, {"authority": "community"}), "minor"),
    Row("major-departments", "major", "subdistrict", Told("street_trading", ONE_GRID, {"departments": 2}),
        Told("street_trading", ONE_GRID, {"departments": 1}), "minor"),
    Row("minor-on-the-spot", "minor", "on_the_spot", Told("garbage"), Told("garbage", TWO_GRIDS), "minor"),
    Row("minor-on-the-spot", "minor", "on_the_spot", Told("piled_up"),
        Told("piled_up", ONE_GRID, {"responsibility": "unclear"}), "minor"),
    Row("minor-on-the-spot", "minor", "on_the_spot", Told("ebike_charging"),
        Told("ebike_charging", ONE_GRID, {"forum": "residents"}), "minor"),
    Row("minor-on-the-spot", "minor", "on_the_spot", Told("dirty_road"), Told("street_trading"), "minor"),
    Row("minor-culture", "minor", "community", Told("culture"), Told("culture", ONE_GRID, {"forum": "residents"}),
        "minor"),
    Row("minor-culture", "minor", "community", Told("culture", TWO_BLOCKS), Told("facilities", TWO_BLOCKS), "minor"),
    Row("minor", "minor", "topic", Told("housing_repair", BUILDING),
        Told("housing_repair", BUILDING, URGENT), "urgent"),
]  # fmt: skip


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.rule)
def test_each_rule_fires_and_lets_go(row: Row) -> None:
    assert decided(PLACE, row) == ((row.rule, row.label, row.route), row.taken_by)
    assert row.taken_by != row.rule


def test_the_table_names_every_rule() -> None:
    assert {row.rule for row in TABLE} == {rule.key for rule in rules(PLACE).cases.rules}
    assert len(TABLE) >= 20


def test_story_8_three_orders_get_three_kinds() -> None:
    told = [Told("fire_lane"), Told("road"), Told("certificate", {}, {"outcome": "none"})]
    found = [proposed(PLACE, order) for order in told]
    assert [proposal.label.partition("/")[2] for proposal in found] == ["minor", "major", "private"]
    assert (found[0].route, found[0].level) == ("topic", "community")
    assert found[2].tracks == ("assignment",)


def test_a_major_matter_is_handed_up_and_goes_through_the_four_meetings() -> None:
    for told in (Told("road"), Told("road", TWO_COMMUNITIES), Told("flooding"),
                 Told("street_trading", ONE_GRID, {"departments": 2})):  # fmt: skip
        found = proposed(PLACE, told)
        assert (found.label, found.route) == (f"{PLACE}/major", "subdistrict")
        assert found.tracks == ("assignment", "topic")
        assert found.agenda_by is not None


def test_story_9_a_quarrel_at_night_is_private_and_never_shown() -> None:
    found = proposed(PLACE, Told("neighbours", UNIT, {"channel": "phone"}))
    assert (found.label, found.route, found.level) == (f"{PLACE}/private", "refer", "community")
    kind = rules(PLACE).cases.categories_by_key["neighbours"]
    assert kind.sensitive
    assert not kind.published


def test_no_private_matter_is_published() -> None:
    for category in rules(PLACE).cases.categories:
        if proposed(PLACE, Told(category.key)).label == f"{PLACE}/private":
            assert not category.published


def test_story_5_one_fault_at_three_spans() -> None:
    assert story_5(PLACE, "drainage") == [("minor", "topic"), ("minor", "topic"), ("major", "subdistrict")]


LIMITS = [
    (Told("gas_leak"), "danger", 2, "hour"),
    (Told("flooding"), "flooding", 4, "urgent_working_hour"),
    (Told("flooding", ONE_GRID, {"danger": True}), "danger", 2, "hour"),
    (Told("power_supply"), "utilities", 24, "hour"),
    (Told("neighbours"), "private", 5, "working_day"),
    (Told("garbage"), "garbage", 4, "working_hour"),
    (Told("garbage", ONE_GRID, URGENT), "urgent", 1, "urgent_working_day"),
    (Told("dirty_road"), "dirty-road", 5, "working_hour"),
    (Told("piled_up"), "on-the-spot", 1, "working_day"),
    (Told("road"), "handed-up", 10, "working_day"),
    (Told("fire_lane"), "four-meetings", 3, "month"),
    (Told("unsorted"), "sort_first", 1, "working_day"),
    (Told("culture"), "ordinary", 7, "day"),
]


@pytest.mark.parametrize(("told", "rule", "amount", "unit"), LIMITS)
def test_limits(told: Told, rule: str, amount: int, unit: str) -> None:
    assert limited(PLACE, told) == (rule, amount, unit)


def test_the_table_of_limits_is_complete() -> None:
    assert {row[1] for row in LIMITS} == {limit.key for limit in rules(PLACE).cases.limits}
