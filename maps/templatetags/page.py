"""Template tags for what every page shows: the place, the pages of a role, large type and night colours."""

from typing import Any

from django import template
from django.http import HttpRequest

from geo.models import Place
from maps.navigation import NavItem, nav_items
from maps.views.display import THEMES, TYPE_SIZES

register = template.Library()


@register.simple_tag(takes_context=True)
def display_settings(context: dict[str, Any]) -> dict[str, str]:
    """Return the remembered type size and colours; unknown cookie values count as not set."""
    request: HttpRequest | None = context.get("request")
    cookies = request.COOKIES if request else {}
    size, theme = cookies.get("type", ""), cookies.get("theme", "")
    return {"type": size if size in TYPE_SIZES else "", "theme": theme if theme in THEMES else ""}


@register.simple_tag(takes_context=True)
def page_place(context: dict[str, Any]) -> Place | None:
    """Return the place this page speaks of.

    A view may set `place`; else it is the one of the signed-in person, else the only place of the deployment.
    """
    if isinstance(context.get("place"), Place):
        return context["place"]
    request: HttpRequest | None = context.get("request")
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated and user.place_id:
        return user.place
    places = list(Place.objects.order_by("slug")[:2])
    return places[0] if len(places) == 1 else None


@register.simple_tag(takes_context=True)
def role_nav(context: dict[str, Any]) -> list[NavItem]:
    """Return the pages that the asker's role may open, the current one marked."""
    request: HttpRequest | None = context.get("request")
    return nav_items(request) if request else []
