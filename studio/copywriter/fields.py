"""Texts besides the four, from facts alone: for searching, pictures, social media, video, answers.

Which texts a listing has is data: the channel's `extra.NAME` limits and the brief's `fields`;
`prompts/fields.yaml` says how each is built. Texts grow piece by piece while they fit.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import ValidationError

from studio.channels import count, fit
from studio.copywriter.calling import names
from studio.copywriter.referring import spoken_of, varied, whole
from studio.data import find
from studio.engines.floor import Pieces
from studio.engines.glossary import is_cjk
from studio.engines.lining import Piece
from studio.engines.naming import LINKS
from studio.engines.wording import wide
from studio.errors import InputError, NotFoundError
from studio.schema import Channel, Copy, Limit, locale_language

Form = Literal[
    "title",
    "prose",
    "lines",
    "phrases",
    "terms",
    "hashtags",
    "alt",
    "social",
    "script",
    "qa",
    "html",
]
FOUR = ("title", "bullets", "description", "keywords")  # texts of a listing that are no extras
LONGEST_TAG = 24  # columns; a Han character takes two
_TAGGED = 3  # words of an English topic
_SEVERAL = re.compile("、| and ")
_COUNTED = ("根数", "朵数")  # 200根 alone does not say of what
_PLAIN = ("material", "fabric", "colour", "capacity", "weight", "dimensions", "power", "pieces")


class Field(Limit):
    """A text: its usual limit and how it is built. `best`: the length that readers see whole."""

    form: Form
    best: int | None = None
    emoji: bool = False


@lru_cache(maxsize=8)
def known(searched: tuple[Path, ...] = ()) -> dict[str, Field]:
    """All texts that can be asked for. Raises InputError when the file is wrong."""
    path = find("prompts/fields.yaml", searched)
    try:
        read: Any = yaml.safe_load(path.read_text("utf-8"))
        return {name: Field.model_validate(entry) for name, entry in read.items()}
    except (yaml.YAMLError, ValidationError, AttributeError) as error:
        raise InputError(f"the fields are wrong: {error}", where=str(path)) from error


def wanted(
    channel: Channel, names: Sequence[str] = (), searched: tuple[Path, ...] = ()
) -> dict[str, Field]:
    """The extra texts of a listing by name, with the channel's limits where it has them.

    Raises NotFoundError for a name in `names` that nobody knows.
    """
    fields = known(searched)
    out: dict[str, Field] = {}
    of_channel = [n.removeprefix("extra.") for n in channel.fields if n.startswith("extra.")]
    for name in dict.fromkeys((*of_channel, *(n for n in names if n not in FOUR))):
        if name not in fields and name not in of_channel:
            raise NotFoundError.of("text", name, fields)
        usual = fields.get(name) or Field(form=_guess(name))
        if limit := channel.fields.get(f"extra.{name}"):
            usual = usual.model_copy(update=limit.model_dump(exclude_unset=True))
        if usual.form == "alt":
            out |= {f"alt_{slot.name}": usual for slot in channel.slots}
        else:
            out[name] = usual
    return out


def _guess(name: str) -> Form:
    """How to build a channel's text of its own: by what its name says it is."""
    if any(word in name for word in ("title", "headline", "name")):
        return "title"
    return "terms" if any(w in name for w in ("term", "keyword", "tag")) else "prose"


@dataclass(frozen=True)
class Source:
    """What an extra text is built from: the listing's own texts, and the pieces behind them."""

    pieces: Pieces
    text: Copy
    own: tuple[str, ...]
    channel: Channel
    locale: str
    emoji: bool
    searched: tuple[Path, ...] = ()
    brand: str = ""

    @property
    def words(self) -> dict[str, Any]:
        words = _words(self.searched)
        return dict(words["zh" if locale_language(self.locale) == "zh" else "en"])

    @property
    def told(self) -> list[str]:
        """The facts in sentences, the product named in the first."""
        return [piece.text for piece in self.pieces.sentences]


def build(name: str, field: Field, source: Source) -> str:
    """One extra text within its limit; "" when there is nothing to say."""
    if field.form == "alt":
        return _alt(name.removeprefix("alt_"), field, source)
    return _FORMS[field.form](field, source)


def grow(pieces: Sequence[str], joint: str, limit: Limit, start: str = "") -> str:
    """Pieces while they fit, those that do not left out."""
    text = start
    for piece in pieces:
        longer = f"{text}{joint}{piece}" if text else piece
        if piece and (limit.max is None or count(longer, limit.unit) <= limit.max):
            text = longer
    return text


def _near(field: Field) -> Limit:
    """The limit, or the length that readers see whole."""
    return field.model_copy(update={"max": min(field.max or 10**6, field.best or 10**6)})


def _title(field: Field, source: Source) -> str:
    pieces, base = source.pieces, source.pieces.title[0]
    titled = f"“{pieces.name}”" in "".join(source.told)  # half the title of a book names none
    near = (base,) if titled else tuple(names(pieces, source.brand))
    room = _near(field).max or 0
    for most, titles in ((room, (source.text.title, base, *near)), (field.max or room, near)):
        for candidate in titles:
            if count(candidate, field.unit) <= most:
                return candidate
    if pieces.joint:
        return "" if titled else fit(near[-1], field, source.locale).text
    things = (w for w in pieces.keywords if w.endswith(pieces.things[:1]) and is_cjk(w[0]))
    cut = fit(base, field, source.locale).text.rstrip(" ×+/-")
    return cut if any(t in cut for t in pieces.things) or not pieces.things else next(things, cut)


def _prose(field: Field, source: Source) -> str:
    """The merchant's sentences, where they leave room for the name, then those of the facts."""
    pieces, near = source.pieces, _near(field)
    own = grow(whole(source.own, source.pieces.joint), pieces.joint, near)
    told = _after(own, pieces) if own else source.told
    text = grow(told, pieces.joint, near, own)
    if told and pieces.name.lower() not in text.lower():
        text = grow(source.told, pieces.joint, near) or fit(told[0], field, source.locale).text
    return text or fit((*source.own, pieces.bare)[0], field, source.locale).text


def _after(own: str, pieces: Pieces) -> list[str]:
    """The sentences of the facts, the first with a pronoun where `own` speaks of the product."""
    named = spoken_of(pieces, own)
    told = [
        p.again if i == 0 and named and p.again else p.text for i, p in enumerate(pieces.sentences)
    ]
    return [varied(own, text) for text in told]


def _lines(field: Field, source: Source) -> str:
    return grow(source.text.bullets or (source.pieces.bare,), "\n", _near(field))


def _phrases(field: Field, source: Source) -> str:
    """Values side by side: "stainless steel; 750 ml; 310 g"."""
    values = [_plainly(p) for p in source.pieces.details]
    joint = "；" if locale_language(source.locale) == "zh" else "; "
    text = grow(
        [v[:1].upper() + v[1:] if i == 0 else v for i, v in enumerate(values)], joint, field
    )
    return text or _prose(field, source)


def _plainly(piece: Piece) -> str:
    """A fact without its head where the value speaks for itself: 环保涂漆, not 涂漆环保涂漆."""
    value = _value(piece.text)
    head = piece.text.removesuffix(value).rstrip("： :")
    bare = piece.kind in _PLAIN and head not in _COUNTED
    return value if bare or (is_cjk(head) and head in value) else piece.text.replace("：", "")


def _value(line: str) -> str:
    """What stands after the colon of a line."""
    return line.partition("：" if "：" in line else ": ")[2]


def _terms(field: Field, source: Source) -> str:
    words = list(source.pieces.keywords[: field.count if field.count > 1 else 20])
    if source.pieces.joint:  # each word once: searching joins them as it likes
        words = [w for w in dict.fromkeys(" ".join(words).split()) if w not in LINKS]
    return grow(words, " ", field)


def tags(pieces: Pieces, limit: Limit) -> str:
    """Keywords as topics: "#InsulatedBottle #kitchen"."""
    whole = [w for w in pieces.keywords if not re.search(r"\d[^\w\s]\d", w)]  # 1/2 is no 12
    if pieces.joint:  # nobody looks for four words in one; capitals part what blanks parted
        words = [w.split() for w in whole if len(w.split()) <= _TAGGED]
        whole = ["".join(w if len(ws) == 1 else w[:1].upper() + w[1:] for w in ws) for ws in words]
    found = ("#" + "".join(c for c in word if c.isalnum()) for word in whole)
    short = [
        t for t in dict.fromkeys(found) if len(t) > 2 and wide(t) <= LONGEST_TAG and t[1].isalpha()
    ]
    return grow(short[: max(limit.count, 1)], " ", limit)


def _hashtags(field: Field, source: Source) -> str:
    return tags(source.pieces, field)


def _alt(slot: str, field: Field, source: Source) -> str:
    """What a picture shows: the product, and the kind of picture."""
    kind = next((s.kind for s in source.channel.slots if s.name == slot), "photo")
    form = source.words["alt"].get(kind, "{title}")
    for title in (source.text.title, source.pieces.title[0], source.pieces.name):
        text = str(form.format(title=title))
        if field.max is None or count(text, field.unit) <= field.max:
            return text
    return fit(source.text.title, field, source.locale).text


def _social(field: Field, source: Source) -> str:
    """An opening, two or three sentences, topics."""
    pieces = source.pieces
    mark = f"{pieces.marks['post']} " if source.emoji and "post" in pieces.marks else ""
    head = mark + pieces.open if pieces.open else ""
    own = whole(source.own, source.pieces.joint)[:1]
    named = bool(pieces.open) and not (own and pieces.joint)  # "It" needs its noun just before it
    before = pieces.name if named else "".join(own)
    told = (*own, *_after(before, pieces)[:3])
    topics = tags(pieces, Limit(max=80, count=5))
    room = field.model_copy(update={"max": (field.max or 500) - len(topics) - 1})
    text = grow([t for t in told if t] or [pieces.bare], pieces.joint, room)
    text = grow([text], "\n", room, head) if head else text
    return grow([topics], "\n", field, text)


def _script(field: Field, source: Source) -> str:
    """Shots with what is seen and said: the whole, a detail for each sentence, the end."""
    words, pieces = source.words["script"], source.pieces
    opening = pieces.open or f"{pieces.name}{'。' if not pieces.joint else '.'}"
    said = [(words["opening"], opening)]
    said += [(_picture(p, source), p.again or p.text) for p in pieces.sentences[:4]]
    if not pieces.sentences:  # his own words say it all
        own = (sentence.removeprefix(f"{pieces.name}，") for sentence in source.own[:2])
        said += [(words["detail"].format(head=pieces.name), sentence) for sentence in own]
    if pieces.end:
        said.append((words["ending"], pieces.end))
    lines = [
        words["line"].format(shot=words["shot"].format(number=i), picture=picture, text=text)
        for i, (picture, text) in zip(words["numbers"], said, strict=False)
    ]
    return grow(lines, "\n", field)


def _picture(piece: Piece, source: Source) -> str:
    """What a shot shows while a sentence is said: close, what can be seen; as words in the
    picture, what cannot."""
    words, told = source.words["script"], {p.says: p for p in source.pieces.details}
    if piece.kind == "choice":
        return str(words["ending"])
    lines = [line for key in piece.says if (line := told.get((key,)))]
    heads = {line.text.removesuffix(_value(line.text)).strip(" :："): line for line in lines}
    visible = _words(source.searched)["seen"]
    seen = [h for h, line in heads.items() if line.kind.removeprefix("choice:") in visible]
    joint = "、" if not source.pieces.joint else ", "
    shown = ((words["detail"], seen), (words["caption"], [h for h in heads if h not in seen]))
    forms = (form.format(head=joint.join(some)) for form, some in shown if some)
    return str(words["between"].join(forms))


def _qa(field: Field, source: Source) -> str:
    """A question for each fact that has one, answered by the fact."""
    words = source.words
    return grow(list(_answers(source, words)), "\n", field)


def _answers(source: Source, words: dict[str, Any]) -> Iterator[str]:
    asked = set[str]()
    stop = "。" if not source.pieces.joint else "."
    for piece in source.pieces.details:
        answer = _value(piece.text)
        head = piece.text.removesuffix(answer).strip(" :：")
        several = piece.kind == "colour" and _SEVERAL.search(answer)
        kind = f"choice:{piece.kind}" if several else ""
        question = words["heads"].get(head) or words["questions"].get(kind)
        question = question or words["questions"].get(piece.kind)
        if question in asked:  # two sizes: each is asked for by its own name
            head = head.lower() if source.pieces.joint else head
            question = words["named"].format(head=head)
        if question and answer:
            asked.add(question)
            answer = answer[:1].upper() + answer[1:]
            yield words["qa"].format(question=question, answer=answer.rstrip(stop) + stop)


def _html(field: Field, source: Source) -> str:
    """The description in paragraphs and the bullets as a list; catalog text cannot bring markup."""
    lines = [line for line in source.text.description.split("\n") if line]
    parts = [f"<p>{html.escape(line, quote=False)}</p>" for line in lines]
    if source.text.bullets:
        items = (f"<li>{html.escape(b, quote=False)}</li>" for b in source.text.bullets)
        parts.append(f"<ul>{''.join(items)}</ul>")
    return grow(parts, "", field)


_FORMS: dict[str, Callable[[Field, Source], str]] = {
    "title": _title,
    "prose": _prose,
    "lines": _lines,
    "phrases": _phrases,
    "terms": _terms,
    "hashtags": _hashtags,
    "social": _social,
    "script": _script,
    "qa": _qa,
    "html": _html,
}


@lru_cache(maxsize=4)
def _words(searched: tuple[Path, ...]) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(
        find("prompts/phrases/fields.yaml", searched).read_text("utf-8")
    )
    return read
