"""Rows made ready before their transaction are those that the ORM would write."""

import uuid

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from geo.db.inserts import PendingRow, PendingRows
from geo.models import Appointment, Department, Jurisdiction, Place, Post, User
from tests.factories.places import build_place

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return Place.objects.get(pk=build_place().place.pk)


def test_rows_wait_for_what_they_refer_to(place):
    """A post and its appointments, all made before either is in the database."""
    post = Post(place=place, kind="official", area_code="")
    people = [User.objects.create_user(f"p{number}") for number in range(2)]
    today = timezone.now().date()
    row = PendingRow.of(post)
    rows = PendingRows.of(
        [Appointment(post=post, person=person, since=today) for person in people], waits_for=post
    )
    assert not Appointment.objects.filter(person__in=people).exists()
    with transaction.atomic():
        row.write()
        rows.write()
    assert post.pk is not None
    post.kind = "planner"
    post.save()
    kept = Appointment.objects.filter(person__in=people).order_by("pk")
    assert [(a.post_id, a.person_id, a.since) for a in kept] == [(post.pk, p.pk, today) for p in people]


def test_a_row_that_refers_to_another_keeps_it(place):
    other = Department.objects.create(place=place, code="a", name="甲")
    new = Department(place=place, code="b", name="乙")
    rows = PendingRows.of(
        [
            Jurisdiction(department=other, category="road", area_code="x"),
            Jurisdiction(department=new, category="road", area_code="y"),
        ],
        waits_for=new,
    )
    PendingRow.of(new).write()
    rows.write()
    found = Jurisdiction.objects.filter(department__in=[other, new]).values_list("department_id", "area_code")
    assert set(found) == {(other.pk, "x"), (new.pk, "y")}


def test_nothing_is_written_of_nothing(place, django_assert_num_queries):
    with django_assert_num_queries(0):
        PendingRows.of([]).write()


def test_what_is_taken_is_refused_when_it_is_written(place):
    code = uuid.uuid4().hex[:8]
    Department.objects.create(place=place, code=code, name="甲")
    row = PendingRow.of(Department(place=place, code=code, name="乙"))
    with pytest.raises(IntegrityError), transaction.atomic():
        row.write()
    assert row.instance.pk is None
