"""Sizes of clothes in letters: S–XL, "S, M and L", 均码."""

from __future__ import annotations

import re
from functools import lru_cache

from studio.grounding.draft import Draft
from studio.grounding.facts import Book, Fact
from studio.grounding.notes import note
from studio.grounding.patterns import Ending, Pattern
from studio.schema import ClaimStatus

_ONE = r"(?:(?<![a-z0-9'.])(?:[2-9]?x{1,4}[sl]|[sml])(?![a-z0-9型形字'+]))"
_RANGE = re.compile(rf"({_ONE})\s?(?:-|~|(?:up )?to|through|到|至)\s?({_ONE})")
_LETTER = re.compile(_ONE)
_ANY = re.compile(r"(?:one size|free size|均码|均碼)(?: fits (?:all|most))?")
# several in a row, or one with a word that says that it is on offer
_LIST = re.compile(
    rf"{_ONE}(?:\s?(?:-|~|(?:up )?to|through|到|至|,|，|、|/|and|or|和|及|或)+"
    rf"\s?(?:and |or )?{_ONE})+"
)
_OFFERED = Ending(
    r"(?:(?<![a-z])(?:sizes|available in|comes? in|offered in)(?: sizes?)?(?: up to| from)?"
    r"|尺码|码数|有|可选)[: ：为]*",
    "size|sizes|in|to|from|尺码|码数|有|可选",
    ":：为",
)
_CUE = Pattern(r"(?<![a-z])(?:sizes?|sizing|available|comes?)(?![a-z])|尺码|码数|[个款]码|号型")
_WORN = Pattern(
    r"(?<![a-z])(?:wear|wears|wearing|model is|fits like)(?![a-z])|模特|身高|试穿|建议拍|推荐"
)
_ORDER = ("xs", "s", "m", "l", "xl")
_NAMES = frozenset(
    {
        "size",
        "sizes",
        "size range",
        "sizing",
        "available sizes",
        "尺码",
        "码数",
        "尺寸",
        "型号",
        "号型",
    }
)
ONE_SIZE = 99  # beside the numbers of the letters


def read_wear(draft: Draft) -> None:
    """Adds a claim for the sizes that the text offers."""
    text = draft.text
    if not (
        "size" in text or "码" in text or "xl" in text or "comes in" in text or "available" in text
    ):
        return
    for match in (*_LIST.finditer(text), *_LETTER.finditer(text), *_ANY.finditer(text)):
        if not draft.taken.cover(*match.span()) and _offered(draft, match):
            _sizes(draft, match.span())


def _offered(draft: Draft, match: re.Match[str]) -> bool:
    """True where the words are about what one can buy, and not about what the model wears."""
    left, right = draft.clauses.sentence(*match.span())
    if _WORN.search(draft.text, left, right):
        return False
    if match.re is _ANY:
        return True
    if match.re is _LETTER:
        lead = _OFFERED.before(draft.text, match.start(), 30)
        return lead is not None
    return "xl" in match[0] or "xs" in match[0] or bool(_CUE.search(draft.text, left, right))


def _sizes(draft: Draft, span: tuple[int, int]) -> None:
    draft.taken.add(*span)
    said = _read(draft.text[slice(*span)])
    fact, known = _known(draft.book)
    if fact is None:
        draft.add(span, "quantity", ClaimStatus.UNSUPPORTED, None, note("untold"))
    elif said <= known:
        draft.add(span, "quantity", ClaimStatus.SUPPORTED, fact)
    else:
        draft.add(span, "quantity", ClaimStatus.CONTRADICTED, fact, draft.differs(*span, fact))


@lru_cache(maxsize=256)
def _known(book: Book) -> tuple[Fact | None, frozenset[int]]:
    """The first fact that gives sizes in letters, and those of all facts; a choice of sizes is a
    fact for each of them."""
    giving = [(f, sizes) for f in book.facts if _of_size(f) and (sizes := _read(f.value))]
    first = giving[0][0] if giving else None
    return first, frozenset().union(*(sizes for _, sizes in giving))


def _of_size(fact: Fact) -> bool:
    return fact.name.partition(" choice")[0] in _NAMES


def _read(words: str) -> frozenset[int]:
    """The sizes as numbers in order of size, those between two ends included; m is 2."""
    found = {_number(m[0]) for m in _LETTER.finditer(words)}
    for match in _RANGE.finditer(words):
        found |= set(range(_number(match[1]), _number(match[2]) + 1))
    return frozenset(found | ({ONE_SIZE} if _ANY.search(words) else set()))


def _number(size: str) -> int:
    if size in _ORDER:
        return _ORDER.index(size)
    many = int(size[0]) if size[0].isdigit() else size.count("x")
    return 1 - many if size[-1] == "s" else 3 + many
