"""How a profile inherits: deep merge of parsed TOML that remembers which file each value came from.

Tables merge key by key. A list whose entries are all tables with a `key` merges by that key: a known key is
merged into the inherited entry where it stands, a new one is added at the end. Lists in which *the first
match wins* (a section names them in `first_match_lists`: triage rules, time limits) differ: a known key
replaces the inherited entry as a whole where it stands, new ones come **before** all inherited ones, in the
order written. `drop = true` beside a `key` takes the inherited entry away. Everything else is replaced.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from geo.profiles.errors import Problem

__all__ = ["Document", "Origin", "merge", "read_document", "render_path", "shown"]

Path = tuple[str | int, ...]


@dataclass(slots=True)
class Origin:
    """Which file a value came from, in a tree of the shape of the values."""

    file: str
    children: dict[str | int, "Origin"] = field(default_factory=dict)

    @classmethod
    def of(cls, value: Any, file: str) -> "Origin":
        """Return the tree of a value that one file holds."""
        if isinstance(value, Mapping):
            return cls(file, {key: cls.of(child, file) for key, child in value.items()})
        if isinstance(value, list):
            return cls(file, {position: cls.of(child, file) for position, child in enumerate(value)})
        return cls(file)

    def at(self, path: Path) -> str:
        """Return the file of the deepest known value on a path."""
        node = self
        for step in path:
            if step not in node.children:
                break
            node = node.children[step]
        return node.file


@dataclass(slots=True)
class Document:
    """Values of a profile and where each came from."""

    values: dict[str, Any]
    origin: Origin

    def problem(self, path: Path, value: object, accepted: str) -> Problem:
        """Return a problem at a path of this document."""
        return Problem(self.origin.at(path), render_path(self.values, path), shown(value), accepted)


def read_document(values: dict[str, Any], file: str) -> Document:
    """Return the document of a single file."""
    return Document(values, Origin.of(values, file))


def merge(
    parent: Document, child: Document, first_match_lists: frozenset[tuple[str, str]]
) -> tuple[Document, list[Problem]]:
    """Return the child laid over its parent, and what is wrong with the way it does so.

    Parameters
    ----------
    parent, child : Document
    first_match_lists : frozenset of (section, list name)
    """
    problems: list[Problem] = []
    values, origin = _merge_tables(
        parent.values, parent.origin, child.values, child.origin, (), first_match_lists, problems
    )
    return Document(values, origin), problems


def _merge_tables(
    parent: dict[str, Any],
    parent_origin: Origin,
    child: dict[str, Any],
    child_origin: Origin,
    path: Path,
    first_match: frozenset[tuple[str, str]],
    problems: list[Problem],
) -> tuple[dict[str, Any], Origin]:
    values, origin = dict(parent), Origin(child_origin.file, dict(parent_origin.children))
    for key, new in child.items():
        old, here = values.get(key), (*path, key)
        new_origin = child_origin.children[key]
        if isinstance(old, dict) and isinstance(new, dict):
            values[key], origin.children[key] = _merge_tables(
                old, parent_origin.children[key], new, new_origin, here, first_match, problems
            )
        elif _keyed(new) and (old is None or _keyed(old)):
            values[key], origin.children[key] = _merge_lists(
                old or [],
                parent_origin.children.get(key, Origin(new_origin.file)),
                new,
                new_origin,
                here,
                first_match,
                problems,
            )
        else:
            values[key], origin.children[key] = new, new_origin
    return values, origin


def _merge_lists(
    parent: Sequence[dict[str, Any]],
    parent_origin: Origin,
    child: Sequence[dict[str, Any]],
    child_origin: Origin,
    path: Path,
    first_match: frozenset[tuple[str, str]],
    problems: list[Problem],
) -> tuple[list[Any], Origin]:
    whole = path in first_match
    kept = [(entry, parent_origin.children[position]) for position, entry in enumerate(parent)]
    added: list[tuple[dict[str, Any], Origin]] = []
    known = [entry["key"] for entry, _ in kept]
    for position, entry in enumerate(child):
        origin = child_origin.children[position]
        key = entry["key"]
        found = next((i for i, (old, _) in enumerate(kept) if old["key"] == key), None)
        if "drop" in entry:
            if entry.get("drop") is not True or len(entry) != 2 or found is None:
                accepted = ", ".join(f"'{name}'" for name in known) or "nothing: the list is empty"
                problems.append(
                    Problem(
                        origin.file,
                        f"{_dotted(path)}[{key}]",
                        shown(entry),
                        f"only key and drop = true, for an inherited entry: {accepted}",
                    )
                )
            else:
                kept.pop(found)
        elif found is None:
            added.append((entry, origin))
        elif whole:
            kept[found] = (entry, origin)
        else:
            old, old_origin = kept[found]
            kept[found] = _merge_tables(old, old_origin, entry, origin, (*path, found), first_match, problems)
    entries = [*added, *kept] if whole else [*kept, *added]
    children: dict[str | int, Origin] = {position: origin for position, (_, origin) in enumerate(entries)}
    return [entry for entry, _ in entries], Origin(child_origin.file, children)


def _keyed(value: object) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(entry, dict) and isinstance(entry.get("key"), str) for entry in value)
    )


def _dotted(path: Path) -> str:
    return ".".join(str(step) for step in path)


def render_path(values: object, path: Path) -> str:
    """Return a path as people read it: positions in keyed lists become keys."""
    text, node = "", values
    for step in path:
        if isinstance(step, int):
            entry = node[step] if isinstance(node, list) and step < len(node) else None
            key = entry.get("key") if isinstance(entry, dict) else None
            text += f"[{key if isinstance(key, str) else step}]"
            node = entry
        else:
            text += f".{step}" if text else step
            node = node.get(step) if isinstance(node, dict) else None
    return text


def shown(value: object, length: int = 120) -> str:
    """Return a value for a message: quoted if a text, shortened if long."""
    text = repr(value)
    return text if len(text) <= length else f"{text[: length - 1]}…"
