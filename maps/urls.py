"""Addresses of the map pages."""

from django.urls import path
from django.views.i18n import set_language

from maps.views.display import display

app_name = "maps"

urlpatterns = [
    path("display/", display, name="display"),
    path("language/", set_language, name="set_language"),
]
