"""Scripts and styles of a page from Vite's manifest."""

import json

import pytest

from maps.checks import frontend_is_built
from maps.templatetags import vite


@pytest.fixture
def build(tmp_path, monkeypatch):
    monkeypatch.setattr(vite, "BUILD_DIR", tmp_path)
    chunks = {
        "src/a.ts": {
            "file": "assets/a-1.js",
            "isEntry": True,
            "imports": ["_shared.js"],
            "css": ["assets/a-1.css"],
        },
        "src/b.ts": {"file": "assets/b-1.js", "isEntry": True},
        "_shared.js": {"file": "assets/shared-1.js", "imports": ["_deep.js"], "css": ["assets/shared-1.css"]},
        "_deep.js": {"file": "assets/deep-1.js", "imports": ["_shared.js"]},
    }
    (tmp_path / "manifest.json").write_text(json.dumps(chunks))
    return tmp_path


def test_an_entry_brings_its_script_and_those_it_imports(build):
    scripts, preloads, styles = vite.entry_files("src/a.ts")
    assert scripts == ["assets/a-1.js"]
    assert sorted(preloads) == ["assets/deep-1.js", "assets/shared-1.js"]
    assert styles == ["assets/shared-1.css", "assets/a-1.css"]


def test_tags_hold_no_inline_code(build):
    script, styles = vite.vite_entry("src/a.ts"), vite.vite_styles("src/a.ts")
    assert script == '<script type="module" src="/static/maps/build/assets/a-1.js"></script>'
    assert styles.count('rel="stylesheet"') == 2
    assert styles.count('rel="modulepreload"') == 2


def test_an_unknown_entry_names_those_there_are(build):
    with pytest.raises(vite.FrontendNotBuilt, match=r"no entry 'src/c.ts'.*src/a.ts, src/b.ts"):
        vite.entry_files("src/c.ts")


def test_a_rebuilt_front_end_is_seen_without_a_restart(build):
    assert vite.entry_files("src/b.ts")[0] == ["assets/b-1.js"]
    file = build / "manifest.json"
    file.write_text(json.dumps({"src/b.ts": {"file": "assets/b-2.js", "isEntry": True}}))
    import os

    os.utime(file, ns=(1, 1))
    assert vite.entry_files("src/b.ts")[0] == ["assets/b-2.js"]


def test_without_a_build_the_page_says_so_in_words(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(vite, "BUILD_DIR", tmp_path)
    assert vite.vite_styles("src/a.ts") == ""
    notice = vite.vite_entry("src/a.ts")
    assert "make frontend" in notice
    assert "<script" not in notice
    assert "make frontend" in caplog.text
    assert [check.id for check in frontend_is_built()] == ["maps.W001"]
