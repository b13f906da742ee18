"""Profile files: inheritance, validation, errors that can be mended in one go."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from pydantic import ValidationError

from cases.domain.profile import CasesSection
from geo.domain.profile_base import Section
from geo.profiles import ProfileError, ProfileStore, UnknownProfileError
from tests.factories.profiles import TEST_PROFILES, problems_of, profile_store, write_profile


def paths(folder: Path) -> list[str]:
    return [problem.key_path for problem in problems_of(folder)]


# ------------------------------------------------------------------ what ships


def test_every_profile_that_ships_or_is_tested_is_sound() -> None:
    store = profile_store()
    assert store.keys() == (
        "chongqing-wujiaoting",
        "jinan-wuyingshan",
        "plain",
        "riverside",
        "riverside-garden",
        "shenyang-yuhong",
        "shenyang-yuhong-yiyun",
        "yanji-minfu",
        "yichang",
    )
    assert store.problems() == ()


def test_wuyingshan_has_its_trees_and_teams() -> None:
    geo = profile_store().resolve("jinan-wuyingshan").geo
    assert geo.area_levels == ("subdistrict", "community", "block", "grid")
    assert [geo.levels_by_key[level].expected for level in ("community", "block", "grid")] == [5, 42, 260]
    assert [post.organisation for post in geo.leading_posts("block", "closed")] == [
        "committee",
        "police",
        "property",
        "party",
    ]
    assert [post.key for post in geo.leading_posts("block", "open")] == ["leader-elected"]
    assert geo.leading_posts("block") == ()  # enclosure not recorded: one level up answers
    assert [post.key for post in geo.deputies("block")] == ["deputy-leader"]
    assert [kind.key for kind in geo.party_kinds] == [
        "working-committee",
        "community-committee",
        "grid-branch",
        "building-group",
    ]
    assert geo.party_kinds_by_key["building-group"].parent == "grid-branch"
    assert geo.level_above("grid") == "block"
    assert geo.level_above("subdistrict") is None


LEVELS = {
    "chongqing-wujiaoting": ("subdistrict", "community", "block", "grid"),
    "shenyang-yuhong": ("district", "subdistrict", "community", "block", "grid"),
    "yanji-minfu": ("subdistrict", "community", "block", "grid"),
    "yichang": ("city", "district", "subdistrict", "community", "block", "grid"),
}
LED_BY = {
    "chongqing-wujiaoting": ["group-head", "building-head"],
    "shenyang-yuhong": ["grid-leader"],
    "yanji-minfu": ["generalist"],
    "yichang": ["group-head"],
}
PARTY_TREES = {
    "chongqing-wujiaoting": {"community-committee": "community"},
    "shenyang-yuhong": {
        "community-party": "community",
        "grid-branch": "grid",
        "building-group": "building",
        "liaison-household": "unit",
    },
    "yanji-minfu": {"working-committee": "subdistrict", "community-committee": "community"},
    "yichang": {
        "community-party": "community",
        "block-branch": "block",
        "group-branch": "grid",
        "building-group": "building",
        "liaison-household": "unit",
    },
}


@pytest.mark.parametrize("key", sorted(LEVELS))
def test_places_have_the_trees_that_they_have_published(key: str) -> None:
    geo = profile_store().resolve(key).geo
    assert geo.area_levels == LEVELS[key]
    assert {kind.key: kind.level for kind in geo.party_kinds} == PARTY_TREES[key]
    assert [post.key for post in geo.leading_posts("grid")] == LED_BY[key]
    # Every grid has somebody above who answers, and everybody above a complaint's people can be appointed.
    assert all(geo.leading_posts(level) for level in LEVELS[key] if level not in ("block", "grid"))
    heads = {post.party_kind for post in geo.posts if post.party_kind}
    assert {kind.key for kind in geo.party_kinds if kind.answers} <= heads


@pytest.mark.parametrize("key", sorted(LEVELS))
def test_a_home_of_a_party_member_is_never_asked_for_an_answer(key: str) -> None:
    geo = profile_store().resolve(key).geo
    assert not any(kind.answers for kind in geo.party_kinds if kind.level in ("building", "unit"))
    assert not any(post.level == "unit" for post in geo.posts)


def test_counts_that_places_publish_are_expected() -> None:
    store = profile_store()
    expected = {
        (key, level.key): level.expected
        for key in LEVELS
        for level in store.resolve(key).geo.levels
        if level.expected is not None and level.expected > 1
    }
    assert expected == {("shenyang-yuhong", "grid"): 1826, ("yichang", "community"): 1639}


@pytest.mark.parametrize("key", [*sorted(LEVELS), "jinan-wuyingshan"])
def test_limits_come_in_all_four_units_of_city_management(key: str) -> None:
    units = {limit.unit for limit in profile_store().resolve(key).section(CasesSection).limits}
    assert units >= {"working_hour", "working_day", "urgent_working_hour", "urgent_working_day"}


@pytest.mark.parametrize("key", [*sorted(LEVELS), "jinan-wuyingshan"])
def test_categories_carry_their_standard_codes(key: str) -> None:
    categories = profile_store().resolve(key).section(CasesSection).categories_by_key
    codes = {
        name: (code.ref, code.kind, code.code, code.local)
        for name in ("road", "parking", "fire_lane", "street_light", "flooding")
        for code in categories[name].standard
    }
    assert codes == {
        "road": ("GB/T 47678.5", "matter", "06013", False),
        "parking": ("GB/T 47678.5", "matter", "09009", False),
        "fire_lane": ("GB/T 47678.5", "matter", "09012", False),
        "street_light": ("GB/T 47678.5", "component", "01037", False),
        "flooding": ("local", "matter", "L06001", True),
    }
    assert not any(
        kind.published for kind in categories.values() if kind.sensitive or kind.publicness == "private"
    )


def test_colours_of_one_community_are_an_override_of_its_districts_profile() -> None:
    store = profile_store()
    child, parent = store.resolve("shenyang-yuhong-yiyun"), store.resolve("shenyang-yuhong")
    assert child.sources == ("base.toml", "shenyang-yuhong.toml", "shenyang-yuhong-yiyun.toml")
    assert child.geo == parent.geo
    rules = [rule.key for rule in child.section(CasesSection).rules]
    assert rules == [rule.key for rule in parent.section(CasesSection).rules]


def test_plain_has_no_party_and_two_area_levels() -> None:
    geo = profile_store().resolve("plain").geo
    assert geo.area_levels == ("community", "grid")
    assert geo.party_kinds == ()


def test_level_above_names_what_there_is() -> None:
    with pytest.raises(KeyError, match="'community', 'grid', 'building'; got 'block'"):
        profile_store().resolve("plain").geo.level_above("block")


def test_capabilities_are_the_union_of_roles_and_nothing_for_unknown_ones() -> None:
    geo = profile_store().resolve("jinan-wuyingshan").geo
    assert "case.close" not in geo.capabilities(["patroller"])
    assert "case.close" in geo.capabilities(["patroller", "official"])
    assert geo.capabilities(["king"]) == frozenset()


# ------------------------------------------------------------------ inheritance


def test_entries_merge_by_key_and_new_ones_come_last(tmp_path: Path) -> None:
    write_profile(
        tmp_path,
        """
        [[cases.categories]]
        key = "road"
        duplicate_radius_m = 99
        [[cases.categories]]
        key = "drones"
        name = { zh = "无人机", en = "Drones", ko = "드론" }
        group = "other"
        icon = { shape = "shield", colour = "green" }
        publicness = "shared"
        authority = "police"
        """,
    )
    parent = profile_store().resolve("jinan-wuyingshan").section(CasesSection)
    child = profile_store(tmp_path).resolve("mine").section(CasesSection)
    assert child.categories_by_key["road"].duplicate_radius_m == 99
    assert child.categories_by_key["road"].keywords == parent.categories_by_key["road"].keywords
    assert list(child.categories_by_key) == [*parent.categories_by_key, "drones"]


def test_rules_replace_by_key_in_place_and_new_ones_come_first() -> None:
    store = profile_store()
    parent = store.resolve("riverside").section(CasesSection)
    child = store.resolve("riverside-garden").section(CasesSection)
    assert [rule.key for rule in child.rules] == ["red", *(rule.key for rule in parent.rules)]
    replaced = child.rules[-1]
    assert (replaced.key, replaced.label, replaced.tracks) == ("within-block", "green", ("assignment",))
    assert replaced.agenda_by is None  # as a whole: nothing of the inherited rule shines through


def test_drop_takes_an_inherited_entry_away() -> None:
    limits = [limit.key for limit in profile_store().resolve("riverside-garden").section(CasesSection).limits]
    assert limits == ["red", "danger", "sort_first", "urgent", "ordinary"]


def test_tables_merge_and_plain_lists_are_replaced(tmp_path: Path) -> None:
    write_profile(
        tmp_path,
        """
        [geo]
        languages = ["ko"]
        [geo.tolerances]
        snap_tolerance_m = 7
        """,
    )
    geo = profile_store(tmp_path).resolve("mine").geo
    assert geo.languages == ("ko",)
    assert (geo.tolerances.snap_tolerance_m, geo.tolerances.span_tolerance_m) == (7, 15)


def test_sources_are_named_widest_first() -> None:
    profile = profile_store().resolve("riverside-garden")
    assert profile.sources == ("base.toml", "riverside.toml", "riverside-garden.toml")


# ------------------------------------------------------------------ identity


def test_rule_version_follows_the_merged_content(tmp_path: Path) -> None:
    write_profile(tmp_path, "[geo.tolerances]\nsnap_tolerance_m = 7")
    first = profile_store(tmp_path).resolve("mine").rule_version
    assert profile_store(tmp_path).resolve("mine").rule_version == first
    write_profile(tmp_path, "# a remark\n[geo.tolerances]\nsnap_tolerance_m = 7")
    assert profile_store(tmp_path).resolve("mine").rule_version == first
    write_profile(tmp_path, "[geo.tolerances]\nsnap_tolerance_m = 8")
    assert profile_store(tmp_path).resolve("mine").rule_version != first
    assert first.startswith("1+")


def test_a_profile_is_read_once_and_cannot_be_changed() -> None:
    store = profile_store()
    profile = store.resolve("plain")
    assert store.resolve("plain") is profile
    with pytest.raises(dataclasses.FrozenInstanceError):
        profile.version = "2"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        profile.geo.leaf_level = "community"
    with pytest.raises(TypeError):
        profile.sections["geo"] = profile.geo  # type: ignore[index]


def test_sections_of_unregistered_types_are_refused() -> None:
    store = ProfileStore([TEST_PROFILES])
    with pytest.raises(ProfileError) as caught:
        store.resolve("plain")
    assert {problem.key_path for problem in caught.value.problems} == {"cases"}
    store.register_section("cases", CasesSection)
    store.register_section("cases", CasesSection)  # twice is once
    assert store.resolve("plain").section(CasesSection).rules


def test_a_section_name_is_taken_once() -> None:
    class Other(Section):
        pass

    store = profile_store()
    with pytest.raises(ValueError, match="'cases' is taken by CasesSection"):
        store.register_section("cases", Other)
    with pytest.raises(ValueError, match="'version' is taken by the header"):
        store.register_section("version", Other)
    with pytest.raises(LookupError, match="no section of type Other"):
        store.resolve("plain").section(Other)


# ------------------------------------------------------------------ errors


def test_all_errors_of_a_file_come_at_once_with_file_key_value_and_what_is_accepted(tmp_path: Path) -> None:
    write_profile(
        tmp_path,
        """
        shiny = true
        [geo]
        leaf_level = "hamlet"
        [geo.tolerances]
        snap_tolerance_m = "30"
        [[cases.categories]]
        key = "road"
        geometry = ["pointt"]
        colour = "red"
        [cases.clock]
        working_hours = ["9-5"]
        """,
    )
    found = {problem.key_path: problem for problem in problems_of(tmp_path)}
    assert set(found) == {
        "shiny",
        "geo.leaf_level",
        "geo.tolerances.snap_tolerance_m",
        "cases.categories[road].geometry[0]",
        "cases.categories[road].colour",
        "cases.clock.working_hours[0]",
    }
    assert {problem.file for problem in found.values()} == {"mine.toml"}
    assert str(found["cases.categories[road].geometry[0]"]) == (
        "mine.toml: cases.categories[road].geometry[0]: got 'pointt'; accepted: 'point', 'line' or 'area'"
    )
    assert found["geo.tolerances.snap_tolerance_m"].value == "'30'"
    assert "valid number" in found["geo.tolerances.snap_tolerance_m"].accepted
    assert "icon" in found["cases.categories[road].colour"].accepted
    assert "HH:MM-HH:MM" in found["cases.clock.working_hours[0]"].accepted
    assert "'geo', 'cases'" in found["shiny"].accepted


def test_an_inherited_error_names_the_file_it_comes_from(tmp_path: Path) -> None:
    write_profile(tmp_path, '[geo]\nleaf_level = "hamlet"', key="parent")
    write_profile(tmp_path, "[geo.tolerances]\nsnap_tolerance_m = -1", extends="parent")
    assert {(problem.file, problem.key_path) for problem in problems_of(tmp_path)} == {
        ("parent.toml", "geo.leaf_level"),
        ("mine.toml", "geo.tolerances.snap_tolerance_m"),
    }


def test_what_is_wrong_in_a_parent_is_told_once(tmp_path: Path) -> None:
    write_profile(tmp_path, '[geo]\nleaf_level = "hamlet"', key="parent")
    write_profile(tmp_path, "", key="one", extends="parent")
    write_profile(tmp_path, "", key="two", extends="parent")
    assert [str(problem) for problem in profile_store(tmp_path).problems()] == [
        "parent.toml: geo.leaf_level: got 'hamlet'; accepted: 'city', 'district', 'subdistrict', 'community', "
        "'block', 'grid', 'building' or 'unit'"
    ]


@pytest.mark.parametrize(
    ("body", "path", "accepted"),
    [
        ('[geo]\nleaf_level = "building"', "geo.leaf_level", "above 'building'"),
        ('[geo]\nleaf_level = "district"', "geo.leaf_level", "'subdistrict', 'community'"),
        ('[geo]\nfallback = ["deputy", "post"]', "geo", "must begin with 'post'"),
        ('[[geo.posts]]\nkey = "branch-secretary"\nparty_kind = "cell"', "geo.posts[branch-secretary].party_kind",
         "'grid-branch'"),
        ('[[geo.posts]]\nkey = "branch-secretary"\nlevel = "grid"', "geo.posts[branch-secretary].level", "'block'"),
        ('[[geo.posts]]\nkey = "deputy-leader"\ndeputy_for = ["community-director"]',
         "geo.posts[deputy-leader].deputy_for[0]", "'leader-cadre'"),
        ('[[geo.posts]]\nkey = "planner"\nlevel = "city"', "geo.posts[planner].level", "'subdistrict'"),
        ('[[geo.posts]]\nkey = "leader-elected"\nleads = false', "geo.enclosures[open].key", "leading post"),
        ('[[geo.posts]]\nkey = "subdistrict-grid-centre"\nleads = false', "geo.posts", "leads = true"),
        ('[[geo.party_kinds]]\nkey = "grid-branch"\nparent = "building-group"', "geo.party_kinds[grid-branch].parent",
         "'working-committee', 'community-committee'"),
        ('[[geo.roles]]\nkey = "leader"\ncan = ["case.fly"]', "geo.roles[leader].can[0]", "'case.accept'"),
        ('[[geo.roles]]\nkey = "patroller"\ndrop = true', "geo.posts[patroller-full-time].roles[0]", "'leader'"),
        ('[[geo.posts]]\nkey = "mayor"\ndrop = true', "geo.posts[mayor]", "'planner'"),
        ('[[geo.posts]]\nkey = "planner"\ndrop = true\nseats = 3', "geo.posts[planner]", "only key and drop"),
        ('[[geo.posts]]\nkey = "x"\n[[geo.posts]]\nkey = "x"', "geo.posts[x].name", "required"),
    ],
)  # fmt: skip
def test_geo_mistakes_are_found(tmp_path: Path, body: str, path: str, accepted: str) -> None:
    write_profile(tmp_path, body)
    found = [problem for problem in problems_of(tmp_path) if problem.key_path == path]
    assert found, problems_of(tmp_path)
    assert accepted in found[0].accepted


def test_levels_stand_in_order(tmp_path: Path) -> None:
    write_profile(tmp_path, '[[geo.levels]]\nkey = "city"\nname = { zh = "市", en = "City" }')
    found = {problem.key_path: problem for problem in problems_of(tmp_path)}
    assert "widest first" in found["geo.levels[city].key"].accepted


def test_a_key_twice_in_one_file_is_found(tmp_path: Path) -> None:
    kind = '[[geo.block_kinds]]\nkey = "barracks"\nname = { zh = "营房", en = "Barracks" }\n'
    write_profile(tmp_path, kind + kind)
    assert paths(tmp_path) == ["geo.block_kinds[barracks].key"]


def test_files_that_cannot_be_read_say_why(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('key = "mine"\nname = ?', encoding="utf-8")
    (problem,) = problems_of(tmp_path)
    assert "line 2" in problem.value
    (tmp_path / "mine.toml").write_bytes('key = "mine"  # 网格'.encode("gb18030"))
    (problem,) = problems_of(tmp_path)
    assert "UTF-8" in problem.accepted


def test_a_file_names_itself(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('key = "yours"', encoding="utf-8")
    assert paths(tmp_path) == ["name", "version", "key"]


def test_unknown_and_circular_parents(tmp_path: Path) -> None:
    write_profile(tmp_path, "", extends="nowhere")
    with pytest.raises(UnknownProfileError, match=r"mine\.toml: extends: got 'nowhere'; accepted: 'base'"):
        profile_store(tmp_path).resolve("mine")
    write_profile(tmp_path, "", key="one", extends="two")
    write_profile(tmp_path, "", key="two", extends="one")
    (problem,) = problems_of(tmp_path, "one")
    assert problem.accepted.endswith("here one → two → one")


@pytest.mark.parametrize("key", ["nowhere", "../base", "", "/etc/passwd"])
def test_unknown_keys_list_what_there_is(key: str) -> None:
    with pytest.raises(UnknownProfileError, match="'jinan-wuyingshan', 'plain', 'riverside'"):
        profile_store().resolve(key)


def test_an_abstract_profile_is_no_places(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="abstract: got True; accepted: a profile to be used: chongqing"):
        profile_store().resolve("base")
    assert "base" not in profile_store().keys()  # noqa: SIM118


def test_one_key_in_two_folders_is_refused(tmp_path: Path) -> None:
    write_profile(tmp_path, "", key="plain", extends="base")
    with pytest.raises(ProfileError, match="a key not yet taken"):
        profile_store(tmp_path).resolve("plain")


def test_folders_can_be_set_and_must_exist(tmp_path: Path) -> None:
    store = ProfileStore(sections={"cases": CasesSection})
    assert "riverside" not in store.keys()  # noqa: SIM118
    store.use_folders([TEST_PROFILES])
    assert store.resolve("riverside").key == "riverside"
    with pytest.raises(ProfileError, match="an existing folder"):
        store.use_folders([tmp_path / "gone"])
