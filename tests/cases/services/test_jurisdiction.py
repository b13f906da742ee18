"""Who is competent where: a jurisdiction says more than the category does, and triage hears it."""

import pytest

from cases.models import TriageDecision
from geo.models import Department, Jurisdiction
from geo.services.versions import directory_changed
from tests.factories.cases import file_case
from tests.factories.places import build_place

pytestmark = pytest.mark.django_db


def subdistrict_keeps_up(place, short, category="road"):
    office, _ = Department.objects.get_or_create(
        place=place.place, code="subdistrict_office", defaults={"name": "街道办事处", "kind": "government"}
    )
    Jurisdiction.objects.create(department=office, category=category, area_code=place.code(short))
    directory_changed(place_id=place.place.pk)


def decision_at(place, short, **stated):
    return TriageDecision.objects.get(case=file_case(place, short, **stated))


def test_a_road_that_the_subdistrict_keeps_up_is_the_subdistricts_matter_there_and_only_there():
    place = build_place()
    subdistrict_keeps_up(place, "b1")
    inside, elsewhere = decision_at(place, "g1"), decision_at(place, "g3")
    assert (inside.rule, inside.facts["authority"], inside.facts["authority_tier"]) == (
        "subdistrict-matter",
        "subdistrict_office",
        "subdistrict",
    )
    assert (elsewhere.rule, elsewhere.facts["authority"]) == ("competent-department", "municipal_works")


def test_a_firm_that_is_no_authority_leaves_the_categorys_own():
    place = build_place()
    firm = Department.objects.create(place=place.place, code="firm-of-b1", name="某物业", kind="property")
    Jurisdiction.objects.create(department=firm, category="road", area_code=place.code("b1"))
    directory_changed(place_id=place.place.pk)
    assert decision_at(place, "g1").facts["authority"] == "municipal_works"


def test_several_competent_departments_leave_the_categorys_own_and_are_counted():
    place = build_place()
    subdistrict_keeps_up(place, "b1")
    police = Department.objects.create(place=place.place, code="police", name="派出所", kind="government")
    Jurisdiction.objects.create(department=police, category="road", area_code=place.code("b1"))
    directory_changed(place_id=place.place.pk)
    found = decision_at(place, "g1")
    assert (found.facts["authority"], found.facts["departments"]) == ("municipal_works", 2)
    assert found.rule == "several-departments"


@pytest.mark.parametrize(
    ("profile", "rule", "label"),
    [("chongqing-wujiaoting", "major-managed", "major"), ("yanji-minfu", "subdistrict-matter", "request")],
)
def test_other_places_hear_it_by_their_own_rules(profile, rule, label):
    place = build_place("town", profile=profile)
    subdistrict_keeps_up(place, "b1")
    found = decision_at(place, "g1")
    assert (found.rule, found.label) == (rule, f"{profile}/{label}")
