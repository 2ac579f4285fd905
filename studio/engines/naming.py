"""What a product is called: in sentences, as a title, as search words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from studio.engines.glossary import is_cjk
from studio.engines.phrases import Bank, Fact, group_name, group_of
from studio.engines.tidying import plain, tidy
from studio.engines.titled import read
from studio.engines.wording import SINGULAR_S, headline, model_zh, norm, shelves, short_zh, wide
from studio.schema import Facts

_BRACKETS = re.compile(r"\s*(?:\([^()]*\)|（[^（）]*）|【[^【】]*】|\[[^\[\]]*\])\s*")
_QUANTITY = r"\d+(?:[.,]\d+)*\s?(?:ml|l|cm|mm|m|kg|g|oz|lb|w|v|mah|gb|tb|in|inch)\b"
_COUNTED = re.compile(
    r"(?<=[\u3400-\u9fff])\s\d+(?:卡位|[粒片只个支枚色层格档包袋瓶盒罐本张双条])$"
)
_LISTED = re.compile(r"[。；;：:!、,，/]| and (?!\w+$)")
_BRAND = re.compile(
    r"(?:[\u3400-\u9fff]{0,4}[A-Za-z][\w&.'-]*|[\u3400-\u9fff]{2,4}(?=[\s\d]))?", re.ASCII
)
LINKS = frozenset(
    ("a", "an", "the", "in", "of", "with", "for", "and", "or", "&", "like", "at", "on", "to")
)
_LITRES = re.compile(r"(\d) l\b")
_BRAND_WIDTH = 16  # columns of a brand that goes before a word for the thing
_ANY = "商品"
_MODEL = 8  # characters of a name that is looked for with its brand
_MADE = ("material", "fabric", "filling", "filling_weight", "lining", "upper", "outsole")


def _said(value: str, title: str) -> bool:
    """Whether a title says a value already: in words, or by its numbers (160*230, 160×230cm)."""
    bare = re.sub(r"^(?:100\s?%|纯|全)\s*", "", value)
    numbers = re.findall(r"\d+(?:[.,]\d+)?", title)
    first = re.match(r"\d+(?:[.,]\d+)?(?!\s?[×x%])", value)
    sides = re.findall(r"\d+(?:[.,]\d+)?", value) if "×" in value else []
    words = {w for w in re.findall(r"[A-Za-z™®]{5,}", value) if not w.islower()}
    return bool(
        norm(bare) in norm(title)
        or (first and first[0] in numbers)
        or (sides and all(side in numbers for side in sides))
        or any(word in title for word in words)
        or any(sorted(value) == sorted(part) for part in title.split())  # 条纹粉间, 条纹间粉
    )


def respelled(brand: str, title: str) -> str:
    """The brand as a title spells it that has it with one letter changed; else as it is."""
    least = 3 if is_cjk(brand) else 5
    if len(brand) < least or brand.lower() in title.lower():
        return brand
    windows = (title[i : i + len(brand)] for i in range(len(title) - len(brand) + 1))
    return next((w for w in windows if _one_apart(w.lower(), brand.lower())), brand)


def full_brand(brand: str, title: str) -> str:
    """The brand with what stands before it at the head of a title: 某鳄鱼（X）, not 鳄鱼."""
    found = re.match(r"([\u3400-\u9fff]{2,6})[（(]", title) if is_cjk(brand) else None
    return found[1] if found and found[1].endswith(brand) else brand


def _one_apart(one: str, other: str) -> bool:
    apart = [pair for pair in zip(one, other, strict=True) if pair[0] != pair[1]]
    return len(apart) == 1 and all(c.isalpha() and is_cjk(c) == is_cjk(one[0]) for c in apart[0])


def _maker(title: str, kind: str) -> str:
    """What stands before the kind of thing at the head of a title and looks like a brand."""
    head = title.partition(kind)[0].strip()
    found = re.fullmatch(r"[\u3400-\u9fff]{2,4}", head) or _BRAND.match(head)
    return found[0] if found else ""


class Naming:
    """The names of one product. `name`: how a sentence calls it; `plural`: whether it is many."""

    def __init__(
        self, words: Bank, facts: Facts, brand: str, searched: tuple[Path, ...] = ()
    ) -> None:
        self.words, self.zh = words, words.language == "zh"
        self.category = plain(facts.category)
        known = "" if words.unbranded(brand) else plain(brand)
        self.brand = full_brand(respelled(known, plain(facts.title)), plain(facts.title))
        self.group = group_of(facts, words)
        self.device = self.zh and group_name(facts, words) == "electronics"
        self.base = self.clean(plain(facts.title)) or plain(facts.title)
        self.name = self._short(read(self.base, facts, searched).name)
        head = re.split(r"\s(?:for|with|of)\s", self.name)[0]  # a teapot for four cups is one
        last = (head.split() or [""])[-1].lower()
        many = last.endswith("s") and not last.endswith(SINGULAR_S) and last.isalpha()
        self.plural = many and not self.zh

    def clean(self, title: str) -> str:
        """The merchant's title without what sells (gifts, delivery), units as they are written."""
        for form in self.words.title_drop:
            title = re.sub(form, " ", title, flags=re.IGNORECASE)
        if self.brand:
            title = re.sub(rf"(?:{re.escape(self.brand)}){{2,}}", self.brand, title)
        title = tidy(title, self.words.language, lists=False) if not self.zh else plain(title)
        if self.zh:
            title = re.sub(r"\*(?=\d)|(?<=\d)[xX](?=\d)", "×", title.replace("_", " "))
            if self.device:  # "MacBook Air 13.3": the inches of a notebook's name
                title = re.sub(r"(?<=[A-Za-z] )(1[0-8]\.\d)(?= |$)", r"\1英寸", title)
            title = re.sub(r"(?<=[（(【])\s+|\s+(?=[）)】])", "", title)
            title = re.sub(
                r"^([\u3400-\u9fff]{2,5})([（(][A-Za-z ]+[）)])\s*\1(?=[\u3400-\u9fff])",
                r"\1\2",
                title,
            )
        title = re.sub(r"([（(]([A-Za-z]{3,})[）)])\s*\2(?![A-Za-z])", r"\1", title, flags=re.I)
        for opening, closing in ("()", "（）", "【】"):
            if title.count(opening) != title.count(closing):
                title = title.replace(opening, " ").replace(closing, " ")
        title = " ".join(title.split()).strip(" -–—|,，/、")
        return re.sub(r"^(\w{2,8}) (?=\1)", "", title)

    def _short(self, name: str) -> str:
        name = re.sub(r"^(\w{2,8}) (?=\1)", "", _BRACKETS.sub(" ", name).strip()) or self.base
        name = re.split(r"[(（【\[]", name)[0].strip() or name
        cut = rf"\s[-–—|/]\s|(?<!\d)[,，]|[,，](?!\d)|[|｜]|\s(?={_QUANTITY})"
        name = re.split(cut, name, flags=re.IGNORECASE)[0].strip() or name
        if self.zh or is_cjk(name):
            name = _COUNTED.sub("", name)
            name = re.sub(
                r"(?<=[\u3400-\u9fff])(?:(?:\s\d{3,})+|[×x]\d+)$", "", name
            )  # numbers of an order
            name = re.sub(r"(?<=[\u3400-\u9fff])[-–—][\u3400-\u9fff]{1,4}$", "", name)
            whole = model_zh(name, self.words.types) if self.device else name
            name = short_zh(whole, self.category, self.words.types)
            kind = name in self.words.types or name in shelves(self.category)
            brand = self.brand or _maker(whole, name)
            short = wide(brand) <= _BRAND_WIDTH
            if kind and brand and short and brand not in name:
                name = f"{brand}{'' if is_cjk(brand) else ' '}{name}"
        elif len(name) > 60:
            name = " ".join(name.split()[:7])
        if not self.zh and is_cjk(name):  # a name that nobody has translated
            return f"{self.brand} product" if self.brand and not is_cjk(self.brand) else "product"
        if self.brand and self.brand.lower() not in name.lower() and not is_cjk(self.brand + name):
            name = f"{self.brand} {name.removeprefix('The ')}"
        return name

    @property
    def things(self) -> tuple[str, ...]:
        """Words of the title for the thing, told in Chinese only: what it is comes last, as in
        苹果手机蓝牙耳机, and ends a part, unlike that of 手机互联."""
        found = [t for t in self.words.types if t in self.base]

        def place(thing: str) -> tuple[bool, int, int]:
            ends = re.search(rf"{re.escape(thing)}(?![\u3400-\u9fff])", self.base) is not None
            return ends, self.base.rfind(thing) + len(thing), len(thing)

        return tuple(sorted(found, key=place, reverse=True))

    def short_title(self, told: Sequence[Fact]) -> list[str]:
        """For a title that is too long: the name, the thing, then short facts."""
        named = any(t in self.name for t in self.things) or not self.things
        return self._facts_after(self.name if named else f"{self.name} {self.things[0]}", told)

    def title(self, told: Sequence[Fact]) -> list[str]:
        """The merchant's title with the brand, then short facts that it does not say yet."""
        base = self.base
        if self.brand and self.brand.lower() not in base.lower():
            gap = "" if self.zh and is_cjk(self.brand[-1:]) and is_cjk(self.brand[:1]) else " "
            of = not self.zh and base.startswith("The ")  # no shop writes "Acme The Mug"
            base = f"{base} by {self.brand}" if of else f"{self.brand}{gap}{base}"
        return self._facts_after(base, told)

    def _facts_after(self, base: str, told: Sequence[Fact]) -> list[str]:
        out = [base]
        ranked = sorted(self._for_title(told), key=lambda f: f.kind.title)
        values = {f.id: f.value for f in ranked}
        for fact in ranked:
            text = fact.kind.title_text.format(value=fact.value)
            if fact.id in self.words.title_pairs and self.words.title_pairs[fact.id] in values:
                text = f"{values[self.words.title_pairs[fact.id]]}+{text}"
            short = len(text) <= (12 if self.zh else 28) and not _LISTED.search(text)
            short = short and not ("+" in text and fact.id in _MADE)
            fits = self.words.fits(fact.kind.title_when, fact.value)
            if short and fits and not _said(fact.value, " ".join(out)):
                out.append(text if self.zh else headline(text))
        return out[:4]

    def _for_title(self, told: Sequence[Fact]) -> list[Fact]:
        """Facts for a title: none of a kind that is told more than once, nor one of several
        materials, which would pass for that of the whole."""
        counts = Counter(f.id for f in told)
        made = [f for f in told if f.id in _MADE or f.name.endswith(("材质", "面料"))]
        pieces = self.zh and re.search(r"[二三四五六七八九十\d]件", self.base)
        part = len(made) > 1 or not {*_MADE} & {*self.group.first}  # a watch's rubber
        left_out = {*(_MADE if part else ()), *(("pieces",) if pieces else ())}
        return [
            f
            for f in told
            if f.kind.title and not f.many and counts[f.id] == 1 and f.id not in left_out
        ]

    def named(self, fact: Fact) -> bool:
        """Whether the name says the fact, so that a sentence need not: 日式…, 男士…."""
        told = fact.value[:1] if fact.id == "gender" else fact.value
        size = re.sub(r"\s?[a-z]+$", "", told) if "×" in told else told
        return self.zh and size in self.name

    def idle(self, fact: Fact, told: Sequence[Fact] = ()) -> bool:
        """Whether the fact only repeats the name or another one: the style "tee" of a tee, the
        pattern 条纹 of what comes in 灰黄条纹."""
        if fact.id == "pattern" and any(fact.value in f.value for f in told if f.id == "colour"):
            return True
        named = norm(fact.value) in norm(self.name)
        ends = norm(self.name).endswith(norm(fact.value))
        return (fact.id == "scent" and named) or (fact.id in ("style", "type") and ends)

    def keywords(self, told: Sequence[Fact]) -> Iterator[str]:
        """Search words: the name, the brand with it, the category, facts with the name."""
        name = self.name
        if self.brand:
            name = re.sub(re.escape(self.brand), "", name, flags=re.I).strip(" /") or name
        short = name if self.zh or len(name.split()) <= 5 else " ".join(name.split()[-3:])
        short = name if not self.zh and LINKS.intersection(short.lower().split()) else short
        noun = named = short
        if self.zh:  # nobody looks for a colour and the whole name of a model
            plain_ = short if re.fullmatch(r"[\u3400-\u9fff]{2,4}", short) else ""
            noun = next((t for t in self.words.types if short.endswith(t)), plain_)
            named = short if len(short) <= _MODEL and short != _ANY else noun
        found = [short, noun or "".join(self.things[:1]), self._with(self.brand, named, " ")]
        found += self._shelves()
        kinds = ("material", "fabric", "colour", "scent", *(() if self.zh else ("capacity",)))
        for fact in told:
            short_one = len(fact.value) <= 20 and not _LISTED.search(fact.value)
            form = "searched" if fact.id == "colour" else fact.kind.when
            usual = fact.id in kinds and self.words.fits(form, fact.value)
            usual = usual and not (fact.kind.head_own and fact.name.endswith(("材质", "面料")))
            if usual and not fact.many and short_one and fact.value[0] not in "0（(":
                found.append(self._with(re.sub(r"^100\s?%\s?", "", fact.value), noun, ""))
        found = [re.sub(r"[™®©]", "", w).strip(" /#") for w in found]
        seen: set[str] = set()
        for word in (w if self.zh else _LITRES.sub(r"\1 L", w.lower()) for w in found):
            foreign = not self.zh and (is_cjk(word) or word.endswith("product"))  # nobody's name
            usable = (
                word and word != _ANY and not foreign and not re.search(r"[,，。;；（(+]", word)
            )
            if usable and word.lower() not in seen:
                seen.add(word.lower())
                yield word

    def _shelves(self) -> list[str]:
        """The steps of the category, the last one first; of "Bras & Tanks" what the thing is."""
        thing, out = self.name.lower().split()[-1].rstrip("s"), []
        for step in reversed(shelves(self.category)):
            parts = re.split(r" (?:&|and) ", step)
            mine = [p for p in parts if p.lower().split()[-1].rstrip("s") == thing]
            out += parts if len(parts) == 1 else mine
        return out

    def _with(self, word: str, noun: str, gap: str) -> str:
        """ "steel bottle", or "" when the noun has the word or either is missing."""
        if not word or not noun or word.lower() in noun.lower() or self._overlap(word, noun):
            return ""
        close = self.zh and (is_cjk(noun[:1]) and (not gap or is_cjk(word[-1:])))
        return f"{word}{'' if close else ' '}{noun}"

    def _overlap(self, value: str, noun: str) -> bool:
        """Whether words of the value are in the noun already ("linen" + "linen cover")."""
        if self.zh:
            return value in noun or any(value.endswith(noun[:n]) for n in (2, 3))
        return bool(set(value.lower().split()) & set(noun.lower().split()))
