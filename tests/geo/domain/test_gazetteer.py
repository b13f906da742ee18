import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from bench.gazetteer_town import demo_town, hits_within, phrases_of
from geo.domain.crossings import road_crossings
from geo.domain.gazetteer import Crossing, Gazetteer, NamedArea, NamedRoad
from geo.domain.place_sounds import initials_of, sounds, spelled
from geo.domain.place_words import folded, plain, split_crossing, split_door, take_numbers, understood


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
        ("印染厂宿舍幺幺号楼", ("印染厂宿舍", "11", "")),
        ("翡翠郡两号楼两单元", ("翡翠郡", "2", "2")),
        ("翡翠郡二十三栋三零二", ("翡翠郡", "23", "")),
        ("供销社家属院拾壹号楼", ("供销社家属院", "11", "")),
        ("翡翠郡的12号楼", ("翡翠郡", "12", "")),
        ("8号楼，师范学校家属院", ("师范学校家属院", "8", "")),
        ("2单元，12号楼，翡翠郡", ("翡翠郡", "12", "2")),
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


@pytest.mark.parametrize(
    ("said", "words", "beside"),
    [
        ("我家住翡翠郡", "翡翠郡", False),
        ("俺家翡翠郡12号楼门口", "翡翠郡12号楼", False),
        ("翡翠郡12号楼对面", "翡翠郡12号楼", True),
        ("在泺安大街上", "泺安大街", False),
        ("旁边", "旁边", False),
        ("门口", "门口", False),
        ("", "", False),
    ],
)
def test_words_around_a_place_are_no_part_of_it(said, words, beside):
    found = understood(said)
    assert (found.words, found.beside) == (words, beside)


def test_forms_of_a_name_are_one():
    assert folded("第二食品公司家属院") == folded("二食品公司宿舍") == folded("2食品公司职工宿舍")
    assert folded("北园后街大院") == folded("北园后街院落") != folded("北园后街")
    assert folded("堤北小区") != folded("堤北社区")


def test_syllables_mixed_up_by_ear_have_one_sign():
    assert sounds("石林英") == sounds("四宁音")
    assert sounds("翡翠郡a1") == sounds("匪脆君A1".casefold())
    assert sounds("泺") != sounds("乐")


def test_a_door_and_a_crossing_are_taken_apart():
    assert split_door("无影山中路15号翡翠郡") == ("无影山中路15号", "翡翠郡")
    assert split_door("北园大街26号院") == ("", "北园大街26号院")
    assert split_door("翡翠郡") == ("", "翡翠郡")
    assert ("北园大街", "师范路") in split_crossing("北园大街和师范路路口")
    assert ("北园大街", "师范路") in split_crossing("北园大街与师范路口")
    assert split_crossing("北园大街") == ()


def test_streets_meet_where_they_touch_or_nearly_and_once():
    lines = {
        "东西路": shapely.LineString([(117.0, 36.68), (117.01, 36.68)]),
        "南北路": shapely.LineString([(117.005, 36.67), (117.005, 36.69)]),
        "断头巷": shapely.LineString([(117.002, 36.68008), (117.002, 36.69)]),  # ends 9 m short
        "远街": shapely.LineString([(117.008, 36.681), (117.008, 36.69)]),  # ends 110 m away
    }
    met = road_crossings(lines, 4548)
    assert set(met) == {("东西路", "南北路"), ("东西路", "断头巷")}
    assert met["东西路", "南北路"] == pytest.approx((117.005, 36.68), abs=1e-6)
    assert met["东西路", "断头巷"] == pytest.approx((117.002, 36.68004), abs=1e-6)
    assert road_crossings({}, 4548) == {}


def test_of_a_dual_carriageway_one_meeting_point_is_told():
    both = shapely.MultiLineString([[(117.0, 36.68), (117.01, 36.68)], [(117.0, 36.6802), (117.01, 36.6802)]])
    met = road_crossings({"一": both, "二": shapely.LineString([(117.005, 36.67), (117.005, 36.69)])}, 4548)
    lon, lat = met["一", "二"]
    assert lon == pytest.approx(117.005, abs=1e-6)
    assert min(abs(lat - 36.68), abs(lat - 36.6802)) < 1e-6


STREETS = Gazetteer(
    (
        NamedArea(1, "block", "B1", None, ("翡翠郡", "锅炉厂家属院")),
        *(NamedArea(10 + n, "building", f"h{n}", 1, (f"{n}号楼",), str(n), "师范路7号") for n in (1, 2, 3)),
        NamedArea(20, "building", "shop", 1, ("面馆",), "12", "师范路12号"),
        NamedArea(21, "building", "h12", 1, ("12号楼", "师范路7号翡翠郡12号楼"), "12", "师范路7号"),
        NamedArea(2, "block", "B2", None, ("翠屏新居",)),
        NamedArea(30, "building", "z1", 2, ("1号楼",), "1"),
    ),
    (NamedRoad(-1, "师范路", ("师范路",)), NamedRoad(-2, "北园大街", ("北园大街", "Beiyuan Street"))),
    (Crossing(-3, "北园大街/师范路", frozenset((-1, -2))),),
)


@pytest.mark.parametrize(
    ("query", "first", "least"),
    [
        ("师范路", -1, 1.0),
        ("beiyuan street", -2, 1.0),
        ("师范路与北园大街路口", -3, 1.0),
        ("北圆大街师饭路交叉口", -3, 0.7),
        ("师范路7号", 1, 1.0),
        ("师范路7号院3号楼", 13, 0.96),
        ("师范路7号翡翠郡", 1, 1.0),
        ("师范路十二号", 20, 1.0),
        ("锅炉厂宿舍2号楼", 12, 0.96),
        ("翡翠郡小区2号楼", 12, 0.93),
        ("翡翠郡12号楼", 21, 1.0),
        ("翡翠郡3号楼旁边", 13, 0.8),
        ("匪脆君3号楼", 13, 0.85),
    ],
)
def test_streets_doors_and_forms_are_found(query, first, least):
    found = STREETS.search(query)
    assert found[0].id == first
    assert found[0].score >= least - 1e-9
    assert len(found) == 1 or found[1].score < found[0].score


def test_what_lies_beside_is_never_sure():
    assert STREETS.search("翡翠郡3号楼对面")[0].score < 0.9 <= STREETS.search("翡翠郡3号楼")[0].score


def test_a_door_that_is_not_that_blocks_makes_it_less_likely():
    assert STREETS.search("师范路7号翠屏新居1号楼")[0].score < STREETS.search("翠屏新居1号楼")[0].score


def test_streets_that_do_not_meet_have_no_crossing():
    apart = Gazetteer((), (NamedRoad(-1, "甲路", ("甲路",)), NamedRoad(-2, "乙路", ("乙路",))))
    assert all(match.score < 0.9 for match in apart.search("甲路和乙路路口"))


def test_equally_good_ones_are_all_there_with_one_score():
    twins = Gazetteer(NamedArea(n, "block", f"B{n}", None, ("平安里",)) for n in range(1, 6))
    found = twins.search("平安里")
    assert {match.id for match in found} == {1, 2, 3, 4, 5}
    assert {match.score for match in found} == {1.0}


@pytest.mark.parametrize(("part", "top_1", "top_3"), [("tuning", 198, 200), ("held_out", 196, 199)])
def test_spoken_addresses_of_the_demo_are_found(part, top_1, top_3):
    # What `make bench ARGS=gazetteer` reports; held-out phrases were not looked at in tuning.
    at = hits_within(demo_town(), phrases_of(part)).values()
    assert len(at) == 200
    assert sum(n == 0 for n in at) >= top_1
    assert sum(n is not None and n < 3 for n in at) >= top_3
