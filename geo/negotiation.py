"""Which form an answer has."""

from __future__ import annotations

from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request

__all__ = ["OneFormNegotiation"]


class OneFormNegotiation(DefaultContentNegotiation):
    """Where an address has one form only, what a client writes into `Accept` does not matter."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        """Return the only renderer, else the one that is asked for."""
        if len(renderers) == 1:
            return renderers[0], renderers[0].media_type
        return super().select_renderer(request, renderers, format_suffix)
