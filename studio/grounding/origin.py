"""Where the goods, or their fabric, come from."""

from __future__ import annotations

import re
from typing import NamedTuple

from studio.grounding.clauses import negated
from studio.grounding.draft import Draft, Spans
from studio.grounding.facts import Fact
from studio.grounding.notes import note
from studio.grounding.patterns import Ending, Pattern
from studio.grounding.places import chain, origins, parts, places_of
from studio.grounding.words import Hit, lexicon, near
from studio.schema import ClaimStatus

_ADVERBS = (
    r"(?: by hand| entirely| proudly| locally| exclusively| at source| right here| with care"
    r"| with love| ethically| sustainably| here| and (?!in |from )[\w-]+)*"
)
_BEFORE = Ending(
    rf"(?<![a-z])(?P<step>{'|'.join(lexicon('steps')['step'])}){_ADVERBS}"
    r"(?: (?:by|from|on|at|in) (?:(?!and )[a-z-]+ ){1,3}?in| (?:in|from|by|on|at)) "
    r"(?:the |sunny |rural |(?:hills|heart|valleys?|mountains|foothills|fields|coast|north|south"
    r"|east|west) of )*"
    r"|(?:product|products|produce) of (?:the )?|imported (?:directly )?from (?:the )?"
    r"|(?:sourced|straight|direct|shipped|comes?|hails?|originates?) (?:from|in) (?:the )?"
    r"|origin:? ?(?:is )?(?:the )?|country of origin:? ?"
    r"|原产于?地?(?:为|是|:)?|产自|产于|产地(?:为|是|:|在)?|来自于?|出自|源自|进口自|直采自"
    r"|采自|甄选自?|精选|选用|采用|严选|取自|生产于|制造于",
    "in|from|by|on|at|the|sunny|rural|of|origin|is|产|于|地|为|是|在|自|选|用",
    ":",
)
_AFTER = Pattern(
    r"(?:本土|当地|核心|原装|原瓶|整箱|直接|纯?手工|匠人|师傅|工厂|老师傅|全|纯|正宗|优质|高端|深处|腹地|脚下|深山|山[里上间]|林[间区]|海域"
    r"|乡[下间]|一带|慢慢|一针一线|一件件|里){0,2}(?P<how>原装进口|原瓶进口|原瓶|进口|原产"
    r"|原装|生产|制造|织造|编织|直邮|空运|直供|直采|产区|出品|酿造|组装|种植"
    r"|产(?![品生后区业量妇假])|工艺制造|采摘|捕捞|养殖|烧制|缝制|手工制"
    r"|做[好成出]来?(?!的?[菜饭面])|制成|烧[成好出造]|织[成好就]|缝[成好]|酿[成好就]|炒制|采[来得收]|挖[来得出]|摘[来下]|捕[来得])"
    r"|[- ](?P<made>made|manufactured|grown|crafted|built|assembled|brewed|sourced|knitted"
    r"|woven|imported)(?![a-z])"
)
_GOODS_OF = Pattern(
    r"(?:[ ]|(?:原切|谷饲|草饲|冷鲜|冰鲜|野生|新鲜|优质|正宗|天然|有机|特级|当季)+)?(?P<noun>"
    r"leather|cotton|wool|silk|linen|oak|walnut|steel|fabric|olive oil|coffee"
    r"|beans?|chocolate|wine|whisky|milk|honey|salmon|beef|lamb|cashmere|down|面料|牛皮|羊毛"
    r"|牛排|牛腩|牛腱|肥牛|羊排|羊肉|羊羔肉|奶粉|香米|大米|榴莲|三文鱼|车厘子|奇异果|蜂蜜"
    r"|燕窝|红酒|葡萄酒|啤酒|巧克力"
    r"|乳胶|奶源|鹅绒|牛肉|橡木|亚麻|棉|蚕丝|咖啡豆|皮革)"
    r"(?! (?:mou?ld|pot|maker|machine|grinder|cup|mug|press|table|box|tin|tool|frother|jug|dish"
    r"|glass|rack|book|recipe|fountain|style|kettle)s?(?![a-z]))"
)
# what goods are made from: its origin is not that of the goods
_COMPONENT = frozenset(
    [
        *(
            "leather",
            "cotton",
            "wool",
            "silk",
            "linen",
            "oak",
            "walnut",
            "steel",
            "fabric",
            "cashmere",
        ),
        *("down", "面料", "牛皮", "羊毛", "乳胶", "鹅绒", "橡木", "亚麻", "棉", "蚕丝", "皮革"),
    ]
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
_CRAFT = Pattern(
    r"[^，,。]{0,6}(?:工艺|技术|设计|灵感|配方|风格|技法|文化|传统|版型|款式|图案|纹样|花纹|花型|针法"
    r"|手艺|技艺|绝活|秘方|风味|口味|味道|做法|吃法|美学|审美|理念|匠心)"
)
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
    head = -1  # where a chain of places begins: 云南普洱
    for index, hit in enumerate(hits):
        if index and hits[index - 1][:2] == hit[:2]:
            continue
        head = head if index and hits[index - 1].end == hit.start else hit.start
        if index + 1 < len(hits) and hits[index + 1].start == hit.end:
            continue
        said = _stated(text, hit, head, draft.hits.get("materials", []))
        if said.span and not negated(text, *said.span):
            seen.add(*said.span)
            _place(draft, hit, said.span, said.component, said.step)
    for step in draft.hits.get("steps", ()):
        place = _UNKNOWN.match(draft.original, step.end)
        if (
            place
            and not seen.cover(place.start("place"), place.start("place") + 1)
            and not _MANNER.match(draft.text, place.end())
            and not near(hits, place.start("place"), place.end("place"))
        ):
            _unknown(draft, (step.start, place.end()), place["place"])
    for match in _IMPORTED.finditer(text) if "import" in text or "进口" in text else ():
        known = seen.cover(match.start() + 6, match.start() - 4)
        if not known and not negated(text, match.start(), match.end()):
            _imported(draft, match.start(), match.end())


_MANNER = Pattern(
    r" (?:style|way|manner|tradition|fashion|taste|technique|method|spirit)s?(?![a-z])"
)
# a name with a capital behind "grown in" that no list has
_UNKNOWN = Pattern(
    rf"{_ADVERBS} (?:in|at) (?:the )?(?P<place>(?!(?:January|February|March|April|May|June|July"
    r"|August|September|October|November|December|Small|One|Heaven|House)\b)[A-Z][a-z'-]+"
    r"(?:[ -](?:on|upon|le|la|el|de|[A-Z][a-z'-]+))*)"
)


def _unknown(draft: Draft, span: tuple[int, int], place: str) -> None:
    """A place that is not known is carried by a fact with the same words, and else by none."""
    if negated(draft.text, *span):
        return
    told = draft.book.about("origin")
    same = next((f for f in draft.book.facts if place.lower() in f.value), None)
    if same is not None:
        draft.add(span, "origin", ClaimStatus.SUPPORTED, same)
    elif told:
        why = note("only_says", fact=told[0].value.strip()[:80])
        draft.add(span, "origin", ClaimStatus.UNSUPPORTED, told[0], why)
    else:
        draft.add(span, "origin", ClaimStatus.UNSUPPORTED, None, note("no_origin"))


class _Statement(NamedTuple):
    """An origin in words; a span of None is none."""

    span: tuple[int, int] | None
    component: str = ""  # the material in "Italian wool"
    step: str = ""  # what was done there: "knitted"


def _stated(text: str, hit: Hit, head: int, materials: list[Hit]) -> _Statement:
    """The statement of "knitted in Scotland", 日本进口 or "Italian wool".

    `head`: where the chain of places begins that ends with this one.
    """
    word = text[hit.start : hit.end]
    if word == "国产":
        other = text[hit.start - 1 : hit.start] in ("中", "全", "美", "德")
        return _Statement(None if other else (hit.start, hit.end))
    said = _said(text, hit, word, head, materials)
    if said.span is None or _CRAFT.match(text, hit.end):
        return _Statement(None)
    left = text[max(0, head - 48) : head]
    return _Statement(None) if _DESIGN.search(left) else said


def _said(text: str, hit: Hit, word: str, head: int, materials: list[Hit]) -> _Statement:
    goods = _GOODS_OF.match(text, hit.end)
    component = goods["noun"] if goods and goods["noun"] in _COMPONENT else ""
    before = _BEFORE.before(text, head, 48)
    left = max(0, head - 48)
    if before and (word != "us" or "made in" in text[left:head]):
        step = before["step"] or ""
        if step and _OF_A_PLACE.search(word) and _QUALIFIES.match(text, hit.end):
            return _Statement((hit.start, goods.end()) if goods and component else None, component)
        if not step and not component:
            component = _chosen(text, hit, materials)
        span = (left + before.start(), hit.end)
        return _Statement(span, "" if step else component, step)
    if after := _AFTER.match(text, hit.end):
        return _Statement((head, after.end()))
    if word.endswith(("-made", "american-made")) or word in ("日产", "澳洲进口"):
        return _Statement((hit.start, hit.end))
    if goods and word not in ("us", "china"):
        return _Statement((hit.start, goods.end()), component)
    return _Statement(None)


# an adjective: "built on Japanese joinery" tells how, "built in Japanese workshops" where
_OF_A_PLACE = re.compile(
    r"(?:ish|ese|(?<!fuj)ian|ean|american|african|mexican|moroccan|tuscan|catalan|kenyan|guatemalan"
    r"|german|french|dutch|greek|swiss|welsh|czech|thai|israeli|icelandic|argentine|aussie)$"
)
_QUALIFIES = Pattern(
    r"[ -](?!(?:[a-z]+ ){0,2}(?:workshop|mill|factor|farm|foundr|studio|atelier|hill|valley"
    r"|vineyard|orchard|field|water|coast|mountain|highland|soil|garden|estate|village|town|cit(?:y|ies)"
    r"|home|tanner|brewer|distiller|baker|roaster|potter|crafts|artisan|maker|weaver|seamstress"
    r"|tailor|master|hands|famil|grower|women|men(?![a-z])|carpenter|smith|republic))[a-z]"
)


def _chosen(text: str, hit: Hit, materials: list[Hit]) -> str:
    """The material that is told right behind the place: 选用新疆长绒棉, 采用日本进口棉线."""
    for one in near(materials, hit.start, hit.end + 12):
        if one.end > hit.end and not _STOP.search(text, hit.end, max(one.start, hit.end)):
            return text[max(one.start, hit.end) : one.end]
    return ""


_STOP = Pattern(r"[^a-z\u4e00-\u9fff -]|[的和与及]")


def _place(draft: Draft, hit: Hit, span: tuple[int, int], component: str, step: str) -> None:
    clause = component or draft.text[slice(*draft.clauses.around(*span))]
    if step:
        clause = clause[: clause.find(draft.text[span[0] : span[1]]) + span[1] - span[0]]
    facts, sure = origins(draft.book, clause)
    sure = sure and (not component or bool(parts(component)))
    inside = chain(hit.key)
    for fact in facts:
        if any(hit.key in chain(k) for k in places_of(fact)):
            if _unqualified(draft, span, fact) or _other_part(draft, hit, fact):
                break
            draft.add(span, "origin", ClaimStatus.SUPPORTED, fact)
            return
        if draft.text[hit.start : hit.end] in fact.value:
            draft.add(span, "origin", ClaimStatus.SUPPORTED, fact)
            return
    told = [f for f in facts if "origin" in f.topics]
    wider = next((f for f in told if places_of(f) & inside), None)
    if component and not sure:
        draft.add(span, "origin", ClaimStatus.UNSUPPORTED, None, note("no_part_origin"))
    elif step in _PACKAGED and not any(_PACKED.search(f.name) for f in facts):
        return  # where goods are packed is not where they come from
    elif wider is not None and not _unqualified(draft, span, wider):
        why = note("only_says", fact=wider.value.strip()[:80])
        draft.add(span, "origin", ClaimStatus.UNSUPPORTED, wider, why)
    elif told and step not in _LATE and (sure or not step):
        draft.add(span, "origin", ClaimStatus.CONTRADICTED, told[0], draft.differs(*span, told[0]))
    else:
        draft.add(span, "origin", ClaimStatus.UNSUPPORTED, None, note("no_origin"))


# done to goods that were made elsewhere: no origin
_PACKAGED = frozenset(["packed", "bottled"])
_LATE = _PACKAGED | {"blended", "roasted", "printed", "finished", "dyed"}


def _other_part(draft: Draft, hit: Hit, fact: Fact) -> bool:
    """五常 in the text and 佳木斯, or only 黑龙江, in the fact: not the same place."""
    entry = lexicon("places")[hit.key]
    word = draft.text[hit.start : hit.end]
    inside = isinstance(entry, dict) and word in entry.get("inside", ())
    return inside and not any(part in fact.value for part in word.split())


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
    told = [f for f in origins(draft.book, clause)[0] if "origin" in f.topics]
    part = parts(draft.text[max(0, start - 5) : start])  # 原料进口
    if _PART_NEXT.search(draft.text[end : end + 5]):
        # imported cloth says nothing of where the goods were sewn
        told = [f for f in told if parts(f.name)]
    elif part:
        told += [f for f in draft.book.facts if part & parts(f.name) and f not in told]
    if part:  # 原料进口 for "type: 进口原料"
        same = (f for f in draft.book.facts if "进口" in f.value and part & parts(f.line))
        told = [*same, *told]
    for fact in told:
        places = places_of(fact)
        home = any(_DOMESTIC in chain(k) for k in places)
        if "进口" in fact.value or "imported" in fact.value or (places and not home):
            draft.add(span, "origin", ClaimStatus.SUPPORTED, fact)
            return
        if home and not (part and not parts(f"{fact.name}{fact.value}")):
            draft.add(span, "origin", ClaimStatus.CONTRADICTED, fact, draft.differs(*span, fact))
            return
    draft.add(span, "origin", ClaimStatus.UNSUPPORTED, None, note("no_origin"))
