"""Steps: what each does, who may, what is possible when, and what stays internal."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cases.domain.workflow import ACTIONS, TRANSITIONS
from cases.errors import ActionNotAllowed, InvalidPayload
from cases.models import (
    Assignment,
    Case,
    CaseArea,
    Event,
    MeToo,
    Notification,
    OutboxMessage,
    Photo,
    TriageDecision,
)
from cases.selectors.authority import OFFERED_ACTIONS, actions_for
from cases.selectors.detail import case_detail, case_for
from cases.services import steps, steps_routing
from cases.services.me_too import case_me_too
from cases.services.workflow import case_act
from geo.errors import InvalidInput, NotAllowed, NotThere
from tests.factories.cases import act, file_case, seen
from tests.factories.places import build_place

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return build_place()


@pytest.fixture
def case(place):
    return file_case(place, "g1", place.resident)


def open_posts(case):
    return set(
        Assignment.objects.filter(case=case, until__isnull=True)
        .exclude(post=None)
        .values_list("post__area_code", flat=True)
    )


def test_every_offered_action_has_a_handler_and_the_rest_is_not_offered():
    assert set(OFFERED_ACTIONS) == {*steps.HANDLERS, *steps_routing.HANDLERS}
    assert {"call-out", "propose-topic", "me-too", "assign", "reroute"}.isdisjoint(OFFERED_ACTIONS)


# ---- settling ---------------------------------------------------------------------------------------------------


def test_settled_on_the_spot_with_note_and_photo(place, case):
    act(case, "accept", place.grid_leader)
    assert case.status == "in_progress"
    act(case, "settle", place.grid_leader, note="已填补", photo=["b" * 64])
    assert case.status == "handled"
    assert Photo.objects.get(case=case, sha256="b" * 64).purpose == "result"
    event = Event.objects.get(case=case, kind="settle")
    assert (event.note, event.visibility, event.from_status, event.to_status) == (
        "已填补",
        "public",
        "in_progress",
        "handled",
    )
    assert event.actor_title == "网格长（社区干部）"
    assert Notification.objects.filter(person=place.resident, case=case, kind="settle").exists()
    act(case, "close", place.official)
    assert case.status == "closed"
    assert case.closed_at is not None


def test_settling_needs_a_note(place, case):
    for note in ("", "   "):
        with pytest.raises(InvalidPayload) as refused:
            act(case, "settle", place.grid_leader, note=note)
        assert refused.value.field == "note"
    assert Case.objects.get().status == "assigned"
    assert not Event.objects.filter(kind="settle").exists()


def test_internal_notes_stay_internal(place, case):
    act(case, "note", place.grid_leader, note="住户情绪激动，注意方式")
    assert case.status == "assigned"
    kinds = lambda user: [e["kind"] for e in case_detail(user, case.pk)["properties"]["timeline"]]  # noqa: E731
    assert "note" in kinds(place.grid_leader)
    assert "note" in kinds(place.official)
    for outsider in (place.resident, place.grid_leader_2, place.grid_leader_3, None):
        assert "note" not in kinds(outsider)
        assert "情绪" not in str(case_detail(outsider, case.pk))


def test_who_filed_it_reads_public_steps_only(place, case):
    act(case, "relocate", place.grid_leader, place_code=place.code("g2"))
    act(case, "answer", place.grid_leader, text="已安排维修")
    timeline = case_detail(place.resident, case.pk)["properties"]["timeline"]
    assert [e["kind"] for e in timeline] == ["filed", "assigned", "answer"]
    assert timeline[-1]["note"] == "已安排维修"
    assert "person" not in timeline[-1]
    assert case_detail(place.resident, case.pk)["properties"]["actions"] == []


# ---- who may ----------------------------------------------------------------------------------------------------


def test_only_a_post_that_covers_the_case_may_act(place, case):
    with pytest.raises(NotAllowed):
        act(case, "accept", place.grid_leader_2)  # sees it without names
    with pytest.raises(NotAllowed):
        act(case, "accept", place.resident)  # filed it
    sensitive = file_case(place, "g1", category="neighbours")
    with pytest.raises(NotThere):
        act(sensitive, "accept", place.grid_leader_2)
    with pytest.raises(NotAllowed):
        act(case, "close", place.grid_leader)  # leaders do not close
    with pytest.raises(NotAllowed):
        act(case, "confirm-triage", place.planner)
    act(case, "accept", place.department)  # has it by its jurisdiction
    assert case.status == "in_progress"


def test_what_a_person_may_do_is_what_is_offered(place, case):
    for person in ("grid_leader", "official", "patroller", "secretary", "department", "planner", "resident"):
        user = getattr(place, person)
        offered = actions_for(user, case_for(user, case.pk))
        for action in OFFERED_ACTIONS:
            if action in offered:
                continue
            with pytest.raises((NotAllowed, ActionNotAllowed)):
                case_act(case_id=case.pk, action=action, actor=user, data={})


def test_a_status_that_forbids_it_lists_what_is_allowed(place, case):
    act(case, "settle", place.grid_leader, note="好了")
    with pytest.raises(ActionNotAllowed) as refused:
        act(case, "settle", place.grid_leader, note="又好了")
    assert refused.value.status == 409
    assert refused.value.accepted == list(actions_for(place.grid_leader, case))
    assert "answer" in refused.value.accepted
    assert "settle" not in refused.value.accepted


def test_the_table_is_what_decides(place):
    """Each action from each status: either the table takes it there, or it is refused and nothing changes."""
    inputs = {
        "note": {"note": "x"},
        "settle": {"note": "x"},
        "accept": {},
        "answer": {"text": "x"},
        "close": {},
        "reopen": {"reason": "x"},
        "decline": {"reason": "x"},
        "suspend": {"reason": "x"},
        "resume": {},
        "return": {"reason": "x"},
        "confirm-triage": {},
    }
    case = file_case(place, "g1")
    for action, data in inputs.items():
        for status in Case.Status.values:
            Case.objects.filter(pk=case.pk).update(status=status, suspension={}, triage_state="proposed")
            if status in ACTIONS[action].sources:
                act(case, action, place.official, **data)
                assert case.status == (ACTIONS[action].target or status)
            else:
                with pytest.raises(ActionNotAllowed):
                    act(case, action, place.official, **data)
                assert Case.objects.get(pk=case.pk).status == status


def test_two_who_saw_the_same_version_do_not_both_act(place, case):
    seen_version = case_detail(place.grid_leader, case.pk)["properties"]["version"]
    act(case, "reassign", place.official, to={"level": "community"}, reason="统一处理", version=seen_version)
    with pytest.raises(ActionNotAllowed) as refused:
        act(
            case,
            "reassign",
            place.community_leader,
            to={"level": "subdistrict"},
            reason="x",
            version=seen_version,
        )
    assert refused.value.field == "version"


def test_unknown_actions_and_inputs_are_named(place, case):
    with pytest.raises(InvalidInput) as refused:
        act(case, "explode", place.official)
    assert refused.value.accepted == OFFERED_ACTIONS
    for action in ("call-out", "propose-topic"):
        with pytest.raises(InvalidInput):
            act(case, action, place.official, reason="x")
    with pytest.raises(InvalidPayload) as refused:
        act(case, "accept", place.grid_leader, mood="good")
    assert refused.value.field == "mood"


# ---- whose it is ------------------------------------------------------------------------------------------------


def test_a_moved_pin_is_routed_again_and_both_places_are_kept(place, case):
    lon, lat = place.point("g5", 0.5, 0.95)
    assert seen(place.grid_leader, case) == "full"
    act(
        case,
        "relocate",
        place.grid_leader,
        location={"type": "Point", "coordinates": [lon, lat]},
        reason="报错了位置",
    )
    assert case.areas[-1]["code"] == place.code("g5")
    assert case.areas_at_filing[-1]["code"] == place.code("g1")
    assert case.location.coords == pytest.approx((lon, lat))
    assert set(CaseArea.objects.filter(case=case).values_list("code", flat=True)) == {
        place.code(short) for short in ("s1", "c2", "b3", "g5")
    }
    # Old assignments have ended, new leaders are told, who had it no longer sees it whole.
    assert Assignment.objects.filter(case=case, until__isnull=False, person=place.grid_leader).exists()
    assert seen(place.grid_leader_3, case) == "full"
    assert seen(place.grid_leader, case) == "public"
    assert seen(place.grid_leader_2, case) == "public"
    assert Notification.objects.filter(case=case, person=place.grid_leader_3, kind="assigned").exists()
    event = Event.objects.get(case=case, kind="relocate")
    assert event.data["from"]["areas"][-1]["code"] == place.code("g1")
    assert event.data["to"]["areas"][-1]["code"] == place.code("g5")
    assert event.note == "报错了位置"
    # The department is competent in both places and goes on, untouched.
    departments = Assignment.objects.filter(case=case, kind="department")
    assert departments.count() == 1
    assert departments.get().until is None
    assert Notification.objects.filter(case=case, person=place.department).count() == 1, (
        "told once, at filing"
    )


def test_a_pin_moved_out_of_every_grid_waits_for_people(place, case):
    act(
        case,
        "relocate",
        place.grid_leader,
        location={"type": "Point", "coordinates": list(place.outside_point())},
    )
    assert (case.status, case.outcome) == ("received", "outside")
    assert seen(place.official, case) == "full"


def test_the_side_of_a_border_is_chosen_by_code(place, case):
    act(case, "relocate", place.patroller, place_code=place.code("g2"))
    assert case.areas[-1]["code"] == place.code("g2")
    assert case.outcome == "inside"


def test_another_kind_is_triaged_again(place, case):
    assert case.route == "department"
    assert case.is_published
    act(case, "recategorise", place.grid_leader, category="neighbours", reason="实为邻里纠纷")
    assert (case.category, case.route) == ("neighbours", "refer")
    assert case.is_sensitive
    assert not case.is_published
    assert TriageDecision.objects.filter(case=case).count() == 2
    assert not Assignment.objects.filter(case=case, kind="department", until__isnull=True).exists()
    assert Notification.objects.filter(case=case, person=place.department, kind="moved_on").count() == 1
    assert seen(None, case) is None
    assert seen(place.grid_leader_2, case) is None


def test_a_case_in_words_keeps_its_place_when_its_kind_changes(place):
    case = file_case(place, "g1", location=None, place_text="翡翠郡2号楼1单元", category="drainage")
    act(case, "recategorise", place.grid_leader, category="heating")
    assert (case.building_code, case.unit_name) == (place.code("g1.2"), "1单元")
    assert case.areas[-1]["code"] == place.code("g1")


def test_a_kind_that_the_place_does_not_have(place, case):
    with pytest.raises(InvalidPayload) as refused:
        act(case, "recategorise", place.grid_leader, category="volcano")
    assert "parking" in refused.value.accepted
    line = [list(place.point("g1", 0.2, 0.95)), list(place.point("g1", 0.8, 0.95))]
    act(case, "relocate", place.grid_leader, affected={"type": "LineString", "coordinates": line})
    assert case.affected.geom_type == "LineString"


def test_returned_cases_go_to_who_dispatches_one_level_up(place, case):
    act(case, "return", place.grid_leader, reason="不属于本网格")
    assert case.status == "received"
    mine = Assignment.objects.filter(case=case, post__in=place.posts["b1"], person=place.grid_leader)
    assert all(row.until is not None for row in mine)
    assert place.code("c1") in open_posts(case)
    assert Assignment.objects.filter(case=case, kind="party_cell", until__isnull=True).exists()
    assert Notification.objects.filter(case=case, person=place.community_leader, kind="return").exists()
    act(case, "reassign", place.community_leader, to={"department": "sewer"}, reason="归排水")
    assert case.status == "assigned"
    kinds = Assignment.objects.filter(case=case, until__isnull=True).values_list("kind", flat=True)
    assert sorted(kinds) == ["department", "party_cell"]
    assert seen(place.department_2, case) == "full"
    assert seen(place.department, case) == "public"
    assert Notification.objects.filter(case=case, person=place.department_2).exists()


def test_passed_on_to_a_post(place, case):
    post = next(p for p in place.posts["b3"] if p.appointments.filter(person=place.grid_leader_3).exists())
    act(case, "reassign", place.official, to={"post": post.pk}, reason="就近处理")
    assert seen(place.grid_leader_3, case) == "full"
    act(case, "accept", place.grid_leader_3)
    assert case.status == "in_progress"


@pytest.mark.parametrize(
    "to",
    [
        {},
        {"post": 1, "level": "community"},
        {"post": 10**9},
        {"department": "nasa"},
        {"level": "galaxy"},
        {"who": 1},
    ],
)
def test_nobody_to_pass_it_on_to(place, case, to):
    with pytest.raises(InvalidPayload):
        act(case, "reassign", place.official, to=to, reason="x")
    assert Assignment.objects.filter(case=case, until__isnull=False).count() == 0


def test_a_complaint_about_a_leader_cannot_be_passed_on_to_the_leader(place):
    case = file_case(place, "g1", about="leader")
    leading = next(p for p in place.posts["b1"] if p.appointments.filter(person=place.grid_leader).exists())
    with pytest.raises(InvalidPayload):
        act(case, "reassign", place.community_leader, to={"post": leading.pk}, reason="x")
    with pytest.raises(InvalidPayload):
        act(case, "reassign", place.community_leader, to={"level": "block"}, reason="x")
    with pytest.raises(InvalidPayload):
        act(case, "reassign", place.community_leader, to={"department": "sewer"}, reason="x")
    act(case, "reassign", place.community_leader, to={"level": "subdistrict"}, reason="请街道处理")
    assert seen(place.official, case) == "full"
    assert seen(place.grid_leader, case) is None


# ---- triage -----------------------------------------------------------------------------------------------------


def test_confirmed_as_proposed(place, case):
    act(case, "confirm-triage", place.official)
    assert case.triage_state == "confirmed"
    first, second = TriageDecision.objects.filter(case=case).order_by("id")
    assert (first.state, second.state, second.decided_by) == ("proposed", "confirmed", place.official)
    assert (first.label, first.facts) == (second.label, second.facts)


def test_decided_otherwise_with_a_reason(place, case):
    with pytest.raises(InvalidPayload):
        act(case, "override-triage", place.official, label="community-topic", route="topic", reason=" ")
    with pytest.raises(InvalidPayload):
        act(case, "override-triage", place.official, label="nonsense", route="topic", reason="x")
    act(case, "override-triage", place.official, label="community-topic", route="topic", reason="群众意见大")
    assert (case.label, case.route, case.triage_state) == (
        "jinan-wuyingshan/community-topic",
        "topic",
        "confirmed",
    )
    decision = TriageDecision.objects.filter(case=case).order_by("-id").first()
    assert (decision.reason, decision.decided_by, decision.tracks) == (
        "群众意见大",
        place.official,
        ["assignment", "topic"],
    )
    assert decision.facts["category"] == "road"
    assert case.deadline_at == case.received_at + timedelta(days=15)


# ---- time -------------------------------------------------------------------------------------------------------


def test_extended_suspended_and_resumed(place, case):
    before = case.deadline_at
    with pytest.raises(InvalidPayload):
        act(case, "extend", place.grid_leader, until=(before - timedelta(days=1)).isoformat(), reason="x")
    later = before + timedelta(days=3)
    act(case, "extend", place.grid_leader, until=later.isoformat(), reason="等配件")
    assert case.deadline_at == later
    act(case, "suspend", place.grid_leader, reason="等开工")
    assert (case.status, case.deadline_at) == ("suspended", None)
    left = case.suspension["left_s"]
    assert left == pytest.approx((later - timezone.now()).total_seconds(), abs=60)
    Case.objects.filter(pk=case.pk).update(suspension=case.suspension | {"left_s": 3600.0})
    act(case, "resume", place.grid_leader)
    assert (case.status, case.suspension) == ("in_progress", {})
    assert case.deadline_at - timezone.now() == pytest.approx(timedelta(hours=1), abs=timedelta(minutes=1))


def test_a_time_limit_is_extended_so_often_and_so_far_as_the_profile_says(place, case):
    def until(days):
        return (case.deadline_at + timedelta(days=days)).isoformat()

    with pytest.raises(InvalidPayload) as refused:
        act(case, "extend", place.grid_leader, until=until(32), reason="x")
    last = timezone.localdate(case.deadline_at) + timedelta(days=30)
    assert (refused.value.field, refused.value.accepted) == ("until", f"≤ {last}")
    act(case, "extend", place.grid_leader, until=last.isoformat(), reason="等配件")
    act(case, "extend", place.official, until=until(30), reason="等材料")
    kept = case.deadline_at
    with pytest.raises(ActionNotAllowed) as refused:
        act(case, "extend", place.grid_leader, until=until(1), reason="x")
    assert "extend" not in refused.value.accepted
    assert "settle" in refused.value.accepted
    assert Case.objects.get(pk=case.pk).deadline_at == kept
    assert Event.objects.filter(case=case, kind="extend").count() == 2
    # Work that begins again has its extensions again.
    act(case, "settle", place.grid_leader, note="x")
    act(case, "reopen", place.official, reason="又坏了")
    act(case, "extend", place.grid_leader, until=until(1), reason="x")


def test_label_and_route_are_confirmed_once(place, case):
    act(case, "confirm-triage", place.official)
    with pytest.raises(ActionNotAllowed) as refused:
        act(case, "confirm-triage", place.official)
    assert "confirm-triage" not in refused.value.accepted
    assert "confirm-triage" not in actions_for(place.official, case)
    assert Event.objects.filter(case=case, kind="confirm-triage").count() == 1
    assert TriageDecision.objects.filter(case=case, state="confirmed").count() == 1
    # Routed again, there is something to confirm again.
    act(case, "recategorise", place.official, category="parking")
    assert "confirm-triage" in actions_for(place.official, case)
    act(case, "confirm-triage", place.official)


def test_an_extension_outlives_a_moved_pin(place, case):
    later = case.deadline_at + timedelta(days=9)
    act(case, "extend", place.grid_leader, until=later.isoformat(), reason="等配件")
    act(case, "relocate", place.grid_leader, place_code=place.code("g2"))
    assert case.deadline_at == later


def test_a_day_as_deadline_lasts_until_its_end(place, case):
    day = (timezone.localdate() + timedelta(days=30)).isoformat()
    act(case, "extend", place.grid_leader, until=day, reason="x")
    end = timezone.localtime(case.deadline_at)
    assert (end.date() - timedelta(days=1)).isoformat() == day
    assert (end.hour, end.minute) == (0, 0)


def test_reopened_work_gets_its_limit_again(place, case):
    act(case, "settle", place.grid_leader, note="x")
    act(case, "close", place.official)
    act(case, "reopen", place.official, reason="又坏了")
    assert (case.status, case.closed_at) == ("reopened", None)
    assert case.deadline_at - timezone.now() == pytest.approx(timedelta(days=7), abs=timedelta(minutes=1))
    act(case, "accept", place.grid_leader)
    assert case.status == "in_progress"


# ---- merging, me too ----------------------------------------------------------------------------------------------


def test_merged_cases_count_as_voices(place, case):
    other = file_case(place, "g1", place.resident_2)
    case_me_too(case_id=other.pk, actor=None, data={"client_id": "11111111-1111-4111-8111-111111111111"})
    act(other, "merge", place.grid_leader, into=case.pk)
    case.refresh_from_db()
    assert (other.status, other.merged_into) == ("merged", case)
    assert case.me_too_count == 2
    assert Event.objects.get(case=case, kind="merged-in").data == {"case": other.pk}
    with pytest.raises(ActionNotAllowed):
        act(case, "merge", place.grid_leader, into=other.pk)
    with pytest.raises(InvalidPayload):
        act(case, "merge", place.grid_leader, into=case.pk)


def test_me_too_once_a_person(place, case):
    first = {"client_id": "11111111-1111-4111-8111-111111111111"}
    second = {"client_id": "22222222-2222-4222-8222-222222222222"}
    assert case_me_too(case_id=case.pk, actor=None, data=first) == (1, True)
    assert case_me_too(case_id=case.pk, actor=None, data=first) == (1, False)
    assert case_me_too(case_id=case.pk, actor=place.resident_2, data=second) == (2, True)
    # Another phone of the same person, and the person who filed it.
    third = {"client_id": "33333333-3333-4333-8333-333333333333"}
    assert case_me_too(case_id=case.pk, actor=place.resident_2, data=third) == (2, False)
    assert case_me_too(case_id=case.pk, actor=place.resident, data=third) == (2, False)
    assert MeToo.objects.count() == 2
    with pytest.raises(InvalidPayload):
        case_me_too(case_id=case.pk, actor=None, data={"client_id": "x"})


def test_no_voices_for_what_is_sensitive_or_done(place, case):
    voice = {"client_id": "11111111-1111-4111-8111-111111111111"}
    sensitive = file_case(place, "g1", place.resident, category="neighbours")
    with pytest.raises(NotThere):
        case_me_too(case_id=sensitive.pk, actor=None, data=voice)
    with pytest.raises(ActionNotAllowed):
        case_me_too(case_id=sensitive.pk, actor=place.grid_leader, data=voice)
    act(case, "settle", place.grid_leader, note="x")
    act(case, "close", place.official)
    with pytest.raises(ActionNotAllowed):
        case_me_too(case_id=case.pk, actor=None, data=voice)


# ---- events ---------------------------------------------------------------------------------------------------------


def test_one_event_for_each_step_in_the_same_transaction(place, case, monkeypatch):
    act(case, "accept", place.grid_leader)
    count = Event.objects.filter(case=case).count()

    def broken(*_args, **_kwargs):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("cases.services.workflow.event_of", broken)
    with pytest.raises(RuntimeError):
        act(case, "settle", place.grid_leader, note="x")
    assert Case.objects.get(pk=case.pk).status == "in_progress"
    assert Event.objects.filter(case=case).count() == count


def test_messages_to_other_systems_only_where_one_is_named(place, case, settings):
    act(case, "accept", place.grid_leader)
    assert not OutboxMessage.objects.exists()
    settings.OUTBOX_WEBHOOK_URL = "https://example.invalid/hook"
    act(case, "settle", place.grid_leader, note="已填补")
    message = OutboxMessage.objects.get()
    assert message.topic == "case.settle"
    assert message.payload["status"] == "handled"
    assert "填补" not in str(message.payload)


def test_visibilities_are_those_of_the_table(place, case):
    act(case, "note", place.official, note="x")
    act(case, "extend", place.official, until=(timezone.now() + timedelta(days=20)).isoformat(), reason="y")
    table = {transition.action: transition.visibility for transition in TRANSITIONS}
    for event in Event.objects.filter(case=case).exclude(kind__in=("filed", "assigned")):
        assert event.visibility == table[event.kind]
