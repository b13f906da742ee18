"""Whether this process can serve."""

from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from config.exceptions import problem
from geo.models import BoundaryGeneration, Place

METHODS = ("GET", "HEAD")


@csrf_exempt  # it changes nothing; a method that it does not have is 405, not a missing token
def health(request: HttpRequest) -> HttpResponse:
    """Answer 200 with the database kind and each place's active generation; 503 when the database is away."""
    if request.method not in METHODS:
        message = _("method must be one of %(accepted)s; got '%(value)s'")
        shown = {"accepted": ", ".join(METHODS), "value": request.method}
        response = problem(
            405, "method_not_allowed", message % shown, field="method", value=request.method, accepted=METHODS
        )
        response["Allow"] = ", ".join(METHODS)
        return response
    vendor = "postgis" if connection.vendor == "postgresql" else "spatialite"
    try:
        names = dict(BoundaryGeneration.objects.filter(state="active").values_list("place__slug", "name"))
        places = {slug: names.get(slug) for slug in Place.objects.values_list("slug", flat=True)}
    except Error as error:
        return JsonResponse(
            {"status": "unavailable", "database": vendor, "detail": type(error).__name__}, status=503
        )
    return JsonResponse({"status": "ok", "database": vendor, "places": places})
