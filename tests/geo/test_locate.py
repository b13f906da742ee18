import json
import math
from datetime import date

import pytest
import shapely
from django.utils.translation import override

from cases.domain.exclusion import exclusion_for
from cases.domain.profile import CasesSection
from geo import routing
from geo.domain.datum import wgs84_to_bd09, wgs84_to_gcj02
from geo.errors import InvalidInput, NotThere
from geo.models import Appointment, Area, ProfileOverride
from geo.selectors.explanation import read_sentences
from geo.selectors.locate import locate_area, locate_pin, snapshot_named, span_of
from tests.factories.places import build_place

pytestmark = pytest.mark.django_db

METRE_DEG = 1 / 111_320


@pytest.fixture
def place(db):
    return build_place()


def test_a_pin_finds_areas_building_leaders_and_party(place):
    answer = locate_pin(*place.point("g1.1.1"))
    assert answer.outcome == "inside"
    assert [area.code for area in answer.areas] == [place.code(s) for s in ("s1", "c1", "b1", "g1")]
    assert answer.building.code == place.code("g1.1")
    assert answer.unit.code == place.code("g1.1.1")
    team = {leader.post.kind: leader for leader in answer.responsible.leaders}
    assert set(team) == {"leader-cadre", "leader-police", "leader-property", "leader-volunteer"}
    assert team["leader-cadre"].holder.user_id == place.grid_leader.pk
    assert answer.responsible.party.id == place.parties["b1"].pk
    assert answer.responsible.party_head.user_id == place.secretary.pk


def test_one_query_when_fresh(place, django_assert_num_queries):
    locate_pin(*place.point("g1"))
    with django_assert_num_queries(1):
        locate_pin(*place.point("g2")).as_json(staff=True)


def test_vacancy_falls_back_and_says_so(place):
    answer = locate_pin(*place.point("g8"))
    assert [(leader.holder.user_id, leader.acting) for leader in answer.responsible.leaders] == [
        (place.deputy.pk, True)
    ]
    said = " ".join(sentence.key for sentence in answer.explanation)
    assert "vacant_deputy" in said
    assert "party_above" in said
    Appointment.objects.filter(person=place.deputy).update(until=date(2026, 1, 1))
    routing.forget()
    above = locate_pin(*place.point("g8"), day=date(2026, 6, 1)).responsible.leaders
    assert [(leader.level, leader.acting) for leader in above] == [("community", True)]


@pytest.mark.parametrize(("datum", "shift"), [("gcj02", wgs84_to_gcj02), ("bd09", wgs84_to_bd09)])
def test_offset_datums_are_converted_and_kept(place, datum, shift):
    lon, lat = place.point("g3")
    shifted = shift(lon, lat)
    answer = locate_pin(*shifted, datum=datum)
    assert answer.area.code == place.code("g3")
    assert math.hypot(answer.lon - lon, answer.lat - lat) < 1e-6 * METRE_DEG * 2
    assert (answer.raw.lon, answer.raw.lat, answer.raw.datum) == (*shifted, datum)
    assert answer.explanation[0].key == "converted"
    # Without the conversion the pin would be half a kilometre off.
    assert place.code("g3") not in locate_pin(*shifted).codes


def test_a_fix_near_the_border_is_flagged_with_its_neighbour(place):
    lon, lat = place.point("g1", 0.97, 0.5)
    answer = locate_pin(lon, lat, accuracy_m=8, pin="gps")
    assert answer.outcome == "border"
    assert [candidate.area.code for candidate in answer.location.candidates] == [place.code("g2")]
    assert answer.area.code == place.code("g1")
    for pin in ("confirmed", "building"):
        assert locate_pin(lon, lat, accuracy_m=8, pin=pin).outcome == "inside"


def test_a_fix_without_accuracy_gets_the_profiles(place):
    lon, lat = place.point("g1", 0.97, 0.5)  # 3.6 m from the border, default accuracy 10 m
    assert locate_pin(lon, lat, pin="gps").outcome == "border"
    assert locate_pin(lon, lat).outcome == "inside"


def test_a_pin_on_a_shared_border_goes_to_the_lowest_code(place):
    answer = locate_pin(*place.point("g1", 1.0, 0.5))
    assert (answer.outcome, answer.area.code) == ("inside", place.code("g1"))
    assert answer.location.is_tie
    with override("en"):
        assert "第1网格, 第2网格" in answer.as_json(staff=False)["explanation"][0]


def test_a_pin_in_a_gap_is_snapped(place):
    west, lat = place.point("g1", 0.0, 0.5)
    answer = locate_pin(west - 0.0002, lat)
    assert (answer.outcome, answer.area.code) == ("snapped", place.code("g1"))
    assert 17 < answer.location.distance_to_border_m < 19


def test_a_pin_outside_everything_stays_with_the_nearest_place(place):
    build_place("far", west=117.9, south=36.69, county="370106", with_people=False)
    answer = locate_pin(*place.outside_point())
    assert (answer.outcome, answer.snapshot.slug) == ("outside", "wuyingshan")
    assert answer.areas == ()
    assert answer.responsible.leaders == ()
    assert answer.location.candidates[0].area.code == place.code("g1")


def test_a_hole_below_a_community_is_the_communitys(place):
    Area.objects.filter(pk__in=[place.areas[s].pk for s in ("g3", "g4", "b2")]).delete()
    routing.forget()
    answer = locate_pin(*place.point("g3", 0.9, 0.5))
    assert answer.outcome == "outside"
    assert [area.code for area in answer.areas] == [place.code("s1"), place.code("c1")]
    assert [leader.holder.user_id for leader in answer.responsible.leaders] == [place.community_leader.pk]


@pytest.mark.parametrize(
    ("lon", "lat", "field"),
    [
        (math.nan, 36.69, "lon"),
        (116.97, math.inf, "lat"),
        (-math.inf, 0.0, "lon"),
        (181.0, 0.0, "lon"),
        (0.0, 91.0, "lat"),
        (True, "x", "lon"),
        (None, None, "lon"),
    ],
)
def test_what_is_no_coordinate_is_refused_by_name(place, lon, lat, field):
    with pytest.raises(InvalidInput) as caught:
        locate_pin(lon, lat)
    assert caught.value.field == field
    assert caught.value.accepted


def test_swapped_axes_are_said_by_range(place):
    lon, lat = place.point("g1")
    with pytest.raises(InvalidInput, match="swapped"):
        locate_pin(lat, lon)


def test_swapped_axes_are_said_by_place():
    boston = build_place(
        "boston", profile="plain", west=-71.06, south=42.35, county="025000", metric_srid=32619
    )
    lon, lat = boston.point("g1")
    with override("en"), pytest.raises(InvalidInput, match="swapped") as caught:
        locate_pin(lat, lon)
    assert caught.value.accepted == "lon, lat"
    assert locate_pin(lon, lat).outcome == "inside"


def test_a_pin_in_range_that_is_nobodys_either_way_is_outside(place):
    assert locate_pin(10.0, 20.0).outcome == "outside"


@pytest.mark.parametrize(("name", "value"), [("datum", "wgs72"), ("pin", "maybe"), ("accuracy_m", -1.0)])
def test_other_values_are_refused_by_name(place, name, value):
    with pytest.raises(InvalidInput) as caught:
        locate_pin(*place.point("g1"), **{name: value})
    assert caught.value.field == name


def test_places_that_overlap(place):
    build_place("another", county="370106")
    both = locate_pin(*place.point("g1"))
    assert both.snapshot.slug == "another"
    assert both.also_in == ("wuyingshan街道",)
    assert locate_pin(*place.point("g1"), place="wuyingshan").snapshot.slug == "wuyingshan"
    with pytest.raises(NotThere) as caught:
        locate_pin(*place.point("g1"), place="nowhere")
    assert caught.value.accepted == ["another", "wuyingshan"]


def test_the_place_that_covers_wins_over_the_one_that_would_snap(place):
    lon, lat = place.point("g1", 0.05, 0.5)
    build_place("another", west=lon + 0.0001, county="370106")
    answer = locate_pin(lon, lat)
    assert (answer.snapshot.slug, answer.outcome) == ("wuyingshan", "inside")


def test_without_any_place_there_is_nobody_to_ask(db):
    with pytest.raises(NotThere):
        locate_pin(116.97, 36.69)


@pytest.mark.parametrize("short", ["b1", "g1", "g1.1", "g1.1.2"])
def test_a_place_chosen_by_name(place, short):
    answer = locate_area(place.code(short))
    assert answer.outcome == "inside"
    assert answer.by_name
    assert answer.codes[:3] == tuple(place.code(s) for s in ("s1", "c1", "b1"))
    assert answer.building == (None if short in ("b1", "g1") else answer.snapshot.by_code[place.code("g1.1")])
    assert len(answer.responsible.leaders) == 4
    assert place.areas[short].geometry.contains(
        type(place.areas[short].geometry.centroid)(answer.lon, answer.lat, srid=4326)
    )
    with pytest.raises(NotThere):
        locate_area("no-such-code")


def about(place, kind, short="g1"):
    answer = locate_pin(*place.point(short))
    profile = answer.profile
    found = answer.passing_by(exclusion_for(kind, profile.section(CasesSection), profile.geo))
    return found.responsible, found


@pytest.mark.parametrize(
    ("kind", "level", "party"),
    [("leader", "community", "c1"), ("property", "community", "c1"), ("community", "subdistrict", "s1")],
)
def test_a_complaint_goes_one_level_up(place, kind, level, party):
    found, _answer = about(place, kind)
    assert {leader.level for leader in found.leaders} == {level}
    assert found.party.id == place.parties[party].pk


def test_a_complaint_about_an_official_goes_to_the_supervisor(place):
    found, answer = about(place, "official")
    assert [leader.holder.user_id for leader in found.leaders] == [place.supervisor.pk]
    assert answer.explanation
    assert "one_level_up" in {sentence.key for sentence in answer.explanation}


def test_a_complaint_never_reaches_a_person_it_names_by_another_post(place):
    director = place.posts["c1"][-2]
    assert director.kind == "community-director"
    director.appointments.update(person=place.grid_leader)
    routing.forget()
    found, _answer = about(place, "leader")
    assert place.grid_leader.pk not in [leader.holder.user_id for leader in found.leaders]
    assert [leader.level for leader in found.leaders] == ["community"]


def test_a_line_between_two_blocks_touches_both(place):
    lon, south = place.point("b1", 1.0, 0.1)
    line = shapely.LineString([(lon, south), (lon, south + 0.0005)])
    span = span_of(line, snapshot_named("wuyingshan"))
    assert span.at("block").codes == (place.code("b1"), place.code("b2"))
    assert span.at("community").codes == (place.code("c1"),)


def test_names_of_persons_are_for_staff_only(place):
    answer = locate_pin(*place.point("g1"))
    public, staff = answer.as_json(staff=False), answer.as_json(staff=True)
    names = {user.display_name for user in place.people.values()}
    assert not any(name in json.dumps(public, ensure_ascii=False) for name in names)
    assert [leader["post"] for leader in public["leaders"]] == [leader["post"] for leader in staff["leaders"]]
    assert staff["leaders"][0]["name"] == place.grid_leader.display_name
    assert staff["party_cell"]["head"] == place.secretary.display_name


def test_the_answer_has_the_contracts_members(place):
    found = locate_pin(*place.point("g1.1.1")).as_json(staff=False)
    assert {
        "outcome", "place", "generation", "areas", "building", "leaders", "party_cell", "distance_to_border_m",
        "candidates", "explanation",
    } <= set(found)  # fmt: skip
    assert set(found["areas"][0]) == {"level", "code", "name"}
    assert [area["level"] for area in found["areas"]] == ["subdistrict", "community", "block", "grid"]
    assert {"code", "name", "unit", "distance_m"} == set(found["building"])
    assert {"name", "post", "area", "acting"} <= set(found["leaders"][0])
    assert {"name", "kind", "head", "head_title"} == set(found["party_cell"])
    json.dumps(found, allow_nan=False)


def test_language_of_the_answer(place):
    Area.objects.filter(pk=place.areas["b1"].pk).update(name_en="Emerald County")
    routing.forget()
    answer = locate_pin(*place.point("g1"))
    with override("en"):
        english = answer.as_json(staff=False)
        assert english["areas"][2]["name"] == "Emerald County"
        assert english["leaders"][0]["post"] == "Grid leader (community cadre)"
        assert english["party_cell"]["head_title"] == "Secretary"
    with override("zh-hans"):
        assert answer.as_json(staff=False)["areas"][2]["name"] == "翡翠郡"
    assert answer.areas_json()[2]["name"] == "翡翠郡"


def test_a_stored_explanation_can_be_read_again(place):
    for short, dx in (("g1", 0.5), ("g1", 1.0), ("g8", 0.5), ("g2", 0.97)):
        answer = locate_pin(*place.point(short, dx), pin="gps")
        stored = json.loads(json.dumps(answer.detail()["explanation"]))
        for language in ("zh-hans", "en"):
            with override(language):
                assert read_sentences(stored) == answer.as_json(staff=False)["explanation"]


def test_the_finest_override_of_the_profile_holds(place):
    ProfileOverride.objects.create(place=place.place, area_code=place.code("c2"), profile="plain")
    routing.forget()
    assert locate_pin(*place.point("g1")).profile.key == "jinan-wuyingshan"
    assert locate_pin(*place.point("g5")).profile.key == "plain"


def test_terms_are_judged_by_the_places_own_day(place, monkeypatch):
    from datetime import UTC, datetime

    from django.utils import timezone

    Appointment.objects.filter(person=place.grid_leader_2).update(until=date(2026, 6, 2))
    routing.forget()
    # 16:30 UTC on 1 June is half past midnight on 2 June in Jinan.
    for hour, filled in ((15, True), (16, False)):
        monkeypatch.setattr(timezone, "now", lambda hour=hour: datetime(2026, 6, 1, hour, 30, tzinfo=UTC))
        leaders = locate_pin(*place.point("g3")).responsible.leaders
        assert (place.grid_leader_2.pk in [leader.holder.user_id for leader in leaders]) is filled
