"""The places of the five systems, from a drawn fault to those who have it: one engine, their own words."""

import pytest

from cases.models import Assignment, TriageDecision
from geo import profiles, routing
from geo.services.places import profile_override_set
from tests.factories.cases import file_case
from tests.factories.places import build_place

pytestmark = pytest.mark.django_db

STORY_5 = {
    "chongqing-wujiaoting": ["minor", "minor", "major"],
    "jinan-wuyingshan": ["request", "community-topic", "subdistrict-topic"],
    "shenyang-yuhong": ["block-affair", "block-affair", "division"],
    "yanji-minfu": ["request", "joint-forum", "call-out"],
    "yichang": ["micro", "minor", "major"],
}
PLACES = sorted(STORY_5)


def drawn(place, first, last, category="parking", **stated):
    """File a fault drawn as a line along the street from one grid to another."""
    line = [list(place.point(first, 0.4, 0.95)), list(place.point(last, 0.6, 0.95))]
    return file_case(
        place, first, category=category, location=None, pin=None,
        affected={"type": "LineString", "coordinates": line}, **stated,
    )  # fmt: skip


def label_of(case):
    return case.label.partition("/")[2]


@pytest.mark.parametrize("profile", PLACES)
def test_story_5_the_same_fault_within_a_block_across_blocks_across_communities(profile):
    place = build_place("town", profile=profile)
    cases = [drawn(place, "g1", "g1"), drawn(place, "g1", "g3"), drawn(place, "g3", "g6")]
    assert [label_of(case) for case in cases] == STORY_5[profile]
    facts = [TriageDecision.objects.get(case=case).facts for case in cases]
    assert [(fact["blocks"], fact["communities"]) for fact in facts] == [(1, 1), (2, 1), (2, 2)]


@pytest.mark.parametrize("profile", PLACES)
def test_a_pin_reaches_leaders_and_the_nearest_party_organisation(profile):
    place = build_place("town", profile=profile)
    geo = profiles.resolve(profile).geo
    case = file_case(place, "g1")
    rows = Assignment.objects.filter(case=case)
    leaders = {row.post.kind for row in rows if row.kind == "leader"}
    enclosure = place.areas["b1"].enclosure
    level = "grid" if geo.leading_posts("grid") else "block"
    assert leaders == {post.key for post in geo.leading_posts(level, enclosure)}
    answering = [kind for kind in geo.party_kinds if kind.answers]
    finest = max(answering, key=lambda kind: geo.level_keys.index(kind.level))
    assert [row.party_organisation.kind for row in rows if row.kind == "party_cell"] == [finest.key]


@pytest.mark.parametrize("profile", PLACES)
def test_a_complaint_about_an_official_passes_by_everybody_below_the_receiver(profile):
    place = build_place("town", profile=profile)
    case = file_case(place, "g1", about="official", category="conduct")
    rows = Assignment.objects.filter(case=case)
    receivers = {"shenyang-yuhong": "district-supervisor", "yichang": "district-supervisor"}
    assert {row.post.kind for row in rows if row.kind == "leader"} == {
        receivers.get(profile, "subdistrict-supervisor")
    }
    levels = {row.party_organisation.kind for row in rows if row.kind == "party_cell"}
    assert levels <= {"working-committee"}  # no Party organisation of the community or below hears of it
    assert case.confidential


def test_colours_hold_in_one_community_of_the_district_only():
    place = build_place("town", profile="shenyang-yuhong")
    profile_override_set(place_id=place.place.pk, area_code=place.code("c1"), profile="shenyang-yuhong-yiyun")
    routing.forget()
    here, there = file_case(place, "g1", category="culture"), file_case(place, "g5", category="culture")
    assert (here.label, there.label) == ("shenyang-yuhong-yiyun/green", "shenyang-yuhong/block-affair")
    assert TriageDecision.objects.get(case=here).limit == {"key": "green", "amount": 1, "unit": "week"}
    danger = file_case(place, "g1", category="gas_leak")
    assert danger.label == "shenyang-yuhong-yiyun/emergency"


def test_residents_of_yanji_read_in_korean_who_answers(client):
    place = build_place("town", profile="yanji-minfu")
    lon, lat = place.point("g1", 0.5, 0.95)
    found = client.get("/api/v1/locate/", {"lon": lon, "lat": lat}, headers={"accept-language": "ko"}).json()
    assert [leader["post"] for leader in found["leaders"]] == ["격자 전과 사회사업일군"]
    assert found["party_cell"]["head_title"] == "서기"
    assert any("격자 전과 사회사업일군" in sentence for sentence in found["explanation"])
