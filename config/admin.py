"""The administration site; each app registers its models in its own `admin` module."""

from django.contrib.admin import AdminSite
from django.utils.translation import gettext_lazy as _


class GridcaseAdminSite(AdminSite):
    """Administration under the same strict content security policy as every other page."""

    site_header = _("Gridcase administration")
    site_title = _("Gridcase")
    index_title = _("Administration")
