"""Shortens a text to a limit at a place where a person would, and says that it did.

The result is always a beginning of the text. It ends after a sentence if that keeps enough of it,
else after a clause, else after a word (Chinese words are found by segmentation). It never ends
inside a word, a number with its unit, or a character made of several code points.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from studio.channels.counting import count, graphemes, pattern
from studio.schema import LIST_FIELDS, Limit, locale_language

ENOUGH = 0.6  # a better kind of end is taken if it keeps this share of what would fit

_SENTENCE = (
    r"""[。！？…!?]+[”’"'）)」』]*|\n+|"""
    r"""(?<!\b(?:No|approx|ca|incl|max|min|dia|vs|St|Dr))\.+["')]*(?=\s|$)"""
)
_CLAUSE = r"""[，；：、,;:](?=\s|\p{Han}|$)|\s(?=[-–—|/·•(（【\[]\s?)|(?=[（【「『])"""
_CHANGE = r"(?<=\p{Han})(?=[^\p{Han}\s])|(?<=[^\p{Han}\s])(?=\p{Han})"
AHEAD = 80  # code points after the limit that are looked at, so that a word there is seen whole
# Words in scripts with spaces hold together over -, ', . and the like: "3-in-1", "don't", "U.S.".
_WHOLE = r"[^\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\s，。；：、！？,;|（）()\[\]【】「」『』“”\"]+"
_UNIT_HAN = (
    r"毫升|毫米|毫安时?|毫克|厘米|公斤|公里|公分|千克|千瓦|千米|平方米|平方|立方米|小时|分钟|个月|英寸|"
    r"克拉|度|克|斤|两|升|米|寸|瓦|伏|安|秒|天|日|年|月|岁|个|只|件|套|支|瓶|盒|袋|包|条|双|张|"
    r"把|台|层|档|色|人|码|号|匹|枚|块|片|粒|根|本|册|卷|对|副|组|箱|罐|桶|杯|碗|盘|款|种|寸|倍|元|折"
)
# 500 ml · 30 x 40 cm · 1,200mAh · 12小时 · 5-8 kg · 12 V/24 V · 100 %: one quantity is one piece.
_NUMBER = r"[\p{Nd}][\p{Nd}.,]*"
_QUANTITY = (
    rf"[±+\-]?{_NUMBER}(?:\s?(?:[x×X*~～/–—-]|至|到|to)\s?{_NUMBER})*"
    rf"(?:\s?(?:{_UNIT_HAN})(?:装|款)?|\s?[%‰°℃℉″′]+[CFcf]?|\s?[\p{{Latin}}µμΩ]+[\p{{Nd}}²³]?"
    rf"(?:[/·][\p{{Latin}}²³]+)?)?"
)
_DANGLING = r"(?:\s+[\-–—|/·•&+]*|[，、；：,;:（(【\[「『“‘])+$"
# A text must not end on these: they want another word.
_EN = "a an the and or with for of in on to by from at plus your its is are that which when"
_ZH = "和 与 及 或 的 以及 并 且 在 让 把 将 使 可 更 等 而 也 是 为 了"
_TAIL_EN, _TAIL_ZH = frozenset(_EN.split()), frozenset(_ZH.split())
_OPEN, _CLOSE = "（(【[「『“", "）)】]」』”"


@dataclass(frozen=True)
class Fitted:
    """`text` fits the limit; `shortened` and `below_min` say what a person should look at."""

    text: str
    shortened: bool = False
    below_min: bool = False


def one(field: str, limit: Limit) -> Limit:
    """The limit of one text: of a single bullet or keyword when the field ("bullets.0") is a list.

    `each` is the limit of a piece. Without it, `max` is: of a bullet, or of all keywords together.
    """
    head = field.partition(".")[0]
    if head in LIST_FIELDS and limit.each is not None:
        return limit.model_copy(update={"max": limit.each})
    return limit


def fit(text: str, limit: Limit, locale: str = "") -> Fitted:
    """The text itself when it is within `limit.max`, else its best beginning that is.

    The text may come back empty when nothing of it can stand alone (one long word), and below the
    minimum when no end does better: `below_min` then says so. Nothing is ever added.
    """
    if limit.max is None or count(text, limit.unit) <= limit.max:
        return Fitted(text, False, _below(text, limit))
    most = _longest(text, limit)
    best = ""
    for ends in _ends(text[: most + AHEAD], most):
        candidate = next(filter(None, (_tidy(text[:end], locale) for end in ends)), "")
        if len(candidate) >= ENOUGH * most and not _below(candidate, limit):
            best = candidate
            break
        best = max(best, candidate, key=len)
    return Fitted(best, True, _below(best, limit))


def _below(text: str, limit: Limit) -> bool:
    return limit.min is not None and count(text, limit.unit) < limit.min


def _longest(text: str, limit: Limit) -> int:
    """The end of the longest beginning within the limit: every unit grows with the text."""
    assert limit.max is not None
    text = text[: 8 * limit.max + 8] if limit.unit != "words" else text
    ends = [0, *graphemes(text)]
    return ends[bisect_right(ends, limit.max, key=lambda end: count(text[:end], limit.unit)) - 1]


def _ends(text: str, most: int) -> Iterator[list[int]]:
    """Kinds of ends, the best kind first; each a falling list of places up to `most`."""
    whole = set(graphemes(text))
    kept = _kept(text)
    for find in (_SENTENCE, _CLAUSE, ""):
        found = {m.end() for m in pattern(find).finditer(text)} if find else _words(text)
        yield sorted(
            (end for end in found & whole if end <= most and not _inside(end, kept)), reverse=True
        )


def _words(text: str) -> set[int]:
    """The ends of words: at white space, where the script changes, and of Chinese segments."""
    import rjieba

    spaces = {place for m in pattern(r"\s+").finditer(text) for place in m.span()}
    changes = {m.start() for m in pattern(_CHANGE).finditer(text)}
    return spaces | changes | {end for _, _, end in rjieba.tokenize(text)} | {len(text)}


def _kept(text: str) -> list[tuple[int, int]]:
    """What must stay in one piece: words of scripts with spaces, and quantities."""
    return [m.span() for kind in (_WHOLE, _QUANTITY) for m in pattern(kind).finditer(text)]


def _inside(place: int, spans: list[tuple[int, int]]) -> bool:
    return any(start < place < end for start, end in spans)


def _tidy(text: str, locale: str) -> str:
    """Without an unclosed bracket, dangling marks and a last word that wants another one."""
    for opening, closing in zip(_OPEN, _CLOSE, strict=True):
        place = text.rfind(opening)
        if place > text.rfind(closing):
            text = text[:place]
    chinese = locale_language(locale) == "zh" if locale else bool(pattern(r"\p{Han}").search(text))
    while True:
        text = pattern(_DANGLING).sub("", text)
        word = _last_word(text, chinese)
        if word.lower() not in (_TAIL_ZH if chinese else _TAIL_EN):
            return text
        text = text[: -len(word)]


def _last_word(text: str, chinese: bool) -> str:
    import rjieba

    if not chinese:
        return "".join(text.split()[-1:])
    return "".join(rjieba.cut(text[-AHEAD:])[-1:])
