"""Triage in 沈阳 于洪区: three clears; household, unit, block; and the colours of 依云首府 below it."""

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

DISTRICT = "shenyang-yuhong"
COLOURS = "shenyang-yuhong-yiyun"

URGENT = {"urgent": True}
TABLE = [
    Row("danger", "emergency", "emergency", Told("fallen_cable"), Told("power_supply"), "division-clear"),
    Row("danger", "emergency", "emergency", Told("parking", TWO_BLOCKS, {"danger": True, "me_too": 50}),
        Told("parking", TWO_BLOCKS, {"me_too": 50}), "difficulty-community"),
    Row("about-someone", "oversight", "one_level_up", Told("property_service", ONE_GRID, {"about": "property"}),
        Told("property_service"), "division-clear"),
    Row("conduct", "oversight", "subdistrict", Told("conduct"), Told("certificate"), "advice"),
    Row("advice", "service", "counter", Told("certificate", {}, {"outcome": "none"}), Told("culture"), "block-affair"),
    Row("help", "service", "refer", Told("vulnerable_help", BUILDING), Told("family", BUILDING), "private-matter"),
    Row("quarrel", "household-affair", "refer", Told("neighbours", UNIT), Told("noise", UNIT), "unit-affair"),
    Row("private-matter", "household-affair", "refer", Told("housing_repair", UNIT, {"publicness": "private"}),
        Told("housing_repair", UNIT), "unit-affair"),
    Row("outside", "situation", "sort", Told("road", {}, {"outcome": "outside"}),
        Told("road", ONE_GRID, {"outcome": "snapped"}), "division-clear"),
    Row("no-place", "service", "counter", Told("dogs", {}, {"outcome": "none"}), Told("dogs"), "block-affair"),
    Row("unsorted", "situation", "sort", Told("unsorted"), Told("dogs"), "block-affair"),
    Row("urgent-clear", "division", "department", Told("elevator", BUILDING, URGENT), Told("elevator", BUILDING),
        "division-clear"),
    Row("urgent-clear", "division", "department", Told("garbage", ONE_GRID, URGENT),
        Told("facilities", ONE_GRID, URGENT), "urgent"),
    Row("urgent-clear", "division", "department", Told("flooding", ONE_GRID, URGENT),
        Told("flooding", ONE_GRID, {**URGENT, "responsibility": "unknown"}), "urgent"),
    Row("urgent", "block-affair", "community", Told("drainage", ONE_GRID, {**URGENT, "recurrence": 5}),
        Told("drainage", ONE_GRID, {"recurrence": 5}), "difficulty-grid"),
    Row("difficulty-communities", "difficulty", "topic", Told("parking", TWO_COMMUNITIES, {"me_too": 10}),
        Told("parking", TWO_COMMUNITIES, {"me_too": 9}), "beyond-community"),
    Row("difficulty-communities", "difficulty", "topic", Told("noise", TWO_COMMUNITIES, {"recurrence": 3}),
        Told("noise", TWO_COMMUNITIES, {"recurrence": 3, "responsibility": "clear"}), "division-clear"),
    Row("difficulty-communities", "difficulty", "topic", Told("dogs", TWO_COMMUNITIES, {"recurrence": 3}),
        Told("dogs", TWO_COMMUNITIES, {"recurrence": 2}), "beyond-community"),
    Row("difficulty-community", "difficulty", "topic", Told("parking", TWO_GRIDS, {"me_too": 10}),
        Told("parking", TWO_GRIDS, {"me_too": 9}), "block-affair"),
    Row("difficulty-community", "difficulty", "topic", Told("dogs", TWO_BLOCKS, {"recurrence": 3}),
        Told("dogs", TWO_BLOCKS, {"recurrence": 2}), "block-affair"),
    Row("difficulty-community", "difficulty", "topic", Told("dogs", TWO_BLOCKS, {"me_too": 12}),
        Told("road", TWO_BLOCKS, {"me_too": 12}), "division-clear"),
    Row("difficulty-grid", "difficulty", "topic", Told("dogs", ONE_GRID, {"me_too": 10}),
        Told("dogs", ONE_GRID, {"me_too": 9}), "block-affair"),
    Row("difficulty-grid", "difficulty", "topic", Told("noise", ONE_GRID, {"recurrence": 3}),
        Told("noise", ONE_GRID, {"recurrence": 2}), "block-affair"),
    Row("difficulty-grid", "difficulty", "topic", Told("dogs", ONE_GRID, {"me_too": 50}),
        Told("street_light", ONE_GRID, {"me_too": 50}), "division-clear"),
    Row("needs-members", "difficulty", "topic", Told("facilities", ONE_GRID, {"forum": "experts"}),
        Told("facilities"), "block-affair"),
    Row("needs-members", "difficulty", "topic", Told("road", TWO_BLOCKS, {"forum": "joint", "departments": 2}),
        Told("road", TWO_BLOCKS, {"departments": 2}), "several-departments"),
    Row("needs-members", "difficulty", "topic", Told("parking", ONE_GRID, {"forum": "representatives"}),
        Told("parking", ONE_GRID, {"forum": "residents"}), "residents-divided"),
    Row("residents-divided", "difficulty", "topic", Told("culture", ONE_GRID, {"forum": "grid"}), Told("culture"),
        "block-affair"),
    Row("residents-divided", "difficulty", "topic", Told("green_occupied", ONE_GRID, {"forum": "residents"}),
        Told("green_occupied"), "block-affair"),
    Row("several-departments", "division", "subdistrict", Told("street_trading", ONE_GRID, {"departments": 2}),
        Told("street_trading", ONE_GRID, {"departments": 1}), "division-clear"),
    Row("on-the-spot", "block-affair", "on_the_spot", Told("garbage"), Told("garbage", TWO_GRIDS), "division-clear"),
    Row("on-the-spot", "block-affair", "on_the_spot", Told("piled_up", UNIT),
        Told("piled_up", UNIT, {"responsibility": "unclear"}), "unit-affair"),
    Row("on-the-spot", "block-affair", "on_the_spot", Told("nonmotor_parking"), Told("street_trading"),
        "division-clear"),
    Row("division-clear", "division", "department", Told("property_service", ONE_GRID), Told("facilities"),
        "block-affair"),
    Row("division-clear", "division", "department", Told("road", TWO_COMMUNITIES),
        Told("road", TWO_COMMUNITIES, {"responsibility": "unclear"}), "beyond-community"),
    Row("division-clear", "division", "department", Told("flooding"),
        Told("flooding", ONE_GRID, {"responsibility": "unknown"}), "block-affair"),
    Row("subdistrict-matter", "division", "subdistrict", Told("road", ONE_GRID, {"authority": "subdistrict_office"}),
        Told("road", ONE_GRID, {"authority": "community"}), "block-affair"),
    Row("beyond-community", "division", "subdistrict", Told("parking", TWO_COMMUNITIES), Told("parking", TWO_BLOCKS),
        "block-affair"),
    Row("unit-affair", "unit-affair", "topic", Told("drainage", UNIT), Told("drainage"), "block-affair"),
    Row("unit-affair", "unit-affair", "topic", Told("housing_repair", BUILDING), Told("housing_repair", TWO_GRIDS),
        "block-affair"),
    Row("unit-affair", "unit-affair", "topic", Told("dogs", BUILDING), Told("parking", BUILDING), "block-affair"),
    Row("block-affair", "block-affair", "community", Told("culture"), Told("culture", UNIT), "unit-affair"),
]  # fmt: skip


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.rule)
def test_each_rule_fires_and_lets_go(row: Row) -> None:
    assert decided(DISTRICT, row) == ((row.rule, row.label, row.route), row.taken_by)
    assert row.taken_by != row.rule


@pytest.mark.parametrize("profile", [DISTRICT, COLOURS])
def test_the_table_names_every_rule(profile: str) -> None:
    assert {row.rule for row in TABLE} == {rule.key for rule in rules(profile).cases.rules}
    assert len(TABLE) >= 20


def test_story_3_a_sewer_that_comes_back_is_adopted_by_the_grid_branch() -> None:
    """Building 12, unit 2: a unit's affair at first; once it keeps coming back, a difficulty."""
    first = proposed(DISTRICT, Told("drainage", UNIT))
    again = proposed(DISTRICT, Told("drainage", UNIT, {"recurrence": 3}))
    assert (first.rule_key, first.level) == ("unit-affair", "building")
    assert (again.rule_key, again.level, again.route) == ("difficulty-grid", "grid", "topic")


def test_story_5_one_fault_at_three_spans() -> None:
    assert story_5(DISTRICT, "drainage") == [
        ("block-affair", "community"),
        ("block-affair", "community"),
        ("division", "subdistrict"),
    ]
    strong = {"me_too": 10}
    spans = (ONE_GRID, TWO_BLOCKS, TWO_COMMUNITIES)
    found = [proposed(DISTRICT, Told("drainage", touched, strong)).level for touched in spans]
    assert found == ["grid", "community", "subdistrict"]  # who adopts the topic


LIMITS = [
    (Told("gas_leak"), "danger", 2, "hour"),
    (Told("flooding"), "flooding", 4, "urgent_working_hour"),
    (Told("flooding", ONE_GRID, {"danger": True}), "danger", 2, "hour"),
    (Told("water_supply"), "utilities", 1, "urgent_working_day"),
    (Told("drainage", UNIT), "unit-affair", 2, "week"),
    (Told("dogs", ONE_GRID, {"me_too": 10}), "deliberated", 1, "month"),
    (Told("garbage"), "garbage", 4, "working_hour"),
    (Told("garbage", ONE_GRID, URGENT), "urgent", 1, "urgent_working_day"),
    (Told("dirty_road"), "dirty-road", 2, "working_hour"),
    (Told("illegal_building"), "illegal-building", 20, "working_day"),
    (Told("piled_up"), "on-the-spot", 1, "working_day"),
    (Told("unsorted"), "sort_first", 1, "working_day"),
    (Told("road"), "ordinary", 7, "day"),
]


@pytest.mark.parametrize(("told", "rule", "amount", "unit"), LIMITS)
def test_limits(told: Told, rule: str, amount: int, unit: str) -> None:
    assert limited(DISTRICT, told) == (rule, amount, unit)


def test_the_table_of_limits_is_complete() -> None:
    assert {row[1] for row in LIMITS} == {limit.key for limit in rules(DISTRICT).cases.limits}


# ------------------------------------------------------------------ three colours, in one community only

COLOUR_BY_RULE = {
    "urgent-clear": "green",
    "urgent": "green",
    "on-the-spot": "green",
    "block-affair": "green",
    "several-departments": "orange",
    "division-clear": "orange",
    "subdistrict-matter": "orange",
    "beyond-community": "orange",
    "unit-affair": "orange",
    "difficulty-communities": "red",
    "difficulty-community": "red",
    "difficulty-grid": "red",
    "needs-members": "red",
    "residents-divided": "red",
}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.rule)
def test_below_the_override_the_same_rules_give_colours(row: Row) -> None:
    (rule, label, _), taken_by = decided(COLOURS, row)
    assert (rule, taken_by) == (row.rule, row.taken_by)
    assert label == COLOUR_BY_RULE.get(rule, row.label)


def test_green_is_a_week_orange_a_month_and_red_has_an_agenda_date_instead_of_a_timer() -> None:
    green = proposed(COLOURS, Told("culture"))
    orange = proposed(COLOURS, Told("road"))
    red = proposed(COLOURS, Told("dogs", ONE_GRID, {"me_too": 10}))
    assert green.limit is not None
    assert orange.limit is not None
    assert (green.deadline_rule, green.limit.amount, green.limit.unit) == ("green", 1, "week")
    assert (orange.deadline_rule, orange.limit.amount, orange.limit.unit) == ("orange", 1, "month")
    assert (red.deadline_rule, red.limit, red.route) == ("red", None, "topic")
    assert red.agenda_by is not None


def test_what_hurries_hurries_in_every_colour() -> None:
    danger = proposed(COLOURS, Told("gas_leak"))
    urgent = proposed(COLOURS, Told("drainage", ONE_GRID, URGENT))
    assert (danger.route, danger.deadline_rule) == ("emergency", "danger")
    assert (urgent.label, urgent.deadline_rule, urgent.skips_queue) == (f"{COLOURS}/green", "urgent", True)


@pytest.mark.parametrize(("told", "red"), [
    (Told("dogs", TWO_COMMUNITIES, {"me_too": 10}), "difficulty-communities"),
    (Told("dogs", TWO_BLOCKS, {"me_too": 10}), "difficulty-community"),
    (Told("facilities", ONE_GRID, {"forum": "joint"}), "needs-members"),
    (Told("noise", ONE_GRID, {"forum": "residents"}), "residents-divided"),
])  # fmt: skip
def test_every_red_has_a_date_and_no_timer(told: Told, red: str) -> None:
    found = proposed(COLOURS, told)
    assert (found.rule_key, found.limit, found.tracks) == (red, None, ("topic",))
    assert found.agenda_by is not None


def test_the_district_knows_no_colours() -> None:
    assert {"green", "orange", "red"}.isdisjoint(rules(DISTRICT).cases.labels_by_key)
    assert proposed(DISTRICT, Told("culture")).label == f"{DISTRICT}/block-affair"
