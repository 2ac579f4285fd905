"""Puts the facts of one product into sentences, in the words of a phrase bank."""

from __future__ import annotations

import re
from collections.abc import Sequence

from studio.engines.glossary import is_cjk
from studio.engines.lining import Liner, Piece
from studio.engines.phrases import Fact
from studio.engines.styling import has
from studio.engines.wording import (
    adjective,
    agree,
    article,
    chunked,
    hash_of,
    join_verbs,
    lower,
    shape_en,
    shape_zh,
    soft,
)

_INSIDE = re.compile(r"\s*(?:\([^()]*\)|（[^（）]*）|【[^【】]*】)\s*")
_MEASURED = re.compile(r"约|约?[Φφ]?\d[\d.]*(?![\d.\s]*[%号])")
_MOST = 9  # facts that a description says in sentences; the others follow as lines


class Speaker(Liner):
    """Puts facts into the words of a bank."""

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
            value = fact.value if self.zh else self._lowered(self._offered(fact, "or"))
            text = form.format(name=self._head_low(fact), value=value)
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

    def _too_long(self, fact: Fact) -> bool:
        told = self.words.fits("sentence", fact.value) or (self.zh and "：" in fact.value)
        again = self.zh and fact.kind.head_own and fact.value.startswith(fact.name[:2])
        return told or again or fact.value.lower() in self.words.affirm

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

    def closing(self) -> str:
        """Advice that holds for the whole group of goods, or ""."""
        return self.chance.choice(self.group.close) if self.group.close else ""

    def _head_low(self, fact: Fact) -> str:
        """A head inside a sentence: lower case unless it is an abbreviation."""
        head = self.head(fact)
        return head if self.zh else " ".join(lower(w) for w in head.split())

    def _soft(self, fact: Fact) -> str:
        return fact.value if self.zh else soft(fact, self.words.proper, self.common)
