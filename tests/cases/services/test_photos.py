"""Photos: pieces in any order of events, real images only, nothing of their metadata left, few who see them."""

import hashlib
import io
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import ExifTags, Image

from cases.errors import InvalidPayload
from cases.models import Event, Photo
from cases.services.photo_image import PhotoRefused, photo_prepare
from cases.services.photos import Piece, photo_receive, photos_forget_incoming, read_content_range
from geo.errors import NotThere
from tests.factories.cases import act, file_case, jpeg
from tests.factories.places import build_place

pytestmark = pytest.mark.django_db


def sha(data):
    return hashlib.sha256(data).hexdigest()


def whole(data):
    return Piece(data, 0, len(data))


@pytest.fixture
def place():
    return build_place()


@pytest.fixture
def photo():
    return jpeg(size=(640, 480))


@pytest.fixture
def case(place, photo):
    return file_case(place, "g1", place.resident, photos=[sha(photo)])


def with_exif():
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Make] = "Phone"
    details = exif.get_ifd(ExifTags.IFD.Exif)
    details[ExifTags.Base.DateTimeOriginal] = "2026:05:01 10:30:00"
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps[ExifTags.GPS.GPSLatitudeRef], gps[ExifTags.GPS.GPSLatitude] = "N", (36.0, 41.0, 30.0)
    gps[ExifTags.GPS.GPSLongitudeRef], gps[ExifTags.GPS.GPSLongitude] = "E", (116.0, 58.0, 12.0)
    return jpeg(size=(400, 200), exif=exif)


def test_whole_in_one_piece(case, photo):
    stored = photo_receive(case_id=case.pk, sha256=sha(photo), piece=whole(photo), actor=None)
    assert (stored.state, stored.width, stored.height) == ("stored", 640, 480)
    with stored.thumbnail.open("rb") as file:
        assert Image.open(io.BytesIO(file.read())).size == (360, 270)
    assert Event.objects.get(case=case, kind="photo").data["sha256"] == sha(photo)
    assert not list((Path(stored.file.storage.location) / "incoming").glob("*"))


def test_in_pieces_resumed_repeated_and_overlapping(case, photo):
    total, first, second = len(photo), 700, 1100

    def send(start, end):
        piece = Piece(photo[start:end], start, total)
        return photo_receive(case_id=case.pk, sha256=sha(photo), piece=piece, actor=None)

    assert send(0, first).received_bytes == first
    assert send(0, first).received_bytes == first  # again
    assert send(second, total).received_bytes == first  # a gap: the answer says where to go on
    assert send(400, second).received_bytes == second  # overlapping
    stored = send(second, total)
    assert stored.state == "stored"
    assert send(0, first).state == "stored"
    assert Event.objects.filter(case=case, kind="photo").count() == 1


def test_bytes_that_are_not_what_was_announced_can_be_sent_again(case, photo):
    wrong = jpeg("blue", size=(640, 480))
    with pytest.raises(PhotoRefused) as refused:
        photo_receive(case_id=case.pk, sha256=sha(photo), piece=whole(wrong), actor=None)
    assert refused.value.field == "sha256"
    assert Photo.objects.get().state == "expected"
    assert photo_receive(case_id=case.pk, sha256=sha(photo), piece=whole(photo), actor=None).state == "stored"


@pytest.mark.parametrize(
    "data",
    [
        b"no image at all",
        b"GIF89a" + b"\0" * 200,
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        jpeg(size=(300, 300))[:900],
    ],
    ids=["text", "gif", "svg", "cut off"],
)
def test_what_is_no_photo_is_refused_for_good_and_not_kept(place, data):
    case = file_case(place, "g1", photos=[sha(data)])
    for _ in range(2):
        with pytest.raises(PhotoRefused) as refused:
            photo_receive(case_id=case.pk, sha256=sha(data), piece=whole(data), actor=None)
        assert refused.value.message
    kept = Photo.objects.get()
    assert (kept.state, bool(kept.file)) == ("refused", False)
    assert kept.problem
    assert not list((Path(kept.file.storage.location) / "incoming").glob("*"))


def test_a_bomb_is_refused_before_it_is_unpacked():
    out = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    with pytest.raises(PhotoRefused, match="60000000"):
        photo_prepare(out.getvalue(), zone=UTC)


def test_time_and_place_are_read_and_then_nothing_is_left(place):
    data = with_exif()
    case = file_case(place, "g1", photos=[sha(data)])
    stored = photo_receive(case_id=case.pk, sha256=sha(data), piece=whole(data), actor=None)
    assert stored.taken_at == datetime(2026, 5, 1, 2, 30, tzinfo=UTC)
    assert stored.taken_location.coords == pytest.approx((116.97, 36.691667), abs=1e-5)
    assert (stored.width, stored.height) == (200, 400), "turned upright"
    for file in (stored.file, stored.thumbnail):
        with file.open("rb") as stream:
            raw = stream.read()
        picture = Image.open(io.BytesIO(raw))
        assert dict(picture.getexif()) == {}
        assert b"Exif" not in raw
        assert b"Phone" not in raw


@pytest.mark.parametrize(
    ("mode", "kind"), [("RGBA", "PNG"), ("P", "PNG"), ("L", "JPEG"), ("CMYK", "JPEG"), ("RGB", "WEBP")]
)
def test_every_kind_of_image_becomes_a_jpeg(mode, kind):
    out = io.BytesIO()
    Image.new(mode, (1200, 900)).save(out, kind)
    ready = photo_prepare(out.getvalue(), zone=UTC)
    picture = Image.open(io.BytesIO(ready.jpeg))
    assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (1200, 900))


def test_large_photos_are_made_smaller():
    ready = photo_prepare(jpeg(size=(5200, 1300)), zone=UTC)
    assert (ready.width, ready.height) == (2560, 640)


@pytest.mark.parametrize(
    ("header", "size"),
    [
        ("bytes 0-9/5", 10),
        ("bytes 5-4/10", 0),
        ("bytes */10", 5),
        ("0-4/10", 5),
        ("bytes 0-4/10", 4),
        ("bytes 0-4/99999999999", 5),
        ("", 0),
    ],
)
def test_ranges_that_do_not_fit(header, size):
    with pytest.raises(InvalidPayload):
        read_content_range(header, b"x" * size)


def test_too_large_is_said_with_the_limit(settings):
    settings.PHOTO_MAX_BYTES = 1000
    with pytest.raises(InvalidPayload, match="1000"):
        read_content_range("bytes 0-9/1001", b"x" * 10)


def test_nobody_adds_photos_to_what_they_do_not_have(place, case):
    other = jpeg("green")
    for actor in (None, place.resident_2, place.grid_leader_2):
        with pytest.raises(NotThere):
            photo_receive(case_id=case.pk, sha256=sha(other), piece=whole(other), actor=actor)
    assert (
        photo_receive(case_id=case.pk, sha256=sha(other), piece=whole(other), actor=place.resident).state
        == "stored"
    )
    with pytest.raises(NotThere):
        photo_receive(case_id=10**9, sha256=sha(other), piece=whole(other), actor=place.official)


def test_a_photo_is_for_those_in_charge_until_it_is_released(place, case, photo, api, api_as):
    address = f"/api/v1/cases/{case.pk}/photos/{sha(photo)}/"
    photo_receive(case_id=case.pk, sha256=sha(photo), piece=whole(photo), actor=None)
    leader = api_as(place.grid_leader).get(address)
    assert leader.status_code == 200
    assert leader["Content-Type"] == "image/jpeg"
    assert leader["Cache-Control"] == "private, no-cache"
    assert api_as(place.grid_leader).get(address, HTTP_IF_NONE_MATCH=leader["ETag"]).status_code == 304
    assert len(api_as(place.grid_leader).get(f"{address}?size=thumb").content) < len(leader.content)
    assert api_as(place.grid_leader).get(f"{address}?size=huge").status_code == 400
    assert api_as(place.resident).get(address).status_code == 200
    for outsider in (api, api_as(place.grid_leader_2), api_as(place.resident_2)):
        assert outsider.get(address).status_code == 404
    assert api.get(f"/api/v1/cases/{case.pk}/").json()["properties"]["photos"] == []
    act(case, "release-photo", place.official, photo=sha(photo))
    assert api.get(address).status_code == 200
    assert [p["sha256"] for p in api.get(f"/api/v1/cases/{case.pk}/").json()["properties"]["photos"]] == [
        sha(photo)
    ]
    act(case, "withdraw-photo", place.official, photo=[sha(photo)])
    assert api.get(address).status_code == 404


def test_only_stored_photos_of_the_case_can_be_released(place, case, photo):
    with pytest.raises(InvalidPayload):
        act(case, "release-photo", place.official, photo=sha(photo))


def test_by_put_whole_and_in_pieces(case, photo, api):
    address = f"/api/v1/cases/{case.pk}/photos/{sha(photo)}/"
    half = len(photo) // 2
    first = api.put(
        address,
        photo[:half],
        content_type="image/jpeg",
        HTTP_CONTENT_RANGE=f"bytes 0-{half - 1}/{len(photo)}",
    )
    assert (first.status_code, first.json()["state"], first.json()["received_bytes"]) == (
        202,
        "expected",
        half,
    )
    done = api.put(
        address,
        photo[half:],
        content_type="image/jpeg",
        HTTP_CONTENT_RANGE=f"bytes {half}-{len(photo) - 1}/{len(photo)}",
    )
    assert (done.status_code, done.json()["state"]) == (200, "stored")
    assert api.put(address, photo, content_type="image/jpeg").json()["state"] == "stored"
    refused = api.put(f"/api/v1/cases/{case.pk}/photos/ABC/", b"x", content_type="image/jpeg")
    assert (refused.status_code, refused.json()["field"]) == (400, "sha256")


def test_a_photo_larger_than_a_filing_may_be_comes_in_one_piece(place, api):
    data = jpeg(size=(3000, 2000), quality=100) + b"\0" * 2_000_000
    case = file_case(place, "g1", photos=[sha(data)])
    answer = api.put(f"/api/v1/cases/{case.pk}/photos/{sha(data)}/", data, content_type="image/jpeg")
    assert answer.json()["state"] == "stored"


def test_pieces_that_nobody_goes_on_with_are_deleted(case, photo):
    piece = Piece(photo[:100], 0, len(photo))
    row = photo_receive(case_id=case.pk, sha256=sha(photo), piece=piece, actor=None)
    (path,) = (Path(row.file.storage.location) / "incoming").glob("*.part")
    now = datetime.now(UTC)
    assert photos_forget_incoming(now=now) == 0
    old = (now - timedelta(days=8)).timestamp()
    os.utime(path, (old, old))
    assert photos_forget_incoming(now=now) == 1
    assert not path.exists()
    row.refresh_from_db()
    assert (row.state, row.received_bytes) == ("expected", 0)
    assert photo_receive(case_id=case.pk, sha256=sha(photo), piece=whole(photo), actor=None).state == "stored"
