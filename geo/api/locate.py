"""Whose is it? One pin for anyone, up to 10,000 for staff."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from geo.api.parameters import optional_number, optional_text, required_number
from geo.api.schemas import LOCATED, LOCATED_MANY, MANY_POINTS, PROBLEM
from geo.domain.crs import axes_look_swapped
from geo.domain.datum import DATUMS
from geo.domain.location import OUTCOMES
from geo.errors import InvalidInput
from geo.permissions import AnonymousThrottle, IsStaff
from geo.routing import PlaceSnapshot, snapshots
from geo.selectors.authority import authority_of
from geo.selectors.locate import PINS, locate_area, locate_pin, snapshot_named

__all__ = ["MAX_POINTS", "LocateView"]

MAX_POINTS = 10_000


class LocateView(APIView):
    """`/api/v1/locate/`."""

    throttle_classes = (AnonymousThrottle,)

    def get_permissions(self) -> list[Any]:
        """One pin is for all, many are for staff."""
        return [IsStaff()] if self.request.method == "POST" else []

    @extend_schema(
        operation_id="locate",
        parameters=[
            OpenApiParameter("lon", float, description="Degrees; not needed with place_code."),
            OpenApiParameter("lat", float, description="Degrees; not needed with place_code."),
            OpenApiParameter("accuracy_m", float, description="Radius of the fix in metres."),
            OpenApiParameter("datum", str, enum=DATUMS, description="Default wgs84."),
            OpenApiParameter("pin", str, enum=PINS, description="How the pin was set."),
            OpenApiParameter("place", str, description="Look in this place only."),
            OpenApiParameter("place_code", str, description="An area, building or unit instead of lon, lat."),
        ],
        responses={200: LOCATED, 400: PROBLEM, 404: PROBLEM, 429: PROBLEM},
    )
    def get(self, request: Request) -> Response:
        """Return areas, building, leaders and Party organisation of a pin, and why.

        Names of persons are given to staff only.
        """
        query = request.query_params
        place, code = optional_text(query, "place"), optional_text(query, "place_code")
        if code:
            answer = locate_area(code, place=place)
        else:
            answer = locate_pin(
                required_number(query, "lon", "-180..180 degrees"),
                required_number(query, "lat", "-90..90 degrees"),
                accuracy_m=optional_number(query, "accuracy_m", "metres >= 0"),
                datum=optional_text(query, "datum") or "wgs84",
                pin=optional_text(query, "pin"),
                place=place,
            )
        staff = request.user.is_authenticated and authority_of(request.user).is_staff
        return Response(answer.as_json(staff=staff), headers={"Cache-Control": "no-store"})

    @extend_schema(
        operation_id="locate_many",
        request=MANY_POINTS,
        responses={200: LOCATED_MANY, 400: PROBLEM, 403: PROBLEM, 404: PROBLEM},
    )
    def post(self, request: Request) -> Response:
        """Return the leaf area and the outcome of up to 10,000 points, in their order."""
        if not isinstance(request.data, dict):
            raise InvalidInput(
                _('the body must be an object {"points": [[lon, lat], …]}'), field="points", accepted="object"
            )
        snapshot = _chosen_place(request.data.get("place"))
        points = _points(request.data.get("points"))
        found = snapshot.index.locate_many(points[:, 0], points[:, 1])
        if len(points) and (found.leaf < 0).all():
            _refuse_swapped(points, snapshot)
        codes = [area.code for area in snapshot.index.leaves]
        return Response(
            {
                "generation": snapshot.generation,
                "place": snapshot.slug,
                "level": snapshot.index.leaf_level,
                "codes": [codes[leaf] if leaf >= 0 else None for leaf in found.leaf.tolist()],
                "outcomes": [OUTCOMES[number].value for number in found.outcome.tolist()],
            }
        )


def _chosen_place(slug: Any) -> PlaceSnapshot:
    if slug:
        return snapshot_named(str(slug))
    known = sorted(snapshots().values(), key=lambda snapshot: snapshot.slug)
    if len(known) != 1:
        slugs = [snapshot.slug for snapshot in known]
        raise InvalidInput(
            _("Name the place: there are %(known)s.") % {"known": ", ".join(slugs) or "–"},
            field="place",
            accepted=slugs,
        )
    return known[0]


def _points(value: Any) -> npt.NDArray[np.float64]:
    accepted = _("at most %(limit)d pairs [lon, lat] of numbers") % {"limit": MAX_POINTS}
    message = _("points must be %(accepted)s") % {"accepted": accepted}
    if not isinstance(value, list):
        raise InvalidInput(message, field="points", accepted=accepted)
    if len(value) > MAX_POINTS:
        raise InvalidInput(message, field="points", value=len(value), accepted=accepted)
    if not value:
        return np.empty((0, 2))
    try:
        points = np.asarray(value)
    except ValueError:  # pairs of different length
        points = np.empty(0, dtype=object)
    if points.ndim != 2 or points.shape[1] != 2 or points.dtype.kind not in "if":
        raise InvalidInput(message, field="points", accepted=accepted)
    # Beside a number, true would pass for 1.
    wrong = next((index for index, pair in enumerate(value) if bool in map(type, pair)), None)
    if wrong is not None:
        raise InvalidInput(message, field=f"points[{wrong}]", value=str(value[wrong]), accepted=accepted)
    return points.astype(float)


def _refuse_swapped(points: npt.NDArray[np.float64], snapshot: PlaceSnapshot) -> None:
    lon, lat = (float(value) for value in np.median(points, axis=0))
    if axes_look_swapped(lon, lat, [snapshot.bounds]):
        raise InvalidInput(
            _(
                "lon and lat look swapped: none of the points lies in the place, but they do the other way round; "
                "send lon, lat."
            ),
            field="points",
            accepted="[lon, lat]",
        )
