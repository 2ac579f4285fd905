"""What the goods are made of: 真皮 against PU, "100% cotton" against 60 % cotton."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from studio.grounding.built import built_of_another, framed, made_whole
from studio.grounding.clauses import negated
from studio.grounding.draft import Draft
from studio.grounding.facts import Book, Fact
from studio.grounding.layers import carries, layer_of, rivals
from studio.grounding.notes import note
from studio.grounding.numbers import numbers
from studio.grounding.patterns import Ending, Pattern
from studio.grounding.words import Hit, lexicon, near
from studio.schema import ClaimStatus

_SHARE_AFTER = Pattern(
    r"\s?(?:纤维|含量|占比?|为|是|:|约|高?达到?|content)*[ :(]{0,2}"
    r"(?P<n>[0-9]{1,3}(?:\.[0-9]+)?)\s?%"
)
_SHARE_BEFORE = Pattern(
    r"(?P<n>[0-9]{1,3}(?:\.[0-9]+)?)\s?(?:%|percent|per cent)[ ]?(?:of |pure |real |genuine "
    r"|natural |organic |combed |soft |premium |天然|优质|进口|纯|真|精梳|新疆|澳洲|的|高级"
    r"|有机){0,2}$"
)
# half wool, four fifths cotton, 八成棉, 百分之八十的羊毛; 棉含量六成
_HAN_SHARE = (
    r"[一二三四五六七八九]成[一二三四五六七八九半]?"
    r"|[一二三四五六七八九十百]+分之[一二三四五六七八九十点]+"
)
_SPELLED_BEFORE = Pattern(
    r"(?:(?<![a-z])(?P<en>half|(?:a|one|two|three|four|seven|nine)[ -]"
    r"(?:half|thirds?|quarters?|fifths?|tenths?))[ -](?:of )?"
    rf"|(?P<zh>{_HAN_SHARE})的?)$"
)
_SPELLED_AFTER = Pattern(rf"(?:含量|占比?|占到|纤维)(?:为|约|高?达到?|超过)?(?P<n>{_HAN_SHARE})")
_SPELLED_LAST = frozenset(" -的成半一二三四五六七八九十")
_SPELLED_FIRST = frozenset("含占纤")
_WHOLE_BEFORE = Ending(
    r"(?:百分之?百|百分百|hundred percent|全|纯|pure |all[- ]|100% pure )(?:天然|的)?",
    "百|百分|cent|全|纯|pure|all|天然|的",
    "-",
)
# the material belongs to other things: what the goods are for, or what they only resemble
_OTHER_BEFORE = Ending(
    r"(?:(?<![a-z])(?:for|on|like|as soft as|suitable for|safe for|safe on|clean|cleans"
    r"|remove from|protects|polish|polishes|polishing|wipes"
    r"|scrubs|scratch|scratches|removes|cut|cuts|cutting|drill|drills|into|imitation|mock|look of"
    r"|feel of|alternative to|replaces|replace|against|than|most|wash|iron)"
    r"(?: [a-z]+){0,2}[ -]|适合|适用于?|可用于|用于|清洁|保养|洗涤|洗|如同?|像|仿|似|比|媲美"
    r"|类|超越|代替|替代|堪比|宛如|可切|切割|钻|打|不伤|擦|亲近)",
    "|".join("合于用洁养涤洗如同像仿似比美类越过代替拟堪宛可切割钻打伤擦近 -\n"),
    None,
)
_OTHER_AFTER = Pattern(
    r"[- ]?(?:like|look|veneer|laminate|feel|effect|touch|style|free|cleaner|care|polish"
    r"|conditioner|polisher|tone|colou?red|grey|gray|blue|green|pattern|print|inspired|ish"
    r"|smooth|soft touch|candy|bud|ball|wool mix)(?![a-z])|"
    r"质感|般|感|纹|色|护理|清洁|风|味|衫也|制品|器皿|类|油|花|线(?!衫)|签|棒|片|柔巾|糖|墙"
    r"|门|窗|杯垫|布艺"
)
_PART_AFTER = Pattern(
    r"[ ]?(?:材质的?|制|质|的)?(?:handles?|lids?|buttons?|zips?|zippers?|soles?|outsoles?"
    r"|insoles?|lining|trim|straps?|laces?|buckles?|hardware|legs?|base|knobs?|cap|straw"
    r"|collar|cuffs?|pocket|"
    r"手柄|把手|盖|纽扣|扣|拉链|鞋底|鞋垫|里|内里|里衬|肩带|底座|脚|腿|框|提手|边|领|袖|口袋"
    r"|吸管|刀柄|螺丝)"
)
_MATTER = frozenset({"material", "ingredients", "process"})


class Share(NamedTuple):
    """A material and how much of the goods it is; share is None when the words do not say."""

    key: str
    share: float | None
    span: tuple[int, int]
    hit: Hit
    whole: bool = False  # said with 纯, pure ... and not with a number
    layer: str = ""  # of which part of the goods, see layers.py


def read_materials(draft: Draft) -> None:
    """Adds a claim for every material that the text says the goods are made of."""
    hits = draft.hits.get("materials", [])
    for index, hit in enumerate(hits):
        if index and hits[index - 1].start == hit.start and hits[index - 1].end == hit.end:
            continue
        keys = _one(hit.key)
        if index + 1 < len(hits) and hits[index + 1].start == hit.start:
            keys = frozenset(h.key for h in hits[index : index + 4] if h[:2] == hit[:2])
        _material(draft, hit, keys)


@lru_cache(maxsize=1024)
def _one(key: str) -> frozenset[str]:
    return frozenset({key})


def _material(draft: Draft, hit: Hit, keys: frozenset[str]) -> None:
    text = draft.text
    if negated(text, hit.start, hit.end) or _elsewhere(text, hit):
        return
    taken = draft.taken.spans
    share = _share_of(text, hit, taken[-1][1] if taken else 0)
    if share.share is None and _ambiguous(draft, hit):
        return
    share = share._replace(layer=_layer(draft, hit))
    related = _related(draft.book, keys, share.layer)
    kind = "composition" if share.share is not None else "material"
    draft.taken.add(*share.span)
    if share.share is not None and related:
        _composition(draft, share, related)
    elif related:
        fact, _ = max(related, key=lambda r: _is_matter(r[0]))
        draft.add(share.span, kind, ClaimStatus.SUPPORTED, fact)
    else:
        _unmatched(draft, share, keys, kind)


def _unmatched(draft: Draft, share: Share, keys: frozenset[str], kind: str) -> None:
    """No fact names it: contradicted when a fact names another material of the same class, or goods
    made of something else altogether."""
    narrow, rival, shared = _others(draft.book, keys, share.layer)
    if narrow is None and rival is None and made_whole(draft, share.hit, share.layer):
        rival = built_of_another(draft.book, frozenset(_class(k) for k in keys))
    if narrow is not None:
        why = note("only_says", fact=narrow.value.strip()[:80])
        draft.add(share.span, kind, ClaimStatus.UNSUPPORTED, narrow, why)
        return
    short = rival and _beside_a_listed(draft, share, shared)
    if rival is None or short or _PART_AFTER.match(draft.text, share.hit.end):
        draft.add(share.span, kind, ClaimStatus.UNSUPPORTED, None, note("no_material"))
    else:
        why = draft.differs(*share.span, rival)
        draft.add(share.span, kind, ClaimStatus.CONTRADICTED, rival, why)


@lru_cache(maxsize=4096)
def _others(book: Book, keys: frozenset[str], layer: str) -> tuple[Fact | None, Fact | None, bool]:
    """Of what is told of this part: the fact that names only a wider material; the first with
    another of the same class, and whether it gives shares."""
    facts = _fact_shares(book)
    classes = {_class(k) for k in keys}
    wider = frozenset().union(*(_ancestry(k) for k in keys))
    narrow = next((f for f, s in facts if s.key in wider and carries(layer, s.layer)), None)
    alike = [(f, s) for f, s in facts if _is_matter(f) and _class(s.key) in classes]
    found = (f for f, s in alike if rivals(layer, s.layer))
    rival = next(found, None)
    return narrow, rival, any(s.share for f, s in facts if f is rival)


def _beside_a_listed(draft: Draft, share: Share, shared: bool) -> bool:
    """True for "cotton/spandex" where cotton is on file: the list may be short of a fibre. So it
    may be of a part, where the text tells of another one what is on file."""
    hit = share.hit
    every = draft.hits["materials"]
    if share.share is None and not shared:
        clause = draft.clauses.around(hit.start, hit.end)
        others = (h for h in near(every, *clause) if h[:2] != hit[:2])
        if any(_related(draft.book, frozenset({h.key}), share.layer) for h in others):
            return True
    if not share.layer:
        return False
    sentence = draft.clauses.sentence(hit.start, hit.end)
    parted = ((h, _layer(draft, h)) for h in near(every, *sentence) if h[:2] != hit[:2])
    return any(
        layer not in ("", share.layer) and _related(draft.book, frozenset({h.key}), layer)
        for h, layer in parted
    )


def _layer(draft: Draft, hit: Hit) -> str:
    layers = draft.hits.get("layers", [])
    return layer_of(draft.text, hit, layers, draft.hits["materials"]) or _usual(hit.key)


def _usual(key: str) -> str:
    """The part that is made of it when no word names one: down fills."""
    return "filling" if _class(key) == "fill" else ""


def _composition(draft: Draft, share: Share, related: list[tuple[Fact, Share]]) -> None:
    """The shares must agree; several entries of one attribute that are the material add up."""
    told = [(f, s) for f, s in related if s.share is not None]
    assert share.share is not None
    if not told and share.whole and _only(related, _fact_shares(draft.book)):
        draft.add(share.span, "composition", ClaimStatus.SUPPORTED, related[0][0])
        return
    if not told:
        fact = related[0][0]
        why = note("no_share", fact=fact.value.strip()[:80])
        draft.add(share.span, "composition", ClaimStatus.UNSUPPORTED, fact, why)
        return
    for fact, one in told:
        if one.share is not None and abs(one.share - share.share) <= 0.0051:
            draft.add(share.span, "composition", ClaimStatus.SUPPORTED, fact)
            return
    fact = told[0][0]
    total = sum(s.share or 0.0 for f, s in told if f is fact)
    status = ClaimStatus.CONTRADICTED
    if abs(total - share.share) <= 0.0051:
        status = ClaimStatus.SUPPORTED
    elif share.span[0] == share.hit.start and share.hit.end == share.span[1] and total >= 0.9:
        status = ClaimStatus.SUPPORTED  # 纯银 for 92.5 %
    differs = status is not ClaimStatus.SUPPORTED
    told_otherwise = draft.differs(*share.span, fact) if differs else None
    draft.add(share.span, "composition", status, fact, told_otherwise)


def _only(related: list[tuple[Fact, Share]], facts: list[tuple[Fact, Share]]) -> bool:
    """True when the fact that names the material names no other of its class."""
    fact, one = related[0]
    alike = {s.key for f, s in facts if f is fact and _class(s.key) == _class(one.key)}
    return all(k == one.key or one.key in _ancestry(k) for k in alike)


@lru_cache(maxsize=256)
def _fact_shares(book: Book) -> list[tuple[Fact, Share]]:
    """Materials of the facts, those of material attributes first."""
    found: list[tuple[Fact, Share]] = []
    last: Share | None
    for fact in book.facts:
        line, used, last = fact.line, 0, None
        for hit in fact.found.get("materials", ()):
            like = _OTHER_AFTER.match(line, hit.end) and not _is_plain(line, hit)
            if _is_wide(line, hit) and (hit.start < fact.value_at or not _is_matter(fact)):
                continue
            if not like and not negated(line, hit.start, hit.end):
                if last is not None and last.hit.start < hit.start:
                    used = last.span[1]
                last = _share_of(line, hit, used)._replace(layer=_layer_in(fact, hit))
                found.append((fact, last))
    found.sort(key=lambda f: not _is_matter(f[0]))
    return found


def _layer_in(fact: Fact, hit: Hit) -> str:
    """The part that the value gives the material; else the one that the name of the fact is of."""
    layers = fact.found.get("layers", ())
    told = [one for one in layers if one.start >= fact.value_at]
    named = {one.key for one in layers if one.end <= len(fact.name)}
    own = layer_of(fact.line, hit, told, fact.found["materials"])
    return own or (min(named) if len(named) == 1 else _usual(hit.key))


@lru_cache(maxsize=4096)
def _related(book: Book, keys: frozenset[str], layer: str) -> list[tuple[Fact, Share]]:
    """The materials of the facts that are one of these, or a kind of it, and of the same part."""
    return [
        (f, s) for f, s in _fact_shares(book) if keys & _ancestry(s.key) and carries(layer, s.layer)
    ]


def _is_plain(line: str, hit: Hit) -> bool:
    """In a list of facts only an English "-look", "-effect" ... makes it another thing."""
    return not re.match(
        r"[- ](?:look|like|effect|style|print|veneer|laminate|foil|贴皮|纹)",
        line[hit.end : hit.end + 8],
    )


def _is_matter(fact: Fact) -> bool:
    return not _MATTER.isdisjoint(fact.topics)


def _spelled(words: str) -> float:
    """ "four fifths" and 八成 as a share."""
    first = next(numbers(f"{words} of"), None)
    return first.low if first is not None else 0.5


def _share_of(text: str, hit: Hit, used: int) -> Share:
    """What the words give the material; shares before `used` are those of other materials."""
    start, end = hit.start, hit.end
    left = text[max(0, start - 24) : start]
    told = _SPELLED_BEFORE.search(left) if left and left[-1] in _SPELLED_LAST else None
    if told and start - len(left) + told.start() >= used:
        at = start - len(left) + told.start()
        return Share(hit.key, _spelled(told["en"] or told["zh"]), (at, end), hit)
    after = _SHARE_AFTER.match(text, end)
    before = _SHARE_BEFORE.search(left) if "%" in left or "cent" in left else None
    if before and start - len(left) + before.start() >= used:
        at = start - len(left) + before.start()
        return Share(hit.key, float(before["n"]) / 100, (at, end), hit)
    if after:
        return Share(hit.key, float(after["n"]) / 100, (start, after.end()), hit)
    if text[end : end + 1] in _SPELLED_FIRST and (spelled := _SPELLED_AFTER.match(text, end)):
        return Share(hit.key, _spelled(spelled["n"]), (start, spelled.end()), hit)
    whole = _WHOLE_BEFORE.before(text, start, 24)
    if whole:
        return Share(hit.key, 1.0, (start - len(left) + whole.start(), end), hit)
    if text[start] in "纯全" and end - start > 1:
        return Share(hit.key, 1.0, (start, end), hit, True)
    return Share(hit.key, None, (start, end), hit)


@lru_cache(maxsize=4096)
def _ancestry(key: str) -> frozenset[str]:
    """The material and all wider ones."""
    table = lexicon("materials")
    seen: set[str] = set()
    todo = [key]
    while todo:
        one = todo.pop()
        if one not in seen:
            seen.add(one)
            todo += list(table.get(one, {}).get("is", ()))
    return frozenset(seen)


def _class(key: str) -> str:
    return str(lexicon("materials")[key].get("class", ""))


def _elsewhere(text: str, hit: Hit) -> bool:
    """The word is about something else: for leather, silk-like, wool wash."""
    return bool(_OTHER_BEFORE.before(text, hit.start, 40) or _OTHER_AFTER.match(text, hit.end))


_MADE_OF = Pattern("制|质|材|合金|架|管|板")


def _is_wide(text: str, hit: Hit) -> bool:
    """Whether it is a word like "metal", which also stands where nothing is made of it."""
    return text[hit.start : hit.end] in lexicon("materials")[hit.key].get("wide", ())


def _ambiguous(draft: Draft, hit: Hit) -> bool:
    """A wide word counts only where something is made of it, and one Chinese character (铝, 钢, 瓷)
    only beside a word for material."""
    text = draft.text
    if _is_wide(text, hit):
        return not framed(text, hit)
    if hit.end - hit.start > 1 or text[hit.start].isascii():
        return False
    return not _MADE_OF.match(text, hit.end)
