"""Forms of the steps of a case: what the transition table says that an action takes, as fields with words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.domain.workflow import ACTIONS
from cases.views.step_choices import StepChoices

__all__ = ["STEP_BUTTONS", "StepForm", "step_form"]

MAX_PHOTOS = 9

STEP_BUTTONS: Mapping[str, Any] = {
    "accept": pgettext_lazy("button", "Take it on"),
    "settle": pgettext_lazy("button", "Settled on the spot"),
    "answer": pgettext_lazy("button", "Answer"),
    "close": pgettext_lazy("button", "Close the case"),
    "return": pgettext_lazy("button", "Return it"),
    "reassign": pgettext_lazy("button", "Pass it on"),
    "relocate": pgettext_lazy("button", "Move the pin"),
    "recategorise": pgettext_lazy("button", "Change the kind"),
    "extend": pgettext_lazy("button", "Extend the time limit"),
    "suspend": pgettext_lazy("button", "Suspend"),
    "resume": pgettext_lazy("button", "Take up again"),
    "note": pgettext_lazy("button", "Internal note"),
    "reopen": pgettext_lazy("button", "Reopen"),
    "decline": pgettext_lazy("button", "Do not take it on"),
    "merge": pgettext_lazy("button", "Join with another case"),
    "confirm-triage": pgettext_lazy("button", "Confirm the proposal"),
    "override-triage": pgettext_lazy("button", "Decide otherwise"),
}
_LABELS: Mapping[tuple[str, str], Any] = {
    ("accept", "note"): _("Anything to add?"),
    ("settle", "note"): _("What was done?"),
    ("note", "note"): _("Note"),
    ("close", "note"): _("What came of it?"),
    ("resume", "note"): _("Why does it go on now?"),
    ("confirm-triage", "note"): _("Anything to add?"),
    ("return", "reason"): _("Why does it not belong here?"),
    ("reassign", "reason"): _("Why to them?"),
    ("relocate", "reason"): _("How do you know?"),
    ("recategorise", "reason"): _("Why?"),
    ("extend", "reason"): _("Why does it take longer?"),
    ("suspend", "reason"): _("What is it waiting for?"),
    ("reopen", "reason"): _("What is not right yet?"),
    ("decline", "reason"): _("Why is it not taken on?"),
    ("merge", "reason"): _("Why is it the same matter?"),
    ("override-triage", "reason"): _("Why?"),
    ("answer", "text"): _("Your answer to who reported it"),
    ("extend", "until"): _("New last day"),
    ("suspend", "until"): _("Until when, at the latest?"),
}
_HINTS: Mapping[tuple[str, str], Any] = {
    ("settle", "note"): _("Who reported it reads this."),
    ("answer", "text"): _(
        "It is read by who reported it, with or without an account. No names, no telephone numbers."
    ),
    ("note", "note"): _("Only those in charge read this; who reported it never does."),
    ("close", "note"): _("Who reported it reads this."),
    ("decline", "reason"): _("Who reported it reads this. Say where else to turn."),
    ("suspend", "until"): _("The time limit stands still until it goes on."),
}
_PHOTO = _("Photos")
_CASE_NUMBER = re.compile(r"^(?:\d{8}-)?0*(\d{1,18})$")


class _ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class _LongSelect(forms.Select):
    """A list of hundreds of entries: Django's own widget renders a template for each of them."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Return the element with its options, grouped where the choices are."""
        context = self.get_context(name, value, attrs)["widget"]
        groups = [
            (group, format_html_join("", '<option value="{}"{}>{}</option>', map(_option, options)))
            for group, options, _index in context["optgroups"]
        ]
        body = format_html_join(
            "",
            "{}{}{}",
            (
                (
                    format_html('<optgroup label="{}">', group) if group else "",
                    options,
                    mark_safe("</optgroup>") if group else "",
                )
                for group, options in groups
            ),
        )
        return format_html("<select{}>{}</select>", flatatt({"name": name, **context["attrs"]}), body)


def _option(option: Mapping[str, Any]) -> tuple[Any, SafeString, Any]:
    chosen = mark_safe(" selected") if option["selected"] else SafeString("")
    return option["value"], chosen, option["label"]


class _Photos(forms.FileField):
    """Several files in one field; an empty list where none came."""

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        files = [file for file in (data if isinstance(data, list | tuple) else [data]) if file]
        if len(files) > MAX_PHOTOS:
            raise forms.ValidationError(_("At most %(limit)s photos at once.") % {"limit": MAX_PHOTOS})
        if self.required and not files:
            raise forms.ValidationError(_("Please add a photo."))
        return [super(_Photos, self).clean(file, initial) for file in files]


class StepForm(forms.Form):
    """Form of one action; `data_for_step` gives what `case_act` takes."""

    required_css_class = "is-required"

    def __init__(self, *args: Any, action: str, choices: StepChoices, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", f"id_{action}_%s")
        super().__init__(*args, **kwargs)
        self.action = action
        self.button = STEP_BUTTONS[action]
        self.fields["version"] = forms.IntegerField(widget=forms.HiddenInput, required=False)
        for entry in ACTIONS[action].inputs:
            _FIELDS[entry.name](self, entry.required, choices)
        for field in self.fields.values():
            field.error_messages["required"] = _("Please fill this in.")

    @property
    def has_files(self) -> bool:
        """Whether the form must be sent as multipart."""
        return "photo" in self.fields

    def clean(self) -> dict[str, Any]:
        """A place is a pin or an entry of the list."""
        found = super().clean() or {}
        if "place_code" in self.fields and not self.errors:
            has_pin = found.get("lon") is not None and found.get("lat") is not None
            if not has_pin and not found.get("place_code"):
                self.add_error("place_code", _("Put the pin on the map, or choose a building from the list."))
        return found

    def uploads(self) -> list[UploadedFile]:
        """Return the photos that came."""
        return list(self.cleaned_data.get("photo") or [])

    def data_for_step(self) -> dict[str, Any]:
        """Return the inputs of the action as `case_act` takes them; photos are the caller's."""
        given = self.cleaned_data
        data: dict[str, Any] = {}
        if given.get("version") is not None:
            data["version"] = given["version"]
        for name in ("note", "reason", "text", "category", "label", "route"):
            if given.get(name):
                data[name] = given[name]
        if given.get("until"):
            data["until"] = given["until"].isoformat()
        if given.get("into"):
            data["into"] = given["into"]
        if given.get("to"):
            kind, _colon, value = given["to"].partition(":")
            data["to"] = {kind: int(value) if kind == "post" else value}
        if given.get("place_code"):
            data["place_code"] = given["place_code"]
        elif given.get("lon") is not None and given.get("lat") is not None:
            data["location"] = {"type": "Point", "coordinates": [given["lon"], given["lat"]]}
            data["pin"] = "confirmed"
        return data


def step_form(
    action: str,
    choices: StepChoices,
    *,
    version: int | None,
    post: Mapping[str, Any] | None = None,
    files: Any = None,
) -> StepForm:
    """Return the form of an action, bound where something was sent."""
    return StepForm(post, files, action=action, choices=choices, initial={"version": version})


def _text(name: str) -> Callable[[StepForm, bool, StepChoices], None]:
    def add(form: StepForm, required: bool, choices: StepChoices) -> None:
        form.fields[name] = forms.CharField(
            label=_LABELS[(form.action, name)],
            help_text=_HINTS.get((form.action, name), ""),
            required=required,
            max_length=4000,
            widget=forms.Textarea(attrs={"rows": 3}),
        )

    return add


def _photo(form: StepForm, required: bool, choices: StepChoices) -> None:
    widget = _ManyFiles(attrs={"accept": "image/*"})
    form.fields["photo"] = _Photos(label=_PHOTO, required=required, widget=widget)


def _until(form: StepForm, required: bool, choices: StepChoices) -> None:
    form.fields["until"] = forms.DateField(
        label=_LABELS[(form.action, "until")],
        help_text=_HINTS.get((form.action, "until"), ""),
        required=required,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date", "min": choices.today.isoformat()}, format="%Y-%m-%d"),
        error_messages={"invalid": _("A day as 2026-05-01.")},
    )


def _choice(
    name: str, label: Any, listed: Callable[[StepChoices], Sequence[Any]]
) -> Callable[[StepForm, bool, StepChoices], None]:
    def add(form: StepForm, required: bool, choices: StepChoices) -> None:
        form.fields[name] = forms.ChoiceField(
            label=label,
            required=required,
            widget=_LongSelect,
            choices=[("", _("— choose —")), *listed(choices)],
            error_messages={"invalid_choice": _("“%(value)s” is not in the list any more; choose again.")},
        )

    return add


def _location(form: StepForm, required: bool, choices: StepChoices) -> None:
    for name, low, high in (("lon", -180, 180), ("lat", -90, 90)):
        form.fields[name] = forms.FloatField(
            required=False,
            min_value=low,
            max_value=high,
            widget=forms.HiddenInput(attrs={f"data-{name}": ""}),
        )
    form.fields["place_code"] = forms.ChoiceField(
        label=_("Or choose the building or block"),
        required=False,
        widget=_LongSelect,
        choices=[("", _("— as on the map —")), *choices.places],
        error_messages={"invalid_choice": _("“%(value)s” is not in the list any more; choose again.")},
    )


class _CaseNumber(forms.CharField):
    """Number of another case, as on its ticket or its id."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        match = _CASE_NUMBER.match(text.strip()) if text else None
        if text and match is None:
            raise forms.ValidationError(
                _("A case number as 20260501-000123; got “%(value)s”.") % {"value": text[:40]}
            )
        return int(match.group(1)) if match else None


def _into(form: StepForm, required: bool, choices: StepChoices) -> None:
    form.fields["into"] = _CaseNumber(
        label=_("Number of the other case"),
        required=required,
        max_length=40,
        help_text=_("That one stays open."),
    )


_FIELDS: Mapping[str, Callable[[StepForm, bool, StepChoices], None]] = {
    "note": _text("note"),
    "reason": _text("reason"),
    "text": _text("text"),
    "photo": _photo,
    "until": _until,
    "to": _choice("to", _("To whom?"), lambda choices: choices.targets),
    "location": _location,
    "category": _choice("category", _("What is it really?"), lambda choices: choices.categories),
    "into": _into,
    "label": _choice("label", _("Label"), lambda choices: choices.labels),
    "route": _choice("route", _("Where should it go?"), lambda choices: choices.routes),
}
