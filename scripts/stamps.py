"""Do a step only when what it was made from has changed: stamps hold a digest of contents, not times.

A fresh clone gives every file a new time, and switching branches back and forth changes times without changing
anything; contents tell.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

__all__ = ["Stamp", "digest_of"]


def digest_of(root: Path, inputs: Iterable[str], *extra: str) -> str:
    """Return a digest of names and contents of files, and of further words.

    Parameters
    ----------
    root
        Project folder; names are taken relative to it.
    inputs
        Files or glob patterns (`maps/frontend/src/**/*`); a pattern that matches nothing counts as nothing.
    """
    digest = hashlib.sha256()
    for pattern in inputs:
        for file in sorted(root.glob(pattern)):
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(f"{file.relative_to(root)}\0".encode())
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    for word in extra:
        digest.update(f"{word}\0".encode())
    return digest.hexdigest()


class Stamp:
    """One file that remembers what a step was last made from."""

    def __init__(self, folder: Path, name: str, digest: str) -> None:
        self._file = folder / name
        self._digest = digest

    def fresh(self, *outputs: Path) -> bool:
        """Tell whether the step was done with this digest and its outputs are still there."""
        try:
            known = self._file.read_text()
        except FileNotFoundError:
            return False
        return known == self._digest and all(output.exists() for output in outputs)

    def clear(self) -> None:
        """Forget the step before doing it, so that one that is interrupted is done again."""
        self._file.unlink(missing_ok=True)

    def set(self) -> None:
        """Remember the step as done."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(self._digest)
