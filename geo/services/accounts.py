"""Accounts: created, closed, given a one-time password by an administrator, changed by their owner."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.authtoken.models import Token

from geo.errors import Conflict, InvalidInput, NotThere
from geo.models import Appointment, Place, User
from geo.services.versions import directory_changed

__all__ = [
    "ONE_TIME_PASSWORD_DAYS",
    "administrator_set",
    "language_choose",
    "password_change",
    "password_reset",
    "person_activate",
    "person_create",
    "person_deactivate",
    "person_update",
    "token_issue",
]

ONE_TIME_PASSWORD_DAYS = 7
# Without what is mistaken for another when it is read out or copied by hand: 31 signs, 12 of them are 59 bits.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


@transaction.atomic
def person_create(
    *,
    username: str,
    display_name: str = "",
    phone: str = "",
    language: str = "",
    place_id: int | None = None,
) -> tuple[User, str]:
    """Create an account with a one-time password.

    Parameters
    ----------
    username
        Name to sign in with, unique in the deployment.
    display_name, phone
        Personal data.
    language
        Code of a language of the deployment; empty for what the browser asks for.
    place_id
        None for administrators of the whole deployment.

    Returns
    -------
    (User, str)
        The account and its password, which is not stored and cannot be shown again.

    Raises
    ------
    InvalidInput, NotThere
        If a value cannot be used.
    Conflict
        If the name is taken.
    """
    user = User(username=username, display_name=display_name, phone=phone, language=language)
    user.place = _place(place_id)
    _check_language(language)
    user.full_clean(exclude=["password"], validate_unique=False, validate_constraints=False)
    if User.objects.filter(username__iexact=username).exists():
        raise Conflict(_("There is an account “%(name)s” already.") % {"name": username}, field="username")
    password = _one_time(user)
    user.save()
    return user, password


@transaction.atomic
def person_update(
    *, person_id: int, display_name: str, phone: str, language: str, place_id: int | None
) -> User:
    """Change what an account says of its person.

    Raises
    ------
    Conflict
        If the person has appointments in another place than the new one.
    """
    user = _person(person_id)
    _check_language(language)
    place = _place(place_id)
    if place is not None and Appointment.objects.filter(person=user).exclude(post__place=place).exists():
        raise Conflict(_("This person has appointments in another place."), field="place", value=place.slug)
    renamed = user.display_name != display_name
    user.display_name, user.phone, user.language, user.place = display_name, phone, language, place
    user.full_clean(exclude=["password"], validate_unique=False, validate_constraints=False)
    user.save(update_fields=["display_name", "phone", "language", "place"])
    if renamed:
        _directories_changed(user)
    return user


@transaction.atomic
def person_deactivate(*, person_id: int) -> User:
    """Close an account: nobody signs in with it, its token is void, its posts count as vacant.

    Raises
    ------
    Conflict
        If it is the last administrator's.
    """
    administrators = _administrators()
    user = _person(person_id)
    _keep_one(administrators, user)
    user.is_active = False
    user.save(update_fields=["is_active"])
    Token.objects.filter(user=user).delete()
    _directories_changed(user)
    return user


@transaction.atomic
def person_activate(*, person_id: int) -> User:
    """Open a closed account again; its current appointments count again."""
    user = _person(person_id)
    user.is_active = True
    user.save(update_fields=["is_active"])
    _directories_changed(user)
    return user


@transaction.atomic
def administrator_set(*, person_id: int, granted: bool) -> User:
    """Make somebody an administrator of the whole deployment, or end that.

    Raises
    ------
    Conflict
        If nobody would be left.
    """
    administrators = _administrators()
    user = _person(person_id)
    if not granted:
        _keep_one(administrators, user)
    user.is_superuser = user.is_staff = granted
    user.save(update_fields=["is_superuser", "is_staff"])
    return user


@transaction.atomic
def password_reset(*, person_id: int) -> str:
    """Give an account a one-time password; the former one, open sessions and the token end at once.

    Returns
    -------
    str
        The password, to be told to the person. It is not stored, must be changed at the next sign-in and does not
        work after `ONE_TIME_PASSWORD_DAYS`.
    """
    user = _person(person_id)
    password = _one_time(user)
    user.save(update_fields=["password", "one_time_password_until"])
    Token.objects.filter(user=user).delete()
    return password


@transaction.atomic
def password_change(*, person_id: int, password: str) -> User:
    """Set the password that its owner chose; the token ends, so that a lost one is of no use.

    Raises
    ------
    django.core.exceptions.ValidationError
        If it is too weak.
    """
    user = _person(person_id)
    validate_password(password, user)
    user.set_password(password)
    user.one_time_password_until = None
    user.save(update_fields=["password", "one_time_password_until"])
    Token.objects.filter(user=user).delete()
    return user


@transaction.atomic
def language_choose(*, person_id: int, language: str) -> None:
    """Remember the language of somebody's pages.

    Raises
    ------
    InvalidInput
        If the deployment does not have it.
    """
    _check_language(language)
    User.objects.filter(pk=person_id).update(language=language)


@transaction.atomic
def token_issue(*, user_id: int) -> str:
    """Return the token of an account, made at the first time."""
    token, _made = Token.objects.get_or_create(user_id=user_id)
    return str(token.key)


def _one_time(user: User) -> str:
    letters = "".join(secrets.choice(_ALPHABET) for _position in range(12))
    password = f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"
    user.set_password(password)
    user.one_time_password_until = timezone.now() + timedelta(days=ONE_TIME_PASSWORD_DAYS)
    return password


def _person(person_id: int) -> User:
    user = User.objects.select_for_update().filter(pk=person_id).first()
    if user is None:
        raise NotThere(_("There is no such person."), field="person", value=person_id)
    return user


def _place(place_id: int | None) -> Place | None:
    if place_id is None:
        return None
    place = Place.objects.filter(pk=place_id).first()
    if place is None:
        raise NotThere(_("There is no such place."), field="place", value=place_id)
    return place


def _check_language(language: str) -> None:
    known = [code for code, _name in settings.LANGUAGES]
    if language and language not in known:
        raise InvalidInput(
            _("There is no language “%(code)s”; there are: %(known)s.")
            % {"code": language, "known": ", ".join(known)},
            field="language",
            value=language,
            accepted=known,
        )


def _administrators() -> list[User]:
    # Locked, in one order, so that of two administrators who close each other's accounts one is left.
    return list(User.objects.select_for_update().filter(is_superuser=True, is_active=True).order_by("pk"))


def _keep_one(administrators: list[User], user: User) -> None:
    if administrators == [user]:
        raise Conflict(_("This is the last administrator."), field="person", value=user.pk)


def _directories_changed(user: User) -> None:
    places = Appointment.objects.filter(person=user).order_by("post__place_id")
    for place_id in places.values_list("post__place_id", flat=True).distinct():
        directory_changed(place_id=place_id)
