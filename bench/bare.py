"""The yardstick: Django with one view that returns a small JSON object, no middleware, no database."""

import os

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, JsonResponse
from django.urls import path


def bare(request: HttpRequest) -> JsonResponse:
    """Answer at once."""
    return JsonResponse({"status": "ok"})


urlpatterns = [path("", bare)]

# A project of its own: only ever imported by a gunicorn that serves it.
if os.environ.get("GRIDCASE_BENCH_BARE"):
    settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="bare", MIDDLEWARE=[])
    django.setup()
    application = WSGIHandler()
