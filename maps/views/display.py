"""Large type and night colours, remembered in a cookie so that the server draws the page right at once."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

TYPE_SIZES = ("normal", "large")
THEMES = ("light", "dark")
YEAR_S = 365 * 24 * 3600


@require_POST
def display(request: HttpRequest) -> HttpResponse:
    """Remember `type` (normal, large) and `theme` (light, dark, empty: as the device), then go back to `next`."""
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/"
    response = HttpResponseRedirect(back)
    for name, accepted in (("type", TYPE_SIZES), ("theme", THEMES)):
        value = request.POST.get(name)
        if value in accepted:
            response.set_cookie(name, value, max_age=YEAR_S, samesite="Lax", secure=request.is_secure())
        elif value == "":
            response.delete_cookie(name, samesite="Lax")
    return response
