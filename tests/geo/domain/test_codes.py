import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.domain.codes import (
    CodeProblem,
    UnitGridCode,
    check_codes,
    numbering_order,
    parse_code,
    unit_grid_codes,
)
from geo.domain.crs import project
from geo.errors import InvalidInput

COMMUNITY = "370105006001"
CRS = 4548
STEP = 2.0**-10

part3 = st.integers(1, 999).map("{:03d}".format)


def cell(column, row, size=1.0):
    """A cell of 87 by 108 metres; rows count from the north."""
    x, y = 117.0 + column * STEP, 36.65 - row * STEP
    return shapely.box(x, y - size * STEP, x + size * STEP, y)


@given(st.integers(1, 999999).map("{:06d}".format), part3, part3, part3)
def test_parse_and_back(county, subdistrict, community, sequence):
    code = county + subdistrict + community + sequence
    parsed = parse_code(code)
    assert parsed == UnitGridCode(county, subdistrict, community, sequence)
    assert str(parsed) == code
    assert parsed.community_code == code[:12]


@pytest.mark.parametrize(
    "code",
    ["", "37010500600100", "3701050060010011", "37010500600100a", "37010500600100１", " 370105006001001",
     "370105006001001\n", "000000006001001", "370105000001001", "370105006000001", "370105006001000", None,
     370105006001001],
)  # fmt: skip
def test_what_is_no_code_is_refused(code):
    with pytest.raises(InvalidInput, match=r"must be 15 digits: 6 county.*got") as caught:
        parse_code(code)
    assert caught.value.value == code


@given(st.text(max_size=20))
def test_whatever_is_accepted_reads_back(text):
    try:
        assert str(parse_code(text)) == text
    except InvalidInput:
        assert not (len(text) == 15 and text.isascii() and text.isdigit() and "000" not in (
            text[6:9], text[9:12], text[12:]) and text[:6] != "000000")  # fmt: skip


def test_check_names_each_problem():
    codes = [COMMUNITY + "001", COMMUNITY + "002", COMMUNITY + "002", "B-17", "370105006002001"]
    assert check_codes(codes, [COMMUNITY] * 5) == [
        (1, CodeProblem.DUPLICATE),
        (2, CodeProblem.DUPLICATE),
        (3, CodeProblem.MALFORMED),
        (4, CodeProblem.OTHER_COMMUNITY),
    ]
    assert check_codes([], []) == []
    assert check_codes([COMMUNITY + "001"], [COMMUNITY]) == []


def test_numbered_from_west_to_east_from_north_to_south():
    lattice = [cell(column, row) for row in range(3) for column in range(4)]
    assert unit_grid_codes(COMMUNITY, lattice, metric_crs=CRS) == [
        f"{COMMUNITY}{n:03d}" for n in range(1, 13)
    ]


def test_grids_of_unequal_height_share_a_band():
    """A row that climbs by less than half a height is one row; what lies deeper starts the next."""
    polygons = [cell(0, 0.4), cell(1, 0.0), cell(2, 0.2), cell(0, 1.4), cell(1, 1.0)]
    assert numbering_order(polygons, CRS).tolist() == [0, 1, 2, 3, 4]
    assert numbering_order([cell(0, 0.6), cell(1, 0.0)], CRS).tolist() == [1, 0]


def test_one_above_the_other_in_one_band():
    """On one meridian the northern first, also far from the central meridian, where grid north is not north."""
    for column in (0, 1500, -1500):
        low, high = cell(column, 0.3), cell(column, 0.0)
        assert numbering_order([low, high], CRS).tolist() == [1, 0]
        assert numbering_order([high, low], CRS).tolist() == [0, 1]


def test_the_diagonal_does_not_chain_into_one_band():
    stairs = [cell(column, column * 0.4) for column in range(8)]
    order = numbering_order(stairs[::-1], CRS)
    # Two steps to a band: the second is within half a height of the one that opened it, the third is not.
    assert [7 - i for i in order.tolist()] == [0, 1, 2, 3, 4, 5, 6, 7]
    west = [cell(-column, column * 0.4) for column in range(6)]
    assert numbering_order(west, CRS).tolist() == [1, 0, 3, 2, 5, 4]


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), columns=st.integers(1, 7), rows=st.integers(1, 7))
def test_a_lattice_with_small_steps_is_numbered_row_by_row_in_any_order(seed, columns, rows):
    random = np.random.default_rng(seed)
    polygons = [
        cell(column + random.uniform(-0.2, 0.2), row + random.uniform(-0.2, 0.2), random.uniform(0.97, 1.03))
        for row in range(rows)
        for column in range(columns)
    ]
    shuffle = random.permutation(len(polygons))
    codes = unit_grid_codes(COMMUNITY, [polygons[i] for i in shuffle], metric_crs=CRS)
    assert [codes[i] for i in np.argsort(shuffle)] == [
        f"{COMMUNITY}{n + 1:03d}" for n in range(columns * rows)
    ]


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(0, 40))
def test_any_grids_get_each_number_once_whatever_their_order(seed, n):
    random = np.random.default_rng(seed)
    polygons = [cell(*random.integers(0, 6, 2) / 2, size=random.choice([0.5, 1.0, 2.0])) for _ in range(n)]
    codes = unit_grid_codes(COMMUNITY, polygons, metric_crs=CRS)
    assert sorted(codes) == [f"{COMMUNITY}{i + 1:03d}" for i in range(n)]
    assert check_codes(codes, [COMMUNITY] * n) == []
    shuffle = random.permutation(n)
    again = unit_grid_codes(COMMUNITY, [polygons[i] for i in shuffle], metric_crs=CRS)
    # Equal polygons may change places among themselves.
    assert sorted(zip([polygons[i].wkb for i in shuffle], again, strict=True)) == sorted(
        zip([p.wkb for p in polygons], codes, strict=True)
    )


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 40))
def test_bands_are_as_written(seed, n):
    """Each band runs west to east, reaches half a median height south of its first, and ends before the next."""
    random = np.random.default_rng(seed)
    polygons = [cell(*random.uniform(0, 6, 2), size=random.uniform(0.3, 2.0)) for _ in range(n)]
    metric = project(np.array(polygons, dtype=object), CRS)
    bounds = shapely.bounds(metric)
    half_m = np.median(bounds[:, 3] - bounds[:, 1]) / 2
    xy = [(round(p.centroid.x, 8), round(m.centroid.y, 3)) for p, m in zip(polygons, metric, strict=True)]
    rest = numbering_order(polygons, CRS).tolist()
    while rest:
        top = max(xy[i][1] for i in rest)
        band = [i for i in rest if xy[i][1] >= top - half_m]
        assert rest[: len(band)] == sorted(band, key=lambda i: (xy[i][0], -xy[i][1]))
        rest = rest[len(band) :]


def test_taken_numbers_are_passed_over():
    codes = unit_grid_codes(
        COMMUNITY, [cell(0, 0), cell(1, 0)], metric_crs=CRS, taken={COMMUNITY + "001", COMMUNITY + "003"}
    )
    assert codes == [COMMUNITY + "002", COMMUNITY + "004"]


def test_no_more_than_999():
    polygons = [cell(column, 0) for column in range(3)]
    taken = {f"{COMMUNITY}{n:03d}" for n in range(1, 998)}
    with pytest.raises(InvalidInput, match="at most 999 unit grids; got 3 to number, 2 numbers left"):
        unit_grid_codes(COMMUNITY, polygons, metric_crs=CRS, taken=taken)
    assert unit_grid_codes(COMMUNITY, polygons[:2], metric_crs=CRS, taken=taken)[1] == COMMUNITY + "999"


@pytest.mark.parametrize(
    "community_code", ["", "37010500600", "3701050060010", "370105006000", "37010500600x", None]
)
def test_bad_community_codes_are_refused(community_code):
    with pytest.raises(InvalidInput, match=r"got '?\S+"):
        unit_grid_codes(community_code, [cell(0, 0)], metric_crs=CRS)
