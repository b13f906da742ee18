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
    """Limits whoever is not signed in, by network address (docs/decisions/0006-rate-limits.md).

    Two numbers for each address: requests of this window and of the one before, which counts by the part of it that
    is not yet past. The framework's own keeps a list of times and rewrites it at every request.
    """

    scope = "anonymous"
    ends_in_s = 0.0
    num_requests: int
    duration: int

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Count the request, unless it is one too many."""
        key = self.get_cache_key(request, view) if self.rate is not None else None
        if key is None:
            return True
        window, past_s = divmod(self.timer(), self.duration)
        now, before = f"{key}:{window:.0f}", f"{key}:{window - 1:.0f}"
        counts = self.cache.get_many([now, before])
        left = 1 - past_s / self.duration
        if counts.get(before, 0) * left + counts.get(now, 0) + 1 > self.num_requests:
            self.ends_in_s = self.duration - past_s
            return False
        # Kept for the window after it, too; `incr` is atomic where the cache is shared.
        if not self.cache.add(now, 1, timeout=2 * self.duration):
            self.cache.incr(now)
        return True

    def wait(self) -> float:
        """Return seconds until the next window begins."""
        return self.ends_in_s


class LoginThrottle(SimpleRateThrottle):
    """Limits attempts to sign in, by network address, whoever asks; django-axes counts by account beside it."""

    scope = "login"

    def get_cache_key(self, request: Request, view: APIView) -> str:
        """Count by network address."""
        return str(self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)})
