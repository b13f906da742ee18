"""What the rollup of cases counts by; triggers keep it, see `geo.db.rollups`."""

from __future__ import annotations

from geo.db.rollups import RollupSpec

__all__ = ["CASE_ROLLUP"]

CASE_ROLLUP = RollupSpec(
    source="cases_case",
    table="cases_caserollup",
    keys=(
        ("place_id", "{row}.place_id"),
        ("category", "{row}.category"),
        ("h3_shown", "COALESCE({row}.h3_shown, 0)"),
        ("h3_cell", "COALESCE({row}.h3_cell, 0)"),
        ("area_id", "COALESCE({row}.area_id, 0)"),
        ("about", "{row}.about"),
        ("is_published", "{row}.is_published"),
        ("is_sensitive", "{row}.is_sensitive"),
        ("confidential", "{row}.confidential"),
        ("private_place", "{row}.private_place"),
        ("by_case", "({row}.area_id IS NULL OR {row}.affected IS NOT NULL)"),
    ),
    moment="{row}.reported_at",
    zone="(SELECT time_zone FROM geo_place WHERE id = {row}.place_id)",
    watched=(
        "place_id",
        "category",
        "reported_at",
        "h3_shown",
        "h3_cell",
        "area_id",
        "about",
        "is_published",
        "is_sensitive",
        "confidential",
        "private_place",
        "affected",
    ),
)
