"""`/patrol/`: a case from the street in four taps; the same form works as plain HTML without scripts or map."""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from cases.domain.profile import CasesSection
from cases.models import Case
from geo.errors import GridcaseError
from geo.models import User
from geo.routing import PlaceSnapshot, snapshot_of, snapshots
from geo.selectors.authority import authority_of
from geo.selectors.place_choices import own_choices
from maps.selectors.pageconfig import map_config
from maps.services.plain_filing import file_plain, payload_of


def _snapshot_for(user: User, slug: str) -> PlaceSnapshot | None:
    """Return the asker's place; administrators of several name one, else get the first."""
    if user.place_id:
        return snapshot_of(user.place_id)
    found = sorted(snapshots().values(), key=lambda snapshot: snapshot.slug)
    return next((snapshot for snapshot in found if snapshot.slug == slug), found[0] if found else None)


def _grouped_categories(snapshot: PlaceSnapshot) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the six commonest categories, and all others by group, in the reader's language."""
    section = snapshot.profile.section(CasesSection)
    language = get_language() or "zh-hans"

    def entry(category: Any) -> dict[str, Any]:
        return {"key": category.key, "name": category.name.text(language), "icon": category.icon}

    first = [entry(category) for category in section.commonest]
    taken = {category["key"] for category in first}
    groups = [
        {
            "name": group.name.text(language),
            "categories": [
                entry(category)
                for category in section.categories
                if category.group == group.key and category.key not in taken
            ],
        }
        for group in section.groups
    ]
    return first, [group for group in groups if group["categories"]]


@login_required
@require_http_methods(["GET", "POST"])
def patrol(request: HttpRequest) -> HttpResponse:
    """Show the patroller's map with its form; file what a browser without scripts posts."""
    assert isinstance(request.user, User)
    snapshot = _snapshot_for(request.user, request.GET.get("place", ""))
    if request.method == "POST" and snapshot is not None:
        return _file(request, request.user, snapshot)
    return _page(request, request.user, snapshot, values={}, errors={})


def _file(request: HttpRequest, user: User, snapshot: PlaceSnapshot) -> HttpResponse:
    form = {**request.POST.dict(), "place": snapshot.slug}
    try:
        filed = file_plain(form=form, uploads=request.FILES.getlist("photo"), channel="patrol", actor=user)
    except GridcaseError as error:
        kept = payload_of(
            form, [upload.open().read() for upload in request.FILES.getlist("photo")], channel="patrol"
        )
        # The mended filing names what it mends, so that the one that was kept does not stand in its way.
        values = {**form, "revises": hashlib.sha256(kept).hexdigest()}
        errors = {error.field or "filing": error.message}
        return _page(request, user, snapshot, values=values, errors=errors, status=422)
    receipt = filed.receipt.body
    deadline = receipt["triage"]["deadline"]
    context = {
        "receipt": receipt,
        "deadline": datetime.fromisoformat(deadline) if deadline else None,
        "photo_problems": filed.photo_problems,
    }
    return render(request, "maps/receipt.html", context, status=201 if filed.receipt.created else 200)


def _page(
    request: HttpRequest,
    user: User,
    snapshot: PlaceSnapshot | None,
    *,
    values: dict[str, Any],
    errors: dict[str, str],
    status: int = 200,
) -> HttpResponse:
    authority = authority_of(user)
    commonest, groups = _grouped_categories(snapshot) if snapshot else ([], [])
    context = {
        "config": map_config(snapshot, authority),
        "commonest": commonest,
        "groups": groups,
        "blocks": own_choices(snapshot, authority) if snapshot else [],
        "about_choices": Case.About.choices,
        "client_id": values.get("client_id") or uuid.uuid4(),
        "values": values,
        "errors": errors,
    }
    return render(request, "maps/patrol.html", context, status=status)
