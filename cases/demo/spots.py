"""Where invented cases lie: at homes, along streets, by shops, in yards, with the words that people have for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from cases.demo.clusters import Cluster
from geo.demo.town import Feature

__all__ = ["Spot", "Spots"]

_METRES_PER_DEGREE = 111_320.0
_YARD_WORDS = (
    "院内",
    "南门",
    "北门",
    "东侧",
    "西侧",
    "楼后",
    "活动室前",
    "车棚旁",
    "小广场",
    "门口",
    "甬路",
    "绿地旁",
)
_TOWER_STOREYS = 10


@dataclass(frozen=True, slots=True)
class Spot:
    """A place of a case: a pin in EPSG:4326, words, and what could be chosen by name instead."""

    lon: float
    lat: float
    words: str
    building: str = ""
    unit: str = ""
    line: tuple[tuple[float, float], ...] = ()


class Spots:
    """Finds spots in a town; what it returns depends on the generator that is handed in only."""

    def __init__(self, layers: Mapping[str, Sequence[Feature]]) -> None:
        self._blocks = {f.properties["code"]: f for f in layers["block"]}
        self._grids = {f.properties["code"]: f for f in layers["grid"]}
        self._homes = [f for f in layers["building"] if f.properties["kind"] == "residential"]
        self._shops = [f for f in layers["building"] if f.properties["kind"] in ("shop", "market", "mall")]
        self._others = [f for f in layers["building"] if f.properties["kind"] != "residential"]
        self._streets = [f for f in layers["road"] if f.properties["name"]]
        self._units: dict[str, list[Feature]] = {}
        for unit in layers["unit"]:
            self._units.setdefault(unit.properties["parent"], []).append(unit)
        self.town = layers["subdistrict"][0].geometry
        shapely.prepare(self.town)
        self._cos = float(np.cos(np.radians(self.town.centroid.y)))
        self._built = shapely.STRtree([f.geometry for f in layers["building"]])
        self._block_tree = shapely.STRtree([f.geometry for f in self._blocks.values()])
        self._tall = [f for f in self._homes if f.properties["storeys"] >= _TOWER_STOREYS]

    def find(self, site: str, rng: np.random.Generator) -> Spot:
        """Return a spot of a kind of site: `home`, `tower`, `shop`, `street`, `yard`."""
        match site:
            case "home":
                return self.at_home(_pick(self._homes, rng, "households"), rng)
            case "tower":
                return self.at_home(_pick(self._tall, rng, "households"), rng)
            case "shop":
                return self._at_shop(self._shops[int(rng.integers(len(self._shops)))], rng)
            case "street":
                lengths = np.array([f.geometry.length for f in self._streets])
                street = self._streets[int(rng.choice(len(lengths), p=lengths / lengths.sum()))]
                return self._on_street(street, float(rng.uniform(0.03, 0.97)), rng)
            case "yard":
                return self._in_yard(_pick(self._homes, rng, "households"), rng)
        raise ValueError(f"site must be home, tower, shop, street or yard; got '{site}'")

    def in_cluster(self, cluster: Cluster, rng: np.random.Generator) -> Spot:
        """Return a spot of a planted cluster."""
        match cluster.shape:
            case "unit":
                home = self._home_of(cluster)
                return self.at_home(home, rng, unit=cluster.unit)
            case "stretch":
                street = self._street_of(cluster)
                half = 0.5 * cluster.length_m / (street.geometry.length * _METRES_PER_DEGREE)
                return self._on_street(street, cluster.along + float(rng.uniform(-half, half)), rng)
            case "rim":
                return self._on_rim(self._block_of(cluster), rng)
            case "yard":
                return self._around(cluster, rng)

    def centre(self, cluster: Cluster) -> tuple[float, float]:
        """Return the centre of a planted cluster."""
        match cluster.shape:
            case "unit":
                home = self._home_of(cluster)
                point = self._units[home.properties["code"]][cluster.unit - 1].geometry.centroid
            case "stretch":
                street = self._street_of(cluster)
                point = street.geometry.interpolate(cluster.along, normalized=True)
            case "rim":
                point = self._block_of(cluster).geometry.centroid
            case "yard":
                point = self._anchor(cluster)
        return round(point.x, 7), round(point.y, 7)

    def outside(self, rng: np.random.Generator) -> Spot:
        """Return a spot some way beyond the town's border, still this town's to sort."""
        west, south, _, north = self.town.bounds
        lat = float(rng.uniform(south + 0.3 * (north - south), north - 0.2 * (north - south)))
        return Spot(round(west - self._lon(rng.uniform(90, 160)), 7), round(lat, 7), "无影山路西侧")

    def home_in(self, name: str, rng: np.random.Generator) -> Feature:
        """Return a home in the block or grid of a name."""
        grids = {code: grid.properties for code, grid in self._grids.items()}
        within = [
            home
            for home in self._homes
            if name in (self._block_name(home), grids.get(home.properties["parent"], {}).get("name"))
        ]
        return within[int(rng.integers(len(within)))]

    # ------------------------------------------------------------ kinds of spots

    def at_home(self, home: Feature, rng: np.random.Generator, unit: int = 0) -> Spot:
        """Return a spot at the door of a unit, or a few steps from it."""
        code = home.properties["code"]
        units = self._units[code]
        chosen = units[unit - 1] if unit else units[int(rng.integers(len(units)))]
        west, south, east, north = chosen.geometry.bounds
        lon = (west + east) / 2 + self._lon(rng.normal(0, 2.0))
        # Stairs are on the north side; some point at the house itself.
        lat = (
            (north + rng.uniform(1.0, 6.0) / _METRES_PER_DEGREE)
            if rng.random() < 0.6
            else (south + north) / 2
        )
        words = f"{self._block_name(home)}{home.properties['name']}{chosen.properties['name']}"
        return Spot(round(lon, 7), round(lat, 7), words, code, chosen.properties["code"])

    def _at_shop(self, shop: Feature, rng: np.random.Generator) -> Spot:
        p = shop.properties
        spot = self._near(shop.geometry, 4.0, 12.0, rng)
        return Spot(spot.x, spot.y, f"{p['street']}{p['door']}号{p['name']}门前", p["code"])

    def _on_street(self, street: Feature, share: float, rng: np.random.Generator) -> Spot:
        line, half = street.geometry, street.properties["width_m"] / 2
        share = float(np.clip(share, 0.01, 0.99))
        on = line.interpolate(share, normalized=True)
        ahead = line.interpolate(min(share + 0.01, 1.0), normalized=True)
        dx, dy = (ahead.x - on.x) * self._cos, ahead.y - on.y
        length = float(np.hypot(dx, dy))
        aside = float(rng.uniform(-0.85, 0.85)) * half
        lon = on.x + self._lon(-dy / length * aside)
        lat = on.y + dx / length * aside / _METRES_PER_DEGREE
        run = float(rng.uniform(20, 90)) / (line.length * _METRES_PER_DEGREE)
        stops = [
            line.interpolate(float(np.clip(share + run * (k / 3 - 0.5), 0, 1)), normalized=True)
            for k in range(4)
        ]
        drawn = tuple((round(p.x, 7), round(p.y, 7)) for p in stops)
        block = list(self._blocks.values())[int(self._block_tree.nearest(shapely.Point(lon, lat)))]
        where = ("附近", "门前", "段", "路口附近", "东侧", "西侧")[int(rng.integers(6))]
        words = f"{street.properties['name']}{block.properties['name']}{where}"
        return Spot(round(lon, 7), round(lat, 7), words, line=drawn)

    def _in_yard(self, home: Feature, rng: np.random.Generator) -> Spot:
        spot = self._near(home.geometry, 8.0, 38.0, rng)
        words = f"{self._block_name(home)}{_YARD_WORDS[int(rng.integers(len(_YARD_WORDS)))]}"
        return Spot(spot.x, spot.y, words)

    def _on_rim(self, block: Feature, rng: np.random.Generator) -> Spot:
        """Just inside the pavements around a block, a few in its yard."""
        ring = block.geometry.buffer(-14.0 / _METRES_PER_DEGREE).exterior
        on = ring.interpolate(float(rng.random()), normalized=True)
        lon, lat = on.x + self._lon(rng.normal(0, 5)), on.y + rng.normal(0, 5) / _METRES_PER_DEGREE
        side = ("北侧", "南侧", "东侧", "西侧", "南门", "北门", "周边")[int(rng.integers(7))]
        return Spot(round(lon, 7), round(lat, 7), f"{block.properties['name']}{side}")

    def _around(self, cluster: Cluster, rng: np.random.Generator) -> Spot:
        centre, name = self._anchor(cluster), cluster.anchor.removesuffix("交易大厅")
        for _ in range(40):
            away, angle = (
                cluster.radius_m * 0.9 * float(rng.random()) ** 0.5,
                float(rng.uniform(0, 2 * np.pi)),
            )
            lon = centre.x + self._lon(away * np.cos(angle))
            lat = centre.y + away * np.sin(angle) / _METRES_PER_DEGREE
            if self._is_open(lon, lat):
                break
        word = _YARD_WORDS[int(rng.integers(len(_YARD_WORDS)))]
        return Spot(round(lon, 7), round(lat, 7), f"{name}{word}")

    # ------------------------------------------------------------ finding things

    def _near(
        self, geometry: shapely.Geometry, least_m: float, most_m: float, rng: np.random.Generator
    ) -> shapely.Point:
        centre = geometry.centroid
        reach = 0.5 * max(geometry.bounds[2] - geometry.bounds[0], geometry.bounds[3] - geometry.bounds[1])
        point = centre
        for _ in range(40):
            angle = float(rng.uniform(0, 2 * np.pi))
            away = float(rng.uniform(least_m, most_m))
            lon = centre.x + reach * np.cos(angle) + self._lon(away * np.cos(angle))
            lat = centre.y + reach * np.sin(angle) * 0.4 + away * np.sin(angle) / _METRES_PER_DEGREE
            point = shapely.Point(round(lon, 7), round(lat, 7))
            if self._is_open(lon, lat):
                break
        return point

    def _is_open(self, lon: float, lat: float) -> bool:
        point = shapely.Point(lon, lat)
        return bool(self.town.contains(point)) and not len(self._built.query(point, predicate="intersects"))

    def _lon(self, metres: float) -> float:
        return float(metres) / (_METRES_PER_DEGREE * self._cos)

    def _block_name(self, building: Feature) -> str:
        parent = building.properties["parent"]
        block = self._grids[parent].properties["parent"] if parent in self._grids else parent
        return str(self._blocks[block].properties["name"])

    def _home_of(self, cluster: Cluster) -> Feature:
        return next(
            home
            for home in self._homes
            if self._block_name(home) == cluster.anchor and home.properties["number"] == str(cluster.building)
        )

    def _block_of(self, cluster: Cluster) -> Feature:
        return next(block for block in self._blocks.values() if block.properties["name"] == cluster.anchor)

    def _street_of(self, cluster: Cluster) -> Feature:
        return next(street for street in self._streets if street.properties["name"] == cluster.anchor)

    def _anchor(self, cluster: Cluster) -> shapely.Point:
        named = [*self._blocks.values(), *self._others]
        return next(f for f in named if f.properties["name"] == cluster.anchor).geometry.centroid


def _pick(features: Sequence[Feature], rng: np.random.Generator, weight: str) -> Feature:
    weights = np.array([f.properties[weight] for f in features], dtype=float)
    return features[int(rng.choice(len(weights), p=weights / weights.sum()))]
