"""Where programs ask, every error is a problem document; where people do, a page."""

import pytest
from django.db import OperationalError
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(
    "address", ["/api/v1/nowhere/", "/api/", "/api/v1/cases/abc/", "/tiles/x", "/ogc/no"]
)
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_an_unknown_address_is_a_problem_document(client, address, method):
    answer = getattr(client, method)(address)
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    problem = answer.json()
    assert (problem["status"], problem["value"]) == (404, address)
    assert problem["type"] == "urn:gridcase:problem:not-found"


def test_people_get_a_page(client):
    answer = client.get("/nowhere/")
    assert (answer.status_code, answer["Content-Type"]) == (404, "text/html; charset=utf-8")


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [(ZeroDivisionError("13812345678"), 500, "unexpected"), (OperationalError("locked"), 503, "unavailable")],
)
def test_our_own_fault_is_told_without_what_it_says(client, monkeypatch, fault, status, code, caplog):
    def broken(*_args, **_kwargs):
        raise fault

    monkeypatch.setattr("cases.api.cases.cases_page", broken)
    answer = client.get("/api/v1/cases/")
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["type"] == f"urn:gridcase:problem:{code}"
    assert str(fault) not in answer.content.decode()
    assert ("Retry-After" in answer) == (status == 503)
    assert caplog.records


def test_health_is_read_only_and_says_so():
    client = Client(enforce_csrf_checks=True)
    for method in ("delete", "post", "put", "patch"):
        answer = getattr(client, method)("/healthz")
        assert (answer.status_code, answer["Content-Type"]) == (405, "application/problem+json")
        assert answer["Allow"] == "GET, HEAD"
        assert answer.json()["value"] == method.upper()
    assert client.get("/healthz").status_code == client.head("/healthz").status_code == 200
