from datetime import date, timedelta

import pytest
from django.contrib.gis.geos import LineString
from django.db import transaction
from django.utils.translation import override

from geo import routing
from geo.errors import Conflict, GridcaseError, InvalidInput, NotThere
from geo.models import Appointment, Jurisdiction, PartyOrganisation, Place, Post
from geo.selectors.clock import local_day
from geo.selectors.locate import locate_pin
from geo.services import organisations, places, staffing
from geo.services.post_checks import check_post
from tests.factories.places import build_place

pytestmark = pytest.mark.django_db
TODAY = local_day("Asia/Shanghai")


@pytest.fixture
def place(db):
    return build_place()


def version(place):
    return Place.objects.values_list("directory_version", flat=True).get(pk=place.place.pk)


def leaders(place, short):
    return [leader.holder.user_id for leader in locate_pin(*place.point(short)).responsible.leaders]


def test_an_appointment_is_in_force_at_the_next_question(place):
    vacant = next(post for post in place.posts["b4"] if post.kind == "leader-elected")
    assert leaders(place, "g8") == [place.deputy.pk]
    staffing.appointment_begin(post_id=vacant.pk, person_id=place.resident.pk)
    assert leaders(place, "g8") == [place.resident.pk]


def test_an_appointment_ends_at_once(place):
    held = Appointment.objects.get(person=place.grid_leader_2)
    staffing.appointment_end(appointment_id=held.pk)
    assert place.grid_leader_2.pk not in leaders(place, "g3")
    held.refresh_from_db()
    assert held.until == TODAY


def test_an_appointment_can_be_set_ahead(place):
    vacant = next(post for post in place.posts["b4"] if post.kind == "leader-elected")
    staffing.appointment_begin(
        post_id=vacant.pk, person_id=place.resident.pk, since=TODAY + timedelta(days=1)
    )
    assert leaders(place, "g8") == [place.deputy.pk]
    tomorrow = locate_pin(*place.point("g8"), day=TODAY + timedelta(days=1))
    assert [leader.holder.user_id for leader in tomorrow.responsible.leaders] == [place.resident.pk]


@pytest.mark.parametrize(
    ("since", "until", "error"),
    [
        (date(2026, 1, 1), date(2026, 1, 1), InvalidInput),
        (date(2026, 1, 2), date(2026, 1, 1), InvalidInput),
        (date(2019, 1, 1), date(2020, 1, 2), Conflict),
        (date(2026, 1, 1), None, Conflict),
        (date(2019, 1, 1), date(2020, 1, 1), None),
    ],
)
def test_terms_of_one_post_do_not_overlap(place, since, until, error):
    post = Appointment.objects.get(person=place.grid_leader_2).post  # held since 2020-01-01, open end
    before = version(place)
    if error is None:
        staffing.appointment_begin(post_id=post.pk, person_id=place.resident.pk, since=since, until=until)
        assert version(place) > before
        return
    with pytest.raises(error):
        staffing.appointment_begin(post_id=post.pk, person_id=place.resident.pk, since=since, until=until)
    assert version(place) == before


def test_who_cannot_be_appointed(place):
    vacant = next(post for post in place.posts["b4"] if post.kind == "leader-elected")
    stranger = build_place("other", west=117.5).people["resident"]
    with override("en"), pytest.raises(InvalidInput, match="another place"):
        staffing.appointment_begin(post_id=vacant.pk, person_id=stranger.pk)
    place.resident.is_active = False
    place.resident.save()
    with pytest.raises(InvalidInput):
        staffing.appointment_begin(post_id=vacant.pk, person_id=place.resident.pk)
    with pytest.raises(NotThere):
        staffing.appointment_begin(post_id=vacant.pk, person_id=0)


def test_only_a_term_that_has_not_begun_is_removed(place):
    held = Appointment.objects.get(person=place.grid_leader_2)
    with pytest.raises(Conflict):
        staffing.appointment_remove(appointment_id=held.pk)
    vacant = next(post for post in place.posts["b4"] if post.kind == "leader-elected")
    mistaken = staffing.appointment_begin(post_id=vacant.pk, person_id=place.resident.pk)
    staffing.appointment_remove(appointment_id=mistaken.pk)
    assert leaders(place, "g8") == [place.deputy.pk]


def test_every_post_of_the_factory_passes_the_checks(place):
    for post in Post.objects.all():
        Post.objects.filter(pk=post.pk).update(kind=post.kind)
        check_post(post)


@pytest.mark.parametrize(
    ("values", "error", "field"),
    [
        ({"kind": "wizard", "area_code": "370105001001B1"}, InvalidInput, "kind"),
        ({"kind": "deputy-leader"}, InvalidInput, "area_code"),
        ({"kind": "deputy-leader", "area_code": "370105001001"}, InvalidInput, "area_code"),
        ({"kind": "deputy-leader", "area_code": "nowhere"}, InvalidInput, "area_code"),
        ({"kind": "leader-elected", "area_code": "370105001001B1"}, InvalidInput, "area_code"),
        ({"kind": "leader-cadre", "area_code": "370105001001B1"}, Conflict, "kind"),
        ({"kind": "branch-secretary", "area_code": "370105001001B1"}, InvalidInput, "party_organisation"),
        ({"kind": "patroller-full-time", "party_organisation_id": 0}, NotThere, "party_organisation"),
        ({"kind": "department-officer", "department_id": 0}, NotThere, "department"),
        (
            {
                "kind": "patroller-full-time",
                "area_code": "370105001001001",
                "lane": LineString((116.97, 36.69), (116.971, 36.69), srid=4326),
            },
            InvalidInput,
            "lane",
        ),
    ],
)
def test_posts_that_cannot_be(place, values, error, field):
    before, count = version(place), Post.objects.count()
    with pytest.raises(error) as caught:
        staffing.post_create(place_id=place.place.pk, **values)
    assert caught.value.field == field
    assert (version(place), Post.objects.count()) == (before, count)


def test_a_post_needs_exactly_one_place(place):
    with pytest.raises(InvalidInput) as caught:
        staffing.post_create(
            place_id=place.place.pk,
            kind="deputy-leader",
            area_code=place.code("b1"),
            department_id=place.departments["sewer"].pk,
        )
    assert caught.value.field == "area_code"


def test_a_party_post_must_be_of_its_kind(place):
    with pytest.raises(InvalidInput) as caught:
        staffing.post_create(
            place_id=place.place.pk, kind="branch-secretary", party_organisation_id=place.parties["c1"].pk
        )
    assert caught.value.field == "party_organisation"


def test_a_department_post_must_be_one(place):
    with pytest.raises(InvalidInput) as caught:
        staffing.post_create(
            place_id=place.place.pk, kind="planner", department_id=place.departments["sewer"].pk
        )
    assert caught.value.field == "kind"


def test_a_new_deputy_acts(place):
    Appointment.objects.filter(person=place.deputy).delete()
    Post.objects.filter(kind="deputy-leader").delete()
    post = staffing.post_create(place_id=place.place.pk, kind="deputy-leader", area_code=place.code("b4"))
    staffing.appointment_begin(post_id=post.pk, person_id=place.resident.pk)
    assert leaders(place, "g8") == [place.resident.pk]


def test_a_post_that_was_held_is_not_removed(place):
    post = place.posts["b1"][1]
    with pytest.raises(Conflict):
        staffing.post_remove(post_id=post.pk)
    vacant = next(post for post in place.posts["b4"] if post.kind == "leader-elected")
    staffing.post_remove(post_id=vacant.pk)
    assert not Post.objects.filter(pk=vacant.pk).exists()


def test_changes_of_organisations_are_seen_at_once(place):
    at = place.point("g8")
    branch = organisations.party_organisation_create(
        place_id=place.place.pk,
        kind="grid-branch",
        name="青年居易网格党支部",
        area_code=place.code("b4"),
        parent_id=place.parties["c2"].pk,
    )
    assert locate_pin(*at).responsible.party.id == branch.pk
    organisations.party_organisation_update(party_id=branch.pk, name="新名", area_code=place.code("b4"))
    assert locate_pin(*at).responsible.party.names.zh == "新名"
    organisations.party_organisation_remove(party_id=branch.pk)
    assert locate_pin(*at).responsible.party.id == place.parties["c2"].pk


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": "lodge"}, "kind"),
        ({"kind": "grid-branch", "area_code": "370105001001"}, "area_code"),
        ({"kind": "grid-branch", "area_code": "nowhere"}, "area_code"),
        ({"kind": "grid-branch", "parent_id": 0}, "parent"),
    ],
)
def test_party_organisations_that_cannot_be(place, values, field):
    with pytest.raises(GridcaseError) as caught:
        organisations.party_organisation_create(place_id=place.place.pk, name="x", **values)
    assert caught.value.field == field


def test_a_parent_of_the_same_level_is_refused(place):
    with pytest.raises(InvalidInput) as caught:
        organisations.party_organisation_update(
            party_id=place.parties["b1"].pk,
            name="x",
            area_code=place.code("b1"),
            parent_id=place.parties["b2"].pk,
        )
    assert caught.value.field == "parent"


def test_an_organisation_in_use_is_not_removed(place):
    with pytest.raises(Conflict):
        organisations.party_organisation_remove(party_id=place.parties["b1"].pk)
    Post.objects.filter(party_organisation=place.parties["c1"]).delete()
    with pytest.raises(Conflict):
        organisations.party_organisation_remove(party_id=place.parties["c1"].pk)
    assert PartyOrganisation.objects.filter(pk=place.parties["c1"].pk).exists()
    with pytest.raises(Conflict):
        organisations.department_remove(department_id=place.departments["sewer"].pk)


def competent(place, category, short="g1"):
    answer = locate_pin(*place.point(short))
    return [d.code for d in answer.snapshot.directory.competent(category, "", answer.codes)]


def test_departments_and_jurisdictions(place):
    assert competent(place, "drainage") == ["sewer"]
    local = organisations.department_create(place_id=place.place.pk, code="local-sewer", name="社区排水站")
    organisations.jurisdiction_add(department_id=local.pk, category="drainage", area_code=place.code("c1"))
    assert competent(place, "drainage") == ["local-sewer"]
    assert competent(place, "drainage", "g5") == ["sewer"]
    with pytest.raises(Conflict):
        organisations.jurisdiction_add(
            department_id=local.pk, category="drainage", area_code=place.code("c1")
        )
    with pytest.raises(InvalidInput):
        organisations.jurisdiction_add(department_id=local.pk, category="drainage", area_code="nowhere")
    organisations.jurisdiction_remove(jurisdiction_id=Jurisdiction.objects.get(department=local).pk)
    assert competent(place, "drainage") == ["sewer"]
    organisations.department_update(department_id=local.pk, name="排水站", off_area=True)
    organisations.department_remove(department_id=local.pk)
    with pytest.raises(Conflict):
        organisations.department_create(place_id=place.place.pk, code="sewer", name="x")


def test_another_profile_below_an_area(place):
    override = places.profile_override_set(
        place_id=place.place.pk, area_code=place.code("c2"), profile="plain"
    )
    assert locate_pin(*place.point("g5")).profile.key == "plain"
    places.profile_override_remove(override_id=override.pk)
    assert locate_pin(*place.point("g5")).profile.key == "jinan-wuyingshan"
    with pytest.raises(InvalidInput) as caught:
        places.profile_override_set(place_id=place.place.pk, area_code=place.code("c2"), profile="base")
    assert caught.value.accepted


GOOD = {"slug": "new", "name": "新", "profile": "plain", "metric_srid": 4548}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"profile": "nowhere"}, "profile"),
        ({"metric_srid": 4326}, "metric_crs"),
        ({"metric_srid": 99999}, "metric_crs"),
        ({"time_zone": "Asia/Jinan"}, "time_zone"),
        ({"time_zone": "../etc/passwd"}, "time_zone"),
        ({"county_code": "37010"}, "county_code"),
        ({"slug": "wuyingshan"}, "slug"),
    ],
)
def test_places_that_cannot_be(place, changes, field):
    with pytest.raises(GridcaseError) as caught:
        places.place_create(**{**GOOD, **changes})
    assert caught.value.field == field


SETTINGS = {
    "name": "改名街道",
    "name_en": "",
    "profile": "jinan-wuyingshan",
    "metric_srid": 4548,
    "time_zone": "Asia/Urumqi",
    "county_code": "370105",
}


def test_changed_settings_of_a_place_hold_at_once(place):
    before = routing.snapshot_of(place.place.pk)
    places.place_update(place_id=place.place.pk, **SETTINGS)
    after = routing.snapshot_of(place.place.pk)
    assert (after.name, after.time_zone) == ("改名街道", "Asia/Urumqi")
    assert after.index is before.index
    places.place_update(place_id=place.place.pk, **{**SETTINGS, "metric_srid": 32650})
    assert routing.snapshot_of(place.place.pk).index.metric_crs == 32650


def test_a_profile_that_cannot_hold_the_boundaries_is_refused(place):
    with pytest.raises(InvalidInput) as caught:
        places.place_update(place_id=place.place.pk, **{**SETTINGS, "profile": "plain"})
    assert caught.value.field == "level"
    assert locate_pin(*place.point("g1")).profile.key == "jinan-wuyingshan"


def test_boundaries_that_no_process_can_load_are_no_fault_of_who_asks(place):
    Place.objects.filter(pk=place.place.pk).update(profile="plain")
    routing.forget()
    with pytest.raises(RuntimeError, match="wuyingshan cannot be routed: subdistrict"):
        locate_pin(*place.point("g1"))


def test_a_version_number_is_not_used_twice_after_a_rollback(place):
    class UndoError(Exception):
        pass

    def undone_change():
        with transaction.atomic():
            organisations.department_update(department_id=place.departments["sewer"].pk, name="x")
            read.append(version(place))
            raise UndoError

    read = []
    for _round in range(2):
        with pytest.raises(UndoError):
            undone_change()
    assert read[0] != read[1]
