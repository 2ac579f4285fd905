"""Puts the facts of one product into the words of a phrase bank."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from studio.engines.glossary import is_cjk
from studio.engines.naming import Naming
from studio.engines.phrases import Bank, Fact, common_words
from studio.engines.styling import has
from studio.engines.wording import (
    adjective,
    agree,
    article,
    chunked,
    hash_of,
    join_verbs,
    lower,
    lowered,
    shape_en,
    shape_zh,
    soft,
    unnumbered,
)
from studio.schema import Facts, Noun, Origin

_INSIDE = re.compile(r"\s*(?:\([^()]*\)|（[^（）]*）|【[^【】]*】)\s*")
_ADVICE = re.compile(r"(?<=[。！？])|(?<=[.!?])\s+(?=[A-Z])|\s+(?=\d[.、：:])")
_MEASURED = re.compile(r"约?[Φφ]?\d[\d.]*(?![\d.\s]*%)")
_COMMON = ("material", "fabric", "colour", "connectivity")  # told in common words
_MANY = 5  # facts from which on bullets are shared
_MOST = 9  # facts that a description says in sentences; the others follow as lines


class Piece(Noun):
    """A bullet, a sentence or a line. `says`: the keys of its facts; `again`: its form after the
    product has been named."""

    text: str
    says: tuple[str, ...] = ()
    kind: str = ""  # of a line: its fact's, "choice:colour" for a choice; of a sentence: "choice"
    again: str = ""
    own: bool = False  # the merchant's own words, which nobody asked for
    origin: Origin = "phrases"


class Speaker(Naming):
    """Puts facts into the words of a bank."""

    def __init__(
        self,
        words: Bank,
        locale: str,
        facts: Facts,
        brand: str,
        chance: random.Random,
        searched: tuple[Path, ...],
        avoid: Sequence[str] = (),
    ) -> None:
        super().__init__(words, facts, brand, searched)
        self.avoid = avoid  # words that the shop does not use
        self.chance, self.seed = chance, str(chance.random())
        self.spelling = words.spelling.get(locale, {})
        self.common = common_words(searched) | {"about", "approx", "up", "over"}
        self.tail_left = chance.random() < 0.5

    # -- bullets -------------------------------------------------------------------------------

    def head(self, fact: Fact) -> str:
        """What stands before the colon: our word for the kind, or the merchant's."""
        head = fact.name if fact.kind.head_own or not fact.kind.head else fact.kind.head
        for form, other in fact.kind.heads.items():
            head = other if self.words.fits(form, fact.value) else head
        head = head.replace("{Name}", fact.name)
        return self._own_words(head if self.zh else head[:1].upper() + head[1:])

    def bullets(self, told: Sequence[Fact]) -> list[Piece]:
        """One bullet for each fact, or for kinds that belong together when there are many."""
        left = list(told)
        out: list[Piece] = []
        while left:
            fact = left.pop(0)
            group = self._bundle(fact, left) if len(told) > _MANY else None
            if group is None:
                out.append(self._bullet(fact))
                continue
            head, others = group
            left = [f for f in left if f not in others]
            values = ("，" if self.zh else ", ").join(self._shown(f) for f in (fact, *others))
            text = self.words.plain_bullet.format(head=head, value=values)
            out.append(Piece(text=text, says=tuple(f.key for f in (fact, *others)), origin="facts"))
        return out

    def _bundle(self, fact: Fact, left: Sequence[Fact]) -> tuple[str, list[Fact]] | None:
        for bundle in self.words.bundles:
            short = [f for f in left if f.id in bundle.kinds and len(f.value) <= 40 and not f.many]
            if fact.id in bundle.kinds and short and not fact.many and len(fact.value) <= 40:
                return self._own_words(bundle.head), short[:2]
        return None

    def _bullet(self, fact: Fact) -> Piece:
        text, origin = self._shown(fact), "facts"
        if fact.value.lower() in self.words.affirm and not self.zh:
            return Piece(text=self.head(fact), says=(fact.key,), origin="facts")
        head = self.head(fact)
        if fact.many:
            head = self.words.choices["heads"].get(fact.id) or self.words.choices["bullet"].format(
                head=head
            )
            head = self._own_words(head)
        elif tail := self._tail(fact):
            text, origin = text + tail, "phrases"
        text = self.words.plain_bullet.format(head=head, value=text)
        return Piece(
            text=text, says=(fact.key,), origin="phrases" if origin != "facts" else "facts"
        )

    def brand_bullet(self) -> Iterator[Piece]:
        if self.brand:
            text = self.words.plain_bullet.format(head=self.words.brand, value=self.brand)
            yield Piece(text=text, origin="facts")

    def _tail(self, fact: Fact) -> str:
        """Advice that holds for everyone, once in a listing at most."""
        tails = [tail for tail in fact.kind.tails if not has(tail, self.avoid)]
        if not (tails and self.tail_left and self.words.fits(fact.kind.tails_when, fact.value)):
            return ""
        self.tail_left = False
        return ("，" if self.zh else "; ") + self.chance.choice(tails)

    def _shown(self, fact: Fact) -> str:
        """A value after a colon."""
        soft = fact.kind.soft or fact.many or fact.id in _COMMON
        return self._lowered(fact.value) if soft and not self.zh else fact.value

    # -- sentences -----------------------------------------------------------------------------

    def spoken(self, told: Sequence[Fact]) -> list[Fact]:
        """The facts that sentences say; the others are lines of their own."""
        return [f for f in told if self.phrases(f)][:_MOST]

    def sentences(self, told: Sequence[Fact]) -> list[Piece]:
        """The facts in sentences, those of a theme together."""
        chunks = chunked(self.spoken(told), self.words.themes, 4 if self.zh else 3)
        return [self._sentence(chunk, first=i == 0) for i, chunk in enumerate(chunks)]

    def _sentence(self, chunk: Sequence[Fact], *, first: bool) -> Piece:
        says = tuple(f.key for f in chunk)
        if self.zh:
            body = "，".join(self._phrases_of(chunk)) + self.words.stop
            return Piece(text=self.subject() + body if first else body, says=says, again=body)
        named, pronoun = self.subject(), agree(self.words.pronoun, self.plural)
        lead, rest = self._front(chunk)
        verbs = join_verbs([agree(self._phrase(f), self.plural) for f in rest])
        if lead:
            named = named[0].lower() + named[1:] if named.startswith("The ") else named
            texts = [f"{lead}, {s} {verbs}{self.words.stop}" for s in (named, pronoun.lower())]
        else:
            texts = [f"{s} {verbs}{self.words.stop}" for s in (named, pronoun)]
        return Piece(text=texts[0] if first else texts[1], says=says, again=texts[1])

    def _front(self, chunk: Sequence[Fact]) -> tuple[str, Sequence[Fact]]:
        """ "Made of wool" for one fact of several, in every other sentence."""
        for fact in chunk if len(chunk) > 1 else ():
            usual = self._forms(fact) is fact.kind.does
            if fact.kind.front and usual and hash_of(self.seed, fact.name) % 2:
                forms = fact.kind.front
                form = forms[hash_of(self.seed, fact.value) % len(forms)]
                lead = self._fill(form, fact)
                if not has(lead, self.avoid):
                    return lead, [f for f in chunk if f is not fact]
        return "", chunk

    def choices(self, told: Sequence[Fact], before: Sequence[Piece]) -> list[Piece]:
        """What the customer can choose: colour and size in one sentence, others one by one."""
        many = {f.id or f.name: f for f in told if f.many}
        frames, out = self.words.choices, []
        pair = [many.pop(kind) for kind in ("colour", "size") if kind in many]
        if pair:
            forms = frames["_".join(f.id for f in pair)]
            if any("come" in piece.text for piece in before):
                forms = [form for form in forms if "come" not in form] or forms
            forms = [form for form in forms if not has(form, self.avoid)] or forms
            values = {f.id: self._offered(f) for f in pair}
            values["size_or"] = self._offered(pair[-1], "or")
            text = agree(self.chance.choice(forms), self.plural).format(**values)
            named = agree(frames["named"], self.plural).format(
                subject=self.subject(), what=frames["what"]["_".join(f.id for f in pair)]
            )
            named = named.format(**values)
            out.append(self._offer(text, named, pair, first=not before))
        for fact in many.values():
            form = self.chance.choice(frames["other"])
            text = form.format(name=self._head_low(fact), value=fact.value)
            text = text[:1].upper() + text[1:]
            named = f"{self.subject()}{text}" if self.zh else f"{self.name}. {text}"
            out.append(self._offer(text, named, [fact], first=not before and not out))
        return out

    def _offer(self, text: str, named: str, facts: Sequence[Fact], *, first: bool) -> Piece:
        text, named = self._own_words(text), self._own_words(named)
        says = tuple(f.key for f in facts)
        return Piece(text=named if first else text, says=says, again=text, kind="choice")

    def _offered(self, fact: Fact, word: str = "") -> str:
        """ "black, blue or red"; sizes are joined by "and" unless told otherwise."""
        if self.zh:
            return fact.value
        value = self._lowered(fact.value) if fact.id == "colour" else fact.value
        word = word or ("or" if fact.id == "colour" else "and")
        if re.search(r" and .*,", value):  # "white and grey, black": one of them is a pair
            return re.sub(r", (?=[^,]*$)", f", {word} ", value)
        return re.sub(r" and (?=[^,;]*$)", f" {word} ", value)

    def details(self, told: Iterable[Fact]) -> list[Piece]:
        """Each fact as a line, for those that neither a bullet nor a sentence says."""
        form = self.words.plain_bullet
        return [
            Piece(
                text=self._bullet(f).text
                if f.many
                else form.format(head=self.head(f), value=self._shown(f)),
                says=(f.key,),
                kind=f"choice:{f.id}" if f.many else f.id,
                origin="facts",
            )
            for f in told
            if f.value.lower() not in self.words.affirm
        ]

    def _too_long(self, fact: Fact) -> bool:
        told = self.words.fits("sentence", fact.value) or (self.zh and "：" in fact.value)
        return told or fact.value.lower() in self.words.affirm

    def _phrases_of(self, chunk: Sequence[Fact]) -> list[str]:
        """A verb phrase for each fact, no two of them with the same beginning where it can be."""
        forms = {f.key: self.phrases(f) for f in chunk}
        taken = {f[0][:2]: key for key, f in forms.items() if len(f) == 1}
        out: list[str] = []
        for fact in chunk:
            others = [start for start, key in taken.items() if key != fact.key]
            out.append(self._phrase(fact, (*others, *(phrase[:2] for phrase in out))))
        return out

    def _phrase(self, fact: Fact, but: tuple[str, ...] = ()) -> str:
        """A verb phrase for the fact, or "" when the bank has none that fits its value."""
        phrases = [p for p in self.phrases(fact) if not p.startswith(but)] or self.phrases(fact)
        if not phrases:
            return ""
        return phrases[hash_of(self.base, fact.name, self.seed) % len(phrases)]

    def phrases(self, fact: Fact) -> list[str]:
        """All verb phrases that the bank has for the fact."""
        if self._too_long(fact) or not fact.kind.prose or fact.many:
            return []
        filled = (self._fill(form, fact) for form in self._forms(fact))
        return [phrase for phrase in filled if not has(phrase, self.avoid)]

    def _fill(self, form: str, fact: Fact) -> str:
        """A form with the fact in it."""
        if any(fact.value.endswith(s) and form.endswith("{value}" + s) for s in fact.kind.suffix):
            form = form[: form.rindex("{value}") + len("{value}")]
        if self.zh and _MEASURED.match(fact.value):  # 容量64GB, not 容量为64GB
            form = form.replace("为{value}", "{value}")
        name = self._head_low(fact)
        if fact.kind.strip:
            name = name.removesuffix(fact.kind.strip).strip()
        value = self._soft(fact)
        filled = form.format(
            value=value,
            value_lower=lower(fact.value),
            value_adjective=adjective(value),
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
        if kind.does or not fits("short", value):
            return ()
        shape = shape_zh(fact) if self.zh else shape_en(self._head_low(fact), value, fits)
        phrase = self.words.generic.get(shape)
        return (str(phrase),) if phrase else ()

    def subject(self) -> str:
        if not self.zh and "'s " in self.name.replace("’", "'"):
            return self.name  # "Paul's Mug" takes no article
        usual = self.group.subjects or self.words.subjects
        forms = [f for f in usual if "款" not in f or not self.name.endswith("款")]
        text = forms[hash_of(self.seed, self.base) % len(forms)].format(name=self.name)
        run_on = len(text) > 9 or not is_cjk(text[-1])  # "8A运行内存" would read as one word
        return text + "，" if self.zh and run_on and text[-1] != "，" else text

    def bare(self) -> Piece:
        """What to say of a product of which the row says no more than its name."""
        whole = _INSIDE.sub(" ", self.base).strip() if self.zh else self.name
        name = whole if len(whole) <= 80 else self.name
        return Piece(text=self.chance.choice(self.words.bare).format(name=name))

    def note(self, fact: Fact) -> str:
        """The merchant's advice without what is about the shop (delivery, service), or ""."""
        parts = [p for p in _ADVICE.split(fact.value) if p.strip() and not self.words.unfit(p)]
        if not parts:
            return ""
        parts = unnumbered([p.strip() for p in parts])
        if self.zh:  # 1.… 2.…: a point without a stop gets one
            parts = [p if p[-1] in "。！？；;，," else f"{p}；" for p in parts[:-1]] + parts[-1:]
        value = ("" if self.zh else " ").join(parts)
        text = self.words.own_note.format(name=self.head(fact), value=value)
        return text if text[-1] in ".!?。！？" else text + self.words.stop

    def closing(self) -> str:
        """Advice that holds for the whole group of goods, or ""."""
        return self.chance.choice(self.group.close) if self.group.close else ""

    # -- words ---------------------------------------------------------------------------------

    def _head_low(self, fact: Fact) -> str:
        """A head inside a sentence: lower case unless it is an abbreviation."""
        head = self.head(fact)
        return head if self.zh else " ".join(lower(w) for w in head.split())

    def _own_words(self, text: str) -> str:
        for ours, theirs in self.spelling.items():
            text = re.sub(rf"\b{ours}\b", theirs, text)
        return text

    def _lowered(self, value: str) -> str:
        return lowered(value, self.words.proper)

    def _soft(self, fact: Fact) -> str:
        return fact.value if self.zh else soft(fact, self.words.proper, self.common)
