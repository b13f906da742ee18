"""Cases of another system, taken over row by row: `import_cases`.

Batches are committed one by one, so that a killed import goes on where it stopped: what was taken is known by its id.
Nothing is dropped: a row becomes a case with a place (*taken*), a case without a trustworthy place (*unlocated*), is
there already (*duplicate*), or stays whole in the inbox with the reason (*kept*), to be mended and replayed.
"""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from django.db import IntegrityError, transaction
from django.utils import timezone

from cases.domain.import_rows import ImportRow, RowReader
from cases.domain.profile import CasesSection
from cases.domain.recurrence import NOTHING_EARLIER, Earlier, earlier_of
from cases.models import Case, InboxItem
from cases.selectors.calendar import one_calendar
from cases.services.import_filing import (
    ImportDraft,
    ImportedFiling,
    draft_of,
    drafts_write,
    place_imported,
    read_imported,
)
from cases.services.import_source import (
    ImportFields,
    ImportOptions,
    Scan,
    category_map,
    columns_of,
    reader_of,
    scanned,
)
from cases.services.placing import Placed, h3_cell
from cases.services.refusals import readable
from geo.errors import Conflict, InvalidInput, NotThere
from geo.files.table import Table, opened_table
from geo.models import Place
from geo.routing import PlaceSnapshot, one_view, snapshot_in_force
from geo.selectors.locate import snapshot_named

__all__ = ["BATCH_ROWS", "ImportReport", "case_id_of_row", "cases_import"]

BATCH_ROWS = 1000
SHOWN = 1000
"""Kept rows, and unknown categories, that a report names; the inbox has them all."""
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "gridcase:import")
_ATTEMPTS = 3


@dataclass
class ImportReport:
    """What became of the rows of a table.

    Attributes
    ----------
    taken, duplicate, unlocated, kept
        Together `rows`.
    changed
        Of the duplicates, those whose row says something else than when it was taken.
    closed_before_opened, flagged
        Cases closed before they were opened, and all whose times cannot be right.
    unsorted
        Cases of a category that the profile does not have; `unknown_categories` has their number by value.
    outcomes
        Of the locate, of the cases with a place.
    unlocated_by
        By reason: placeholder, outside, no_coordinates, address.
    kept_rows
        Row and reason of those kept.
    """

    file: str
    place: str
    generation: str
    encoding: str
    rows: int
    notes: list[str]
    placeholders: list[dict[str, Any]]
    taken: int = 0
    duplicate: int = 0
    unlocated: int = 0
    kept: int = 0
    open: int = 0
    closed: int = 0
    changed: int = 0
    closed_before_opened: int = 0
    flagged: int = 0
    unsorted: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    unlocated_by: Counter[str] = field(default_factory=Counter)
    unknown_categories: Counter[str] = field(default_factory=Counter)
    kept_rows: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        found = {name: getattr(self, name) for name in self.__dataclass_fields__}
        found["unknown_categories"] = dict(self.unknown_categories.most_common(SHOWN))
        found["kept_rows"] = self.kept_rows[:SHOWN]
        return found | {"outcomes": dict(self.outcomes), "unlocated_by": dict(self.unlocated_by)}


def cases_import(
    *,
    file: Path,
    place: Place,
    fields: ImportFields,
    options: ImportOptions,
    encoding: str | None = None,
    sheet: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> ImportReport:
    """Take over the cases of a table. Many transactions: one a batch of `BATCH_ROWS`.

    Parameters
    ----------
    file
        CSV (also .gz) or Excel.
    place
        With an active boundary generation.
    fields, options
    encoding, sheet
        See `opened_table`.
    progress
        Called with the rows done of a batch, and of all.

    Raises
    ------
    InvalidInput
        If the table as a whole cannot be taken; nothing has been written then.
    NotThere
        If the place has no boundaries yet.
    Conflict
        If the boundaries change again and again meanwhile; what was taken stays.
    """
    began = time.monotonic()
    snapshot = snapshot_named(place.slug)
    section = snapshot.profile.section(CasesSection)
    with opened_table(file, encoding=encoding, sheet=sheet) as table:
        columns = columns_of(table, fields)
        categories = category_map(options.categories, section)
        reader = reader_of(table, columns, options, categories, place.time_zone)
        scan = scanned(table, columns, fields, options, snapshot, section)
        report = ImportReport(
            table.name,
            place.slug,
            snapshot.generation,
            table.encoding,
            scan.rows,
            _notes(table, scan),
            _piles(scan),
        )
        run = _Run(table, place, reader, scan, options, categories, report)
        for batch in _batches(table, BATCH_ROWS):
            run.take(batch)
            if progress is not None:
                progress(len(batch), scan.rows)
    report.seconds = round(time.monotonic() - began, 1)
    return report


def case_id_of_row(place: str, key: str) -> uuid.UUID:
    """Return the `client_id` of the case of a row, by the key of the place and the row's id."""
    return uuid.uuid5(_NAMESPACE, f"{place}/{key}")


def _notes(table: Table, scan: Scan) -> list[str]:
    notes = list(table.notes)
    if scan.outside:
        notes.append(f"the coordinates of {scan.outside:,} rows lie outside the place")
    return notes


def _piles(scan: Scan) -> list[dict[str, Any]]:
    return [
        {
            "location": {"type": "Point", "coordinates": [lon, lat]},
            "records": pile.records,
            "column": pile.column,
            "addresses": pile.addresses,
            "streets": pile.streets,
            "typical": pile.typical,
        }
        for lon, lat, pile in scan.pile_ups
    ]


def _batches(table: Table, size: int) -> Iterator[list[tuple[int, list[str], str]]]:
    batch: list[tuple[int, list[str], str]] = []
    for row in table.rows():
        batch.append(tuple(row))  # type: ignore[arg-type]
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


@dataclass(frozen=True, slots=True)
class _Read:
    """A row with the bytes that stand for it."""

    row: ImportRow
    client_id: uuid.UUID
    raw: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.raw).hexdigest()


@dataclass(frozen=True, slots=True)
class _Kept:
    read: _Read
    reason: dict[str, Any]


class _Run:
    """One import; takes its batches one by one."""

    def __init__(
        self,
        table: Table,
        place: Place,
        reader: RowReader,
        scan: Scan,
        options: ImportOptions,
        categories: Mapping[str, str],
        report: ImportReport,
    ) -> None:
        self._table, self._place, self._reader, self._scan = table, place, reader, scan
        self._options, self._report = options, report
        self._seen: dict[uuid.UUID, str] = {}
        self._repeated: Counter[str] = Counter()
        self._placed: dict[Any, Placed] = {}
        self._history = _History(place.pk, {categories.get(value, value) for value in scan.categories})

    def take(self, batch: Sequence[tuple[int, list[str], str]]) -> None:
        """Take a batch of rows and commit it."""
        reads = [self._read(*row) for row in batch]
        for _attempt in range(_ATTEMPTS):
            fresh, repeated = self._fresh(reads)
            now = timezone.now()
            with one_view(), one_calendar():
                snapshot = snapshot_named(self._place.slug)
                drafts, kept = self._prepared(fresh, snapshot, now)
            if self._written(drafts, kept, snapshot, now):
                self._count(drafts, kept, repeated)
                return
            self._placed.clear()
            self._history.forget([draft.case for draft in drafts])
        raise Conflict(
            f"{self._table.name}: at row {batch[0][0]:,} the boundaries, or the cases, changed again and again; what "
            "came before is taken, run the same command again"
        )

    # ------------------------------------------------------------ reading

    def _read(self, number: int, values: list[str], problem: str) -> _Read:
        row = self._reader.read(number, values, problem)
        payload = row.payload
        lonlat = self._scan.lonlat[number - 1]
        if row.lonlat is not None and self._options.crs and np.isfinite(lonlat).all():
            payload["location"]["coordinates"] = lonlat.tolist()
        if self._options.datum != "wgs84" and "location" in payload:
            payload["datum"] = self._options.datum
        payload["place"] = self._place.slug
        if row.key:
            client_id = case_id_of_row(self._place.slug, row.key)
        else:
            # Without an id the row itself tells, and the how-manieth of its like it is.
            said = json.dumps(payload["imported"]["row"], ensure_ascii=False, sort_keys=True)
            name = f"{self._place.slug}//{hashlib.sha256(said.encode(errors='replace')).hexdigest()}"
            self._repeated[name] += 1
            client_id = uuid.uuid5(_NAMESPACE, f"{name}/{self._repeated[name]}")
        payload["client_id"] = str(client_id)
        return _Read(
            row, client_id, json.dumps(payload, ensure_ascii=False).encode(errors="backslashreplace")
        )

    def _fresh(self, reads: Sequence[_Read]) -> tuple[list[_Read], list[tuple[_Read, str]]]:
        """Return the rows that are not there yet, and those that are, with the hash that was taken."""
        known = dict(
            Case.objects.filter(client_id__in=[read.client_id for read in reads]).values_list(
                "client_id", "payload_sha256"
            )
        )
        fresh: list[_Read] = []
        here: dict[uuid.UUID, str] = {}
        repeated = []
        for read in reads:
            earlier = known.get(read.client_id) or self._seen.get(read.client_id) or here.get(read.client_id)
            if earlier is not None:
                repeated.append((read, earlier))
                continue
            fresh.append(read)
            if not read.row.problem:  # a broken row does not stand in the way of a whole one
                here[read.client_id] = read.sha256
        return fresh, repeated

    # ------------------------------------------------------------ judging

    def _prepared(
        self, reads: Sequence[_Read], snapshot: PlaceSnapshot, now: datetime
    ) -> tuple[list[ImportDraft], list[_Kept]]:
        drafts, kept = [], []
        for read in reads:
            row = read.row
            if row.problem:
                kept.append(
                    _Kept(read, {"code": "unreadable-row", "detail": row.problem, "field": row.field})
                )
                continue
            try:
                filing = read_imported(read.raw, trusted=True)
                placed = self._place_of(filing, snapshot, row.number)
                earlier = self._history.before(filing, placed)
                origin = {"file": self._table.name, "row": row.number}
                draft = draft_of(filing, placed, raw=read.raw, now=now, origin=origin, earlier=earlier)
            except (InvalidInput, NotThere) as error:
                kept.append(_Kept(read, {"code": error.code, "detail": error.message, "field": error.field}))
                continue
            self._history.add(draft.case)
            drafts.append(draft)
        return drafts, kept

    def _place_of(self, filing: ImportedFiling, snapshot: PlaceSnapshot, number: int) -> Placed:
        """Return where a row lies; rows of the same point or address are placed once for each generation."""
        placeholder = bool(self._scan.is_placeholder[number - 1])
        at = tuple(filing.location.coordinates) if filing.location else None
        key = (snapshot.state, at, placeholder, filing.place_text if at is None or placeholder else "")
        placed = self._placed.get(key)
        if placed is None:
            placed = self._placed[key] = place_imported(filing, placeholder=placeholder)
        return placed

    # ------------------------------------------------------------ writing

    def _written(
        self, drafts: Sequence[ImportDraft], kept: Sequence[_Kept], snapshot: PlaceSnapshot, now: datetime
    ) -> bool:
        """Write a batch; False, and nothing written, where another process was first or switched boundaries."""
        try:
            with transaction.atomic():
                if drafts:
                    drafts_write(drafts, now=now)
                if kept:
                    InboxItem.objects.bulk_create(
                        [self._item(entry, now) for entry in kept], ignore_conflicts=True
                    )
                current = snapshot_in_force(self._place.pk)
                if current is None or current.state != snapshot.state:
                    transaction.set_rollback(True)
                    return False
        except IntegrityError:
            return False
        return True

    def _item(self, entry: _Kept, now: datetime) -> InboxItem:
        problem = {
            **{name: readable(text, 500) for name, text in entry.reason.items() if text},
            "file": readable(self._table.name),
            "row": entry.read.row.number,
        }
        return InboxItem(
            client_id=str(entry.read.client_id),
            payload_sha256=entry.read.sha256,
            raw=entry.read.raw,
            state=InboxItem.State.KEPT,
            problem=problem,
            received_at=now,
            judged_at=now,
            place=self._place,
            is_import=True,
        )

    # ------------------------------------------------------------ telling

    def _count(
        self, drafts: Sequence[ImportDraft], kept: Sequence[_Kept], repeated: Sequence[tuple[_Read, str]]
    ) -> None:
        report = self._report
        for read, earlier in repeated:
            report.duplicate += 1
            report.changed += read.sha256 != earlier
        for draft in drafts:
            case, filing = draft.case, draft.filing
            self._seen[case.client_id] = case.payload_sha256
            why = draft.origin.get("unlocated")
            if why:
                report.unlocated += 1
                report.unlocated_by[why] += 1
            else:
                report.taken += 1
                report.outcomes[case.outcome] += 1
            report.open += draft.is_open
            report.closed += not draft.is_open
            report.flagged += case.clock_flagged
            report.closed_before_opened += (
                filing.closed_at is not None and filing.closed_at < filing.captured_at
            )
            if case.stated_category:
                report.unsorted += 1
                report.unknown_categories[case.stated_category] += 1
        for entry in kept:
            report.kept += 1
            report.kept_rows.append({"row": entry.read.row.number, "reason": entry.reason["detail"]})


class _History:
    """Earlier cases of a kind at a place, found as `cases.selectors.recurrence` finds them, without asking for each."""

    def __init__(self, place_id: int, categories: set[str]) -> None:
        self._reports: dict[tuple[str, str, int], list[datetime]] = {}
        wanted = sorted(categories - {"unsorted", ""})
        found = Case.objects.filter(place_id=place_id, category__in=wanted, h3_cell__isnull=False)
        found = found.exclude(status__in=(Case.Status.MERGED, Case.Status.DECLINED))
        rows = found.values_list("category", "building_code", "h3_cell", "reported_at") if wanted else ()
        for category, building, cell, at in list(rows):
            self._reports.setdefault(self._key(category, building, cell), []).append(at)

    @staticmethod
    def _key(category: str, building: str, cell: int | None) -> tuple[str, str, int]:
        return category, building, 0 if building else cell or 0

    def before(self, filing: ImportedFiling, placed: Placed) -> Earlier:
        """Return the earlier cases of the kind at the place of a row."""
        cell = h3_cell(placed.lonlat)
        if cell is None or filing.category not in placed.section.categories_by_key:
            return NOTHING_EARLIER
        building = placed.building.code if placed.building else ""
        reports = self._reports.get(self._key(filing.category, building, cell), ())
        return earlier_of(reports, before=filing.captured_at, rule=placed.section.recurrence)

    def add(self, case: Case) -> None:
        """Count a case from now on."""
        if case.h3_cell is not None and case.category != "unsorted":
            key = self._key(case.category, case.building_code, case.h3_cell)
            self._reports.setdefault(key, []).append(case.reported_at)

    def forget(self, cases: Sequence[Case]) -> None:
        """Undo `add` for cases that were not written after all."""
        for case in cases:
            if case.h3_cell is not None and case.category != "unsorted":
                key = self._key(case.category, case.building_code, case.h3_cell)
                self._reports[key].remove(case.reported_at)
