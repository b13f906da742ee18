"""Administration of places and people: every write is a service, every row within what the asker manages."""

from django.contrib import admin
from django.contrib.auth.models import Group
from rest_framework.authtoken.models import TokenProxy

from geo.admin import boundaries, people, places, staffing

__all__ = ["boundaries", "people", "places", "staffing"]

# Rights come from appointments, not from groups; a token in a list would be a password in a list.
for model in (Group, TokenProxy):
    if admin.site.is_registered(model):
        admin.site.unregister(model)
