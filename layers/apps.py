from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LayersConfig(AppConfig):
    """DRAWN: layer registry and tiles."""

    name = "layers"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Layers")

    def ready(self) -> None:
        """Offer the layers of geo and of cases, which know nothing of maps."""
        from layers import registry, sources

        for layer in sources.LAYERS:
            registry.register(layer)
