"""Template tag for the sign of a category: shape and colour, each enough for those who cannot see the other."""

import json
from functools import lru_cache
from pathlib import Path

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

SHAPES_FILE = Path(__file__).resolve().parent.parent / "marks.json"


@lru_cache(maxsize=1)
def shapes() -> dict[str, str]:
    """Return the SVG paths of the shapes on a 24 × 24 field; the map's symbols are drawn from the same file."""
    return json.loads(SHAPES_FILE.read_text(encoding="utf-8"))


@register.simple_tag
def category_mark(shape: str, colour: str) -> SafeString:
    """Draw the sign of a category, `{% category_mark category.icon.shape category.icon.colour %}`.

    Hidden from screen readers: the category's name always stands beside it.

    Parameters
    ----------
    shape
        A key of `marks.json`: circle, square, triangle, diamond, pentagon, hexagon, star, cross, drop, shield.
    colour
        A name of the Okabe–Ito palette as profiles use it.

    Raises
    ------
    KeyError
        For a shape that `marks.json` does not have.
    """
    return format_html(
        '<svg class="mark mark--{}" viewBox="-1 -1 26 26" aria-hidden="true" focusable="false">'
        '<path d="{}"></path></svg>',
        colour,
        shapes()[shape],
    )
