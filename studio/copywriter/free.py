"""A larger model's listing, judged field by field; the floor fills what does not pass.

A reply is read as JSON with the fields of the listing. Of several replies the best text of each
field is taken. A field that is missing or too long for the channel is asked for once more, by
itself; what is then still too long is shortened where a person would.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.channels import count, fit, one
from studio.copywriter import judge, replies
from studio.copywriter.layout import keywords_of
from studio.engines.glossary import is_cjk
from studio.engines.styling import has
from studio.schema import LIST_FIELDS, Copy, Facts, Limit, Origin

if TYPE_CHECKING:
    from studio.copywriter.planning import Work

Score = Callable[[Sequence[str]], Sequence[float]]  # mean log-probability of each text
_A_WORD = r"^[^{}\[\]\"]*(?:[^\W\d_]{3}|[\u3400-\u9fff]{2})"
_MARKS = "，。：；、！？ ,.:;!?"
_LEAST = 15  # code points of a description that is worth keeping
_MARK = re.compile(r"^\s*(?:[•·●▪*–—-]|\d{1,2}[.)、])\s+")
_LABEL = re.compile(
    r"^(?:title|headline|description|bullets?|keywords?|标题|描述|卖点|关键词)\s*[:：]\s*", re.I
)


def piece_of(name: str, limit: Limit) -> tuple[str, dict[str, Limit]]:
    """(purpose of the prompt, its limits) for one field asked for by itself."""
    head, _, key = name.partition(".")
    if head == "extra":
        return ("alt" if key.startswith("alt_") else key), {name: limit}
    purpose = "bullet" if head == "bullets" and key else "text" if head == "description" else head
    return purpose, {head: limit}


def read_replies(work: Work, said: Sequence[str], searched: tuple[Path, ...]) -> Reading:
    """The replies to the whole-listing prompt, read."""
    reading = Reading(work, searched)
    for reply in said:
        reading.read(reply)
    return reading


class Reading:
    """What a model said of one listing, and why parts of it may not stand."""

    def __init__(self, work: Work, searched: tuple[Path, ...]) -> None:
        self.work, self.searched = work, searched
        self.locale = work.order.brief.locale
        facts, product = work.facts, work.order.product
        values = (t for a in facts.attributes for t in (a.name, a.value))
        self.known = [facts.title, facts.category, facts.description, product.brand, *values]
        self.failed: dict[str, str] = {}
        self.candidates: list[dict[str, Any]] = []
        self.loose = False  # a reply had no JSON: its fields are asked for one by one

    def read(self, reply: str) -> None:
        """Take a whole-listing reply. Without JSON its prose may still be the description; a
        refusal, another language or nothing at all is told, and not asked for again."""
        parsed = replies.parse(reply)
        if parsed is not None:
            self.candidates.append(_flat(parsed))
            return
        why = judge.wrong(reply, self.known, self.locale, self.searched)
        self.failed["listing"] = "the reply was no JSON" + (f" ({why})" if why else "")
        if not why:
            self.loose = True
            self.candidates.append({"description": judge.whole(reply, 6)})

    def add(self, name: str, reply: str) -> None:
        """Take the reply to a field asked for by itself: it goes before the others."""
        parsed = replies.parse(reply)
        value: Any = _flat(parsed).get(name) if parsed else _clean(reply)
        if name in LIST_FIELDS and not parsed:
            value = [_MARK.sub("", line) for line in _split(reply, name)]
        self.candidates.insert(0, {name: value or ""})

    def wants(self) -> dict[str, tuple[str, str]]:
        """The fields to ask for once more: (what was too long, its size); ("", "") when missing."""
        out: dict[str, tuple[str, str]] = {}
        for name, limit in self.work.limits.items() if self.candidates else ():
            texts = [c[name] for c in self.candidates if c.get(name)]
            if not texts and self.loose:
                out[name] = ("", "")
            elif texts and name not in LIST_FIELDS and limit.max is not None:
                sizes = [count(text, limit.unit) for text in texts]
                if min(sizes) > limit.max:
                    out[name] = (texts[0], str(sizes[0]))
        return out

    def listing(self, score: Score | None = None) -> Copy:
        """The floor with what passes of the model's words in its place, the best of several."""
        text, limits = self.work.floor, self.work.limits
        for name in limits:
            if name in LIST_FIELDS:
                continue
            good = []
            for candidate in self.candidates:
                shown, why = self.one(name, str(candidate.get(name, "")), limits[name])
                good += [(shown, why)] if shown else []
                if why and why != "empty":
                    self.failed.setdefault(name, why)
            if good:
                raw = {_clean(str(c.get(name, ""))) for c in self.candidates}
                whole = [shown for shown, _ in good if shown in raw]  # what need not be shortened
                chosen = self.best(whole or [shown for shown, _ in good], score)
                text = text.replace(name, chosen, "model")
                if (chosen, "") in good:
                    self.failed.pop(name, None)
        for candidate in self.candidates:
            if wanted := candidate.get("bullets"):
                text = self._bullets(text, wanted, limits["bullets"])
                break
        words = [w for c in self.candidates for w in c.get("keywords") or ()]
        return self._keywords(text, words, limits["keywords"]) if "keywords" in limits else text

    def best(self, texts: Sequence[str], score: Score | None = None) -> str:
        """Of texts that all may stand: the one with the most facts, then the one that agrees with
        the others (what one alone says is doubtful), then the most fluent under the model."""
        if len(set(texts)) < 2:
            return texts[0]
        fluent = score(texts) if score else [0.0] * len(texts)

        def worth(place: int) -> tuple[int, float, float]:
            low = texts[place].lower()
            facts = sum(f.value.lower() in low for f in self.work.known)
            others = [_alike(low, t.lower()) for i, t in enumerate(texts) if i != place]
            return facts, round(sum(others) / len(others), 2), fluent[place]

        return texts[max(range(len(texts)), key=worth)]

    def one(self, name: str, wanted: str, limit: Limit) -> tuple[str, str]:
        """(a text that may stand, or ""; why not, or what of it could not) for one field."""
        each = one(name, limit)
        shown = fit(_clean(wanted), each, self.locale).text
        if not shown:
            return "", "empty"
        if name == "title" and len(judge.sentences(shown)) > 1:
            return "", "a text in place of a title"
        if not self._about(shown) or (name == "title" and not _names(shown, self.work.facts)):
            return "", "it is not about the product"
        if name != "description":
            why = self.wrong(name, shown)
            return ("", why) if why else (shown, "")
        if len(shown) < _LEAST:
            return "", "too short"
        why = self.wrong(name, shown)
        if not why:
            return shown, ""
        good = [s for s in judge.sentences(shown) if not self.wrong(name, s)]
        joined = ("" if is_cjk(shown) else " ").join(good)
        enough = len(good) >= 2 and not self.wrong(name, joined)
        return (joined if enough else ""), why

    def _about(self, text: str) -> bool:
        """Whether a text shares a word with the facts (two characters in Chinese)."""
        low, known = text.lower(), "\n".join(self.known).lower()
        if is_cjk(low):
            grams = (low[i : i + 2] for i in range(len(low) - 1))
            return any(gram in known for gram in grams if gram.strip(_MARKS) == gram)
        words = re.findall(r"[^\W_]{3,}|\d+", low)
        return any(re.search(rf"\b{re.escape(word)}", known) for word in words) or is_cjk(known)

    def wrong(self, name: str, text: str) -> str:
        """Why a text may not stand, or ""."""
        if why := judge.wrong(text, self.known, self.locale, self.searched):
            return why
        if why := judge.echo(text, (prompt.system for prompt in self.work.prompts)):
            return why
        if word := has(text, self.work.manner.avoid):
            return f"a word that the shop avoids: {word}"
        return "" if self.work.order.accept(name, text) else "claims or rules"

    def _bullets(self, text: Copy, wanted: Sequence[str], limit: Limit) -> Copy:
        """The model's bullets that pass, then the floor's for facts that they leave out."""
        taken: list[tuple[str, Origin]] = []
        for number, bullet in enumerate(wanted[: limit.count]):
            shown, why = self.one(f"bullets.{number}", bullet, limit)
            if shown:
                taken.append((shown, "model"))
            elif why != "empty":
                self.failed.setdefault(f"bullets.{number}", why)
        if not taken:
            return text
        said = " ".join(bullet for bullet, _ in taken).lower()
        for number, bullet in enumerate(text.bullets):
            value = next((f.value for f in self.work.known if f.value in bullet), bullet)
            if value.lower() not in said:
                taken.append((bullet, text.origin.get(f"bullets.{number}", "facts")))
        return _listed(text, "bullets", taken[: limit.count])

    def _keywords(self, text: Copy, wanted: Sequence[str], limit: Limit) -> Copy:
        about = any(map(self._about, wanted))  # one of them at least; others may be synonyms
        words = [w for w in wanted if about and re.search(_A_WORD, w)]
        good = [w for w in words if not self.wrong("keywords.0", w)]
        own = {w.lower() for w in good}
        both: list[tuple[str, Origin]] = [(w, "model") for w in good]
        both += [(w, "facts") for w in text.keywords if w.lower() not in own]
        kept = set(keywords_of([w for w, _ in both], limit))
        return _listed(text, "keywords", [pair for pair in both if pair[0] in kept])


def _alike(one_: str, other: str) -> float:
    """The share of the words (characters in Chinese) that two texts have in common."""
    a, b = (set(re.findall(r"[\u3400-\u9fff]|[^\W_]+", text)) for text in (one_, other))
    return len(a & b) / max(1, len(a | b))


def _flat(parsed: dict[str, Any]) -> dict[str, Any]:
    extra = {f"extra.{key}": text for key, text in parsed["extra"].items()}
    return {**{k: v for k, v in parsed.items() if k != "extra"}, **extra}


def _clean(reply: str) -> str:
    """A field's text without the quotes, labels and code marks that models put around it."""
    text = re.sub(r"^```\w*\n?|\n?```$|\*\*", "", reply.strip()).strip()
    text = _LABEL.sub("", text).strip()
    return text[1:-1] if len(text) > 2 and text[0] + text[-1] in ('""', "“”", "「」") else text


def _split(reply: str, name: str) -> list[str]:
    parts = re.split(r"\n+" if name == "bullets" else r"[,，、;；\n]+", _clean(reply))
    return [part.strip() for part in parts if part.strip()]


def _names(title: str, facts: Facts) -> bool:
    """Whether a title is about the product: it shares a word with the merchant's own."""
    if is_cjk(facts.title) and is_cjk(title):
        own = facts.title
        return any(own[i : i + 2] in title for i in range(len(own) - 1) if is_cjk(own[i]))
    if is_cjk(facts.title):
        return True
    own_words = set(re.findall(r"[^\W_]{3,}", facts.title.lower()))
    return not own_words or bool(own_words & set(re.findall(r"[^\W_]{3,}", title.lower())))


def _listed(text: Copy, field: str, items: Sequence[tuple[str, Origin]]) -> Copy:
    """The copy with a list field set, and the origin of each piece."""
    origin = {k: v for k, v in text.origin.items() if not k.startswith(f"{field}.")}
    origin |= {f"{field}.{i}": made for i, (_, made) in enumerate(items)}
    update: dict[str, Any] = {field: tuple(t for t, _ in items), "origin": origin}
    return text.model_copy(update=update)
