"""Template tags that put an entry of the built front end (`maps/frontend/`) on a page.

The scripts need no inline code and no `eval`; they are ES modules with hashed names, so the strict
Content-Security-Policy of the settings holds and browsers may keep them for ever.
"""

import json
import logging
from functools import lru_cache
from pathlib import Path
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

register = template.Library()
log = logging.getLogger(__name__)

BUILD_DIR = Path(__file__).resolve().parent.parent / "static" / "maps" / "build"
BUILD_PREFIX = "maps/build/"


class FrontendNotBuilt(LookupError):
    """The front end has not been built, or not with this entry."""


@lru_cache(maxsize=4)
def _manifest_at(path: Path, modified_ns: int) -> dict[str, Any]:
    # `modified_ns` is part of the key only: a rebuilt front end is seen without a restart.
    return json.loads(path.read_text(encoding="utf-8"))


def manifest() -> dict[str, Any]:
    """Return Vite's manifest: source path → chunk.

    Raises
    ------
    FrontendNotBuilt
        When `maps/static/maps/build/manifest.json` does not exist.
    """
    path = BUILD_DIR / "manifest.json"
    try:
        return _manifest_at(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        raise FrontendNotBuilt(
            "The front end has not been built: maps/static/maps/build/manifest.json is missing. Run `make frontend`."
        ) from None


def entry_files(entry: str) -> tuple[list[str], list[str], list[str]]:
    """Return the scripts, preloads and stylesheets of an entry, as paths below the build folder.

    Parameters
    ----------
    entry
        Source path below `maps/frontend/`, such as ``src/patrol.ts``.

    Raises
    ------
    FrontendNotBuilt
        When there is no manifest or the entry is not in it; the message names the entries that are.
    """
    chunks = manifest()
    if not chunks.get(entry, {}).get("isEntry"):
        known = ", ".join(sorted(key for key, chunk in chunks.items() if chunk.get("isEntry")))
        raise FrontendNotBuilt(
            f"The front end has no entry {entry!r}; built are: {known}. Run `make frontend`."
        )
    preloads: list[str] = []
    styles: list[str] = []
    seen: set[str] = set()

    def walk(key: str) -> None:
        if key in seen:
            return
        seen.add(key)
        chunk = chunks[key]
        for imported in chunk.get("imports", ()):
            walk(imported)
        for style in chunk.get("css", ()):
            if style not in styles:
                styles.append(style)
        if key != entry:
            preloads.append(chunk["file"])

    walk(entry)
    return [chunks[entry]["file"]], preloads, styles


def _url(file: str) -> str:
    return static(BUILD_PREFIX + file)


@register.simple_tag
def vite_styles(entry: str) -> SafeString:
    """Stylesheets and preloads of an entry, for the `head` block; nothing when it is not built."""
    try:
        _scripts, preloads, styles = entry_files(entry)
    except FrontendNotBuilt:
        return SafeString("")
    return format_html(
        "{}{}",
        format_html_join("\n", '<link rel="stylesheet" href="{}">', ((_url(file),) for file in styles)),
        format_html_join("\n", '<link rel="modulepreload" href="{}">', ((_url(file),) for file in preloads)),
    )


@register.simple_tag
def vite_entry(entry: str) -> SafeString:
    """Script of an entry, for the end of the page.

    Without a build the page still works as plain HTML; it then says in words what is missing, and so does the log.
    """
    try:
        scripts, _preloads, _styles = entry_files(entry)
    except FrontendNotBuilt as error:
        log.error("%s", error)
        return format_html(
            '<p class="state state--error state--inline" role="alert"><strong>{}</strong> {}</p>',
            _("Maps and drawing are switched off."),
            error,
        )
    return format_html_join(
        "\n", '<script type="module" src="{}"></script>', ((_url(file),) for file in scripts)
    )
