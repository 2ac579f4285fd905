"""Small grammar for both languages: agreement, series, articles, short names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import pairwise
from zlib import crc32

from studio.engines.glossary import is_cjk
from studio.engines.phrases import Fact
from studio.engines.tidying import listed, plain

_GAP = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")
_TRADE = re.compile(r"[®™]|[a-z][A-Z]|\d")
_FORMS = re.compile(r"\[([^\[\]|]+)\|([^\[\]|]+)\]")
SINGULAR_S = ("ss", "us", "is")
_POINT = re.compile(r"\d{1,2}\s?[.、：:，,](?!\d)\s*")
_WIDEST = 44  # columns of a name in a Chinese sentence; a Han character takes two


def hash_of(*parts: str) -> int:
    """A small steady number for texts (Python's own hash changes from run to run)."""
    return crc32("\x1f".join(parts).encode("utf-8", "replace"))


def lower(text: str) -> str:
    """Lower case, word by word, but not for abbreviations and names like "USB-C" or "WiFi"."""

    def plain_word(word: str) -> bool:
        parts = word.split("-")
        return all(p[1:].islower() or (p.islower() and len(p) == 1) for p in parts if p)

    return " ".join(w.lower() if len(w) > 1 and plain_word(w) else w for w in text.split(" "))


def lowered(value: str, proper: Sequence[str]) -> str:
    """Lower case but for names: "Rayon" -> "rayon", while Lycra® and HeatTec™ stay."""
    return " ".join(
        w if _TRADE.search(w) or w.strip(",;") in proper else lower(w) for w in value.split(" ")
    )


def soft(fact: Fact, proper: Sequence[str], common: Collection[str]) -> str:
    """A value inside a sentence: "Matte Black" -> "matte black", "About 4" -> "about 4"; names
    and abbreviations stay as they are."""
    value = fact.value
    if fact.id == "origin" or is_cjk(value):
        return value
    if fact.id in ("colour", "material", "fabric", "connectivity"):
        return lowered(value, proper)
    if re.fullmatch(r"[A-Z][a-z][^A-Z]*", value) and fact.id:
        return value[0].lower() + value[1:]
    return re.sub(
        r"[A-Z][a-z-]+", lambda m: m[0].lower() if m[0].lower() in common else m[0], value
    )


def headline(text: str) -> str:
    """Words with a capital, as titles have them; units and names as they are."""
    if text[:1].isdigit():
        return text
    words = (w.capitalize() if len(w) > 3 and w.islower() else w for w in text.split(" "))
    joined = " ".join(words)
    return joined[:1].upper() + joined[1:]


def article(word: str) -> str:
    return "an" if word[:1].lower() in "aeiou" or re.match(r"8|11\b|18\b", word) else "a"


def shape_en(name: str, value: str, fits: Callable[[str, str], bool]) -> str:
    """Which general phrase fits a fact that has none of its own, "" for the list of details."""
    many = name.endswith("s") and not name.endswith(SINGULAR_S)
    last, stem = value.split()[-1].lower(), name.split()[-1].rstrip("s")
    if last.rstrip("s") == stem:
        return "itself" if many or last.endswith("s") else "itself_one"
    if many:
        return "count" if fits("number", value) else ""
    return "quantity" if fits("quantity", value) else ""


def shape_zh(fact: Fact) -> str:
    if fact.name in fact.value:
        own = "itself" if fact.value[0] in "含无可仅有带不" else "itself_one"
        return own if fact.value.endswith(fact.name) else ""
    return "close" if fact.value[0] in "含无可仅防不" else "plain"


def agree(phrase: str, plural: bool) -> str:
    return _FORMS.sub(lambda m: m[2 if plural else 1], phrase)


_ADJECTIVE = re.compile(r"(\d+) (year|month|week|day|hour|minute|piece)s?", re.IGNORECASE)


def adjective(value: str) -> str:
    """ "2-year" for "2 years" """
    return _ADJECTIVE.sub(lambda m: f"{m[1]}-{m[2].lower()}", value)


_SHARED = ("is", "are", "has", "have", "comes", "come")  # verbs that several facts may share


def join_verbs(phrases: Sequence[str]) -> str:
    """ "is made of wool and 9 cm wide, holds 2 L, and has a lid of oak and a handle" """
    groups: dict[str, list[str]] = {}
    for phrase in phrases:
        verb, _, rest = phrase.partition(" ")
        groups.setdefault(verb if verb in _SHARED else phrase, []).append(rest)
    last = ("has", "have", "comes", "come")
    order = sorted(
        groups, key=lambda verb: last.index(v) if (v := verb.split(" ")[0]) in last else -1
    )
    parts = [v if " " in v else f"{v} {series(groups[v])}" for v in order]
    return series(parts)


def chunked(
    spoken: Sequence[Fact], by_theme: Mapping[str, Sequence[str]], most: int
) -> list[list[Fact]]:
    """Facts by theme, up to three to a sentence, and no lonely ones side by side."""
    themes: dict[str, list[Fact]] = {}
    for fact in spoken:
        name = next((t for t, kinds in by_theme.items() if fact.id in kinds), "")
        themes.setdefault(name, []).append(fact)
    merged: list[list[Fact]] = []
    for facts in themes.values():
        size = most if len(facts) == most else 2 if len(facts) in (2, 4) else 3
        for chunk in (facts[i : i + size] for i in range(0, len(facts), size)):
            lonely = merged and 1 in (len(merged[-1]), len(chunk))
            if lonely and len(merged[-1]) + len(chunk) <= most + (most > 3):
                merged[-1] = [*merged[-1], *chunk]
            else:
                merged.append(list(chunk))
    for before, after in pairwise(merged):  # what is left alone gets company
        if len(after) == 1 and len(before) > 2:
            after.insert(0, before.pop())
    return merged


def unnumbered(parts: Sequence[str]) -> list[str]:
    """Points of advice; what numbers them goes where there is a "1." without a "2."."""
    alone = sum(_POINT.match(part) is not None for part in parts) < 2
    return [_POINT.sub("", part) if alone else part for part in parts]


def series(items: Sequence[str]) -> str:
    """ "a, b and c", with a comma before the last "and" where an item has one of its own."""
    if len(items) > 1 and any(" and " in item or "," in item for item in items):
        return ", ".join(items[:-1]) + ", and " + items[-1]
    return listed(items, "en")


def norm(text: str) -> str:
    """Letters and digits alone, for comparing: "50 m²" and "50m2" are the same."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text)).lower()


def shelves(category: str) -> list[str]:
    """The last two steps of a category path, without shops' own roots."""
    steps = re.split(r"\s*(?:->|>|/|\||›|,|，|＞)\s*", plain(category))
    roots = ("default category", "all", "全部", "其他", "其它", "uncategorized")
    return [s for s in steps if s.lower() not in roots and re.fullmatch(r"[\w&' ・·-]+", s)][-2:]


_ENDS = (
    "版",
    "青春",
    "款",
    "代",
    "系列",
    "本",
    "机",
    "器",
    "表",
)  # what may end the name of a model


def model_zh(name: str, types: Sequence[str]) -> str:
    """A device's name without what sells it: 某牌8X for "某牌8X 千元屏霸", 某牌8C for
    "某牌8C两天一充". A word for the thing, or for the version, stays."""
    ends = (*types, *_ENDS)
    parts = name.split()
    named = [
        i
        for i, p in enumerate(parts)
        if re.search(r"[A-Za-z\d]" if i == 0 else r"^[\u3400-\u9fff]{0,2}[A-Za-z\d]", p)
        or p.endswith(ends)
        if i == 0 or not re.match(r"[\u3400-\u9fff]?\d+(?:\.\d+)?(?:万|英寸)", p)
    ]
    if not named or not re.search(r"[A-Za-z\d]", name):
        return name
    parts = parts[: named[-1] + 1]
    parts = [_once(p, parts[:i]) for i, p in enumerate(parts)]
    parts = [p for i, p in enumerate(parts) if not _again(p, parts[:i])]
    tail = re.search(r"(?<=[A-Za-z\d])[\u3400-\u9fff]{2,}$", parts[-1])
    if tail and not parts[-1].endswith(ends):
        parts[-1] = parts[-1][: tail.start()]
    while len(parts) > 1 and re.fullmatch(r"20\d\d", parts[-1]):
        del parts[-1]
    return " ".join(parts)


def _again(part: str, before: Sequence[str]) -> bool:
    """Whether a part is a name that came before, with the maker in Han: iPhone X 苹果X."""
    found = re.fullmatch(r"(?:[\u3400-\u9fff]{2,3})?([A-Za-z\d]+)", part)
    if found and found[1] == part:  # XSmax xsmax
        return part.lower() in (p.lower() for p in before)
    return found is not None and found[1].lower() in "".join(before).lower()


def _once(part: str, before: Sequence[str]) -> str:
    """A part without such a name glued to its end: XSmax苹果x after iPhonex."""
    found = re.fullmatch(r"([A-Za-z\d]+)[\u3400-\u9fff]{2,3}([A-Za-z\d]+)", part)
    return found[1] if found and found[2].lower() in "".join(before).lower() else part


def wide(text: str) -> int:
    """Columns of a text; a Han character takes two."""
    return sum(2 if is_cjk(c) else 1 for c in text)


def short_zh(name: str, category: str, types: Sequence[str]) -> str:
    """A name as wide as 22 Han characters: the parts up to a word for the kind of thing, the whole,
    the model, or that word alone, as for a title that heaps such words up."""
    if not is_cjk(name):
        return name if len(name) <= 48 else " ".join(name.split()[:6])
    parts = name.split()
    for count in range(1, len(parts)):
        head = " ".join(parts[:count])
        if 4 <= len(head) <= 14 and head.endswith(tuple(types)):
            return head
    if len(parts) == 2 and is_cjk(parts[0][-1]) and parts[0][-1] == parts[1][-1]:
        name = parts[0]  # the thing in two words: 桑蚕丝被 子母被
    whole = _GAP.sub("", name)
    heaped = len({t for t in types if t in name and not any(t in o for o in types if o != t)}) > 2
    if wide(whole) <= _WIDEST and not heaped:
        return whole
    model = re.match(r".*[A-Za-z]\S* [A-Za-z.]*\d[A-Za-z\d.]*(?=\s)", name)
    if model and not heaped and wide(model[0]) <= _WIDEST:
        return model[0]
    shelf = [s for s in shelves(category) if s in name]
    if kind := next((t for t in types if t in name), shelf[-1] if shelf else ""):
        return kind
    short = ""
    for part in parts:
        if len(short) + len(part) > 20:
            break
        short = f"{short} {part}".strip()
    return short if len(short) >= 6 else "商品"
