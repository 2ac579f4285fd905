"""Puts the facts of one product into the words of a phrase bank."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from studio.engines.phrases import Bank, Fact, common_words, group_of, is_cjk, plain
from studio.engines.wording import (
    SINGULAR_S,
    agree,
    article,
    hash_of,
    join_verbs,
    lower,
    norm,
    shape_en,
    shape_zh,
    shelves,
    short_zh,
)
from studio.schema import Facts, Origin

_BRACKETS = re.compile(r"\s*(?:\([^()]*\)|（[^（）]*）|【[^【】]*】|\[[^\[\]]*\])\s*")
_QUANTITY = r"\d+(?:[.,]\d+)?\s?(?:ml|l|cm|mm|m|kg|g|oz|lb|w|v|mah|gb|tb|in|inch)\b"
_LISTED = re.compile(r"[。；;：:!、,，/]| and (?!\w+$)")


class Speaker:
    """Puts facts into the words of a bank."""

    def __init__(
        self,
        words: Bank,
        locale: str,
        facts: Facts,
        brand: str,
        chance: random.Random,
        searched: tuple[Path, ...],
    ) -> None:
        self.words, self.facts, self.brand, self.chance = words, facts, plain(brand), chance
        self.zh = words.language == "zh"
        self.spelling = words.spelling.get(locale, {})
        self.group = group_of(facts, words)
        self.common = common_words(searched) | {"about", "approx", "up", "over"}
        self.base = plain(facts.title)
        self.name, self.plural = self._call()
        self.is_plain, self.begun = True, False
        self.tail_left = chance.random() < 0.5
        self.seed = chance.random()

    # -- names ---------------------------------------------------------------------------------

    def _call(self) -> tuple[str, bool]:
        """A short name for sentences, and whether it is a plural."""
        name = _BRACKETS.sub(" ", self.base).strip() or self.base
        cut = rf"\s[-–—|/]\s|[,，|｜]|\s(?={_QUANTITY})"
        name = re.split(cut, name, flags=re.IGNORECASE)[0].strip() or name
        if self.zh or is_cjk(name):
            name = short_zh(name, plain(self.facts.category), self.words.types)
        elif len(name) > 60:
            name = " ".join(name.split()[:7])
        if self.brand and self.brand.lower() not in name.lower() and not is_cjk(self.brand + name):
            name = f"{self.brand} {name}"
        last = (name.split() or [""])[-1].lower()
        plural = last.endswith("s") and not last.endswith(SINGULAR_S) and last.isalpha()
        return name, plural and not self.zh

    def title_parts(self) -> list[str]:
        """What a long Chinese title says after the name, as a sentence, or nothing."""
        rest = _BRACKETS.sub(" ", self.base).split()
        while rest and rest[0] in self.name:
            rest = rest[1:]
        told = [part for part in rest if is_cjk(part) and not self.words.unfit(part)]
        if not self.zh or not told or self.name == "商品":
            return []
        return [f"{self.name}，{'，'.join(told)}{self.words.stop}"]

    def title(self, told: Sequence[Fact]) -> list[str]:
        """The merchant's title with the brand, then short facts that it does not say yet."""
        base = self.base
        if self.brand and self.brand.lower() not in base.lower():
            base = f"{self.brand}{'' if self.zh and is_cjk(self.brand) else ' '}{base}"
        out = [base]
        ranked = sorted(
            (f for f in told if f.kind.title and not f.many), key=lambda f: f.kind.title
        )
        for fact in ranked:
            text = fact.kind.title_text.format(value=fact.value)
            short = len(text) <= (12 if self.zh else 28) and not _LISTED.search(text)
            numbers = re.findall(r"\d+(?:[.,]\d+)?", " ".join(out))
            first = re.match(r"\d+(?:[.,]\d+)?(?!\s?[×x%])", fact.value)
            said = norm(fact.value) in norm(" ".join(out)) or (first and first[0] in numbers)
            if short and not said and self.words.fits(fact.kind.title_when, fact.value):
                out.append(text if self.zh else self._headline(text))
        return out[:4]

    def _headline(self, text: str) -> str:
        """Common words with a capital, as titles have them; units and names as they are."""
        words = text.split(" ")
        first = words[0][:1].upper() + words[0][1:]
        return " ".join(
            [first, *(w.capitalize() if w in self.common and len(w) > 3 else w for w in words[1:])]
        )

    # -- bullets -------------------------------------------------------------------------------

    def head(self, fact: Fact) -> str:
        """What stands before the colon: our word for the kind, or the merchant's."""
        head = fact.name if fact.kind.head_own or not fact.kind.head else fact.kind.head
        for form, other in fact.kind.heads.items():
            head = other if self.words.fits(form, fact.value) else head
        head = head.replace("{Name}", fact.name)
        return self._own_words(head if self.zh else head[:1].upper() + head[1:])

    def bullet(self, fact: Fact) -> str:
        """One fact with its head; `is_plain` tells whether a phrase was added."""
        self.is_plain = True
        if fact.value.lower() in self.words.affirm:
            return self.head(fact) if not self.zh else f"{self.head(fact)}：{fact.value}"
        if fact.many:
            form = self.words.options["bullet"]
            return str(form.format(head=self.head(fact), value=fact.value))
        text = fact.value
        if fact.kind.bullet and self.words.fits(fact.kind.when, fact.value):
            phrase = self.chance.choice(fact.kind.bullet)
            self.is_plain = phrase == "{value}"
            text = phrase.format(value=self._soft(fact), value_lower=lower(fact.value))
            text = text if phrase != "{value}" else fact.value
            text += self._tail(fact)
        return self.words.plain_bullet.format(head=self.head(fact), value=text)

    def brand_bullet(self) -> Iterator[tuple[str, Origin]]:
        if self.brand:
            yield self.words.plain_bullet.format(head=self.words.brand, value=self.brand), "facts"

    def _tail(self, fact: Fact) -> str:
        """Advice that holds for everyone, once in a listing at most."""
        if not fact.kind.tails or not self.tail_left:
            return ""
        if not self.words.fits(fact.kind.tails_when, fact.value):
            return ""
        self.tail_left = self.is_plain = False
        return ("，" if self.zh else "; ") + self.chance.choice(fact.kind.tails)

    # -- sentences -----------------------------------------------------------------------------

    def sentences(self, told: Sequence[Fact]) -> list[str]:
        """All facts in sentences: those with a verb first, the others as a list of details."""
        spoken = [(f, p) for f in told if (p := self._phrase(f))]
        rest = [f for f in told if not self._phrase(f) and not self._too_long(f)]
        phrases = [p for _, p in spoken]
        size = 3 if len(phrases) % 3 != 1 or len(phrases) < 4 else 2
        chunks = [phrases[i : i + size] for i in range(0, len(phrases), size)]
        opening = 0 if not self.begun else -1
        out = [self._sentence(chunk, first=i == opening) for i, chunk in enumerate(chunks)]
        if rest:
            item = self.words.generic["item"]
            items = [
                item.format(
                    name=self._head_low(f), value=lower(f.value) if f.kind.soft else f.value
                )
                for f in rest
            ]
            joined = self.words.generic["item_joint"].join(items)
            detail = self.chance.choice(self.words.generic["details"]).format(items=joined)
            out.append(detail if out or self.begun or not self.zh else f"{self.subject()}{detail}")
        return out

    def choices(self, told: Sequence[Fact]) -> list[str]:
        """One sentence for each choice that the customer has."""
        out = []
        for fact in (f for f in told if f.many):
            form = self.chance.choice(self.words.options["many"])
            out.append(self._own_words(form.format(name=self._head_low(fact), value=fact.value)))
        return out

    def _too_long(self, fact: Fact) -> bool:
        return self.words.fits("sentence", fact.value) or fact.value.lower() in self.words.affirm

    def _phrase(self, fact: Fact) -> str:
        """A verb phrase for the fact, or "" when the bank has none that fits its value."""
        phrases = self.phrases(fact)
        if not phrases:
            return ""
        return phrases[hash_of(self.base, fact.name, str(self.seed)) % len(phrases)]

    def phrases(self, fact: Fact) -> list[str]:
        """All verb phrases that the bank has for the fact."""
        if self._too_long(fact) or not fact.kind.prose or fact.many:
            return []
        return [self._fill(form, fact) for form in self._forms(fact)]

    def _fill(self, form: str, fact: Fact) -> str:
        """A form with the fact in it."""
        if any(fact.value.endswith(s) and form.endswith("{value}" + s) for s in fact.kind.suffix):
            form = form[: form.rindex("{value}") + len("{value}")]
        name = self._head_low(fact)
        if fact.kind.strip:
            name = name.removesuffix(fact.kind.strip).strip()
        filled = form.format(
            value=self._soft(fact),
            value_lower=lower(fact.value),
            name=name,
            own=fact.name,
            article=article(name),
            article_value=article(fact.value),
        )
        return self._own_words(filled)

    def _forms(self, fact: Fact) -> Sequence[str]:
        """The phrases that fit the fact: by its name, its value's form, its kind, or any fact's."""
        kind, value, fits = fact.kind, fact.value, self.words.fits
        if named := kind.does_names.get(fact.name):
            return named
        for form, phrases in kind.does_forms.items():
            if fits(form, value):
                return phrases
        if (
            fact.id
            and kind.does
            and all(fits(form, value) for form in (kind.when, kind.prose_when, kind.does_when))
        ):
            return kind.does
        if not fits("short", value):
            return ()
        shape = shape_zh(fact) if self.zh else shape_en(self._head_low(fact), value, fits)
        phrase = self.words.generic.get(shape)
        return (str(phrase),) if phrase else ()

    def _sentence(self, phrases: Sequence[str], *, first: bool) -> str:
        if self.zh:
            subject = self.subject() if first else ""
            return subject + "，".join(phrases) + self.words.stop
        agreed = [agree(p, self.plural) for p in phrases]
        joined = join_verbs(agreed)
        subject = self.subject() if first else agree(self.words.pronoun, self.plural)
        return f"{subject} {joined}{self.words.stop}"

    def subject(self) -> str:
        comma = "，" if self.zh and len(self.name) > 8 else ""
        return self.words.subject.format(name=self.name) + comma

    def bare(self) -> str:
        """What to say of a product of which the row says no more than its name."""
        return self.chance.choice(self.words.bare).format(name=self.name)

    def note(self, fact: Fact) -> str:
        text = self.words.own_note.format(name=self.head(fact), value=fact.value)
        return text if text[-1] in ".!?。！？" else text + self.words.stop

    def closing(self) -> str:
        """Advice that holds for the whole group of goods, or ""."""
        if not hasattr(self, "_close"):
            self._close = self.chance.choice(self.group.close) if self.group.close else ""
        return self._close

    # -- keywords ------------------------------------------------------------------------------

    def keywords(self, told: Sequence[Fact]) -> Iterator[str]:
        """Search words: the name, the brand with it, the category, facts with the name."""
        shelf = shelves(self.facts.category)
        name = self.name
        if self.brand:
            name = re.sub(re.escape(self.brand), "", name, flags=re.I).strip() or name
        short = name if self.zh or len(name.split()) <= 5 else " ".join(name.split()[-3:])
        gap = "" if self.zh and is_cjk(short[:1]) else " "
        seen: set[str] = set()
        kinds = ("material", "fabric", "colour", "capacity", "scent")
        useful = [
            re.sub(r"^100\s?%\s?", "", f.value)
            for f in told
            if f.id in kinds and not f.many and len(f.value) <= 20 and not _LISTED.search(f.value)
        ]
        noun = shelf[-1] if self.zh and shelf and (len(short) > 8 or short == "商品") else short
        space = "" if self.zh and is_cjk(self.brand[-1:]) else " "
        branded = self.brand and self.brand.lower() not in noun.lower()
        found = [short, f"{self.brand}{space}{noun}" if branded else "", *reversed(shelf)]
        found += [
            f"{v}{gap}{noun}" for v in useful if not self._overlap(v, noun) and v[0] not in "0"
        ]
        found = [re.sub(r"[™®©]", "", w).strip() for w in found]
        for word in (w if self.zh else w.lower() for w in found):
            if (
                word
                and word != "商品"
                and word.lower() not in seen
                and not re.search(r"[,，。;；]", word)
            ):
                seen.add(word.lower())
                yield word

    def _overlap(self, value: str, noun: str) -> bool:
        """Whether words of the value are in the noun already ("linen" + "linen cover")."""
        if self.zh:
            return value in noun or any(value.endswith(noun[:n]) for n in (2, 3))
        return bool(set(value.lower().split()) & set(noun.lower().split()))

    # -- words ---------------------------------------------------------------------------------

    def _head_low(self, fact: Fact) -> str:
        """A head inside a sentence: lower case unless it is an abbreviation."""
        head = self.head(fact)
        return head if self.zh else " ".join(lower(w) for w in head.split())

    def _own_words(self, text: str) -> str:
        for ours, theirs in self.spelling.items():
            text = re.sub(rf"\b{ours}\b", theirs, text)
        return text

    def _soft(self, fact: Fact) -> str:
        """A value inside a sentence: "Matte Black" -> "matte black", "About 4" -> "about 4"; names
        and abbreviations stay as they are."""
        value = fact.value
        if self.zh or fact.id == "origin":
            return value
        if fact.id == "colour":
            return lower(value)
        if re.fullmatch(r"[A-Z][a-z][^A-Z]*", value) and fact.id:
            return value[0].lower() + value[1:]
        return re.sub(
            r"[A-Z][a-z-]+", lambda m: m[0].lower() if m[0].lower() in self.common else m[0], value
        )
