"""Ledger, inbox, start page, follow code and pages of errors: each reader gets their own."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from cases.models import Case, Event, Notification
from cases.views import ledger as ledger_view
from tests.factories.cases import act, file_case
from tests.factories.places import build_place

pytestmark = pytest.mark.django_db
EN = {"Accept-Language": "en"}


@pytest.fixture
def place():
    return build_place()


@pytest.fixture
def as_():
    def signed_in(user=None):
        client = Client()
        if user is not None:
            client.force_login(user)
        return client

    return signed_in


def text_of(response):
    body = response.content.decode()
    main = body[body.index("<main") : body.index("</main>")]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def listed(response):
    return {int(pk) for pk in re.findall(r'href="/cases/(\d+)/"', response.content.decode())}


def test_ledger_lists_for_each_reader_what_they_may_see(place, as_):
    cases = [
        file_case(place, "g1"),
        file_case(place, "g3", category="noise"),
        file_case(place, "g5", category="noise"),
        file_case(place, "g1.1", place.resident, category="neighbours"),
        file_case(place, "g1", place.resident, category="unsorted", about="leader"),
    ]
    seen = {}
    for name in ("grid_leader", "grid_leader_2", "grid_leader_3", "official", "resident", ""):
        user = place.people.get(name)
        scope = "mine" if user else "public"
        expected = set(Case.objects.for_user(user, scope).values_list("pk", flat=True))
        seen[name] = listed(as_(user).get("/cases/"))
        assert seen[name] == expected, name
    assert seen[""] == {cases[0].pk}
    assert len({frozenset(found) for found in seen.values()}) >= 5


def test_public_list_shows_neither_text_of_the_reporter_nor_names(place, as_):
    file_case(place, "g1", reporter={"name": "王小明", "phone": "13912345678"})
    body = as_().get("/cases/").content.decode()
    assert "13812345678" not in body
    assert "王小明" not in body
    assert str(place.grid_leader) not in body


def test_ledger_begins_with_what_is_open_and_shows_the_rest_on_demand(place, as_):
    case = file_case(place, "g1")
    act(case, "settle", place.grid_leader, note="好了")
    act(case, "close", place.official)
    official = as_(place.official)
    assert listed(official.get("/cases/")) == set()
    assert listed(official.get("/cases/?status=all")) == {case.pk}
    assert listed(official.get("/cases/?status=closed")) == {case.pk}
    assert "Nothing open in your charge" in text_of(official.get("/cases/", headers=EN))


def test_filters_narrow_down_and_stay_chosen(place, as_):
    road, drain = file_case(place, "g1"), file_case(place, "g1", category="drainage")
    old = file_case(place, "g3")
    Case.objects.filter(pk=old.pk).update(reported_at=timezone.now() - timedelta(days=40))
    official = as_(place.official)
    page = official.get("/cases/?category=drainage")
    assert listed(page) == {drain.pk}
    assert '<option value="drainage" selected>' in page.content.decode()
    assert listed(official.get("/cases/?period=30")) == {road.pk, drain.pk}
    assert listed(official.get(f"/cases/?area={place.code('b2')}")) == {old.pk}
    grid = place.code("g3")
    page = official.get(f"/cases/?area={grid}")
    assert listed(page) == {old.pk}
    assert f'<option value="{grid}" selected>' in page.content.decode(), "a link may name what no list offers"
    assert listed(official.get("/cases/?q=坑洼&category=road&period=7")) == {road.pk}


def test_overdue_only(place, as_):
    late, _intime = file_case(place, "g1"), file_case(place, "g1")
    Case.objects.filter(pk=late.pk).update(deadline_at=timezone.now() - timedelta(hours=5))
    page = as_(place.official).get("/cases/?overdue=1", headers=EN)
    assert listed(page) == {late.pk}
    assert "overdue by 5 hours" in text_of(page)


@pytest.mark.parametrize(
    "query", ["status=lost", "since=soon", "period=8", "scope=all", "after=xx", "bbox=1,2", "sort=best"]
)
def test_wrong_filter_gets_words_and_keeps_the_others(place, as_, query):
    page = as_(place.official).get(f"/cases/?category=road&{query}")
    assert page.status_code == 400
    body = page.content.decode()
    assert 'role="alert"' in body
    assert '<option value="road" selected>' in body


def test_pages_follow_one_another_without_gap_or_repetition(place, as_, monkeypatch):
    monkeypatch.setattr(ledger_view, "PAGE_ROWS", 3)
    expected = [file_case(place, "g1").pk for _ in range(8)][::-1]
    official, url, found = as_(place.official), "/cases/?category=road", []
    for _page in range(5):
        page = official.get(url)
        body = page.content.decode()
        found += [int(pk) for pk in re.findall(r'href="/cases/(\d+)/"', body)]
        following = re.search(r'href="(\?[^"]+)" rel="next"', body)
        if following is None:
            break
        assert "category=road" in following.group(1)
        url = "/cases/" + following.group(1).replace("&amp;", "&")
    assert found == expected


def headings(body):
    """Return the heads of columns that sort: how each stands, and where its link leads."""
    found = re.findall(r'<th scope="col" aria-sort="(\w+)"><a class="ledger__sort" href="([^"]+)">', body)
    return {
        re.search(r"sort=-?(\w+)", url).group(1): (state, url.replace("&amp;", "&")) for state, url in found
    }


def test_heads_of_columns_sort_keep_the_filters_and_say_how_the_list_stands(place, as_, monkeypatch):
    monkeypatch.setattr(ledger_view, "PAGE_ROWS", 3)
    cases = [file_case(place, "g1") for _ in range(5)]
    file_case(place, "g1", category="drainage")
    hours = (7, 1, 9, 3, 5)
    for case, left in zip(cases, hours, strict=True):
        Case.objects.filter(pk=case.pk).update(deadline_at=timezone.now() + timedelta(hours=left))
    official = as_(place.official)
    start = official.get("/cases/?category=road&status=all&period=30").content.decode()
    heads = headings(start)
    assert {column: state for column, (state, _url) in heads.items()} == {
        "status": "none",
        "deadline": "none",
        "reported": "descending",
    }
    found, url = [], "/cases/" + heads["deadline"][1]
    while url:
        body = official.get(url).content.decode()
        assert 'value="road" selected' in body
        assert 'value="30" selected' in body
        assert 'value="deadline" selected' in body
        assert headings(body)["deadline"][0] == "ascending"
        assert headings(body)["reported"][0] == "none"
        assert "after=" not in "".join(url for _state, url in headings(body).values()), (
            "from the beginning again"
        )
        found += [int(pk) for pk in re.findall(r'href="/cases/(\d+)/"', body)]
        following = re.search(r'href="(\?[^"]+)" rel="next"', body)
        url = "/cases/" + following.group(1).replace("&amp;", "&") if following else ""
    pressing = [case.pk for _left, case in sorted(zip(hours, cases, strict=True), key=lambda pair: pair[0])]
    assert found == pressing
    other_way = official.get("/cases/" + headings(body)["deadline"][1]).content.decode()
    assert headings(other_way)["deadline"][0] == "descending"
    assert [int(pk) for pk in re.findall(r'href="/cases/(\d+)/"', other_way)] == pressing[::-1][:3]


def test_ledger_of_what_is_mine_to_work_on(place, as_):
    mine = file_case(place, "g1")
    file_case(place, "g3", category="noise")
    leader = as_(place.grid_leader)
    assert len(listed(leader.get("/cases/"))) == 2
    page = leader.get("/cases/?scope=in_charge")
    assert listed(page) == {mine.pk}
    assert '<option value="in_charge" selected>' in page.content.decode()
    assert 'value="in_charge"' not in as_(place.resident).get("/cases/").content.decode()


def test_number_of_statements_is_that_of_one_row(place, as_, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    official = as_(place.official)
    file_case(place, "g1")
    official.get("/cases/")
    with CaptureQueriesContext(connection) as few:
        official.get("/cases/")
    for _ in range(12):
        file_case(place, "g1")
    with django_assert_num_queries(len(few)):
        official.get("/cases/")
    assert len(few) <= 10


def test_inbox_tells_counts_and_forgets_nothing(place, as_):
    first, second = file_case(place, "g1"), file_case(place, "g1", category="drainage")
    leader = as_(place.grid_leader)
    page = leader.get("/inbox/")
    assert listed(page) == {first.pk, second.pk}
    assert page.content.decode().count("notice is-unread") == 2
    header = page.content.decode().partition("<main")[0]
    assert re.search(r'href="/inbox/".*?chip--count">2<', header, re.S)
    newest = Notification.objects.filter(person=place.grid_leader).latest("pk").pk
    third = file_case(place, "g1", category="parking")
    leader.post("/inbox/read/", {"up_to": newest})
    page = leader.get("/inbox/")
    assert listed(page) == {first.pk, second.pk, third.pk}
    assert page.content.decode().count("notice is-unread") == 1


def test_inbox_is_ones_own(place, as_):
    file_case(place, "g1")
    others = Notification.objects.exclude(person=place.grid_leader_3).filter(read_at=None)
    before = others.count()
    as_(place.grid_leader_3).post("/inbox/read/", {})
    assert others.count() == before
    assert listed(as_(place.grid_leader_3).get("/inbox/")) == set()
    assert as_().get("/inbox/").status_code == 302


def test_inbox_line_of_a_case_that_moved_on_tells_nothing_of_it(place, as_):
    case = file_case(place, "g1", category="noise")
    act(case, "relocate", place.official, place_code=place.code("b4"))
    page = as_(place.grid_leader).get("/inbox/", headers=EN)
    assert listed(page) == set()
    assert "no longer in your charge" in text_of(page)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"came": 3, "went": 1}, "3 cases came to you, 1 case went to others"),
        ({"came": 0, "went": 2}, "2 cases went to others"),
        ({"came": 1, "went": 0}, "1 case came to you"),
    ],
)
def test_inbox_line_after_a_change_of_boundaries_says_how_many_came_and_went(place, as_, data, words):
    Notification.objects.create(
        person=place.grid_leader, kind="reroute", data={"generation": "2", **data}, created_at=timezone.now()
    )
    said = text_of(as_(place.grid_leader).get("/inbox/", headers=EN))
    assert words in said
    assert ("came to you" in said) == bool(data["came"])
    assert ("went to others" in said) == bool(data["went"])
    assert "no longer in your charge" not in said


@pytest.mark.parametrize(
    ("who", "to"),
    [
        ("patroller", "/patrol/"),
        ("grid_leader", "/cases/"),
        ("official", "/cases/"),
        ("department", "/cases/"),
        ("resident", "/cases/"),
        ("administrator", "/cases/"),
    ],
)
def test_start_page_is_the_work_of_ones_post(place, as_, who, to):
    answer = as_(place.people[who]).get("/")
    assert (answer.status_code, answer["Location"]) == (302, to)


def test_start_page_is_the_inbox_while_something_is_unread(place, as_):
    file_case(place, "g1")
    assert as_(place.grid_leader).get("/")["Location"] == "/inbox/"


def test_start_page_of_everybody_else_says_what_this_is(place, as_):
    page = as_().get("/")
    assert page.status_code == 200
    body = page.content.decode()
    assert 'action="/follow/"' in body
    assert "/login/" in body
    assert 'href="tel:119"' in body


def test_follow_code_shows_the_public_steps_and_not_what_was_said(place, as_):
    case = file_case(place, "g1.1", place.resident, reporter={"name": "王小明", "phone": "13912345678"})
    act(case, "note", place.grid_leader, note="内部的话")
    act(case, "settle", place.grid_leader, note="已填平")
    typed = case.follow_code.replace("-", " ").lower()
    answer = as_().get("/follow/", {"code": f" {typed} "})
    assert answer["Location"] == f"/follow/{case.follow_code}/"
    page = as_().get(answer["Location"])
    body = page.content.decode()
    assert case.number in body
    for hidden in ("坑洼", "王小明", "13912345678", "内部的话", str(place.grid_leader)):
        assert hidden not in body
    assert Event.objects.filter(case=case, kind="settle").exists()
    assert page["Cache-Control"] == "private, no-cache"


def test_wrong_follow_code_comes_back_into_its_field(place, as_):
    page = as_().get("/follow/ABCD-2345-WXYZ/")
    assert page.status_code == 404
    body = page.content.decode()
    assert 'value="ABCD-2345-WXYZ"' in body
    assert 'aria-invalid="true"' in body


def test_follow_codes_cannot_be_tried_out(place, as_, monkeypatch):
    from geo.permissions import AnonymousThrottle

    monkeypatch.setattr(AnonymousThrottle, "get_rate", lambda self: "5/minute")
    answers = [as_().get(f"/follow/ABCD-2345-WX{n:02d}/").status_code for n in range(8)]
    assert answers == [404] * 5 + [429] * 3


def test_pages_of_errors_speak(place, as_, client):
    missing = as_().get("/no/such/page/", headers=EN)
    assert missing.status_code == 404
    assert "There is nothing here for you" in text_of(missing)
    assert 'href="/follow/"' in missing.content.decode()
    case = file_case(place, "g1")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(place.grid_leader)
    refused = strict.post(f"/cases/{case.pk}/accept/", {}, headers=EN)
    assert refused.status_code == 403
    assert "nothing was sent" in text_of(refused)
    case.refresh_from_db()
    assert case.status == "assigned"


def test_page_of_a_broken_server_stands_without_database_or_request(django_assert_num_queries):
    from django.template.loader import get_template

    with django_assert_num_queries(0):
        body = get_template("500.html").render()
    assert "110" in body
    assert '<link rel="stylesheet"' in body


INLINE = re.compile(
    r"""<[^>]+\s(?:style|on[a-z]+)=["']|<style|<script(?![^>]*(?:\ssrc=|type="application/json"))"""
)


def test_no_page_needs_what_the_strict_policy_forbids(place, as_):
    case = file_case(place, "g1.1", place.resident)
    paths = [
        "/",
        "/follow/",
        f"/follow/{case.follow_code}/",
        "/cases/",
        f"/cases/{case.pk}/",
        "/inbox/",
        "/nothing/",
    ]
    for user in (None, place.grid_leader, place.official, place.resident):
        for path in paths:
            page = as_(user).get(path, follow=True)
            found = INLINE.search(page.content.decode())
            assert found is None, (path, found and found.group())
            assert "unsafe-inline" not in page["Content-Security-Policy"]
