"""Files: the rows of the list, nothing that tells of a person, cells that compute nothing."""

import csv
import json
from datetime import UTC, datetime

import geopandas as gpd
import openpyxl
import pyarrow.parquet as pq
import pytest
import shapely
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.models import Case
from cases.selectors.cases import cases_page
from cases.selectors.filters import read_filters
from cases.services import exports
from cases.services.exports import cases_export, formula_safe, layer_export
from geo import routing
from geo.errors import InvalidInput
from geo.files.apart import call_apart
from geo.files.tables import FORMATS
from geo.models import Place
from tests.factories.cases import act, file_case
from tests.factories.places import build_place

pytestmark = pytest.mark.django_db
MAPS = ("gpkg", "geojson", "fgb", "parquet")


@pytest.fixture
def place():
    built = build_place()
    Place.objects.update(is_demo=True)
    routing.forget()
    return built


def read_map(path):
    """Read it as somebody with geopandas does; a GeoPackage where there is no SpatiaLite."""
    if path.suffix == ".gpkg":
        return call_apart("geopandas", "read_file", (str(path),))
    return gpd.read_parquet(path) if path.suffix == ".parquet" else gpd.read_file(path)


def read_rows(path):
    """Return the rows of any of the formats as dicts, empty cells as None."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return [{k: v or None for k, v in row.items()} for row in csv.DictReader(stream)]
    if path.suffix == ".xlsx":
        names, *rows = openpyxl.load_workbook(path).worksheets[0].iter_rows(values_only=True)
        return [dict(zip(names, row, strict=True)) for row in rows]
    return read_map(path).to_dict("records")


def test_the_public_file_is_the_public_list(place, tmp_path, capsys):
    shown = file_case(place, "g1", text="=HYPERLINK(1)坑，13812345678")
    file_case(place, "g1", category="culture")
    file_case(place, "g1", category="neighbours")
    file = tmp_path / "cases.geojson"
    call_command("export", str(file), "--layer", "cases", "--json")
    assert json.loads(capsys.readouterr().out)["rows"] == 1
    frame = gpd.read_file(file)
    assert list(frame["id"]) == [shown.pk]
    assert list(frame["mark"]) == ["模拟数据"]
    assert "138123" not in file.read_text()
    assert frame.geometry.iloc[0].coords[0] == pytest.approx(shown.location.coords)


@pytest.mark.parametrize("ending", FORMATS)
def test_every_format_reads_back_as_it_was_written(place, tmp_path, ending):
    """Counts, values, CRS, times; rows without a place are kept."""
    closed = file_case(place, "g1", text="路灯\n“不亮”, 'x'; 𠮷")
    Case.objects.filter(pk=closed.pk).update(
        closed_at=datetime(2026, 5, 1, 2, 3, 4, tzinfo=UTC), me_too_count=3
    )
    file_case(place, "g5")
    lost = file_case(place, location=None, category="certificate", place=place.place.slug)
    file = tmp_path / f"cases.{ending}"
    call_command(
        "export", str(file), "--layer", "cases", "--as", place.official.username, "--place", "wuyingshan"
    )
    frame = read_map(file) if ending in MAPS else None
    rows = {int(row["id"]): row for row in (frame.to_dict("records") if ending in MAPS else read_rows(file))}
    assert set(rows) == set(Case.objects.values_list("pk", flat=True))
    case, row = Case.objects.get(pk=closed.pk), rows[closed.pk]
    assert (row["text"], row["number"], int(row["me_too"])) == (case.text_masked, case.number, 3)
    assert (row["grid_code"], row["projection"], row["mark"]) == (place.code("g1"), "full", "模拟数据")
    codes = [area["code"] for area in case.areas if area["level"] not in ("building", "unit")]
    found = row["area_codes"]
    assert (found.split("; ") if isinstance(found, str) else list(found)) == codes
    moment = row["closed_at"]
    if ending in ("csv", "geojson"):
        said = moment if isinstance(moment, str) else moment.isoformat()
        assert datetime.fromisoformat(said) == datetime(2026, 5, 1, 2, 3, 4, tzinfo=UTC)
    elif ending == "xlsx":
        assert moment == datetime(2026, 5, 1, 10, 3, 4)  # by the place's clocks
    else:
        assert moment.to_pydatetime() == datetime(2026, 5, 1, 2, 3, 4, tzinfo=UTC)
    assert str(row["overdue"]) in ("False", "0")
    if ending in MAPS:
        assert frame.crs.to_epsg() == 4326
        assert row["geometry"].equals_exact(shapely.Point(*case.location.coords), 1e-9)
        assert rows[lost.pk]["geometry"] is None
    else:
        assert (float(row["lon"]), float(row["lat"])) == pytest.approx(case.location.coords, abs=1e-6)
        assert (rows[lost.pk]["lon"], rows[lost.pk]["lat"]) == (None, None)


def test_geojson_says_times_as_the_list_does(place, tmp_path):
    case = file_case(place)
    file = tmp_path / "cases.geojson"
    cases_export(path=file, user=None, filters=read_filters({}))
    document = json.loads(file.read_text())
    (feature,) = document["features"]
    assert feature["id"] == case.pk
    assert feature["properties"]["reported_at"].endswith("+08:00")
    assert feature["properties"]["area_codes"][-1] == place.code("g1")
    assert document["about"]["模拟数据"].startswith("1 行")


@pytest.mark.parametrize("ending", FORMATS)
def test_a_demo_is_marked_in_the_file_itself(place, tmp_path, ending):
    """Beside the column, where the format has room for it; and nothing is called a demo that is none."""
    file_case(place)
    file = tmp_path / f"cases.{ending}"
    for is_demo in (True, False):
        Case.objects.update(is_demo=is_demo)
        cases_export(path=file, user=None, filters=read_filters({}))
        assert {row["mark"] or None for row in read_rows(file)} == {"模拟数据" if is_demo else None}
        if ending == "gpkg":
            said = str(call_apart("pyogrio", "read_info", (str(file),))["layer_metadata"])
        elif ending == "fgb":
            said = file.read_bytes().decode("utf-8", "replace")[:3000]
            said = said[: said.index("projection")]
        elif ending == "parquet":
            said = pq.ParquetFile(file).metadata.metadata[b"about"].decode()
        elif ending == "geojson":
            said = str(json.loads(file.read_text())["about"])
        elif ending == "xlsx":
            said = str(list(openpyxl.load_workbook(file).worksheets[1].iter_rows(values_only=True)))
        else:
            continue  # CSV has columns only
        assert ("模拟数据" in said) is is_demo


@pytest.mark.parametrize("ending", FORMATS)
def test_an_empty_list_is_a_file_without_rows(place, tmp_path, ending):
    file = tmp_path / f"cases.{ending}"
    assert cases_export(path=file, user=None, filters=read_filters({})) == 0
    assert len(read_rows(file)) == 0


def test_a_file_tells_nothing_of_a_person_whoever_asks(place, tmp_path):
    home = file_case(
        place, "g1.1", None, at=(0.5, 0.5), category="drainage", text="王大爷家1号楼2单元301漏水，13812345678",
        place_text="1号楼2单元301", reporter={"name": "王小明", "phone": "13812345678"},
    )  # fmt: skip
    file_case(place, "g1", category="neighbours", text="楼上吵架")
    names = [person.display_name for person in place.people.values()]
    for user in (place.official, place.administrator):
        file = tmp_path / "cases.csv"
        call_command("export", str(file), "--layer", "cases", "--as", user.username)
        text = file.read_text(encoding="utf-8-sig")
        for secret in (
            "王小明",
            "13812345678",
            "301",
            "1号楼",
            "楼上吵架",
            home.follow_code,
            place.code("g1.1"),
            *names,
        ):
            assert secret not in text
    call_command("export", str(file), "--layer", "cases", "--as", place.official.username)
    (row,) = [row for row in read_rows(file) if row["category"] == "drainage"]
    assert (row["block"], row["grid"], row["projection"]) == ("翡翠郡", None, "full")
    assert float(row["lon"]) == pytest.approx(home.location_shown.x, abs=1e-6)


STARTS = ["=1+1", "+86", "-x", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1"]


@pytest.mark.parametrize("text", STARTS)
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_no_cell_is_a_formula(place, tmp_path, text, ending):
    assert formula_safe(text) == f"'{text}"
    assert formula_safe("坑") == "坑"
    case = file_case(place, "g1")
    Case.objects.filter(pk=case.pk).update(
        text_masked=text, areas=[{**case.areas[-1], "name": text, "level": "grid"}]
    )
    file = tmp_path / f"cases.{ending}"
    call_command("export", str(file), "--layer", "cases")
    (row,) = read_rows(file)
    assert [row[name][0] for name in ("text", "grid", "areas")] == ["'", "'", "'"]
    if ending == "xlsx":
        cells = [cell for line in openpyxl.load_workbook(file).worksheets[0].iter_rows() for cell in line]
        assert {cell.data_type for cell in cells} <= {"s", "inlineStr", "n", "d", "b"}


def test_excel_in_china_reads_the_csv(place, tmp_path):
    file_case(place)
    file = tmp_path / "cases.csv"
    call_command("export", str(file), "--layer", "cases")
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    assert '"模拟数据"' in file.read_text(encoding="utf-8-sig")


def test_excel_takes_what_its_cells_cannot_hold(place, tmp_path, monkeypatch):
    case = file_case(place)
    Case.objects.filter(pk=case.pk).update(text_masked="长" * 40_000 + "\x07")
    file = tmp_path / "cases.xlsx"
    call_command("export", str(file), "--layer", "cases")
    book = openpyxl.load_workbook(file)
    (row,) = read_rows(file)
    assert len(row["text"]) == 32_767
    assert row["text"].endswith("…")
    assert any(
        "1 " in str(line) and "…" in str(line) for line in book.worksheets[1].iter_rows(values_only=True)
    )
    monkeypatch.setattr("geo.files.table_text.MAX_SHEET_ROWS", 1)
    with pytest.raises(InvalidInput, match="Excel"):
        cases_export(path=file, user=None, filters=read_filters({}))
    assert len(read_rows(file)) == 1, "the earlier file is as it was"


def test_filters_are_those_of_the_list(place, tmp_path, capsys):
    file_case(place, "g1")
    file_case(place, "g5", category="parking")
    file = tmp_path / "cases.csv"
    call_command("export", str(file), "--layer", "cases", "--category", "parking", "--json")
    assert json.loads(capsys.readouterr().out)["rows"] == 1
    call_command("export", str(file), "--layer", "cases", "--area", place.code("c1"), "--json")
    assert json.loads(capsys.readouterr().out)["rows"] == 1
    for wrong in (["--since", "yesterday"], ["--as", "nobody"]):
        with pytest.raises(CommandError):
            call_command("export", str(file), "--layer", "cases", *wrong)
    with pytest.raises(CommandError, match=r"\.gpkg.*\.xlsx.*cases\.doc"):
        call_command("export", str(tmp_path / "cases.doc"), "--layer", "cases")
    with pytest.raises(CommandError, match=r"cases.*areas"):
        call_command("export", str(file), "--layer", "people")
    with pytest.raises(InvalidInput, match=r"cases, areas.*people"):
        layer_export(path=file, layer="people", user=None, params={})
    with pytest.raises(CommandError, match="nowhere"):
        call_command("export", str(tmp_path / "nowhere" / "cases.csv"), "--layer", "cases")


ASKERS = (
    "official",
    "grid_leader",
    "grid_leader_2",
    "patroller",
    "community_secretary",
    "resident",
    "administrator",
    None,
)


@given(data=st.data())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_file_holds_what_the_list_shows(filled, tmp_path, data):
    place = filled
    role = data.draw(st.sampled_from(ASKERS))
    user = place.people[role] if role else None
    params = data.draw(
        st.fixed_dictionaries(
            {},
            optional={
                "scope": st.sampled_from(["mine", "public"]),
                "category": st.sampled_from(["road", "parking,drainage", "certificate", "neighbours"]),
                "status": st.sampled_from([",".join(Case.OPEN_STATUSES), "closed,handled", "assigned"]),
                "area": st.sampled_from(
                    [place.code("c1"), place.code("g1"), place.code("g1.1"), place.code("b3")]
                ),
                "q": st.sampled_from(["坑", "301"]),
                "bbox": st.just(
                    ",".join(str(part) for part in (*place.point("g1", 0, 0), *place.point("g4", 1, 1)))
                ),
            },
        )
    )
    page = cases_page(user, read_filters(params), limit=1000)
    file = tmp_path / "cases.geojson"
    number = layer_export(path=file, layer="cases", user=user, params=params)
    features = json.loads(file.read_text())["features"]
    assert number == page.total == len(features)
    listed = [(f["id"], f["properties"]["projection"], f["properties"]["status"]) for f in page.features]
    assert [(f["id"], f["properties"]["projection"], f["properties"]["status"]) for f in features] == listed
    places = [f["geometry"] is None for f in page.features]
    assert [f["geometry"] is None for f in features] == places


@pytest.fixture
def filled(place):
    file_case(place, "g1", text="坑")
    file_case(place, "g3", category="parking", actor=place.resident)
    file_case(place, "g5", category="drainage")
    file_case(place, "g1.1", at=(0.5, 0.5), category="drainage", text="301漏水", actor=place.resident)
    file_case(place, "g1", category="neighbours", text="楼上吵架")
    file_case(place, "g5", category="road", confidential=True)
    file_case(place, location=None, category="certificate", place=place.place.slug)
    act(file_case(place, "g1", text="小坑"), "settle", place.grid_leader, note="补好了")
    return place


@pytest.mark.parametrize("ending", FORMATS)
def test_a_failure_leaves_what_was_there(place, tmp_path, monkeypatch, ending):
    file_case(place)
    file_case(place)
    file = tmp_path / f"cases.{ending}"
    file.write_bytes(b"of yesterday")
    rows, feature = [], exports.case_feature

    def fails_at_the_second(*args, **kwargs):
        rows.append(1)
        if len(rows) == 2:
            raise RuntimeError("the disk is gone")
        return feature(*args, **kwargs)

    monkeypatch.setattr(exports, "case_feature", fails_at_the_second)
    with pytest.raises(RuntimeError):
        cases_export(path=file, user=None, filters=read_filters({}))
    assert file.read_bytes() == b"of yesterday"
    assert [left.name for left in tmp_path.iterdir() if left.name.startswith((".", "cases"))] == [file.name]


@pytest.mark.parametrize("ending", ["gpkg", "fgb"])
def test_what_gdal_refuses_leaves_what_was_there(place, tmp_path, monkeypatch, ending):
    """It runs in a process apart: its failure must come back as one."""
    file_case(place)
    file = tmp_path / f"cases.{ending}"
    file.write_bytes(b"of yesterday")
    monkeypatch.setattr(
        "geo.files.table_arrow.call_apart", lambda *a, **k: call_apart(*a, **{**k, "driver": "None"})
    )
    with pytest.raises(InvalidInput, match="None"):
        cases_export(path=file, user=None, filters=read_filters({}))
    assert file.read_bytes() == b"of yesterday"


@pytest.mark.parametrize("ending", FORMATS)
def test_areas(place, tmp_path, ending):
    file = tmp_path / f"areas.{ending}"
    call_command("export", str(file), "--layer", "areas", "--place", place.place.slug)
    frame = read_map(file) if ending in MAPS else None
    rows = frame.to_dict("records") if ending in MAPS else read_rows(file)
    assert len(rows) == len(place.areas)
    assert {row["mark"] for row in rows} == {"模拟数据"}
    by_code = {(row["level"], row["code"]): row for row in rows}
    grid = by_code["grid", place.code("g1")]
    assert (grid["parent"], int(grid["population"]), grid["place"]) == (place.code("b1"), 200, "wuyingshan")
    block = by_code["block", place.code("b1")]["aliases"]
    assert (block.split("; ") if isinstance(block, str) else list(block)) == ["翡翠小区", "锅炉厂宿舍"]
    boundary = shapely.from_wkt(place.areas["g1"].geometry.wkt)
    if ending in MAPS:
        assert frame.crs.to_epsg() == 4326
        assert grid["geometry"].geom_type == "MultiPolygon"
        assert grid["geometry"].equals(boundary)
        assert all(part.exterior.is_ccw for part in grid["geometry"].geoms) or ending in ("gpkg", "fgb")
    else:
        assert boundary.contains(shapely.Point(float(grid["lon"]), float(grid["lat"])))


def test_areas_by_level_and_place(place, tmp_path, capsys):
    build_place("other", west=117.2)
    file = tmp_path / "areas.geojson"
    for arguments, number in ((["--level", "grid"], 16), (["--level", "grid", "--place", "other"], 8)):
        call_command("export", str(file), "--layer", "areas", *arguments, "--json")
        assert json.loads(capsys.readouterr().out)["rows"] == number
    for wrong, says in (
        (["--place", "nowhere"], "other.*wuyingshan.*nowhere"),
        (["--level", "ward"], "grid.*ward"),
    ):
        with pytest.raises(CommandError, match=says):
            call_command("export", str(file), "--layer", "areas", *wrong)
