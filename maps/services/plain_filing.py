"""A filing from a plain HTML form, without scripts: the same bytes, the same walk as from the phone's outbox."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from cases.services.intake import case_file
from cases.services.photos import Piece, photo_receive
from cases.services.receipt import Receipt
from geo.errors import GridcaseError
from geo.models import User

__all__ = ["PlainFiling", "file_plain", "payload_of"]

_TEXTS = ("client_id", "place", "text", "category", "place_code", "about", "revises")
_FLAGS = ("urgent", "confidential")


@dataclass
class PlainFiling:
    """What came of it: the receipt, and the photos that could not be taken, in words."""

    receipt: Receipt
    photo_problems: list[str] = field(default_factory=list)


def payload_of(form: Mapping[str, Any], photos: Iterable[bytes], *, channel: str) -> bytes:
    """Return the JSON bytes of a filing: the form's names are the API's, empty fields are left out.

    The time is not among them: sent twice, a form gives the same bytes and therefore the same receipt.
    """
    filing: dict[str, Any] = {name: form[name] for name in _TEXTS if form.get(name)}
    filing |= {name: True for name in _FLAGS if form.get(name)}
    if filing.get("place_code"):
        filing["pin"] = "building"
    filing["channel"] = channel
    hashes = [hashlib.sha256(photo).hexdigest() for photo in photos]
    if hashes:
        filing["photos"] = hashes
    return json.dumps(filing, ensure_ascii=False, sort_keys=True).encode()


def file_plain(
    *, form: Mapping[str, Any], uploads: Iterable[UploadedFile], channel: str, actor: User
) -> PlainFiling:
    """File a case from a form, then its photos; a photo that is refused does not undo the case.

    Raises
    ------
    GridcaseError
        If the filing cannot be taken. It stays in the inbox with the reason.
    """
    photos = [upload.read() for upload in uploads]
    receipt = case_file(raw=payload_of(form, photos, channel=channel), actor=actor)
    done = PlainFiling(receipt)
    for data in photos:
        digest = hashlib.sha256(data).hexdigest()
        try:
            piece = Piece(data, 0, len(data))
            photo_receive(case_id=receipt.case_id, sha256=digest, piece=piece, actor=actor)
        except GridcaseError as error:
            done.photo_problems.append(error.message)
    return done
