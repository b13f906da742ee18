"""Invented cases: reproducible, true to what is planted, and stored as intake would have stored them one by one."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from django.conf import settings
from django.contrib.auth import authenticate
from django.db import transaction
from django.test import RequestFactory

from cases.demo.clusters import CLUSTERS
from cases.demo.drafts import DAYS, draft_cases
from cases.demo.mix import CHANNELS, RATES
from cases.demo.texts import CLUSTER_PHRASES, PHRASES
from cases.demo.timelines import Prospect, plan_steps
from cases.demo.truth import truth_text
from cases.domain import workflow
from cases.domain.profile import CasesSection
from cases.domain.recurrence import Earlier
from cases.models import (
    Assignment,
    Case,
    CaseArea,
    Event,
    InboxItem,
    MeToo,
    Notification,
    Recusal,
    Reporter,
    TriageDecision,
)
from cases.selectors.clock import local_day_of
from cases.services import demo as demo_service
from cases.services.dispatch import dispatch_case
from cases.services.steps_routing import placed_again
from geo import profiles
from geo.demo.geojson import LAYERS, read_layer
from geo.demo.plans import PLANS
from geo.demo.staffing import DEMO_ROLES
from geo.demo.town import Town
from geo.domain.datum import to_wgs84
from geo.models import Appointment, Area, Place, User

SLUG = "jinan-wuyingshan"
PLAN = PLANS[SLUG]
AS_OF = date(2026, 11, 21)
ZONE = ZoneInfo("Asia/Shanghai")
MIDNIGHT = datetime.combine(AS_OF, time(), ZONE)
PASSWORD = "a demo password 格案"
ROUTED = (
    "label", "route", "danger", "skips_queue", "is_sensitive", "is_published", "private_place", "confidential",
    "text_masked", "outcome", "areas", "span", "building_code", "unit_name", "h3_cell", "h3_shown", "location_raw",
    "is_demo", "area_id", "category",
)  # fmt: skip
"""Fields of a case that follow from where it lies and what it is."""


@pytest.fixture(scope="module")
def layers():
    return {layer: read_layer(settings.DEMO_FIXTURES, PLAN, layer) for layer in LAYERS}


@pytest.fixture(scope="module")
def drafts(layers):
    return draft_cases(PLAN, layers, as_of=AS_OF, time_zone="Asia/Shanghai")


def spot_of(draft, layers_by_code=None):
    """Return lon, lat of a draft, WGS 84."""
    body = draft.body
    if "location" in body:
        return to_wgs84(*body["location"]["coordinates"], body.get("datum", "wgs84"))
    if "affected" in body:
        line = np.array(body["affected"]["coordinates"])
        return tuple(line.mean(axis=0))
    if "place_code" in body and layers_by_code is not None:
        point = layers_by_code[body["place_code"]].geometry.centroid
        return point.x, point.y
    return None


def metres(a, b):
    return math.hypot((a[0] - b[0]) * math.cos(math.radians(PLAN.lat)), a[1] - b[1]) * 111_320.0


# ---------------------------------------------------------------- drafts, without a database


def test_the_same_day_gives_the_same_bytes(layers, drafts):
    again = draft_cases(PLAN, layers, as_of=AS_OF, time_zone="Asia/Shanghai")
    as_bytes = [json.dumps(d.body, ensure_ascii=False) for d in drafts]
    assert [json.dumps(d.body, ensure_ascii=False) for d in again] == as_bytes
    assert again == drafts


def test_another_day_moves_the_cases_along(layers, drafts):
    later = draft_cases(PLAN, layers, as_of=AS_OF + timedelta(days=30), time_zone="Asia/Shanghai")
    assert max(d.received_at for d in later) > MIDNIGHT + timedelta(days=25)
    assert {d.body["client_id"] for d in later}.isdisjoint(d.body["client_id"] for d in drafts)


def test_six_months_of_about_3000_cases_before_the_day(drafts):
    assert 2800 <= len(drafts) <= 3400
    assert all(MIDNIGHT - timedelta(days=DAYS) <= d.received_at < MIDNIGHT for d in drafts)
    assert [d.received_at for d in drafts] == sorted(d.received_at for d in drafts)
    assert len({d.follow_code for d in drafts}) == len(drafts)


def test_kinds_channels_and_words_are_those_of_the_profile(drafts):
    section = profiles.resolve(SLUG).section(CasesSection)
    known = set(section.categories_by_key)
    assert set(RATES) == set(PHRASES) == known, "every kind has words and a rate, and no other"
    assert {cluster.id for cluster in CLUSTERS[SLUG]} == set(CLUSTER_PHRASES)
    assert {d.body["channel"] for d in drafts} == {"patrol", "visit", *CHANNELS}
    assert len({d.body["text"] for d in drafts}) > 0.97 * len(drafts), "texts vary"
    assert all("{" not in d.body["text"] for d in drafts)


def test_weekends_are_quieter_and_seasons_show(layers, drafts):
    by_weekday = Counter(d.received_at.weekday() for d in drafts)
    assert min(by_weekday[day] for day in range(5)) > max(by_weekday[5], by_weekday[6])
    winter = draft_cases(PLAN, layers, as_of=date(2026, 3, 20), time_zone="Asia/Shanghai")
    heating = [Counter(d.body["category"] for d in own)["heating"] for own in (drafts, winter)]
    snow = [Counter(d.body["category"] for d in own)["snow_ice"] for own in (drafts, winter)]
    assert heating[1] > 2 * heating[0]
    assert snow[1] > 15 > snow[0]


def test_planted_clusters_are_where_when_and_as_many_as_the_truth_says(layers, drafts):
    truth = json.loads(truth_text(Town(PLAN, layers, [])))
    codes = {f.properties["code"]: f for f in (*layers["building"], *layers["unit"])}
    assert len(truth["hotspots"]) >= 5
    for spot in truth["hotspots"]:
        own = [d for d in drafts if d.cluster == spot["id"]]
        assert len(own) == spot["n"]
        assert {d.body["category"] for d in own} == {spot["category"]}
        days = [(d.received_at.date() - AS_OF).days for d in own]
        assert spot["from_day"] <= min(days)
        assert max(days) < spot["to_day"]
        away = [metres(spot_of(d, codes), spot["centre"]) for d in own]
        assert max(away) <= spot["radius_m"], spot["id"]
        middle = (spot["from_day"] + spot["to_day"]) / 2
        late = sum(day >= middle for day in days) / len(days)
        low, high = {"steady": (0.3, 0.7), "emerging": (0.75, 1.0), "diminishing": (0.0, 0.25)}[spot["kind"]]
        assert low <= late <= high, spot["id"]


def test_clusters_stand_out_of_the_background(layers, drafts):
    """Within the radius and period of each cluster it brings most of the cases of its kind."""
    codes = {f.properties["code"]: f for f in (*layers["building"], *layers["unit"])}
    truth = json.loads(truth_text(Town(PLAN, layers, [])))
    for spot in truth["hotspots"]:
        near = [
            d
            for d in drafts
            if d.body["category"] == spot["category"]
            and spot["from_day"] <= (d.received_at.date() - AS_OF).days < spot["to_day"]
            and (at := spot_of(d, codes)) is not None
            and metres(at, spot["centre"]) <= spot["radius_m"]
        ]
        assert sum(d.cluster == spot["id"] for d in near) > 0.6 * len(near), spot["id"]


def test_the_truth_file_is_up_to_date(layers):
    kept = json.loads((settings.DEMO_FIXTURES / f"{SLUG}.truth.json").read_text(encoding="utf-8"))
    made = json.loads(truth_text(Town(PLAN, layers, [])))
    assert kept["hotspots"] == made["hotspots"]
    assert {flaw["kind"] for flaw in kept["boundaries"]} == {
        "street_in_no_block",
        "sliver_gap",
        "pocket_in_no_grid",
        "overlap_in_block",
        "overlap_of_blocks",
    }


def test_background_follows_the_households(layers, drafts):
    """Blocks with more homes have more cases, clusters aside."""
    blocks = {f.properties["code"]: f for f in layers["block"]}
    codes = {f.properties["code"]: f for f in (*layers["building"], *layers["unit"])}
    counts = dict.fromkeys(blocks, 0)
    for draft in drafts:
        at = None if draft.cluster else spot_of(draft, codes)
        if at is not None:
            for code, block in blocks.items():
                if block.geometry.buffer(1e-9).contains(_point(at)):
                    counts[code] += 1
                    break
    homes = [blocks[code].properties["households"] for code in counts]
    assert np.corrcoef(homes, list(counts.values()))[0, 1] > 0.75


def _point(at):
    import shapely

    return shapely.Point(at)


def test_nobody_can_have_these_telephones(drafts):
    phones = [d.body["reporter"]["phone"] for d in drafts if "reporter" in d.body]
    assert len(phones) > 1000
    assert all(phone.startswith("100") and len(phone) == 11 for phone in phones)
    names = [d.body["reporter"]["name"] for d in drafts if "reporter" in d.body]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("route", ["community", "department", "on_the_spot", "counter", "topic"])
def test_planned_steps_follow_the_table(route):
    prospect = Prospect("road", route, "hotline", MIDNIGHT, MIDNIGHT + timedelta(days=7), False, True)
    seen = set()
    for seed in range(300):
        status, last = "assigned", MIDNIGHT
        for step in plan_steps(prospect, np.random.default_rng(seed)):
            assert step.at >= last
            if step.action not in ("confirm-triage", "note"):
                status = workflow.apply(status, step.action)
            last = step.at
            seen.add(step.action)
        assert status in ("closed", "declined")
    assert {"accept", "note", "confirm-triage", "close", "reopen", "decline"} <= seen


# ---------------------------------------------------------------- the demo, loaded once


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """Load the whole demo, for all tests of this module that read it."""
    with django_db_blocker.unblock(), transaction.atomic():
        report = demo_service.demo_load(
            plan=PLAN, folder=settings.DEMO_FIXTURES, as_of=AS_OF, password=PASSWORD
        )
        yield report
        transaction.set_rollback(True)


@pytest.fixture
def place(demo, db):
    return Place.objects.get(slug=SLUG)


def test_it_loads(demo, place, drafts):
    assert demo["state"] == "loaded"
    assert demo["cases"] == len(drafts) == Case.objects.filter(place=place).count()
    assert place.is_demo
    assert not Case.objects.filter(is_demo=False).exists()
    assert not User.objects.filter(place=place, is_demo=False).exists()
    assert demo["people"] > 800
    levels = Counter(Area.objects.filter(generation__place=place).values_list("level", flat=True))
    assert (levels["community"], levels["block"], levels["grid"]) == (5, 42, 260)
    generation = place.generations.get()
    assert generation.roads.count() > 40
    assert generation.land_covers.filter(kind="water").exists()


def test_loading_again_changes_nothing(demo, place):
    before = Place.objects.get(pk=place.pk).directory_version
    report = demo_service.demo_load(
        plan=PLAN, folder=settings.DEMO_FIXTURES, as_of=date(2026, 12, 1), password=PASSWORD
    )
    assert report == {**demo, "state": "unchanged"}
    place.refresh_from_db()
    assert place.directory_version == before


def test_every_account_can_sign_in_and_nobody_else(place):
    request = RequestFactory().post("/login/")
    for role in DEMO_ROLES:
        user = authenticate(request, username=f"{SLUG}.{role}", password=PASSWORD)
        assert user is not None, role
        assert user.is_staff is False
        held = Appointment.objects.filter(person=user, until__isnull=True).exists()
        assert held != role.startswith("resident")
    others = User.objects.filter(place=place).exclude(username__in=[f"{SLUG}.{role}" for role in DEMO_ROLES])
    assert others.count() > 800
    assert all(not user.has_usable_password() for user in others.iterator())


def test_a_new_password_reaches_the_accounts(place):
    demo_service.demo_load(plan=PLAN, folder=settings.DEMO_FIXTURES, as_of=AS_OF, password="another password")
    user = User.objects.get(username=f"{SLUG}.official")
    assert user.check_password("another password")


def test_demo_accounts_find_work(place):
    for role in (
        "grid-leader",
        "grid-leader-2",
        "grid-leader-3",
        "patroller",
        "party-secretary",
        "department",
    ):
        user = User.objects.get(username=f"{SLUG}.{role}")
        mine = Case.objects.for_user(user, "mine").filter(projection="full")
        assert mine.filter(status__in=Case.PENDING_STATUSES).exists(), role
    leader, neighbour, stranger = (
        User.objects.get(username=f"{SLUG}.{role}")
        for role in ("grid-leader", "grid-leader-2", "grid-leader-3")
    )
    own = Case.objects.for_user(leader, "mine").filter(
        projection="full", about="none", is_sensitive=False, confidential=False, outcome="inside"
    )
    for case in own[:20]:
        assert Case.objects.for_user(neighbour).get(pk=case.pk).projection == "deidentified"
        seen = Case.objects.for_user(stranger).filter(pk=case.pk).first()
        assert (seen.projection if seen else None) == ("public" if case.is_published else None)


def test_statuses_are_what_the_events_led_to(place):
    events: dict[int, list[Event]] = {}
    for event in Event.objects.filter(case__place=place):
        events.setdefault(event.case_id, []).append(event)
    statuses = Counter()
    for case in Case.objects.filter(place=place):
        own = events[case.pk]
        assert own[0].kind == "filed"
        assert own[0].at == case.received_at
        assert [e.at for e in own] == sorted(e.at for e in own)
        assert own[-1].at < MIDNIGHT
        status = "received"
        for event in own[1:]:
            if event.kind == "assigned":
                status = event.to_status
                continue
            assert event.kind == "me-too" or event.from_status == status
            transition = workflow.ACTIONS[event.kind]
            assert event.visibility == transition.visibility
            status = workflow.apply(status, event.kind)
            assert event.to_status == status
        assert case.status == status
        assert (case.closed_at is not None) == (status in ("closed", "declined"))
        acts = [e for e in own if e.actor_id and e.kind != "filed"]
        assert all(e.actor_title for e in acts)
        statuses[status] += 1
    assert statuses["closed"] > 2500
    assert {"assigned", "in_progress", "handled", "answered", "received"} <= statuses.keys()


def test_some_are_late(place):
    cases = Case.objects.filter(place=place)
    pending = cases.filter(status__in=Case.PENDING_STATUSES)
    overdue = pending.filter(deadline_at__lt=MIDNIGHT)
    assert 60 < pending.count() < 400
    assert 0.1 < overdue.count() / pending.count() < 0.6


def test_every_case_has_somebody_and_most_a_leader_and_the_party(place):
    cases = Case.objects.filter(place=place)
    assert not cases.filter(assignments__isnull=True).exists()
    with_leader = cases.filter(assignments__kind=Assignment.Kind.LEADER).distinct().count()
    with_party = cases.filter(assignments__kind=Assignment.Kind.PARTY_CELL).distinct().count()
    assert with_leader > 0.95 * cases.count()
    assert with_party > 0.95 * cases.count()
    assert Assignment.objects.filter(case__place=place, acting=True).exists(), "vacancies fall back"


def test_outcomes_and_clocks_of_all_sorts(place):
    cases = Case.objects.filter(place=place)
    assert set(cases.values_list("outcome", flat=True)) == {
        "inside",
        "border",
        "snapped",
        "overlap",
        "outside",
        "none",
    }
    assert cases.filter(clock_flagged=True).exists()
    assert cases.filter(location_raw__datum="gcj02").exists()
    assert cases.filter(affected__isnull=False).exists()
    assert cases.filter(began_on__isnull=False, route="topic").exists(), "long unresolved ones become topics"


def test_what_is_about_somebody_is_kept_from_them(place):
    about = Case.objects.filter(place=place).exclude(about="none")
    assert Counter(about.values_list("about", flat=True)).keys() == {
        "leader",
        "property",
        "community",
        "official",
    }
    for case in about:
        assert case.confidential
        assert not case.is_published
        named = set(Recusal.objects.filter(case=case).values_list("person_id", flat=True))
        assert named, case.about
        has = set(case.assignments.values_list("person_id", flat=True))
        assert not named & has
        acted = set(case.events.exclude(kind="filed").values_list("actor_id", flat=True))
        assert not named & acted


def test_sensitive_cases_have_no_public_projection_and_no_voices(place):
    sensitive = Case.objects.filter(place=place, is_sensitive=True)
    assert sensitive.count() > 100
    assert not Case.objects.for_user(None).filter(pk__in=sensitive).exists()
    assert not MeToo.objects.filter(case__in=sensitive).exists()
    assert not MeToo.objects.filter(case__place=place, at__gte=MIDNIGHT).exists()


def test_they_are_stored_as_intake_would_have(place):
    """Judge every fiftieth case again, by the function that intake uses, and compare all that it wrote."""
    for case in Case.objects.filter(place=place).order_by("pk")[7::50]:
        first = TriageDecision.objects.filter(case=case).order_by("pk").first()
        day = local_day_of(case.received_at, place.time_zone)
        placed = placed_again(case)
        dispatch = dispatch_case(
            placed,
            stated_category=case.category,
            received_at=case.received_at,
            urgent=case.stated["urgent"],
            danger=case.stated["danger"],
            about=case.about,
            confidential=case.stated["confidential"],
            channel=case.channel,
            began_on=case.began_on,
            earlier=Earlier(first.facts["recurrence"], first.facts["occurrences"]),
            day=day,
        )
        again = Case(text=case.text, received_at=case.received_at)
        dispatch.set_on(again)
        for name in ROUTED:
            assert getattr(again, name) == getattr(case, name), (case.pk, name)
        assert first.deadline_at == again.deadline_at
        assert first.facts == dispatch.judged.proposal.inputs
        assert first.state == "proposed"
        areas = {(row.level, row.code, row.by_span) for row in CaseArea.objects.filter(case=case)}
        assert areas == {(row.level, row.code, row.by_span) for row in dispatch.case_areas(case)}
        kept = [(a.kind, a.post_id, a.department_id, a.person_id) for a in case.assignments.order_by("pk")]
        assert kept == [(r.kind, r.post_id, r.department_id, r.person_id) for r in dispatch.plan.rows]
        receipt = case.events.get(kind="filed").data["receipt"]
        assert receipt["follow_code"] == case.follow_code
        assert receipt["id"] == case.pk
        assert receipt["triage"]["label"] == case.label


def test_recurrences_are_counted(place):
    """The drainage cluster: each case at the one building counts those before it."""
    anchor = next(c for c in CLUSTERS[SLUG] if c.shape == "unit")
    at_unit = Case.objects.filter(place=place, category=anchor.category, unit_name=f"{anchor.unit}单元")
    building = Counter(at_unit.values_list("building_code", flat=True)).most_common(1)[0][0]
    own = list(
        Case.objects.filter(place=place, category=anchor.category, building_code=building).order_by("pk")
    )
    assert len(own) >= anchor.n
    for number, case in enumerate(own):
        facts = TriageDecision.objects.filter(case=case).order_by("pk").first().facts
        declined = sum(c.status == "declined" and c.closed_at <= case.received_at for c in own[:number])
        assert facts["recurrence"] == number - declined
    assert own[-1].route == "topic", "many of them make a topic"


def test_raw_bytes_are_kept_as_long_as_those_of_other_filings(place):
    items = InboxItem.objects.filter(place=place)
    assert items.count() == Case.objects.filter(place=place, inbox_item__isnull=False).count()
    old = MIDNIGHT - timedelta(days=settings.INBOX_KEEP_DAYS)
    assert not items.filter(received_at__lt=old, raw__isnull=False).exists()
    assert not items.filter(received_at__gte=old, raw__isnull=True).exists()
    item = items.filter(raw__isnull=False).first()
    assert (
        hashlib.sha256(bytes(item.raw)).hexdigest() == item.payload_sha256 == item.taken_case.payload_sha256
    )


def test_reporters_are_apart_from_the_cases(place):
    assert Reporter.objects.filter(case__place=place).count() > 1000
    recent = Notification.objects.filter(case__place=place)
    assert recent.exists()
    assert not recent.filter(created_at__lt=MIDNIGHT - timedelta(days=15)).exists()
