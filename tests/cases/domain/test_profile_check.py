"""What is wrong with rules is found when the profile is loaded, with file, key and value."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.factories.profiles import problems_of, write_profile

RULE = """
[[cases.rules]]
key = "{key}"
label = "request"
route = "{route}"
why = {{ zh = "一", en = "one", ko = "일" }}
when = {when}
"""
CALM = 'danger = false, about = "none"'
LIMIT = '[[cases.limits]]\nkey = "{key}"\nwhen = {when}\namount = 1\nunit = "day"\n'


def rule(when: str, key: str = "new", route: str = "community") -> str:
    return RULE.format(key=key, route=route, when=when)


@pytest.mark.parametrize(
    ("body", "path", "value", "accepted"),
    [
        # unknown facts, values and operators
        (rule(f'{{ mood = "bad", {CALM} }}'), "cases.rules[new].when.mood", "'bad'", "'publicness'"),
        (rule(f'{{ publicness = "secret", {CALM} }}'), "cases.rules[new].when.publicness", "'secret'", "'shared'"),
        (rule(f'{{ category = ["road", "rode"], {CALM} }}'), "cases.rules[new].when.category", "'rode'", "'road'"),
        (rule(f'{{ span = ["blocks"], {CALM} }}'), "cases.rules[new].when.span", "'blocks'", "'block'"),
        (rule(f'{{ districts = 1, {CALM} }}'), "cases.rules[new].when.districts", "1", "a known fact"),
        (rule(f'{{ blocks = "many", {CALM} }}'), "cases.rules[new].when.blocks", "'many'", "whole number"),
        (rule(f"{{ blocks = -1, {CALM} }}"), "cases.rules[new].when.blocks", "-1", "whole number"),
        (rule(f"{{ blocks = {{ above = 2 }}, {CALM} }}"), "cases.rules[new].when.blocks.above", "2", "'gte'"),
        (rule(f'{{ publicness = {{ gte = "public" }}, {CALM} }}'), "cases.rules[new].when.publicness.gte", "'public'",
         "'ne'"),
        (rule('{ danger = "no", about = "none" }'), "cases.rules[new].when.danger", "'no'", "true or false"),
        (rule(f"{{ any = [], {CALM} }}"), "cases.rules[new].when.any", "[]", "one or more tables"),
        (rule(f"{{ not = [1], {CALM} }}"), "cases.rules[new].when.not", "[1]", "a table of facts"),
        (rule(f"{{ any = [{{ mood = 1 }}], {CALM} }}"), "cases.rules[new].when.any[0].mood", "1", "a known fact"),
        (rule(f"{{ category = [], {CALM} }}"), "cases.rules[new].when.category", "[]", "a list of"),
        (rule(f"{{ blocks = {{}}, {CALM} }}"), "cases.rules[new].when.blocks", "{}", "at least one operator"),
        # rules without effect
        (rule(f'{{ publicness = "public", not = {{ publicness = ["public", "shared"] }}, {CALM} }}'),
         "cases.rules[new].when", "publicness", "it contradicts itself"),
        (rule(f"{{ blocks = {{ gte = 3, lt = 3 }}, {CALM} }}"), "cases.rules[new].when", "gte", "contradicts itself"),
        (rule(f'{{ category = "road", category_group = "services", {CALM} }}'), "cases.rules[new].when", "services",
         "contradicts itself"),
        (rule(f"{{ departments = 3, {CALM} }}", "first")
         + rule(f'{{ category = "road", category_group = "services", {CALM} }}'), "cases.rules[new].when", "services",
         "contradicts itself"),
        (rule(f'{{ category = "road", {CALM} }}', "broad")
         + rule(f'{{ category = "road", urgency = "urgent", {CALM} }}'),
         "cases.rules[new].when", "urgent", "earlier rules decide all of it: 'broad'"),
        (rule(f"{{ blocks = {{ lte = 2 }}, {CALM} }}", "few") + rule(f"{{ blocks = {{ gt = 2 }}, {CALM} }}", "many")
         + rule(f"{{ category = \"road\", {CALM} }}"),
         "cases.rules[new].when", "road", "earlier rules decide all of it: 'few', 'many'"),
        (LIMIT.format(key="a", when='{ route = "topic", danger = false }')
         + LIMIT.format(key="b", when='{ route = ["topic"], danger = false, urgency = "urgent" }'),
         "cases.limits[b].when", "urgent", "earlier rules decide all of it: 'a'"),
        # what must hold in every place
        (rule('{ category = "road", about = "none" }'), "cases.rules[new].when", "road", "danger = false"),
        (rule('{ category = "road", danger = false }'), "cases.rules[new].when", "road", "about = 'none'"),
        ('[[cases.rules]]\nkey = "danger"\ndrop = true', "cases.rules[about-someone].when", "about", "danger = false"),
        # gaps
        ('[[cases.rules]]\nkey = "otherwise"\ndrop = true', "cases.rules", "nothing for",
         "a last entry without 'when'"),
        ('[[cases.limits]]\nkey = "ordinary"\ndrop = true', "cases.limits", "nothing for", "a last entry"),
        ('[[cases.limits]]\nkey = "ordinary"\nnone = true', "cases.limits[ordinary].when", "{}", "agenda = true"),
        # references
        ('[[cases.rules]]\nkey = "otherwise"\nlabel = "micro"\nroute = "community"\n'
         'why = { zh = "一", en = "one", ko = "일" }', "cases.rules[otherwise].label", "'micro'", "'request'"),
        ('[[cases.rules]]\nkey = "otherwise"\nlabel = "request"\nroute = "topic"\ntracks = ["topic"]\n'
         'why = { zh = "一", en = "one", ko = "일" }', "cases.rules[otherwise].level", "None", "for a topic"),
        ('[[cases.rules]]\nkey = "otherwise"\nlabel = "request"\nroute = "topic"\nlevel = "block"\n'
         'why = { zh = "一", en = "one", ko = "일" }', "cases.rules[otherwise]", "label", "tracks must hold 'topic'"),
        ('[[cases.categories]]\nkey = "road"\nauthority = "king"', "cases.categories[road].authority", "'king'",
         "'municipal_works'"),
        ('[[cases.categories]]\nkey = "road"\ngroup = "air"', "cases.categories[road].group", "'air'", "'roads'"),
        ('[[cases.categories]]\nkey = "health"\npublished = true', "cases.categories[health].published", "True",
         "false for what is sensitive"),
        ('[[cases.categories]]\nkey = "road"\nicon = { shape = "square" }', "cases.categories[kerb].icon",
         "'square, blue'", "'road'"),
        ('[[cases.categories]]\nkey = "road"\ncommonest = 2', "cases.categories[parking].commonest", "2", "'road'"),
        ('[[cases.categories]]\nkey = "drainage"\ndrop = true', "cases.categories", "no 'drainage'", "'parking'"),
        ('[[cases.about]]\nkey = "official"\ndrop = true', "cases.about", "leader", "each once"),
        ('[[cases.about]]\nkey = "leader"\nreceiver = { roles = ["department"] }', "cases.about[leader].receiver.roles",
         "department", "a post at 'community'"),
        ('[[cases.about]]\nkey = "leader"\nreceiver = { level = "city" }', "cases.about[leader].receiver.level",
         "'city'", "'subdistrict'"),
        ('[[cases.emergency_numbers]]\nkey = "fire"\ncategories = ["fires"]',
         "cases.emergency_numbers[fire].categories[0]", "'fires'", "'fire_lane'"),
        ('[cases.clock]\nworking_hours = ["09:00-12:00", "11:00-17:00"]', "cases.clock", "working_hours",
         "in order and not overlap"),
        ('[[cases.limits]]\nkey = "x"\namount = 3', "cases.limits[x]", "amount", "either amount and unit"),
        ('[[cases.limits]]\nkey = "x"\namount = 3\nunit = "fortnight"', "cases.limits[x].unit", "'fortnight'",
         "'week'"),
    ],
)  # fmt: skip
def test_mistakes_in_rules_are_found(tmp_path: Path, body: str, path: str, value: str, accepted: str) -> None:
    write_profile(tmp_path, body)
    found = [problem for problem in problems_of(tmp_path) if problem.key_path == path]
    assert found, [str(problem) for problem in problems_of(tmp_path)]
    assert any(value in problem.value and accepted in problem.accepted for problem in found), found


def test_only_the_rules_that_shadow_are_named(tmp_path: Path) -> None:
    write_profile(tmp_path, rule(f"{{ departments = {{ gte = 1 }}, {CALM} }}"))
    (problem,) = problems_of(tmp_path)
    assert (problem.file, problem.key_path) == (
        "jinan-wuyingshan.toml",
        "cases.rules[several-departments].when",
    )
    assert problem.accepted.endswith("earlier rules decide all of it: 'new', 'danger', 'about-someone'")


def test_mistakes_in_several_rules_come_together(tmp_path: Path) -> None:
    write_profile(
        tmp_path, rule(f"{{ mood = 1, {CALM} }}", "one") + rule(f"{{ blocks = true, {CALM} }}", "two")
    )
    assert [problem.key_path for problem in problems_of(tmp_path)] == [
        "cases.rules[one].when.mood",
        "cases.rules[two].when.blocks",
    ]


@pytest.mark.parametrize(
    "body",
    [
        rule(f'{{ category = "road", urgency = "urgent", {CALM} }}', "narrow")
        + rule(f'{{ category = "road", {CALM} }}'),
        rule(f"{{ age_days = {{ gte = 10 }}, {CALM} }}", "old")
        + rule(f"{{ age_days = {{ lt = 10 }}, {CALM} }}"),
        rule(f"{{ departments = {{ not_in = [0, 1, 2] }}, {CALM} }}"),
        rule(f'{{ all = [{{ enclosure = "closed" }}, {{ span = ["unit", "building"] }}], {CALM} }}'),
    ],
)
def test_sound_rules_pass(tmp_path: Path, body: str) -> None:
    write_profile(tmp_path, body)
    assert problems_of(tmp_path) == ()


def test_an_unknown_age_is_neither_young_nor_old(tmp_path: Path) -> None:
    """Two comparisons that cover all numbers leave out None, so what follows is still reached."""
    body = (
        rule(f"{{ age_days = {{ gte = 10 }}, {CALM} }}", "old")
        + rule(f"{{ age_days = {{ lt = 10 }}, {CALM} }}", "young")
        + rule(f"{{ category = \"road\", {CALM} }}")
    )  # fmt: skip
    write_profile(tmp_path, body)
    assert problems_of(tmp_path) == ()
