"""Whether this process can serve."""

from django.db import Error, connection
from django.http import HttpRequest, JsonResponse

from geo.models import BoundaryGeneration, Place


def health(request: HttpRequest) -> JsonResponse:
    """Answer 200 with the database kind and each place's active generation; 503 when the database is away."""
    vendor = "postgis" if connection.vendor == "postgresql" else "spatialite"
    try:
        names = dict(BoundaryGeneration.objects.filter(state="active").values_list("place__slug", "name"))
        places = {slug: names.get(slug) for slug in Place.objects.values_list("slug", flat=True)}
    except Error as error:
        return JsonResponse(
            {"status": "unavailable", "database": vendor, "detail": type(error).__name__}, status=503
        )
    return JsonResponse({"status": "ok", "database": vendor, "places": places})
