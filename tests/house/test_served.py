"""The service as it is run: gunicorn with two workers, the demo, static files collected and compressed."""

import json
import re
import urllib.request
import uuid

import pytest
from django.db import connection

from tests.harness.browser import Browsers
from tests.harness.servers import DEMO_PLACE, Server

ROLES = ["patroller", "grid-leader", "official", "planner", "resident-a"]


def get(server: Server, path: str, **headers: str) -> tuple[dict, dict]:
    request = urllib.request.Request(f"{server.url}{path}", headers=headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer), dict(answer.headers)


def token(server: Server, role: str) -> str:
    body = json.dumps({"username": f"{DEMO_PLACE}.{role}", "password": server.demo_password}).encode()
    request = urllib.request.Request(
        f"{server.url}/api/v1/token/", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)["token"]


def test_health_names_database_and_generation(demo_server):
    told, _headers = get(demo_server, "/healthz")
    assert told["status"] == "ok"
    assert told["database"] == {"sqlite": "spatialite", "postgresql": "postgis"}[connection.vendor]
    assert told["places"][DEMO_PLACE]


def test_loading_the_demo_again_changes_nothing(demo_server):
    report = json.loads(demo_server.manage("load_demo", DEMO_PLACE, "--json"))
    assert [place["state"] for place in report["places"]] == ["unchanged"]
    assert report["password"] == demo_server.demo_password


def test_a_case_filed_at_one_worker_is_found_at_the_other(demo_server):
    """Requests go to whichever worker is free; none may answer from before the filing."""
    answers = [get(demo_server, "/api/v1/locate/?lon=116.974&lat=36.684")[0] for _ in range(6)]
    assert {answer["outcome"] for answer in answers} == {"inside"}
    assert all(answer == answers[0] for answer in answers)
    key = {"Authorization": f"Token {token(demo_server, 'patroller')}", "Content-Type": "application/json"}
    filing = {
        "client_id": str(uuid.uuid4()),
        "text": "路面坑洼",
        "category": "road",
        "location": {"type": "Point", "coordinates": [116.974, 36.684]},
        "pin": "confirmed",
        "channel": "patrol",
    }
    request = urllib.request.Request(f"{demo_server.url}/api/v1/cases/", json.dumps(filing).encode(), key)
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status == 201
        receipt = json.load(answer)
    assert receipt["assigned"]["leaders"]
    assert receipt["assigned"]["party_cell"]
    for _ in range(6):
        feature, _headers = get(demo_server, f"/api/v1/cases/{receipt['id']}/", **key)
        assert feature["properties"]["text"] == "路面坑洼"


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("device", ["phone", "desktop"])
def test_every_page_of_a_role_opens_clean(open_browser: Browsers, demo_server, role, device):
    """Signed in by the form; each page in the header, under the strict policy and with the collected files."""
    page = open_browser(demo_server.url, device)
    page.goto("/login/")
    page.locator("input[name=username]").fill(f"{DEMO_PLACE}.{role}")
    page.locator("input[name=password]").fill(demo_server.demo_password)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(lambda url: "/login/" not in url)
    links = page.locator("header nav a[href^='/']").evaluate_all(
        "links => links.map(a => a.getAttribute('href'))"
    )
    for path in ["/", *dict.fromkeys(links)]:
        response = page.goto(path)
        assert response is not None, path
        assert response.status == 200, path
        assert re.search(r"\S", page.title()), path
        page.wait_for_load_state("load")
