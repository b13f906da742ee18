"""The transition table, every pair of status and action."""

from __future__ import annotations

import pytest

from cases.domain.vocabulary import STATUSES
from cases.domain.workflow import (
    ACTIONS,
    CAPABILITIES,
    OPEN_STATUSES,
    TRANSITIONS,
    TransitionError,
    allowed,
    apply,
)
from tests.factories.profiles import profile_store

# What the status is afterwards; a full stop where the action cannot be taken. Written out by hand, so that a
# change of the table in the code shows here.
TABLE = """
                 received assigned in_progress suspended reopened handled answered closed declined merged
accept           .        in_progress .        .         in_progress .    .        .      .        .
note             received assigned in_progress suspended reopened handled answered closed declined merged
settle           .        handled  handled     .         handled  .       .        .      .        .
return           .        received received    .         received .       .        .      .        .
reassign         assigned assigned assigned    assigned  assigned .       .        .      .        .
relocate         assigned assigned assigned    assigned  assigned .       .        .      .        .
recategorise     assigned assigned assigned    assigned  assigned .       .        .      .        .
extend           .        assigned in_progress .         reopened .       .        .      .        .
suspend          .        suspended suspended  .         suspended .      .        .      .        .
resume           .        .        .           in_progress .      .       .        .      .        .
call-out         .        in_progress in_progress .      in_progress .    .        .      .        .
propose-topic    received assigned in_progress suspended reopened handled answered .      .        .
answer           answered answered answered    .         answered answered .       .      .        .
close            .        .        .           .         .        closed  closed   .      .        .
reopen           .        .        .           .         .        reopened reopened reopened reopened .
decline          declined declined .           .         .        .       .        .      .        .
merge            merged   merged   merged      merged    merged   merged  merged   .      .        .
confirm-triage   received assigned in_progress suspended reopened handled answered .      .        .
override-triage  assigned assigned assigned    assigned  assigned .       .        .      .        .
release-photo    received assigned in_progress suspended reopened handled answered closed declined merged
withdraw-photo   received assigned in_progress suspended reopened handled answered closed declined merged
me-too           received assigned in_progress suspended reopened handled answered .      .        .
assign           assigned .        .           .         .        .       .        .      .        .
reroute          assigned assigned assigned    assigned  assigned .       .        .      .        .
"""
_HEADER, *_ROWS = [line.split() for line in TABLE.strip().splitlines()]
PAIRS = [(status, row[0], target) for row in _ROWS for status, target in zip(_HEADER, row[1:], strict=True)]


def test_the_table_is_whole() -> None:
    assert sorted(_HEADER) == sorted(STATUSES)
    assert [row[0] for row in _ROWS] == [transition.action for transition in TRANSITIONS]


@pytest.mark.parametrize(("status", "action", "target"), PAIRS)
def test_every_pair(status: str, action: str, target: str) -> None:
    if target == ".":
        with pytest.raises(TransitionError) as caught:
            apply(status, action)
        assert action not in caught.value.allowed
        assert caught.value.allowed == allowed(status)
    else:
        assert apply(status, action) == target
        assert (action in allowed(status)) is (ACTIONS[action].actor != "system")


@pytest.mark.parametrize("action", ["relocate", "recategorise", "override-triage", "reroute"])
def test_what_nobody_answers_for_goes_back_to_be_sorted(action: str) -> None:
    assert apply("in_progress", action, routed=False) == "received"
    assert apply("in_progress", "settle", routed=False) == "handled"


def test_the_error_says_what_is_possible() -> None:
    with pytest.raises(TransitionError) as caught:
        apply("suspended", "close")
    assert str(caught.value) == (
        "action must be one of note, reassign, relocate, recategorise, resume, propose-topic, merge, "
        "confirm-triage, override-triage, release-photo, withdraw-photo, me-too while the case is 'suspended'; "
        "got 'close'"
    )
    assert (caught.value.status, caught.value.action) == ("suspended", "close")


def test_unknown_words_are_refused() -> None:
    with pytest.raises(TransitionError, match="got 'explode'"):
        apply("received", "explode")
    for function in (lambda: apply("lost", "note"), lambda: allowed("lost")):
        with pytest.raises(ValueError, match=r"status must be one of received, .*; got 'lost'"):
            function()


def test_who_may_do_what() -> None:
    assert allowed("handled", {"case.note", "case.close", "case.accept"}) == ("note", "close", "me-too")
    assert allowed("handled", set()) == ("me-too",)
    assert allowed("closed", set()) == ()
    assert "assign" not in allowed("received", CAPABILITIES | {"case.assign"})


def test_every_open_status_leads_to_an_end_and_nothing_is_stuck() -> None:
    """Nothing is silently dropped: from each open status some way leads to closed, and back from there."""
    for start in OPEN_STATUSES:
        seen, edge = {start}, [start]
        while edge:
            status = edge.pop()
            for action in allowed(status):
                following = apply(status, action)
                if following not in seen:
                    seen.add(following)
                    edge.append(following)
        assert {"closed", "answered", "handled"} <= seen
    assert "reopen" in allowed("closed")
    assert "reopen" in allowed("declined")


def test_what_takes_a_decision_away_from_somebody_needs_a_reason() -> None:
    for action in (
        "return",
        "reassign",
        "extend",
        "suspend",
        "reopen",
        "decline",
        "override-triage",
        "propose-topic",
    ):
        assert "reason" in {given.name for given in ACTIONS[action].inputs if given.required}, action


def test_internal_notes_stay_internal_and_progress_is_public() -> None:
    assert [transition.action for transition in TRANSITIONS if transition.visibility == "internal"] == [
        "note"
    ]
    for action in ("accept", "settle", "answer", "close", "reopen", "decline", "merge", "suspend", "extend"):
        assert ACTIONS[action].visibility == "public", action
    for action in (
        "return",
        "relocate",
        "confirm-triage",
        "override-triage",
        "call-out",
        "me-too",
        "release-photo",
    ):
        assert ACTIONS[action].visibility == "staff", action


def test_roles_of_the_profiles_can_carry_a_case_through() -> None:
    geo = profile_store().resolve("jinan-wuyingshan").geo
    leader = geo.capabilities(["leader"])
    assert {"accept", "settle", "return", "reassign", "relocate", "recategorise"} <= set(
        allowed("assigned", leader)
    )
    assert "close" not in allowed("handled", leader)  # whoever settles it does not check it
    assert "close" in allowed("handled", geo.capabilities(["official"]))
    assert "reassign" not in allowed("assigned", geo.capabilities(["patroller"]))
    assert allowed("assigned", geo.capabilities(["planner"])) == ("me-too",)
    # every action that staff can take is in the hands of some role
    everyone = geo.capabilities(geo.roles_by_key)
    assert {transition.capability for transition in TRANSITIONS if transition.actor == "staff"} <= everyone
