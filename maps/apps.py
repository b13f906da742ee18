"""SEEN: the map pages and the design system."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MapsConfig(AppConfig):
    """Map pages, widgets and the built front end."""

    name = "maps"
    verbose_name = _("Maps")

    def ready(self) -> None:
        """Register the system check."""
        from maps import checks  # noqa: F401
