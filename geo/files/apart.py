"""GeoPackages, read and written in a process of their own.

GDAL's GeoPackage driver brings an SQLite of its own; in a process that has SpatiaLite loaded the two meet, and the
process dies of a segmentation fault (pyogrio 0.13 beside Debian 12's mod_spatialite). Nothing can catch that, so the
driver never runs where the database is open.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from geo.errors import InvalidInput

__all__ = ["call_apart"]

_ROOT = Path(__file__).resolve().parents[2]
_CHILD = """
import importlib, pickle, sys
root, module, name, given, options = pickle.load(sys.stdin.buffer)
sys.path.append(root)
try:
    answer = (True, getattr(importlib.import_module(module), name)(*given, **options))
except Exception as error:
    answer = (False, f"{type(error).__name__}: {error}")
sys.stdout.buffer.write(pickle.dumps(answer))
"""


def call_apart(module: str, name: str, given: Sequence[Any] = (), **options: Any) -> Any:
    """Return what a function answers in a fresh process without Django.

    Parameters
    ----------
    module, name
        Such as 'pyogrio.raw', 'read'; of ours only modules that need no Django.
    given, options
        What it is called with; they and the answer must be picklable.

    Raises
    ------
    InvalidInput
        If it fails, or the process dies.
    """
    done = subprocess.run(  # noqa: S603 -- this very interpreter, with a constant program
        [sys.executable, "-c", _CHILD],
        input=pickle.dumps((str(_ROOT), module, name, tuple(given), options)),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode:
        raise InvalidInput(f"the process that reads or writes it ended with {done.returncode}", field="file")
    good, answer = pickle.loads(done.stdout)  # noqa: S301 -- written by our own child a moment ago
    if not good:
        raise InvalidInput(str(answer), field="file")
    return answer
