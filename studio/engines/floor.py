"""The floor: copy from facts and the phrase bank alone; it says what the row says, no more.

`compose` gives the pieces of a listing, best first; who lays them out keeps the channel's limits
by taking pieces while they fit, so nothing has to be cut. One seed gives one text.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from studio.engines.phrases import (
    LANGUAGES,
    Bank,
    Fact,
    bank,
    common_words,
    group_of,
    is_cjk,
    listed,
    plain,
    ready,
)
from studio.engines.phrases import told as few_of
from studio.schema import Facts, Noun, Origin, locale_language

_BRACKETS = re.compile(r"\s*(?:\([^()]*\)|（[^（）]*）|【[^【】]*】|\[[^\[\]]*\])\s*")
_QUANTITY = r"\d+(?:[.,]\d+)?\s?(?:ml|l|cm|mm|m|kg|g|oz|lb|w|v|mah|gb|tb|in|inch)\b"
LEANS = re.compile(
    r"(?:But|And|Also|So|It|They|These|This|Its|Their|However|Plus|Or)\b|[但而并也它此还]|同时|因此|所以|PS"
)
_LINK = re.compile(r"https?:|www\.|@|\d{7,}|微信|QQ|<[^>]+>|\b[A-Za-z]+\.(?:com|cn|net)\b", re.I)
_POINT = re.compile(r"^\s*(?:[•·●▪■*✔✓–—-]|\d{1,2}[.)、])\s*(?=\S)")
_SENTENCES = re.compile(r"(?<=[.!?])\s+(?=[A-Z\d\"“])|(?<=[。！？!?])")
_FORMS = re.compile(r"\[([^\[\]|]+)\|([^\[\]|]+)\]")
_LISTED = re.compile(r"[。；;：:!、,，/]| and (?!\w+$)")
_SINGULAR_S = ("ss", "us", "is")


class Pieces(Noun):
    """What a listing can be laid out from. Texts come in the order in which they matter."""

    name: str  # how a sentence calls the product
    title: tuple[str, ...] = ()  # the base, then facts that may follow it
    title_joint: str = ", "
    bullets: tuple[tuple[str, Origin], ...] = ()
    own: tuple[str, ...] = ()  # the merchant's own sentences
    sentences: tuple[str, ...] = ()  # facts in sentences
    notes: tuple[str, ...] = ()  # the merchant's advice
    close: str = ""
    keywords: tuple[str, ...] = ()
    joint: str = " "  # between sentences
    subject: str = ""  # how the first sentence begins, and what may stand there instead
    pronoun: str = ""


def compose(
    facts: Facts,
    brand: str,
    locale: str,
    seed: int = 0,
    searched: tuple[Path, ...] = (),
    said: frozenset[str] = frozenset(),
) -> Pieces:
    """The pieces of a listing in a locale (languages without a bank are served in English).

    `said`: values that a text before the sentences says already; they are not said again.
    """
    language = locale_language(locale) if locale_language(locale) in LANGUAGES else "en"
    words = bank(language, searched)
    chance = random.Random(seed)  # noqa: S311 - varies phrases, guards nothing
    known = ready(facts, locale, searched)
    speak = _Speaker(words, locale, facts, brand, chance, searched)
    points, own = _own(facts.description, words)
    if not own and len(known) < 2:
        own = speak.title_parts()
    title = _norm(facts.title)
    told = [
        f for f in known if not f.kind.note and not (f.id == "model" and _norm(f.value) in title)
    ]
    bullets = [(speak.bullet(f), "facts" if speak.is_plain else "phrases") for f in told]
    left = [f for f in told if f.value not in said]
    speak.begun = bool(said)
    sentences = [*speak.sentences([f for f in left if not f.many]), *speak.choices(left)]
    return Pieces(
        name=speak.name,
        title=tuple(speak.title(told)),
        title_joint=" " if language == "zh" else ", ",
        bullets=(*_typed(bullets), *((p, "facts") for p in points), *speak.brand_bullet()),
        own=tuple(own),
        sentences=tuple(sentences) if sentences or said else (speak.bare(),),
        notes=tuple(speak.note(f) for f in known if f.kind.note),
        close=speak.closing() if sentences else "",
        keywords=tuple(speak.keywords(told)),
        joint="" if language == "zh" else " ",
        subject=speak.subject(),
        pronoun=_agree(words.pronoun, speak.plural),
    )


def _typed(bullets: Sequence[tuple[str, str]]) -> Iterator[tuple[str, Origin]]:
    for text, origin in bullets:
        yield text, "facts" if origin == "facts" else "phrases"


class Speech(Noun):
    """What a text about a product may be put together from: subject, and phrases by value."""

    name: str
    subject: str
    pronoun: str
    phrases: dict[str, tuple[str, ...]]  # a fact's name -> verb phrases that say it


def speech(facts: Facts, brand: str, locale: str, searched: tuple[Path, ...] = ()) -> Speech:
    """The phrases of the facts that a small model is given, with verbs that agree."""
    language = locale_language(locale) if locale_language(locale) in LANGUAGES else "en"
    words = bank(language, searched)
    speak = _Speaker(words, locale, facts, brand, random.Random(0), searched)  # noqa: S311
    found = {f.name: speak.phrases(f) for f in few_of(ready(facts, locale, searched))}
    return Speech(
        name=speak.name,
        subject=speak.subject(),
        pronoun=_agree(words.pronoun, speak.plural),
        phrases={v: tuple(_agree(p, speak.plural) for p in ps) for v, ps in found.items() if ps},
    )


class _Speaker:
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
            name = _short_zh(name, plain(self.facts.category), self.words.types)
        elif len(name) > 60:
            name = " ".join(name.split()[:7])
        if self.brand and self.brand.lower() not in name.lower() and not is_cjk(self.brand + name):
            name = f"{self.brand} {name}"
        last = (name.split() or [""])[-1].lower()
        plural = last.endswith("s") and not last.endswith(_SINGULAR_S) and last.isalpha()
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
            said = _norm(fact.value) in _norm(" ".join(out)) or (first and first[0] in numbers)
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
            text = phrase.format(value=self._soft(fact), value_lower=_lower(fact.value))
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
                    name=self._head_low(f), value=_lower(f.value) if f.kind.soft else f.value
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
            value_lower=_lower(fact.value),
            name=name,
            own=fact.name,
            article=_article(name),
            article_value=_article(fact.value),
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
        shape = _shape_zh(fact) if self.zh else _shape_en(self._head_low(fact), value, fits)
        phrase = self.words.generic.get(shape)
        return (str(phrase),) if phrase else ()

    def _sentence(self, phrases: Sequence[str], *, first: bool) -> str:
        if self.zh:
            subject = self.subject() if first else ""
            return subject + "，".join(phrases) + self.words.stop
        agreed = [_agree(p, self.plural) for p in phrases]
        joined = _join_verbs(agreed)
        subject = self.subject() if first else _agree(self.words.pronoun, self.plural)
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
        shelf = _shelves(self.facts.category)
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
        return head if self.zh else " ".join(_lower(w) for w in head.split())

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
            return _lower(value)
        if re.fullmatch(r"[A-Z][a-z][^A-Z]*", value) and fact.id:
            return value[0].lower() + value[1:]
        return re.sub(
            r"[A-Z][a-z-]+", lambda m: m[0].lower() if m[0].lower() in self.common else m[0], value
        )


def hash_of(*parts: str) -> int:
    """A small steady number for texts (Python's own hash changes from run to run)."""
    from zlib import crc32

    return crc32("\x1f".join(parts).encode("utf-8", "replace"))


def _lower(text: str) -> str:
    """Lower case, word by word, but not for abbreviations and names like "USB-C" or "WiFi"."""
    return " ".join(w.lower() if len(w) > 1 and w[1:].islower() else w for w in text.split(" "))


def _article(word: str) -> str:
    return "an" if word[:1].lower() in "aeiou" or re.match(r"8|11\b|18\b", word) else "a"


def _shape_en(name: str, value: str, fits: Callable[[str, str], bool]) -> str:
    """Which general phrase fits a fact that has none of its own, "" for the list of details."""
    many = name.endswith("s") and not name.endswith(_SINGULAR_S)
    last, stem = value.split()[-1].lower(), name.split()[-1].rstrip("s")
    if last.rstrip("s") == stem:
        return "itself" if many or last.endswith("s") else "itself_one"
    if many:
        return "count" if fits("number", value) else ""
    return "quantity" if fits("quantity", value) else ""


def _shape_zh(fact: Fact) -> str:
    if fact.name in fact.value:
        own = "itself" if fact.value[0] in "含无可仅有带不" else "itself_one"
        return own if fact.value.endswith(fact.name) else ""
    return "close" if fact.value[0] in "含无可仅防不" else "plain"


def _agree(phrase: str, plural: bool) -> str:
    return _FORMS.sub(lambda m: m[2 if plural else 1], phrase)


def _join_verbs(phrases: Sequence[str]) -> str:
    """ "is made of wool and 9 cm wide, holds 2 L, and has a lid of oak and a handle" """
    groups: dict[str, list[str]] = {}
    for phrase in phrases:
        verb, _, rest = phrase.partition(" ")
        groups.setdefault(verb if verb in ("is", "are", "has", "have") else phrase, []).append(rest)
    order = sorted(groups, key=lambda verb: verb in ("has", "have"))
    parts = [v if " " in v else f"{v} {_series(groups[v])}" for v in order]
    return _series(parts)


def _series(items: Sequence[str]) -> str:
    """ "a, b and c", with a comma before the last "and" where an item has one of its own."""
    if len(items) > 1 and any(" and " in item or "," in item for item in items):
        return ", ".join(items[:-1]) + ", and " + items[-1]
    return listed(items, "en")


def _norm(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).lower()


def _shelves(category: str) -> list[str]:
    """The last two steps of a category path, without shops' own roots."""
    steps = re.split(r"\s*(?:->|>|/|\||›|,|，|＞)\s*", plain(category))
    roots = ("default category", "all", "全部", "其他", "其它", "uncategorized")
    return [s for s in steps if s.lower() not in roots and re.fullmatch(r"[\w&' ・·-]+", s)][-2:]


def _short_zh(name: str, category: str, types: Sequence[str]) -> str:
    """A name of up to 20 characters: whole parts of a long title, else what kind of thing it is."""
    if not is_cjk(name):
        return name if len(name) <= 48 else " ".join(name.split()[:6])
    whole = name.replace(" ", "") if is_cjk(name[:1]) and is_cjk(name[-1:]) else name
    if len(whole) <= 20:
        return whole
    short = ""
    for part in name.split():
        if len(short) + len(part) > 20:
            break
        short = f"{short} {part}".strip()
    if len(short) >= 6 and is_cjk(short):
        return short
    shelf = [s for s in _shelves(category) if s in name]
    return next((t for t in types if t in name), shelf[-1] if shelf else "商品")


def _own(description: str, words: Bank) -> tuple[list[str], list[str]]:
    """The merchant's own points and sentences, where they are in the language and clean."""
    points: list[str] = []
    sentences: list[str] = []
    zh = words.language == "zh"

    def usable(text: str) -> bool:
        clean = not _LINK.search(text) and not words.unfit(text)
        return clean and is_cjk(text) == zh and 4 <= len(text) <= 300

    for line in description.splitlines():
        if _POINT.match(line):
            point = plain(_POINT.sub("", line)).rstrip(" .。;；")
            points += [point] if usable(point) and len(point) <= 120 else []
            continue
        found = [plain(s) for s in _SENTENCES.split(line)]
        if zh:
            between = r"(?<=[\u3400-\u9fff])(?:\s+|\s*,\s*)(?=[\u3400-\u9fff])"
            found = [re.sub(between, "，", part) for part in found]
        if zh and len(found) == 1 and 6 <= len(found[0]) <= 60:
            found = [found[0] + ("" if found[0][-1] in "。！？；，" else "。")]
        for before, sentence in zip(["", *found], found, strict=False):
            leans = LEANS.match(sentence) and before not in sentences
            if usable(sentence) and sentence[-1] in ".!?。！？" and not leans:
                sentences.append(sentence)
    return points, sentences
