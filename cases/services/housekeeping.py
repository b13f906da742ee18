"""The work that nobody asks for: what `tick` does each minute, and what a server does when it starts."""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from cases.services.inbox import inbox_mark_taken, inbox_purge
from cases.services.outbox import outbox_send
from cases.services.overdue import cases_mark_overdue
from cases.services.photos import photos_forget_incoming
from cases.services.replay import inbox_take_up
from cases.services.rollups import rollups_fold

__all__ = ["take_up_at_start", "tick"]

log = logging.getLogger(__name__)


def tick(*, now: datetime, at_start: bool = False) -> dict[str, int]:
    """Do all periodic work once. Safe beside running servers and beside another tick.

    Parameters
    ----------
    now
        Aware.
    at_start
        Also take up what was received within the last minute: no request is under way.

    Returns
    -------
    dict
        Numbers of what was done.
    """
    older_than = timedelta() if at_start else timedelta(minutes=1)
    taken, kept = inbox_take_up(now=now, older_than=older_than)
    marked = inbox_mark_taken(now=now)
    sent, failed = outbox_send(now=now)
    return {
        "inbox_taken": taken,
        "inbox_kept": kept,
        "inbox_marked": marked,
        "inbox_purged": inbox_purge(now=now, keep_days=settings.INBOX_KEEP_DAYS),
        "overdue": cases_mark_overdue(now=now),
        "photo_pieces_deleted": photos_forget_incoming(now=now),
        "outbox_sent": sent,
        "outbox_failed": failed,
        "rollups_folded": rollups_fold(),
    }


def take_up_at_start() -> threading.Thread:
    """Take what a killed process left in the inbox, beside the first requests of this one."""

    def run() -> None:
        try:
            taken, kept = inbox_take_up(now=timezone.now(), older_than=timedelta())
            if taken or kept:
                log.info("inbox: %s filings taken up, %s kept", taken, kept)
        finally:
            connection.close()

    thread = threading.Thread(target=run, name="inbox-take-up", daemon=True)
    thread.start()
    return thread
