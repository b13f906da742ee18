"""Boxes against brute force: every situation is looked at, one by one."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.domain import rule_space
from cases.domain.conditions import All, Any_, Condition, FactSpec, Not, Test, compile_condition
from cases.domain.rule_space import RuleSpace, TooManyBoxesError

SPECS = {
    "colour": FactSpec("choice", ("red", "green", "blue")),
    "wet": FactSpec("flag"),
    "count": FactSpec("count"),
    "age": FactSpec("count", optional=True),
}
VALUES: dict[str, list[Any]] = {
    "colour": ["red", "green", "blue"],
    "wet": [False, True],
    "count": list(range(7)),
    "age": [None, *range(7)],
}
SITUATIONS = [dict(zip(VALUES, values, strict=True)) for values in product(*VALUES.values())]

tests = st.one_of(
    st.builds(Test, st.just("colour"), st.sampled_from(["eq", "ne"]), st.sampled_from(VALUES["colour"])),
    st.builds(
        Test,
        st.just("colour"),
        st.sampled_from(["in", "not_in"]),
        st.frozensets(st.sampled_from(VALUES["colour"])),
    ),
    st.builds(Test, st.just("wet"), st.just("eq"), st.booleans()),
    st.builds(
        Test,
        st.sampled_from(["count", "age"]),
        st.sampled_from(["eq", "ne", "lt", "lte", "gt", "gte"]),
        st.integers(0, 5),
    ),
)
conditions: st.SearchStrategy[Condition] = st.recursive(
    tests,
    lambda inner: st.one_of(
        st.builds(All, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Any_, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(Not, inner),
    ),
    max_leaves=6,
)


def within(situation: dict[str, Any], boxes: list[Any]) -> int:
    return sum(all(situation[fact] in values for fact, values in box.items()) for box in boxes)


@given(conditions)
def test_boxes_hold_what_the_condition_holds(condition: Condition) -> None:
    # Thresholds 0–6 let the space tell all numbers of VALUES apart.
    space = RuleSpace(
        SPECS, [condition, *(Test(fact, "eq", n) for fact in ("count", "age") for n in range(7))]
    )
    boxes = space.boxes(condition)
    for situation in SITUATIONS:
        assert bool(within(situation, boxes)) == condition.holds(situation)


@given(conditions, conditions)
def test_subtraction_leaves_disjoint_boxes_of_what_the_second_does_not_hold(
    one: Condition, other: Condition
) -> None:
    space = RuleSpace(
        SPECS, [one, other, *(Test(fact, "eq", n) for fact in ("count", "age") for n in range(7))]
    )
    left = space.subtract(space.subtract([{}], space.boxes(Not(one))), space.boxes(other))
    for situation in SITUATIONS:
        assert within(situation, left) == int(one.holds(situation) and not other.holds(situation))


@given(st.lists(conditions, max_size=4))
def test_first_match_wins_is_subtraction(rules: list[Condition]) -> None:
    space = RuleSpace(SPECS, [*rules, *(Test(fact, "eq", n) for fact in ("count", "age") for n in range(7))])
    left: list[Any] = [{}]
    for position, rule in enumerate(rules):
        decided = space.intersect(left, space.boxes(rule))
        for situation in SITUATIONS:
            first = next((i for i, other in enumerate(rules) if other.holds(situation)), None)
            assert bool(within(situation, decided)) == (first == position)
        left = space.subtract(left, space.boxes(rule))


def test_thresholds_cut_numbers_exactly() -> None:
    condition, findings = compile_condition({"count": {"gte": 3}}, SPECS)
    assert findings == []
    space = RuleSpace(SPECS, [condition])
    (box,) = space.boxes(condition)
    assert box == {"count": frozenset({3, 4})}
    (rest,) = space.subtract([{}], [box])
    assert rest == {"count": frozenset({0, 2})}


def test_too_many_situations_are_refused_rather_than_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_space, "MAX_BOXES", 3)
    condition, _ = compile_condition({"any": [{"count": n} for n in (1, 3, 5, 7)]}, SPECS)
    space = RuleSpace(SPECS, [condition])
    with pytest.raises(TooManyBoxesError, match="more than 3 situations"):
        space.intersect([{}], space.boxes(condition))
