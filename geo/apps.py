from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GeoConfig(AppConfig):
    """WHERE: places, profiles, areas, organisations, posts, routing."""

    name = "geo"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Places and posts")
