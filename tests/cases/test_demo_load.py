"""`load_demo`: once, again, refreshed, and where it must not touch anything."""

from __future__ import annotations

import hashlib
import json
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.serializers.json import DjangoJSONEncoder

from cases.demo.drafts import draft_cases
from cases.models import Case, Event, InboxItem
from cases.services import demo as demo_service
from geo.demo.plans import PLANS
from geo.models import Appointment, Area, Post, User
from tests.factories.places import build_place

SLUG = "jinan-wuyingshan"
PLAN = PLANS[SLUG]
AS_OF = date(2026, 11, 21)
PASSWORD = "a demo password 格案"


@pytest.fixture
def few(monkeypatch):
    """Only the last sixty cases: enough to compare two loads."""

    def last_sixty(*args, **kwargs):
        return draft_cases(*args, **kwargs)[-60:]

    monkeypatch.setattr(demo_service, "draft_cases", last_sixty)


def _load(**options):
    return demo_service.demo_load(plan=PLAN, folder=settings.DEMO_FIXTURES, password=PASSWORD, **options)


def _digest():
    """Return what two loads must have in common: every row, with other rows named by what lasts."""
    posts = dict(Post.objects.order_by("pk").values_list("pk", "kind"))
    first = {
        model: model.objects.order_by("pk").values_list("pk", flat=True).first()
        for model in (Case, Post, User)
    }
    rows = []
    for case in Case.objects.order_by("pk"):
        rows.append(
            {
                "case": [
                    case.client_id,
                    case.follow_code,
                    case.payload_sha256,
                    case.status,
                    case.text,
                    case.label,
                ],
                "when": [case.received_at, case.reported_at, case.closed_at, case.deadline_at, case.version],
                "where": [case.location.wkt if case.location else None, case.areas, case.span],
                "who": [
                    (a.kind, posts.get(a.post_id), a.person_id and a.person_id - first[User])
                    for a in case.assignments.order_by("pk")
                ],
                "events": list(case.events.values_list("kind", "at", "note", "from_status", "to_status")),
                "voices": list(case.me_toos.order_by("pk").values_list("client_id", "at")),
            }
        )
    rows.append(list(User.objects.order_by("pk").values_list("username", "display_name", "phone")))
    rows.append(list(Appointment.objects.order_by("pk").values_list("since", "until", "employment")))
    return hashlib.sha256(json.dumps(rows, cls=DjangoJSONEncoder).encode()).hexdigest()


@pytest.mark.django_db
def test_the_same_day_reproduces_the_same_database(few):
    _load(as_of=AS_OF)
    first = _digest()
    assert _load(as_of=AS_OF, refresh=True)["state"] == "refreshed"
    assert _digest() == first
    _load(as_of=AS_OF - timedelta(days=1), refresh=True)
    assert _digest() != first


@pytest.mark.django_db
def test_a_place_of_that_key_that_is_no_demo_is_left_alone():
    build_place(SLUG)
    with pytest.raises(CommandError, match=r"jinan-wuyingshan.*(not the demo|不是演示数据)"):
        call_command("load_demo", SLUG, verbosity=0)
    with pytest.raises(CommandError, match=r"jinan-wuyingshan.*(not the demo|不是演示数据)"):
        call_command("load_demo", SLUG, refresh=True, verbosity=0)
    assert not Case.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["atlantis"], "PLACE must be one of jinan-wuyingshan; got 'atlantis'"),
        (["--as-of", "21.11.2026"], "--as-of"),
    ],
)
def test_wrong_arguments_are_named(arguments, message):
    with pytest.raises(CommandError, match=message):
        call_command("load_demo", *arguments)


@pytest.mark.django_db
def test_command_reports_as_json(few, capsys, settings):
    settings.DEMO_PASSWORD = PASSWORD
    call_command("load_demo", SLUG, "--as-of", AS_OF.isoformat(), "--json")
    report = json.loads(capsys.readouterr().out)
    (entry,) = report["places"]
    assert (entry["place"], entry["state"], entry["cases"]) == (SLUG, "loaded", 60)
    assert f"{SLUG}.patroller" in entry["accounts"]
    assert report["password"] == PASSWORD


@pytest.mark.django_db
def test_refresh_takes_everything_of_the_demo_away(few):
    _load(as_of=AS_OF)
    counts = [model.objects.count() for model in (Case, Event, Post, User, Area, InboxItem)]
    _load(as_of=AS_OF, refresh=True)
    assert [model.objects.count() for model in (Case, Event, Post, User, Area, InboxItem)] == counts
