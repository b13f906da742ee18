"""The case page without scripts: every step by plain forms, for those who may; nothing for those who may not."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from cases.models import Case, Event, Notification, Photo
from tests.factories.cases import act, file_case, jpeg
from tests.factories.places import build_place

pytestmark = pytest.mark.django_db
REPORTER = {"name": "王小明", "phone": "13912345678"}


@pytest.fixture
def place():
    return build_place()


@pytest.fixture
def case(place):
    return file_case(place, "g1.1", place.resident, at=(0.5, 0.5), reporter=REPORTER)


@pytest.fixture
def as_(client):
    def signed_in(user):
        fresh = Client()
        if user is not None:
            fresh.force_login(user)
        return fresh

    return signed_in


def text_of(response):
    """Words of the main part of a page."""
    body = response.content.decode()
    main = body[body.index("<main") : body.index("</main>")]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def offered(response):
    return set(re.findall(r'action="/cases/\d+/([a-z-]+)/"', response.content.decode()))


def take(client, case, action, *, follow=True, **fields):
    fields.setdefault("version", Case.objects.values_list("version", flat=True).get(pk=case.pk))
    return client.post(f"/cases/{case.pk}/{action}/", fields, follow=follow)


def test_steps_of_a_leader_from_taking_on_to_closing(place, case, as_):
    leader, official = as_(place.grid_leader), as_(place.official)
    assert offered(leader.get(f"/cases/{case.pk}/")) >= {"accept", "settle", "return", "relocate", "note"}
    done = take(leader, case, "accept")
    assert done.redirect_chain == [(f"/cases/{case.pk}/", 303)]
    assert "message--success" in done.content.decode()
    take(leader, case, "settle", note="已用冷料填补")
    take(official, case, "close", note="现场核查属实")
    case.refresh_from_db()
    assert (case.status, case.closed_at is not None) == ("closed", True)
    steps = list(Event.objects.filter(case=case).order_by("id").values_list("kind", "note"))
    assert steps[-3:] == [("accept", ""), ("settle", "已用冷料填补"), ("close", "现场核查属实")]
    page = leader.get(f"/cases/{case.pk}/")
    assert "已用冷料填补" in text_of(page)
    assert offered(page) == {"note", "reopen"}


def test_photo_of_what_was_done(place, case, as_):
    file = SimpleUploadedFile("after.jpg", jpeg(), content_type="image/jpeg")
    take(as_(place.grid_leader), case, "settle", note="填平了", photo=[file])
    photo = Photo.objects.get(case=case)
    assert (photo.state, photo.purpose) == ("stored", "result")
    page = as_(place.grid_leader).get(f"/cases/{case.pk}/photos/{photo.sha256}/")
    assert f"/api/v1/cases/{case.pk}/photos/{photo.sha256}/" in page.content.decode()
    assert as_(place.grid_leader_2).get(f"/cases/{case.pk}/photos/{photo.sha256}/").status_code == 404
    take(as_(place.official), case, "release-photo", photo=photo.sha256)
    photo.refresh_from_db()
    assert photo.released
    assert as_(place.grid_leader_2).get(f"/cases/{case.pk}/photos/{photo.sha256}/").status_code == 200


def test_what_is_no_photo_is_refused_beside_its_field_and_nothing_is_lost(place, case, as_):
    file = SimpleUploadedFile("after.jpg", b"not a picture", content_type="image/jpeg")
    answer = take(as_(place.grid_leader), case, "settle", note="填平了", photo=[file])
    assert answer.status_code == 422
    body = answer.content.decode()
    assert ">\n填平了</textarea>" in body
    field = body[body.index('id="id_settle_photo"') :]
    assert "field__error" in field[: field.index("</div>")]
    case.refresh_from_db()
    assert case.status == "assigned"
    assert not Photo.objects.filter(case=case).exists()


def test_missing_words_come_back_beside_their_field(place, case, as_):
    answer = take(as_(place.grid_leader), case, "return", reason="   ")
    assert answer.status_code == 422
    body = answer.content.decode()
    assert '<details class="fold step" open>' in body
    assert 'href="#id_return_reason"' in body
    assert not Event.objects.filter(case=case, kind="return").exists()


def test_two_at_once_second_is_told_and_keeps_what_was_written(place, case, as_):
    leader = as_(place.grid_leader)
    stale = case.version
    take(leader, case, "accept")
    answer = take(leader, case, "settle", note="写了很长的一段", version=stale)
    assert answer.status_code == 409
    assert "写了很长的一段" in text_of(answer)
    case.refresh_from_db()
    assert case.status == "in_progress"


def test_returned_case_goes_to_the_level_above(place, case, as_):
    take(as_(place.grid_leader), case, "return", reason="不在我网格")
    case.refresh_from_db()
    assert case.status == "received"
    assert "accept" not in offered(as_(place.grid_leader).get(f"/cases/{case.pk}/"))


def test_passed_on_to_a_department(place, case, as_):
    official = as_(place.official)
    page = official.get(f"/cases/{case.pk}/")
    assert 'value="department:municipal_works"' in page.content.decode()
    take(official, case, "reassign", to="department:municipal_works", reason="市政道路")
    assert "市政养护所" in text_of(official.get(f"/cases/{case.pk}/"))
    assert "accept" in offered(as_(place.department).get(f"/cases/{case.pk}/"))
    wrong = take(official, case, "reassign", to="department:nobody", reason="x")
    assert wrong.status_code == 422


def test_pin_moved_by_the_list_shows_the_new_receipt(place, case, as_):
    leader = as_(place.grid_leader)
    code = place.code("g5.1")
    assert f'value="{place.code("b3")}"' in leader.get(f"/cases/{case.pk}/").content.decode()
    answer = take(as_(place.official), case, "relocate", place_code=place.code("b3"), reason="报错小区")
    case.refresh_from_db()
    assert {area["code"] for area in case.areas} & {place.code("b3"), place.code("c2")}
    body = text_of(answer)
    assert place.areas["b1"].name in body, "where it was"
    assert place.areas["c2"].name in body, "where it is"
    assert str(place.grid_leader_3) in body, "who has it now"
    assert leader.get(f"/cases/{case.pk}/").status_code in (200, 404)
    assert code


def test_who_moves_a_case_out_of_their_hands_is_told_and_led_to_the_ledger(place, as_):
    """Nothing of it is public: its page would not be there for them any more."""
    leader = as_(place.grid_leader)
    for headers, where in (({}, "Location"), ({"HX-Request": "true"}, "HX-Redirect")):
        quiet = file_case(place, "g1", category="noise")
        url = f"/cases/{quiet.pk}/relocate/"
        answer = leader.post(url, {"place_code": place.code("b3")}, headers=headers)
        assert answer[where] == "/cases/", headers
        ledger = leader.get("/cases/", headers={"Accept-Language": "zh-hans"})
        assert "您不再看到它" in ledger.content.decode()
        assert leader.get(f"/cases/{quiet.pk}/").status_code == 404


def test_pin_moved_on_the_map(place, case, as_):
    lon, lat = place.point("g3", 0.5, 0.95)
    take(as_(place.grid_leader), case, "relocate", lon=lon, lat=lat)
    case.refresh_from_db()
    assert (case.location.x, case.location.y) == pytest.approx((lon, lat))
    assert case.area.code == place.code("g3")
    assert case.pin == "confirmed"


def test_moving_needs_a_pin_or_a_place(place, case, as_):
    answer = take(as_(place.grid_leader), case, "relocate", reason="x")
    assert answer.status_code == 422
    assert 'href="#id_relocate_place_code"' in answer.content.decode()
    nowhere = take(as_(place.grid_leader), case, "relocate", lon="500", lat="12")
    assert nowhere.status_code == 422


def test_kind_changed_and_routed_again(place, case, as_):
    answer = take(as_(place.grid_leader), case, "recategorise", category="drainage", reason="是井盖")
    case.refresh_from_db()
    assert case.category == "drainage"
    assert "ticket--routed" in answer.content.decode()


def test_time_limit_extended_suspended_and_taken_up(place, case, as_):
    official = as_(place.official)
    later = (case.deadline_at + timedelta(days=20)).date()
    take(official, case, "extend", until=later.isoformat(), reason="等材料")
    case.refresh_from_db()
    assert case.deadline_at.date() >= later
    refused = take(official, case, "extend", until="2020-01-01", reason="x")
    assert refused.status_code == 422
    assert 'href="#id_extend_until"' in refused.content.decode()
    take(official, case, "suspend", reason="等供货")
    case.refresh_from_db()
    assert (case.status, case.deadline_at) == ("suspended", None)
    take(official, case, "resume")
    case.refresh_from_db()
    assert case.status == "in_progress"
    assert case.deadline_at is not None


def test_answered_closed_and_reopened(place, case, as_):
    official = as_(place.official)
    take(official, case, "answer", text="已安排施工，周五前完成")
    take(official, case, "close")
    take(official, case, "reopen", reason="又坏了")
    case.refresh_from_db()
    assert case.status == "reopened"
    assert "已安排施工" in text_of(as_(place.resident).get(f"/cases/{case.pk}/"))


def test_joined_with_another_case_by_its_number(place, case, as_):
    other = file_case(place, "g1", place.patroller)
    unreadable = take(as_(place.official), case, "merge", into="the other one", reason="同一处")
    assert unreadable.status_code == 422
    take(as_(place.official), case, "merge", into=other.number, reason="同一处")
    case.refresh_from_db()
    assert (case.status, case.merged_into_id) == ("merged", other.pk)


def test_proposal_confirmed_and_decided_otherwise(place, case, as_):
    official = as_(place.official)
    take(official, case, "confirm-triage")
    case.refresh_from_db()
    assert case.triage_state == "confirmed"
    page = official.get(f"/cases/{case.pk}/")
    label = re.search(r'id="id_override-triage_label"[^>]*>(.*?)</select>', page.content.decode(), re.S)
    key = re.findall(r'<option value="([^"]+)"', label.group(1))[-1]
    take(official, case, "override-triage", label=key, route="community", reason="社区能办")
    case.refresh_from_db()
    assert case.route == "community"
    assert "社区能办" in text_of(official.get(f"/cases/{case.pk}/"))
    assert "override-triage" not in offered(as_(place.grid_leader).get(f"/cases/{case.pk}/"))


def test_colleague_of_the_community_sees_it_without_names_and_households(place, case, as_):
    page = as_(place.grid_leader_2).get(f"/cases/{case.pk}/")
    assert page.status_code == 200
    body = text_of(page)
    assert place.areas["b1"].name in body
    for hidden in ("王小明", "13912345678", "13812345678", case.follow_code, case.building_name):
        assert hidden
        assert hidden not in page.content.decode()
    assert offered(page) == set()
    assert take(as_(place.grid_leader_2), case, "accept").status_code == 403
    case.refresh_from_db()
    assert case.status == "assigned"


def test_leader_of_another_community_sees_published_kinds_only(place, as_):
    noise = file_case(place, "g1", category="noise")
    road = file_case(place, "g1", category="road", reporter=REPORTER)
    other = as_(place.grid_leader_3)
    assert other.get(f"/cases/{noise.pk}/").status_code == 404
    assert take(other, noise, "accept").status_code == 404
    page = other.get(f"/cases/{road.pk}/")
    assert page.status_code == 200
    assert "王小明" not in page.content.decode()
    assert str(place.grid_leader) not in text_of(page), "names of persons are for those who share the case"
    assert take(other, road, "accept").status_code == 403


def test_nobody_in_particular_may_read_what_is_public_and_do_nothing(place, case, as_):
    anyone = as_(None)
    page = anyone.get(f"/cases/{case.pk}/")
    assert page.status_code == 200
    assert offered(page) == set()
    answer = take(anyone, case, "accept", follow=False)
    assert (answer.status_code, answer["Location"]) == (302, f"/login/?next=/cases/{case.pk}/")
    assert anyone.get("/cases/999999/").status_code == 404
    assert anyone.post(f"/cases/{case.pk}/destroy/").status_code == 404


def test_internal_notes_stay_internal(place, case, as_):
    take(as_(place.grid_leader), case, "note", note="此户情绪激动，注意方式")
    assert "此户情绪激动" in text_of(as_(place.grid_leader).get(f"/cases/{case.pk}/"))
    readers = [place.resident, place.grid_leader_2, place.grid_leader_3, None]
    for reader in readers:
        assert "此户情绪激动" not in as_(reader).get(f"/cases/{case.pk}/").content.decode(), reader
    follow = as_(None).get(f"/follow/{case.follow_code}/")
    assert follow.status_code == 200
    assert "此户情绪激动" not in follow.content.decode()


def test_sensitive_text_is_on_the_page_of_those_in_charge_alone(place, as_):
    case = file_case(place, "g1.1", category="neighbours", text="楼上吵架")
    leader = as_(place.grid_leader)
    assert "楼上吵架" in text_of(leader.get(f"/cases/{case.pk}/"))
    assert "楼上吵架" not in leader.get("/cases/").content.decode()
    assert as_(place.grid_leader_2).get(f"/cases/{case.pk}/").status_code == 404


def test_complaint_about_a_leader_is_not_there_for_the_leader(place, as_):
    case = file_case(place, "g1", place.resident, category="unsorted", about="leader", text="不接电话")
    assert as_(place.grid_leader).get(f"/cases/{case.pk}/").status_code == 404
    assert as_(place.official).get(f"/cases/{case.pk}/").status_code == 200


def test_danger_shows_the_numbers_first(place, as_):
    case = file_case(place, "g1", category="gas_leak", text="闻到煤气味")
    body = as_(place.grid_leader).get(f"/cases/{case.pk}/").content.decode()
    assert body.index('href="tel:119"') < body.index("闻到煤气味")


def test_opening_a_case_reads_its_lines_in_ones_own_inbox_only(place, case, as_):
    mine = Notification.objects.filter(person=place.grid_leader, case=case)
    others = Notification.objects.filter(case=case).exclude(person=place.grid_leader)
    assert mine.filter(read_at=None).exists()
    before = others.filter(read_at=None).count()
    assert before
    as_(place.grid_leader).get(f"/cases/{case.pk}/")
    assert not mine.filter(read_at=None).exists()
    assert others.filter(read_at=None).count() == before


def test_case_page_asks_the_database_a_fixed_number_of_times(place, case, as_, django_assert_max_num_queries):
    leader = as_(place.grid_leader)
    leader.get(f"/cases/{case.pk}/")
    for number in range(6):
        act(case, "note", place.grid_leader, note=f"n{number}")
    with django_assert_max_num_queries(26):
        leader.get(f"/cases/{case.pk}/")


def test_deadline_is_said_in_words(place, case, as_):
    Case.objects.filter(pk=case.pk).update(deadline_at=timezone.now() - timedelta(days=3, hours=2))
    leader = as_(place.grid_leader)
    page = leader.get(f"/cases/{case.pk}/", headers={"Accept-Language": "en"})
    assert "overdue by 3 days" in text_of(page)
    assert "deadline--late" in page.content.decode()
