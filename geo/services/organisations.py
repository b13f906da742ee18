"""Party organisations, departments and their jurisdictions. Every change moves the place's directory on."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from geo import profiles
from geo.domain.areas import LEVEL_RANK
from geo.errors import Conflict, InvalidInput, NotThere
from geo.models import Area, Department, Jurisdiction, PartyOrganisation, Place
from geo.services.versions import directory_changed, locked_place

__all__ = [
    "department_create",
    "department_remove",
    "department_update",
    "jurisdiction_add",
    "jurisdiction_remove",
    "party_organisation_create",
    "party_organisation_remove",
    "party_organisation_update",
]


@transaction.atomic
def party_organisation_create(
    *,
    place_id: int,
    kind: str,
    name: str,
    name_en: str = "",
    area_code: str = "",
    parent_id: int | None = None,
) -> PartyOrganisation:
    """Found a Party organisation.

    Parameters
    ----------
    place_id
    kind
        Key of a kind of the profile; it says at which level it stands and below which kind.
    name, name_en
    area_code
        Empty where it belongs to no single area.
    parent_id
        Party organisation above it.

    Raises
    ------
    InvalidInput
        If the profile has no such kind, or not at that level or below that parent.
    """
    place = locked_place(place_id)
    party = PartyOrganisation(
        place=place, kind=kind, name=name, name_en=name_en, area_code=area_code, parent_id=parent_id
    )
    _check_party(party)
    party.save()
    directory_changed(place_id=place_id)
    return party


@transaction.atomic
def party_organisation_update(
    *, party_id: int, name: str, name_en: str = "", area_code: str = "", parent_id: int | None = None
) -> PartyOrganisation:
    """Rename or move a Party organisation; its kind stays. Raises as `party_organisation_create`."""
    party = _party(party_id)
    locked_place(party.place_id)
    party.name, party.name_en, party.area_code, party.parent_id = name, name_en, area_code, parent_id
    _check_party(party)
    party.save()
    directory_changed(place_id=party.place_id)
    return party


@transaction.atomic
def party_organisation_remove(*, party_id: int) -> None:
    """Dissolve a Party organisation without posts, members below it or cases.

    Raises
    ------
    Conflict
        If it has any.
    """
    party = _party(party_id)
    if party.posts.exists():
        raise Conflict(
            _("It has posts: move or remove them first."), field="party_organisation", value=party_id
        )
    try:
        party.delete()
    except ProtectedError as error:
        raise Conflict(
            _("Organisations below it or cases refer to it: it stays."),
            field="party_organisation",
            value=party_id,
        ) from error
    directory_changed(place_id=party.place_id)


@transaction.atomic
def department_create(
    *,
    place_id: int,
    code: str,
    name: str,
    name_en: str = "",
    kind: str = "",
    off_area: bool = False,
    phone: str = "",
) -> Department:
    """Add a department or firm that cases can be handed to.

    Parameters
    ----------
    place_id
    code
        Key, unique in the place; the key of a competent authority of the profile makes it that authority here.
    name, name_en, kind
    off_area
        Its seat lies outside the place.
    phone
        Of the office.

    Raises
    ------
    Conflict
        If the place has one of that key.
    """
    locked_place(place_id)
    department = Department(
        place_id=place_id, code=code, name=name, name_en=name_en, kind=kind, off_area=off_area, phone=phone
    )
    department.full_clean(validate_unique=False, validate_constraints=False)
    if Department.objects.filter(place_id=place_id, code=code).exists():
        raise Conflict(
            _("There is a department “%(code)s” already.") % {"code": code}, field="code", value=code
        )
    department.save()
    directory_changed(place_id=place_id)
    return department


@transaction.atomic
def department_update(
    *,
    department_id: int,
    name: str,
    name_en: str = "",
    kind: str = "",
    off_area: bool = False,
    phone: str = "",
) -> Department:
    """Change what a department is called and how it is reached; its key stays."""
    department = _department(department_id)
    department.name, department.name_en, department.kind = name, name_en, kind
    department.off_area, department.phone = off_area, phone
    department.full_clean(validate_unique=False, validate_constraints=False)
    department.save()
    directory_changed(place_id=department.place_id)
    return department


@transaction.atomic
def department_remove(*, department_id: int) -> None:
    """Remove a department without posts and without cases.

    Raises
    ------
    Conflict
        If it has any.
    """
    department = _department(department_id)
    if department.posts.exists():
        raise Conflict(_("It has posts: move or remove them first."), field="department", value=department_id)
    try:
        department.delete()
    except ProtectedError as error:
        raise Conflict(
            _("Cases were handed to it: it stays."), field="department", value=department_id
        ) from error
    directory_changed(place_id=department.place_id)


@transaction.atomic
def jurisdiction_add(*, department_id: int, category: str = "", area_code: str = "") -> Jurisdiction:
    """Make a department competent for a category at an area; empty means all of them.

    Raises
    ------
    InvalidInput
        If the active generation has no such area.
    Conflict
        If it is competent for that already.
    """
    department = _department(department_id)
    if area_code:
        _require_area(department.place, area_code)
    try:
        with transaction.atomic():
            jurisdiction = Jurisdiction.objects.create(
                department=department, category=category, area_code=area_code
            )
    except IntegrityError as error:
        raise Conflict(
            _("“%(department)s” is competent for that already.") % {"department": department},
            field="category",
            value=category,
        ) from error
    directory_changed(place_id=department.place_id)
    return jurisdiction


@transaction.atomic
def jurisdiction_remove(*, jurisdiction_id: int) -> None:
    """Take a jurisdiction from its department."""
    found = Jurisdiction.objects.select_related("department").filter(pk=jurisdiction_id).first()
    if found is None:
        raise NotThere(_("There is no such jurisdiction."), field="jurisdiction", value=jurisdiction_id)
    found.delete()
    directory_changed(place_id=found.department.place_id)


def _party(party_id: int) -> PartyOrganisation:
    party = PartyOrganisation.objects.select_related("place").filter(pk=party_id).first()
    if party is None:
        raise NotThere(_("There is no such Party organisation."), field="party_organisation", value=party_id)
    return party


def _department(department_id: int) -> Department:
    department = Department.objects.select_related("place").filter(pk=department_id).first()
    if department is None:
        raise NotThere(_("There is no such department."), field="department", value=department_id)
    return department


def _require_area(place: Place, code: str) -> Area:
    area = Area.objects.filter(generation__place=place, generation__state="active", code=code).first()
    if area is None:
        raise InvalidInput(
            _("There is no area with the code “%(code)s”.") % {"code": code}, field="area_code", value=code
        )
    return area


def _check_party(party: PartyOrganisation) -> None:
    kinds = profiles.resolve(party.place.profile).geo.party_kinds_by_key
    kind = kinds.get(party.kind)
    if kind is None:
        raise InvalidInput(
            _("There is no kind of Party organisation “%(kind)s” here; there are: %(known)s.")
            % {"kind": party.kind, "known": ", ".join(kinds)},
            field="kind",
            value=party.kind,
            accepted=list(kinds),
        )
    if party.area_code and (level := _require_area(party.place, party.area_code).level) != kind.level:
        raise InvalidInput(
            _("“%(kind)s” stands at the level “%(wanted)s”; %(code)s is of the level “%(got)s”.")
            % {"kind": party.kind, "wanted": kind.level, "code": party.area_code, "got": level},
            field="area_code",
            value=party.area_code,
            accepted=kind.level,
        )
    if party.parent_id is not None:
        _check_parent(party, party.parent_id, kind.level)


def _check_parent(party: PartyOrganisation, parent_id: int, level: str) -> None:
    parent = PartyOrganisation.objects.filter(pk=parent_id, place=party.place).first()
    if parent is None:
        raise NotThere(_("There is no such Party organisation."), field="parent", value=parent_id)
    kinds = profiles.resolve(party.place.profile).geo.party_kinds_by_key
    above = kinds.get(parent.kind)
    # Only a wider level can be above: that also rules out circles.
    if above is None or LEVEL_RANK[above.level] >= LEVEL_RANK[level]:
        raise InvalidInput(
            _("The organisation above must stand at a wider level than “%(level)s”.") % {"level": level},
            field="parent",
            value=parent_id,
            accepted=f"< {level}",
        )
