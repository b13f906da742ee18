"""The counter by which every server process notices that its copy of a place is out of date."""

from __future__ import annotations

import secrets

from django.db.models import F
from django.utils.translation import gettext as _

from geo.errors import NotThere
from geo.models import Place

__all__ = ["directory_changed", "locked_place"]

STEP_BITS = 20


def directory_changed(*, place_id: int) -> None:
    """Move `Place.directory_version` on; call it in the transaction of the change.

    The step is random: were it 1, a process that read an uncommitted number (in a transaction that was then rolled
    back) would take the next change, which gets the same number, for what it already has.
    """
    step = 1 + secrets.randbits(STEP_BITS)
    Place.objects.filter(pk=place_id).update(directory_version=F("directory_version") + step)


def locked_place(place_id: int) -> Place:
    """Return a place, locked until the end of the transaction: changes of one place wait for each other.

    Raises
    ------
    NotThere
        If there is no such place.
    """
    # SQLite needs no lock on the row: its transactions begin IMMEDIATE, one writer at a time.
    place = Place.objects.select_for_update().filter(pk=place_id).first()
    if place is None:
        raise NotThere(_("There is no such place."), field="place", value=place_id)
    return place
