"""Cases for tests, filed the way people file them: bytes in, receipt out."""

from __future__ import annotations

import io
import json
import uuid
from typing import Any

from PIL import Image

from cases.models import Case
from cases.services.intake import case_file
from cases.services.receipt import Receipt
from cases.services.workflow import case_act
from geo.models import User
from tests.factories.places import SyntheticPlace

__all__ = ["act", "file_case", "filing", "jpeg", "raw_of", "receipt_of", "seen"]

STREET = (0.5, 0.95)
"""Within a grid, in the street north of its buildings."""


def filing(
    where: SyntheticPlace, /, short: str = "g1", at: tuple[float, float] = STREET, **more: Any
) -> dict[str, Any]:
    """Return the payload of a road fault in a grid (or building); `None` leaves a field out."""
    payload = {
        "client_id": str(uuid.uuid4()),
        "text": "路面坑洼，电话13812345678",
        "category": "road",
        "location": {"type": "Point", "coordinates": list(where.point(short, *at))},
        "pin": "confirmed",
    } | more
    return {name: value for name, value in payload.items() if value is not None}


def raw_of(payload: dict[str, Any]) -> bytes:
    """Return a payload as the bytes that a phone sends."""
    return json.dumps(payload, ensure_ascii=False).encode()


def receipt_of(
    where: SyntheticPlace, /, short: str = "g1", actor: User | None = None, **more: Any
) -> Receipt:
    """File a case and return its receipt."""
    return case_file(raw=raw_of(filing(where, short, **more)), actor=actor)


def file_case(where: SyntheticPlace, /, short: str = "g1", actor: User | None = None, **more: Any) -> Case:
    """File a case and return it."""
    return Case.objects.get(pk=receipt_of(where, short, actor, **more).case_id)


def act(case: Case, action: str, actor: User, **data: Any) -> Case:
    """Take a step with a case and return it as it then is."""
    case_act(case_id=case.pk, action=action, actor=actor, data=data)
    case.refresh_from_db()
    return case


def seen(user: User | None, case: Case) -> str | None:
    """Return the projection that somebody has of a case; None for none."""
    row = Case.objects.for_user(user).filter(pk=case.pk).first()
    return row.projection if row else None  # type: ignore[attr-defined]


def jpeg(colour: str = "red", size: tuple[int, int] = (64, 48), **options: Any) -> bytes:
    """Return a small JPEG; options as for `Image.save`, such as `exif`."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG", **options)
    return out.getvalue()
