"""Rules of the tree that no linter knows."""

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("config", "geo", "cases", "layers", "deliberation", "maps")


@cache
def tracked() -> tuple[str, ...]:
    """Return the files that are in git or would be added, as paths below the root."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(name for name in listed.stdout.splitlines() if (ROOT / name).is_file())


def files(*endings: str, below: tuple[str, ...] = ("",), without: tuple[str, ...] = ()) -> list[str]:
    found = [
        name
        for name in tracked()
        if name.endswith(endings) and name.startswith(below) and not name.startswith(without)
    ]
    assert found, f"no {endings} below {below}: the rule would check nothing"
    return found


def lines_with(pattern: str, names: list[str]) -> list[str]:
    """Return `file:number: line` for each line that matches."""
    wanted = re.compile(pattern)
    return [
        f"{name}:{number}: {line.strip()[:120]}"
        for name in names
        for number, line in enumerate((ROOT / name).read_text(encoding="utf-8").splitlines(), 1)
        if wanted.search(line)
    ]


APP_FOLDERS = tuple(f"{app}/" for app in APPS)


def test_spatial_sql_only_in_geo_db():
    sources = files(".py", ".html", below=APP_FOLDERS, without=("geo/db/",))
    assert lines_with(r"\bST_[A-Z]", sources) == []
    assert lines_with(r"\bST_[A-Z]", files(".py", below=("geo/db/",))), "the pattern finds nothing even there"


def test_no_postgres_only_fields():
    assert lines_with(r"django\.contrib\.postgres", files(".py", below=APP_FOLDERS)) == []


def test_geos_and_shapely_meet_in_one_place():
    """Well-known binary is the bridge between the two; only `geo/db/convert.py` walks over it."""
    sources = files(".py", below=APP_FOLDERS, without=("geo/db/convert.py",))
    both = []
    for name in sources:
        text = (ROOT / name).read_text(encoding="utf-8")
        geos = re.search(r"^\s*(from|import) django\.contrib\.gis\.geos", text, re.M)
        if geos and re.search(r"\bshapely\.(from_wk[bt]|to_wk[bt])|\.wk[bt]\b", text):
            both.append(name)
    assert both == []


def test_no_text_reaches_the_crs_parser_of_gdal():
    """GDAL before 3.9 opens files and addresses that a "crs" names; the system check for it is silenced."""
    everywhere = files(".py", below=APP_FOLDERS, without=("geo/db/",))
    sources = [name for name in everywhere if not {"migrations", "models"} & set(name.split("/"))]
    makers = r"\b(GEOSGeometry|fromstr|fromfile|OGRGeometry|SpatialReference)\("
    fields = r"(from|import) rest_framework_gis|GeometryField\("
    assert lines_with(f"{makers}|{fields}", sources) == []


HOST = r"""(?:https?:|wss?:|["'(=]\s*)//(?!www\.w3\.org/)[A-Za-z0-9-]+\.[A-Za-z]"""


@pytest.mark.parametrize(
    ("line", "is_host"),
    [
        ('<script src="//cdn.example.org/x.js">', True),
        ('fetch("https://tiles.example.org/1")', True),
        ("url(//fonts.example.org/a)", True),
        ('"http://www.w3.org/2000/svg"', False),
        ("// see map.ts for more", False),
        ("const half = width//2.5;", False),
    ],
)
def test_the_pattern_for_hosts(line, is_host):
    assert bool(re.search(HOST, line)) is is_host


def test_pages_and_scripts_name_no_host():
    assert lines_with(HOST, files(".html", ".css", ".svg", ".ts", below=APP_FOLDERS)) == []


def test_templates_have_nothing_inline():
    """The content security policy would refuse it in the browser; here it is named with its line."""
    pattern = (
        r"<script(?![^>]*\bsrc=)(?![^>]*application/json)|<style\b|\sstyle=|\son[a-z]+=[\"']|javascript:"
    )
    assert lines_with(pattern, files(".html", below=APP_FOLDERS)) == []


def test_lock_files_carry_no_addresses():
    requirements = files(".txt", ".in", below=("requirements/",))
    assert lines_with(r"://|--index-url|--find-links|--trusted-host|-i\s", requirements) == []
    lock = files("package-lock.json")
    assert lines_with(r'"resolved"|registry\.', lock) == []


def test_every_pin_has_a_hash():
    for name in files(".txt", below=("requirements/",)):
        text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
        pins = [line for line in text.splitlines() if line and not line.lstrip().startswith(("#", "-"))]
        assert len(pins) > 10
        assert [pin.split()[0] for pin in pins if not re.match(r"[\w.-]+==\S+\s.*--hash=sha256:", pin)] == []


def test_pins_cover_what_is_asked_for():
    """`make pins` was run after the last change of an .in file."""
    for group in ("base", "dev"):
        asked = re.findall(r"^([A-Za-z][\w.-]*)", (ROOT / f"requirements/{group}.in").read_text(), re.M)
        pinned = set(re.findall(r"^([\w.-]+)==", (ROOT / f"requirements/{group}.txt").read_text(), re.M))
        normal = {re.sub(r"[-_.]+", "-", name).lower() for name in asked}
        assert normal - {re.sub(r"[-_.]+", "-", name).lower() for name in pinned} == set()


def test_nothing_built_or_foreign_is_committed():
    built = re.compile(r"(^|/)(node_modules|dist|build|\.venv)/|\.(mo|min\.js|min\.css|pyc|whl|sqlite3)$")
    assert [name for name in tracked() if built.search(name)] == []


def test_no_registry_and_no_path_of_a_machine():
    hosts = ["pypi" + ".org", "npmjs" + ".org", "deb.debian" + ".org", "pythonhosted" + ".org"]
    pattern = "|".join(
        [re.escape(host) for host in hosts] + ["/work" + "/main", "/work" + "/shared", "/ro" + "ot/"]
    )
    text = [
        name for name in tracked() if not name.endswith((".png", ".jpg", ".heic", ".gz", ".gpkg", ".pbf"))
    ]
    assert lines_with(pattern, text) == []
