import pytest

from layers.selectors import tiles


@pytest.fixture(autouse=True)
def _no_kept_tiles():
    # A rolled-back database gives the same ids and versions again, for other places.
    tiles.kept.clear()
    yield
    tiles.kept.clear()
