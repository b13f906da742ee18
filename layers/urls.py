"""Addresses of this app."""

from django.urls import URLPattern, URLResolver, path

from layers.views.tiles import TileJsonView, TileView

app_name = "layers"

urlpatterns: list[URLPattern | URLResolver] = [
    path("tiles/<slug:key>.json", TileJsonView.as_view(), name="tilejson"),
    # Numbers are read by the view, so that what is no number gets words instead of a bare 404.
    path("tiles/<slug:key>/<str:z>/<str:x>/<str:y>.mvt", TileView.as_view(), name="tile"),
]
