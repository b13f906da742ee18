"""What a located pin says, to people and to machines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from django.utils.translation import get_language

from geo.domain.areas import AreaRef
from geo.domain.directory import Exclusion, Responsible, ResponsibleLeader
from geo.domain.location import Candidate, Location, Outcome, Rule
from geo.domain.profile_base import Names
from geo.profiles import Profile
from geo.routing import AreaEntry, PlaceSnapshot
from geo.selectors.explanation import Sentence

__all__ = ["PinAnswer", "RawPin", "responsible_json"]

_DATUM_NAMES = {
    "gcj02": Names(zh="GCJ-02（高德、腾讯、微信）", en="GCJ-02 (AMap, Tencent, WeChat)"),
    "bd09": Names(zh="BD-09（百度）", en="BD-09 (Baidu)"),
}


@dataclass(frozen=True, slots=True)
class RawPin:
    """A pin as it came: what the device said is kept, untouched, beside what was made of it."""

    lon: float
    lat: float
    datum: str
    accuracy_m: float | None
    pin: str | None

    def as_json(self) -> dict[str, Any]:
        """Return what to store."""
        return {
            "lon": self.lon,
            "lat": self.lat,
            "datum": self.datum,
            "accuracy_m": self.accuracy_m,
            "pin": self.pin,
        }


@dataclass(frozen=True)
class PinAnswer:
    """Where a pin is and who answers for it.

    Attributes
    ----------
    lon, lat
        EPSG:4326.
    raw
        As it came.
    snapshot
        Place and boundary generation that answered; for a pin outside, the nearest place: its people sort it.
    location
        Outcome, areas, building, candidates, rules.
    also_in
        Names of further places that cover it.
    by_name
        Chosen by name, not by coordinate.
    day
        Local day at which terms were judged.
    levels_up
        Number of finest levels left out.
    responsible
        Leaders and Party organisation.
    """

    lon: float
    lat: float
    raw: RawPin
    snapshot: PlaceSnapshot
    location: Location
    also_in: tuple[str, ...]
    by_name: bool
    day: date
    levels_up: int
    responsible: Responsible

    @property
    def outcome(self) -> str:
        """Outcome as a plain text."""
        return self.location.outcome.value

    @cached_property
    def areas(self) -> tuple[AreaEntry, ...]:
        """Areas from the widest to the leaf; for a pin outside, those wider ones that cover it."""
        return tuple(self.snapshot.areas[ref.id] for ref in self.location.areas)

    @property
    def area(self) -> AreaEntry | None:
        """The finest of `areas`."""
        return self.areas[-1] if self.areas else None

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes from the widest area to the leaf."""
        return tuple(ref.code for ref in self.location.areas)

    @property
    def profile(self) -> Profile:
        """The governance profile in force there."""
        return self.snapshot.profile_at(self.codes)

    @cached_property
    def building(self) -> AreaEntry | None:
        """The building it belongs to."""
        nearby = self.location.building
        return self.snapshot.areas[nearby.area.id] if nearby else None

    @cached_property
    def unit(self) -> AreaEntry | None:
        """The unit of that building."""
        nearby = self.location.unit
        return self.snapshot.areas[nearby.area.id] if nearby else None

    def passing_by(self, exclusion: Exclusion | None) -> PinAnswer:
        """Return the same place with the people who take a complaint about those who would have it."""
        chain = tuple((ref.level, ref.code) for ref in self.location.areas)
        found = self.snapshot.directory.responsible(
            chain, day=self.day, levels_up=self.levels_up, exclusion=exclusion
        )
        return replace(self, responsible=found)

    @cached_property
    def explanation(self) -> tuple[Sentence, ...]:
        """Why: first where, then who."""
        return (*self._where(), *self._who())

    def areas_json(self) -> list[dict[str, str]]:
        """Return the chain as it is stored with a case: official names, widest first."""
        return [{"level": a.level, "code": a.code, "name": a.name} for a in self.areas]

    def detail(self) -> dict[str, Any]:
        """Return what is stored with a case beside outcome and areas: rules, candidates, explanation."""
        return {
            "generation": self.snapshot.generation,
            "rules": [rule.value for rule in self.location.rules],
            "distance_to_border_m": _metres(self.location.distance_to_border_m),
            "candidates": [
                self._candidate_json(candidate, "zh-hans") for candidate in self.location.candidates
            ],
            "explanation": [sentence.as_json() for sentence in self.explanation],
        }

    def as_json(self, *, staff: bool) -> dict[str, Any]:
        """Return the answer of `GET /api/v1/locate/`; names of persons only for staff."""
        language = get_language() or "zh-hans"
        location = self.location
        return {
            "outcome": self.outcome,
            "place": self.snapshot.slug,
            "generation": self.snapshot.generation,
            "location": {"type": "Point", "coordinates": [round(self.lon, 7), round(self.lat, 7)]},
            "areas": [
                {"level": area.level, "code": area.code, "name": area.names.text(language)}
                for area in self.areas
            ],
            "building": self._building_json(language),
            **responsible_json(self.snapshot, self.responsible, staff=staff),
            "distance_to_border_m": _metres(location.distance_to_border_m),
            "candidates": [self._candidate_json(candidate, language) for candidate in location.candidates],
            "explanation": [sentence.text() for sentence in self.explanation],
        }

    def _building_json(self, language: str) -> dict[str, Any] | None:
        if self.building is None or self.location.building is None:
            return None
        return {
            "code": self.building.code,
            "name": self.building.names.text(language),
            "unit": self.unit.names.text(language) if self.unit else None,
            "distance_m": _metres(self.location.building.distance_m),
        }

    def _candidate_json(self, candidate: Candidate, language: str) -> dict[str, Any]:
        return {
            "level": candidate.area.level,
            "code": candidate.area.code,
            "name": self._name(candidate.area).text(language),
            "distance_m": _metres(candidate.distance_m),
            "rule": candidate.rule.value,
        }

    def _name(self, ref: AreaRef) -> Names:
        return self.snapshot.areas[ref.id].names

    def _where(self) -> Iterator[Sentence]:
        location = self.location
        if self.raw.datum in _DATUM_NAMES:
            yield Sentence("converted", {"datum": _DATUM_NAMES[self.raw.datum]})
        if self.by_name:
            chosen = self.unit or self.building or self.area
            if chosen is not None:
                yield Sentence("chosen_by_name", {"area": self.snapshot.full_name(chosen.id)})
            return
        for rule in location.rules:
            if sentence := self._rule_sentence(rule):
                yield sentence
        if location.outcome is Outcome.OUTSIDE and location.candidates:
            nearest = location.candidates[0]
            yield Sentence(
                "nearest_candidate", {"area": self._full(nearest.area), "distance_m": nearest.distance_m}
            )
        for name in self.also_in:
            yield Sentence("other_place", {"place": name})

    def _rule_sentence(self, rule: Rule) -> Sentence | None:
        """Return the sentence of a rule; None for those that say nothing to people."""
        location = self.location
        leaf = self._full(location.leaf) if location.leaf else None
        match rule:
            case Rule.COVERED:
                return Sentence(rule.value, {"area": leaf or ""})
            case Rule.TIE_LOWEST_CODE | Rule.OVERLAP_SMALLEST_AREA:
                losers = [c.area for c in location.candidates if c.rule is rule]
                names = [self._name(ref) for ref in (location.leaf, *losers) if ref]
                return Sentence(rule.value, {"areas": _joined(names), "area": leaf or ""})
            case Rule.WITHIN_ACCURACY:
                accuracy_m = self.raw.accuracy_m
                if accuracy_m is None:
                    accuracy_m = self.snapshot.profile.geo.tolerances.default_accuracy_m
                values = {"distance_m": location.distance_to_border_m or 0.0, "accuracy_m": float(accuracy_m)}
                return Sentence(rule.value, {"area": leaf or "", **values})
            case Rule.NEAREST_WITHIN_TOLERANCE:
                distance_m = location.distance_to_border_m or 0.0
                return Sentence(rule.value, {"area": leaf or "", "distance_m": distance_m})
            case Rule.WIDER_AREA_COVERS:
                return Sentence(rule.value, {"area": self._full(location.covering[-1])})
            case Rule.SNAPPED_ACROSS:
                return Sentence(rule.value, {"covering": self._full(location.covering[-1])})
            case Rule.BUILDING_COVERS | Rule.BUILDING_NEAREST:
                return self._building_sentence(rule)
            case Rule.UNIT_COVERS | Rule.UNIT_NEAREST | Rule.CANDIDATES_CUT:
                return None  # said with the building; a matter of the list
            case _:
                return Sentence(rule.value, {})

    def _building_sentence(self, rule: Rule) -> Sentence | None:
        if self.building is None or self.location.building is None:
            return None
        names = [area.names for area in (self.building, self.unit) if area]
        values: dict[str, Names | float] = {"building": _joined(names, zh="", en=" ")}
        if rule is Rule.BUILDING_NEAREST:
            values["distance_m"] = self.location.building.distance_m
        return Sentence(rule.value, values)

    def _full(self, ref: AreaRef) -> Names:
        return self.snapshot.full_name(ref.id)

    def _who(self) -> Iterator[Sentence]:
        by_code = self.snapshot.by_code
        for key, values in self.responsible.notes:
            code = values.get("area")
            area = by_code.get(code) if isinstance(code, str) else None
            named: dict[str, Names | str | float | int] = {**values}
            if area is not None:
                named["area"] = area.names
            yield Sentence(key, named)
        yield from _leader_sentences(self.snapshot, self.responsible.leaders)
        if self.responsible.party is not None:
            yield Sentence("party", {"party": self.responsible.party.names})


def _leader_sentences(snapshot: PlaceSnapshot, leaders: tuple[ResponsibleLeader, ...]) -> Iterator[Sentence]:
    teams: dict[tuple[str, bool], dict[str, Names]] = {}
    for leader in leaders:
        teams.setdefault((leader.area_code, leader.acting), {})[leader.post.kind] = leader.post.title
    for (code, acting), titles in teams.items():
        area = snapshot.by_code.get(code)
        values = {"posts": _joined(list(titles.values())), "area": area.names if area else code}
        yield Sentence("leader_acting" if acting else "leader", values)


def responsible_json(snapshot: PlaceSnapshot, found: Responsible, *, staff: bool) -> dict[str, Any]:
    """Return the members `leaders` and `party_cell` of an answer; names of persons only for staff."""
    language = get_language() or "zh-hans"
    party, head_post = found.party, found.party_head_post
    headed = head_post.party_organisation_id if head_post else None
    head_of = party if headed is None else snapshot.directory.party_by_id[headed]
    title = head_of.head_title if head_of else None
    return {
        "leaders": [_leader_json(snapshot, leader, language, staff) for leader in found.leaders],
        "party_cell": None
        if party is None
        else {
            "name": party.names.text(language),
            "kind": party.kind,
            "head": found.party_head.name if staff and found.party_head else None,
            "head_title": title.text(language) if title else None,
        },
    }


def _leader_json(
    snapshot: PlaceSnapshot, leader: ResponsibleLeader, language: str, staff: bool
) -> dict[str, Any]:
    area = snapshot.by_code.get(leader.area_code)
    return {
        "name": leader.holder.name if staff else None,
        "post": leader.post.title.text(language),
        "post_key": leader.post.kind,
        "area": area.names.text(language) if area else leader.area_code,
        "area_code": leader.area_code,
        "level": leader.level,
        "acting": leader.acting,
        "phone": leader.post.office_phone or None,
    }


def _joined(names: list[Names], zh: str = "、", en: str = ", ") -> Names:
    ko = en.join(name.text("ko") for name in names) if any(name.ko for name in names) else None
    return Names(zh=zh.join(name.zh for name in names), en=en.join(name.en for name in names), ko=ko)


def _metres(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
