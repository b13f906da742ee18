"""The harness itself: a browser test must fail on what a person would see going wrong."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.db import connection

from tests.harness.browser import Browsers

# Without an icon of its own the browser asks for one, and gets none.
HEAD = "<!doctype html><title>page</title><link rel=icon href=data:,>"
PAGES = {
    "/fine": "<p>fine",
    "/console": "<script>console.error('it broke')</script>",
    "/throws": "<script>setTimeout(() => { throw new Error('late') })</script>",
    "/outside": "<img src=http://tiles.invalid/1.png>",
    "/csp": "<script>1</script>",
}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = (HEAD + PAGES[self.path]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        if self.path == "/csp":
            self.send_header("Content-Security-Policy", "script-src 'self'")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture(scope="module")
def pages() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.browser
@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/fine", []),
        ("/console", ["console error: it broke"]),
        ("/throws", ["uncaught in the page: late"]),
        ("/outside", ["request to another origin: GET http://tiles.invalid/1.png", "console error"]),
        ("/csp", ["Content Security Policy"]),
    ],
)
def test_what_a_page_does_wrong_is_found(chromium, pages, path, expected):
    browsers = Browsers(chromium, client=None)
    page = browsers(pages, "desktop")
    page.goto(path)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(50)
    findings = browsers.finish()
    assert len(findings) == len(expected)
    for words in expected:
        assert any(words in finding for finding in findings), findings


@pytest.mark.browser
def test_an_announced_error_must_come(chromium, pages):
    browsers = Browsers(chromium, client=None)
    page = browsers(pages)
    browsers.expect_console(page, "it broke")
    page.goto("/fine")
    assert browsers.finish() == ["announced, but did not come: it broke"]


@pytest.mark.browser
def test_an_announced_error_is_accepted(chromium, pages):
    browsers = Browsers(chromium, client=None)
    page = browsers(pages)
    browsers.expect_console(page, "it broke")
    page.goto("/console")
    assert browsers.finish() == []


@pytest.mark.django_db(transaction=True)
def test_a_second_connection_sees_what_was_committed(django_user_model):
    """A live server's threads must work on the test database itself, not on one of their own."""
    django_user_model.objects.create(username="somebody")
    seen = []

    def look() -> None:
        seen.append(django_user_model.objects.filter(username="somebody").exists())
        connection.close()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [True]


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_user_of_the_test_database_is_signed_in(open_browser, live_server, django_user_model):
    somebody = django_user_model.objects.create_superuser(username="somebody", password="x" * 12)
    page = open_browser(live_server.url, "desktop", user=somebody)
    response = page.request.get("/admin/", max_redirects=0)
    assert response.status == 200
