"""Addresses of the map pages."""

from django.urls import path

from maps.views.display import display
from maps.views.patrol import patrol

app_name = "maps"

urlpatterns = [
    path("display/", display, name="display"),
    path("patrol/", patrol, name="patrol"),
]
