"""Which rules can ever decide, and whether some rule always does: proved, not sampled.

Every fact has finitely many values that rules can tell apart (all choices; for counts, one value on, before
and after each threshold in use). A condition is then a union of boxes, one set of values for each fact, and
"first match wins" is subtraction of boxes: what is left when a rule's turn comes is what it can decide.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cases.domain.conditions import All, Any_, Condition, FactSpec, Not, Test

__all__ = ["Box", "RuleSpace", "TooManyBoxesError"]

Box = Mapping[str, frozenset[Any]]
"""Values per fact; a fact that is absent may have any."""

MAX_BOXES = 20_000


class TooManyBoxesError(Exception):
    """The rules tell so many situations apart that the proof is not worth its time."""


class RuleSpace:
    """All situations that a set of conditions can tell apart.

    Parameters
    ----------
    specs : mapping of str to FactSpec
    conditions : iterable of Condition
        Their thresholds cut the counts into pieces.
    """

    def __init__(self, specs: Mapping[str, FactSpec], conditions: Iterable[Condition]) -> None:
        thresholds: dict[str, set[int]] = {}
        for condition in conditions:
            for test in condition.tests():
                if specs[test.fact].kind == "count":
                    operands = test.operand if isinstance(test.operand, frozenset) else {test.operand}
                    thresholds.setdefault(test.fact, set()).update(operands)
        self._values: dict[str, frozenset[Any]] = {}
        for fact, spec in specs.items():
            match spec.kind:
                case "flag":
                    self._values[fact] = frozenset({False, True})
                case "choice":
                    self._values[fact] = frozenset(spec.choices)
                case _:
                    near = {at + step for at in thresholds.get(fact, ()) for step in (-1, 0, 1)}
                    whole = {value for value in near | {0} if value >= 0}
                    self._values[fact] = frozenset(whole | ({None} if spec.optional else set()))

    def boxes(self, condition: Condition) -> list[Box]:
        """Return the condition as a union of boxes; empty if nothing can satisfy it."""
        match condition:
            case Test():
                values = frozenset(
                    value for value in self._values[condition.fact] if condition.accepts(value)
                )
                return [{condition.fact: values}] if values else []
            case All():
                found: list[Box] = [{}]
                for part in condition.parts:
                    found = self.intersect(found, self.boxes(part))
                return found
            case Any_():
                return [box for part in condition.parts for box in self.boxes(part)]
            case Not():
                return self.subtract([{}], self.boxes(condition.part))

    def intersect(self, first: Sequence[Box], second: Sequence[Box]) -> list[Box]:
        """Return what lies in both unions."""
        found = []
        for one in first:
            for other in second:
                both = _both(one, other)
                if both is not None:
                    found.append(both)
        return _bounded(found)

    def subtract(self, first: Sequence[Box], second: Sequence[Box]) -> list[Box]:
        """Return what lies in the first union and not in the second."""
        left = list(first)
        for taken in second:
            left = _bounded([piece for box in left for piece in self._minus(box, taken)])
        return left

    def _minus(self, box: Box, taken: Box) -> list[Box]:
        if _both(box, taken) is None:
            return [box]
        pieces: list[Box] = []
        rest = dict(box)
        for fact, values in taken.items():
            own = rest.get(fact, self._values[fact])
            outside = own - values
            if outside:
                pieces.append({**rest, fact: outside})
            rest[fact] = own & values
        return pieces


def _both(one: Box, other: Box) -> Box | None:
    merged = dict(one)
    for fact, values in other.items():
        common = merged[fact] & values if fact in merged else values
        if not common:
            return None
        merged[fact] = common
    return merged


def _bounded(boxes: list[Box]) -> list[Box]:
    if len(boxes) > MAX_BOXES:
        raise TooManyBoxesError(f"more than {MAX_BOXES} situations")
    return boxes
