"""Counts: 3件套, 6 pieces, twelve lessons, 四档 - a number and what is counted."""

from __future__ import annotations

from typing import NamedTuple

from studio.grounding.numbers import Number
from studio.grounding.patterns import Ending, Pattern


class Counted(NamedTuple):
    """What is counted, in the singular ("": nothing that one buys), and where the words end."""

    noun: str
    end: int


_MEASURE = Pattern(
    r"\s?(?P<word>(?:件套|片装|支装|只装|包装|瓶装|袋装|粒装|枚装|块装|条装|双装|卷装|抽|件"
    r"|个|只|片|支|枝|袋|盒|瓶|包|枚|条|张|双|套|粒|颗|块|根|卷|罐|桶|箱|"
    r"本|册|页|把|架|台|盏|副|串|幅|扇|匹|朵|株|层|档|挡|段|种|色|人|名|位|对|组|孔|格|节|次|杯|口|台|轮|排|核|键|轴|路|声道"
    r"|门|爪|头|叶|针|股|款|项|步|面|道|堂|课时|集|章|首|代|级|星))"
    r"(?P<noun>[\u4e00-\u9fff]{0,3})"
)
# 分五个颜色, 25道工序, 7次检验: choices and work, not something that one buys a number of
_WORK = ("颜色", "花色", "配色", "工序", "工艺", "检验", "质检", "检测", "打磨", "抽检")
# 两个口袋: what is counted is a part of the goods, and not how many of them there are
PART = Pattern(
    r".(?:口袋|内袋|外袋|夹层|隔层|抽屉|接口|插孔|插口|按键|按钮|档位|轮子|扣|拉链|刀头|喷头|滤芯|喇叭|镜头"
    r"|卧室|房间|座位|孔|门|挂钩|提手|把手|风扇|麦克风|传感器)"
)
# "seats six", "pack of 12": what is counted stands before the number
_VERB = Ending(
    r"(?<![a-z])(?:(?P<seat>seats|sleeps|serves|feeds|seating for)|(?:pack|set|box|case|bundle"
    r"|packs|sets|boxes) of) (?:up to )?",
    "seats|sleeps|serves|feeds|for|of|to",
)
_PER_BOX = Pattern(
    r" (?:per|to a|in a|in each) (?:box|pack|packet|set|case|bundle|carton)(?![a-z])"
)
_NOUN = Pattern(r"[ -](?P<first>[a-z]+)(?:[ -](?P<second>[a-z]+))?(?:[ -](?P<third>[a-z]+))?")
_SINGULAR = frozenset(
    [
        "piece",
        "pack",
        "pc",
        "pcs",
        "person",
        "player",
        "speed",
        "tier",
        "layer",
        "port",
        "pair",
        "set",
        "sheet",
        "count",
        "button",
        "panel",
        "seat",
        "seater",
        "drawer",
        "shelf",
        "door",
        "blade",
        "burner",
        "string",
        "key",
        "core",
        "channel",
        "stage",
        "step",
        "way",
        "axis",
        "slot",
        "slice",
        "mode",
        "setting",
        "ply",
        "pocket",
        "bit",
        "people",
        "children",
        "men",
        "women",
        "teeth",
    ]
)
_NO_NOUN = frozenset(
    [
        "is",
        "was",
        "as",
        "its",
        "this",
        "has",
        "us",
        "less",
        "always",
        "across",
        "plus",
        "versus",
        "besides",
        "perhaps",
        "thus",
        "yes",
        "times",
        "various",
        "hours",
        "days",
        "minutes",
        "seconds",
    ]
)


def count_at(text: str, number: Number) -> Counted | None:
    """What the number counts when it has no unit, or None."""
    if number.low == number.high and number.low != int(number.low):
        return None
    if before := _VERB.before(text, number.start, 16):
        return Counted("seat" if before["seat"] else "piece", number.end)
    match = _MEASURE.match(text, number.end)
    if match:
        if number.spelled and number.high <= 1:
            return None
        choice = match["word"] == "色" or match["noun"].startswith(_WORK)
        noun = "" if choice else match["word"] + match["noun"]
        return Counted(noun, match.end("word"))
    if _PER_BOX.match(text, number.end):
        return Counted("piece", number.end)
    match = _NOUN.match(text, number.end)
    if not match:
        return None
    for name in ("first", "second", "third"):
        word = match[name]
        if not word:
            break
        plural = len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is"))
        if word in _SINGULAR or (plural and word not in _NO_NOUN):
            return Counted(singular(word), match.end(name))
        if word in _STOP:
            break
    return None


_STOP = frozenset(
    [
        "of",
        "in",
        "to",
        "and",
        "or",
        "for",
        "with",
        "by",
        "on",
        "at",
        "from",
        "per",
        "the",
        "a",
        "an",
        "is",
        "are",
        "was",
        "were",
        "can",
        "will",
        "that",
        "which",
        "as",
        "than",
        "then",
        "into",
        "out",
        "up",
    ]
)


def singular(word: str) -> str:
    """ "pockets" -> "pocket"; good enough to compare two nouns."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word
