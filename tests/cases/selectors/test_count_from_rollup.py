"""Heat and counts from the rollup: for every asker and filter what the cases say, and what the list shows."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import h3.api.basic_int as h3
import pytest
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cases.domain.cells import STORED_RES, cells_of_bbox, parent_bits, stored_below, within_bbox
from cases.models import Assignment, Case, Recusal
from cases.selectors.cases import asker_of, visible_cases
from cases.selectors.counts import cases_by_area
from cases.selectors.filters import CaseFilters
from cases.selectors.heat import cases_heat
from cases.selectors.rollup import _plan_of
from cases.services.rollups import rollups_fold
from geo.models import Area, BoundaryGeneration, User
from geo.selectors.authority import authority_of
from tests.cases.selectors.test_cases import copies
from tests.factories.cases import act, file_case
from tests.factories.places import build_place

ALL_STATES = ("received", "assigned", "in_progress", "suspended", "handled", "answered", "reopened", "closed",
              "declined", "merged")  # fmt: skip
"""Filters nothing, and is not in the rollup's key: asks the cases."""
PEOPLE = (None, "administrator", "official", "community_leader", "grid_leader", "grid_leader_2", "grid_leader_3",
          "patroller", "secretary", "planner", "counter", "department", "resident")  # fmt: skip
BEGIN = date(2026, 1, 1)


def fill(place):
    """File what the key cannot tell apart as well as what it can."""
    line = [list(place.point("g2", 0.2, 0.95)), list(place.point("g3", 0.8, 0.95))]
    cases = [
        file_case(place, "g1"),
        file_case(place, "g1", place.grid_leader_3),  # filed by who sees no more of it otherwise
        file_case(place, "g2", category="parking"),
        file_case(place, "g1.1", at=(0.5, 0.5), category="drainage"),  # a home: shown by its block
        file_case(place, "g5.1", place.resident, at=(0.5, 0.5), category="drainage"),
        file_case(place, "g6", category="culture"),
        file_case(place, "g1", category="neighbours"),  # sensitive
        file_case(place, "g3", place.counter, category="neighbours"),
        file_case(place, "g7", confidential=True),
        file_case(place, "g1", about="leader"),
        file_case(place, "g5", about="community"),
        file_case(place, "g2", location=None, affected={"type": "LineString", "coordinates": line}),
        file_case(place, location=None, category="certificate", place=place.place.slug),
        file_case(place, "g8", at=(1.5, 0.5)),  # outside of every grid
    ]
    act(cases[2], "accept", place.grid_leader)
    act(cases[2], "settle", place.grid_leader, note="x")
    # By name, across all areas: assigned to another grid's leader; kept from somebody whom it named.
    row = Assignment.objects.filter(case=cases[0]).exclude(post=None).first()
    Assignment.objects.create(case=cases[5], post=place.posts["b1"][0], person=place.grid_leader, kind=row.kind,
                              since=row.since)  # fmt: skip
    Recusal.objects.get_or_create(case=cases[9], person=place.official)
    former = BoundaryGeneration.objects.create(place=place.place, name="former", state="retired")
    above, path = None, "/"
    for short in ("s1", "c2", "b3", "g6"):
        area = place.areas[short]
        path += f"{area.code}/"
        above = Area.objects.create(generation=former, level=area.level, code=area.code, name="旧", path=path,
                                    parent=above, geometry=area.geometry)  # fmt: skip
    Case.objects.filter(pk=cases[5].pk).update(area=above, generation=former)
    for number, case in enumerate(cases):
        Case.objects.filter(pk=case.pk).update(
            reported_at=datetime(2026, 1, 1, 2, tzinfo=UTC) + timedelta(days=9 * number, hours=5 * number)
        )
        if number == 8:
            rollups_fold()  # PostgreSQL: the others stay pending


@pytest.fixture(scope="module")
def city(django_db_setup, django_db_blocker):
    """One filled place for all examples; they only read."""
    from django.db import transaction

    with django_db_blocker.unblock():
        atomic = transaction.atomic()
        atomic.__enter__()
        try:
            place = build_place()
            fill(place)
            yield place
        finally:
            transaction.set_rollback(True)
            atomic.__exit__(None, None, None)


DAYS = st.one_of(st.none(), st.integers(-40, 160).map(lambda n: BEGIN + timedelta(days=n)))
EDGES = st.tuples(st.floats(-1, 9), st.floats(-1, 9), st.floats(-0.5, 1.5), st.floats(-0.5, 1.5))


@st.composite
def questions(draw):
    x0, x1, y0, y1 = draw(EDGES)
    return {
        "person": draw(st.sampled_from(PEOPLE)),
        "scope": draw(st.sampled_from([None, "mine", "in_charge", "public"])),
        "category": draw(st.sets(st.sampled_from(["road", "drainage", "neighbours", "culture"]), max_size=2)),
        "since": draw(DAYS),
        "until": draw(DAYS),
        "area": draw(st.sets(st.sampled_from(["s1", "c1", "c2", "b1", "g1", "g2", "g3", "g5", "g1.1"]), max_size=2)),
        "place": draw(st.sampled_from(["", "wuyingshan"])),
        "box": draw(st.one_of(st.none(), st.just((min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))))),
        "res": draw(st.sampled_from([0, 5, 8, 9, 10])),
    }  # fmt: skip


def filters_of(city, question):
    west, south = city.point("g1", 0, 0)
    box = question["box"]
    return CaseFilters(
        scope=question["scope"],
        category=tuple(sorted(question["category"])),
        since=question["since"],
        until=question["until"],
        area=tuple(city.code(short) for short in sorted(question["area"])),
        place=question["place"],
        bbox=box and (
            west + box[0] * 0.00134, south + box[1] * 0.00135, west + box[2] * 0.00134, south + box[3] * 0.00135
        ),
    )  # fmt: skip


def asked(city, person):
    return User.objects.get(pk=getattr(city, person).pk) if person else None


NOTHING = {"person": "official", "scope": None, "category": set(), "since": None, "until": None, "area": set(),
           "place": "", "box": None, "res": 9}  # fmt: skip


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(question=questions())
@example(question=NOTHING)
@example(question=NOTHING | {"person": "grid_leader_3"})
@example(question=NOTHING | {"person": "grid_leader"})
@example(question=NOTHING | {"person": "official", "area": {"g2"}})
@example(question=NOTHING | {"person": None, "area": {"g1"}})
@example(question=NOTHING | {"person": "grid_leader", "box": (0.4, -0.1, 2.6, 1.1)})
@example(question=NOTHING | {"person": "administrator", "since": BEGIN, "until": date(2026, 3, 15)})
def test_the_rollup_says_what_the_cases_say(city, question):
    user = asked(city, question["person"])
    filters = filters_of(city, question)
    by_cases = CaseFilters(
        **{name: getattr(filters, name) for name in filters.__slots__} | {"state": ALL_STATES}
    )
    res = question["res"]
    heat = cases_heat(user, filters, res=res)
    assert heat == cases_heat(user, by_cases, res=res)
    assert heat.total + heat.without_place == visible_cases(user, filters, asker_of(user)).count()
    level = "community" if res % 2 else "grid"
    assert cases_by_area(user, filters, level=level) == cases_by_area(user, by_cases, level=level)


def test_the_rollup_answers_whenever_it_can(city):
    """The property above would hold if nothing ever were asked of the rollup."""
    for person in PEOPLE:
        user = asked(city, person)
        authority = authority_of(user)
        for area in ((), (city.code("c1"),)):
            filters = CaseFilters(area=area, category=("road",), since=BEGIN).within(authority)
            assert _plan_of(user, filters, asker_of(user)) is not None, person
    for narrower in ({"status": ("closed",)}, {"q": "坑"}, {"channel": ("web",)}, {"overdue": True}, {"cell": 0},
                     {"since": datetime(2026, 1, 1, 5, tzinfo=UTC)}, {"area": (city.code("g1.1"),)}):  # fmt: skip
        assert _plan_of(None, CaseFilters(scope="public", **narrower), asker_of(None)) is None, narrower


@pytest.mark.parametrize("person", [None, "official"])
def test_statements_are_as_many_at_10_and_1000_rows(city, person):
    from django.db import transaction
    from django.test.utils import CaptureQueriesContext

    user = asked(city, person)
    numbers = []
    cases_heat(user, CaseFilters(), res=9)  # boundaries are read once
    west, south = city.point("g1", 0, 0)
    box = (west, south, west + 0.004, south + 0.0013)
    with transaction.atomic():
        for rows in (10, 1000):
            copies(Case.objects.filter(category="road").first(), rows)
            with CaptureQueriesContext(connection) as seen:
                cases_heat(user, CaseFilters(bbox=box, since=BEGIN), res=9)
            numbers.append(len(seen))
            Case.objects.filter(follow_code__startswith="T0").delete()
        transaction.set_rollback(True)
    assert numbers[0] == numbers[1] <= 16


# ---- cells --------------------------------------------------------------------------------------------------------

LON, LAT = st.floats(-170, 170), st.floats(-75, 75)


@given(lon=LON, lat=LAT, res=st.integers(0, 10))
def test_parents_by_bits(lon, lat, res):
    cell = h3.latlng_to_cell(lat, lon, STORED_RES)
    without_res, filled = parent_bits(res)
    parent = cell & without_res | filled
    assert parent == h3.cell_to_parent(cell, res)
    first, last = stored_below(parent)
    assert first <= cell <= last
    children = h3.cell_to_children(h3.cell_to_parent(cell, 8), STORED_RES)
    low, high = stored_below(h3.cell_to_parent(cell, 8))
    assert (low, high) == (min(children), max(children))


@given(lon=LON, lat=LAT, wide=st.floats(0, 5), high=st.floats(0, 4), x=st.floats(0, 1), y=st.floats(0, 1))
def test_ranges_hold_every_point_of_the_box(lon, lat, wide, high, x, y):
    bbox = (lon, lat, lon + wide, lat + high)
    ranges = cells_of_bbox(bbox)
    cell = h3.latlng_to_cell(lat + y * high, lon + x * wide, STORED_RES)
    if ranges is not None:
        assert len(ranges) < 200
        assert any(first <= cell <= last for first, last in ranges)
    # What is said to lie within as a whole does so, and nothing within is said to lie outside.
    assert within_bbox(cell, bbox) is not False
    if within_bbox(cell, bbox):
        for corner_lat, corner_lon in h3.cell_to_boundary(cell):
            assert lon <= corner_lon <= lon + wide
            assert lat <= corner_lat <= lat + high


def test_boxes_that_are_not_worth_ranges():
    assert cells_of_bbox((-180, -90, 180, 90)) is None
    assert cells_of_bbox((179.9, 10, 180, 11)) is None
    assert within_bbox(h3.latlng_to_cell(10.0, 179.9999, STORED_RES), (179, 9, 180, 11)) is None


def test_a_period_in_local_days_of_two_zones(city):
    zone = ZoneInfo("Asia/Shanghai")
    case = Case.objects.filter(category="parking").get()
    day = case.reported_at.astimezone(zone).date()
    found = cases_heat(
        asked(city, "administrator"), CaseFilters(since=day, until=day + timedelta(days=1)), res=8
    )
    assert found.total == 1
