"""Posts and who holds them. Every change moves the place's directory on in the same transaction."""

from __future__ import annotations

from datetime import date

from django.contrib.gis.geos import LineString
from django.db import transaction
from django.db.models import ProtectedError, Q
from django.utils.translation import gettext as _

from geo.errors import Conflict, InvalidInput, NotThere
from geo.models import Appointment, Post, User
from geo.selectors.clock import local_day
from geo.services.post_checks import check_lane, check_post
from geo.services.versions import directory_changed, locked_place

__all__ = [
    "appointment_begin",
    "appointment_change",
    "appointment_end",
    "appointment_remove",
    "post_create",
    "post_remove",
    "post_update",
]


@transaction.atomic
def post_create(
    *,
    place_id: int,
    kind: str,
    area_code: str = "",
    party_organisation_id: int | None = None,
    department_id: int | None = None,
    lane: LineString | None = None,
    office_phone: str = "",
) -> Post:
    """Create a post at an area, in a Party organisation or in a department.

    Parameters
    ----------
    place_id
    kind
        Key of a post of the profile that holds at the area.
    area_code, party_organisation_id, department_id
        Exactly one of them.
    lane
        EPSG:4326, for posts that answer for a lane.
    office_phone
        Of the office, never of the person.

    Raises
    ------
    InvalidInput
        If the profile has no such post there, or not at that level.
    Conflict
        If all its seats exist already.
    """
    place = locked_place(place_id)
    post = Post(
        place=place,
        kind=kind,
        area_code=area_code,
        party_organisation_id=party_organisation_id,
        department_id=department_id,
        lane=lane,
        office_phone=office_phone,
    )
    check_post(post)
    post.save()
    directory_changed(place_id=place_id)
    return post


@transaction.atomic
def post_update(*, post_id: int, lane: LineString | None = None, office_phone: str = "") -> Post:
    """Change the lane and the office telephone of a post; what it is and where stays."""
    post = _post(post_id)
    post.lane, post.office_phone = lane, office_phone
    check_lane(post)
    post.save(update_fields=["lane", "office_phone"])
    directory_changed(place_id=post.place_id)
    return post


@transaction.atomic
def post_remove(*, post_id: int) -> None:
    """Abolish a post that nobody ever held and no case was assigned to.

    Raises
    ------
    Conflict
        Otherwise: end the appointment and leave the post vacant, so that what it did can still be read.
    """
    post = _post(post_id)
    held = post.appointments.count()
    if held:
        raise Conflict(
            _(
                "Somebody holds or held this post (%(count)d terms): end the appointment instead of removing the post."
            )
            % {"count": held},
            field="post",
            value=post_id,
        )
    try:
        post.delete()
    except ProtectedError as error:
        raise Conflict(
            _("Cases were assigned to this post: it stays, vacant."), field="post", value=post_id
        ) from error
    directory_changed(place_id=post.place_id)


@transaction.atomic
def appointment_begin(
    *,
    post_id: int,
    person_id: int,
    since: date | None = None,
    until: date | None = None,
    employment: str = Appointment.Employment.FULL_TIME,
) -> Appointment:
    """Appoint a person to a post for a term.

    Parameters
    ----------
    post_id, person_id
    since
        First day, local to the place; None for today.
    until
        Day after the last one; None for an open end.
    employment
        'full' or 'part'.

    Raises
    ------
    InvalidInput
        If the term ends before it begins, or the person belongs to another place or cannot sign in.
    Conflict
        If somebody else holds the post in that term.
    """
    post = _post(post_id)
    place = locked_place(post.place_id)
    person = User.objects.filter(pk=person_id).first()
    if person is None:
        raise NotThere(_("There is no such person."), field="person", value=person_id)
    if not person.is_active:
        raise InvalidInput(
            _("This account is closed."), field="person", value=person_id, accepted="active account"
        )
    if person.place_id not in (None, place.pk):
        raise InvalidInput(
            _("This person belongs to another place."), field="person", value=person_id, accepted=place.slug
        )
    appointment = Appointment(
        post=post,
        person=person,
        since=since or local_day(place.time_zone),
        until=until,
        employment=employment,
    )
    _check_term(appointment)
    appointment.save()
    directory_changed(place_id=place.pk)
    return appointment


@transaction.atomic
def appointment_change(
    *,
    appointment_id: int,
    since: date,
    until: date | None,
    employment: str = Appointment.Employment.FULL_TIME,
) -> Appointment:
    """Correct the term of an appointment; the post and the person stay.

    Raises
    ------
    InvalidInput, Conflict
        As for `appointment_begin`.
    """
    appointment = _appointment(appointment_id)
    locked_place(appointment.post.place_id)
    appointment.since, appointment.until, appointment.employment = since, until, employment
    _check_term(appointment)
    appointment.save(update_fields=["since", "until", "employment"])
    directory_changed(place_id=appointment.post.place_id)
    return appointment


@transaction.atomic
def appointment_end(*, appointment_id: int, until: date | None = None) -> Appointment:
    """End an appointment.

    Parameters
    ----------
    appointment_id
    until
        Day after the last one; None for today, local to the place: the person's rights end at once.

    Raises
    ------
    InvalidInput
        If it would end before it began: `appointment_remove` takes a mistaken one away.
    """
    appointment = _appointment(appointment_id)
    day = until or local_day(appointment.post.place.time_zone)
    return appointment_change(
        appointment_id=appointment_id, since=appointment.since, until=day, employment=appointment.employment
    )


@transaction.atomic
def appointment_remove(*, appointment_id: int) -> None:
    """Take away an appointment that has not begun, or began today.

    Raises
    ------
    Conflict
        If it began earlier: it is part of what happened and is ended, not removed.
    """
    appointment = _appointment(appointment_id)
    place = locked_place(appointment.post.place_id)
    if appointment.since < local_day(place.time_zone):
        raise Conflict(
            _("This term began on %(since)s: end it instead of removing it.") % {"since": appointment.since},
            field="appointment",
            value=appointment_id,
        )
    appointment.delete()
    directory_changed(place_id=place.pk)


def _post(post_id: int) -> Post:
    post = Post.objects.select_related("place").filter(pk=post_id).first()
    if post is None:
        raise NotThere(_("There is no such post."), field="post", value=post_id)
    return post


def _appointment(appointment_id: int) -> Appointment:
    found = Appointment.objects.select_related("post__place").filter(pk=appointment_id).first()
    if found is None:
        raise NotThere(_("There is no such appointment."), field="appointment", value=appointment_id)
    return found


def _check_term(appointment: Appointment) -> None:
    since, until = appointment.since, appointment.until
    if until is not None and until <= since:
        raise InvalidInput(
            _("The term must end after it begins; got %(since)s to %(until)s.")
            % {"since": since, "until": until},
            field="until",
            value=until.isoformat(),
            accepted=f"> {since.isoformat()}",
        )
    others = Appointment.objects.filter(Q(until__isnull=True) | Q(until__gt=since), post=appointment.post)
    if until is not None:
        others = others.filter(since__lt=until)
    taken = others.exclude(pk=appointment.pk).order_by("since").first()
    if taken is not None:
        raise Conflict(
            _("The post is held from %(since)s until %(until)s: end that term first.")
            % {"since": taken.since, "until": taken.until or _("further notice")},
            field="since",
            value=since.isoformat(),
        )
