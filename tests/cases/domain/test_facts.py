"""Facts: span of what is touched, defaults of the category."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from cases.domain.facts import Facts, facts_for, span_of
from cases.domain.profile import CasesSection
from tests.factories.profiles import profile_store


@pytest.fixture(scope="module")
def cases() -> CasesSection:
    return profile_store().resolve("jinan-wuyingshan").section(CasesSection)


@pytest.mark.parametrize(
    ("touched", "span"),
    [
        ({}, "none"),
        ({"community": 0, "grid": 0}, "none"),
        ({"subdistrict": 1, "community": 1, "block": 1, "grid": 1, "building": 1, "unit": 1}, "unit"),
        ({"subdistrict": 1, "community": 1, "block": 1, "grid": 1, "building": 1, "unit": 2}, "building"),
        ({"subdistrict": 1, "community": 1, "block": 1, "grid": 1}, "grid"),
        ({"subdistrict": 1, "community": 1, "block": 1, "grid": 3}, "block"),
        ({"subdistrict": 1, "community": 1, "block": 2, "grid": 3}, "community"),
        ({"subdistrict": 1, "community": 2, "block": 2, "grid": 2}, "subdistrict"),
        ({"subdistrict": 2, "community": 2}, "several"),
        ({"community": 1, "grid": 2}, "community"),  # levels that a place skips
        ({"community": 1, "block": 2, "building": 1}, "community"),  # one building, yet two blocks
        ({"community": 1, "block": 0, "grid": 1}, "grid"),  # a gap in the blocks
    ],
)
def test_span_is_the_smallest_unit_that_holds_it_all(touched: Mapping[str, int], span: str) -> None:
    assert span_of(touched) == span


def test_a_household_is_smaller_than_any_shape() -> None:
    assert span_of({"grid": 1}, household=True) == "household"
    assert span_of({}, household=True) == "household"


def test_unknown_levels_are_refused() -> None:
    with pytest.raises(ValueError, match="got hamlet"):
        span_of({"hamlet": 1})


def test_a_category_fills_in_what_nobody_said(cases: CasesSection) -> None:
    facts = facts_for(cases, "fallen_cable", {"community": 1, "grid": 2})
    assert facts == Facts(
        category="fallen_cable", category_group="safety", publicness="public", authority="power",
        authority_tier="utility", responsibility="clear", danger=True, span="community", communities=1, grids=2,
    )  # fmt: skip


def test_what_was_said_stands_above_the_category(cases: CasesSection) -> None:
    facts = facts_for(cases, "parking", {"grid": 1}, authority="subdistrict_office", publicness="shared",
                      responsibility="clear", urgent=True, enclosure="closed", channel="hotline")  # fmt: skip
    assert (facts.authority, facts.authority_tier) == ("subdistrict_office", "subdistrict")
    assert (facts.publicness, facts.responsibility, facts.urgency) == ("shared", "clear", "urgent")
    assert (facts.enclosure, facts.channel) == ("closed", "hotline")


def test_nobody_can_talk_a_dangerous_kind_out_of_danger(cases: CasesSection) -> None:
    assert facts_for(cases, "gas_leak", {}, danger=False).danger
    assert facts_for(cases, "road", {}, danger=True).danger


def test_unknown_categories_and_authorities_fall_back(cases: CasesSection) -> None:
    facts = facts_for(cases, "ufo", {}, authority="starfleet")
    assert (facts.category, facts.authority) == ("unsorted", "unknown")


def test_a_complaint_about_somebody_is_sensitive_and_confidential(cases: CasesSection) -> None:
    facts = facts_for(cases, "garbage", {}, about="leader")
    assert facts.sensitive
    assert facts.confidential
    plain = facts_for(cases, "garbage", {})
    assert not plain.sensitive
    assert not plain.confidential
