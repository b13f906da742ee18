"""Real Chromium against our own server; a test fails on what a person would only see in the browser's console.

`open_browser(base_url, device="phone")` gives a playwright page. After the test, each of these fails it: an error in
the console (a refused inline script is one), an uncaught exception of a page, a request to any other origin. What a
test provokes on purpose it announces with `expect_console`, and then it must come.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, WebError

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # Maps are drawn by software: test machines have no graphics card.
    "--enable-unsafe-swiftshader",
    # Whatever a page asks for, nothing leaves the machine.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
DEVICES: dict[str, dict[str, Any]] = {
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "device_scale_factor": 2,
        "is_mobile": True,
        "has_touch": True,
    },
    "desktop": {"viewport": {"width": 1440, "height": 900}},
}


@pytest.fixture(scope="session")
def chromium() -> Iterator["Browser"]:
    """Start Chromium once for the run."""
    from playwright.sync_api import sync_playwright

    # Playwright's synchronous interface keeps an event loop in this thread, which Django takes for async code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    if not Path(CHROMIUM).exists():
        pytest.fail(f"{CHROMIUM} is missing: install the Debian package chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Watch:
    """Collects what goes wrong in one browser context."""

    def __init__(self, context: "BrowserContext", base_url: str) -> None:
        self.context = context
        self.origin = _origin(base_url)
        self.troubles: list[str] = []
        self.expected: list[re.Pattern[str]] = []
        self.came: set[re.Pattern[str]] = set()
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("request", self._request)

    def _note(self, words: str) -> None:
        for pattern in self.expected:
            if pattern.search(words):
                self.came.add(pattern)
                return
        self.troubles.append(words)

    def _console(self, message: "ConsoleMessage") -> None:
        if message.type == "error":
            self._note(f"console error: {message.text} ({message.location.get('url', '')})")

    def _error(self, error: "WebError") -> None:
        self._note(f"uncaught in the page: {error.error}")

    def _request(self, request: "Request") -> None:
        if urlsplit(request.url).scheme not in ("data", "blob") and _origin(request.url) != self.origin:
            self.troubles.append(f"request to another origin: {request.method} {request.url}")

    def findings(self) -> list[str]:
        """Return what went wrong, and what was announced but did not happen."""
        missing = [f"announced, but did not come: {p.pattern}" for p in self.expected if p not in self.came]
        return self.troubles + missing


class Browsers:
    """Opens pages for one test; call it with the server's address."""

    def __init__(self, chromium: "Browser", client: Any) -> None:
        self._chromium = chromium
        self._client = client
        self._watches: list[Watch] = []

    def __call__(
        self, base_url: str, device: str = "phone", *, user: Any = None, locale: str = "zh-CN", **options: Any
    ) -> "Page":
        """Return a page in a context of its own (cookies, storage), with relative addresses to `base_url`.

        Parameters
        ----------
        base_url
            The only origin that the page may ask, such as ``live_server.url``.
        device
            ``"phone"`` (390 × 844, touch) or ``"desktop"`` (1440 × 900).
        user
            Signed in without the form: somebody of the test database, with `live_server`.
        options
            Further options of playwright's `new_context`: `geolocation`, `permissions`, …
        """
        settings = {"timezone_id": "Asia/Shanghai", **DEVICES[device], **options}
        context = self._chromium.new_context(base_url=base_url, locale=locale, **settings)
        context.set_default_timeout(15_000)
        self._watches.append(Watch(context, base_url))
        if user is not None:
            self._client.force_login(user, backend=django_settings.AUTHENTICATION_BACKENDS[-1])
            session = self._client.cookies[django_settings.SESSION_COOKIE_NAME]
            context.add_cookies([{"name": session.key, "value": session.value, "url": base_url}])
        return context.new_page()

    def expect_console(self, page: "Page", pattern: str) -> None:
        """Announce a console error or page error that the test provokes on purpose."""
        watch = next(w for w in self._watches if w.context is page.context)
        watch.expected.append(re.compile(pattern))

    def finish(self) -> list[str]:
        """Close every context; return all findings."""
        for watch in self._watches:
            watch.context.close()
        return [words for watch in self._watches for words in watch.findings()]


@pytest.fixture
def open_browser(chromium: "Browser", client: Any) -> Iterator[Browsers]:
    """Return the function that opens pages; what went wrong in them fails the test at its end."""
    browsers = Browsers(chromium, client)
    yield browsers
    findings = browsers.finish()
    if findings:
        pytest.fail("in the browser:\n" + "\n".join(findings), pytrace=False)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
