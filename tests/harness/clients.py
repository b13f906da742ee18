"""Clients that speak as our pages and as users' scripts do."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient


class JSONClient(APIClient):
    """DRF's client with JSON as its default; `as_user` gives another one that is signed in."""

    default_format = "json"

    def as_user(self, user: Any) -> "JSONClient":
        """Return a new client with `user`'s token, as a script would use it."""
        from rest_framework.authtoken.models import Token

        token, _made = Token.objects.get_or_create(user=user)
        client = JSONClient()
        client.credentials(HTTP_AUTHORIZATION=f"Token {token.key}")
        return client


@pytest.fixture
def api(db: None) -> JSONClient:
    """Return a JSON client of somebody who is not signed in."""
    return JSONClient()


@pytest.fixture
def api_as(api: JSONClient) -> Callable[[Any], JSONClient]:
    """Return a function: user → JSON client with that user's token."""
    return api.as_user
