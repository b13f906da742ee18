"""What is planted in a synthetic town, for tests of coverage reports and of hotspots to be judged by."""

from __future__ import annotations

import json

from cases.demo.clusters import CLUSTERS
from cases.demo.spots import Spots
from geo.demo.town import Town

__all__ = ["truth_text"]


def truth_text(town: Town) -> str:
    """Return the truth about a town as JSON: flaws of its boundaries, and clusters of its cases.

    Days of clusters are relative to the day that the demo is set to, half-open.
    """
    spots = Spots(town.layers)
    hotspots = [
        {
            "id": cluster.id,
            "category": cluster.category,
            "kind": cluster.kind,
            "shape": cluster.shape,
            "anchor": cluster.anchor,
            "centre": list(spots.centre(cluster)),
            "radius_m": cluster.radius_m,
            "from_day": cluster.from_day,
            "to_day": cluster.to_day,
            "n": cluster.n,
        }
        for cluster in CLUSTERS.get(town.plan.slug, ())
    ]
    truth = {"place": town.plan.slug, "note": "模拟数据", "boundaries": town.flaws, "hotspots": hotspots}
    return json.dumps(truth, ensure_ascii=False, indent=1) + "\n"
