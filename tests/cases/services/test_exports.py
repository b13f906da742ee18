"""Files: the rows of the list, nothing that tells of a person, cells that compute nothing."""

import csv
import json

import geopandas as gpd
import pytest
from django.core.management import CommandError, call_command

from cases.services.exports import formula_safe
from geo import routing
from geo.files.apart import call_apart
from geo.models import Place
from tests.factories.cases import file_case
from tests.factories.places import build_place

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    built = build_place()
    Place.objects.update(is_demo=True)
    routing.forget()
    return built


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


@pytest.mark.parametrize("ending", ["geojson", "gpkg", "fgb", "csv"])
def test_every_format_holds_every_row_also_those_without_a_place(place, tmp_path, ending):
    for short in ("g1", "g5"):
        file_case(place, short)
    file_case(place, location=None, category="certificate", place=place.place.slug)
    file = tmp_path / f"cases.{ending}"
    call_command("export", str(file), "--layer", "cases", "--as", place.official.username)
    if ending == "csv":
        with file.open(encoding="utf-8-sig") as stream:
            rows = list(csv.DictReader(stream))
        assert sorted(row["lon"] == "" for row in rows) == [False, False, True]
    else:
        rows = call_apart("geopandas", "read_file", (str(file),))
        assert sorted(rows.geometry.isna()) == [False, False, True]
    assert len(rows) == 3


def test_a_file_tells_nothing_of_a_person_whoever_asks(place, tmp_path):
    home = file_case(
        place, "g1.1", None, at=(0.5, 0.5), category="drainage", text="王大爷家1号楼2单元301漏水，13812345678",
        place_text="1号楼2单元301", reporter={"name": "王小明", "phone": "13812345678"},
    )  # fmt: skip
    file_case(place, "g1", category="neighbours", text="楼上吵架")
    file = tmp_path / "cases.csv"
    call_command("export", str(file), "--layer", "cases", "--as", place.official.username)
    text = file.read_text(encoding="utf-8-sig")
    for secret in ("王小明", "13812345678", "301", "1号楼", "楼上吵架", home.follow_code, place.code("g1.1")):
        assert secret not in text
    (row,) = [row for row in csv.DictReader(text.splitlines()) if row["category"] == "drainage"]
    assert (row["block"], row["grid"], row["projection"]) == ("翡翠郡", "", "full")
    assert float(row["lon"]) == pytest.approx(home.location_shown.x, abs=1e-6)


@pytest.mark.parametrize("text", ["=1+1", "+86", "-x", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(place, tmp_path, text):
    assert formula_safe(text) == f"'{text}"
    assert formula_safe("坑") == "坑"
    file_case(place, "g1", text=text)
    file = tmp_path / "cases.csv"
    call_command("export", str(file), "--layer", "cases")
    with file.open(encoding="utf-8-sig", newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert row["text"].startswith("'")


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
    with pytest.raises(CommandError, match="csv"):
        call_command("export", str(tmp_path / "cases.doc"), "--layer", "cases")


def test_areas(place, tmp_path):
    file = tmp_path / "areas.gpkg"
    call_command("export", str(file), "--layer", "areas", "--place", place.place.slug)
    frame = call_apart("geopandas", "read_file", (str(file),))
    assert len(frame) == len(place.areas)
    assert set(frame["mark"]) == {"模拟数据"}
    grid = frame[frame["code"] == place.code("g1")].iloc[0]
    assert (grid["parent"], grid["level"]) == (place.code("b1"), "grid")
    with pytest.raises(CommandError):
        call_command("export", str(file), "--layer", "areas", "--place", "nowhere")
