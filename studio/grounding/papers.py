"""Claims that a paper must carry: certificates, tests, patents, studies, awards."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import yaml

from studio.grounding.clauses import negated
from studio.grounding.compare import agree
from studio.grounding.draft import Draft
from studio.grounding.facts import Fact
from studio.grounding.notes import Note, note
from studio.grounding.patterns import Pattern
from studio.grounding.quantities import quantities
from studio.grounding.words import Hit, lexicon, near
from studio.schema import ClaimStatus

_CUE = Pattern(
    r"(?P<patent>(?<![a-z])patent(?:ed|s)?(?:[- ]pending)?(?! leather)(?![a-z])|专利(?:号"
    r"|技术|证书)?)"
    r"|(?P<award>(?<![a-z])award(?:s|ed|[- ]winning)?(?![a-z])|winner of|gold medal"
    r"|best in show|荣获|获奖|金奖|大奖|银奖|奖项|得奖|斩获|聘书|夺得)"
    r"|(?P<study>clinically[- ](?:proven|shown|tested|validated|studied)"
    r"|scientifically[- ](?:proven|shown|tested|validated)|(?<![a-z])proven (?:in"
    r"|by)(?![a-z])|(?:human|clinical) (?:trials?|stud(?:y|ies))|stud(?:y|ies) (?:shows?"
    r"|proves?|found|confirms?|suggests?)|research (?:shows?|proves?|confirms?)"
    r"|science[- ]backed|临床(?:验证|试验|证实|证明|测试|研究|检测)|研究(?:表明|证实|证明"
    r"|显示|发现)|实验(?:表明|证明|证实|数据|显示)|人体(?:试验|功效|测试)|科学(?:证实|验证)"
    r"|经证实|调查显示|数据显示|实测(?:证明|表明)?)"
    r"|(?P<test>(?:(?<![a-z])(?:lab|laboratory|independently|dermatologist|dermatologically"
    r"|drop|crash|safety|third[- ]party|allergy|ophthalmologist|paediatrician|pediatrician"
    r"|field|quality)[- ]tested(?![a-z]))|(?<![a-z])tested (?:by|to|in accordance|according"
    r"|under|at [a-z]* ?lab)|(?<![a-z])test reports?|passe[sd] (?:the |all "
    r"|a )?(?:[a-z0-9-]+ ){0,3}tests?(?![a-z])|(?<=[0-9]) tested(?![a-z])"
    r"|通过[^，,。;；]{0,16}?(?:测试|检测|检验|试验)|经(?:(?![0-9一两三四五六七八九十多]+[次道项])[^，,。;；]){0,12}?(?:检测|检验|认定)"
    r"|(?:检测|检验|测试|功效|质检|评价)报告|检验证书|实验室(?:验证|检测|认证)|送检)"
    r"|(?P<cert>(?<![a-z])(?<!board-)(?<!board )(?:certified|certification|certificates?"
    r"|accredited|certificate no)(?! mechanic| trainer| instructor| pre-owned"
    r"| refurbished)(?![a-z])|(?<![a-z])(?:approved|cleared|endorsed|recognised|recognized"
    r"|accepted|authorised|authorized) by(?![a-z])"
    r"|(?<!实名)(?<!身份)(?<!人脸)(?<!指纹)认证(?!系统|方式|登录)|(?<!合格)证书|获批|批准文号"
    r"|注册证|许可证|资质证|准字|[\u4e00-\u9fff]械[注备])"
    r"|(?P<weak>(?<![a-z])(?:approved|cleared|listed|registered|compliant|complies|licensed"
    r"|conforms|meets|verified|accepted|hallmark(?:ed)?|mark|marked|seal|label|file|reg\. no"
    r"|report|rated|registration|number|standard|tested|passed|certificate)(?![a-z])|通过"
    r"|获得|取得|拿到|符合|达到|编号|报告|备案|注册|标志|批准|检测|验证|标准|评定|认可|推荐"
    r"|监制|许可)"
)
# the kinds of paper that may carry a claim, looked for in a paper's type, title and issuer
_CARRIES = {
    "patent": Pattern(r"patent|专利"),
    "award": Pattern(r"award|prize|medal|奖|聘书|荣誉|称号|title|winner|老字号|非遗|传承"),
    "study": Pattern(
        r"stud|trial|clinical|survey|research|试验|临床|研究|评价|调查|test|report|测试|报告|检测"
    ),
    "test": Pattern(
        r"regist|approv|listing|standard|licen|注册|备案|字|test|report|inspect|assay|lab|检"
        r"|测|报告|试验|stud|trial|certif|证"
    ),
    "certificate": Pattern(
        r"certif|licen|regist|approv|listing|permit|clear|filing|standard|declaration|mark"
        r"|membership|"
        r"证|注册|备案|许可|批|准|字|510|report|报告|award|奖|认证"
    ),
}
_KIND = {"cert": "certificate", "weak": "certificate"}
_NARROW = Pattern(
    r"animal|mouse|mice|rat(?![a-z])|in vitro|in-vitro|cell|ingredient|raw material|component"
    r"|accessor|replacement|spare|packag|"
    r"(?<![a-z])only(?![a-z])|excluding|other model|previous|动物|小鼠|细胞|体外|原料|成分"
    r"|配件|部件|替换|耗材|包装|仅|限|旧款|上一代|不含"
)
_OWN_SCOPE = Pattern(r"only|仅限?|限于?|excluding.*|不含.*|replacement|spare|替换")
_AMOUNTS = frozenset(["length", "time", "percent", "pressure", "temperature", "mass", "force"])
_PENDING = Pattern(r"pending|application|applied|filed|申请|受理|公开|审查中|公示")


@lru_cache(maxsize=1)
def _dull() -> frozenset[str]:
    """Words that every paper has (paper_words.yaml)."""
    path = Path(__file__).with_name("paper_words.yaml")
    loaded: dict[str, list[str]] = yaml.load(path.read_bytes(), yaml.CSafeLoader)
    return frozenset(word for words in loaded.values() for word in words)


@lru_cache(maxsize=1)
def _dull_han() -> re.Pattern[str]:
    return re.compile("|".join(sorted((w for w in _dull() if not w.isascii()), reverse=True)))


_WORD = Pattern(r"[a-z]{3,}|[\u4e00-\u9fff]+")
_CODE = Pattern(r"[a-z0-9\u4e00-\u9fff\[\]()/.-]*[0-9][a-z0-9\[\]()/.-]*[0-9a-z号]")

_NORM = Pattern(r"(?<![a-z])[a-z]{2,6}(?:/t)? ?[0-9]{2,6}(?:[.-][0-9]{1,5})?")

# a code right behind a mark, "FSC C012345"; a standard's own number has fewer digits
_MARK_CODE = Pattern(r" ?[:#]? ?(?P<n>[a-z]{0,3}-?[0-9]{5,}[a-z0-9.-]*)")
_CODED = Pattern(
    r"(?:编号|证号|号码|no\.?|number|cert(?:ificate)?|reg(?:istration)?|file|report|报告|证书"
    r"|注册证|专利号|[准字备注]) ?:?(?:第)?"
    r"(?P<n>[a-z]{0,6}[-\[(]?[0-9][a-z0-9\-\[\]()/.]{3,}[a-z0-9\])号])"
)


class Said(NamedTuple):
    """One claim of a clause: its kind, span, and the marks that it names."""

    kind: str
    start: int
    end: int
    marks: frozenset[str]
    apart: bool = False  # one of several marks in its clause: only its own paper will do


def read_papers(draft: Draft, day: date) -> None:
    """Adds a claim for every certificate, test, patent, study or award that the text invokes.

    `day`: the day on which the papers must be valid.
    """
    for said, clause in _said(draft):
        if negated(draft.text, said.start, said.end):
            continue
        draft.taken.add(said.start, said.end)
        _paper(draft, said, clause, day)


def _said(draft: Draft) -> list[tuple[Said, tuple[int, int]]]:
    """Claims by clause. A cue that also stands in other contexts counts only beside a mark."""
    cues: dict[tuple[int, int], list[re.Match[str]]] = {}
    marks = draft.hits.get("marks", [])
    done = 0
    for hit in sorted(draft.hits.get("cues", []) + marks):
        if hit.end > done:
            clause = draft.clauses.around(hit.start, hit.end)
            cues[clause] = list(_CUE.finditer(draft.text, max(done, clause[0]), clause[1]))
            done = clause[1]
    found = []
    for clause in sorted(cues):
        inside = near(marks, *clause)
        found += [(s, clause) for s in _in_clause(draft, cues[clause], inside)]
    return found


def _in_clause(draft: Draft, cues: list[re.Match[str]], inside: list[Hit]) -> list[Said]:
    table = lexicon("marks")
    named = frozenset(h.key for h in inside)
    alone = [h for h in inside if table[h.key].get("alone")]
    strong = [c for c in cues if c.lastgroup != "weak"]
    if not strong and not alone and not (inside and cues):
        return []
    spans = [(h.start, h.end) for h in inside]
    kinds: dict[str, list[tuple[int, int]]] = {}
    for cue in strong:
        kinds.setdefault(_KIND.get(str(cue.lastgroup), str(cue.lastgroup)), []).append(cue.span())
    if inside and not {"certificate", "test", "study"} & kinds.keys():
        weak = [c.span() for c in cues if c.lastgroup == "weak"]
        kinds["certificate"] = spans + (weak if not alone else [])
    said: list[Said] = []
    apart = [h for h in inside if not table[h.key].get("body")]
    if "certificate" in kinds and len({h.key for h in apart}) > 1:
        del kinds["certificate"]  # "CE and FCC": two papers
        said += [Said("certificate", h.start, h.end, frozenset({h.key}), True) for h in apart]
    for kind, places in kinds.items():
        own = places + (spans if kind in ("certificate", "test", "study") else [])
        start, end = min(p[0] for p in own), max(p[1] for p in own)
        said.append(Said(kind, start, end, named))
    return said


def _paper(draft: Draft, said: Said, clause: tuple[int, int], day: date) -> None:
    """Binds the claim by number, then by mark, then by the words that it shares with a paper."""
    words = draft.text[clause[0] : clause[1]]
    span = (said.start, said.end)
    papers = [f for f in draft.book.facts if _may_carry(f, said.kind, said.marks)]
    fact = _by_mark(papers, said)
    if not said.apart:
        fact = _by_number(draft, papers, clause) or fact or _by_words(papers, words)
    if fact is None and not said.marks and _generic(words):
        fact = next((p for p in papers if p.evidence is not None), None)
    if fact is None:
        draft.add(span, said.kind, ClaimStatus.UNSUPPORTED, None, note("no_paper"))
        return
    coded = _CODED.search(draft.text, said.start, clause[1])
    if coded:
        span = (said.start, max(said.end, coded.end()))
    trouble = _trouble(draft, fact, words, day, said)
    wrong = _other_number(draft, fact, words, clause) or _other_amount(words, fact)
    if wrong:
        known = fact.evidence.number if fact.evidence else fact.text[:80]
        why = note("other_number", said=wrong, fact=known)
        draft.add(span, said.kind, ClaimStatus.CONTRADICTED, fact, why)
    else:
        status = ClaimStatus.UNSUPPORTED if trouble else ClaimStatus.SUPPORTED
        draft.add(span, said.kind, status, fact, trouble)


_UNREADABLE = "unreadable date"  # so a paper comes from an item whose date cannot be read


def _may_carry(fact: Fact, kind: str, marks: frozenset[str]) -> bool:
    if fact.evidence is None:
        wanted = {"certificate": {"certificate"}, "patent": {"patent"}, "award": {"awards"}}
        topics = wanted.get(kind, {"certificate"})
        if not topics.isdisjoint(fact.topics):
            return not re.fullmatch(r"(?:no|none|无|否|false|-|n/a)", fact.value.strip())
        return bool(marks & {h.key for h in fact.found.get("marks", ())})
    if fact.evidence.scope.startswith(_UNREADABLE):
        return bool(marks & {h.key for h in fact.found.get("marks", ())})
    issuer = fact.evidence.issuer.lower()
    return bool(_CARRIES[kind].search(f"{fact.line} {issuer}")) or not fact.name


def _compact(words: str) -> str:
    return re.sub(r"[^0-9a-z\u4e00-\u9fff]", "", words)


def _numbers_of(fact: Fact) -> list[str]:
    """The numbers that identify a paper, without blanks and signs."""
    raw = [fact.evidence.number.lower()] if fact.evidence and fact.evidence.number else []
    raw += _CODE.findall(fact.value)
    codes = (c for c in map(_compact, raw) if len(c) >= 4 and any(x.isdigit() for x in c))
    return [c for c in codes if c != "510k"]  # the name of a procedure


def _by_number(draft: Draft, papers: list[Fact], clause: tuple[int, int]) -> Fact | None:
    left, right = draft.clauses.sentence(*clause)
    words = _compact(draft.text[left:right])
    named = next((p for p in papers if any(n in words for n in _numbers_of(p))), None)
    if named is not None:
        return named
    # a standard of the text (EN 71) inside a paper's title (EN 71-1/2/3)
    norms = [_compact(m) for m in _NORM.findall(draft.text[clause[0] : clause[1]])]
    return next((p for p in papers if any(n in _compact(p.line) for n in norms)), None)


def _by_mark(papers: list[Fact], said: Said) -> Fact | None:
    for paper in papers:
        if said.marks & {h.key for h in paper.found.get("marks", ())}:
            return paper
    return None


def _by_words(papers: list[Fact], words: str) -> Fact | None:
    said = _content(words)
    best = max(papers, key=lambda p: len(said & _content(p.line)), default=None)
    return best if best is not None and said & _content(best.line) else None


def _content(words: str) -> set[str]:
    """English words and Chinese pairs of characters that tell one paper from another."""
    found: set[str] = set()
    for word in _WORD.findall(_dull_han().sub(" ", words[:400])):
        if word[0].isascii():
            found |= {word.rstrip("s")} if word not in _dull() else set()
        else:
            found |= {word[i : i + 2] for i in range(len(word) - 1)}
    return found


def _generic(words: str) -> bool:
    return len(_content(words)) == 0


def _other_number(draft: Draft, fact: Fact, words: str, clause: tuple[int, int]) -> str:
    """A number of a paper in the text that is not the number of this paper, or ""."""
    known = "".join(_numbers_of(fact)) + _compact(fact.line)
    if not _numbers_of(fact):
        return ""
    marks = near(draft.hits.get("marks", []), *clause)
    beside = [m for h in marks if (m := _MARK_CODE.match(draft.text, h.end))]
    for match in (*_CODED.finditer(words), *beside):
        code = _compact(match["n"])
        if code and code not in known and sum(c.isdigit() for c in code) >= 4:
            return match["n"]
    return ""


def _other_amount(words: str, fact: Fact) -> str:
    """A quantity of the claim that the paper gives otherwise (3 m drop, report over 1 m), or ""."""
    if fact.evidence is None:
        return ""
    told = [r for q in quantities(fact.value) for r in q.readings if r.dimension in _AMOUNTS]
    for quantity in quantities(words):
        same = [(r, t) for r in quantity.readings for t in told if r.dimension == t.dimension]
        agreeing = any(
            agree(r, quantity.bound, t, "", "up") is ClaimStatus.SUPPORTED for r, t in same
        )
        if same and not agreeing:
            return words[quantity.start : quantity.end]
    return ""


def _trouble(draft: Draft, fact: Fact, words: str, day: date, said: Said) -> Note | None:
    """Why the paper does not carry the claim after all, or None."""
    paper = fact.evidence
    if paper is None:
        return None
    if paper.scope.startswith(_UNREADABLE):
        return note("bad_date", said=paper.scope[len(_UNREADABLE) : 100].lstrip(" :"))
    if paper.valid_until is not None and paper.valid_until < day:
        return note("expired", day=str(paper.valid_until))
    if paper.valid_from is not None and paper.valid_from > day:
        return note("early", day=str(paper.valid_from))
    if said.kind == "patent" and _PENDING.search(fact.line) and not _PENDING.search(words):
        return note("pending")
    if said.kind == "study" and said.marks and "human" in words and "human" not in fact.line:
        return note("no_human")
    scope = paper.scope.lower() or (fact.value if said.kind == "study" else "")
    if _NARROW.search(scope) and not _covers(scope, words, draft.book.name):
        return note("scope", scope=scope[:100])
    return None


def _covers(scope: str, words: str, name: str) -> bool:
    """True when the narrow scope is what the goods, or the words of the claim, are about."""
    if re.search(r"animal|mouse|mice|in vitro|cell|动物|小鼠|细胞|体外", scope):
        return bool(re.search(r"animal|in vitro|cell|动物|细胞|体外", words))
    about = _content(_OWN_SCOPE.sub(" ", scope))
    return bool(about & (_content(words) | _content(name)))
