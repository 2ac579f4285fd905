"""Lays a listing out from pieces so that the channel's limits hold without cutting.

Pieces are taken best first while they fit; only a piece that must be there (a title) and is too
long by itself is shortened, at a place where a person would.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from studio.channels import count, fit, one
from studio.engines.floor import LEANS, Pieces
from studio.schema import Channel, Copy, Limit, Origin, locale_language

Accept = Callable[[str, str], bool]  # (field, text) -> may it stand in a listing

USUAL = {  # where a channel is silent
    "title": Limit(max=150),
    "bullets": Limit(max=200, count=5),
    "description": Limit(max=2000),
    "keywords": Limit(count=8, each=40),
}
_TITLE = {"en": 80, "zh": 40}  # a title grows to this length by facts, however long it might be
_OWN = 3  # sentences of the merchant at the head of a description


def limits_of(channel: Channel) -> dict[str, Limit]:
    """The limits of all that is written: the channel's, and usual ones where it is silent."""
    return {**USUAL, **channel.fields}


def fits(text: str, limit: Limit) -> bool:
    return limit.max is None or count(text, limit.unit) <= limit.max


def lay_out(pieces: Pieces, channel: Channel, locale: str, accept: Accept) -> Copy:
    """The floor's listing. Sentences that nobody asked for (the merchant's own, advice) are taken
    only if they are accepted; facts stand, and what the rules find in them is shown."""
    limits = limits_of(channel)
    title = title_of(pieces, limits["title"], locale)
    bullets = bullets_of(pieces.bullets, limits["bullets"], locale)
    description = describe(pieces, pieces.sentences, limits["description"], locale, accept)
    keywords = keywords_of(pieces.keywords, limits["keywords"])
    own = own_of(pieces, accept)
    extra = {
        name.removeprefix("extra."): text
        for name, limit in limits.items()
        if name.startswith("extra.")
        and (text := extra_of(name, pieces, title, keywords, own, limit, locale))
    }
    phrased: Origin = "phrases" if pieces.sentences else "facts"
    origin: dict[str, Origin] = {"title": "facts", "description": phrased}
    origin |= {f"bullets.{i}": made for i, (_, made) in enumerate(bullets)}
    origin |= {f"keywords.{i}": "facts" for i in range(len(keywords))}
    origin |= {f"extra.{name}": "phrases" for name in extra}
    return Copy(
        title=title,
        bullets=tuple(text for text, _ in bullets),
        description=description,
        keywords=tuple(keywords),
        extra=extra,
        origin=origin,
    )


def title_of(pieces: Pieces, limit: Limit, locale: str) -> str:
    """The merchant's title, shortened if need be, and as many facts as a good length allows."""
    title = fit(pieces.title[0], limit, locale).text
    most = _TITLE.get(locale_language(locale), 80)
    for fact in pieces.title[1:] if title == pieces.title[0] else ():
        longer = f"{title}{pieces.title_joint}{fact}"
        if fits(longer, limit) and len(longer) <= most:
            title = longer
    return title


def bullets_of(
    bullets: Sequence[tuple[str, Origin]], limit: Limit, locale: str
) -> list[tuple[str, Origin]]:
    """Whole bullets up to the channel's number; only if none fits is the first shortened."""
    each = one("bullets.0", limit)
    whole = [(text, made) for text, made in bullets if fits(text, each)]
    if not whole and bullets:
        shortened = fit(bullets[0][0], each, locale).text
        whole = [(shortened, bullets[0][1])] if shortened else []
    return whole[: limit.count]


def describe(
    pieces: Pieces,
    sentences: Sequence[str],
    limit: Limit,
    locale: str,
    accept: Accept,
) -> str:
    """The merchant's own sentences, the given ones, his advice, and a close if it is short."""
    own = own_of(pieces, accept)
    if sentences and any(pieces.name in sentence for sentence in own):
        sentences = [_again(sentences[0], pieces), *sentences[1:]]
    text = _grow("", [*own, *sentences], pieces.joint, limit)
    if not text:
        return fit((*own, *sentences)[0], limit, locale).text
    for note in pieces.notes:
        if fits(f"{text}\n{note}", limit) and accept("description", note):
            text = f"{text}\n{note}"
    short = len(own) + len(sentences) < 2 or (limit.min and count(text, limit.unit) < limit.min)
    if short and pieces.close not in text and accept("description", pieces.close):
        text = _grow(text, [pieces.close], pieces.joint, limit)
    return text


def own_of(pieces: Pieces, accept: Accept) -> list[str]:
    """The merchant's own first sentences that are accepted and don't lean on one that is not."""
    taken: list[str] = []
    for place, sentence in enumerate(pieces.own[: _OWN + 2]):
        leans = place > 0 and LEANS.match(sentence) and pieces.own[place - 1] not in taken
        if len(taken) < _OWN and not leans and accept("description", sentence):
            taken.append(sentence)
    return taken


def _again(sentence: str, pieces: Pieces) -> str:
    """The sentence with a pronoun in place of the name, which has just been said."""
    if not pieces.subject or not sentence.startswith(pieces.subject):
        return sentence
    return (pieces.pronoun + sentence.removeprefix(pieces.subject)).strip()


def _grow(text: str, sentences: Sequence[str], joint: str, limit: Limit) -> str:
    for sentence in sentences:
        longer = f"{text}{joint}{sentence}" if text else sentence
        if sentence and fits(longer, limit):
            text = longer
    return text


def keywords_of(keywords: Sequence[str], limit: Limit) -> list[str]:
    """Whole keywords within the limits of one and of all together."""
    each = one("keywords.0", limit) if limit.each is not None else Limit()
    total = Limit(max=limit.max, unit=limit.unit)
    taken: list[str] = []
    for word in keywords:
        if fits(word, each) and fits(" ".join([*taken, word]), total):
            taken.append(word)
    return taken[: limit.count if limit.count > 1 else USUAL["keywords"].count]


def extra_of(
    name: str,
    pieces: Pieces,
    title: str,
    keywords: Sequence[str],
    own: Sequence[str],
    limit: Limit,
    locale: str,
) -> str:
    """A field besides the four: laid out by what its name says it is."""
    if any(word in name for word in ("title", "headline", "name")):
        base = title if fits(title, limit) else title_of(pieces, limit, locale)
        return fit(base, limit, locale).text
    if "hashtag" in name:
        tags = [f"#{''.join(w.split())}" for w in keywords]
        return " ".join(keywords_of(tags, limit.model_copy(update={"count": 8})))
    if any(word in name for word in ("term", "keyword", "tag")):
        return " ".join(keywords_of(keywords, limit.model_copy(update={"count": 20})))
    text = _grow("", [*own, *pieces.sentences], pieces.joint, limit)
    return text or fit(pieces.sentences[0], limit, locale).text
