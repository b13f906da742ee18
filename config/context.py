"""What every page knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    """Return the map settings that templates hand to the scripts."""
    return {"basemap": settings.BASEMAP, "review_number": settings.BASEMAP["review_number"]}
