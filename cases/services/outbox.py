"""Sending what was queued for other systems: at least once, further and further apart where it fails."""

from __future__ import annotations

import hashlib
import hmac
import json
import urllib.request
from datetime import datetime, timedelta
from urllib.error import URLError

from django.conf import settings
from django.core.mail import send_mail

from cases.models import OutboxMessage

__all__ = ["outbox_send"]

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=12)
MAX_ATTEMPTS, BATCH, TIMEOUT_S = 20, 100, 10


def outbox_send(*, now: datetime) -> tuple[int, int]:
    """Send what is due.

    Returns
    -------
    sent, failed : int
    """
    sent = failed = 0
    due = OutboxMessage.objects.filter(sent_at__isnull=True, next_try_at__lte=now, attempts__lt=MAX_ATTEMPTS)
    for message in due.order_by("pk")[:BATCH]:
        # Taken before it is sent: of two processes at once only one sends it.
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2**message.attempts)
        mine = OutboxMessage.objects.filter(pk=message.pk, attempts=message.attempts, sent_at__isnull=True)
        if not mine.update(attempts=message.attempts + 1, next_try_at=now + wait):
            continue
        try:
            _send(message)
        except (OSError, URLError) as error:
            OutboxMessage.objects.filter(pk=message.pk).update(
                last_error=f"{type(error).__name__}: {error}"[:500]
            )
            failed += 1
        else:
            OutboxMessage.objects.filter(pk=message.pk).update(sent_at=now, last_error="")
            sent += 1
    return sent, failed


def _send(message: OutboxMessage) -> None:
    body = json.dumps({"topic": message.topic, "id": message.pk, **message.payload}).encode()
    if settings.OUTBOX_WEBHOOK_URL:
        signature = hmac.new(settings.OUTBOX_WEBHOOK_SECRET.encode(), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Gridcase-Signature": f"sha256={signature}"}
        # The address is the deployment's own setting, never a user's.
        url = settings.OUTBOX_WEBHOOK_URL
        request = urllib.request.Request(url, data=body, headers=headers, method="POST")  # noqa: S310
        with urllib.request.urlopen(request, timeout=TIMEOUT_S):  # noqa: S310
            pass
    if settings.OUTBOX_EMAILS:
        payload = message.payload
        subject = f"{message.topic} {payload['number']}"
        send_mail(subject, f"{payload['number']}: {payload['status']}", None, settings.OUTBOX_EMAILS)
