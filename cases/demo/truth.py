"""What is planted in a synthetic town, for tests of coverage reports and of hotspots to be judged by."""

from __future__ import annotations

import json

from geo.demo.town import Town

__all__ = ["truth_text"]


def truth_text(town: Town) -> str:
    """Return the truth about a town as JSON: flaws of its boundaries, and clusters of its cases."""
    truth = {"place": town.plan.slug, "note": "模拟数据", "boundaries": town.flaws, "hotspots": []}
    return json.dumps(truth, ensure_ascii=False, indent=1) + "\n"
