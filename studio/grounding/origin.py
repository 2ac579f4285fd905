"""Where the goods, or their fabric, come from."""

from __future__ import annotations

import re

from studio.grounding.clauses import negated
from studio.grounding.draft import Draft, Spans
from studio.grounding.facts import Fact
from studio.grounding.patterns import Pattern
from studio.grounding.words import Hit, lexicon
from studio.schema import ClaimStatus

_STEPS = (
    "made|manufactured|produced|knitted|woven|crafted|handcrafted|handmade|hand-made"
    "|hand made|assembled|brewed|grown|"
    "roasted|bottled|sewn|built|distilled|spun|cast|forged|blown|harvested|sourced|farmed"
    "|raised|caught|fermented|tanned|"
    "milled|baked|cut and sewn|packed|printed|stitched|blended|born|hand-finished|finished"
    "|dyed|picked|pressed|cured"
)
_BEFORE = Pattern(
    rf"(?:(?<![a-z])(?P<step>{_STEPS})(?: by hand| entirely| proudly| locally| exclusively"
    rf"| and \w+)? (?:in|from|by|on) (?:the |sunny |rural )?"
    r"|(?:product|products|produce) of (?:the )?|imported (?:directly )?from (?:the )?"
    r"|(?:sourced|straight|direct|shipped) from (?:the )?|origin:? ?(?:is )?(?:the )?"
    r"|country of origin:? ?"
    r"|原产于?地?(?:为|是|:)?|产自|产于|产地(?:为|是|:|在)?|来自于?|出自|源自|进口自|直采自"
    r"|采自|甄选自?|精选|选用|采用|严选|取自|生产于|制造于)$"
)
_AFTER = Pattern(
    r"(?:本土|当地|核心|原装|原瓶|整箱|直接|全|纯|正宗|优质|高端)?(?P<how>原装进口|原瓶进口|原瓶|进口|原产"
    r"|原装|生产|制造|织造|编织|直邮|空运|直供|产区|出品|酿造|组装|种植"
    r"|产(?![品生后区业量妇假])|工艺制造|采摘|捕捞|养殖|烧制|缝制|手工制)"
    r"|[- ](?P<made>made|manufactured|grown|crafted|built|assembled|brewed|sourced|knitted"
    r"|woven|imported)(?![a-z])"
)
_GOODS_OF = Pattern(
    r"[ ]?(?P<noun>leather|cotton|wool|silk|linen|oak|walnut|steel|fabric|olive oil|coffee"
    r"|beans?|chocolate|wine|whisky|milk|honey|salmon|beef|lamb|cashmere|down|面料|牛皮|羊毛"
    r"|乳胶|奶源|鹅绒|牛肉|橡木|亚麻|棉|蚕丝|咖啡豆|皮革)"
)
_PART = Pattern(
    r"面料|里料|布料|填充|辅料|原料|奶源|皮料|芯片|电机|机芯|轴承|压缩机|零部?件|内胆|fabric"
    r"|lining|leather|yarn|wool|cotton|movement|parts|motor|beans?|filling|hops|ingredients|"
    r"牛皮|羊毛|乳胶|鹅绒|橡木|皮革|豆|棉|丝"
)
_DESIGN = Pattern(
    r"(?:designed|design|style|styled|inspired|engineered|developed|invented|founded"
    r"|headquartered|based|warehouse|office|ships?|shipped|delivery|delivers?|sold|available"
    r"|设计|研发|风格?|总部|品牌|工艺|技术|配方|灵感)[a-z ]{0,12}$"
)
_QUALIFIED = Pattern(
    r"assembl|packed|imported|component|foreign|overseas|globally|分装|组装|境外|进口(?:原料"
    r"|零|部件)|贴牌|代工|灌装|and imported|materials from"
)
_PART_NEXT = Pattern(r"布|面料|棉|皮|料|机芯|芯片|绒|毛|乳胶|豆|fabric|leather|yarn")
_CRAFT = Pattern(r"[^，,。]{0,6}(?:工艺|技术|设计|灵感|配方|风格|技法|文化|传统)")
_PACKED = Pattern(r"bottl|pack|assembl|分装|灌装|组装|包装地")
_IMPORTED = Pattern(
    r"(?<![a-z])imported(?! from)(?![a-z])|(?:原装|纯|全|整机)?进口(?!关税|税|报关)"
)
_DOMESTIC = "china"


def read_origin(draft: Draft) -> None:
    """Adds a claim for every place that the text names as an origin."""
    text = draft.text
    seen = Spans()
    hits = draft.hits.get("places", [])
    for index, hit in enumerate(hits):
        if index and hits[index - 1][:2] == hit[:2]:
            continue
        span = _stated(text, hit)
        if span and not negated(text, span[0], span[1]):
            seen.add(*span)
            _place(draft, hit, span)
    for match in _IMPORTED.finditer(text) if "import" in text or "进口" in text else ():
        near = seen.cover(match.start() + 6, match.start() - 4)
        if not near and not negated(text, match.start(), match.end()):
            _imported(draft, match.start(), match.end())


def _stated(text: str, hit: Hit) -> tuple[int, int] | None:
    """The span of "knitted in Scotland", 日本进口; None when the place is no origin."""
    left = text[max(0, hit.start - 48) : hit.start]
    word = text[hit.start : hit.end]
    if word == "国产":
        return (
            None
            if text[hit.start - 1 : hit.start] in ("中", "全", "美", "德")
            else (hit.start, hit.end)
        )
    if _DESIGN.search(left):
        return None
    if _CRAFT.match(text, hit.end):
        return None
    before = _BEFORE.search(left)
    if before and (word != "us" or "made in" in left):
        return hit.start - len(left) + before.start(), hit.end
    after = _AFTER.match(text, hit.end)
    if after:
        return hit.start, after.end()
    if word.endswith(("-made", "american-made")) or word in ("日产", "澳洲进口"):
        return hit.start, hit.end
    goods = _GOODS_OF.match(text, hit.end)
    if goods and word not in ("us", "china"):
        return hit.start, goods.end()
    return None


def _place(draft: Draft, hit: Hit, span: tuple[int, int]) -> None:
    clause = draft.text[slice(*draft.clauses.around(*span))]
    facts = _origins(draft, clause)
    inside = _chain(hit.key)
    for fact in facts:
        keys = {h.key for h in fact.found.get("places", ())} or set()
        if hit.key in set().union(*(_chain(k) for k in keys)) if keys else False:
            if _unqualified(draft, span, fact) or _other_part(draft, hit, fact):
                break
            draft.add(span, "origin", ClaimStatus.SUPPORTED, fact)
            return
        if draft.text[hit.start : hit.end] in fact.value:
            draft.add(span, "origin", ClaimStatus.SUPPORTED, fact)
            return
    told = [f for f in facts if "origin" in f.topics]
    wider = next((f for f in told if {h.key for h in f.found.get("places", ())} & inside), None)
    if wider is not None and not _unqualified(draft, span, wider):
        note = f"the fact says only {wider.value.strip()[:80]}"
        draft.add(span, "origin", ClaimStatus.UNSUPPORTED, wider, note)
    elif told:
        draft.add(span, "origin", ClaimStatus.CONTRADICTED, told[0], draft.note(*span, told[0]))
    else:
        draft.add(span, "origin", ClaimStatus.UNSUPPORTED, None, "no fact tells the origin")


def _other_part(draft: Draft, hit: Hit, fact: Fact) -> bool:
    """五常 in the text and 佳木斯 in the fact lie in one province, yet are two places."""
    entry = lexicon("places")[hit.key]
    if not isinstance(entry, dict) or entry.get("in") not in ("china", "northeast"):
        return False
    word = draft.text[hit.start : hit.end]
    return word not in entry["words"][:2] and word not in fact.value


def _unqualified(draft: Draft, span: tuple[int, int], fact: Fact) -> bool:
    """ "Made in X" where the fact only assembles or packs there."""
    words = draft.text[span[0] : span[1]]
    clause = draft.text[slice(*draft.clauses.around(*span))]
    packed = any(
        _QUALIFIED.search(f.value) or re.search(r"国内|境内|中国|china", f.value)
        for f in draft.book.facts
        if _PACKED.search(f.name)
    )
    whole = re.search(
        r"(?<![a-z])made|manufactured|produced|product of|进口|原产|原装|制造|生产|产自"
        r"|crafted|built",
        words,
    )
    return bool(
        whole
        and (packed or _QUALIFIED.search(fact.value))
        and not _QUALIFIED.search(clause.replace(words, ""))
    )


def _imported(draft: Draft, start: int, end: int) -> None:
    """Imported, 进口, without a place: the origin must lie abroad."""
    span = (start, end)
    clause = draft.text[slice(*draft.clauses.around(start, end))]
    told = [f for f in _origins(draft, clause) if "origin" in f.topics]
    part = _PART_NEXT.search(draft.text[end : end + 5])
    if part:  # imported cloth says nothing of where the goods were sewn
        told = [f for f in told if _PART.search(f.name)]
    for fact in told:
        places = [h.key for h in fact.found.get("places", ())]
        home = any(_DOMESTIC in _chain(k) for k in places)
        if "进口" in fact.value or "imported" in fact.value or (places and not home):
            draft.add(span, "origin", ClaimStatus.SUPPORTED, fact)
            return
        if home:
            draft.add(span, "origin", ClaimStatus.CONTRADICTED, fact, draft.note(*span, fact))
            return
    draft.add(span, "origin", ClaimStatus.UNSUPPORTED, None, "no fact tells the origin")


def _origins(draft: Draft, clause: str) -> list[Fact]:
    """The facts that may tell this origin: those of the same part first, then the goods' own."""
    parts = _parts(clause)
    told = [f for f in draft.book.facts if "origin" in f.topics]
    others = [f for f in draft.book.facts if "origin" not in f.topics and f.found.get("places")]
    same = [f for f in told if not parts.isdisjoint(_parts(f.name))]
    plain = [f for f in told if not _PART.search(f.name)]
    if parts:
        return (same or plain or told) + others
    return (plain or told) + others


_PART_NAMES = {
    "fabric": "面料",
    "布料": "面料",
    "lining": "里料",
    "leather": "皮革",
    "牛皮": "皮革",
    "皮料": "皮革",
    "wool": "羊毛",
    "cotton": "棉",
    "yarn": "纱",
    "movement": "机芯",
    "motor": "电机",
    "bean": "豆",
    "beans": "豆",
    "ingredients": "原料",
    "filling": "填充",
    "parts": "部件",
    "零件": "部件",
    "零部件": "部件",
}


def _parts(words: str) -> set[str]:
    """The parts that the words name, the same for both languages."""
    return {_PART_NAMES.get(p, p) for p in _PART.findall(words)}


def _chain(key: str) -> set[str]:
    """The place and all that hold it."""
    table = lexicon("places")
    chain = {key}
    while isinstance(table.get(key), dict) and table[key].get("in"):
        key = table[key]["in"]
        chain.add(key)
    return chain
