"""What becomes of an invented case: which steps are taken when, by whom, with what words. Seeded, without a clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

import numpy as np

__all__ = ["PlannedStep", "Prospect", "plan_steps"]

By = Literal["leader", "patroller", "department", "office"]
_TOLD = frozenset({"hotline", "phone", "counter", "web", "chat", "form", "box", "representative"})
"""Channels that an answer goes back through."""

_SETTLED: Mapping[str, tuple[str, ...]] = {
    "road": (
        "已联系养护单位，坑槽修补完毕，现场已恢复通行。",
        "已铺冷补料填平，列入秋季大修计划。",
        "已维修，现场复查平整。",
    ),
    "street_light": ("更换灯头，已恢复照明。", "查为线路接头老化，已更换。", "路灯所已修复，当晚复查亮灯。"),
    "drainage": (
        "已疏通管道，清掏检查井两座。",
        "联合物业疏通主管，现排水正常。",
        "抽排并清掏化粪池，已消毒。",
    ),
    "flooding": ("雨水口已清掏，积水退去。", "增派泵车抽排，已无积水。"),
    "parking": (
        "已联系车主挪车，并在现场摆放提示牌。",
        "交警现场劝离，社区纳入停车议题。",
        "会同物业重新划线，正在征求意见。",
    ),
    "garbage": ("已清运并冲洗地面。", "联系环卫加收一次，现场干净。", "已清理，提醒商户门前三包。"),
    "fire_lane": ("已劝离车辆，张贴禁停提示。", "物业已清出通道，加装隔离桩。", "消防站现场普法，已整改。"),
    "noise": ("已上门劝导，约定晚九点前结束。", "执法中队现场提醒，音量已调低。"),
    "dogs": ("已上门宣传文明养犬，提醒牵绳。", "张贴提示，志愿者早晚劝导。"),
    "street_trading": ("已劝导入店经营。", "执法中队现场整改。"),
    "ebike_charging": ("飞线已拆除，签订承诺书。", "车辆已推出楼道，介绍附近充电桩位置。"),
    "housing_repair": ("已联系维修班组修复。", "现场查勘，启动维修资金申请。"),
    "property_service": ("已约谈物业负责人，限期整改到位。", "物业已整改，公示在一楼大厅。"),
    "heating": ("热力已上门测温，调节阀门，室温达标。", "更换滤网，恢复供热。"),
    "elevator": ("维保单位更换配件，已恢复运行。", "经检验恢复使用，张贴说明。"),
    "neighbours": ("人民调解员上门调解，双方达成谅解。", "两家约定作息时间，已化解。"),
    "vulnerable_help": ("已对接助餐点，从下周一开始送餐。", "民政已受理临时救助申请。"),
    "certificate": ("已电话告知所需材料和办理窗口。", "已由帮办员代为办理。"),
}
_SETTLED_ELSE = (
    "已现场处置完毕。",
    "已整改，现场复查合格。",
    "已联系责任单位处理到位。",
    "已解决，居民认可。",
)
_ANSWERED = (
    "已电话回复本人，表示满意。",
    "已当面答复，说明处理情况。",
    "已在群里回复并附说明。",
    "已回复：{note}",
)
_CLOSED = ("核查属实，予以办结。", "回访满意，办结。", "现场核查，办结。", "")
_NOTES = (
    "已到现场查看。",
    "联系责任单位，约定明天上午一起看。",
    "居民家中无人，改日再去。",
    "已拍照留存。",
    "需要部门配合，先做安全提示。",
)
_DECLINED = ("不属于本街道范围，已告知向属地反映。", "与已办事项重复，已向本人说明。", "经核实情况不存在。")
_REOPENED = ("居民反映问题又出现，重新办理。", "回访不满意：没有修到位。")
_EXTENDED = ("需等配件到货。", "需多部门会商，申请延期。", "天气原因无法施工。")
_SUSPENDED = ("等待维修资金批复。", "涉及权属核实，暂缓。", "等待整体施工计划。")


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step: an action of the transition table with its inputs."""

    action: str
    at: datetime
    by: By
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prospect:
    """What decides about the course of a case."""

    category: str
    route: str
    channel: str
    received_at: datetime
    deadline_at: datetime | None
    skips_queue: bool
    routed: bool


def plan_steps(prospect: Prospect, rng: np.random.Generator) -> Iterator[PlannedStep]:
    """Yield the steps of a case in the order of time, as far as they would ever go.

    One case in twelve takes longer than its limit, one in fifty is left lying, one in thirty comes back.
    """
    return _Course(prospect, rng).steps()


class _Course:
    def __init__(self, prospect: Prospect, rng: np.random.Generator) -> None:
        self.p, self.rng = prospect, rng
        due = prospect.deadline_at or prospect.received_at + timedelta(days=30)
        self.limit_h = max((due - prospect.received_at).total_seconds() / 3600.0, 1.0)
        self.due = prospect.deadline_at

    def steps(self) -> Iterator[PlannedStep]:
        """Yield the whole course."""
        start = self.p.received_at
        fate = self.rng.random()
        if fate < 0.012 and not self.p.skips_queue:
            yield PlannedStep(
                "decline", self._later(start, 2.0, 40.0), "office", {"reason": self._one(_DECLINED)}
            )
            return
        if (fate < 0.032 and not self.p.skips_queue) or not self.p.routed:
            # Left lying: a month later somebody finds it.
            start = self._later(start, 24.0 * 18, 24.0 * 40)
        at = self._later(start, 0.02 * self.limit_h, min(0.18 * self.limit_h, 20.0))
        confirm = self._meeting(self.p.received_at) if self.rng.random() < 0.7 else None
        hours = self.limit_h * float(self.rng.lognormal(np.log(0.5), 0.58))
        finish = start + timedelta(minutes=round(60.0 * hours))
        for step in self._work(at, finish):
            if confirm is not None and confirm <= step.at:
                if step.action != "close" or confirm < step.at:
                    yield PlannedStep("confirm-triage", confirm, "office")
                confirm = None
            yield step

    def _work(self, at: datetime, finish: datetime) -> Iterator[PlannedStep]:
        by = self._worker()
        if self.p.routed:
            yield PlannedStep("accept", at, by)
        if self.rng.random() < 0.22:
            at = self._later(at, 0.5, 8.0)
            yield PlannedStep("note", at, by, {"note": self._one(_NOTES)})
        if self.due is not None and finish > self.due and self.due > at and self.rng.random() < 0.35:
            asked = at + timedelta(minutes=round(0.8 * (self.due - at).total_seconds() / 60.0))
            until = self.due + timedelta(days=int(self.rng.integers(2, 8)))
            yield PlannedStep("extend", asked, "leader", {"until": until, "reason": self._one(_EXTENDED)})
            at = asked
        elif self.p.routed and self.rng.random() < 0.02:
            held = self._later(at, 2.0, 20.0)
            yield PlannedStep("suspend", held, "leader", {"reason": self._one(_SUSPENDED)})
            at = self._later(held, 24.0 * 6, 24.0 * 25)
            yield PlannedStep("resume", at, "leader", {"note": "条件具备，恢复办理。"})
        yield from self._end(max(self._by_day(finish), self._later(at, 0.3, 3.0)), by, again=False)

    def _end(self, at: datetime, by: By, *, again: bool) -> Iterator[PlannedStep]:
        note = self._one(_SETTLED.get(self.p.category, _SETTLED_ELSE))
        if self.p.route == "counter":
            yield PlannedStep("answer", at, "office", {"text": note})
        else:
            yield PlannedStep("settle", at, by if self.p.routed else "office", {"note": note})
            if self.p.channel in _TOLD and self.rng.random() < 0.6:
                at = self._later(at, 0.5, 20.0)
                yield PlannedStep("answer", at, "office", {"text": self._one(_ANSWERED).format(note=note)})
        at = self._later(at, 3.0, 60.0)
        words = self._one(_CLOSED)
        yield PlannedStep("close", at, "office", {"note": words} if words else {})
        if not again and self.rng.random() < 0.032:
            at = self._later(at, 24.0 * 2, 24.0 * 20)
            yield PlannedStep("reopen", at, "office", {"reason": self._one(_REOPENED)})
            at = self._later(at, 1.0, 20.0)
            yield PlannedStep("accept", at, by)
            yield from self._end(self._later(at, 20.0, 120.0), by, again=True)

    def _worker(self) -> By:
        if self.p.route in ("department", "emergency"):
            return "department"
        if self.p.route in ("on_the_spot", "community"):
            return "patroller" if self.rng.random() < 0.55 else "leader"
        return "leader"

    def _later(self, at: datetime, least_h: float, most_h: float) -> datetime:
        seconds = round(3600.0 * float(self.rng.uniform(least_h, max(most_h, least_h + 0.2))))
        return self._by_day(at + timedelta(seconds=seconds))

    def _by_day(self, at: datetime) -> datetime:
        """Move a moment of the night to the next morning, unless it cannot wait."""
        if self.p.skips_queue or 8 <= at.hour < 20:
            return at
        days = 1 if at.hour >= 20 else 0
        morning = at.replace(
            hour=8, minute=int(self.rng.integers(0, 60)), second=int(self.rng.integers(0, 60))
        )
        return morning + timedelta(days=days)

    def _meeting(self, at: datetime) -> datetime:
        """Return the next meeting on a Friday afternoon at least a day later: people confirm there."""
        ahead = (4 - at.weekday()) % 7 or 7
        minute = int(self.rng.integers(0, 60))
        return (at + timedelta(days=ahead)).replace(hour=15, minute=minute, second=0)

    def _one(self, words: tuple[str, ...]) -> str:
        return words[int(self.rng.integers(len(words)))]
