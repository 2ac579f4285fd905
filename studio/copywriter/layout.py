"""Lays a listing out from pieces so that the channel's limits hold without cutting.

Pieces are taken best first while they fit; only a piece that must be there (a title) and is too
long by itself is shortened, at a place where a person would.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from studio.channels import count, fit, one, plain
from studio.copywriter.fields import Field, Source, build, grow, tags
from studio.copywriter.referring import SENTENCE, led_by, spoken, spoken_of, varied
from studio.engines.floor import Pieces, leans
from studio.engines.glossary import is_cjk
from studio.engines.lining import Piece
from studio.engines.wishes import NO_WISH, Wish
from studio.schema import Channel, Copy, Limit, Origin, locale_language

Accept = Callable[[str, str], bool]  # (field, text) -> may it stand in a listing

USUAL = {  # where a channel is silent
    "title": Limit(max=150),
    "bullets": Limit(max=200, count=5),
    "description": Limit(max=2000),
}
_KEYWORDS = Limit(count=8, each=40)
_TITLE = {"en": 80, "zh": 40}  # a title grows to this length by facts, however long it might be
_TOPICS = Limit(max=100, count=6)
_POINT = re.compile(r"^\d{1,2}[.、：:，,]\s*")
_TORN = re.compile(
    r"\s(?=\S*\d)(?!\S*(?:英寸|[GT]B?|cm|mm|ml|[克版号码])$)\S{1,14}$|(?<!简)约$|\s\S$"
)
_MODEL = re.compile(  # a code, or a name in Latin outside of brackets: WH-1000XM3, TrueWireless
    r"(?<![A-Za-z\d])(?=[A-Za-z-]*\d)[A-Z][A-Za-z\d]*-?[A-Za-z\d]{2,}"
    r"|(?<![（(A-Za-z])[A-Z][A-Za-z]{4,}(?![A-Za-z）)])"
)
_ONE = re.compile(r"\b(?:[Tt]he|[Tt]hat|[Tt]his) (?:[\w'’-]+ )?ones?\b")  # of what was named before
_NUMBERS = re.compile(r"\d+(?:\.\d+)?")
_OWN = 3  # sentences of the merchant at the head of a description


def limits_of(channel: Channel, asked: Sequence[str] = ()) -> dict[str, Limit]:
    """The limits of all that is written: the channel's, and usual ones where it is silent. Only a
    channel that has keywords gets them, or who `asked` for them."""
    more = {"keywords": _KEYWORDS} if "keywords" in asked else {}
    return {**USUAL, **more, **channel.fields}


def fits(text: str, limit: Limit) -> bool:
    return limit.max is None or count(text, limit.unit) <= limit.max


def lay_out(
    pieces: Pieces,
    channel: Channel,
    locale: str,
    accept: Accept,
    *,
    wish: Wish = NO_WISH,
    asked: Sequence[str] = (),
    extra: Mapping[str, Field] | None = None,
    emoji: bool = False,
    searched: tuple[Path, ...] = (),
    brand: str = "",
) -> Copy:
    """The floor's listing. Sentences that nobody asked for (the merchant's own, advice) are taken
    only if they are accepted; facts stand, and what the rules find in them is shown."""
    limits = limits_of(channel, asked)
    titles = (pieces.title, pieces.short_title)
    long, brief = (tuple(plain(part, channel, "title") for part in each) for each in titles)
    named = tuple(w for w in pieces.keywords if not _likened(w, long[0]))
    pieces = pieces.model_copy(update={"title": long, "short_title": brief, "keywords": named})
    usable = [p for p in pieces.bullets if not p.own or accept("bullets.0", p.text)]
    usable = [p for p in usable if not (pieces.joint and is_cjk(p.text))]  # "Brand: 禾渡"
    bullets = bullets_of(usable, limits["bullets"], locale)
    shown = frozenset(key for piece in bullets for key in piece.says)
    keywords = keywords_of(_whole_words(pieces), limits["keywords"]) if "keywords" in limits else []
    phrased: Origin = "phrases" if pieces.sentences else "facts"
    origin: dict[str, Origin] = {"title": "facts", "description": phrased}
    origin |= {f"bullets.{i}": piece.origin for i, piece in enumerate(bullets)}
    origin |= {f"keywords.{i}": "facts" for i in range(len(keywords))}
    text = Copy(
        title=title_of(pieces, limits["title"], locale, accept, short=wish.shorter),
        bullets=tuple(piece.text for piece in bullets),
        description=describe(
            pieces, limits["description"], locale, accept, shown, wish=wish, emoji=emoji
        ),
        keywords=tuple(keywords),
        origin=origin,
    )
    own = tuple(led_by(pieces, own_of(pieces, accept))[0])
    source = Source(pieces, text, own, channel, locale, emoji, searched, brand)
    for name, field in (extra or {}).items():
        if shaped := build(name, field, source):
            text = text.replace(f"extra.{name}", shaped, "phrases")
    return text


def title_of(
    pieces: Pieces, limit: Limit, locale: str, accept: Accept, *, short: bool = False
) -> str:
    """The merchant's title, shortened if need be, and as many facts as a good length allows, none
    where a short one is wished.

    A fact that makes an accepted title misread ("2GB内存 16GB") is left out. A title whose head
    would lose the word for the thing is built from the name.
    """
    whole = pieces.title
    if not fits(whole[0], limit) and not pieces.joint:
        whole = _shortened(pieces, limit, locale)
    title = fit(whole[0], limit, locale).text
    most = _TITLE.get(locale_language(locale), 80)
    for fact in whole[1:] if title == whole[0] and not short else ():
        longer = f"{title}{pieces.title_joint}{fact}"
        good = fits(longer, limit) and len(longer) <= most and not _told_by(title, fact)
        if good and (accept("title", longer) or not accept("title", title)):
            title = longer
    return title


def _likened(word: str, title: str) -> bool:
    """Whether a title has a word only to liken the thing to it: 充电宝级电量."""
    return word in title and not re.search(rf"{re.escape(word)}(?!级)", title)


def _whole_words(pieces: Pieces) -> list[str]:
    """Keywords that are of use as a whole: not "nylon and steel bag"."""
    return [w for w in pieces.keywords if " and " not in w]


def _told_by(title: str, fact: str) -> bool:
    """Whether a title says a fact in part, so that it would be told twice: "壶 大" and 大号, 3GB
    and 3GB+32GB."""
    size = re.fullmatch("([大中小])号", fact)
    first, _, second = fact.partition("+")
    return bool(size and re.search(rf"[ /]{size[1]}(?:$|[ /])", title)) or bool(
        second and re.search(rf"(?<![\d.]){re.escape(first)}(?![A-Za-z\d])", title)
    )


def _shortened(pieces: Pieces, limit: Limit, locale: str) -> tuple[str, ...]:
    """A Chinese title for a channel on which it is too long: its head; where that has no word for
    the thing, the model and the thing, or the name, the thing and facts."""
    whole, things = pieces.title[0], pieces.things
    head = _head(whole, limit, locale, [p.text.partition("：")[2] for p in pieces.details])
    if not things or any(thing in head for thing in things):
        return (head,)
    model = _MODEL.search(whole)
    if model and not re.search("[A-Za-z]", pieces.short_title[0]):
        room = limit.model_copy(
            update={"max": max(1, (limit.max or 0) - count(f" {things[0]}", limit.unit))}
        )
        named = f"{_head(whole, room, locale)} {things[0]}"
        if model[0] in named and fits(named, limit):
            return (named,)
    return pieces.short_title


def _head(whole: str, limit: Limit, locale: str, values: Sequence[str] = ()) -> str:
    """What fits of a title, without a code that the cut tore: "801(", 约."""
    head = fit(whole, limit, locale).text
    for value in values:  # nor one with half a fact at its end: 数码 of 数码印花
        start = whole.find(value)
        if 0 < start < len(head) < start + len(value):
            head = head[:start].rstrip()
    return _TORN.sub("", head) if re.match(r"\S", whole[len(head) :]) else head


def bullets_of(bullets: Sequence[Piece], limit: Limit, locale: str) -> list[Piece]:
    """Whole bullets up to the channel's number; only if none fits is the first shortened."""
    each = one("bullets.0", limit)
    whole = [piece for piece in bullets if fits(piece.text, each)]
    if not whole and bullets:
        shortened = fit(bullets[0].text, each, locale).text
        whole = [Piece(text=shortened, origin=bullets[0].origin)] if shortened else []
    return whole[: limit.count]


def describe(
    pieces: Pieces,
    limit: Limit,
    locale: str,
    accept: Accept,
    shown: frozenset[str] = frozenset(),
    *,
    first: str = "",
    wish: Wish = NO_WISH,
    emoji: bool = False,
) -> str:
    """The style's opening, a given text or the merchant's own sentences, the facts in sentences,
    lines for the facts that neither a bullet (`shown`) nor a sentence says, his advice, a close."""
    own, after = led_by(pieces, own_of(pieces, accept))
    if wish.shorter:
        own, after = own[: 0 if first else 1], after[: 0 if first or own else 1]
    opened = pieces.open if accept("description", pieces.open) else ""
    if first:
        named = spoken_of(pieces, pieces.joint.join(own) or opened)
        own.append(spoken(pieces, first) if named else first)
    named = bool(opened) if not own else spoken_of(pieces, pieces.joint.join(own))
    told, said = _told(pieces, named=named, wish=wish)
    told = [varied(" ".join(own), text) for text in told]
    said_so_far = set(_NUMBERS.findall(" ".join((first, *told))))
    fresh = [s for s in after if not (n := _NUMBERS.findall(s)) or not said_so_far.issuperset(n)]
    choices = {t for p in pieces.sentences if p.kind == "choice" for t in (p.text, p.again)}
    offers = [text for text in told if text in choices]
    told = [*(t for t in told if t not in offers), *fresh, *offers]  # what to choose comes last
    known = said if wish.longer else shown | said
    lines = [p for p in pieces.details if not known.issuperset(p.says)]
    if pieces.shape == "lines":
        lines, told = list(pieces.details), []
    joint = "\n" if pieces.shape != "prose" else pieces.joint
    text = grow([t for t in (opened, *own, *told) if t], joint, limit)
    if not text and not (own or told):  # no sentence can be made of what there is
        text = grow([p.text for p in pieces.details], "\n", limit, pieces.bare)
        text = text if pieces.details else f"{pieces.bare}{pieces.joint}{pieces.close}"
        return fit(text, limit, locale).text
    if not text:
        return fit((*own, *told)[0], limit, locale).text
    asked = [p for p in lines if wish.wants(p.text)] or ([] if wish.shorter else lines)
    text = grow(
        [(_mark(pieces, p.kind) if emoji else "") + p.text for p in asked], "\n", limit, text
    )
    if not wish.shorter:
        notes = [_allowed(note, pieces.joint, accept) for note in pieces.notes]
        text = grow(notes, "\n", limit, text)
    short = wish.longer or (limit.min and count(text, limit.unit) < limit.min)
    ends = [pieces.end, pieces.close if short else ""]
    ends = [end for end in ends if end and accept("description", end)]
    text = grow(ends, "\n" if "\n" in text else pieces.joint, limit, text)
    return grow([tags(pieces, _TOPICS)], "\n", limit, text) if pieces.hashtags else text


def _mark(pieces: Pieces, kind: str) -> str:
    """The style's emoji for a line about a kind of fact, or ""."""
    kind = kind.removeprefix("choice:")
    return pieces.marks.get(kind, pieces.marks.get("other", ""))


def _told(pieces: Pieces, *, named: bool, wish: Wish) -> tuple[list[str], frozenset[str]]:
    """The sentences of the facts (fewer when a shorter text is wished), and what they say."""
    most = 1 if wish.shorter else len(pieces.sentences)
    chosen = pieces.sentences[:most]
    chosen += tuple(p for p in pieces.sentences[most:] if wish.wants(p.text))
    told = [p.again if named and p.again else p.text for p in chosen[:1]]
    told += [p.text for p in chosen[1:]]
    return told, frozenset(key for p in chosen for key in p.says)


def own_of(pieces: Pieces, accept: Accept) -> list[str]:
    """The merchant's own first sentences that are accepted and don't lean on one that is not."""
    taken: list[str] = []
    for place, sentence in enumerate(pieces.own[: _OWN + 2]):
        alone = place > 0 and leans(sentence) and pieces.own[place - 1] not in taken
        alone = alone or bool(_ONE.search(sentence) and not taken)
        if len(taken) < _OWN and not alone and accept("description", sentence):
            taken.append(sentence)
    return taken


def _allowed(note: str, joint: str, accept: Accept) -> str:
    """The merchant's advice, or those of its sentences that are accepted."""
    if accept("description", note):
        return note
    _, _, body = note.partition("：" if "：" in note[:12] else ": ")
    parts = (_POINT.sub("", s.strip()) for s in SENTENCE.findall(body))
    kept = [part for part in parts if len(part) > 3 and accept("description", part)]
    return note[: len(note) - len(body)] + joint.join(kept) if kept else ""


def keywords_of(keywords: Sequence[str], limit: Limit) -> list[str]:
    """Whole keywords within the limits of one and of all together."""
    each = one("keywords.0", limit) if limit.each is not None else Limit()
    total = Limit(max=limit.max, unit=limit.unit)
    taken: list[str] = []
    for word in keywords:
        if fits(word, each) and fits(" ".join([*taken, word]), total):
            taken.append(word)
    return taken[: limit.count if limit.count > 1 else _KEYWORDS.count]
