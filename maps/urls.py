"""Addresses of the map pages."""

from django.urls import path

from maps.views.display import display

app_name = "maps"

urlpatterns = [
    path("display/", display, name="display"),
]
