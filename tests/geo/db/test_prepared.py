"""Queries compiled once give what the ORM gives."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.authtoken.models import Token

from geo.authentication import AccountTokens
from geo.db.prepared import PreparedObject
from geo.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    found = User.objects.create_user("li", password="x", display_name="李桂芳", phone="0531-1")
    found.refresh_from_db()
    return found


def test_an_object_is_loaded_as_get_loads_it(person):
    prepared = PreparedObject(lambda key: User.objects.filter(username=key))
    with CaptureQueriesContext(connection) as queries:
        found = prepared.find("li")
    assert len(queries) == 1
    for field in User._meta.concrete_fields:
        assert getattr(found, field.attname) == getattr(person, field.attname), field.name
        assert type(getattr(found, field.attname)) is type(getattr(person, field.attname)), field.name
    found.display_name = "王"
    found.save()
    assert User.objects.get().display_name == "王"
    assert prepared.find("?") is None
    assert prepared.find("' OR 1=1 --") is None


def test_a_query_without_the_key_is_refused(person):
    with pytest.raises(ValueError, match="compare one text"):
        PreparedObject(lambda key: User.objects.all()).find("li")


def test_several_are_not_one(person):
    User.objects.create_user("wang", password="x", display_name="李桂芳")
    assert PreparedObject(lambda key: User.objects.filter(display_name=key)).find("李桂芳") is None


def test_a_token_finds_its_account_in_one_statement(person, django_assert_num_queries):
    token = Token.objects.create(user=person)
    AccountTokens().authenticate_credentials(token.key)
    with django_assert_num_queries(1):
        user, key = AccountTokens().authenticate_credentials(token.key)
    assert (user, key) == (person, token.key)
