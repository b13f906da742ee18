"""Periodic work: old bytes go, late cases are told, messages leave; each only once."""

import json
from datetime import date, datetime, timedelta

import pytest
from django.core import mail
from django.core.management import call_command
from django.utils import timezone

from cases.errors import InvalidPayload
from cases.models import Case, Event, Holiday, InboxItem, Notification, OutboxMessage
from cases.services import outbox
from cases.services.housekeeping import tick
from cases.services.intake import case_file
from tests.factories.cases import act, file_case, filing, raw_of, receipt_of
from tests.factories.places import build_place

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return build_place()


def test_raw_bytes_go_after_their_days_the_hash_stays(place, settings):
    settings.INBOX_KEEP_DAYS = 30
    payload = filing(place)
    first = case_file(raw=raw_of(payload), actor=None)
    with pytest.raises(InvalidPayload):
        case_file(raw=b"{", actor=None)
    now = timezone.now()
    assert tick(now=now + timedelta(days=29))["inbox_purged"] == 0
    assert tick(now=now + timedelta(days=31))["inbox_purged"] == 2
    assert set(InboxItem.objects.values_list("raw", flat=True)) == {None}
    assert case_file(raw=raw_of(payload), actor=None).body == first.body


def test_a_deadline_that_has_passed_is_said_once(place):
    case = file_case(place, "g1")
    assert tick(now=case.deadline_at - timedelta(minutes=1))["overdue"] == 0
    late = case.deadline_at + timedelta(minutes=1)
    assert tick(now=late)["overdue"] == 1
    assert tick(now=late + timedelta(hours=1))["overdue"] == 0
    assert Notification.objects.filter(case=case, person=place.grid_leader, kind="overdue").count() == 1
    assert Event.objects.get(case=case, kind="overdue").visibility == "staff"
    # A new deadline can be missed, too; what is settled is not late.
    Case.objects.filter(pk=case.pk).update(deadline_at=late + timedelta(days=1))
    assert tick(now=late + timedelta(days=2))["overdue"] == 1
    other = file_case(place, "g1")
    act(other, "settle", place.grid_leader, note="x")
    assert tick(now=other.deadline_at + timedelta(days=1))["overdue"] == 0


def test_messages_leave_once_and_further_apart_where_it_fails(place, settings, monkeypatch):
    settings.OUTBOX_WEBHOOK_URL = "https://example.invalid/hook"
    settings.OUTBOX_WEBHOOK_SECRET = "s"
    settings.OUTBOX_EMAILS = ["office@example.invalid"]
    receipt_of(place)
    sent, broken = [], True

    class Answer:
        def __enter__(self):
            return self

        def __exit__(self, *_args):
            return False

    def urlopen(request, timeout):
        if broken:
            raise OSError("no route")
        sent.append(request)
        return Answer()

    monkeypatch.setattr(outbox.urllib.request, "urlopen", urlopen)
    now = timezone.now()
    assert (tick(now=now)["outbox_failed"], tick(now=now)["outbox_failed"]) == (1, 0)
    message = OutboxMessage.objects.get()
    assert (message.attempts, message.next_try_at) == (1, now + timedelta(minutes=1))
    assert "no route" in message.last_error
    tick(now=now + timedelta(minutes=1))
    message.refresh_from_db()
    assert message.next_try_at == now + timedelta(minutes=3)
    broken = False
    assert tick(now=now + timedelta(minutes=3))["outbox_sent"] == 1
    assert tick(now=now + timedelta(days=1))["outbox_sent"] == 0
    body = json.loads(sent[0].data)
    assert body["topic"] == "case.filed"
    assert "坑" not in sent[0].data.decode()
    assert sent[0].headers["X-gridcase-signature"].startswith("sha256=")
    assert len(mail.outbox) == 1


def test_the_command_tells_what_it_did(place, capsys):
    receipt_of(place)
    call_command("tick", "--json")
    assert json.loads(capsys.readouterr().out)["inbox_marked"] == 1
    assert InboxItem.objects.get().state == "taken"


def test_holidays_as_published_and_as_corrected(capsys):
    Holiday.objects.create(day=date(2025, 1, 1), kind="workday", name="本地调休")
    call_command("seed_holidays", "2025", "2099", "--json")
    told = json.loads(capsys.readouterr().out)
    assert told["2099"] is None
    assert told["2025"] == Holiday.objects.filter(day__year=2025).count() - 1 > 20
    assert Holiday.objects.get(day=date(2025, 1, 1)).name == "本地调休"
    assert Holiday.objects.get(day=date(2025, 1, 26)).kind == "workday"
    call_command("seed_holidays", "2025", "--json")
    assert json.loads(capsys.readouterr().out)["2025"] == 0
    assert datetime(2025, 10, 1).date() in set(Holiday.objects.values_list("day", flat=True))
