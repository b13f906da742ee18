import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.domain.gazetteer import Gazetteer, NamedArea
from geo.domain.place_words import initials_of, plain, spelled, take_numbers


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("翡翠郡12号楼2单元", ("翡翠郡", "12", "2")),
        ("翡翠郡 12 栋", ("翡翠郡", "12", "")),
        ("12#2单元", ("", "12", "2")),
        ("十二号楼", ("", "12", "")),
        ("翡翠郡二十一幢", ("翡翠郡", "21", "")),
        ("一百零三号楼", ("", "103", "")),
        ("湖畔新城12-2", ("湖畔新城", "12", "2")),
        ("湖畔新城12-2-301", ("湖畔新城", "12", "2")),
        ("翡翠郡１２号楼２单元301室", ("翡翠郡", "12", "2")),
        ("翡翠郡012号楼", ("翡翠郡", "12", "")),
        ("翡翠郡12", ("翡翠郡", "12", "")),
        ("A座", ("", "a", "")),
        ("甲12号楼", ("", "甲12", "")),
        ("Feicui Building 3, Unit 2", ("feicui", "3", "2")),
        ("三吉花园", ("三吉花园", "", "")),
        ("三门峡路", ("三门峡路", "", "")),
        ("第二食品公司宿舍3号楼", ("第二食品公司宿舍", "3", "")),
        ("12", ("12", "", "")),
        ("", ("", "", "")),
    ],
)
def test_numbers_are_taken_apart(query, expected):
    found = take_numbers(query)
    assert (found.rest, found.house, found.unit) == expected


def test_spellings():
    assert plain("　翡翠 郡·Ａ座 ") == "翡翠郡a座"
    assert spelled("翡翠郡") == "feicuijun"
    assert "fcj" in initials_of("翡翠郡")


AREAS = (
    NamedArea(1, "community", "370105001001", None, ("翡翠社区", "Feicui Community")),
    NamedArea(2, "block", "B1", 1, ("翡翠郡", "Emerald County", "锅炉厂宿舍")),
    NamedArea(3, "block", "B2", 1, ("明星小区",)),
    NamedArea(4, "grid", "370105001001001", 2, ("第1网格",)),
    NamedArea(5, "building", "x-12", 4, ("12号楼",), "12"),
    NamedArea(6, "unit", "x-12-2", 5, ("2单元",), "2"),
    NamedArea(7, "building", "x-99", 4, ("影山医院门诊楼", "师范路7号")),
    NamedArea(8, "building", "y-12", 3, ("12号楼",), "12"),
    NamedArea(9, "unit", "y-12-2", 8, ("2单元",), "2"),
)
GAZETTEER = Gazetteer(AREAS)


@pytest.mark.parametrize(
    ("query", "first", "least"),
    [
        ("翡翠郡", 2, 1.0),
        ("锅炉厂宿舍", 2, 1.0),
        ("emerald county", 2, 1.0),
        ("fcj", 2, 0.85),
        ("feicuijun", 2, 0.95),
        ("翡翠君", 2, 0.85),
        ("翡脆郡", 2, 0.45),
        ("明星小", 3, 0.85),
        ("翡翠郡12号楼2单元", 6, 1.0),
        ("锅炉厂宿舍12-2", 6, 1.0),
        ("fcj12号楼", 5, 0.85),
        ("翡翠郡12号楼9单元", 5, 0.9),
        ("翡翠郡99号楼", 2, 0.6),
        ("翡翠社区12号楼", 5, 1.0),
        ("370105001001001", 4, 1.0),
        ("X-12-2", 6, 1.0),
        ("医院门诊", 7, 0.8),
        ("师范路7号", 7, 1.0),
    ],
)
def test_search_finds_first(query, first, least):
    found = GAZETTEER.search(query)
    assert found[0].id == first
    assert found[0].score >= least - 1e-9


def test_a_number_alone_offers_every_building_of_that_number():
    assert {match.id for match in GAZETTEER.search("12号楼")} == {5, 8}
    assert {match.id for match in GAZETTEER.search("12号楼2单元")} == {6, 9}


def test_the_name_that_agreed_is_told():
    assert GAZETTEER.search("锅炉厂宿舍12号楼")[0].name == "锅炉厂宿舍"


@pytest.mark.parametrize("query", ["", "   ", "·—", "zzzzqqq", "\ud800"])
def test_nothing_is_found_for_nothing(query):
    assert GAZETTEER.search(query) == ()


def test_an_empty_gazetteer_answers():
    assert Gazetteer(()).search("翡翠郡") == ()


@given(st.text(max_size=40))
def test_any_text_is_answered_with_scores_in_order(query):
    found = GAZETTEER.search(query, limit=5)
    assert len(found) <= 5
    assert all(0.0 < match.score <= 1.0 for match in found)
    assert [round(m.score, 3) for m in found] == sorted((round(m.score, 3) for m in found), reverse=True)
    assert len({match.id for match in found}) == len(found)
