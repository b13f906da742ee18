"""Points that stand for "not found": found by rule, and no busy place mistaken for one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.domain.placeholders import address_of, place_columns, placeholders, street_of

STREETS = [
    "Beacon",
    "Tyler",
    "Dorchester",
    "Boylston",
    "Tremont",
    "Hanover",
    "Salem",
    "Milk",
    "Broad",
    "Congress",
]
ROADS = ["建国", "解放", "胜利", "经七", "纬二", "无影山", "堤口", "济洛", "北园", "明湖", "泺口", "标山"]


def table(groups, header="Location", **more):
    """Return columns and points of groups of addresses, one point a group."""
    columns = {header: [address for group in groups for address in group]}
    point = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    return columns | {name: values(point) for name, values in more.items()}, point


def honest(points, records=3):
    return [[f"{n} {STREETS[n % 10]} Street"] * records for n in range(points)]


def found(columns, point, **options):
    return [pile.point for pile in placeholders(columns, point, np.unique(point).tolist(), **options)]


def test_many_records_of_many_streets_at_one_point_are_a_placeholder():
    pile = [f"{n} {STREETS[n % 10]} St" for n in range(60)]
    columns, point = table([*honest(40), pile])
    (told,) = placeholders(columns, point, [40])
    assert (told.point, told.records, told.column, told.addresses, told.streets, told.typical) == (
        40, 60, "Location", 60, 10, 1.0,
    )  # fmt: skip


@pytest.mark.parametrize(
    "busy",
    [
        ["1 City Hall Plz  Boston  MA"] * 184,
        ["1 City Hall Plz", "1 CITY HALL PLZ.", "1 City Hall Plaza", "City Hall Plaza", ""] * 40,
        [f"700 Harrison Ave Apt {n}" for n in range(120)],
        [f"翡翠郡12号楼{n % 4 + 1}单元{n}室" for n in range(120)],
        [f"翡翠郡{n % 20 + 1}号楼" for n in range(120)],
    ],
    ids=["city hall", "spelt in several ways", "one house of flats", "rooms", "an estate at one point"],
)
def test_a_busy_real_place_is_none(busy):
    assert found(*table([*honest(40), busy])) == []
    assert found(*table([*honest(40), busy], header="地址")) == []


def test_a_whole_street_at_one_point_is_one():
    assert found(*table([*honest(40), [f"{n} Washington St" for n in range(30)]])) == [40]


def test_few_records_are_not_looked_at():
    pile = [f"{n} {STREETS[n % 10]} St" for n in range(19)]
    assert found(*table([*honest(40), pile])) == []
    assert found(*table([*honest(40), pile]), min_records=10) == [40]


def test_without_other_points_to_learn_from():
    assert found(*table([[f"{n} {STREETS[n % 10]} St" for n in range(30)]])) == [0]


def test_coordinates_rounded_to_a_kilometre_do_not_make_everything_a_placeholder():
    rounded = [[f"{n} {STREETS[n % 10]} St, block {k}" for n in range(30)] for k in range(60)]
    assert found(*table(rounded)) == []
    beyond = [f"{n} {STREETS[n % 10]} Rd, block {n}" for n in range(400)]
    assert found(*table([*rounded, beyond])) == [60]


def test_what_the_same_people_say_of_themselves_is_no_address():
    """Reporters come back to the same point; at a busy one they are many, and it is real all the same."""
    columns, point = table([*honest(60), ["1 City Hall Plz"] * 184])
    columns["reporter"] = [f"person {n}" if n >= 180 else f"person {n // 3}" for n in range(len(point))]
    assert found(columns, point) == []


def test_a_column_with_any_name_tells_where_busy_points_agree_about_it():
    pile = [f"{n} {STREETS[n % 10]} St" for n in range(60)]
    groups = [[f"{n} {STREETS[n % 10]} Street"] * 6 for n in range(60)]
    columns, point = table([*groups, pile], header="F12")
    assert found(columns, point) == [60]
    columns, point = table([*honest(60, records=2), pile], header="F12")
    assert found(columns, point) == []  # nothing says that this is an address
    assert found(columns, point, named=["F12"]) == [60]


def test_a_header_that_says_location_and_does_not_mean_it():
    kinds = [[f"kind {k} {n}" for k in range(3)] for n in range(40)]
    columns, point = table([*kinds, [f"kind {k} x{k}" for k in range(60)]], header="location_type")
    assert place_columns(columns, point) == ()
    assert found(columns, point) == []


def test_nothing():
    assert placeholders({}, np.empty(0, dtype=int), []) == []
    assert placeholders({"address": []}, np.empty(0, dtype=int), [3]) == []


@given(
    roads=st.lists(st.sampled_from(ROADS), min_size=8, max_size=12, unique=True),
    numbers=st.lists(st.integers(1, 400), min_size=40, max_size=80),
    others=st.integers(0, 60),
    header=st.sampled_from(["address", "事发地址", "STREET_NAME", "Neighbourhood"]),
    seed=st.integers(0, 2**16),
)
def test_a_pile_up_that_nobody_planted(roads, numbers, others, header, seed):
    """Whatever roads and numbers, in whatever order the rows come: the point is found, and only that one."""
    pile = [f"{roads[k % len(roads)]}路{number}号" for k, number in enumerate(numbers)]
    real = [[f"{ROADS[n % 12]}路{n}号"] * (1 + (n * 7) % 30) for n in range(others)]
    columns, point = table([*real, pile], header=header)
    order = np.random.default_rng(seed).permutation(len(point))
    columns = {name: [values[i] for i in order] for name, values in columns.items()}
    assert found(columns, point[order]) == [others]


@pytest.mark.parametrize(
    ("text", "address", "street"),
    [
        ("33 Beacon St., Apt 4B", "33 beacon st", "beacon st"),
        ("100 Main St #12", "100 main st", "main st"),
        ("CORNER of Beach St & Tyler St", "corner of beach st tyler st", "corner of beach st tyler st"),
        ("翡翠郡１２号楼3单元502室", "翡翠郡12号楼", "翡翠郡"),
        ("建国路12号", "建国路12号", "建国路"),
        ("02108", "02108", ""),
        ("  ", "", ""),
    ],
)  # fmt: skip
def test_addresses_that_compare(text, address, street):
    assert address_of(text) == address
    assert street_of(address) == street
