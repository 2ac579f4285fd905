"""Colours that the text gives the goods."""

from __future__ import annotations

from functools import lru_cache

from studio.grounding.clauses import negated
from studio.grounding.draft import Draft
from studio.grounding.facts import Book, Fact
from studio.grounding.notes import note
from studio.grounding.patterns import Ending, Pattern
from studio.grounding.words import Hit, lexicon
from studio.schema import ClaimStatus

_NOT_A_COLOUR = Pattern(
    r"[- ](?:tea|wine|light|noise|list|friday|box|pepper|beans?|rice|garlic|label|house|card"
    r"|power|onion|meat|bull|blood|carpet|hot|space|screen|belt|hat|board|water|sky|market"
    r"|tone|ticket|retriever|day|days|earth|choice|living|future|energy|juice|zest|peel|oil"
    r"|flag|and gold|collar|goods|gloves?|paper|clay|sugar|flour|sauce|vinegar|chocolate"
    r"|coffee|cheese|mustard|view|instructions?|coat)(?![a-z])"
)
_BEFORE = Ending(
    r"(?:evergreen|go|going|be|in the|crystal|stay|peppermint|crystal|make it|to|fresh|ice"
    r"|sour|whipped|eye|face|hand|body|sun|night|day|shaving|cold|skin) ",
    "evergreen|go|going|be|the|crystal|stay|peppermint|it|to|fresh|ice|sour|whipped|eye|face"
    "|hand|body|sun|night|day|shaving|cold|skin",
)
_SURE = Ending(
    r"(?:in|colou?rs?:?|comes in|available in|finished in|choose(?: from)?|choice of"
    r"|颜色为?:?|色号:?|配色:?|有|可选) ?",
    "in|color|colour|colors|colours|choose|from|of|颜色|为|色号|配色|有|选",
    ":",
)
# "in a deep forest green": an article, and no goods behind the colour
_IN_A = Ending(
    r"(?<![a-z])in an? (?:(?:deep|soft|classic|rich|pale|bright|elegant|warm|cool|muted|dark|light"
    r"|matte?|glossy|subtle|bold|neutral|timeless) )*",
    "a|an|deep|soft|classic|rich|pale|bright|elegant|warm|cool|muted|dark|light|mat|matte|glossy"
    "|subtle|bold|neutral|timeless",
)
_ALONE = Pattern(
    r"\s?(?:$|[,.;!，。；！)]|(?:and|or|with|that|finish|shade|tone|colou?r)(?![a-z]))"
)
_CHOICE = Pattern(r"(?:[、/和及与]?[\u4e00-\u9fff]{1,4}色){0,4}(?:可选|任选|[两双三四多]色)")
_LISTED = Pattern(r"\s?(?:[,，、/&+]|and|or|和|及|与|或)\s?(?:(?:and|or|an?) )?")
# another thing has the colour: what the goods go with
_BESIDE = Ending(
    r"(?:(?<![a-z])(?:pairs?|paired|goes|worn|wear it|teamed?|looks? (?:good|great)) (?:up )?"
    r"(?:with|on|against) (?:an? |the |your |any )?|(?<![a-z])(?:against|on) (?:an?|your|the) "
    r"|搭配?|配上?|衬托?)",
    "with|on|against|a|an|the|your|any|搭|配|上|衬|托",
)
_NEXT_WORD = Pattern(r"[ ]?(?:的)?([a-z]+|[\u4e00-\u9fff]{2})")


def read_colours(draft: Draft) -> None:
    """Adds a claim for every colour; contradicted only where the words surely mean the goods."""
    seen: set[tuple[int, int]] = set()
    sure = -1  # where the last colour ends that is surely one of the goods
    for hit in draft.hits.get("colours", []):
        if (hit.start, hit.end) in seen or draft.taken.cover(hit.start, hit.end):
            continue
        seen.add((hit.start, hit.end))
        if not _skip(draft.text, hit):
            listed = 0 <= sure < hit.start and _LISTED.fullmatch(draft.text, sure, hit.start)
            sure = hit.end if listed or _sure(draft, hit) else -1
            _colour(draft, hit, sure > 0)


def _skip(text: str, hit: Hit) -> bool:
    return bool(
        negated(text, hit.start, hit.end)
        or _NOT_A_COLOUR.match(text, hit.end)
        or _BEFORE.before(text, hit.start, 12)
        or _BESIDE.before(text, hit.start, 24)
    )


def _colour(draft: Draft, hit: Hit, sure: bool) -> None:
    word = draft.text[hit.start : hit.end]
    span = (hit.start, hit.end)
    same = _named(draft.book, hit.key, word)
    if same is not None:
        draft.add(span, "colour", ClaimStatus.SUPPORTED, same)
        return
    stated = draft.book.about("colour")
    known = [f for f in stated if f.found.get("colours")]
    if known and sure:
        draft.add(
            span, "colour", ClaimStatus.CONTRADICTED, known[0], draft.differs(*span, known[0])
        )
        return
    first = stated[0] if stated else None
    draft.add(span, "colour", ClaimStatus.UNSUPPORTED, first, note("no_colour"))


@lru_cache(maxsize=4096)
def _named(book: Book, key: str, word: str) -> Fact | None:
    """The first fact that names the colour."""
    return next((f for f in book.facts if _same(key, word, f) or word in f.value), None)


def _same(key: str, word: str, fact: Fact) -> bool:
    """Blue for navy, or navy blue for navy; but not mint for moss green."""
    names = lexicon("colours")[key]
    generic = {str(names[0]), next((str(n) for n in names if not str(n).isascii()), "")}
    for hit in fact.found.get("colours", ()):
        told = fact.line[hit.start : hit.end]
        if hit.key == key and (word in generic or told in word):
            return True
    return False


def _sure(draft: Draft, hit: Hit) -> bool:
    """The colour stands right before a word of the product's name, or after "in", 颜色."""
    text = draft.text
    if _SURE.before(text, hit.start, 14) or _CHOICE.match(text, hit.end):
        return True
    if _IN_A.before(text, hit.start, 40) and _ALONE.match(text, hit.end):
        return True
    after = _NEXT_WORD.match(text[hit.end : hit.end + 24])
    return bool(after and len(after[1]) > 1 and after[1] in draft.book.name)
