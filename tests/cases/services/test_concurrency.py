"""At once and cut off: ten phones with the same bytes, two people with the same case, a process that is killed."""

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from cases.errors import ActionNotAllowed, PayloadConflict
from cases.models import Case, Event, InboxItem, Photo
from cases.services.housekeeping import take_up_at_start, tick
from cases.services.intake import case_file
from cases.services.me_too import case_me_too
from cases.services.photos import Piece, photo_receive
from cases.services.workflow import case_act
from tests.factories.cases import file_case, filing, jpeg, raw_of
from tests.factories.places import build_place

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def place():
    return build_place()


def at_once(calls):
    """Run calls in threads that start together; return their results, exceptions as values."""
    barrier = threading.Barrier(len(calls))

    def run(call):
        try:
            connection.ensure_connection()
            barrier.wait(30)
            return call()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_the_same_bytes_ten_times_at_once_are_one_case_and_one_receipt(place):
    raw = raw_of(filing(place))
    receipts = at_once([lambda: case_file(raw=raw, actor=None)] * 10)
    assert [r for r in receipts if isinstance(r, Exception)] == []
    assert Case.objects.count() == InboxItem.objects.count() == 1
    assert {r.case_id for r in receipts} == {Case.objects.get().pk}
    assert all(r.body == receipts[0].body for r in receipts)
    assert [r.created for r in receipts].count(True) == 1
    assert Event.objects.filter(kind="filed").count() == 1


def test_the_same_id_with_ten_contents_at_once_is_one_case_and_nine_conflicts(place):
    payload = filing(place)
    raws = [raw_of(payload | {"text": f"第{n}次"}) for n in range(10)]
    found = at_once([lambda raw=raw: case_file(raw=raw, actor=None) for raw in raws])
    assert sum(isinstance(r, PayloadConflict) for r in found) == 9
    assert Case.objects.count() == 1
    assert InboxItem.objects.count() == 10
    assert InboxItem.objects.filter(state="conflict").count() == 9


def test_different_cases_at_once_are_all_taken(place):
    raws = [raw_of(filing(place, f"g{n % 8 + 1}")) for n in range(12)]
    found = at_once([lambda raw=raw: case_file(raw=raw, actor=None) for raw in raws])
    assert all(r.created for r in found)
    assert len(set(Case.objects.values_list("follow_code", flat=True))) == 12


def test_two_people_at_once_one_acts_and_the_other_is_told(place):
    case = file_case(place, "g1")
    actors = [place.grid_leader, place.official, place.community_leader, place.patroller]
    found = at_once(
        [
            lambda actor=actor: case_act(case_id=case.pk, action="settle", actor=actor, data={"note": "x"})
            for actor in actors
        ]
    )
    refused = [r for r in found if isinstance(r, ActionNotAllowed)]
    assert len(refused) == 3
    assert Event.objects.filter(case=case, kind="settle").count() == 1
    assert "answer" in refused[0].accepted


def test_two_who_pass_on_what_they_both_saw(place):
    case = file_case(place, "g1")
    data = {"to": {"level": "community"}, "reason": "x", "version": case.version}
    found = at_once(
        [
            lambda actor=actor: case_act(case_id=case.pk, action="reassign", actor=actor, data=data)
            for actor in (place.official, place.community_leader)
        ]
    )
    assert sum(isinstance(r, ActionNotAllowed) for r in found) == 1


def test_the_same_voice_at_once_counts_once(place):
    case = file_case(place, "g1")
    voice = {"client_id": "11111111-1111-4111-8111-111111111111"}
    found = at_once([lambda: case_me_too(case_id=case.pk, actor=None, data=voice)] * 10)
    assert [is_new for _number, is_new in found].count(True) == 1
    assert Case.objects.get().me_too_count == 1
    assert {number for number, _is_new in found} == {1}
    assert Event.objects.filter(case=case, kind="me-too").count() == 1


def test_who_filed_it_without_an_account_is_no_voice(place):
    case = file_case(place, "g1")
    assert case_me_too(case_id=case.pk, actor=None, data={"client_id": str(case.client_id)}) == (0, False)
    assert not Event.objects.filter(case=case, kind="me-too").exists()


def test_the_last_piece_of_a_photo_twice_at_once(place):
    import hashlib

    data = jpeg(size=(900, 700))
    sha256 = hashlib.sha256(data).hexdigest()
    case = file_case(place, "g1", photos=[sha256])
    piece = Piece(data, 0, len(data))
    found = at_once([lambda: photo_receive(case_id=case.pk, sha256=sha256, piece=piece, actor=None)] * 3)
    assert [r for r in found if isinstance(r, Exception)] == []
    assert Photo.objects.get().state == "stored"
    assert Event.objects.filter(kind="photo").count() == 1


# ---- kill -9 ---------------------------------------------------------------------------------------------------------

KILLED = """
import os, signal, sys
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
import django
django.setup()
from cases.services import intake

def killed(*_args, **_kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

setattr(intake, sys.argv[2], killed)
intake.case_file(raw=sys.stdin.buffer.read(), actor=None)
"""


def file_and_be_killed(raw, function):
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(connection.settings_dict["NAME"]), function],
        input=raw,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.test"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-2000:]


@pytest.mark.parametrize(
    "function", ["read_filing", "_finish"], ids=["before judging", "inside the transaction"]
)
def test_what_a_killed_process_left_is_taken_up_by_tick(place, function):
    payload = filing(place)
    raw = raw_of(payload)
    file_and_be_killed(raw, function)
    item = InboxItem.objects.get()
    assert (item.state, bytes(item.raw), Case.objects.count()) == ("received", raw, 0)
    now = item.received_at
    assert tick(now=now + timedelta(seconds=30))["inbox_taken"] == 0, "may still be a request"
    done = tick(now=now + timedelta(seconds=61))
    assert (done["inbox_taken"], done["inbox_kept"], done["inbox_marked"]) == (1, 0, 1)
    case = Case.objects.get()
    assert (case.received_at, case.inbox_item.state) == (now, "taken")
    # The phone, which never had an answer, tries again and gets the receipt.
    again = case_file(raw=raw, actor=None)
    assert (again.created, again.case_id) == (False, case.pk)
    assert tick(now=now + timedelta(seconds=122))["inbox_taken"] == 0


def test_what_a_killed_process_left_is_taken_up_when_a_server_starts(place):
    file_and_be_killed(raw_of(filing(place)), "read_filing")
    thread = take_up_at_start()
    thread.join(30)
    assert Case.objects.count() == 1


def test_the_phone_may_be_quicker_than_tick(place):
    raw = raw_of(filing(place))
    file_and_be_killed(raw, "read_filing")
    receipt = case_file(raw=raw, actor=None)
    assert receipt.created
    assert tick(now=timezone.now() + timedelta(minutes=5))["inbox_taken"] == 0
    assert Case.objects.count() == 1


def test_a_filing_that_our_own_fault_stops_is_kept_not_tried_for_ever(place, monkeypatch, caplog):
    payload = filing(place, text="不能出现在日志里")
    file_and_be_killed(raw_of(payload), "read_filing")

    def broken(*_args, **_kwargs):
        raise ZeroDivisionError(payload["text"])

    monkeypatch.setattr("cases.services.intake.place_filing", broken)
    later = timezone.now() + timedelta(minutes=2)
    assert tick(now=later)["inbox_kept"] == 1
    item = InboxItem.objects.get()
    assert (item.state, item.problem["code"]) == ("kept", "unexpected")
    assert "ZeroDivisionError" in caplog.text
    assert payload["text"] not in caplog.text
    assert tick(now=later)["inbox_kept"] == 0
