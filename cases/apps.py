from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CasesConfig(AppConfig):
    """WHAT: intake, triage, assignment, ledger, photos, deadlines."""

    name = "cases"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Cases")
