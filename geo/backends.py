"""Who may sign in: the password of an active account, and a one-time password only while it lasts."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.utils import timezone

__all__ = ["AccountBackend"]


class AccountBackend(ModelBackend):
    """Django's own, without permissions by flag: rights come from appointments."""

    def user_can_authenticate(self, user: Any) -> bool:
        """Refuse closed accounts, and one-time passwords after their term."""
        until = getattr(user, "one_time_password_until", None)
        if until is not None and until < timezone.now():
            return False
        return super().user_can_authenticate(user)
