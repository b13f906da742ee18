from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GeoConfig(AppConfig):
    """WHERE: places, profiles, areas, organisations, posts, routing."""

    name = "geo"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Places and posts")

    def ready(self) -> None:
        """Tell the profiles where the deployment keeps its own, and register the system checks."""
        from django.conf import settings

        from geo import checks, profiles

        # Folders that do not exist are an error of the check, in words, not a traceback of every command.
        profiles.use_folders(folder for folder in settings.PROFILE_FOLDERS if folder.is_dir())
        assert checks

        from geo.services.restores import finish_at_start

        finish_at_start()
