"""Addresses of the pages of this app."""

from django.urls import URLPattern, URLResolver, path

from cases.views.case import case_page, case_photo, case_step
from cases.views.follow import follow, follow_case
from cases.views.home import home
from cases.views.inbox import inbox, inbox_read
from cases.views.ledger import ledger

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home, name="home"),
    path("inbox/", inbox, name="inbox"),
    path("inbox/read/", inbox_read, name="inbox_read"),
    path("cases/", ledger, name="ledger"),
    path("cases/<int:pk>/", case_page, name="case_page"),
    path("cases/<int:pk>/photos/<slug:sha256>/", case_photo, name="case_photo"),
    path("cases/<int:pk>/<slug:action>/", case_step, name="case_step"),
    path("follow/", follow, name="follow"),
    path("follow/<str:code>/", follow_case, name="follow_case"),
]
