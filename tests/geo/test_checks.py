from pathlib import Path

import pytest

from geo import profiles
from geo.checks import places_have_profiles, profiles_are_sound
from geo.models import Place
from tests.factories.places import build_place

BROKEN = """
key = "broken"
extends = "plain"
name = { zh = "坏", en = "Broken" }
version = "1"

[geo]
leaf_level = "street"

[[cases.categories]]
key = "road"
colour = "blue"
"""


@pytest.fixture
def folder(tmp_path, settings):
    settings.PROFILE_FOLDERS = [tmp_path]
    profiles.use_folders([tmp_path])
    yield tmp_path
    profiles.use_folders([])


def test_the_profiles_of_the_tree_are_sound():
    assert list(profiles_are_sound()) == []


def test_a_broken_profile_is_told_with_file_key_value_and_what_is_accepted(folder):
    (folder / "broken.toml").write_text(BROKEN, encoding="utf-8")
    found = {error.msg: error for error in profiles_are_sound()}
    assert {error.id for error in found.values()} == {"geo.E002"}
    leaf = next(error for message, error in found.items() if "geo.leaf_level" in message)
    assert leaf.msg.startswith("broken.toml: geo.leaf_level: got 'street'")
    assert "'grid'" in leaf.hint
    assert any("cases.categories[road].colour" in message for message in found)


def test_a_file_that_is_no_toml_is_told(folder):
    (folder / "odd.toml").write_text("key = ", encoding="utf-8")
    (error,) = profiles_are_sound()
    assert error.msg.startswith("odd.toml")


def test_a_folder_that_is_not_there_is_told(settings):
    settings.PROFILE_FOLDERS = [Path("/nowhere/at/all")]
    (error,) = profiles_are_sound()
    assert (error.id, "/nowhere/at/all" in error.msg) == ("geo.E001", True)
    assert error.hint


@pytest.mark.django_db
def test_a_place_without_its_profile_is_told():
    place = build_place(with_people=False).place
    assert list(places_have_profiles(databases=["default"])) == []
    Place.objects.filter(pk=place.pk).update(profile="gone")
    (error,) = places_have_profiles(databases=["default"])
    assert error.id == "geo.E003"
    assert "'gone'" in error.msg
    assert "plain" in error.hint


@pytest.mark.django_db
def test_boundaries_that_the_profile_does_not_know_are_told():
    place = build_place(with_people=False).place
    Place.objects.filter(pk=place.pk).update(profile="plain")
    found = list(places_have_profiles(databases=["default"]))
    assert {error.id for error in found} == {"geo.E004"}
    assert sorted(error.msg.split("'")[1] for error in found) == ["block", "subdistrict", "unit"]


def test_without_databases_nothing_is_asked(django_assert_num_queries, db):
    with django_assert_num_queries(0):
        assert list(places_have_profiles()) == []
