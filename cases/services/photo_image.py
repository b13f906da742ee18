"""From the bytes that a phone sent to an image that can be shown: checked, upright, without metadata."""

from __future__ import annotations

import io
import math
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

import pi_heif
from django.utils.translation import gettext as _
from PIL import ExifTags, Image, ImageCms, ImageOps, UnidentifiedImageError

from geo.errors import InvalidInput

__all__ = ["FORMATS", "MAX_PIXELS", "PhotoRefused", "ReadyPhoto", "photo_prepare"]

pi_heif.register_heif_opener()

FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
MAX_PIXELS = 60_000_000
"""A phone of today has 50 million; a bomb has billions in a few kilobytes."""
LONGEST_PX, THUMBNAIL_PX = 2560, 360
# What Pillow's readers raise on broken files; none of it is a fault of ours.
_BROKEN = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    ZeroDivisionError,
    RuntimeError,
    struct.error,
    zlib.error,
)


class PhotoRefused(InvalidInput):
    """Bytes that are no photo that can be shown; they are not kept."""

    code = "photo-refused"
    status = 422


@dataclass(frozen=True, slots=True)
class ReadyPhoto:
    """A photo as it is stored.

    Attributes
    ----------
    jpeg, thumbnail : bytes
        JPEG without metadata, orientation applied.
    width, height : int
        Of `jpeg`, in pixels.
    taken_at : datetime or None
        By the camera's clock.
    taken_lonlat : (float, float) or None
        By the camera, EPSG:4326.
    """

    jpeg: bytes
    thumbnail: bytes
    width: int
    height: int
    taken_at: datetime | None
    taken_lonlat: tuple[float, float] | None


def photo_prepare(raw: bytes, *, zone: tzinfo) -> ReadyPhoto:
    """Return a photo ready to be stored.

    Parameters
    ----------
    raw
        JPEG, PNG, WebP or HEIC as the phone sent it.
    zone
        Of the place: cameras rarely say which zone their clock is in.

    Raises
    ------
    PhotoRefused
        If the bytes are no such image, are broken, or hold more than `MAX_PIXELS`.
    """
    try:
        return _prepare(raw, zone)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        message = _("The photo is too large: at most %(limit)s pixels are accepted.")
        raise _refused(message % {"limit": MAX_PIXELS}) from None
    except UnidentifiedImageError:
        raise _refused(_("The file is no photo. Accepted are JPEG, PNG, WebP and HEIC.")) from None
    except _BROKEN:
        raise _refused(
            _("The photo is broken and cannot be shown. Accepted are JPEG, PNG, WebP and HEIC.")
        ) from None


def _refused(message: str) -> PhotoRefused:
    return PhotoRefused(
        message, field="photo", accepted=["image/jpeg", "image/png", "image/webp", "image/heic"]
    )


def _open(raw: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(raw), formats=FORMATS)
    if image.width * image.height > MAX_PIXELS:
        raise Image.DecompressionBombError
    return image


def _prepare(raw: bytes, zone: tzinfo) -> ReadyPhoto:
    _open(raw).verify()  # reads the structure and uses the image up
    image = _open(raw)
    image.load()
    exif = image.getexif()
    taken_at, taken_lonlat = _taken_at(exif, zone), _taken_lonlat(exif.get_ifd(ExifTags.IFD.GPSInfo))
    upright = ImageOps.exif_transpose(_srgb(image))
    upright.thumbnail((LONGEST_PX, LONGEST_PX), Image.Resampling.LANCZOS)
    small = upright.copy()
    small.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX), Image.Resampling.LANCZOS)
    width, height = upright.size
    return ReadyPhoto(_jpeg(upright, 85), _jpeg(small, 75), width, height, taken_at, taken_lonlat)


def _jpeg(image: Image.Image, quality: int) -> bytes:
    # Pixels only: a new image carries neither EXIF nor comments nor a colour profile.
    bare = Image.new("RGB", image.size)
    bare.paste(image)
    out = io.BytesIO()
    bare.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
    return out.getvalue()


def _srgb(image: Image.Image) -> Image.Image:
    """Return the image in sRGB without transparency; the EXIF orientation stays on it."""
    exif = image.getexif()
    profile = image.info.get("icc_profile")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layered = image.convert("RGBA")
        image = Image.new("RGB", layered.size, "white")
        image.paste(layered, mask=layered.getchannel("A"))
    elif profile and image.mode in ("RGB", "CMYK"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            target = ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
            image = converted if converted is not None else image
        except (ImageCms.PyCMSError, OSError):
            image = image.convert("RGB")  # a broken profile costs true colours, not the photo
    image = image.convert("RGB")
    image.getexif().update(exif)
    return image


def _taken_at(exif: Image.Exif, zone: tzinfo) -> datetime | None:
    details: Mapping[int, Any] = exif.get_ifd(ExifTags.IFD.Exif)
    text = details.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)
    offset = details.get(ExifTags.Base.OffsetTimeOriginal) or ""
    if not isinstance(text, str):
        return None
    text = text.strip("\x00 ")
    try:
        return datetime.strptime(f"{text}{offset}".strip("\x00 "), "%Y:%m:%d %H:%M:%S%z")
    except (ValueError, TypeError):
        pass
    try:
        return datetime.strptime(text, "%Y:%m:%d %H:%M:%S").replace(tzinfo=zone)
    except ValueError:
        return None


def _taken_lonlat(gps: Mapping[int, Any]) -> tuple[float, float] | None:
    try:
        lat = _degrees(gps[ExifTags.GPS.GPSLatitude], gps[ExifTags.GPS.GPSLatitudeRef], "S")
        lon = _degrees(gps[ExifTags.GPS.GPSLongitude], gps[ExifTags.GPS.GPSLongitudeRef], "W")
    except (KeyError, TypeError, ValueError, ZeroDivisionError, IndexError):
        return None
    return (lon, lat) if abs(lon) <= 180 and abs(lat) <= 90 and (lon or lat) else None


def _degrees(parts: Any, reference: Any, negative: str) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    value = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(value):
        raise ValueError("not a finite angle")
    return -value if str(reference).upper().startswith(negative) else value
