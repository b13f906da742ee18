"""One suite for both databases; `DATABASE_URL` says which (SpatiaLite without it). See `tests/README.md`."""

import os

import pytest
from hypothesis import settings

# No time limit an example: a busy machine is no defect. In CI the same examples every time.
settings.register_profile("gridcase", deadline=None, print_blob=True, derandomize=bool(os.environ.get("CI")))
settings.load_profile("gridcase")

pytest_plugins = [
    "tests.harness.database",
    "tests.harness.clients",
    "tests.harness.servers",
    "tests.harness.browser",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what drives a browser, so that `-m 'not browser'` gives a quick run."""
    for item in items:
        if "open_browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
