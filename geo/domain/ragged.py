"""Lists of unequal length in flat arrays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["ranges"]

Indices = npt.NDArray[np.int64]


def ranges(counts: Indices) -> tuple[Indices, Indices]:
    """Return owner and step of every entry of lists of the given lengths.

    Parameters
    ----------
    counts : array (n,) of int64
        Lengths, 0 or more; n may be 0.

    Returns
    -------
    owner, step : array (sum of counts,) of int64

    Examples
    --------
    >>> ranges(np.array([2, 0, 3]))
    (array([0, 0, 2, 2, 2]), array([0, 1, 0, 1, 2]))
    """
    owner = np.repeat(np.arange(len(counts)), counts)
    return owner, np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
