"""Masking: what must go, what must stay, and the place as the public sees it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.domain.privacy import mask_text, public_chain


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        # mobile numbers
        ("电话13812345678", "电话138********"),
        ("138 1234 5678", "138********"),
        ("138-1234-5678，急", "138********，急"),
        ("手机：+86-139-0000-1111", "手机：139********"),
        ("0086 139 0000 1111", "139********"),
        ("电话１３８１２３４５６７８", "电话１３８********"),
        ("一三八零零一二三四五六", "***"),
        ("幺三八〇〇一二三四五六", "***"),
        # landlines
        ("0531-88881234", "***"),
        ("（0531）88881234转806", "***转806"),
        ("座机：8888 1234", "座机：***"),
        ("热线电话（3239000）", "热线电话（***）"),
        # identity numbers and cards
        ("身份证370105198001011234。", "身份证***。"),
        ("37010519800101123X", "***"),
        ("370105 19800101 123x", "***"),
        ("３７０１０５１９８００１０１１２３Ｘ", "***"),
        ("旧证370105800101123", "旧证***"),
        ("卡号6222 0212 3456 7890 123", "卡号***"),
        # accounts
        ("微信号：abc_12345，邮箱 a.b@c.com", "微信号：***，邮箱 ***"),
        # plates
        ("鲁A12345乱停", "鲁A*****乱停"),
        ("鲁AD12345", "鲁A*****"),
        ("鲁a·8K123", "鲁a*****"),
        ("鲁Ａ１２３４５", "鲁Ａ*****"),
        ("车牌尾号385", "车牌尾号***"),
        # the household
        ("3单元502室", "3单元***"),
        ("３单元５０２室", "３单元***"),
        ("12号楼2单元 301 住户", "12号楼2单元 *** 住户"),
        ("三单元五零二室漏水", "三单元***漏水"),
        ("12-2-301家里", "12-2-***家里"),
        ("12－2－301", "12－2－***"),
        ("2-301漏水", "2-***漏水"),
        ("5栋1203，请处理", "5栋***，请处理"),
        ("8号楼1单元101、102和103都漏", "8号楼1单元***都漏"),
        ("住502室", "住***"),
        ("3单元302天天吵，20栋106小区内，2单元301多次投诉", "3单元***天天吵，20栋***小区内，2单元***多次投诉"),
        ("16栋101.17栋102.104", "16栋***.17栋***.104"),
        ("五零二室", "***"),
        ("3单元5楼东户", "3单元***"),
        ("楼上602每天很吵，502的业主", "楼上***每天很吵，***的业主"),
        ("该楼201房间", "该楼***"),
        ("3单元1203A室", "3单元***"),
        # names
        ("我叫张三，", "我叫某某，"),
        ("联系人：欧阳娜娜，手机", "联系人：某某，手机"),
        ("住户王建国反映", "住户某某反映"),
        ("业主张伟家漏水", "业主某某家漏水"),
        ("邻居李秀英阿姨", "邻居某阿姨"),
        ("王先生说", "某先生说"),
        ("物业张师傅", "物业某师傅"),
        # all at once
        ("12号楼3单元502室李建国先生，电话１３８１２３４５６７８，车鲁A12345",
         "12号楼3单元***某先生，电话１３８********，车鲁A*****"),
    ],
)  # fmt: skip
def test_what_must_go(text: str, masked: str) -> None:
    assert mask_text(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "",
        "湖畔新城12号楼2单元下水道堵塞",
        "十二号楼一单元门口",
        "全小区1200户居民停水，301户居民受影响",
        "3号楼2023年就坏了，楼前1200平米",
        "2号楼1单元地下室进水，12层电梯坏",
        "请拨打12345、95598、110",
        "2025-10-03 8:00-12:00，长约200米",
        "道路长10-100米，花了1200元，噪声80-100分贝",
        "1栋100.5平米",
        "高二的老师反映，金华光的老板",
        "坐标117.00123,36.66789",
        "井盖在6号楼东侧，3号楼前150米处",
        "我叫了三次物业都没来",
        "居民高度关注，业主方便的时候",
        "住户安全第一，马路坏了",
        "业主常年不在，居民时常绕行",
        "青年居易小区宁A座楼下",
        "ｆｕｌｌ－ｗｉｄｔｈ　ｔｅｘｔ",
        "The lamp at gate 3 has been out since 2024.",
    ],
)
def test_what_must_stay(text: str) -> None:
    assert mask_text(text) == text


ALPHABET = "0123456789０１２３138鲁A张王先生室单元号楼栋户一二三五零- 、，电话的家业主X@.a微信 "
texts = st.text(st.sampled_from(list(ALPHABET)), max_size=40)


@given(texts)
def test_masking_twice_is_masking_once(text: str) -> None:
    once = mask_text(text)
    assert mask_text(once) == once


@given(texts, st.integers(13000000000, 19999999999))
def test_a_telephone_number_never_survives(text: str, number: int) -> None:
    assert str(number) not in mask_text(f"{text}，{number}，{text}")


CHAIN = [
    {"level": level, "code": level[0]}
    for level in ("subdistrict", "community", "block", "grid", "building", "unit")
]


def test_the_public_sees_a_private_place_no_finer_than_the_block() -> None:
    assert [area["level"] for area in public_chain(CHAIN, private_place=True)] == [
        "subdistrict",
        "community",
        "block",
    ]


def test_the_public_never_sees_building_or_unit() -> None:
    assert [area["level"] for area in public_chain(CHAIN, private_place=False)][-1] == "grid"


def test_places_without_blocks_show_the_next_wider_level() -> None:
    chain = [area for area in CHAIN if area["level"] in ("community", "grid", "building")]
    assert [area["level"] for area in public_chain(chain, private_place=True)] == ["community"]
    assert public_chain([], private_place=True) == []
