"""What people say: for each kind of case what is the matter, what it does to them, what they ask for. All invented.

`{at}` is the place in words. A text is put together of one sentence of each list, so that two of a kind seldom read
the same.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib import resources
from typing import NamedTuple

import numpy as np

__all__ = ["CLUSTER_PHRASES", "PHRASES", "Phrases", "compose", "opening"]


class Phrases(NamedTuple):
    """Sentences of one kind of case. Effects and requests may be left unsaid."""

    matters: tuple[str, ...]
    effects: tuple[str, ...] = ()
    requests: tuple[str, ...] = ()


def _read() -> tuple[Mapping[str, Phrases], Mapping[str, Phrases]]:
    text = resources.files("cases.demo").joinpath("phrases.toml").read_text(encoding="utf-8")
    document = tomllib.loads(text)

    def phrases(table: str) -> dict[str, Phrases]:
        return {
            key: Phrases(*(tuple(found[part]) for part in Phrases._fields))
            for key, found in document[table].items()
        }

    return phrases("kinds"), phrases("clusters")


PHRASES, CLUSTER_PHRASES = _read()
"""Sentences by category, and by planted cluster."""

_OPENINGS: Mapping[str, tuple[str, ...]] = {
    "patrol": ("巡查发现，", "日常巡查：", "", "早巡发现，", "网格巡查中看到，"),
    "visit": ("入户走访时居民反映，", "走访独居老人时了解到，", "走访记录："),
    "counter": ("居民到社区窗口反映，", "来访居民说，", "窗口登记："),
    "phone": ("居民来电反映，", "来电：", "接居民电话，"),
    "hotline": ("【12345】市民反映，", "【12345转办】来电人称，", "【12345】诉求："),
    "chat": ("微信群里居民说，", "群里反映：", "", "业主群多人反映，"),
    "web": ("", "", "您好，", "我是附近住户，"),
    "form": ("议事会需求征集单：", "恳谈日登记："),
    "box": ("意见箱来信：",),
    "representative": ("人大代表转来居民意见：", "政协委员走访收集："),
}


def opening(channel: str, rng: np.random.Generator) -> str:
    """Return how a text of a channel begins."""
    choices = _OPENINGS[channel]
    return choices[int(rng.integers(len(choices)))]


def compose(phrases: Phrases, at: str, channel: str, rng: np.random.Generator) -> str:
    """Return a text about a place, in the voice of its channel."""
    matter = phrases.matters[int(rng.integers(len(phrases.matters)))].format(at=at)
    effect = phrases.effects[int(rng.integers(len(phrases.effects)))] if phrases.effects else ""
    request = phrases.requests[int(rng.integers(len(phrases.requests)))] if phrases.requests else ""
    return f"{opening(channel, rng)}{matter}{effect}。{request}"
