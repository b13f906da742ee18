"""Addresses of the map pages."""

from django.urls import path

from maps.views.coverage import coverage
from maps.views.display import display
from maps.views.officials import officials_map
from maps.views.patrol import patrol

app_name = "maps"

urlpatterns = [
    path("display/", display, name="display"),
    path("map/", officials_map, name="map"),
    path("staff/coverage/", coverage, name="coverage"),
    path("patrol/", patrol, name="patrol"),
]
