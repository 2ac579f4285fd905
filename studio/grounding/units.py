"""Units as data (units.yaml): which unit stands at a place of a text, in every possible reading."""

from __future__ import annotations

import math
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import yaml

from studio.grounding.fold import fold


class Unit(NamedTuple):
    """value * factor + offset is in the dimension's base unit."""

    dimension: str
    factor: float
    offset: float
    name: str  # the first alias of the row


@lru_cache(maxsize=1)
def _units() -> dict[str, tuple[Unit, ...]]:
    path = Path(__file__).with_name("units.yaml")
    table: dict[str, tuple[Unit, ...]] = {}
    for dimension, rows in yaml.load(path.read_bytes(), yaml.CSafeLoader).items():
        for factor, *aliases in rows:
            offset = aliases.pop()["offset"] if isinstance(aliases[-1], dict) else 0.0
            unit = Unit(dimension, float(factor), float(offset), str(aliases[0]))
            for alias in aliases:
                key = fold(str(alias))
                table[key] = (*table.get(key, ()), unit)
    return table


@lru_cache(maxsize=1)
def _by_first() -> dict[str, list[str]]:
    """First character -> aliases, longest first."""
    first: dict[str, list[str]] = {}
    for alias in sorted(_units(), key=len, reverse=True):
        first.setdefault(alias[0], []).append(alias)
    return first


# a Chinese unit of one character that other words begin with: 3分类, 一天然, 两度, 5年级
_NOT_BEFORE = {
    "分": "类区享离为别段体手解割开布成期销秒贝米升辨层之钟",
    "天": "然猫线气花地空生使际下才",
    "年": "级轻龄货度份代会初底中终",
    "月": "饼子光亮嫂销球经",
    "日": "本常用式系期韩程",
    "度": "假过数夏冬",
    "两": "用面侧边端个种款件只条双人者头色全便千百万位次步栖广",
    "斤": "两",
    "平": "稳衡台底板整滑价时坦铺安放",
    "周": "边到全围年岁期末转",
    "尺": "寸码",
    "寸": "土步",
    "码": "数头",
    "转": "换动身角移向轴运载化账",
    "倍": "感增",
    "升": "级降温华",
    "位": "置于移",
    "安": "全装静心卓装",
    "牛": "皮肉奶仔排油",
    "焦": "糖点虑距",
    "帕": "金",
    "巴": "士掌",
    "兆": "头",
    "瓦": "楞片斯",
    "伏": "特加",
    "欧": "洲美式",
    "载": "重",
    "织": "物造",
    "旦": "",
    "秒": "杀变",
    "米": "饭色白粉线其妮奇老",
    "克": "服隆莱拉",
    "吨": "吨",
    "里": "面",
    "小时": "候",
}


def unit_at(text: str, at: int) -> tuple[tuple[Unit, ...], int]:
    """All readings of the longest unit that stands at `at` in a folded text, and its end."""
    for alias in _by_first().get(text[at : at + 1], ()):
        end = at + len(alias)
        if text.startswith(alias, at) and _ends(text, alias, end):
            return _units()[alias], end
    return (), at


def _ends(text: str, alias: str, end: int) -> bool:
    """False when the letters go on, so that the unit is only the head of another word."""
    after = text[end : end + 1]
    if alias == "x":
        return not text[end : end + 2].strip()[:1].isdigit() and not after.isalpha()
    if not after:
        return True
    last = alias[-1]
    if last.isascii() and last.isalnum():
        if after.isascii() and after.isalpha():
            return after == "x" and text[end + 1 : end + 3].strip()[:1].isdigit()
        return not (after.isdigit() and after.isascii())
    return after not in _NOT_BEFORE.get(alias, "")


def unit_named(word: str) -> tuple[Unit, ...]:
    """The readings of a whole word as a unit, or ()."""
    return _units().get(fold(word.strip()), ())


def base(unit: Unit, value: float) -> float:
    """The value in the dimension's base unit; huge numbers stay finite."""
    result = value * unit.factor + unit.offset
    return result if math.isfinite(result) else math.copysign(1e300, value)
