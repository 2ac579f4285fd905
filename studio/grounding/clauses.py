"""Where a clause begins and ends, and what in it takes a statement back."""

from __future__ import annotations

from bisect import bisect_right

from studio.grounding.patterns import Ending, Pattern

# one set that all begin with, so that a search skips all other characters at once
_BREAK = Pattern(
    r"[。！？；;!?\n\r,，|•·.、—：:-](?:(?<=[。！？；;!?\n\r,，|•·])"
    r"|(?<=\.)(?<!no\.)(?<!fl\.)(?<!approx\.)(?<!reg\.)(?<!max\.)(?=\s|$|[^\w\s])"
    r"|(?<=、)(?=\S{12})|(?<= -) |(?<=——)|(?<=[-—]-)|(?<=[：:])(?=\s*\n))"
)
_INSIDE = Pattern(r"(?<=[0-9a-z])[,·](?=[0-9])")
_WIDE = Pattern(r"\s{3,}")
_SENTENCE = Pattern(r"[。！？!?\n\r]|\.(?=\s|$)|；|;")
REACH = 60  # code points to each side of a word that may belong to its clause


class Clauses:
    """The clauses of a folded text, for look-up by offset."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._size = len(text)
        self._breaks = _breaks(text)
        self._sentences: list[int] | None = None  # found when they are first asked for

    def around(self, start: int, end: int) -> tuple[int, int]:
        """The clause that holds [start, end), no wider than REACH to each side."""
        return self._within(self._breaks, start, end, REACH)

    def sentence(self, start: int, end: int) -> tuple[int, int]:
        """The sentence that holds [start, end), no wider than three times REACH to each side."""
        if self._sentences is None:
            self._sentences = [m.end() for m in _SENTENCE.finditer(self._text)]
        return self._within(self._sentences, start, end, 3 * REACH)

    def _within(self, cuts: list[int], start: int, end: int, reach: int) -> tuple[int, int]:
        i = bisect_right(cuts, start)
        j = bisect_right(cuts, end - 1, i if end > start else 0)
        left = cuts[i - 1] if i else 0
        right = cuts[j] if j < len(cuts) else self._size
        first, last = start - reach, end + reach
        return left if left > first else first, right if right < last else last


def _breaks(text: str) -> list[int]:
    """The end of every break; 1,000 and 25·30 are not two clauses."""
    found = [m.end() for m in _BREAK.finditer(text)]
    if inside := {m.end() for m in _INSIDE.finditer(text)}:
        found = [end for end in found if end not in inside]
    if "  " in text:
        found = sorted([*found, *(m.end() for m in _WIDE.finditer(text))])
    return found


_NOT_BEFORE = Ending(
    r"(?:(?<![a-z])(?:not|no|non|never|without|isn't|aren't|don't|doesn't|does not|do not"
    r"|cannot|can't|neither|nor|excludes?|excluding|lacks?|rather than|instead of|free of"
    r"|free from|unlike)"
    r"(?: (?:a|an|any|the|to|be|been|made|of|from|genuine|real|is|are|for|with|claim|contain"
    r"|contains|include|includes|support|supports|suitable|come|use|used|compatible|work|works"
    r"|fit|fits))*[ -]?"
    r"|(?:不是|并非|未配备|未配有|未配|未带|未搭载|不配备|没有配备|非|不含有?|不带|不支持|不具备?|不可|不能|不宣称|未经?|没有|无需?|不需要?"
    r"|并不|不属于|不采用|不使用|不用|未使用|拒绝|告别|而非|不同于|区别于|不包含|不配|不附"
    r"|不提供|不代表|不等于|勿|切勿|请勿|禁止|不得|不做|不添加|零|0|无法|仿|替代)(?:任何"
    r"|真的?|的|使用|含|添加)?)",
    "not|no|non|never|without|n't|neither|nor|exclude|excludes|excluding|lack|lacks|than|of|from"
    "|unlike| a| an| any| the| to| be| been| made| genuine| real| is| are| for| with| claim"
    "| contain| contains| include| includes| support| supports| suitable| come| use| used"
    "| compatible| work| works| fit| fits"
    "|是|非|备|有|配|带|载|含|持|具|可|能|称|未|经|无|需|要|不|于|用|绝|别|附|供|表|勿|止|得|做"
    "|加|零|0|法|仿|代|何|真|的",
    "-",
)
_NOT_AFTER = Pattern(
    r"\s?(?:-free|free(?![a-z])|not included|sold separately|不支持|未配|另购|另售|需另"
    r"|不含在|不包含|不随)"
)


def negated(text: str, start: int, end: int) -> bool:
    """True when the words before or after [start, end) deny it."""
    return bool(_NOT_BEFORE.before(text, start, 40) or _NOT_AFTER.match(text, end))
