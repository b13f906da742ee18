"""Who asks, by `Authorization: Token …`."""

from __future__ import annotations

from django.utils.translation import gettext as _
from rest_framework.authentication import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed

from geo.db.prepared import PreparedObject
from geo.models import User

__all__ = ["AccountTokens"]

_BY_TOKEN = PreparedObject(lambda key: User.objects.filter(auth_token__key=key))


class AccountTokens(TokenAuthentication):
    """The framework's tokens, by a query that is compiled once: a phone sends one with every filing."""

    def authenticate_credentials(self, key: str) -> tuple[User, str]:
        """Return the account of a token, and the token.

        Raises
        ------
        AuthenticationFailed
            If there is no such token, or the account is closed.
        """
        user = _BY_TOKEN.find(key)
        if user is None:
            raise AuthenticationFailed(_("There is no such token; sign in again."))
        if not user.is_active:
            raise AuthenticationFailed(_("This account is closed."))
        return user, key
