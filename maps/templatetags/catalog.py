"""Template tag that hands the scripts their texts: gettext's catalogue as a JSON block of the page."""

from functools import lru_cache
from typing import Any

from django import template
from django.utils.html import json_script
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation.trans_real import DjangoTranslation
from django.views.i18n import JavaScriptCatalog

register = template.Library()


@lru_cache(maxsize=8)
def script_messages(language: str) -> dict[str, Any]:
    """Return message id → text, or list of plural forms, in a language.

    English is the language of the sources, so that its catalogue may be empty. A language that lacks a text gets
    the deployment's default one, as gettext does.
    """
    view = JavaScriptCatalog()
    view.translation = DjangoTranslation(language, domain="djangojs", localedirs=view.get_paths(["maps"]))
    return view.get_catalog()


@register.simple_tag
def ts_catalog(element_id: str = "catalog") -> SafeString:
    """Put the catalogue of the page's language on the page; data, not code, so that no inline script is needed.

    Maps inside a page bring one under a name of their own; the scripts take the first that they find.
    """
    return json_script(script_messages(get_language() or "zh-hans"), element_id)
