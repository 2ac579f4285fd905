"""What a product is called: in sentences, as a title, as search words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from studio.engines.glossary import is_cjk
from studio.engines.phrases import Bank, Fact, plain, tidy
from studio.engines.titled import read
from studio.engines.wording import SINGULAR_S, headline, norm, shelves, short_zh
from studio.schema import Facts

_BRACKETS = re.compile(r"\s*(?:\([^()]*\)|（[^（）]*）|【[^【】]*】|\[[^\[\]]*\])\s*")
_QUANTITY = r"\d+(?:[.,]\d+)?\s?(?:ml|l|cm|mm|m|kg|g|oz|lb|w|v|mah|gb|tb|in|inch)\b"
_LISTED = re.compile(r"[。；;：:!、,，/]| and (?!\w+$)")
_ANY = "商品"


class Naming:
    """The names of one product. `name`: how a sentence calls it; `plural`: whether it is many."""

    def __init__(
        self, words: Bank, facts: Facts, brand: str, searched: tuple[Path, ...] = ()
    ) -> None:
        self.words, self.zh = words, words.language == "zh"
        self.category, self.brand = plain(facts.category), plain(brand)
        self.base = self.clean(plain(facts.title)) or plain(facts.title)
        self.name = self._short(read(self.base, facts, searched).name)
        last = (self.name.split() or [""])[-1].lower()
        many = last.endswith("s") and not last.endswith(SINGULAR_S) and last.isalpha()
        self.plural = many and not self.zh

    def clean(self, title: str) -> str:
        """The merchant's title without what sells (gifts, delivery), units as they are written."""
        for form in self.words.title_drop:
            title = re.sub(form, " ", title, flags=re.IGNORECASE)
        if self.brand:
            title = re.sub(rf"(?:{re.escape(self.brand)}){{2,}}", self.brand, title)
        title = tidy(title, self.words.language, lists=False) if not self.zh else plain(title)
        title = title.replace("_", " ") if self.zh else title
        for opening, closing in ("()", "（）", "【】"):
            if title.count(opening) != title.count(closing):
                title = title.replace(opening, " ").replace(closing, " ")
        title = " ".join(title.split()).strip(" -–—|,，/、")
        return re.sub(r"^(\w{2,8}) (?=\1)", "", title)

    def _short(self, name: str) -> str:
        name = re.sub(r"^(\w{2,8}) (?=\1)", "", _BRACKETS.sub(" ", name).strip()) or self.base
        cut = rf"\s[-–—|/]\s|[,，|｜]|\s(?={_QUANTITY})"
        name = re.split(cut, name, flags=re.IGNORECASE)[0].strip() or name
        if self.zh or is_cjk(name):
            name = short_zh(name, self.category, self.words.types)
            kind = name in self.words.types or name in shelves(self.category)
            short = len(self.brand) <= (6 if is_cjk(self.brand) else 16)
            if kind and self.brand and short and self.brand not in name:
                name = f"{self.brand}{'' if is_cjk(self.brand) else ' '}{name}"
        elif len(name) > 60:
            name = " ".join(name.split()[:7])
        if not self.zh and is_cjk(name):  # a name that nobody has translated
            return f"{self.brand} product" if self.brand and not is_cjk(self.brand) else "product"
        if self.brand and self.brand.lower() not in name.lower() and not is_cjk(self.brand + name):
            name = f"{self.brand} {name}"
        return name

    def title(self, told: Sequence[Fact]) -> list[str]:
        """The merchant's title with the brand, then short facts that it does not say yet."""
        base = self.base
        if self.brand and self.brand.lower() not in base.lower():
            gap = "" if self.zh and is_cjk(self.brand[-1:]) and is_cjk(self.brand[:1]) else " "
            base = f"{self.brand}{gap}{base}"
        out = [base]
        ranked = sorted(
            (f for f in told if f.kind.title and not f.many), key=lambda f: f.kind.title
        )
        for fact in ranked:
            text = fact.kind.title_text.format(value=fact.value)
            short = len(text) <= (12 if self.zh else 28) and not _LISTED.search(text)
            so_far = " ".join(out)
            numbers = re.findall(r"\d+(?:[.,]\d+)?", so_far)
            first = re.match(r"\d+(?:[.,]\d+)?(?!\s?[×x%])", fact.value)
            bare = re.sub(r"^(?:100\s?%|纯|全)\s*", "", fact.value)
            said = norm(bare) in norm(so_far) or (first and first[0] in numbers)
            if short and not said and self.words.fits(fact.kind.title_when, fact.value):
                out.append(text if self.zh else headline(text))
        return out[:4]

    def keywords(self, told: Sequence[Fact]) -> Iterator[str]:
        """Search words: the name, the brand with it, the category, facts with the name."""
        shelf = shelves(self.category)
        name = self.name
        if self.brand:
            name = re.sub(re.escape(self.brand), "", name, flags=re.I).strip(" /") or name
        short = name if self.zh or len(name.split()) <= 5 else " ".join(name.split()[-3:])
        noun = short
        if self.zh and (len(short) > 8 or short == _ANY):  # too long to be searched with a colour
            noun = next((t for t in self.words.types if short.endswith(t)), "")
        found = [short, self._with(self.brand, noun, " "), *reversed(shelf)]
        kinds = ("material", "fabric", "colour", "capacity", "scent")
        for fact in told:
            short_one = len(fact.value) <= 20 and not _LISTED.search(fact.value)
            usual = fact.id in kinds and self.words.fits(fact.kind.when, fact.value)
            if usual and not fact.many and short_one and fact.value[0] not in "0（(":
                found.append(self._with(re.sub(r"^100\s?%\s?", "", fact.value), noun, ""))
        found = [re.sub(r"[™®©]", "", w).strip(" /#") for w in found]
        seen: set[str] = set()
        for word in (w if self.zh else w.lower() for w in found):
            usable = word and word != _ANY and not re.search(r"[,，。;；（(+]", word)
            if usable and word.lower() not in seen:
                seen.add(word.lower())
                yield word

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
