"""What one server process activates, another one answers with at its next request."""

import json
import os
import urllib.request

import pytest
import shapely
from django.db import connection

from geo.services.generations import AreaInput, generation_activate, generation_stage
from geo.services.staffing import appointment_end
from scripts.serving import gunicorn
from tests.factories.places import build_place

ROUNDS = 40


def database_url():
    given = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"spatialite:///{given['NAME']}"
    access = f"{given['USER']}:{given['PASSWORD']}@"
    if given["HOST"].startswith("/"):
        return f"postgis://{access}/{given['HOST']}/{given['NAME']}"
    return f"postgis://{access}{given['HOST']}:{given['PORT'] or 5432}/{given['NAME']}"


@pytest.fixture
def served(transactional_db, tmp_path):
    """Serve the test's own database by two workers; yield an asker and the ids of the processes that answered."""
    place = build_place()
    access_log = tmp_path / "access.log"
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings.base",
        "DATABASE_URL": database_url(),
        "GRIDCASE_DATA_DIR": str(tmp_path),
        "GRIDCASE_WORKERS": "2",
        "GUNICORN_CMD_ARGS": f"--access-logfile {access_log} --access-logformat %(p)s",
    }
    with gunicorn("config.wsgi", environment, tmp_path / "server.log") as served:

        def ask(lon, lat):
            with urllib.request.urlopen(f"{served.url}/api/v1/locate/?lon={lon}&lat={lat}") as response:
                return json.load(response)

        yield place, ask, lambda: access_log.read_text().split()


def ask_both(ask, process_ids, at):
    """Ask until both processes have answered from now on, and some more; return the answers."""
    before = len(process_ids())
    answers = [ask(*at) for _round in range(ROUNDS)]
    for _round in range(10 * ROUNDS):
        if len(set(process_ids()[before:])) == 2:
            return answers
        answers.append(ask(*at))
    pytest.fail("only one process ever answered")


def test_both_processes_answer_with_the_new_generation(served):
    place, ask, process_ids = served
    at = place.point("g1")
    assert {answer["generation"] for answer in ask_both(ask, process_ids, at)} == {"2026-1"}
    west, south, east, north = place.areas["s1"].geometry.extent
    areas = [
        AreaInput("subdistrict", place.code("s1"), "街道", shapely.box(west, south, east, north)),
        AreaInput(
            "community", place.code("c2"), "社区", shapely.box(west, south, east, north), place.code("s1")
        ),
        AreaInput("block", place.code("b3"), "小区", shapely.box(west, south, east, north), place.code("c2")),
        AreaInput("grid", place.code("g5"), "网格", shapely.box(west, south, east, north), place.code("b3")),
    ]
    generation_stage(place_id=place.place.pk, name="2026-2", areas=areas)
    assert {ask(*at)["generation"] for _round in range(ROUNDS)} == {"2026-1"}
    generation_activate(place_id=place.place.pk, name="2026-2")
    answers = ask_both(ask, process_ids, at)
    assert {answer["generation"] for answer in answers} == {"2026-2"}
    assert {answer["areas"][-1]["code"] for answer in answers} == {place.code("g5")}


def test_both_processes_answer_with_the_new_staffing(served):
    place, ask, process_ids = served
    at = place.point("g8")
    assert {answer["leaders"][0]["level"] for answer in ask_both(ask, process_ids, at)} == {"block"}
    appointment_end(appointment_id=place.deputy.appointments.get().pk)
    answers = ask_both(ask, process_ids, at)
    assert {answer["leaders"][0]["level"] for answer in answers} == {"community"}
