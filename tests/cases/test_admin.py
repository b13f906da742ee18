"""Administration of cases: looked up by administrators, changed by nobody; holidays edited with their rules."""

from datetime import date

import pytest
from django.urls import reverse

from cases.errors import InvalidPayload
from cases.models import Case, Holiday, InboxItem
from tests.factories.cases import act, file_case, receipt_of
from tests.factories.places import build_place

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return build_place()


@pytest.fixture
def admin_client(client, place):
    client.force_login(place.administrator)
    return client


def test_every_page_opens_and_none_can_be_changed(place, admin_client):
    case = file_case(place, "g1", place.patroller)
    act(case, "settle", place.grid_leader, note="已填补")
    with pytest.raises(InvalidPayload):
        receipt_of(place, accuracy_m=-1)
    Holiday.objects.create(day=date(2026, 10, 1), kind="holiday")
    for model in ("case", "inboxitem", "outboxmessage", "holiday"):
        assert admin_client.get(reverse(f"admin:cases_{model}_changelist")).status_code == 200
    page = admin_client.get(reverse("admin:cases_case_change", args=[case.pk]))
    assert page.status_code == 200
    assert "已填补" in page.content.decode()
    assert "competent-department" in page.content.decode()
    item = InboxItem.objects.get(state="kept")
    assert (
        "accuracy_m"
        in admin_client.get(reverse("admin:cases_inboxitem_change", args=[item.pk])).content.decode()
    )
    refused = admin_client.post(reverse("admin:cases_case_change", args=[case.pk]), {"status": "closed"})
    assert refused.status_code == 403
    assert admin_client.get(reverse("admin:cases_case_add")).status_code == 403
    assert (
        admin_client.post(reverse("admin:cases_case_delete", args=[case.pk]), {"post": "yes"}).status_code
        == 403
    )
    assert Case.objects.get().status == "handled"


def test_officials_do_not_look_cases_up_past_the_predicate(place, client):
    client.force_login(place.official)
    for model in ("case", "inboxitem", "holiday"):
        assert client.get(reverse(f"admin:cases_{model}_changelist")).status_code in (302, 403)


def test_holidays_are_edited_with_their_rules(admin_client):
    add = reverse("admin:cases_holiday_add")
    assert (
        admin_client.post(add, {"day": "2031-05-01", "kind": "holiday", "name": "劳动节"}).status_code == 302
    )
    row = Holiday.objects.get()
    again = admin_client.post(add, {"day": "2031-05-01", "kind": "holiday"})
    assert again.status_code == 200
    assert "day" in again.context["adminform"].form.errors
    weekday = admin_client.post(add, {"day": "2031-05-06", "kind": "workday"})
    assert "kind" in weekday.context["adminform"].form.errors
    change = reverse("admin:cases_holiday_change", args=[row.pk])
    assert (
        admin_client.post(change, {"day": "2031-05-03", "kind": "workday", "name": "调休"}).status_code == 302
    )
    row.refresh_from_db()
    assert (row.day, row.kind, row.name) == (date(2031, 5, 3), "workday", "调休")
    delete = reverse("admin:cases_holiday_delete", args=[row.pk])
    assert admin_client.post(delete, {"post": "yes"}).status_code == 302
    assert not Holiday.objects.exists()
