"""Conditions over facts: written as TOML tables, compiled and checked once, evaluated many times.

A table holds if all of its entries hold; the empty table always does. An entry is

- `fact = value` — equals; `fact = [values]` — one of them;
- `fact = { eq, ne, in, not_in }` for choices and flags, counts also `lt`, `lte`, `gt`, `gte`; several
  operators at once mean all of them;
- `any = [tables]`, `all = [tables]`, `not = table`.

A count that nobody knows (None) satisfies no comparison except `ne` and `not_in`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from geo.domain.profile_base import Finding, quoted

__all__ = ["ALWAYS", "All", "Any_", "Condition", "FactSpec", "Not", "Test", "compile_condition"]

Path = tuple[str | int, ...]

_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda value, operand: value == operand,
    "ne": lambda value, operand: value != operand,
    "in": lambda value, operand: value in operand,
    "not_in": lambda value, operand: value not in operand,
    "lt": lambda value, operand: value is not None and value < operand,
    "lte": lambda value, operand: value is not None and value <= operand,
    "gt": lambda value, operand: value is not None and value > operand,
    "gte": lambda value, operand: value is not None and value >= operand,
}
_ORDERING = ("lt", "lte", "gt", "gte")


@dataclass(frozen=True, slots=True)
class FactSpec:
    """What a fact can be.

    Attributes
    ----------
    kind : {'choice', 'flag', 'count'}
    choices : tuple of str
        Of a choice, all of them; else empty.
    optional : bool
        A count that may be unknown.
    """

    kind: Literal["choice", "flag", "count"]
    choices: tuple[str, ...] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Test:
    """One fact compared with one operand."""

    __test__ = False  # not a test case, whatever a test runner thinks of the name

    fact: str
    operator: str
    operand: Any

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """Tell whether the facts satisfy it."""
        return self.accepts(facts[self.fact])

    def accepts(self, value: Any) -> bool:
        """Tell whether a value of the fact satisfies it."""
        return _OPERATORS[self.operator](value, self.operand)

    def evidence(self, facts: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the facts that made it hold."""
        return (self.fact,)

    def tests(self) -> "Iterator[Test]":
        """Yield every test within."""
        yield self


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; without parts, always."""

    parts: "tuple[Condition, ...]"

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """Tell whether the facts satisfy it."""
        return all(part.holds(facts) for part in self.parts)

    def evidence(self, facts: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the facts that made it hold."""
        return tuple(dict.fromkeys(fact for part in self.parts for fact in part.evidence(facts)))

    def tests(self) -> Iterator[Test]:
        """Yield every test within."""
        for part in self.parts:
            yield from part.tests()


@dataclass(frozen=True, slots=True)
class Any_:
    """At least one part holds."""

    parts: "tuple[Condition, ...]"

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """Tell whether the facts satisfy it."""
        return any(part.holds(facts) for part in self.parts)

    def evidence(self, facts: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the facts of the first part that holds."""
        return next((part.evidence(facts) for part in self.parts if part.holds(facts)), ())

    def tests(self) -> Iterator[Test]:
        """Yield every test within."""
        for part in self.parts:
            yield from part.tests()


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: "Condition"

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """Tell whether the facts satisfy it."""
        return not self.part.holds(facts)

    def evidence(self, facts: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the facts looked at."""
        return tuple(dict.fromkeys(test.fact for test in self.part.tests() if not test.holds(facts)))

    def tests(self) -> Iterator[Test]:
        """Yield every test within."""
        yield from self.part.tests()


Condition = Test | All | Any_ | Not
ALWAYS = All(())


def compile_condition(
    when: object, specs: Mapping[str, FactSpec], path: Path = ("when",)
) -> tuple[Condition, list[Finding]]:
    """Return the condition of a table and everything that is wrong with it.

    Parameters
    ----------
    when : object
        Parsed TOML.
    specs : mapping of str to FactSpec
        Facts that there are.
    path : tuple
        Where the table stands, for findings.

    Returns
    -------
    condition : Condition
        Of those parts that could be read; meaningful only without findings.
    findings : list of Finding
    """
    if not isinstance(when, Mapping):
        return ALWAYS, [Finding(path, when, "a table of facts")]
    parts: list[Condition] = []
    findings: list[Finding] = []
    for name, entry in when.items():
        here = (*path, name)
        if name in ("any", "all"):
            if not isinstance(entry, list) or not entry:
                findings.append(Finding(here, entry, "a list of one or more tables of facts"))
                continue
            compiled = [
                compile_condition(item, specs, (*here, position)) for position, item in enumerate(entry)
            ]
            findings += [finding for _, wrong in compiled for finding in wrong]
            conditions = tuple(condition for condition, _ in compiled)
            parts.append(Any_(conditions) if name == "any" else All(conditions))
        elif name == "not":
            condition, wrong = compile_condition(entry, specs, here)
            findings += wrong
            parts.append(Not(condition))
        elif name not in specs:
            findings.append(
                Finding(here, entry, f"a known fact instead of '{name}': {quoted(sorted(specs))}")
            )
        else:
            tests, wrong = _compile_entry(name, entry, specs[name], here)
            findings += wrong
            parts += tests
    return parts[0] if len(parts) == 1 else All(tuple(parts)), findings


def _compile_entry(fact: str, entry: object, spec: FactSpec, path: Path) -> tuple[list[Test], list[Finding]]:
    if not isinstance(entry, Mapping):
        entry = {"in" if isinstance(entry, list) else "eq": entry}
        located = dict.fromkeys(entry, path)
    else:
        located = {operator: (*path, operator) for operator in entry}
    allowed = [name for name in _OPERATORS if spec.kind == "count" or name not in _ORDERING]
    tests: list[Test] = []
    findings: list[Finding] = []
    if not entry:
        findings.append(Finding(path, entry, f"at least one operator: {quoted(allowed)}"))
    for operator, operand in entry.items():
        here = located[operator]
        if operator not in allowed:
            findings.append(Finding(here, operand, f"an operator for '{fact}': {quoted(allowed)}"))
            continue
        many = operator in ("in", "not_in")
        operands = operand if many else [operand]
        if not isinstance(operands, list) or not operands:
            findings.append(Finding(here, operand, f"a list of {_values(spec)}"))
            continue
        wrong = [value for value in operands if not _fits(value, spec)]
        if wrong:
            findings += [Finding(here, value, _values(spec)) for value in wrong]
            continue
        tests.append(Test(fact, operator, frozenset(operands) if many else operand))
    return tests, findings


def _fits(value: object, spec: FactSpec) -> bool:
    match spec.kind:
        case "flag":
            return isinstance(value, bool)
        case "count":
            return isinstance(value, int) and not isinstance(value, bool) and value >= 0
        case _:
            return value in spec.choices


def _values(spec: FactSpec) -> str:
    match spec.kind:
        case "flag":
            return "true or false"
        case "count":
            return "a whole number from 0"
        case _:
            return quoted(spec.choices)
