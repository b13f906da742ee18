"""Addresses of this app."""

from django.urls import URLPattern, URLResolver, include, path

from cases.api.actions import ActionView, FollowView, MeTooView
from cases.api.cases import CaseDetailView, CasesView, NearbyView
from cases.api.categories import CategoriesView
from cases.api.counts import CountsView
from cases.api.export import ExportView
from cases.api.heat import HeatView
from cases.api.inbox import InboxView, NotificationsView, ReplayView
from cases.api.photos import PhotoView

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("cases.views.urls")),
    path("api/v1/cases/", CasesView.as_view(), name="api-cases"),
    path("api/v1/cases/nearby/", NearbyView.as_view(), name="api-cases-nearby"),
    path("api/v1/cases/<int:pk>/", CaseDetailView.as_view(), name="api-case"),
    path("api/v1/cases/<int:pk>/photos/<str:sha256>/", PhotoView.as_view(), name="api-case-photo"),
    path("api/v1/cases/<int:pk>/me-too/", MeTooView.as_view(), name="api-case-me-too"),
    path("api/v1/cases/<int:pk>/<slug:action>/", ActionView.as_view(), name="api-case-action"),
    path("api/v1/follow/<str:code>/", FollowView.as_view(), name="api-follow"),
    path("api/v1/categories/", CategoriesView.as_view(), name="categories"),
    path("api/v1/export/", ExportView.as_view(), name="api-export"),
    path("api/v1/heat/", HeatView.as_view(), name="api-heat"),
    path("api/v1/counts/", CountsView.as_view(), name="api-counts"),
    path("api/v1/inbox/", InboxView.as_view(), name="api-inbox-items"),
    path("api/v1/inbox/<int:pk>/replay/", ReplayView.as_view(), name="api-inbox-replay"),
    path("api/v1/notifications/", NotificationsView.as_view(), name="api-notifications"),
]
