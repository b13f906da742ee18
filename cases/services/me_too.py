"""Me too (我也遇到): others with the same trouble, once a person, never for what is sensitive."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, ValidationError

from cases.domain.workflow import OPEN_STATUSES
from cases.errors import ActionNotAllowed
from cases.models import Case, Event, MeToo
from cases.selectors.detail import case_for
from cases.services.journal import event_of
from cases.services.refusals import refusal
from geo.models import User

__all__ = ["case_me_too"]


class _Voice(BaseModel):
    model_config = ConfigDict(extra="forbid")

    client_id: uuid.UUID


def case_me_too(*, case_id: int, actor: User | None, data: Any) -> tuple[int, bool]:
    """Count somebody who meets the same trouble.

    Parameters
    ----------
    case_id
    actor
        None for anybody: then `client_id` tells people apart.
    data
        `{"client_id": UUID}`.

    Returns
    -------
    number : int
        How many there are now.
    is_new : bool
        False for a repetition.

    Raises
    ------
    NotThere
        If the actor has no projection of the case.
    ActionNotAllowed
        If the case is sensitive, or no longer open.
    InvalidPayload
        If there is no client id.
    """
    try:
        client_id = _Voice.model_validate(data).client_id
    except ValidationError as error:
        raise refusal(error.errors(include_url=False), _Voice.model_fields) from None
    case = case_for(actor, case_id)
    if case.is_sensitive or case.status not in OPEN_STATUSES:
        raise ActionNotAllowed(_("This case takes no further voices."), field="action", value="me-too")
    # Whoever brought it is no other, by account or by the id that the phone filed it under.
    if client_id == case.client_id or (actor is not None and case.filed_by_id == actor.pk):
        return case.me_too_count, False
    now = timezone.now()
    try:
        with transaction.atomic():
            MeToo.objects.create(case_id=case_id, person=actor, client_id=client_id)
            Case.objects.filter(pk=case_id).update(me_too_count=F("me_too_count") + 1)
            event_of(case, "me-too", at=now, actor=actor, visibility=Event.Visibility.STAFF).save(
                force_insert=True
            )
            number = Case.objects.values_list("me_too_count", flat=True).get(pk=case_id)
    except IntegrityError:
        return Case.objects.values_list("me_too_count", flat=True).get(pk=case_id), False
    return number, True
