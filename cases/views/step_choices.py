"""What the lists of the step forms offer, for one case and its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from cases.domain.profile import CasesSection
from cases.selectors.words import ROUTE_NAMES
from geo.routing import PlaceSnapshot
from geo.selectors.place_choices import block_choices

__all__ = ["StepChoices"]

Option = tuple[str, str]
Group = tuple[str, Sequence[Option]]
_WORK_ROLES = frozenset({"leader", "deputy", "patroller", "official", "counter", "lane_chief", "secretary"})


@dataclass(frozen=True)
class StepChoices:
    """Lists in the reader's language; each is made when a form first wants it.

    Parameters
    ----------
    case
        Properties in the full projection.
    snapshot
        Of the case's place.
    today
        Local day.
    language
        Of the page.
    """

    case: Mapping[str, Any]
    snapshot: PlaceSnapshot
    today: date
    language: str

    @cached_property
    def _codes(self) -> list[str]:
        return [area["code"] for area in self.case["areas"]]

    @cached_property
    def _section(self) -> CasesSection:
        section: CasesSection = self.snapshot.profile_at(self._codes).section(CasesSection)
        return section

    @cached_property
    def targets(self) -> list[Group]:
        """Whom a case can be passed on to: departments, offices of the levels above, people around."""
        directory, geo = self.snapshot.directory, self.snapshot.profile.geo
        groups: list[Group] = []
        if self.case["about"] == "none":
            departments = [
                (f"department:{department.code}", department.names.text(self.language))
                for department in directory.departments
            ]
            groups.append((_("Departments"), departments))
        above = [area for area in self.case["areas"] if area["level"] not in ("block", "grid")]
        levels = geo.levels_by_key
        offices = [
            (f"level:{area['level']}", f"{levels[area['level']].name.text(self.language)} · {area['name']}")
            for area in reversed(above)
            if area["level"] in levels
        ]
        groups.append((_("Offices"), offices))
        groups += self._people()
        return [group for group in groups if group[1]]

    def _people(self) -> list[Group]:
        """Return filled posts of the case's own chain, then the leading ones of its community."""
        directory = self.snapshot.directory
        own: list[Option] = []
        around: list[Option] = []
        community = next((a["code"] for a in self.case["areas"] if a["level"] == "community"), "")
        for post in directory.posts_by_id.values():
            holder = post.holder_on(self.today)
            if holder is None or not post.area_code or not _WORK_ROLES & set(post.roles):
                continue
            chain = [area.code for area in self.snapshot.chain_of(post.area_code)]
            name = self.snapshot.by_code[post.area_code].name if chain else ""
            option = (f"post:{post.id}", f"{name} {post.title.text(self.language)} {holder.name}".strip())
            if post.area_code in self._codes:
                own.append(option)
            elif post.leads and community and community in chain:
                around.append(option)
        return [
            (_("People of this spot"), own),
            (_("Other leaders of the community"), sorted(around, key=lambda option: option[1])),
        ]

    @cached_property
    def categories(self) -> list[Group]:
        """Kinds of case by group, but the present one."""
        section = self._section
        return [
            (
                group.name.text(self.language),
                [
                    (kind.key, kind.name.text(self.language))
                    for kind in section.categories
                    if kind.group == group.key and kind.key != self.case["category"]
                ],
            )
            for group in section.groups
        ]

    @cached_property
    def labels(self) -> list[Option]:
        """What the place calls classes of cases."""
        return [(label.key, label.name.text(self.language)) for label in self._section.labels]

    @cached_property
    def routes(self) -> list[Option]:
        """Where a case can go."""
        return [(key, str(name)) for key, name in ROUTE_NAMES.items()]

    @cached_property
    def places(self) -> list[Group]:
        """Blocks with their buildings: those of the case's community one by one."""
        near = {area["code"] for area in self.case["areas"] if area["level"] in ("community", "block")}
        return [
            (block.label, [(place.code, place.label) for place in block.places])
            for block in block_choices(self.snapshot, detailed=near)
        ]
