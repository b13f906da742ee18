from dataclasses import dataclass
from datetime import date

import pytest

from geo.domain.directory import DepartmentRecord, Directory, Holder, PartyRecord, PostRecord
from geo.domain.profile_base import Names

DAY = date(2026, 6, 1)
CHAIN = (("subdistrict", "s"), ("community", "c"), ("block", "b"), ("grid", "g"))


def names(text):
    return Names(zh=text, en=text)


def holder(user_id, since=date(2020, 1, 1), until=None):
    return Holder(user_id, f"person {user_id}", since, until)


def post(pk, kind, code, *holders, **more):
    return PostRecord(pk, kind, names(kind), code, holders=holders, **more)


def leading(pk, kind, code, *holders):
    return post(pk, kind, code, *holders, leads=True)


def build(*posts, parties=(), departments=(), **more):
    titles = {"block": names("leader"), "community": names("director")}
    return Directory.build(
        1, posts, parties, departments, vacant_titles=titles, party_levels={"block"}, **more
    )


def people(found):
    return [(leader.holder.user_id, leader.acting) for leader in found.leaders]


def keys(found):
    return [key for key, _values in found.notes]


def test_every_filled_post_of_a_team_answers():
    directory = build(
        leading(1, "cadre", "b", holder(11)),
        leading(2, "police", "b", holder(12)),
        leading(3, "property", "b"),
        leading(4, "director", "c", holder(13)),
    )
    found = directory.responsible(CHAIN, day=DAY)
    assert people(found) == [(11, False), (12, False)]
    assert keys(found) == []


@pytest.mark.parametrize(
    ("since", "until", "answers"),
    [
        (date(2026, 6, 1), None, 11),
        (date(2026, 6, 2), None, 13),
        (date(2020, 1, 1), date(2026, 6, 1), 13),
        (date(2020, 1, 1), date(2026, 6, 2), 11),
    ],
)
def test_a_term_holds_from_its_first_day_until_the_day_it_ends(since, until, answers):
    directory = build(
        leading(1, "leader", "b", holder(11, since, until)), leading(2, "director", "c", holder(13))
    )
    assert [user for user, _acting in people(directory.responsible(CHAIN, day=DAY))] == [answers]


def test_a_vacant_post_falls_to_its_deputy_and_says_so():
    directory = build(
        leading(1, "leader", "b"),
        post(2, "deputy", "b", holder(12), deputy_for=("leader",)),
        leading(3, "director", "c", holder(13)),
    )
    found = directory.responsible(CHAIN, day=DAY)
    assert people(found) == [(12, True)]
    assert found.notes[0] == ("vacant_deputy", {"post": names("leader"), "area": "b"})


def test_a_vacant_post_without_deputy_falls_one_level_up_and_says_so():
    directory = build(
        leading(1, "leader", "b"),
        post(2, "deputy", "b", deputy_for=("leader",)),
        leading(3, "director", "c", holder(13)),
    )
    found = directory.responsible(CHAIN, day=DAY)
    assert people(found) == [(13, True)]
    assert keys(found) == ["vacant_one_up"]


def test_two_vacant_levels_are_both_said():
    directory = build(
        leading(1, "head", "s", holder(14)), leading(2, "leader", "b"), leading(3, "director", "c")
    )
    found = directory.responsible(CHAIN, day=DAY)
    assert people(found) == [(14, True)]
    assert [values["area"] for _key, values in found.notes] == ["b", "c"]


def test_an_area_without_the_post_at_all_counts_as_vacant():
    found = build(leading(1, "director", "c", holder(13))).responsible(CHAIN, day=DAY)
    assert people(found) == [(13, True)]
    assert found.notes[0] == ("vacant_one_up", {"post": names("leader"), "area": "b"})


def test_a_level_that_has_no_leading_posts_is_no_vacancy():
    found = build(leading(1, "leader", "b", holder(11))).responsible(CHAIN, day=DAY)
    assert people(found) == [(11, False)]


@pytest.mark.parametrize(("fallback", "expected"), [(("post",), []), (("post", "up"), [(13, True)])])
def test_the_profile_says_who_stands_in(fallback, expected):
    directory = build(
        leading(1, "leader", "b"),
        post(2, "deputy", "b", holder(12), deputy_for=("leader",)),
        leading(3, "director", "c", holder(13)),
        fallback=fallback,
    )
    assert people(directory.responsible(CHAIN, day=DAY)) == expected


def test_nobody_at_all_is_said():
    found = build().responsible(CHAIN, day=DAY)
    assert found.leaders == ()
    assert keys(found)[-1] == "nobody"


def test_levels_up_leaves_out_the_finest():
    directory = build(leading(1, "leader", "b", holder(11)), leading(2, "director", "c", holder(13)))
    assert people(directory.responsible(CHAIN, day=DAY, levels_up=2)) == [(13, False)]


PARTIES = (
    PartyRecord(1, "committee", names("committee"), "c", None, head_title=names("secretary")),
    PartyRecord(2, "branch", names("branch"), "b", 1, head_title=names("secretary")),
    PartyRecord(3, "group", names("group"), "g", 2, answers=False),
)


def head(pk, party_id, *holders):
    return post(pk, "secretary", "", *holders, heads=True, party_organisation_id=party_id)


def test_the_nearest_answering_party_organisation_answers():
    found = build(head(1, 2, holder(21)), parties=PARTIES).responsible(CHAIN, day=DAY)
    assert found.party.kind == "branch"
    assert found.party_head.user_id == 21
    assert "party_above" not in keys(found)


def test_where_there_is_none_the_nearest_above_answers_and_says_so():
    found = build(head(1, 1, holder(22)), parties=PARTIES[:1]).responsible(CHAIN, day=DAY)
    assert found.party.kind == "committee"
    assert ("party_above", {"party": names("committee"), "area": "b"}) in found.notes


def test_a_vacant_head_is_stood_in_for_by_the_one_above():
    found = build(head(1, 1, holder(22)), head(2, 2), parties=PARTIES).responsible(CHAIN, day=DAY)
    assert found.party.kind == "branch"
    assert found.party_head.user_id == 22
    assert [key for key in keys(found) if key.startswith("party")] == [
        "party_head_vacant",
        "party_head_above",
    ]


def test_a_member_of_a_party_organisation_is_not_its_head():
    member = post(1, "member", "", holder(29), party_organisation_id=2)
    assert build(member, parties=PARTIES).responsible(CHAIN, day=DAY).party_head is None


def test_circles_among_party_organisations_end():
    circle = (PartyRecord(1, "a", names("a"), "c", 2), PartyRecord(2, "b", names("b"), "b", 1))
    assert build(parties=circle).responsible(CHAIN, day=DAY).party_head is None


@dataclass(frozen=True)
class Passing:
    levels: frozenset[str] = frozenset({"grid", "block"})
    posts: frozenset[str] = frozenset({"leader"})
    party_kinds: frozenset[str] = frozenset({"branch", "group"})
    receiver_level: str | None = "community"
    receivers: tuple[str, ...] = ("director", "secretary")


def test_a_complaint_passes_those_it_names_by():
    directory = build(
        leading(1, "leader", "b", holder(11)),
        leading(2, "director", "c", holder(13)),
        head(3, 1, holder(22)),
        head(4, 2, holder(21)),
        parties=PARTIES,
    )
    found = directory.responsible(CHAIN, day=DAY, exclusion=Passing())
    assert people(found) == [(13, False)]
    assert found.party.kind == "committee"
    assert keys(found)[0] == "one_level_up"


def test_who_holds_a_named_post_beside_a_receiving_one_is_passed_by():
    directory = build(
        leading(1, "leader", "b", holder(13)),
        leading(2, "director", "c", holder(13)),
        head(3, 1, holder(22)),
        parties=PARTIES,
    )
    assert people(directory.responsible(CHAIN, day=DAY, exclusion=Passing())) == [(22, False)]


def test_vacant_receivers_fall_one_level_up_never_down():
    directory = build(
        leading(1, "leader", "b", holder(11)),
        leading(2, "director", "c"),
        leading(3, "head", "s", holder(14)),
    )
    found = directory.responsible(CHAIN, day=DAY, exclusion=Passing())
    assert people(found) == [(14, True)]
    assert "receiver_vacant" in keys(found)


def test_a_complaint_that_nobody_may_take_stays_with_nobody():
    directory = build(leading(1, "leader", "b", holder(11)))
    found = directory.responsible(CHAIN, day=DAY, exclusion=Passing())
    assert found.leaders == ()
    assert keys(found)[-1] == "nobody"


def test_an_exclusion_of_nobody_changes_nothing():
    directory = build(leading(1, "leader", "b", holder(11)))
    nobody = Passing(receiver_level=None)
    assert people(directory.responsible(CHAIN, day=DAY, exclusion=nobody)) == [(11, False)]


def test_overlapping_terms_give_the_latest_appointed():
    found = build(leading(1, "leader", "b", holder(11), holder(12, date(2026, 1, 1)))).responsible(
        CHAIN, day=DAY
    )
    assert people(found) == [(12, False)]


def test_posts_held_by_a_person():
    directory = build(
        leading(1, "leader", "b", holder(11)),
        leading(2, "director", "c", holder(11, date(2026, 7, 1))),
        head(3, 1, holder(12)),
    )
    assert [p.id for p in directory.posts_held_by(11, DAY)] == [1]
    assert [p.id for p in directory.posts_held_by(11, date(2026, 7, 1))] == [1, 2]
    assert directory.posts_held_by(99, DAY) == ()


def department(pk, code, *jurisdictions):
    return DepartmentRecord(pk, code, names(code), jurisdictions=jurisdictions)


@pytest.mark.parametrize(
    ("departments", "category", "expected"),
    [
        ([department(1, "roads", ("road", "")), department(2, "all", ("", ""))], "road", ["roads"]),
        ([department(1, "wide", ("road", "s")), department(2, "near", ("road", "c"))], "road", ["near"]),
        ([department(1, "near", ("", "g")), department(2, "kind", ("road", ""))], "road", ["kind"]),
        ([department(1, "elsewhere", ("road", "x"))], "road", []),
        ([department(1, "works"), department(2, "other")], "road", ["works"]),
        ([department(1, "works", ("tree", ""))], "road", []),
        ([department(1, "a", ("road", "")), department(2, "b", ("road", ""))], "road", ["a", "b"]),
    ],
)
def test_competent_departments(departments, category, expected):
    found = build(departments=departments).competent(category, "works", [code for _level, code in CHAIN])
    assert [d.code for d in found] == expected
