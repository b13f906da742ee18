"""Invented people: common surnames and given names put together by chance, telephones that nobody can have."""

from __future__ import annotations

import numpy as np

__all__ = ["PeopleMaker"]

# By how common they are in the north of the country, roughly.
_SURNAMES = (
    "王李张刘陈杨赵孙周徐朱高林马郭宋郑吴韩唐许邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏"
    "吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙史陶贺毛郝"
    "顾龚邵万覃武钱戴严莫孔向常汤"
)
_GIVEN_FIRST = "建国志文明玉春秀海永红晓桂金立振新庆宝德家成东少学俊丽淑凤兰素爱美雪雅静思子浩宇欣嘉佳梓一"
_GIVEN_SECOND = (
    "华强军平芳英霞敏杰涛磊洋勇艳娟超刚辉鹏飞玲燕丹萍红波斌鑫宁琳颖雯莹婷凯晨轩涵怡然"
    "琪瑶博宏伟峰林生民忠祥荣安"
)


class PeopleMaker:
    """Makes names and telephone numbers, each name at most once.

    Parameters
    ----------
    seed
        Any sequence of whole numbers; the same seed gives the same people in the same order.
    """

    def __init__(self, *seed: int) -> None:
        self._rng = np.random.default_rng(list(seed))
        weights = 1.0 / (np.arange(len(_SURNAMES)) + 3.0)
        self._weights = weights / weights.sum()
        self._seen: set[str] = set()
        self._numbers = 0

    def name(self) -> str:
        """Return a name of two or three characters."""
        while True:
            surname = _SURNAMES[int(self._rng.choice(len(_SURNAMES), p=self._weights))]
            given = _GIVEN_SECOND[int(self._rng.integers(len(_GIVEN_SECOND)))]
            if self._rng.random() < 0.86:
                first = _GIVEN_FIRST[int(self._rng.integers(len(_GIVEN_FIRST)))]
                given = given if first == given else first + given
            if surname + given not in self._seen:
                self._seen.add(surname + given)
                return surname + given

    def phone(self) -> str:
        """Return eleven digits that begin as no mobile number does (mobile numbers begin with 13 to 19)."""
        self._numbers += 1
        return f"100{37000000 + self._numbers:08d}"
