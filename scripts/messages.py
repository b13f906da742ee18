"""Translations: compile what is in git (`compile`), or collect the texts from the sources first (`extract`).

Compiling uses polib, so that running needs no gettext; collecting is Django's `makemessages`, which does.
"""

import subprocess
import sys
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("zh_Hans", "ko")
IGNORE = (".venv", "node_modules", "var", "bench", "tests", "scripts", "maps/static")


def sources() -> list[Path]:
    """Return the catalogues of the tree."""
    found = ROOT.glob("**/locale/*/LC_MESSAGES/*.po")
    return sorted(file for file in found if not {".venv", "node_modules"} & set(file.parts))


def compile_all() -> int:
    """Write a .mo beside each .po; return how many texts are untranslated or marked fuzzy."""
    open_ends = 0
    for file in sources():
        catalogue = polib.pofile(str(file))
        catalogue.save_as_mofile(str(file.with_suffix(".mo")))
        left = len(catalogue.untranslated_entries()) + len(catalogue.fuzzy_entries())
        open_ends += left
        done = len(catalogue.translated_entries())
        print(f"{file.relative_to(ROOT)}: {done} translated, {left} left")
    return open_ends


def extract() -> None:
    """Collect texts from the sources into the catalogues (needs gettext)."""
    command = [sys.executable, "manage.py", "makemessages", "--no-location", "--no-wrap", "--no-obsolete"]
    for language in LANGUAGES:
        command += ["--locale", language]
    for folder in IGNORE:
        command += ["--ignore", folder]
    subprocess.run([*command, "--ignore", "maps/frontend"], cwd=ROOT, check=True)
    # The scripts' own texts: TypeScript is close enough to JavaScript for xgettext.
    subprocess.run([*command, "--domain", "djangojs", "--extension", "ts"], cwd=ROOT, check=True)


if __name__ == "__main__":
    if sys.argv[1:] == ["extract"]:
        extract()
    elif sys.argv[1:] != ["compile"]:
        sys.exit("python -m scripts.messages compile | extract")
    compile_all()
