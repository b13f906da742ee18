from django.contrib.admin.apps import AdminConfig


class GridcaseAdminConfig(AdminConfig):
    """Django's admin with our site (own map widget, no inline script)."""

    default_site = "config.admin.GridcaseAdminSite"
