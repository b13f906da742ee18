"""Tokens for scripts and the phones' outbox; pages use the session."""

from __future__ import annotations

from django.contrib.auth import authenticate
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from geo.api.schemas import PROBLEM, TOKEN, CredentialsSerializer
from geo.errors import NotAllowed, WrongCredentials
from geo.models import User
from geo.permissions import LoginThrottle
from geo.services.accounts import token_issue

__all__ = ["TokenView"]


class TokenView(APIView):
    """`/api/v1/token/`."""

    authentication_classes = ()
    throttle_classes = (LoginThrottle,)

    @extend_schema(
        operation_id="token",
        auth=[],
        request=CredentialsSerializer,
        responses={200: TOKEN, 400: PROBLEM, 401: PROBLEM, 403: PROBLEM, 429: PROBLEM},
    )
    def post(self, request: Request) -> Response:
        """Return the token of an account: `Authorization: Token …`. Failures count, as at the sign-in page."""
        given = CredentialsSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        user = authenticate(request._request, **given.validated_data)
        if not isinstance(user, User):
            raise WrongCredentials(_("Name and password do not match."))
        if user.one_time_password_until is not None:
            raise NotAllowed(
                _("This password is for one time: sign in at the page and choose your own first.")
            )
        return Response({"token": token_issue(user_id=user.pk)}, headers={"Cache-Control": "no-store"})
