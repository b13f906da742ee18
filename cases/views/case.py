"""`/cases/<id>/`: one case, what happened to it, and what its reader may do."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cases.domain.profile import CasesSection
from cases.domain.workflow import ACTIONS
from cases.errors import ActionNotAllowed
from cases.selectors.cases import asker_of
from cases.selectors.detail import case_detail, case_for
from cases.selectors.due import DueReader
from cases.services.notices import notices_read
from cases.services.photo_image import photo_prepare
from cases.services.photos import Piece, photo_receive
from cases.services.workflow import case_act
from cases.views.pages import page
from cases.views.shown import chain_words, place_of, row_of
from cases.views.step_choices import StepChoices
from cases.views.step_forms import STEP_BUTTONS, StepForm, step_form
from cases.views.steps import STEP_TITLES, steps_of
from geo.errors import GridcaseError, NotAllowed, NotThere
from geo.models import User
from geo.routing import PlaceSnapshot
from geo.selectors.clock import local_day

__all__ = ["case_page", "case_photo", "case_step"]

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("do", ("accept", "settle", "answer", "close", "resume")),
    ("pass", ("return", "reassign")),
    ("correct", ("relocate", "recategorise", "merge")),
    ("time", ("extend", "suspend")),
    ("more", ("note", "reopen", "decline")),
)
TRIAGE = ("confirm-triage", "override-triage")
ROUTED_AGAIN = frozenset({"relocate", "recategorise", "override-triage"})


@dataclass(frozen=True, slots=True)
class Stranded:
    """What somebody wrote for a step that is no longer possible: shown, so that nothing is lost."""

    title: str
    text: str
    problem: str


@require_safe
@page
def case_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a case in its reader's projection."""
    if isinstance(request.user, User):
        notices_read(person=request.user, case_id=pk)
    return _answer(request, pk)


@require_POST
@page
def case_step(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Take a step; what is wrong comes back beside its field, with everything that was typed."""
    if action not in STEP_BUTTONS and action not in ("release-photo", "withdraw-photo"):
        raise NotThere(_("There is no such step."), field="action", value=action[:40])
    if not isinstance(request.user, User):
        return HttpResponseRedirect(f"{reverse('login')}?next={reverse('case_page', args=[pk])}")
    if action not in STEP_BUTTONS:
        return _photo_step(request, request.user, pk, action)
    feature = case_detail(request.user, pk)
    choices = _choices(feature["properties"], request)
    if choices is None:
        raise NotAllowed(_("You may not do this with this case."), field="action", value=action)
    form = step_form(action, choices, version=None, post=request.POST, files=request.FILES)
    if form.is_valid():
        try:
            _take(form, pk, action, request.user, feature["properties"])
        except ActionNotAllowed as error:
            status = case_detail(request.user, pk)["properties"]["status_name"]
            return _answer(request, pk, stranded=_stranded(form, error, status=status), status=409)
        except GridcaseError as error:
            if isinstance(error, NotAllowed | NotThere) and not _has_field(form, error.field):
                raise
            _put_beside(form, error)
        else:
            messages.success(request, _said(action))
            if not _is_shown(request.user, pk):
                messages.info(request, _("The case is in other hands now; you are not shown it any more."))
                return _leave(request)
            routed = f"?routed={action}" if action in ROUTED_AGAIN else ""
            return HttpResponseRedirect(f"{reverse('case_page', args=[pk])}{routed}", status=303)
    return _answer(request, pk, bound=form, status=422)


def _is_shown(user: User, pk: int) -> bool:
    try:
        case_for(user, pk)
    except NotThere:
        return False
    return True


def _leave(request: HttpRequest) -> HttpResponse:
    """Go to the ledger: the whole page, also where only the case's part of this one was to be replaced."""
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": reverse("ledger")})
    return HttpResponseRedirect(reverse("ledger"), status=303)


def _take(form: StepForm, pk: int, action: str, actor: User, case: Mapping[str, Any]) -> None:
    data = form.data_for_step()
    photos: dict[str, bytes] = {}
    zone = asker_of(actor).zone(_place_id(case, actor))
    for upload in form.uploads():
        raw = upload.read()
        photo_prepare(raw, zone=zone)  # refused before anything is written
        photos[hashlib.sha256(raw).hexdigest()] = raw
    if photos:
        data["photo"] = list(photos)
    case_act(case_id=pk, action=action, actor=actor, data=data)
    for sha256, raw in photos.items():
        photo_receive(case_id=pk, sha256=sha256, piece=Piece(raw, 0, len(raw)), actor=actor)


def _place_id(case: Mapping[str, Any], actor: User) -> int:
    snapshot = place_of(case, asker_of(actor))
    return snapshot.place_id if snapshot else 0


def _said(action: str) -> str:
    return pgettext("message", "Done: %(step)s.") % {"step": STEP_TITLES[action]}


def _has_field(form: StepForm, name: str) -> bool:
    return _field_of(form, name) in form.fields


def _field_of(form: StepForm, name: str) -> str:
    first = name.partition(".")[0]
    named = {"location": "place_code", "where": "place_code", "affected": "place_code", "sha256": "photo"}
    return named.get(first, first)


def _put_beside(form: StepForm, error: GridcaseError) -> None:
    name = _field_of(form, error.field)
    form.add_error(name if name in form.fields else None, error.message)


def _stranded(form: StepForm, error: GridcaseError, *, status: str) -> Stranded:
    """Return what was written, and why it was not taken, in words: keys of steps are for programs."""
    written = [form.cleaned_data.get(name, "") for name in ("note", "reason", "text")]
    problem = error.message
    if error.field == "action":
        problem = _("The case is “%(status)s” now; this step is not possible any more.") % {"status": status}
    return Stranded(title=str(form.button), text="\n".join(text for text in written if text), problem=problem)


def _choices(case: Mapping[str, Any], request: HttpRequest) -> StepChoices | None:
    snapshot = place_of(case, asker_of(request.user))
    if snapshot is None or not case["actions"]:
        return None
    return StepChoices(case, snapshot, local_day(snapshot.time_zone), get_language() or "zh-hans")


def _answer(
    request: HttpRequest,
    pk: int,
    *,
    bound: StepForm | None = None,
    stranded: Stranded | None = None,
    status: int = 200,
) -> HttpResponse:
    feature = case_detail(request.user, pk)
    case = feature["properties"]
    asker = asker_of(request.user)
    snapshot = place_of(case, asker)
    choices = _choices(case, request)
    forms = _forms(case, choices, bound)
    routed = request.GET.get("routed", "") if request.method == "GET" else ""
    context = {
        "case": case,
        "row": row_of(feature, asker, DueReader(asker)),
        "zone": asker.zone(snapshot.place_id) if snapshot else None,
        "now": asker.now,
        "steps": steps_of(case["timeline"]),
        "areas": _areas(case, snapshot),
        "chain": chain_words(case["areas"]),
        "groups": [
            [forms[action] for action in actions if action in forms]
            for _name, actions in GROUPS
            if any(action in forms for action in actions)
        ],
        "triage_forms": [forms[action] for action in TRIAGE if action in forms],
        "first_action": _first_action(forms, bound),
        "bound": bound,
        "stranded": stranded,
        "numbers": _emergency_numbers(case, snapshot),
        "geojson": _geojson(feature),
        "routed": _routed(case, routed) if routed in ROUTED_AGAIN else None,
    }
    return render(request, "cases/case.html", context, status=status)


def _forms(
    case: Mapping[str, Any], choices: StepChoices | None, bound: StepForm | None
) -> dict[str, StepForm]:
    if choices is None:
        return {}
    offered = [entry["action"] for entry in case["actions"] if entry["action"] in STEP_BUTTONS]
    forms = {action: step_form(action, choices, version=case.get("version")) for action in offered}
    if bound is not None:
        forms[bound.action] = bound
    if case["triage"]["state"] == "confirmed":
        forms.pop("confirm-triage", None)
    return forms


def _first_action(forms: Mapping[str, StepForm], bound: StepForm | None) -> str:
    """Return the form that stands open: the one with errors, else nothing but what is next."""
    if bound is not None:
        return bound.action
    return next((action for action in ("accept", "resume", "settle", "close") if action in forms), "")


def _emergency_numbers(case: Mapping[str, Any], snapshot: PlaceSnapshot | None) -> Iterable[tuple[str, str]]:
    if not case.get("danger") or snapshot is None:
        return ()
    section = snapshot.profile.section(CasesSection)
    language = get_language() or "zh-hans"
    found = section.emergency_for(case["category"])
    return [(number.number, number.name.text(language)) for number in found]


def _areas(case: Mapping[str, Any], snapshot: PlaceSnapshot | None) -> list[tuple[str, str]]:
    """Return the chain as (what the place calls the level, name), widest first."""
    levels = snapshot.profile.geo.levels_by_key if snapshot else {}
    language = get_language() or "zh-hans"
    return [
        (
            levels[area["level"]].name.text(language) if area["level"] in levels else area["level"],
            area["name"],
        )
        for area in case["areas"]
    ]


def _geojson(feature: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return pin and drawn shape for the map; None where nothing is to be shown."""
    case = feature["properties"]
    shown = [
        {
            "type": "Feature",
            "geometry": geometry,
            "properties": {"role": role, "category": case["category"], "label": case["number"]},
        }
        for role, geometry in (("affected", case.get("affected")), ("pin", feature["geometry"]))
        if geometry
    ]
    return {"type": "FeatureCollection", "features": shown} if shown else None


def _routed(case: Mapping[str, Any], action: str) -> dict[str, Any] | None:
    """Return from where to where a case has just been routed again, for its new receipt."""
    last = next((entry for entry in reversed(case["timeline"]) if entry["kind"] == action), None)
    if last is None:
        return None
    before = last["data"].get("from", {})
    return {"title": STEP_TITLES[action], "from": chain_words(before.get("areas") or [])}


def _photo_step(request: HttpRequest, actor: User, pk: int, action: str) -> HttpResponse:
    sha256 = request.POST.get("photo", "")[:64]
    case_act(case_id=pk, action=action, actor=actor, data={"photo": [sha256]})
    messages.success(request, _said(action))
    return HttpResponseRedirect(reverse("case_photo", args=[pk, sha256]), status=303)


@require_safe
@page
def case_photo(request: HttpRequest, pk: int, sha256: str) -> HttpResponse:
    """Show one photo of a case as large as the screen, with the ones before and after it."""
    case = case_detail(request.user, pk)["properties"]
    photos = [photo for photo in case["photos"] if photo["state"] == "stored"]
    position = next((i for i, photo in enumerate(photos) if photo["sha256"] == sha256), None)
    if position is None:
        raise NotThere(_("There is no such photo for you."), field="photo", value=sha256)
    allowed = {entry["action"] for entry in case["actions"]}
    photo = photos[position]
    wanted = "withdraw-photo" if photo["released"] else "release-photo"
    context = {
        "case": case,
        "photo": photo,
        "number": position + 1,
        "count": len(photos),
        "before": photos[position - 1] if position else None,
        "after": photos[position + 1] if position + 1 < len(photos) else None,
        "action": wanted if wanted in allowed and ACTIONS[wanted] else "",
    }
    return render(request, "cases/photo.html", context)
