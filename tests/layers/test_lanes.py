"""Lanes: lines of posts, drawn again when the staffing changes."""

import pytest
from django.contrib.gis.geos import LineString
from django.db.models import F
from mapbox_vector_tile import decode

from geo.domain.tile_grid import TileAddress
from geo.models import Place, Post
from tests.factories.places import build_place

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return build_place()


def lane_of(place, short):
    line = LineString(place.point(short, 0.1, 0.5), place.point(short, 0.9, 0.5), srid=4326)
    kind = place.posts[place.above("g1", "block")][0].kind
    return Post.objects.create(place=place.place, kind=kind, area_code=place.code(short), lane=line)


def tile(client, place, query=""):
    address = TileAddress.at(*place.point("g2"), 16)
    return client.get(f"/tiles/lanes/{address.z}/{address.x}/{address.y}.mvt{query}")


def test_lane_says_which_post_and_nobodys_name(client, place):
    post = lane_of(place, "g2")
    answer = tile(client, place)
    found = decode(answer.content)["lanes"]["features"]
    assert [f["properties"]["id"] for f in found] == [post.pk]
    assert set(found[0]["properties"]) == {"id", "kind", "post", "post_en", "area"}
    assert found[0]["properties"]["area"] == place.code("g2")
    assert found[0]["properties"]["post"] != found[0]["properties"]["kind"]
    assert found[0]["geometry"]["type"] == "LineString"
    people = {str(person) for person in place.people.values()}
    assert not any(name.encode() in answer.content for name in people)


def test_staffing_change_changes_the_tag(client, place):
    before = tile(client, place)["ETag"]
    Place.objects.filter(pk=place.place.pk).update(directory_version=F("directory_version") + 1)
    assert tile(client, place)["ETag"] != before


def test_posts_without_a_lane_are_no_lines(client, place):
    assert tile(client, place).status_code == 204


def test_lanes_of_other_places_are_left_out(client, place):
    other = build_place("other", west=117.2)
    lane_of(place, "g2")
    assert tile(client, place, f"?place={other.place.slug}").status_code == 204
