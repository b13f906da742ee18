"""Areas from files as cities send them: taken, mended, refused, and told."""

import gzip
import json
import os
import re
import zipfile
from io import StringIO
from pathlib import Path

import geopandas
import pytest
import shapely
from django.core.management import CommandError, call_command

from geo.domain.crs import unproject
from geo.files.apart import call_apart
from geo.models import Area, BoundaryGeneration, Place
from geo.selectors.locate import locate_pin

pytestmark = pytest.mark.django_db
LON, LAT, STEP = 117.0, 36.65, 0.01
SHARED = Path(os.environ.get("GRIDCASE_SHARED_DATA", Path(__file__).resolve().parents[2] / "../shared/data"))
BOSTON = SHARED / "boston_polygons"


def square(column, row=0, size=STEP):
    return shapely.box(
        LON + column * STEP, LAT + row * STEP, LON + column * STEP + size, LAT + row * STEP + size
    )


def frame(shapes, codes=None, names=None, crs=4326):
    codes = codes or [f"c{number}" for number in range(1, len(shapes) + 1)]
    return geopandas.GeoDataFrame(
        {"code": codes, "name": names or [f"{code}社区" for code in codes]}, geometry=shapes, crs=crs
    )


def geojson(path, shapes, codes=None, **top):
    features = [
        {
            "type": "Feature",
            "properties": {"code": code, "name": f"{code}社区"},
            "geometry": shapely.geometry.mapping(shape) if shape is not None else None,
        }
        for shape, code in zip(shapes, codes or [f"c{n}" for n in range(1, len(shapes) + 1)], strict=True)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", **top, "features": features}), encoding="utf-8")
    return path


def geopackage(table, path):
    """Write a GeoPackage; in a process of its own, as `geo.files.apart` says why."""
    call_apart("pyogrio", "write_dataframe", [table, str(path)])


def load(file, *more, level="community", place="town", profile="plain", commit=True, generation="g"):
    out = StringIO()
    arguments = ["--place", place, "--level", level, "--generation", generation, "--json", *more]
    if "--code" not in more:
        arguments += ["--code", "code"]
    if profile:
        arguments += ["--profile", profile]
    if commit:
        arguments.append("--commit")
    call_command("import_areas", str(file), *arguments, stdout=out)
    return json.loads(out.getvalue())


def refused(file, *more, **options):
    with pytest.raises(CommandError) as caught:
        load(file, *more, **options)
    assert not Area.objects.exists()
    return str(caught.value)


def test_a_dry_run_writes_nothing(tmp_path):
    report = load(geojson(tmp_path / "a.geojson", [square(0), square(1)]), commit=False)
    assert (report["read"], report["taken"], report["committed"], report["added"]) == (2, 2, False, 0)
    assert report["place_created"]["metric_srid"] == 4548
    assert report["place_created"]["time_zone"] == "Asia/Shanghai"
    assert not Place.objects.exists()


def test_levels_come_one_by_one_and_parents_by_position_or_by_code(tmp_path):
    load(geojson(tmp_path / "a.geojson", [square(0), square(1)]), "--name", "name")
    halves = [
        shapely.box(LON, LAT, LON + 0.006, LAT + STEP),
        shapely.box(LON + 0.006, LAT, LON + 0.02, LAT + STEP),
    ]
    report = load(geojson(tmp_path / "b.geojson", halves, ["x1", "x2"]), level="grid", profile="")
    assert (report["added"], report["gaps"], report["overlaps"]) == (2, [], [])
    assert dict(Area.objects.filter(level="grid").values_list("code", "parent__code")) == {
        "x1": "c1",
        "x2": "c2",
    }
    assert Area.objects.get(code="x2").path == "/c2/x2/"
    outside = report["outside_parents"]
    assert [(part["code"], part["parent"]) for part in outside] == [("x2", "c2")]
    assert outside[0]["area_m2"] == pytest.approx(0.004 * STEP * 89_400 * 111_000, rel=0.01)
    shapes = frame(halves, ["x1", "x2"])
    shapes["above"] = ["c2", "c9"]
    geopackage(shapes, tmp_path / "c.gpkg")
    report = load(tmp_path / "c.gpkg", "--parent", "above", level="grid", profile="")
    assert [(row["row"], row["problem"]) for row in report["refused"]] == [(2, "no_parent")]
    assert (report["changed"], report["removed"]) == (1, 1)
    assert Area.objects.get(code="x1").path == "/c2/x1/"


def test_the_same_file_again_changes_nothing(tmp_path):
    file = geojson(tmp_path / "a.geojson", [square(0), square(1)])
    load(file)
    ids = list(Area.objects.order_by("pk").values_list("pk", flat=True))
    report = load(file)
    counts = [report[key] for key in ("added", "changed", "unchanged", "removed")]
    assert counts == [0, 0, 2, 0]
    assert list(Area.objects.order_by("pk").values_list("pk", flat=True)) == ids


def test_a_level_between_takes_the_finer_areas(tmp_path):
    load(geojson(tmp_path / "g.geojson", [square(0, size=0.004)], ["x1"]), level="grid")
    report = load(geojson(tmp_path / "a.geojson", [square(0), square(1)]), profile="")
    assert report["relinked"] == 1
    assert Area.objects.get(code="x1").path == "/c1/x1/"
    load(geojson(tmp_path / "a.geojson", [square(0), square(1)], ["n1", "n2"]), profile="")
    assert Area.objects.get(code="x1").path == "/n1/x1/"
    assert Area.objects.count() == 3


def test_changed_boundaries_are_found_by_the_spatial_index(tmp_path):
    from geo.db.functions import IntersectsBbox

    load(geojson(tmp_path / "a.geojson", [square(0)]))
    report = load(geojson(tmp_path / "a.geojson", [square(40)]))
    assert report["changed"] == 1
    there, here = square(40).bounds, square(0).bounds
    assert Area.objects.filter(IntersectsBbox("geometry", there)).count() == 1
    assert Area.objects.filter(IntersectsBbox("geometry", here)).count() == 0


def test_rows_are_mended_or_refused_with_row_and_reason(tmp_path):
    bowtie = shapely.Polygon([(LON, LAT), (LON + STEP, LAT + STEP), (LON + STEP, LAT), (LON, LAT + STEP)])
    high = shapely.force_3d(square(3), 12.0)
    shapes = [bowtie, None, shapely.Point(LON, LAT), high, square(4), square(5), square(6), square(7)]
    codes = ["c1", "c2", "c3", "c4", "c5", "c5", "", "a b"]
    report = load(geojson(tmp_path / "a.geojson", shapes, codes))
    assert [(row["row"], row["problem"]) for row in report["refused"]] == [
        (2, "no_geometry"), (3, "bad_geometry"), (5, "code_twice"), (6, "code_twice"), (7, "no_code"), (8, "bad_code"),
    ]  # fmt: skip
    assert "row 6" in report["refused"][2]["reason"]
    assert "Point" in report["refused"][1]["reason"]
    mended = report["repaired"][0]
    assert (mended["row"], mended["code"], mended["actions"]) == (1, "c1", ["made_valid"])
    assert mended["area_after_m2"] > 100_000
    assert (report["taken"], report["heights_dropped"]) == (2, 1)


def test_empty_names_are_told(tmp_path):
    geopackage(frame([square(0), square(1)], names=["甲社区", ""]), tmp_path / "a.gpkg")
    report = load(tmp_path / "a.gpkg", "--name", "name")
    assert report["nameless"] == [{"row": 2, "code": "c2"}]
    assert dict(Area.objects.values_list("code", "name")) == {"c1": "甲社区", "c2": "c2"}


def test_nan_is_a_matter_of_its_row(tmp_path):
    file = geojson(tmp_path / "a.geojson", [square(0), square(1)])
    text = file.read_text()
    second = list(re.finditer(r"117\.02\d*", text))[1]  # not where the ring begins and ends
    file.write_text(f"{text[: second.start()]}NaN{text[second.end() :]}")
    report = load(file)
    assert [(row["row"], row["problem"]) for row in report["refused"]] == [(2, "bad_geometry")]


def feet(shapes):
    return list(geopandas.GeoSeries(shapes, crs=4326).to_crs(2249))


BOSTON_SQUARE = shapely.box(-71.07, 42.35, -71.06, 42.36)


def test_feet_in_a_wgs84_geojson_are_refused_with_the_cause(tmp_path):
    file = geojson(tmp_path / "feet.geojson", feet([BOSTON_SQUARE]))
    message = refused(file)
    assert "EPSG:4326" in message
    assert "feet or metres of a projected CRS" in message
    assert "EPSG:2249" in refused(file, "--metric-crs", "EPSG:26986")
    report = load(file, "--crs", "EPSG:2249")
    assert "read as EPSG:2249" in report["notes"][0]
    assert (report["metric_srid"], report["place_created"]["time_zone"]) == (32619, "America/New_York")
    west = Area.objects.get().geometry.extent[0]
    assert west == pytest.approx(-71.07, abs=1e-4)


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        (shapely.box(36.65, 117.0, 36.66, 117.01), "swapped"),
        (shapely.box(42.35, -71.07, 42.36, -71.06), "swapped"),
        (shapely.box(39500000, 4058000, 39501000, 4059000), "zone 39"),
    ],
)
def test_numbers_that_cannot_be_degrees(tmp_path, shape, said):
    assert said in refused(geojson(tmp_path / "a.geojson", [shape]))


def test_what_lies_far_from_the_place_is_refused(tmp_path):
    load(geojson(tmp_path / "a.geojson", [square(0)]))
    with pytest.raises(CommandError, match="far from the place"):
        load(geojson(tmp_path / "b.geojson", [BOSTON_SQUARE], ["x"]), level="grid", profile="")


def test_a_crs_in_metres_is_read_from_the_file(tmp_path):
    geopackage(frame([square(0)]).to_crs(4548), tmp_path / "a.gpkg")
    report = load(tmp_path / "a.gpkg")
    assert report["crs"]["used"].startswith("EPSG:4548")
    assert Area.objects.get().geometry.extent[0] == pytest.approx(LON, abs=1e-7)


@pytest.mark.parametrize("crs", [None, {"type": "name", "properties": {"name": "local"}},
                                 {"type": "link", "properties": {"href": "elsewhere"}}])  # fmt: skip
def test_a_crs_that_says_nothing_is_asked_for(tmp_path, crs):
    assert "--crs" in refused(geojson(tmp_path / "a.geojson", [square(0)], crs=crs))


def shapefile(folder, table, **options):
    folder.mkdir()
    table.to_file(folder / "area.shp", **options)
    return folder / "area.shp"


def test_a_shapefile_without_prj_asks_for_its_crs(tmp_path):
    file = shapefile(tmp_path / "s", frame([square(0)], names=["x"]))
    file.with_suffix(".prj").unlink()
    assert "EPSG:4490" in refused(file)
    assert load(file, "--crs", "EPSG:4490")["taken"] == 1


def test_chinese_names_without_a_declared_encoding(tmp_path):
    file = shapefile(tmp_path / "s", frame([square(0)], names=["无影山中街社区"]), encoding="GB18030")
    file.with_suffix(".cpg").unlink()
    message = refused(file, "--name", "name")
    assert "--encoding GB18030 reads “无影山中街社区”" in message
    assert "GB18030" in refused(file, "--name", "name", "--encoding", "utf-8")
    load(file, "--name", "name", "--encoding", "GBK")
    assert Area.objects.get().name == "无影山中街社区"


def test_geojson_in_gbk_is_refused_with_a_preview(tmp_path):
    file = geojson(tmp_path / "a.geojson", [square(0)])
    text = json.dumps(json.loads(file.read_text()), ensure_ascii=False)
    file.write_bytes(text.encode("gb18030"))
    assert "--encoding GB18030 reads “c1社区”" in refused(file)
    load(file, "--name", "name", "--encoding", "GB18030")
    assert Area.objects.get().name == "c1社区"


def test_a_missing_shx_is_made_anew_and_a_missing_dbf_refused(tmp_path):
    file = shapefile(tmp_path / "s", frame([square(0), square(1)], names=["x", "y"]))
    file.with_suffix(".shx").unlink()
    report = load(file)
    assert report["taken"] == 2
    assert ".shx" in report["notes"][0]
    Area.objects.all().delete()
    file.with_suffix(".dbf").unlink()
    assert ".dbf" in refused(file)


def zipped(target, files, prefix=""):
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.write(file, f"{prefix}{file.name}")
    return target


def test_zipped_shapefiles(tmp_path):
    file = shapefile(tmp_path / "s", frame([square(0)], names=["x"]))
    parts = sorted(file.parent.iterdir())
    assert load(zipped(tmp_path / "good.zip", parts, "边界/"))["taken"] == 1
    Area.objects.all().delete()
    assert "outside itself" in refused(zipped(tmp_path / "evil.zip", parts, "../"))
    cut = tmp_path / "cut.zip"
    cut.write_bytes((tmp_path / "good.zip").read_bytes()[:-100])
    assert "cut off" in refused(cut)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("area.shp", b"\0" * (64 << 20))
    assert "unpacks to more than" in refused(tmp_path / "bomb.zip")
    file.write_bytes(file.read_bytes()[:-20])
    assert "cut off" in refused(file)


def test_kml_and_gzip(tmp_path):
    frame([square(0)]).to_file(tmp_path / "a.kml", driver="LIBKML")
    assert load(tmp_path / "a.kml")["taken"] == 1
    Area.objects.all().delete()
    packed = tmp_path / "a.geojson.gz"
    packed.write_bytes(gzip.compress(geojson(tmp_path / "a.geojson", [square(0)]).read_bytes()))
    assert load(packed)["taken"] == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "empty"),
        ('{"type":"FeatureCollection","features":[]}', "no rows"),
        ('{"type":"FeatureCollection","features":[', "no whole JSON"),
        ('{"type":"Topology"}', "FeatureCollection"),
        ('{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"a","code":"b"},'
         '"geometry":null}]}', "twice"),
        ("<OGRVRTDataSource/>", "JSON object"),
    ],
)  # fmt: skip
def test_files_that_are_no_geojson(tmp_path, content, said):
    (tmp_path / "a.geojson").write_text(content)
    assert said in refused(tmp_path / "a.geojson")


def test_wrong_settings_say_what_is_accepted(tmp_path):
    file = geojson(tmp_path / "a.geojson", [square(0)])
    assert "code, name" in refused(file, "--code", "nope")
    assert "--profile creates it" in refused(file, profile="")
    assert "plain" in refused(file, profile="nope")
    assert "community, grid, building" in refused(file, level="block")
    assert "EPSG:4490" in refused(file, "--crs", "nonsense")
    load(file)
    BoundaryGeneration.objects.update(state="retired")
    with pytest.raises(CommandError, match="never edited in place"):
        load(file)


def test_metres_of_a_neighbouring_zone_do_not_slip_through(tmp_path):
    """Six-digit eastings of 117° E, said to be those of 120° E, would lie 270 km off."""
    load(geojson(tmp_path / "a.geojson", [square(0)]))
    shapes = [unproject(shapely.box(500000, 4057000, 500400, 4057400), 4548)]
    wrong = geopandas.GeoSeries(shapes, crs=4326).to_crs(4548).set_crs(4549, allow_override=True)
    geopackage(frame(list(wrong), ["x"], crs=4549), tmp_path / "b.gpkg")
    with pytest.raises(CommandError, match="EPSG:4548"):
        load(tmp_path / "b.gpkg", level="grid", profile="")


@pytest.mark.skipif(
    not BOSTON.is_dir(), reason="the shared data (GRIDCASE_SHARED_DATA) are not on this machine"
)
def test_boston_comes_in_with_its_invalid_polygons_mended():
    report = load(BOSTON / "boston_wards.geojson", "--code", "WARD", place="boston")
    assert (report["read"], report["taken"], len(report["repaired"]), report["refused"]) == (22, 22, 3, [])
    assert all(abs(row["area_change_m2"]) < 0.01 for row in report["repaired"])
    report = load(
        BOSTON / "boston_precincts_wgs84.geojson",
        "--code",
        "WARD_PRECINCT",
        place="boston",
        profile="",
        level="grid",
    )
    assert (report["read"], report["taken"], len(report["repaired"])) == (255, 255, 2)
    assert report["without_parent"] == [{"row": 253, "code": "0115"}]
    wrong = [
        code
        for code, ward in Area.objects.filter(parent__isnull=False).values_list("code", "parent__code")
        if int(code[:2]) != int(ward)
    ]
    assert wrong == []
    call_command("activate_generation", "g", "--place", "boston", stdout=StringIO())
    answer = locate_pin(-71.0589, 42.3601)
    assert [area.level for area in answer.areas] == ["community", "grid"]
    report = load(
        BOSTON / "boston_neighborhoods.geojson", "--code", "cartodb_id", "--name", "name", place="b2"
    )
    assert (report["taken"], len(report["repaired"])) == (26, 4)
