"""Who may use an address of the API."""

from __future__ import annotations

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import AnonRateThrottle, SimpleRateThrottle
from rest_framework.views import APIView

from geo.selectors.authority import authority_of

__all__ = ["AnonymousThrottle", "IsStaff", "LoginThrottle"]


class IsStaff(BasePermission):
    """Signed in with a current appointment, or an administrator of the deployment."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Tell whether the asker is staff."""
        return authority_of(request.user).is_staff


class AnonymousThrottle(AnonRateThrottle):
    """Limits whoever is not signed in, by network address (docs/decisions/rate-limits.md)."""

    scope = "anonymous"


class LoginThrottle(SimpleRateThrottle):
    """Limits attempts to sign in, by network address, whoever asks; django-axes counts by account beside it."""

    scope = "login"

    def get_cache_key(self, request: Request, view: APIView) -> str:
        """Count by network address."""
        return str(self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)})
