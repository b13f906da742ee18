"""Who may see a photo."""

from __future__ import annotations

from django.utils.translation import gettext as _

from cases.models import Photo
from cases.models.access import FULL
from cases.selectors.cases import Reader
from cases.selectors.detail import case_for
from geo.errors import NotThere

__all__ = ["photo_for"]


def photo_for(user: Reader, case_id: int, sha256: str) -> Photo:
    """Return a stored photo: to those in charge and who filed the case; to others only a released one.

    Raises
    ------
    NotThere
        If there is none for this reader.
    """
    case = case_for(user, case_id)
    photos = Photo.objects.filter(case_id=case_id, sha256=sha256, state=Photo.State.STORED)
    if case.projection != FULL:  # type: ignore[attr-defined]
        photos = photos.filter(released=True)
    found = photos.first()
    if found is None:
        raise NotThere(_("There is no such photo for you."), field="sha256")
    return found
