"""Report of an import of areas: what was read, taken, mended and refused, and how it covers the ground."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from geo.domain.area_rows import AreaRow, RowProblem
from geo.domain.level_fit import LevelFindings, inner_points

__all__ = ["AreaFields", "AreaImport", "LevelCounts", "problem_json"]


@dataclass(frozen=True, slots=True)
class AreaFields:
    """Columns of the file; empty: not there. `keep` go into the attributes of each area."""

    code: str
    name: str = ""
    parent: str = ""
    name_en: str = ""
    aliases: str = ""
    population: str = ""
    households: str = ""
    enclosure: str = ""
    keep: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LevelCounts:
    """What became of a level; `relinked` are areas of finer levels that got another parent."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    relinked: int = 0


@dataclass(frozen=True)
class AreaImport:
    """Report of an import.

    Attributes
    ----------
    place, profile, generation, level
    file, kind, layer, encoding
        What was read.
    crs_said, crs_used, crs_accuracy_m
        What the file says, what was taken, and how exact its transformation is known to be.
    place_created
        Settings of a place that is (or with --commit would be) created; empty for one that was there.
    metric_srid
        CRS in which areas were measured.
    committed
        Whether anything was written.
    read
        Number of rows of the file.
    rows
        Those taken.
    refused, repaired, nameless, orphans
        Rows refused; rows mended; rows whose code stands for the name; rows without an area above.
    heights_dropped
        Number of rows whose heights were left out.
    cut_names
        Rows whose name had its last character cut in the middle.
    counts
        What became of the level in the generation.
    findings
        Gaps, overlaps, areas outside their parents.
    notes
        What else had to be done to read the file.
    """

    place: str
    profile: str
    generation: str
    level: str
    file: str
    kind: str
    layer: str
    encoding: str
    crs_said: str
    crs_used: str
    crs_accuracy_m: float | None
    metric_srid: int
    place_created: dict[str, Any]
    read: int
    heights_dropped: int
    notes: tuple[str, ...]
    rows: tuple[AreaRow, ...] = ()
    refused: tuple[RowProblem, ...] = ()
    orphans: tuple[AreaRow, ...] = ()
    cut_names: tuple[AreaRow, ...] = ()
    committed: bool = False
    counts: LevelCounts = field(default_factory=LevelCounts)
    findings: LevelFindings = field(default_factory=LevelFindings)

    @property
    def repaired(self) -> tuple[AreaRow, ...]:
        """Rows whose geometry was invalid, and is mended."""
        return tuple(row for row in self.rows if row.repair is not None)

    @property
    def nameless(self) -> tuple[AreaRow, ...]:
        """Rows without a name of their own."""
        return tuple(row for row in self.rows if not row.has_own_name)

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain values; places of findings as lon, lat within them."""
        found = self.findings
        return {
            "place": self.place,
            "profile": self.profile,
            "generation": self.generation,
            "level": self.level,
            "committed": self.committed,
            "file": self.file,
            "kind": self.kind,
            "layer": self.layer,
            "encoding": self.encoding,
            "crs": {"said": self.crs_said, "used": self.crs_used, "accuracy_m": self.crs_accuracy_m},
            "metric_srid": self.metric_srid,
            "place_created": self.place_created or None,
            "read": self.read,
            "taken": len(self.rows),
            **asdict(self.counts),
            "heights_dropped": self.heights_dropped,
            "repaired": [_repair_json(row) for row in self.repaired],
            "refused": [problem_json(problem) for problem in self.refused],
            "nameless": [{"row": row.row, "code": row.code} for row in self.nameless],
            "names_cut": [{"row": row.row, "code": row.code, "name": row.name} for row in self.cut_names],
            "without_parent": [{"row": row.row, "code": row.code} for row in self.orphans],
            "gaps": _placed(
                found.gaps,
                [{"parent": gap.parent.code if gap.parent else None} for gap in found.gaps],
            ),
            "overlaps": _placed(
                found.overlaps,
                [{"first": overlap.first.code, "second": overlap.second.code} for overlap in found.overlaps],
            ),
            "outside_parents": _placed(
                found.outlying,
                [
                    {"code": part.child.code, "parent": part.parent.code, "share": round(part.share, 6)}
                    for part in found.outlying
                ],
            ),
            "buildings_outside": list(found.buildings_outside),
            "buildings_cut": [
                {"code": cut.building.code, "areas": [ref.code for ref in cut.leaves]}
                for cut in found.buildings_cut
            ],
            "notes": list(self.notes),
        }


def problem_json(problem: RowProblem) -> dict[str, Any]:
    """Return a refused row as plain values."""
    return {
        "row": problem.row,
        "code": problem.code,
        "field": problem.field,
        "problem": problem.flaw.value,
        "reason": problem.reason,
    }


def _repair_json(row: AreaRow) -> dict[str, Any]:
    repair = row.repair
    assert repair is not None
    assert repair.invalidity is not None
    return {
        "row": row.row,
        "code": row.code,
        "reason": repair.invalidity.reason,
        "lon": repair.invalidity.lon,
        "lat": repair.invalidity.lat,
        "actions": [action.value for action in repair.actions],
        "area_before_m2": round(repair.area_before_m2, 2),
        "area_after_m2": round(repair.area_after_m2, 2),
        "area_change_m2": round(repair.area_after_m2 - repair.area_before_m2, 2),
    }


def _placed(found: Sequence[Any], said: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    points = inner_points([part.geometry for part in found])
    return [
        {**what, "area_m2": round(part.area_m2, 1), "lon": round(lon, 6), "lat": round(lat, 6)}
        for part, what, (lon, lat) in zip(found, said, points, strict=True)
    ]
