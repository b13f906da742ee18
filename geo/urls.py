"""Addresses of this app."""

from django.urls import URLPattern, URLResolver, path

from geo.api.locate import LocateView

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/locate/", LocateView.as_view(), name="locate"),
]
