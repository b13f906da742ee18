"""Building blocks of a governance profile's typed sections.

A profile is data: one TOML file, merged with the files it extends, cut into *sections* (`geo`, `cases`,
`deliberation`, …). The type of a section lives in the domain of its app and derives from `Section`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "Finding",
    "Key",
    "Keyed",
    "Names",
    "ResidentNames",
    "Section",
    "Strict",
    "duplicates",
    "index_by_key",
    "quoted",
]

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]
Text = Annotated[str, Field(min_length=1, max_length=400)]


class Strict(BaseModel):
    """A frozen value of a profile; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Names(Strict):
    """What a thing is called: Simplified Chinese and English always, Korean where residents read it."""

    zh: Text
    en: Text
    ko: Text | None = None

    def text(self, language: str = "zh-hans") -> str:
        """Return the name in a language, by its prefix (`zh-hans`, `en-gb`, `ko`).

        A language that the profile does not have gets Chinese: it is what the place itself says.
        """
        prefix = language.lower().partition("-")[0]
        found = {"zh": self.zh, "en": self.en, "ko": self.ko}.get(prefix)
        return found or self.zh

    def __str__(self) -> str:
        return self.zh


class ResidentNames(Names):
    """Names that residents read: Korean is not optional."""

    ko: Text


class Keyed(Strict):
    """An entry of a list that inheriting profiles address by its key."""

    key: Key


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a section that its types alone cannot see.

    Attributes
    ----------
    path : tuple of str or int
        Where, within the section: field names and list positions.
    value : object
        The offending value as it stands in the file.
    accepted : str
        What would be accepted, in words.
    section : str or None
        Section that the path is within, where it is not the one that found it.
    """

    path: tuple[str | int, ...]
    value: object
    accepted: str
    section: str | None = None


class Section(Strict):
    """Root of one section of a profile."""

    first_match_lists: ClassVar[frozenset[str]] = frozenset()
    """Lists in which order matters: what a child profile adds comes before what it inherits."""

    def findings(self, sections: Mapping[str, "Section"]) -> Iterable[Finding]:
        """Yield what is wrong beyond types: dangling references, contradictions between entries.

        Parameters
        ----------
        sections : mapping of str to Section
            All sections of the profile, this one included. Called only when every one of them has the
            right types.
        """
        return ()


K = TypeVar("K", bound=Keyed)


def index_by_key(items: Iterable[K]) -> Mapping[str, K]:
    """Return a read-only mapping from key to entry, in the order of the list."""
    return MappingProxyType({item.key: item for item in items})


def duplicates(name: str, items: Iterable[Keyed]) -> Iterator[Finding]:
    """Yield a finding for each key that a list called `name` holds twice."""
    seen: set[str] = set()
    for position, item in enumerate(items):
        if item.key in seen:
            yield Finding((name, position, "key"), item.key, "a key that no other entry of this list has")
        seen.add(item.key)


def quoted(values: Iterable[Any]) -> str:
    """Return values as a readable list for an error message; an empty one says so."""
    return ", ".join(f"'{value}'" for value in values) or "nothing (none is defined)"
