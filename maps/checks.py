"""System check: say at start, in words, that the front end has not been built."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Warning, register

from maps.templatetags.vite import FrontendNotBuilt, manifest


@register()
def frontend_is_built(**_kwargs: Any) -> Sequence[CheckMessage]:
    """Warn when there is no build: pages then work as plain HTML, without maps."""
    try:
        manifest()
    except FrontendNotBuilt as error:
        return [Warning(str(error), hint="make frontend", id="maps.W001")]
    return []
