import ctypes
from types import SimpleNamespace

import pytest

from geo import memory, routing
from geo.services import areas as area_services
from tests.factories.places import build_place


def test_memory_is_given_back_where_the_c_library_can(monkeypatch):
    asked = []
    monkeypatch.setattr(ctypes, "CDLL", lambda _: SimpleNamespace(malloc_trim=asked.append))
    memory.give_back()
    assert len(asked) == 1


def test_without_malloc_trim_nothing_happens(monkeypatch):
    monkeypatch.setattr(ctypes, "CDLL", lambda _: SimpleNamespace())
    memory.give_back()


@pytest.mark.django_db
def test_memory_is_given_back_when_an_index_was_built_and_only_then(monkeypatch):
    place = build_place()
    routing.forget()
    times = []
    monkeypatch.setattr(routing, "give_back", lambda: times.append(1))
    routing.snapshot_of(place.place.pk)
    routing.snapshot_of(place.place.pk)
    assert len(times) == 1
    area_services.area_update(area_id=place.areas["b1"].pk, changes={"name": "翡翠新郡"})
    routing.snapshot_of(place.place.pk)
    assert len(times) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("at_once", [1, 3, 5_000])
def test_areas_are_read_some_at_a_time(monkeypatch, at_once):
    place = build_place()
    monkeypatch.setattr(routing, "_ROWS_AT_ONCE", at_once)
    records = routing.area_records(place.generation.pk)
    assert [record.id for record in records] == sorted(area.pk for area in place.areas.values())
    by_id = {area.pk: area for area in place.areas.values()}
    for record in records:
        area = by_id[record.id]
        assert (record.level, record.code, record.name) == (area.level, area.code, area.name)
        assert record.geometry.bounds == area.geometry.extent
        assert record.parent_id == area.parent_id


@pytest.mark.django_db
def test_chains_of_buildings_and_units_are_made_when_asked_for():
    place = build_place()
    index = routing.snapshot_of(place.place.pk).index
    for area in place.areas.values():
        wanted, above = [], area
        while above is not None:
            wanted.insert(0, above.pk)
            above = above.parent
        assert [ref.id for ref in index.chain(area.pk)] == wanted
