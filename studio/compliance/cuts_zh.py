"""What may be cut from a Chinese text so that the rest reads on, the smallest cut first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import accumulate

from studio.compliance.cutting import HAN, bounds, clause_of, grammar, sentence_of

_HEAD = re.compile(rf"[^的]{{0,6}}的([{HAN}a-zA-Z0-9]{{2,16}})")  # what a clause with 的 is about
_LONE = re.compile("[\ud800-\udfff]")
Span = tuple[int, int, str]


def cuts(text: str, start: int, end: int) -> Iterator[Span]:
    """(start, end, words) of cuts that take text[start:end] away."""
    left, right = bounds(text, start, end)
    yield from _quality(text, start, end, left, right)
    yield from _before_noun(text, start, end, left, right)
    yield (*clause_of(text, start, end), "")
    yield from _between_blanks(text, start, end, left, right)
    yield (*sentence_of(text, start, end), "")


def _opened(before: str) -> bool:
    """Whether a noun may follow these words: nothing, 一款, 的."""
    return not before.strip() or re.search(grammar("zh")["openers"], before) is not None


def _quality(text: str, start: int, end: int, left: int, right: int) -> Iterator[Span]:
    """A quality with its 的, before the noun that it belongs to."""
    inner = text.rfind("的", start, end - 2)  # the match may hold its noun: 永不生锈的锅
    head = _HEAD.fullmatch(text, max(start, inner if inner > 0 else end - 1), right)
    if head is None or not _is_thing(head[1]):
        return
    if _opened(text[left:start]):
        yield start, head.start(1), ""
    yield left, head.start(1), ""


def _before_noun(text: str, start: int, end: int, left: int, right: int) -> Iterator[Span]:
    """A quality straight before its noun: 国宴同款|白瓷碗."""
    rest = text[end:right].lstrip(" ") or _noun(text[start:end])
    if len(rest) >= right - start:
        return
    if (_opened(text[left:start]) or text[start - 1 : start] in "的、") and _is_thing(rest):
        yield start, right - len(rest), ""


def _noun(words: str) -> str:
    """The noun that the words end in, with the plain qualities before it: 国宴同款|白瓷碗."""
    tags = tags_of(words)
    table = grammar("zh")
    if not {tag for _, tag in tags[:-1]} <= table["nouns"] | table["qualities"]:
        return ""  # a statement, of which the noun is only a part
    found = tags[-1][0] if tags[-1][1] in table["nouns"] else ""
    for word, tag in reversed(tags[:-1]):
        if not found or tag not in ("a", "b"):
            break
        found = word + found
    return found


def _is_thing(words: str) -> bool:
    """Whether the words name goods and say nothing of them."""
    table = grammar("zh")
    if re.search(table["wares"], words) is None:
        return False
    tags = tags_of(words)
    lively = any(tag in ("d", "ul", "ug", "uz", "uj", "r", "y", "p", "c") for _, tag in tags)
    stated = any(word in table["verbs"] for word, _ in tags)
    return not lively and not stated and tags[0][1] not in ("f", "m", "q", "u")


def _between_blanks(text: str, start: int, end: int, left: int, right: int) -> Iterator[Span]:
    """A part of a title that stands between blanks."""
    first = text.rfind(" ", left, start) + 1 or left
    last = text.find(" ", end, right)
    if (first, last) != (left, -1):
        yield first, right if last < 0 else last + 1, ""


def tags_of(text: str) -> list[tuple[str, str]]:
    """(word, part of speech); a broken letter counts as one character."""
    import rjieba

    return list(rjieba.tag(_LONE.sub("\ufffd", text)))


def stands(sentence: str, strict: bool, alone: bool) -> bool:
    """Whether what is left of a sentence is one: about some goods, and not a dangling clause.

    `strict`: a whole clause was cut, so what leans on it must not stay; `alone`: nothing else is
    in the text, and a bare noun is a title.
    """
    parts = [p for p in re.split(r"[，、；：,;:]", sentence.strip("。！？!? \n")) if p.strip()]
    if not parts:
        return not sentence.strip()
    table = grammar("zh")
    first, last = tags_of(parts[0]), tags_of(parts[-1])
    if first[0][0] in table["connectives"] or last[-1][1] in table["endings"]:
        return False
    if any(_little(part, table["bare"]) for part in (parts[0], parts[-1])):
        return False
    if (
        len(parts) > 1
        and len(last) == 1
        and last[0][1] == "v"
        and last[0][0][0] not in "带含附可配"
    ):
        return False
    size = len(re.findall(rf"[{HAN}]", sentence))
    if size < (2 if alone and not strict else 4) or (
        strict and re.search(table["echoes"], sentence)
    ):
        return False
    if len(parts) == 1 and re.search(table["wares"], parts[0]):
        return alone and first[0][1] != "r"
    return any(_says(part) for part in parts)


def _little(part: str, bare: frozenset[str]) -> bool:
    """Whether a clause is only such a word as 技术, or a verb with it: 采用技术."""
    tags = tags_of(part)
    return tags[-1][0] in bare and (len(tags) == 1 or (len(tags) == 2 and tags[0][1] == "v"))


def _says(part: str) -> bool:
    """Whether a clause names goods or something to be seen on them, not only a scene or a boast."""
    table = grammar("zh")
    return bool(re.search(table["wares"], part) or re.search(table["factual"], part))


def parts_a_word(text: str, start: int, end: int) -> bool:
    """Whether words that take the place of text[start:end] would take a part of a word away."""
    a, b = sentence_of(text, start, end)
    seams = set(accumulate((len(word) for word, _ in tags_of(text[a:b])), initial=a))
    return start not in seams or end not in seams


def seamless(text: str, start: int, end: int) -> bool:
    """Whether a cut from start to end parts no word and leaves nothing hanging at the seam."""
    a, b = sentence_of(text, start, end)
    table, at, seams = grammar("zh"), a, {a: ("", "x")}
    for word, tag in tags_of(text[a:b]):
        at += len(word)
        seams[at] = (word, tag)
    if start not in seams or end not in seams or text[end : end + 1] in tuple("的地得了着过位之"):
        return False
    if any(re.match(f"{word}[{HAN}]{{0,2}}的", text[end : end + 8]) for word in table["bare"]):
        return False
    left, right = bounds(text, start, end)
    subject = text[left:start].strip()
    if end >= right and subject:  # the predicate went: what is left must have one of its own
        if re.search(table["copulas"], subject):
            return False
        if not any(tag in ("v", "a") for _, tag in tags_of(subject)):
            return False
    hanging = seams[start][1] in ("d", "p", "c")
    return not (hanging and end < right and tags_of(text[end:right])[0][1] in table["nouns"])


def joined(text: str, at: int) -> str:
    """A connective word that would now open the sentence at this place, or ""."""
    rest = text[at:]
    return next((w for w in grammar("zh")["droppable"] if rest.startswith(w)), "")
