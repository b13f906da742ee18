"""Which pages stand in the header, by role. Only pages that this deployment serves are shown."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.selectors.notices import unread_count
from geo.models import User
from geo.selectors.administration import may_administer
from geo.selectors.authority import authority_of
from maps.selectors.coverage_view import may_see_coverage


@dataclass(frozen=True)
class NavItem:
    """One page in the header."""

    path: str
    label: str | Promise
    current: bool = False
    count: int | None = None


_PUBLIC: tuple[tuple[str, str | Promise], ...] = (("/report/", _("Report")), ("/map/", _("Map")))
_STAFF: tuple[tuple[str, str | Promise], ...] = (
    ("/patrol/", _("Patrol")),
    ("/cases/", _("Ledger")),
    ("/inbox/", _("Inbox")),
    ("/cases/new/", _("Counter")),
    ("/map/", _("Map")),
    ("/plan/", _("Plans")),
    ("/hall/", _("Deliberation")),
)


def _served(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


def nav_items(request: HttpRequest) -> list[NavItem]:
    """Return the header's pages for who asks, in the order of the day's work.

    Parameters
    ----------
    request
        The current request; its user decides, its path marks the current page.
    """
    user = getattr(request, "user", None)
    pages = list(_STAFF if user is not None and user.is_authenticated else _PUBLIC)
    if may_see_coverage(authority_of(user)):
        pages.append(("/staff/coverage/", _("Coverage")))
    if may_administer(user):
        pages.append(("/admin/", _("Administration")))
    served = [(path, label) for path, label in pages if _served(path)]
    matching = [path for path, _label in served if request.path.startswith(path)]
    current = max(matching, key=len, default=None)
    unread = {"/inbox/": unread_count(user)} if isinstance(user, User) else {}
    return [
        NavItem(path, label, current=path == current, count=unread.get(path) or None)
        for path, label in served
    ]
