"""Machines are spared what only pages need; both have their policy."""

import pytest

from config.middleware import NOTHING_LOADS

pytestmark = pytest.mark.django_db


def test_data_loads_nothing_and_pages_load_their_own(client):
    assert client.get("/healthz").headers["Content-Security-Policy"] == NOTHING_LOADS
    assert client.get("/api/v1/categories/").headers["Content-Security-Policy"] == NOTHING_LOADS
    page = client.get("/login/").headers["Content-Security-Policy"]
    assert "script-src 'self'" in page
    assert "'unsafe-inline'" not in page


def test_pages_have_messages_and_htmx_and_data_has_neither(client):
    page = client.get("/login/").wsgi_request
    assert hasattr(page, "_messages")
    assert hasattr(page, "htmx")
    data = client.get("/healthz").wsgi_request
    assert not hasattr(data, "_messages")
    assert not hasattr(data, "htmx")


def test_an_address_with_one_form_answers_whatever_is_accepted(client):
    answer = client.get("/api/v1/places/?q=a", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    schema = client.get("/api/v1/schema/", headers={"Accept": "application/vnd.oai.openapi+json"})
    assert schema.headers["Content-Type"].startswith("application/vnd.oai.openapi+json")
