from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone
from rest_framework.authtoken.models import Token

from geo.errors import Conflict, InvalidInput, NotThere
from geo.models import Appointment, User
from geo.selectors.locate import locate_pin
from geo.services import accounts
from tests.factories.places import PASSWORD, build_place

pytestmark = pytest.mark.django_db
LOGIN, PASSWORD_PAGE = "/login/", "/password/"


@pytest.fixture
def place(db):
    return build_place()


@pytest.fixture
def page():
    return Client(headers={"Accept-Language": "en"})


def sign_in(page, username, password=PASSWORD, **more):
    return page.post(LOGIN, {"username": username, "password": password, **more})


# Services


def test_a_new_account_has_a_one_time_password(place):
    user, password = accounts.person_create(username="new.one", display_name="新人", place_id=place.place.pk)
    user.refresh_from_db()
    assert user.check_password(password)
    assert timezone.now() + timedelta(days=6) < user.one_time_password_until
    assert len(set(password) - {"-"}) > 4
    assert accounts.person_create(username="new.two")[1] != password


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"username": "wuyingshan.patroller"}, Conflict),
        ({"username": "WUYINGSHAN.Patroller"}, Conflict),
        ({"username": "a b"}, ValidationError),
        ({"username": ""}, ValidationError),
        ({"username": "x" * 151}, ValidationError),
        ({"username": "ok", "language": "tlh"}, InvalidInput),
        ({"username": "ok", "place_id": 0}, NotThere),
        ({"username": "ok", "display_name": "x" * 61}, ValidationError),
    ],
)
def test_accounts_that_cannot_be(place, values, error):
    count = User.objects.count()
    with pytest.raises(error):
        accounts.person_create(**values)
    assert User.objects.count() == count


def test_a_closed_account_leaves_its_posts_vacant(place):
    Token.objects.create(user=place.deputy)
    accounts.person_deactivate(person_id=place.deputy.pk)
    leaders = locate_pin(*place.point("g8")).responsible.leaders
    assert place.deputy.pk not in [leader.holder.user_id for leader in leaders]
    assert not Token.objects.filter(user=place.deputy).exists()
    accounts.person_activate(person_id=place.deputy.pk)
    leaders = locate_pin(*place.point("g8")).responsible.leaders
    assert [leader.holder.user_id for leader in leaders] == [place.deputy.pk]


def test_a_new_name_is_shown_at_once(place):
    accounts.person_update(
        person_id=place.deputy.pk, display_name="改名", phone="", language="", place_id=place.place.pk
    )
    answer = locate_pin(*place.point("g8")).as_json(staff=True)
    assert answer["leaders"][0]["name"] == "改名"


def test_who_has_appointments_does_not_move_to_another_place(place):
    other = build_place("other", west=117.5, county="370106", with_people=False)
    with pytest.raises(Conflict):
        accounts.person_update(
            person_id=place.deputy.pk, display_name="x", phone="", language="", place_id=other.place.pk
        )


def test_the_last_administrator_stays(place):
    with pytest.raises(Conflict):
        accounts.person_deactivate(person_id=place.administrator.pk)
    with pytest.raises(Conflict):
        accounts.administrator_set(person_id=place.administrator.pk, granted=False)
    accounts.administrator_set(person_id=place.official.pk, granted=True)
    accounts.person_deactivate(person_id=place.administrator.pk)
    with pytest.raises(Conflict):
        accounts.administrator_set(person_id=place.official.pk, granted=False)


def test_a_reset_ends_token_and_sessions(place, page):
    Token.objects.create(user=place.patroller)
    assert sign_in(page, "wuyingshan.patroller").status_code == 302
    password = accounts.password_reset(person_id=place.patroller.pk)
    assert not Token.objects.filter(user=place.patroller).exists()
    assert page.get(PASSWORD_PAGE).status_code == 302  # signed out
    assert sign_in(page, "wuyingshan.patroller").status_code == 200  # the old one is refused
    assert sign_in(page, "wuyingshan.patroller", password).status_code == 302


# Pages


def test_sign_in_and_out(place, page):
    assert page.get(LOGIN).status_code == 200
    response = sign_in(page, "wuyingshan.patroller", next="/patrol/")
    assert (response.status_code, response["Location"]) == (302, "/patrol/")
    assert page.get("/logout/").status_code == 405
    assert page.post("/logout/").status_code == 302
    assert page.get(PASSWORD_PAGE)["Location"].startswith(LOGIN)


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_sign_in_leads_to_no_other_site(place, page, target):
    response = sign_in(page, "wuyingshan.patroller", next=target)
    assert response["Location"] == "/"


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("wuyingshan.patroller", "wrong"),
        ("nobody", PASSWORD),
        ("", ""),
        ("wuyingshan.patroller\0", PASSWORD),
        ("wuyingshan.patroller", "a\0b"),
        ("x" * 500, "y" * 5000),
    ],
)
def test_wrong_credentials_say_the_same(place, page, username, password):
    response = sign_in(page, username, password)
    assert response.status_code == 200
    assert 'role="alert"' in response.content.decode()
    assert "_auth_user_id" not in page.session


def test_a_closed_account_is_told_nothing_else(place, page):
    accounts.person_deactivate(person_id=place.patroller.pk)
    wrong = sign_in(page, "nobody").content.decode()
    closed = sign_in(page, "wuyingshan.patroller").content.decode()
    assert "do not match" in wrong
    assert "do not match" in closed


def test_too_many_failures_are_locked_out_in_words(place, page, settings):
    for _attempt in range(settings.AXES_FAILURE_LIMIT - 1):
        assert sign_in(page, "wuyingshan.patroller", "wrong").status_code == 200
    locked = sign_in(page, "wuyingshan.patroller", "wrong")
    assert locked.status_code == 429
    assert "15" in locked.content.decode()
    assert int(locked["Retry-After"]) == 900
    assert sign_in(page, "wuyingshan.patroller").status_code == 429  # also with the right one
    assert sign_in(page, "wuyingshan.official").status_code == 302  # others are not


def test_failures_at_the_api_count_too(place, page, api, settings):
    for _attempt in range(settings.AXES_FAILURE_LIMIT):
        response = api.post("/api/v1/token/", {"username": "wuyingshan.patroller", "password": "wrong"})
    assert response.status_code == 429
    assert response["Content-Type"] == "application/problem+json"
    assert sign_in(page, "wuyingshan.patroller").status_code == 429
    assert (
        api.post("/api/v1/token/", {"username": "wuyingshan.patroller", "password": PASSWORD}).status_code
        == 429
    )


def test_many_attempts_from_one_address_are_slowed(place, page, monkeypatch):
    from django.core.cache import cache

    from geo.permissions import LoginThrottle

    cache.clear()
    monkeypatch.setattr(LoginThrottle, "THROTTLE_RATES", {"login": "2/minute"})
    codes = [sign_in(page, f"somebody-{number}", "x").status_code for number in range(4)]
    assert codes == [200, 200, 429, 429]
    cache.clear()


def test_a_one_time_password_opens_only_the_page_where_it_is_changed(place, page, api):
    password = accounts.password_reset(person_id=place.patroller.pk)
    sign_in(page, "wuyingshan.patroller", password)
    for path in ("/patrol/", "/admin/", "/map/", "/api/v1/locate/?lon=116.97&lat=36.69"):
        response = page.get(path)
        if path.startswith("/api/"):
            assert (response.status_code, response.json()["title"]) == (403, "password-change-required")
        elif response.status_code != 404:
            assert (response.status_code, response["Location"]) == (302, PASSWORD_PAGE)
    assert (
        api.post("/api/v1/token/", {"username": "wuyingshan.patroller", "password": password}).status_code
        == 403
    )
    assert page.get(PASSWORD_PAGE).status_code == 200
    answer = change(page, password, "又长又好记的口令 2026")
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert page.get("/api/v1/locate/?lon=116.9705&lat=36.6905").status_code == 200
    place.patroller.refresh_from_db()
    assert place.patroller.one_time_password_until is None
    assert place.patroller.check_password("又长又好记的口令 2026")


def change(page, old, new, again=None):
    again = new if again is None else again
    return page.post(PASSWORD_PAGE, {"old_password": old, "new_password1": new, "new_password2": again})


@pytest.mark.parametrize(
    ("old", "new", "again"),
    [
        ("wrong", "又长又好记的口令", None),
        (PASSWORD, "short", None),
        (PASSWORD, "password123", None),
        (PASSWORD, "wuyingshan.patroller", None),
        (PASSWORD, "又长又好记的口令", "另一个又长的口令"),
        (PASSWORD, PASSWORD, None),
        (PASSWORD, "", None),
    ],
)
def test_passwords_that_are_refused(place, page, old, new, again):
    sign_in(page, "wuyingshan.patroller")
    response = change(page, old, new, again)
    assert response.status_code == 200
    assert 'role="alert"' in response.content.decode()
    place.patroller.refresh_from_db()
    assert place.patroller.check_password(PASSWORD)


def test_a_changed_password_ends_other_sessions_and_the_token(place, page):
    Token.objects.create(user=place.patroller)
    other = Client()
    sign_in(other, "wuyingshan.patroller")
    sign_in(page, "wuyingshan.patroller")
    change(page, PASSWORD, "又长又好记的口令")
    assert page.get(PASSWORD_PAGE).status_code == 200
    assert other.get(PASSWORD_PAGE).status_code == 302
    assert not Token.objects.filter(user=place.patroller).exists()


def test_a_one_time_password_ends(place, page, api):
    password = accounts.password_reset(person_id=place.patroller.pk)
    User.objects.filter(pk=place.patroller.pk).update(
        one_time_password_until=timezone.now() - timedelta(seconds=1)
    )
    assert sign_in(page, "wuyingshan.patroller", password).status_code == 200
    assert "_auth_user_id" not in page.session


def test_posts_without_a_csrf_token_are_refused(place):
    strict = Client(enforce_csrf_checks=True)
    assert sign_in(strict, "wuyingshan.patroller").status_code == 403


def test_the_language_is_remembered_with_the_account(place, page):
    sign_in(page, "wuyingshan.patroller")
    response = page.post("/i18n/setlang/", {"language": "en", "next": "/password/"})
    assert (response.status_code, response["Location"]) == (302, "/password/")
    place.patroller.refresh_from_db()
    assert place.patroller.language == "en"
    elsewhere = Client()
    assert sign_in(elsewhere, "wuyingshan.patroller").cookies["django_language"].value == "en"
    assert page.post("/i18n/setlang/", {"language": "xx"}).status_code == 302
    place.patroller.refresh_from_db()
    assert place.patroller.language == "en"
    assert page.get("/i18n/setlang/").status_code == 405


def test_whoever_is_not_signed_in_chooses_a_language_by_cookie(db, page):
    response = page.post("/i18n/setlang/", {"language": "en", "next": "//evil.example/"})
    assert response.cookies["django_language"].value == "en"
    assert "evil" not in response["Location"]


# Token


def test_a_token_for_name_and_password(place, api):
    response = api.post("/api/v1/token/", {"username": "wuyingshan.official", "password": PASSWORD})
    assert response.status_code == 200
    token = response.json()["token"]
    assert response["Cache-Control"] == "no-store"
    again = api.post("/api/v1/token/", {"username": "wuyingshan.official", "password": PASSWORD})
    assert again.json() == {"token": token}
    api.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    assert api.post("/api/v1/locate/", {"points": []}).status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"username": "wuyingshan.official", "password": "wrong"}, 401),
        ({"username": "nobody", "password": "wrong"}, 401),
        ({"username": "wuyingshan.official"}, 400),
        ({"username": "wuyingshan.official\0", "password": PASSWORD}, 400),
        ({"username": ["a"], "password": {}}, 400),
        ({"username": "x" * 151, "password": "x"}, 400),
        ([], 400),
    ],
)
def test_what_gets_no_token(place, api, body, status):
    response = api.post("/api/v1/token/", body)
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert PASSWORD not in response.content.decode()
    assert not Token.objects.exists()


def test_a_closed_account_gets_no_token(place, api):
    accounts.person_deactivate(person_id=place.official.pk)
    assert (
        api.post("/api/v1/token/", {"username": "wuyingshan.official", "password": PASSWORD}).status_code
        == 401
    )


def test_no_password_is_written_to_the_log_or_the_attempts(place, page, caplog):
    from axes.models import AccessAttempt

    with caplog.at_level("DEBUG"):
        sign_in(page, "wuyingshan.patroller", "a secret slip")
    assert "a secret slip" not in caplog.text
    attempt = AccessAttempt.objects.get()
    assert "a secret slip" not in f"{attempt.get_data}{attempt.post_data}{attempt.path_info}"


def test_the_end_of_an_appointment_ends_the_rights(place, api):
    from geo.services.staffing import appointment_end

    client = api.as_user(place.official)
    assert client.post("/api/v1/locate/", {"points": []}).status_code == 200
    appointment_end(appointment_id=Appointment.objects.get(person=place.official).pk)
    assert client.post("/api/v1/locate/", {"points": []}).status_code == 403
