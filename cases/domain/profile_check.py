"""What can be wrong with the rules of a profile: dangling references, rules without effect, gaps."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, get_args

from cases.domain import workflow
from cases.domain.conditions import Condition, FactSpec, compile_condition
from cases.domain.exclusion import exclusion_for
from cases.domain.facts import COUNT_BY_LEVEL, SPANS
from cases.domain.profile import CasesSection, LimitRule, TriageRule
from cases.domain.rule_space import Box, RuleSpace, TooManyBoxesError
from cases.domain.vocabulary import (
    ABOUT,
    CHANNELS,
    OUTCOMES,
    PUBLICNESS,
    ROUTES,
    TIERS,
    Enclosure,
    Forum,
    Responsibility,
    Urgency,
)
from geo.domain.profile import GeoSection
from geo.domain.profile_base import Finding, quoted

__all__ = ["cases_findings", "fact_specs", "limit_specs"]


def fact_specs(cases: CasesSection, geo: GeoSection) -> Mapping[str, FactSpec]:
    """Return what triage rules of a profile may ask, and with which values."""
    flag, count = FactSpec("flag"), FactSpec("count")
    spans = [span for span in SPANS if span in ("none", "household", "several") or span in geo.levels_by_key]
    return {
        "category": FactSpec("choice", tuple(cases.categories_by_key)),
        "category_group": FactSpec("choice", tuple(group.key for group in cases.groups)),
        "publicness": FactSpec("choice", PUBLICNESS),
        "authority": FactSpec("choice", tuple(cases.authorities_by_key)),
        "authority_tier": FactSpec("choice", TIERS),
        "responsibility": FactSpec("choice", get_args(Responsibility)),
        "urgency": FactSpec("choice", get_args(Urgency)),
        "danger": flag,
        "about": FactSpec("choice", ABOUT),
        "sensitive": flag,
        "confidential": flag,
        "on_the_spot": flag,
        "forum": FactSpec("choice", get_args(Forum)),
        "channel": FactSpec("choice", CHANNELS),
        "outcome": FactSpec("choice", OUTCOMES),
        "enclosure": FactSpec("choice", get_args(Enclosure)),
        "span": FactSpec("choice", tuple(spans)),
        **{COUNT_BY_LEVEL[level]: count for level in geo.level_keys},
        "departments": count,
        "me_too": count,
        "recurrence": count,
        "occurrences": count,
        "age_days": FactSpec("count", optional=True),
    }


def limit_specs(cases: CasesSection, geo: GeoSection) -> Mapping[str, FactSpec]:
    """Return what time limits may ask: all facts, and what triage made of them."""
    return {
        **fact_specs(cases, geo),
        "label": FactSpec("choice", tuple(cases.labels_by_key)),
        "route": FactSpec("choice", ROUTES),
        "agenda": FactSpec("flag"),
    }


def cases_findings(cases: CasesSection, geo: GeoSection) -> Iterator[Finding]:
    """Yield what is wrong with rules, limits, receivers and capabilities of a profile."""
    yield from _reference_findings(cases, geo)
    yield from _capability_findings(geo)
    rules, wrong = _compiled("rules", cases.rules, fact_specs(cases, geo))
    yield from wrong
    limits, wrong_limits = _compiled("limits", cases.limits, limit_specs(cases, geo))
    yield from wrong_limits
    if not wrong:
        yield from _sweep(
            "rules", cases.rules, rules, fact_specs(cases, geo), _situations(cases), _rule_checks(cases)
        )
    if not wrong_limits:
        yield from _sweep(
            "limits",
            cases.limits,
            limits,
            limit_specs(cases, geo),
            # People may choose any label and route instead: limits must hold for all of them.
            [{}],
            LIMIT_CHECKS,
        )


def _reference_findings(cases: CasesSection, geo: GeoSection) -> Iterator[Finding]:
    for position, rule in enumerate(cases.rules):
        if rule.label not in cases.labels_by_key:
            yield Finding(("rules", position, "label"), rule.label, quoted(cases.labels_by_key))
        if rule.level is not None and rule.level not in geo.levels_by_key:
            yield Finding(("rules", position, "level"), rule.level, quoted(geo.level_keys))
        if rule.route == "topic" and rule.level is None:
            yield Finding(("rules", position, "level"), None, f"for a topic, one of {quoted(geo.level_keys)}")
    for position, about in enumerate(cases.about):
        where = ("about", position, "receiver")
        if about.receiver.level not in geo.levels_by_key:
            yield Finding((*where, "level"), about.receiver.level, quoted(geo.level_keys))
        elif geo.posts and not exclusion_for(about.key, cases, geo).receivers:
            yield Finding(
                (*where, "roles"),
                list(about.receiver.roles),
                f"roles of a post at '{about.receiver.level}' that is not itself excluded",
            )


def _capability_findings(geo: GeoSection) -> Iterator[Finding]:
    for position, role in enumerate(geo.roles):
        for index, capability in enumerate(role.can):
            if capability.startswith("case.") and capability not in workflow.CAPABILITIES:
                path = ("roles", position, "can", index)
                yield Finding(path, capability, quoted(sorted(workflow.CAPABILITIES)), section="geo")


def _compiled(
    name: str, rules: Sequence[TriageRule | LimitRule], specs: Mapping[str, FactSpec]
) -> tuple[list[Condition], list[Finding]]:
    compiled = [compile_condition(rule.when, specs, (name, i, "when")) for i, rule in enumerate(rules)]
    return [condition for condition, _ in compiled], [finding for _, wrong in compiled for finding in wrong]


def _situations(cases: CasesSection) -> list[Box]:
    """Return all situations: a category has one group, an authority stands at one height."""
    groups: dict[str, set[str]] = {}
    for category in cases.categories:
        groups.setdefault(category.group, set()).add(category.key)
    tiers: dict[str, set[str]] = {}
    for authority in cases.authorities:
        tiers.setdefault(authority.tier, set()).add(authority.key)
    return [
        {
            "category_group": frozenset({group}),
            "category": frozenset(categories),
            "authority_tier": frozenset({tier}),
            "authority": frozenset(authorities),
        }
        for group, categories in groups.items()
        for tier, authorities in tiers.items()
    ]


Check = tuple[Box, Callable[[Any], bool], str]
"""A region, what rules deciding there must satisfy, and that in words."""


def _rule_checks(cases: CasesSection) -> list[Check]:
    someone = frozenset(ABOUT) - {"none"}
    return [
        (
            {"danger": frozenset({True})},
            lambda rule: rule.route == "emergency" and rule.skips_queue,
            "danger = false, or a rule before it that takes danger to life out of every queue "
            "(route = 'emergency', skips_queue = true)",
        ),
        (
            {"danger": frozenset({False}), "about": someone},
            lambda rule: rule.route == "one_level_up",
            "about = 'none', or a rule before it that passes complaints by those they are about "
            "(route = 'one_level_up')",
        ),
    ]


LIMIT_CHECKS: tuple[Check, ...] = (
    (
        {"agenda": frozenset({False})},
        lambda limit: not limit.none,
        "agenda = true beside none = true: what has neither limit nor agenda date would never be due",
    ),
)


def _sweep(
    name: str,
    rules: Sequence[TriageRule | LimitRule],
    conditions: Sequence[Condition],
    specs: Mapping[str, FactSpec],
    situations: list[Box],
    checks: Sequence[Check],
) -> Iterator[Finding]:
    """Yield rules that nothing can reach, rules that break a check, and situations that no rule decides."""
    space = RuleSpace(specs, conditions)
    try:
        left = situations
        for position, (rule, condition) in enumerate(zip(rules, conditions, strict=True)):
            boxes = space.boxes(condition)
            decided = space.intersect(left, boxes)
            if not decided:
                possible = space.intersect(situations, boxes)
                earlier = _shadowing(space, possible, [r.key for r in rules[:position]], conditions)
                decided_by = f"earlier rules decide all of it: {quoted(earlier)}"
                reason = decided_by if earlier else "it contradicts itself"
                yield Finding(
                    (name, position, "when"), rule.when, f"a condition that something can reach; {reason}"
                )
            for region, satisfied, accepted in checks:
                if not satisfied(rule) and space.intersect(decided, [region]):
                    yield Finding((name, position, "when"), rule.when, accepted)
            left = space.subtract(left, boxes)
    except TooManyBoxesError as error:
        yield Finding(
            (name,), f"{len(rules)} rules", f"rules that can be proved complete; these tell apart {error}"
        )
        return
    if left:
        example = ", ".join(f"{fact} = {_example(values)}" for fact, values in left[0].items())
        yield Finding(
            (name,), f"nothing for {example}", "a last entry without 'when', which takes what is left"
        )


def _shadowing(
    space: RuleSpace, boxes: Sequence[Box], keys: Sequence[str], conditions: Sequence[Condition]
) -> list[str]:
    """Return earlier rules that together leave nothing, none of which could be spared."""
    needed = {key: space.boxes(before) for key, before in zip(keys, conditions, strict=False)}
    for key in reversed(keys):  # spare late ones first: what stands early usually means it
        rest = [box for other, theirs in needed.items() if other != key for box in theirs]
        if not space.subtract(boxes, rest):
            del needed[key]
    return list(needed)


def _example(values: frozenset[Any]) -> str:
    return repr(min(values, key=lambda value: (value is None, str(value))))
