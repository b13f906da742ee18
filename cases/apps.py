from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CasesConfig(AppConfig):
    """WHAT: intake, triage, assignment, ledger, photos, deadlines."""

    name = "cases"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Cases")

    def ready(self) -> None:
        """Tell geo, which reads profiles, what the section of this app looks like."""
        from cases.domain.profile import CasesSection
        from geo import profiles

        profiles.register_section("cases", CasesSection)
