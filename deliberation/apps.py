from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeliberationConfig(AppConfig):
    """DECIDED: topics, venues, meetings, ballots, works, evaluations."""

    name = "deliberation"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Deliberation")
