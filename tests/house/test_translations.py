"""Catalogues: complete in the language people see, with the same placeholders, compiled from what is in git."""

import re
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).resolve().parents[2]
CATALOGUES = sorted(
    file
    for file in ROOT.glob("**/locale/*/LC_MESSAGES/*.po")
    if not {".venv", "node_modules"} & set(file.relative_to(ROOT).parts)
)
# Chinese counts all (等 4 人) where English counts the others: the source fills both names.
FILLED_TOO = {"%(total)s"}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


def named(file: Path) -> str:
    return str(file.relative_to(ROOT))


def test_there_are_catalogues():
    assert any("zh_Hans" in file.parts for file in CATALOGUES)


@pytest.mark.parametrize("file", CATALOGUES, ids=named)
def test_nothing_is_marked_doubtful(file):
    assert [entry.msgid for entry in polib.pofile(str(file)).fuzzy_entries()] == []


@pytest.mark.parametrize("file", [f for f in CATALOGUES if "zh_Hans" in f.parts], ids=named)
def test_chinese_is_complete(file):
    assert [entry.msgid for entry in polib.pofile(str(file)).untranslated_entries()] == []


# The scripts' own catalogue is left out: a script fills more names than its source text has.
@pytest.mark.parametrize("file", [f for f in CATALOGUES if f.stem == "django"], ids=named)
def test_no_placeholder_that_the_source_does_not_fill(file):
    """A translation may leave one out; one of its own would fail at run time."""
    wrong = []
    for entry in polib.pofile(str(file)).translated_entries():
        filled = set(PLACEHOLDER.findall(entry.msgid + entry.msgid_plural)) | FILLED_TOO
        texts = [entry.msgstr, *entry.msgstr_plural.values()]
        wrong += [entry.msgid for text in texts if not set(PLACEHOLDER.findall(text)) <= filled]
    assert wrong == []


@pytest.mark.parametrize("file", CATALOGUES, ids=named)
def test_compiled_is_what_is_written(file):
    """`make setup` compiles; after a change by hand `python -m scripts.messages compile` does."""
    compiled = {
        (e.msgctxt, e.msgid): (e.msgstr, e.msgstr_plural) for e in polib.mofile(str(file.with_suffix(".mo")))
    }
    for entry in polib.pofile(str(file)).translated_entries():
        assert compiled[entry.msgctxt, entry.msgid] == (entry.msgstr, entry.msgstr_plural)
