"""The encoding of a table's texts: declared, or plain to see, or asked for with a preview. Never guessed silently.

Shapefiles from Chinese offices are as a rule in GBK and do not say so; GDAL then reads Latin letters, without an
error. GB18030 contains GBK and GB 2312, so that it stands for all three.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass

from geo.errors import InvalidInput

__all__ = ["CutText", "Decoded", "decoded", "encoding_named", "preview", "table_encoding"]

CANDIDATES = ("utf-8", "gb18030", "big5", "euc-kr")
_SAMPLES, _SAMPLE_CHARACTERS = 3, 24
# Language driver ids of dBASE that name one encoding. 0x57 is what ESRI writes for "whatever this machine has".
_DRIVER_IDS = {
    0x03: "cp1252", 0x4D: "gb18030", 0x4E: "cp949", 0x4F: "cp950", 0x57: "", 0x58: "cp1252", 0x59: "cp1252",
    0x78: "cp950", 0x79: "cp949", 0x7A: "gb18030", 0x7B: "cp932", 0xC8: "cp1250", 0xC9: "cp1251",
}  # fmt: skip
_CHINESE = {"gbk", "gb2312", "cp936", "hz", "gb18030"}


@dataclass(frozen=True, slots=True)
class CutText:
    """A text whose last character was cut in the middle, as fields of a fixed number of bytes do."""

    text: str


Decoded = str | CutText


def encoding_named(text: str, *, field: str = "encoding") -> str:
    """Return the Python name of an encoding, as people, .cpg files and dBASE tables write it.

    Raises
    ------
    InvalidInput
        If there is no such encoding.
    """
    name = text.strip().strip("\0").lower()
    name = re.sub(r"^(ansi|oem|windows)[ _-]*(?=\d)", "cp", name)
    if name in ("65001", "cp65001", "utf8", "unicode"):
        name = "utf-8"
    elif re.fullmatch(r"8859[ _-]?\d+|88591", name):
        name = f"iso8859-{name.replace('8859', '', 1).strip(' _-')}"
    elif name.isdigit():
        name = f"cp{name}"
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):
        accepted = "UTF-8, GB18030, GBK, Big5, EUC-KR or another that Python knows"
        raise InvalidInput(
            f"encoding must be {accepted}; got '{text[:40]}'", field=field, value=text[:40], accepted=accepted
        ) from None
    return "gb18030" if found in _CHINESE else found


def decoded(raw: bytes, encoding: str) -> Decoded | None:
    """Return a text; None where the bytes are not of the encoding."""
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        # The rest of a character that did not fit into the field is at most 3 bytes long.
        if error.start >= len(raw) - 3 and error.start and _is_lead(raw[error.start :]):
            try:
                return CutText(raw[: error.start].decode(encoding))
            except UnicodeDecodeError:
                return None
        return None


def _is_lead(rest: bytes) -> bool:
    return rest[0] >= 0x80


def fits(values: Sequence[bytes], encoding: str) -> bool:
    """Tell whether all byte texts are of an encoding."""
    return all(decoded(raw, encoding) is not None for raw in values)


def preview(values: Sequence[bytes]) -> str:
    """Return how some texts read in each encoding that all of them fit."""
    speaking = sorted((raw for raw in values if not raw.isascii()), key=len, reverse=True)[:_SAMPLES]
    lines = []
    for encoding in CANDIDATES:
        if fits(values, encoding):
            texts = [decoded(raw, encoding) for raw in speaking]
            shown = "、".join(
                (text.text if isinstance(text, CutText) else text or "")[:_SAMPLE_CHARACTERS]
                for text in texts
            )
            lines.append(f"--encoding {encoding.upper()} reads “{shown}”")
    return "; ".join(lines)


def table_encoding(
    values: Sequence[bytes], *, told: str | None, cpg: str | None, driver_id: int, name: str
) -> tuple[str, str]:
    """Return the encoding of a dBASE table's texts, and a note where it was not declared.

    Parameters
    ----------
    values
        Texts of the table, as bytes.
    told
        What the caller says: stands above all.
    cpg
        Content of the .cpg beside it; None where there is none.
    driver_id
        Language driver id, byte 29 of the table.
    name
        Of the file, for messages.

    Raises
    ------
    InvalidInput
        If the texts are not ASCII and the encoding is not declared (unless they can only be UTF-8), or what is
        declared cannot be; with a preview and what to say.
    """
    speaking = [raw for raw in values if not raw.isascii()]
    if told is not None:
        encoding = encoding_named(told)
        _require(speaking, encoding, f"--encoding {told}", name)
        return encoding, ""
    if not speaking:
        return "utf-8", ""
    declared = encoding_named(cpg, field="cpg") if cpg and cpg.strip() else _DRIVER_IDS.get(driver_id, "")
    is_utf8 = fits(speaking, "utf-8") and not all(isinstance(decoded(r, "utf-8"), CutText) for r in speaking)
    if declared:
        _require(speaking, declared, f"its .cpg or .dbf says {declared.upper()}", name)
        if is_utf8 and declared != "utf-8":
            raise _refusal(f"its .cpg or .dbf says {declared.upper()}, but the texts are UTF-8", values, name)
        return declared, ""
    if is_utf8:
        return "utf-8", "the encoding is not declared (no .cpg); all texts are UTF-8"
    raise _refusal(
        "the encoding of its texts is not declared (no .cpg), and they are not ASCII", values, name
    )


def _require(speaking: Sequence[bytes], encoding: str, said: str, name: str) -> None:
    for raw in speaking:
        if decoded(raw, encoding) is None:
            shown = raw[:_SAMPLE_CHARACTERS].decode("ascii", errors="backslashreplace")
            what = f"{said}, but {shown!r} is not of that encoding"
            if not any(fits(speaking, other) for other in CANDIDATES):
                what += "; the texts are of several encodings, and must be brought into one first"
            raise _refusal(what, speaking, name)


def _refusal(what: str, values: Sequence[bytes], name: str) -> InvalidInput:
    offered = preview(values)
    return InvalidInput(
        f"{name}: {what}; {offered or 'say it with --encoding'}",
        field="encoding",
        value=name,
        accepted=[encoding.upper() for encoding in CANDIDATES if fits(values, encoding)] or "--encoding",
    )
