"""Lanes: the streets and alleys that a lane chief answers for. Posts only; who holds them is no part of a map."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from geo import profiles
from geo.db.convert import to_shapely
from geo.db.functions import IntersectsBbox
from geo.db.tiles import Feature, FeatureSource
from geo.domain.tile_grid import TileAddress
from geo.models import Place, Post
from layers.registry import Ask, Layer, Version

__all__ = ["LANES"]

LIMIT = 2000
_FIELDS = {
    "id": "number of the post",
    "kind": "kind of post, a key of the place's profile",
    "post": "what the place calls the post",
    "post_en": "the same in English",
    "area": "code of the area that the post belongs to",
}


def _version(ask: Ask) -> Version:
    ids = [place.place_id for place in ask.places]
    rows = Place.objects.filter(pk__in=ids).order_by("pk").values_list("pk", "directory_version")
    return Version("d" + "-".join(f"{pk}.{version}" for pk, version in rows), shared=True)


def _sources(ask: Ask, address: TileAddress) -> list[FeatureSource]:
    kinds = {place.place_id: profiles.resolve(place.profile).geo.posts_by_key for place in ask.places}
    rows = (
        Post.objects.filter(IntersectsBbox("lane", address.bbox(0.02)), place_id__in=list(kinds))
        .order_by("pk")
        .only("place_id", "kind", "area_code", "lane")[: LIMIT + 1]
    )
    features = []
    for post in rows:
        meaning = kinds[post.place_id].get(post.kind)
        properties = {
            "id": post.pk,
            "kind": post.kind,
            "post": meaning.name.zh if meaning else post.kind,
            "post_en": meaning.name.en if meaning else post.kind,
            "area": post.area_code,
        }
        assert post.lane is not None
        features.append(Feature(post.pk, to_shapely(post.lane), properties))
    return [FeatureSource("lanes", features[:LIMIT], len(features) > LIMIT, tolerance_units=1.0)]


LANES = Layer(
    key="lanes",
    title=_("Lanes"),
    geometry="line",
    min_zoom=12,
    max_zoom=16,
    fields={"lanes": _FIELDS},
    sources=_sources,
    version=_version,
)
