"""Addresses of this app."""

from django.urls import URLPattern, URLResolver, path

from cases.api.cases import CaseDetailView, CasesView, NearbyView

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/cases/", CasesView.as_view(), name="cases"),
    path("api/v1/cases/nearby/", NearbyView.as_view(), name="cases-nearby"),
    path("api/v1/cases/<int:pk>/", CaseDetailView.as_view(), name="case"),
]
