"""Let a boundary generation route, or tell what would change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.management.base import CommandError, CommandParser

from geo.errors import GridcaseError
from geo.management.places import PlaceCommand
from geo.models import BoundaryGeneration, Place
from geo.selectors.activation import activation_preview
from geo.services.generations import generation_activate


class Command(PlaceCommand):
    help = (
        "Let a staged boundary generation route from now on, in one transaction with the open cases, which are routed "
        "again; --preview only tells what would change. A retired one goes back; --rollback is the one before."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("generation", nargs="?", metavar="NAME")
        super().add_arguments(parser)
        parser.add_argument("--preview", action="store_true", help="tell what would change")
        parser.add_argument("--rollback", action="store_true", help="the generation that was active before")

    def handle(self, **options: Any) -> None:
        place = self.place(options["place"])
        name = self._name(place, options)
        try:
            if options["preview"]:
                report = activation_preview(self.generation(place, name))
            else:
                done = generation_activate(place_id=place.pk, name=name)
                report = {
                    "place": place.slug,
                    "generation": done.generation.name,
                    "retired": done.retired or None,
                    **{key: dict(part) for key, part in done.parts.items()},
                }
        except GridcaseError as error:
            raise CommandError(error.message) from error
        self.tell(report, list(_lines(report)), as_json=options["json"])

    def _name(self, place: Place, options: Mapping[str, Any]) -> str:
        name: str | None = options["generation"]
        if options["rollback"]:
            retired = place.generations.filter(state=BoundaryGeneration.State.RETIRED)
            before = retired.order_by("-retired_at", "-pk").first()
            if name is not None or before is None:
                said = "is for itself, without NAME" if name else "needs a generation that was active before"
                raise CommandError(f"--rollback {said}")
            return before.name
        if name is None:
            known = ", ".join(place.generations.values_list("name", flat=True)) or "none"
            raise CommandError(f"NAME must be one of: {known}; or --rollback")
        return name


def _lines(report: Mapping[str, Any]) -> Iterator[str]:
    if "retired" in report:
        yield f"{report['place']}: {report['generation']} is active, {report['retired'] or 'nothing'} retired"
    else:
        yield f"{report['place']}: {report['generation']} would replace {report['replaces'] or 'nothing'}"
        if not report["can_be_activated"]:
            yield f"cannot be activated: {report['problem'] or 'it is active already'}"
        for level in report.get("levels", ()):
            counts = ", ".join(f"{len(level[key])} {key}" for key in ("gone", "new", "redrawn"))
            yield f"{level['level']}: {level['before']} → {level['after']} ({counts})"
        for post in report.get("posts_vacant", ()):
            held = "held" if post["held"] else "vacant"
            yield f"post without area: {post['kind']} of {post['area_code']} ({held})"
        if coverage := report.get("coverage"):
            yield (
                f"coverage: {coverage['gaps']} gaps ({coverage['gaps_m2']:,.0f} m²), {coverage['overlaps']} overlaps "
                f"({coverage['overlaps_m2']:,.0f} m²), {coverage['outside_parents']} areas outside their parents, "
                f"{coverage['buildings_in_no_grid']} buildings in no grid, {len(coverage['without_leader'])} without "
                f"leader, {len(coverage['without_party'])} without Party organisation of their own"
            )
    if cases := report.get("cases"):
        yield (
            f"open cases: {cases['open']}; {cases['moved']} get other areas, {cases['change_hands']} change hands, "
            f"{cases['fall_outside']} fall outside, {cases['come_inside']} come inside"
        )
        for pair in cases["by_area"][:20]:
            yield f"  {pair['from'] or 'outside'} → {pair['to'] or 'outside'}: {pair['count']}"
