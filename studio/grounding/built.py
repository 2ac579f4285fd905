"""What goods as a whole are built of: a metal body where the only material on file is plastic.

Materials of one class exclude each other in any part (materials.yaml). Those of different classes
do so only here: where the words speak of the goods or their body, and the fact of them as well.
"""

from __future__ import annotations

from functools import lru_cache

from studio.grounding.draft import Draft
from studio.grounding.facts import Book, Fact
from studio.grounding.patterns import Ending, Pattern
from studio.grounding.words import Hit, lexicon

_RIGID = frozenset(["metal", "plastic", "wood", "vitreous", "stone"])
_BESIDE = frozenset(["rubber", "composite", "precious"])  # may be listed with them: silicone feet
_MADE_BEFORE = Ending(
    r"(?<![a-z])(?:made|crafted|built|constructed|manufactured|machined|forged|cast|carved) "
    r"(?:entirely |wholly |completely |fully |solely )?(?:of|from|out of) "
    r"(?:solid |premium |real |genuine |pure )?"
    r"|(?:采用|选用|使用|由|以|用)(?:了|优质|整块|实心)?",
    "of|from|solid|premium|real|genuine|pure|用|由|以|了|优质|整块|实心",
)
_MADE_BEHIND = Pattern(r"(?:材质|材料)?(?:打造|制成|铸造|锻造|制造|制作|铸就|构成)(?!的)")
_ALL = ("all-", "full-", "全", "made of ")
# what may stand before "made of metal" or 采用金属打造, when it is said of the goods themselves
_SUBJECT = Pattern(
    r"(?:[^\w\u4e00-\u9fff]|(?<![a-z])(?:the|this|our|it|its|it's|is|are|and|whole|entire|body|casing|housing"
    r"|shell|chassis|product|item|thing|proudly)(?![a-z])|整体|整机|整个|机身|外壳|主体|全身|通体|产品|本品|均|都|皆|全部|完全)*"
)
_OF_WHOLE = Pattern(
    r"(?:main |primary |product |item |body |case |casing |housing |outer |shell )?materials?"
    r"(?: type)?|(?:主要|产品|商品|机身|外壳|主体|整体)?(?:材质|材料|用料|质地)|主材|机身|外壳"
)


def framed(text: str, hit: Hit) -> bool:
    """True where words beside the material say that something is made of it."""
    if _MADE_BEFORE.before(text, hit.start, 40) is None:
        return False
    return text[hit.start].isascii() or _MADE_BEHIND.match(text, hit.end) is not None


def made_whole(draft: Draft, hit: Hit, layer: str) -> bool:
    """True where it is said of the goods or their body: "metal body", "made of metal", 全金属."""
    text = draft.text
    if layer == "body":
        return True
    if layer:
        return False
    left, _ = draft.clauses.around(hit.start, hit.end)
    if text.startswith(_ALL, hit.start) or text[hit.start - 1 : hit.start] == "全":
        start = hit.start
    elif framed(text, hit) and (made := _MADE_BEFORE.before(text, hit.start, 40)):
        start = max(0, hit.start - 40) + made.start()
    else:
        return False
    return _SUBJECT.fullmatch(text, max(left, 0), max(start, left, 0)) is not None


@lru_cache(maxsize=1024)
def built_of_another(book: Book, classes: frozenset[str]) -> Fact | None:
    """The fact that names the materials of the goods, none of them of these classes."""
    if not classes <= _RIGID:
        return None
    for fact in book.facts:
        told = {_class(h) for h in fact.found.get("materials", ())}
        if not _OF_WHOLE.fullmatch(fact.name) or not told & _RIGID:
            continue
        if told <= _RIGID | _BESIDE and not told & (classes | {"precious"}):
            return fact
    return None


def _class(hit: Hit) -> str:
    return str(lexicon("materials")[hit.key].get("class", ""))
