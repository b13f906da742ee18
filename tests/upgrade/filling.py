"""A small deployment with something in every table, made through the services."""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
from datetime import date
from pathlib import Path

from django.conf import settings

__all__ = ["fill"]


def fill() -> None:
    """Write one place, its people, cases in several states, what could not be taken, photos, holidays."""
    from django.contrib.gis.geos import LineString, MultiPolygon, Polygon
    from django.utils import timezone
    from rest_framework.authtoken.models import Token

    from cases.errors import InvalidPayload
    from cases.models import Holiday, OutboxMessage, Photo
    from cases.services.intake import case_file
    from cases.services.me_too import case_me_too
    from cases.services.photos import photo_receive, read_content_range
    from geo.models import Area, LandCover, ProfileOverride, Road
    from tests.factories.cases import act, file_case, jpeg, raw_of
    from tests.factories.places import build_place

    settings.MEDIA_ROOT = Path(tempfile.mkdtemp(prefix="gridcase-freeze-"))
    place = build_place()
    Area.objects.filter(level="unit").exclude(code=place.code("g1.1.1")).delete()
    ProfileOverride.objects.create(place=place.place, area_code=place.code("b4"), profile="jinan-wuyingshan")
    Holiday.objects.create(day=date(2026, 10, 1), kind="holiday", name="国庆节")
    west, east = place.point("g1", 0, 0.95), place.point("g8", 1, 0.95)
    Road.objects.create(
        generation=place.generation,
        name="无影山路",
        rank="local",
        width_m=9.5,
        geometry=LineString(west, east, srid=4326),
    )
    ground = MultiPolygon(
        Polygon.from_bbox((*place.point("g2", 0.1, 0.1), *place.point("g2", 0.2, 0.2))), srid=4326
    )
    LandCover.objects.create(generation=place.generation, name="口袋公园", kind="park", geometry=ground)
    now = timezone.now()
    OutboxMessage.objects.create(topic="case.filed", payload={"id": 1}, created_at=now, next_try_at=now)
    Token.objects.create(user=place.official, key="0" * 40)
    line = {"type": "LineString", "coordinates": [list(place.point("g1", 0.2)), list(place.point("g3", 0.4))]}
    file_case(place, "g1", location=None, affected=line, text="一条街的坑")
    file_case(
        place,
        "g1.1",
        place.resident,
        at=(0.5, 0.5),
        category="drainage",
        text="1号楼漏水",
        reporter={"name": "测试", "phone": "13800000000"},
    )
    file_case(place, "g5", category="parking", actor=place.patroller)
    file_case(place, location=None, category="certificate", place=place.place.slug)
    file_case(place, "g1", about="leader", confidential=True, text="网格长不来")
    done = file_case(place, "g3", text="小坑")
    voice = {"client_id": "11111111-1111-4111-8111-111111111111"}
    case_me_too(case_id=done.pk, actor=place.resident_2, data=voice)
    act(done, "settle", place.grid_leader_2, note="补好了")
    raw = jpeg()
    sha256 = hashlib.sha256(raw).hexdigest()
    Photo.objects.create(case=done, sha256=sha256, created_at=done.received_at)
    photo_receive(case_id=done.pk, sha256=sha256, piece=read_content_range("", raw), actor=None)
    with contextlib.suppress(InvalidPayload):
        case_file(raw=raw_of({"text": "half of it"}), actor=None)
