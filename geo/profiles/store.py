"""Profiles from their files: search folders, inheritance, validation, cache."""

import hashlib
import json
import threading
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from geo.domain.profile import GeoSection
from geo.domain.profile_base import Names, Section
from geo.profiles.errors import Problem, ProfileError, UnknownProfileError
from geo.profiles.merge import Document, merge, read_document, shown
from geo.profiles.validate import Header, validate_header, validate_sections

__all__ = ["Profile", "ProfileStore"]

BUILT_IN_FOLDER = Path(__file__).parent
MAX_DEPTH = 8

S = TypeVar("S", bound=Section)


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """One governance profile, resolved: inherited, validated, immutable; equal to itself only, so hashable.

    Attributes
    ----------
    key : str
        Also the name of its file.
    version : str
        As written in the file.
    rule_version : str
        `version+` and twelve hexadecimal digits over the merged content. It stays with every case, so that a
        past decision can be told from what today's rules would say.
    sources : tuple of str
        Names of the files it was merged from, widest first.
    """

    key: str
    name: Names
    version: str
    rule_version: str
    description: str
    sources: tuple[str, ...]
    sections: Mapping[str, Section]

    def section(self, section_type: type[S]) -> S:
        """Return the section of a type.

        Raises
        ------
        LookupError
            If no section of that type has been registered.
        """
        for section in self.sections.values():
            if isinstance(section, section_type):
                return section
        raise LookupError(
            f"profile '{self.key}' has no section of type {section_type.__name__}; "
            f"it has {', '.join(self.sections)}: has the app been registered?"
        )

    @property
    def geo(self) -> GeoSection:
        """The section of the ground floor, which every profile has."""
        return self.section(GeoSection)


class ProfileStore:
    """Profiles of one set of folders and section types.

    Parameters
    ----------
    folders : iterable of Path
        Searched beside the built-in ones. A key may exist only once among all of them.
    sections : mapping of str to type of Section, optional
        Types by section name; `geo` is always there.
    """

    def __init__(
        self, folders: Iterable[Path] = (), sections: Mapping[str, type[Section]] | None = None
    ) -> None:
        self._folders: tuple[Path, ...] = (BUILT_IN_FOLDER, *folders)
        self._types: dict[str, type[Section]] = {"geo": GeoSection, **(sections or {})}
        self._cache: dict[str, Profile] = {}
        self._lock = threading.RLock()

    def register_section(self, name: str, section_type: type[Section]) -> None:
        """Make a section known. Registering the same type again changes nothing.

        Raises
        ------
        ValueError
            If the name is taken by another type, or cannot be a section's.
        """
        with self._lock:
            known = self._types.get(name)
            if known is section_type:
                return
            if known is not None or name in Header.model_fields or name == "extends":
                taken = known.__qualname__ if known else "the header"
                raise ValueError(f"section name must be free; '{name}' is taken by {taken}")
            self._types[name] = section_type
            self._cache.clear()

    def use_folders(self, folders: Iterable[Path | str]) -> None:
        """Set the folders searched beside the built-in one.

        Raises
        ------
        ProfileError
            If one of them is not a folder.
        """
        paths = tuple(Path(folder) for folder in folders)
        wrong = [
            Problem(str(path), "profile folders", shown(str(path)), "an existing folder")
            for path in paths
            if not path.is_dir()
        ]
        if wrong:
            raise ProfileError(wrong)
        with self._lock:
            self._folders = (BUILT_IN_FOLDER, *paths)
            self._cache.clear()

    def keys(self) -> tuple[str, ...]:
        """Return the keys of all profiles that a place can have, sorted.

        Files that cannot be read count as well: using them gives the error.
        """
        found = []
        for key, paths in self._files().items():
            try:
                abstract = tomllib.loads(paths[0].read_text(encoding="utf-8")).get("abstract") is True
            except (OSError, ValueError):
                abstract = False
            if not abstract:
                found.append(key)
        return tuple(sorted(found))

    def resolve(self, key: str) -> Profile:
        """Return a profile, read once and then kept.

        Raises
        ------
        UnknownProfileError
            If no folder has it.
        ProfileError
            With everything that is wrong in it and in what it extends.
        """
        with self._lock:
            if key not in self._cache:
                self._cache[key] = self._load(key)
            return self._cache[key]

    def problems(self) -> tuple[Problem, ...]:
        """Return everything that is wrong with any profile, for a check at start; empty if all are sound."""
        found: dict[Problem, None] = {}
        for key in self.keys():
            try:
                self.resolve(key)
            except ProfileError as error:
                # What is wrong in a shared parent would be told once for each child.
                found.update(dict.fromkeys(error.problems))
        return tuple(found)

    def _files(self) -> dict[str, list[Path]]:
        found: dict[str, list[Path]] = {}
        for folder in self._folders:
            for path in sorted(folder.glob("*.toml")):
                found.setdefault(path.stem, []).append(path)
        return found

    def _load(self, key: str) -> Profile:
        chain = self._read_chain(key)
        first_match = frozenset(
            (name, list_name) for name, kind in self._types.items() for list_name in kind.first_match_lists
        )
        document = read_document({}, chain[0].origin.file)
        problems: list[Problem] = []
        for link in chain:
            for own in ("abstract", "description"):
                document.values.pop(own, None)
            document, wrong = merge(document, link, first_match)
            problems += wrong
        header, wrong = validate_header(document)
        problems += wrong
        if header is not None and header.abstract:
            problems.append(
                document.problem(("abstract",), True, f"a profile to be used: {', '.join(self.keys())}")
            )
        sections, wrong = validate_sections(document, self._types)
        problems += wrong
        if problems or header is None:
            raise ProfileError(problems)
        content = json.dumps(document.values, sort_keys=True, ensure_ascii=False, default=str)
        digest = hashlib.sha256(content.encode()).hexdigest()[:12]
        return Profile(
            key=key,
            name=header.name,
            version=header.version,
            rule_version=f"{header.version}+{digest}",
            description=header.description,
            sources=tuple(link.origin.file for link in chain),
            sections=MappingProxyType(sections),
        )

    def _read_chain(self, key: str) -> list[Document]:
        """Return the documents of a profile and of what it extends, widest first."""
        files = self._files()
        chain: list[Document] = []
        asked_by, wanted = "", key
        seen: list[str] = []
        while True:
            if wanted in seen or len(seen) == MAX_DEPTH:
                way = " → ".join([*seen, wanted])
                raise ProfileError(
                    [
                        Problem(
                            asked_by,
                            "extends",
                            shown(wanted),
                            f"no circle, at most {MAX_DEPTH} levels; here {way}",
                        )
                    ]
                )
            document = self._read(files, wanted, asked_by)
            seen.append(wanted)
            chain.insert(0, document)
            parent = document.values.pop("extends", None)
            if parent is None:
                return chain
            asked_by, wanted = document.origin.file, parent

    def _read(self, files: Mapping[str, list[Path]], key: object, asked_by: str) -> Document:
        paths = files.get(key, []) if isinstance(key, str) else []
        accepted = ", ".join(f"'{known}'" for known in sorted(files))
        if not paths:
            where = asked_by or "profile"
            raise UnknownProfileError(
                [Problem(where, "extends" if asked_by else "key", shown(key), accepted)]
            )
        if len(paths) > 1:
            raise ProfileError(
                [Problem(str(paths[1]), "key", shown(key), f"a key not yet taken; {paths[0]} has this one")]
            )
        path = paths[0]
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ProfileError(
                [Problem(path.name, "(file)", str(error), "valid TOML 1.0 in UTF-8")]
            ) from error
        document = read_document(values, path.name)
        wrong = [
            Problem(path.name, name, "nothing", "a value: every file names itself")
            for name in ("key", "name", "version")
            if name not in values
        ]
        if values.get("key", key) != key:
            wrong.append(Problem(path.name, "key", shown(values["key"]), f"'{key}', the name of the file"))
        if wrong:
            raise ProfileError(wrong)
        return document
