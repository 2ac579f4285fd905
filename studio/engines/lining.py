"""The facts of one product as lines: bullets, details, the merchant's advice."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from studio.engines.naming import Naming
from studio.engines.phrases import Bank, Fact, common_words
from studio.engines.styling import has
from studio.engines.wording import lowered, unnumbered
from studio.schema import Facts, Noun, Origin

_ADVICE = re.compile(r"(?<=[。！？])|(?<=[.!?])\s+(?=[A-Z])|\s+(?=\d[.、：:])")
_COMMON = ("material", "fabric", "colour", "connectivity")  # told in common words
_SIZES = {"size": "dimensions"}  # kinds that tell the same
_SIZED = re.compile(  # a size in a column of sizes, where 6卡位 and 24粒 stand too
    r"[×x*]|\d\s?(?:[cm]?m|in|inch|ft|厘米|毫米|米|寸|英寸|\"|″)|[号码]$"
    r"|^(?:\d*X*[SML]|One Size|均码)$",
    re.IGNORECASE,
)
_MANY = 5  # facts from which on bullets are shared


class Piece(Noun):
    """A bullet, a sentence or a line. `says`: the keys of its facts; `again`: its form after the
    product has been named."""

    text: str
    says: tuple[str, ...] = ()
    kind: str = ""  # of a line: its fact's, "choice:colour" for a choice; of a sentence: "choice"
    again: str = ""
    own: bool = False  # the merchant's own words, which nobody asked for
    origin: Origin = "phrases"


class Liner(Naming):
    """Puts facts into lines, a head and a value each."""

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
            near = [f for f in (fact, *left) if f.id in bundle.kinds and not f.many]
            near = [f for f in near if f.id != "size" or _SIZED.search(f.value)]
            short = [f for f in near if len(f.value) <= 40]
            ids = [_SIZES.get(f.id, f.id) for f in short]  # two sizes are no size and weight
            short = [f for f, id_ in zip(short, ids, strict=True) if ids.count(id_) == 1]
            if fact in short and len(short) > 1:
                return self._own_words(bundle.head), short[1:3]
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
        if self.zh or not soft:
            return fact.value
        value = self._lowered(fact.value)
        return re.sub(r",? and (?=[^,;]*$)", ", ", value) if fact.kind.traits else value

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

    def _own_words(self, text: str) -> str:
        for ours, theirs in self.spelling.items():
            text = re.sub(rf"\b{ours}\b", theirs, text)
        return text

    def _lowered(self, value: str) -> str:
        return lowered(value, self.words.proper)
