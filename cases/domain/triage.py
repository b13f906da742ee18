"""Triage: from facts to a proposal, by the ordered rules of a profile.

The engine knows no place. It proposes; people confirm or override, with a reason that is kept beside rule
version, inputs and result.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from cases.domain import messages
from cases.domain.conditions import Condition, compile_condition
from cases.domain.exclusion import Exclusion, exclusion_for
from cases.domain.facts import COUNT_BY_LEVEL, Facts
from cases.domain.messages import Message
from cases.domain.profile import AgendaBy, CasesSection, Limit, LimitRule, TriageRule
from cases.domain.profile_check import fact_specs, limit_specs
from cases.domain.vocabulary import LABEL_SEPARATOR, Route, Track, Urgency
from geo.domain.profile import GeoSection
from geo.domain.profile_base import Finding, Names

__all__ = ["Proposal", "RuleSet", "TriageError", "deadline_rule_for", "label_name", "triage"]

_LEVEL_BY_COUNT = {fact: level for level, fact in COUNT_BY_LEVEL.items()}


class TriageError(Exception):
    """Rules that cannot be applied: they were not checked when the profile was loaded."""


@dataclass(frozen=True)
class RuleSet:
    """Rules of one profile, compiled. Immutable; make it once per profile.

    Attributes
    ----------
    profile : str
        Key of the profile, which labels carry.
    rule_version : str
        Of the profile; kept with every decision.
    """

    profile: str
    rule_version: str
    cases: CasesSection
    geo: GeoSection
    rules: tuple[tuple[TriageRule, Condition], ...]
    limits: tuple[tuple[LimitRule, Condition], ...]

    @classmethod
    def compile(cls, profile: str, rule_version: str, cases: CasesSection, geo: GeoSection) -> "RuleSet":
        """Compile the rules and limits of a profile.

        Raises
        ------
        TriageError
            If a condition asks for what does not exist. A profile that was loaded has been checked for that.
        """
        facts, outcome = fact_specs(cases, geo), limit_specs(cases, geo)
        findings: list[Finding] = []
        rules, limits = [], []
        for position, rule in enumerate(cases.rules):
            condition, wrong = compile_condition(rule.when, facts, ("rules", position, "when"))
            rules.append((rule, condition))
            findings += wrong
        for position, limit in enumerate(cases.limits):
            condition, wrong = compile_condition(limit.when, outcome, ("limits", position, "when"))
            limits.append((limit, condition))
            findings += wrong
        if findings:
            raise TriageError("; ".join(f"{finding.path}: got {finding.value!r}" for finding in findings))
        return cls(profile, rule_version, cases, geo, tuple(rules), tuple(limits))

    def label(self, key: str) -> str:
        """Return a label of this profile as it is stored.

        Raises
        ------
        KeyError
            If the profile has no such label.
        """
        if key not in self.cases.labels_by_key:
            raise KeyError(f"label must be one of {', '.join(self.cases.labels_by_key)}; got '{key}'")
        return f"{self.profile}{LABEL_SEPARATOR}{key}"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the rules propose for a case.

    Attributes
    ----------
    label : str
        `profile/label`.
    route : str
        Where it goes.
    level : str or None
        Of which level the topic, the community or the department is; None where the route says it.
    tracks : tuple of str
        `assignment`, `topic` or both side by side.
    urgency : {'normal', 'urgent'}
    skips_queue : bool
        Acted on at once; nobody waits for a meeting to confirm it.
    danger : bool
        Emergency numbers come first.
    deadline_rule : str
        Key of the time limit.
    limit : Limit or None
        Amount and unit; None where an agenda-by date takes its place.
    agenda_by : AgendaBy or None
    confidential : bool
    exclusion : Exclusion
        Who must neither see nor receive it.
    rule_key, rule_version, profile : str
    explanation : tuple of Message
        Why, in the order of reasoning; the first is the rule's own words.
    inputs : dict
        The facts, as plain values.
    """

    label: str
    route: Route
    level: str | None
    tracks: tuple[Track, ...]
    urgency: Urgency
    skips_queue: bool
    danger: bool
    deadline_rule: str
    limit: Limit | None
    agenda_by: AgendaBy | None
    confidential: bool
    exclusion: Exclusion
    rule_key: str
    rule_version: str
    profile: str
    explanation: tuple[Message, ...]
    inputs: dict[str, Any]


def triage(facts: Facts, rules: RuleSet) -> Proposal:
    """Return what the rules propose for a case. The first rule whose condition holds decides.

    Parameters
    ----------
    facts : Facts
    rules : RuleSet

    Returns
    -------
    Proposal

    Raises
    ------
    TriageError
        If no rule decides: the profile was not checked when it was loaded.
    """
    known = facts.as_dict()
    rule, condition = _deciding(known, rules)
    urgency = rule.urgency or facts.urgency
    decided = replace(facts, urgency=urgency)
    limit_rule = deadline_rule_for(
        decided, rules, label=rule.label, route=rule.route, agenda=rule.agenda_by is not None
    )
    exclusion = exclusion_for(facts.about, rules.cases, rules.geo)
    confidential = facts.confidential or exclusion.confidential
    explanation = [
        Message(messages.WHY, {"why": rule.why}),
        *_reasons(condition.evidence(known), known, rules),
        Message(messages.LABELLED, {"label": rules.cases.labels_by_key[rule.label].name}),
    ]
    if rule.skips_queue:
        explanation.append(Message(messages.SKIPS_QUEUE))
    if exclusion.confidential:
        explanation.append(Message(messages.CONFIDENTIAL))
    elif facts.sensitive:
        explanation.append(Message(messages.SENSITIVE))
    explanation.append(_limit_message(limit_rule.limit))
    if rule.agenda_by is not None:
        msgid = messages.AGENDA_MESSAGES[rule.agenda_by.unit]
        explanation.append(Message(msgid, {"amount": rule.agenda_by.amount}))
    explanation.append(
        Message(messages.BY_RULE, {"rule": rule.key, "profile": rules.profile, "version": rules.rule_version})
    )
    return Proposal(
        label=rules.label(rule.label),
        route=rule.route,
        level=rule.level,
        tracks=rule.tracks,
        urgency=urgency,
        skips_queue=rule.skips_queue,
        danger=facts.danger,
        deadline_rule=limit_rule.key,
        limit=limit_rule.limit,
        agenda_by=rule.agenda_by,
        confidential=confidential,
        exclusion=exclusion,
        rule_key=rule.key,
        rule_version=rules.rule_version,
        profile=rules.profile,
        explanation=tuple(explanation),
        inputs=known,
    )


def deadline_rule_for(facts: Facts, rules: RuleSet, *, label: str, route: str, agenda: bool) -> LimitRule:
    """Return the time limit of a case: after triage, or after a person has chosen label and route instead.

    Parameters
    ----------
    facts : Facts
        With the urgency as decided.
    rules : RuleSet
    label : str
        Without the profile's key.
    route : str
    agenda : bool
        The case has an agenda-by date.

    Raises
    ------
    TriageError
        If no limit is for it: the profile was not checked when it was loaded.
    """
    known = {**facts.as_dict(), "label": label, "route": route, "agenda": agenda}
    for limit, condition in rules.limits:
        if condition.holds(known):
            return limit
    raise TriageError(f"no time limit of profile '{rules.profile}' is for {known}")


def _deciding(known: Mapping[str, Any], rules: RuleSet) -> tuple[TriageRule, Condition]:
    for rule, condition in rules.rules:
        if condition.holds(known):
            return rule, condition
    raise TriageError(f"no rule of profile '{rules.profile}' decides {known}")


def label_name(label: str, cases: CasesSection) -> Names | None:
    """Return what the place calls a stored label; None if its profile no longer has it."""
    found = cases.labels_by_key.get(label.rpartition(LABEL_SEPARATOR)[2])
    return found.name if found else None


def _limit_message(limit: Limit | None) -> Message:
    if limit is None:
        return Message(messages.NO_LIMIT)
    return Message(messages.LIMIT_MESSAGES[limit.unit], {"amount": limit.amount})


def _reasons(names: tuple[str, ...], known: Mapping[str, Any], rules: RuleSet) -> list[Message]:
    return [_reason(name, known[name], rules) for name in names]


def _reason(fact: str, value: Any, rules: RuleSet) -> Message:
    if fact in _LEVEL_BY_COUNT:
        level = rules.geo.levels_by_key[_LEVEL_BY_COUNT[fact]].name
        msgid = {0: messages.COUNTED_NONE, 1: messages.COUNTED_ONE}.get(value, messages.COUNTED)
        return Message(msgid, {"level": level, "count": value} if value > 1 else {"level": level})
    if fact == "span" and value in messages.SPAN_MESSAGES:
        return Message(messages.SPAN_MESSAGES[value])
    if value is None:
        return Message(messages.UNKNOWN_AGE)
    sentence = messages.FACT_MESSAGES[fact]
    if not isinstance(sentence, str):
        return Message(sentence[value])
    return Message(sentence, {"value": _named(fact, value, rules)})


def _named(fact: str, value: Any, rules: RuleSet) -> Names | str | int:
    match fact:
        case "category":
            return rules.cases.categories_by_key[value].name
        case "category_group":
            return next(group.name for group in rules.cases.groups if group.key == value)
        case "authority":
            return rules.cases.authorities_by_key[value].name
        case "span":
            return rules.geo.levels_by_key[value].name
        case _:
            return cast("str | int", value)
