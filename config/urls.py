"""Addresses; see the contract in `docs/api.md`."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from config.health import health

urlpatterns = [
    path("healthz", health, name="health"),
    path("admin/", admin.site.urls),
    path("api/v1/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("", include("geo.urls")),
    path("", include("cases.urls")),
    path("", include("layers.urls")),
    path("", include("maps.urls")),
]

handler400 = "config.exceptions.bad_request"
handler403 = "config.exceptions.not_allowed"
handler404 = "config.exceptions.not_there"
handler500 = "config.exceptions.server_error"
