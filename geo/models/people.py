"""Accounts. What somebody may do comes from appointments, not from flags on the account."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """A person who signs in: staff by appointment, residents without one."""

    display_name = models.CharField(_("name"), max_length=60, blank=True)
    phone = models.CharField(_("telephone"), max_length=32, blank=True)
    language = models.CharField(_("language"), max_length=12, blank=True)
    place = models.ForeignKey(
        "geo.Place",
        verbose_name=_("place"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="people",
        help_text=_("The place this account belongs to; empty for administrators of the whole deployment."),
    )
    one_time_password_until = models.DateTimeField(
        _("one-time password until"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("Set while the password is one that an administrator gave: it must be changed, by then."),
    )
    is_demo = models.BooleanField(default=False, editable=False)

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self) -> str:
        return self.display_name or self.username
