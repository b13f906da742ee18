"""Sentences of the explanation can be found, translated and stored."""

from __future__ import annotations

import ast
import inspect
from typing import get_args

import pytest

from cases.domain import messages, vocabulary
from cases.domain.messages import AGENDA_MESSAGES, FACT_MESSAGES, LIMIT_MESSAGES, Message
from cases.domain.profile import AgendaBy
from geo.domain.profile_base import Names


def test_every_sentence_is_marked_for_translation() -> None:
    """Each string that ends like a sentence stands inside `gettext_noop`, where makemessages finds it."""
    tree = ast.parse(inspect.getsource(messages))
    marked = {
        call.args[0].value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and getattr(call.func, "id", "") == "gettext_noop"
        and isinstance(call.args[0], ast.Constant)
    }
    used = {*LIMIT_MESSAGES.values(), *AGENDA_MESSAGES.values(), *messages.SPAN_MESSAGES.values()}
    for sentence in FACT_MESSAGES.values():
        used |= {sentence} if isinstance(sentence, str) else set(sentence.values())
    used |= {value for name, value in vars(messages).items() if name.isupper() and isinstance(value, str)}
    assert used == marked


def test_units_have_their_sentences() -> None:
    assert set(LIMIT_MESSAGES) == set(get_args(vocabulary.TimeUnit))
    assert set(AGENDA_MESSAGES) == set(get_args(AgendaBy.model_fields["unit"].annotation))


@pytest.mark.parametrize("fact", ["publicness", "responsibility", "urgency", "about", "forum", "channel", "outcome",
                                  "enclosure", "authority_tier"])  # fmt: skip
def test_choices_have_a_sentence_for_each_value(fact: str) -> None:
    types = {"authority_tier": "Tier"}
    values = get_args(getattr(vocabulary, types.get(fact, fact.title())))
    sentences = FACT_MESSAGES[fact]
    assert isinstance(sentences, dict)
    assert set(sentences) == set(values)


def test_names_follow_the_language_and_fall_back_to_the_places_own() -> None:
    message = Message("Kind: %(value)s.", {"value": Names(zh="道路破损", en="Damaged road")})
    assert message.render(language="en-gb") == "Kind: Damaged road."
    assert message.render(language="ko") == "Kind: 道路破损."
    assert message.render(lambda _: "类别：%(value)s", "zh-hans") == "类别：道路破损"


def test_stored_messages_come_back() -> None:
    message = Message("%(count)s × %(name)s", {"count": 2, "name": Names(zh="网格", en="Grid", ko="격자")})
    assert Message.from_json(message.as_json()) == message
