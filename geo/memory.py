"""Memory of this process."""

from __future__ import annotations

import ctypes

__all__ = ["give_back"]


def give_back() -> None:
    """Hand memory that was freed back to the system, after something large has been built.

    glibc keeps what lies between objects still in use: after reading a city, some hundreds of megabytes for as long
    as the process lives. Other C libraries give back by themselves; there it does nothing.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(ctypes.c_size_t(0))
