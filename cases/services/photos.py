"""Photos: received in pieces, checked by their hash, stored upright and without metadata, shown to few."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.gis.geos import Point
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.errors import InvalidPayload
from cases.models import Case, Event, Photo
from cases.models.access import FULL
from cases.services.journal import event_of
from cases.services.photo_image import PhotoRefused, photo_prepare
from geo.errors import NotThere
from geo.models import User

__all__ = ["Piece", "photo_receive", "photos_forget_incoming", "read_content_range"]

MAX_PHOTOS = 30
_CONTENT_RANGE = re.compile(r"^bytes (\d{1,10})-(\d{1,10})/(\d{1,10})$")


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes of a photo and where they belong; `start + len(data)` is at most `total`."""

    data: bytes
    start: int
    total: int


def read_content_range(header: str, data: bytes) -> Piece:
    """Return the piece that a request brings; the whole photo where there is no `Content-Range`.

    Raises
    ------
    InvalidPayload
        If the header is malformed or does not fit the bytes, or the photo is empty or too large.
    """
    limit = settings.PHOTO_MAX_BYTES
    if not header:
        piece = Piece(data, 0, len(data))
    else:
        match = _CONTENT_RANGE.match(header)
        start, end, total = (int(part) for part in match.groups()) if match else (0, -1, 0)
        if match is None or not start <= end < total or end - start + 1 != len(data):
            message = _(
                "Content-Range must be 'bytes first-last/total' and fit the bytes sent; got '%(value)s'"
            )
            raise InvalidPayload(
                message % {"value": header[:60]},
                field="Content-Range",
                value=header[:60],
                accepted="bytes first-last/total",
            )
        piece = Piece(data, start, total)
    if not 0 < piece.total <= limit:
        message = _("a photo must have 1 to %(limit)s bytes; got %(total)s")
        raise InvalidPayload(
            message % {"limit": limit, "total": piece.total},
            field="photo",
            value=piece.total,
            accepted=f"1..{limit}",
        )
    return piece


def photo_receive(*, case_id: int, sha256: str, piece: Piece, actor: User | None) -> Photo:
    """Take a piece of a photo, and store the photo when it is whole. Repeating any piece changes nothing.

    Parameters
    ----------
    case_id, sha256
        The photo must have been announced with the filing or with a step; whoever has the case in full may also
        add one.
    piece
    actor
        None for anybody.

    Returns
    -------
    Photo
        `expected` with `received_bytes` while pieces are missing, `stored` when it is whole.

    Raises
    ------
    NotThere
        If no such photo is expected and the actor may not add one.
    PhotoRefused
        If the bytes do not have this hash (send them again), or are no photo (they never will be).
    """
    photo = _expected(case_id, sha256, actor)
    if photo.state == Photo.State.REFUSED:
        raise PhotoRefused(photo.problem, field="photo", value=sha256)
    if photo.state == Photo.State.STORED:
        return photo
    with transaction.atomic():
        photo = Photo.objects.select_for_update().get(pk=photo.pk)
        if photo.state == Photo.State.EXPECTED:
            _append(photo, piece)
    if photo.state == Photo.State.EXPECTED and photo.received_bytes == photo.total_bytes:
        return _complete(photo, actor)
    return photo


def _expected(case_id: int, sha256: str, actor: User | None) -> Photo:
    # Knowing the announced hash is enough: a phone whose session has ended must still be able to finish.
    found = Photo.objects.filter(case_id=case_id, sha256=sha256).first()
    if found is not None:
        return found
    visible = Case.objects.for_user(actor).filter(pk=case_id).first() if actor is not None else None
    if visible is None or visible.projection != FULL:  # type: ignore[attr-defined, unused-ignore]
        raise NotThere(_("No such photo is expected."), field="photo")
    if Photo.objects.filter(case_id=case_id).count() >= MAX_PHOTOS:
        message = _("a case takes at most %(limit)s photos")
        raise InvalidPayload(message % {"limit": MAX_PHOTOS}, field="photo", accepted=f"≤ {MAX_PHOTOS}")
    photo, _made = Photo.objects.get_or_create(
        case_id=case_id, sha256=sha256, defaults={"uploaded_by": actor, "created_at": timezone.now()}
    )
    return photo


def incoming_path(photo: Photo) -> Path:
    """Return where the pieces of a photo are put together."""
    return Path(settings.MEDIA_ROOT) / "incoming" / f"{photo.pk}-{photo.sha256}.part"


def _append(photo: Photo, piece: Piece) -> None:
    """Write the part of a piece that follows what is there; the row is locked."""
    path = incoming_path(photo)
    path.parent.mkdir(parents=True, exist_ok=True)
    there = path.stat().st_size if path.exists() else 0
    if photo.total_bytes != piece.total:
        there = 0  # another division of the same photo: begin again
    fresh = piece.data[max(0, there - piece.start) :] if piece.start <= there else b""
    with path.open("r+b" if path.exists() else "w+b") as stream:
        stream.truncate(there)
        stream.seek(there)
        stream.write(fresh)
    photo.received_bytes, photo.total_bytes = there + len(fresh), piece.total
    photo.save(update_fields=["received_bytes", "total_bytes"])


def _complete(photo: Photo, actor: User | None) -> Photo:
    """Check and store a whole photo. Outside of any lock: decoding takes a second, and the result is the same."""
    path = incoming_path(photo)
    raw = path.read_bytes() if path.exists() else b""
    if hashlib.sha256(raw).hexdigest() != photo.sha256:
        path.unlink(missing_ok=True)
        Photo.objects.filter(pk=photo.pk, state=Photo.State.EXPECTED).update(
            received_bytes=0, total_bytes=None
        )
        if not raw:
            photo.refresh_from_db()
            return photo
        raise PhotoRefused(
            _("The bytes do not have the announced SHA-256; send the photo again."),
            field="sha256",
            value=photo.sha256,
        )
    try:
        ready = photo_prepare(raw, zone=ZoneInfo(photo.case.place.time_zone))
    except PhotoRefused as refused:
        Photo.objects.filter(pk=photo.pk).update(
            state=Photo.State.REFUSED, problem=refused.message[:300], received_bytes=0
        )
        path.unlink(missing_ok=True)
        raise
    stored = _store(photo, ready, actor)
    path.unlink(missing_ok=True)
    return stored


def _store(photo: Photo, ready: Any, actor: User | None) -> Photo:
    now = timezone.now()
    with transaction.atomic():
        photo = Photo.objects.select_for_update().select_related("case").get(pk=photo.pk)
        if photo.state == Photo.State.STORED:
            return photo  # two requests brought the last piece
        name = f"{photo.case_id}-{photo.sha256}.jpg"
        photo.file.save(name, ContentFile(ready.jpeg), save=False)
        photo.thumbnail.save(name, ContentFile(ready.thumbnail), save=False)
        photo.width, photo.height, photo.taken_at = ready.width, ready.height, ready.taken_at
        taken = ready.taken_lonlat
        photo.taken_location = Point(taken[0], taken[1], srid=4326) if taken else None
        photo.state, photo.problem = Photo.State.STORED, ""
        photo.save()
        event_of(
            photo.case,
            "photo",
            at=now,
            actor=actor,
            visibility=Event.Visibility.STAFF,
            from_status=photo.case.status,
            data={"sha256": photo.sha256, "purpose": photo.purpose},
        ).save(force_insert=True)
    return photo


def photos_forget_incoming(*, now: datetime, older_than: timedelta = timedelta(days=7)) -> int:
    """Delete pieces of photos that nobody has gone on with; return their number. The photos stay expected."""
    folder = Path(settings.MEDIA_ROOT) / "incoming"
    found = 0
    for path in folder.glob("*.part") if folder.exists() else ():
        if datetime.fromtimestamp(path.stat().st_mtime, tz=now.tzinfo) < now - older_than:
            photo_id = int(path.name.partition("-")[0])
            Photo.objects.filter(pk=photo_id, state=Photo.State.EXPECTED).update(
                received_bytes=0, total_bytes=None
            )
            path.unlink(missing_ok=True)
            found += 1
    return found
