"""Six months of invented cases, as they would be sent: what, where, when, by whom. Seeded, without a clock."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import numpy as np

from cases.demo.clusters import CLUSTERS, Cluster
from cases.demo.mix import CHANNELS, HOURS, MONTHS, RATES, WEEKDAYS, Rate
from cases.demo.spots import Spot, Spots
from cases.demo.texts import CLUSTER_PHRASES, PHRASES, compose
from geo.demo.names import PeopleMaker
from geo.demo.plan import TownPlan
from geo.demo.town import Feature
from geo.domain.datum import wgs84_to_gcj02

__all__ = ["DAYS", "CaseDraft", "draft_cases"]

DAYS = 182
Filer = Literal["patroller", "clerk", "official", "resident", "nobody"]
_LINES = {
    "road": 0.28,
    "kerb": 0.2,
    "flooding": 0.2,
    "dirty_road": 0.3,
    "street_trading": 0.15,
    "parking": 0.08,
}
"""Share of a kind that is drawn as a line, where it lies on a street."""
_OLD_TROUBLE = {
    "drainage": 0.06,
    "housing_repair": 0.08,
    "illegal_building": 0.1,
    "road": 0.02,
    "green_occupied": 0.05,
}
"""Share of a kind that has lasted for years."""
_IN_PRIVATE = frozenset({"neighbours", "family", "vulnerable_help", "health", "conduct"})
_NAMESPACE = uuid.UUID("6f3c1c1e-5a57-5d0b-9d0e-6772696463a5")
_FOLLOW_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_ABOUT = (
    ("property", "property_service", "物业经理收钱不办事，态度恶劣，要求换人。", 12),
    ("leader", "conduct", "反映网格长办事偏心，亲戚家的事当天就办，别人家的拖着。", 6),
    ("community", "conduct", "反映社区账目不公开，公益金用在哪里说不清。", 4),
    ("official", "conduct", "反映街道工作人员推诿，同一件事跑了四趟。", 3),
)


@dataclass(frozen=True, slots=True)
class CaseDraft:
    """One filing: the body as a client sends it, when the server got it, and who sent it."""

    number: int
    body: Mapping[str, Any]
    received_at: datetime
    filer: Filer
    follow_code: str
    cluster: str = ""
    me_too: int = 0


def draft_cases(
    plan: TownPlan, layers: Mapping[str, Sequence[Feature]], *, as_of: date, time_zone: str
) -> list[CaseDraft]:
    """Return the cases of a town, in the order of their receipt.

    Parameters
    ----------
    plan, layers
        The town.
    as_of
        The local day that the demo is set to: everything is before its first minute.
    time_zone
        IANA name.

    Returns
    -------
    list of CaseDraft
        The same for the same town and day.
    """
    return _Desk(plan, layers, as_of, time_zone).drafts()


class _Desk:
    def __init__(
        self, plan: TownPlan, layers: Mapping[str, Sequence[Feature]], as_of: date, time_zone: str
    ) -> None:
        self.plan, self.as_of, self.zone = plan, as_of, ZoneInfo(time_zone)
        self.spots = Spots(layers)
        self.people = PeopleMaker(plan.seed, 11)

    def drafts(self) -> list[CaseDraft]:
        """Write every case and number them by receipt."""
        found: list[tuple[datetime, int, dict[str, Any], Filer, str, int]] = []
        for serial, entry in enumerate(self._entries()):
            found.append((entry[0], serial, *entry[1:]))
        found.sort(key=lambda entry: entry[:2])
        return [self._numbered(number, entry) for number, entry in enumerate(found, start=1)]

    def _numbered(
        self, number: int, entry: tuple[datetime, int, dict[str, Any], Filer, str, int]
    ) -> CaseDraft:
        received_at, _, body, filer, cluster, me_too = entry
        rng = np.random.default_rng([self.plan.seed, 12, number])
        letters = "".join(_FOLLOW_LETTERS[int(i)] for i in rng.integers(len(_FOLLOW_LETTERS), size=12))
        key = uuid.uuid5(_NAMESPACE, f"{self.plan.slug}/{self.as_of.isoformat()}/{number}")
        code = "-".join(letters[start : start + 4] for start in (0, 4, 8))
        return CaseDraft(number, {"client_id": str(key), **body}, received_at, filer, code, cluster, me_too)

    def _entries(self) -> Iterator[tuple[datetime, dict[str, Any], Filer, str, int]]:
        for k, (category, rate) in enumerate(RATES.items()):
            rng = np.random.default_rng([self.plan.seed, 13, k])
            for day in self._days(category, rate, rng):
                yield self._background(category, rate, day, rng)
        for k, cluster in enumerate(CLUSTERS.get(self.plan.slug, ())):
            rng = np.random.default_rng([self.plan.seed, 14, k])
            for day in self._cluster_days(cluster, rng):
                yield self._planted(cluster, day, rng)
        yield from self._complaints(np.random.default_rng([self.plan.seed, 15]))
        yield from self._fresh(np.random.default_rng([self.plan.seed, 16]))

    # ------------------------------------------------------------ when

    def _weight(self, category: str, day: int) -> float:
        on = self.as_of + timedelta(days=day)
        months = MONTHS.get(category)
        return WEEKDAYS[on.weekday()] * (months[on.month - 1] if months else 1.0)

    def _days(self, category: str, rate: Rate, rng: np.random.Generator) -> Sequence[int]:
        days = np.arange(-DAYS, 0)
        weights = np.array([self._weight(category, int(day)) for day in days])
        expected = rate.n * weights.sum() / DAYS
        if weights.sum() == 0.0:
            return []
        n = round(expected) if expected >= 8 else int(rng.poisson(expected))
        return [int(day) for day in rng.choice(days, size=n, p=weights / weights.sum())]

    def _cluster_days(self, cluster: Cluster, rng: np.random.Generator) -> Sequence[int]:
        days = np.arange(cluster.from_day, cluster.to_day)
        passed = np.linspace(0.0, 1.0, len(days))
        trend = {
            "steady": np.ones(len(days)),
            "emerging": np.exp(3.2 * passed),
            "diminishing": np.exp(-3.2 * passed),
        }
        weights = trend[cluster.kind] * np.array(
            [WEEKDAYS[(self.as_of + timedelta(days=int(d))).weekday()] for d in days]
        )
        return [int(day) for day in rng.choice(days, size=cluster.n, p=weights / weights.sum())]

    def _moment(self, day: int, rng: np.random.Generator) -> datetime:
        hours = np.array(HOURS)
        hour = int(rng.choice(24, p=hours / hours.sum()))
        clock = time(hour, int(rng.integers(60)), int(rng.integers(60)))
        return datetime.combine(self.as_of + timedelta(days=day), clock, self.zone)

    # ------------------------------------------------------------ what

    def _background(
        self, category: str, rate: Rate, day: int, rng: np.random.Generator
    ) -> tuple[datetime, dict[str, Any], Filer, str, int]:
        spot = None if rate.site == "none" else self.spots.find(rate.site, rng)
        if category in ("garbage", "dirty_road") and rng.random() < 0.012:
            spot = self.spots.outside(rng)
        at = self._moment(day, rng)
        channel, filer = self._channel(rate.by_staff, rng, in_private=category in _IN_PRIVATE)
        text = compose(PHRASES[category], spot.words if spot else "", channel, rng)
        body = self._body(category, text, channel, spot, at, filer, rng)
        me_too = int(rng.poisson(0.35)) if rng.random() < 0.5 else 0
        return at, body, filer, "", me_too

    def _planted(
        self, cluster: Cluster, day: int, rng: np.random.Generator
    ) -> tuple[datetime, dict[str, Any], Filer, str, int]:
        spot = self.spots.in_cluster(cluster, rng)
        at = self._moment(day, rng)
        channel, filer = self._channel(0.25, rng)
        text = compose(CLUSTER_PHRASES[cluster.id], spot.words, channel, rng)
        body = self._body(cluster.category, text, channel, spot, at, filer, rng)
        return at, body, filer, cluster.id, int(rng.poisson(1.6))

    def _complaints(
        self, rng: np.random.Generator
    ) -> Iterator[tuple[datetime, dict[str, Any], Filer, str, int]]:
        """Yield complaints about somebody in charge."""
        for about, category, text, n in _ABOUT:
            for _ in range(n):
                spot = self.spots.find("home", rng)
                at = self._moment(int(rng.integers(-DAYS, 0)), rng)
                channel = "hotline" if rng.random() < 0.6 else "box"
                body = self._body(category, f"{spot.words}居民{text}", channel, spot, at, "official", rng)
                yield at, {**body, "about": about}, "official", "", 0

    def _fresh(self, rng: np.random.Generator) -> Iterator[tuple[datetime, dict[str, Any], Filer, str, int]]:
        """Yield some work of the last two days where the demo's patroller and grid leaders serve."""
        for name in (*self.plan.demo_grids, *self.plan.demo_blocks):
            for category in ("piled_up", "nonmotor_parking", "garbage", "housing_repair"):
                spot = self.spots.at_home(self.spots.home_in(name, rng), rng)
                at = self._moment(-int(rng.integers(1, 3)), rng)
                channel, filer = self._channel(0.0, rng)
                text = compose(PHRASES[category], spot.words, channel, rng)
                yield at, self._body(category, text, channel, spot, at, filer, rng), filer, "", 0

    def _channel(
        self, by_staff: float, rng: np.random.Generator, *, in_private: bool = False
    ) -> tuple[str, Filer]:
        if rng.random() < by_staff:
            return ("visit" if in_private or rng.random() < 0.1 else "patrol"), "patroller"
        if in_private:  # nobody tells a chat group or a meeting
            return ("hotline", "phone", "counter")[int(rng.integers(3))], "clerk"
        names = list(CHANNELS)
        channel = names[int(rng.choice(len(names), p=np.array(list(CHANNELS.values()))))]
        if channel in ("web", "chat"):
            return channel, "resident" if rng.random() < 0.06 else "nobody"
        return channel, "official" if channel in ("hotline", "representative") else "clerk"

    def _body(
        self,
        category: str,
        text: str,
        channel: str,
        spot: Spot | None,
        at: datetime,
        filer: Filer,
        rng: np.random.Generator,
    ) -> dict[str, Any]:
        body: dict[str, Any] = {
            "place": self.plan.slug,
            "category": category,
            "text": text,
            "channel": channel,
        }
        if spot is not None:
            body |= _where(category, spot, channel, filer, rng)
        if filer == "patroller":
            late = 0 if rng.random() < 0.9 else int(rng.integers(30, 400))
            lies = rng.random() < 0.003
            captured = (
                at + timedelta(days=3)
                if lies
                else at - timedelta(minutes=late, seconds=int(rng.integers(5, 90)))
            )
            body["captured_at"] = captured.isoformat()
        elif rng.random() < 0.85:
            body["reporter"] = {"name": self.people.name(), "phone": self.people.phone()}
        if rng.random() < 0.025:
            body["urgent"] = True
        if filer != "patroller" and rng.random() < 0.02:
            body |= {"confidential": True, "text": f"{text}请不要说是我反映的。"}
        if rng.random() < _OLD_TROUBLE.get(category, 0.0):
            body["began_on"] = (at.date() - timedelta(days=int(rng.integers(380, 2600)))).isoformat()
        return body


def _where(category: str, spot: Spot, channel: str, filer: Filer, rng: np.random.Generator) -> dict[str, Any]:
    """Return how a place is told: a drawn line, a name, or a pin by the device or by hand."""
    if spot.line and rng.random() < _LINES.get(category, 0.0):
        return {"affected": {"type": "LineString", "coordinates": [list(xy) for xy in spot.line]}}
    by_name = spot.building and rng.random() < (0.35 if filer == "patroller" else 0.7)
    if by_name and channel not in ("web", "chat"):
        code = spot.unit if spot.unit and rng.random() < 0.75 else spot.building
        return {"place_code": code, "pin": "building", "place_text": spot.words}
    lon, lat, datum = spot.lon, spot.lat, "wgs84"
    if channel == "chat" and rng.random() < 0.4:
        datum = "gcj02"
        lon, lat = (round(float(x), 7) for x in wgs84_to_gcj02(lon, lat))
    found: dict[str, Any] = {"location": {"type": "Point", "coordinates": [lon, lat]}, "datum": datum}
    if filer == "patroller" and rng.random() < 0.3:
        return found | {"pin": "gps", "accuracy_m": round(float(rng.gamma(4.0, 2.2)) + 2.0, 1)}
    return found | {"pin": "confirmed", "place_text": spot.words}
