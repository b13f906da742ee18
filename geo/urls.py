"""Addresses of this app."""

from django.urls import URLPattern, URLResolver, path

from geo.api.locate import LocateView
from geo.api.places import PlacesView
from geo.api.tokens import TokenView
from geo.views.accounts import LoginView, LogoutView, PasswordChangeView, language

urlpatterns: list[URLPattern | URLResolver] = [
    path("login/", LoginView.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("password/", PasswordChangeView.as_view(), name="password_change"),
    path("i18n/setlang/", language, name="set_language"),
    path("api/v1/locate/", LocateView.as_view(), name="locate"),
    path("api/v1/places/", PlacesView.as_view(), name="places"),
    path("api/v1/token/", TokenView.as_view(), name="token"),
]
