from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CasesConfig(AppConfig):
    """WHAT: intake, triage, assignment, ledger, photos, deadlines."""

    name = "cases"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Cases")

    def ready(self) -> None:
        """Tell geo what it cannot know: the section of this app in profiles, and what boundaries mean for cases."""
        from cases.domain.profile import CasesSection
        from cases.services.boundary_switch import PART
        from geo import activation, profiles

        profiles.register_section("cases", CasesSection)
        activation.register(PART)
