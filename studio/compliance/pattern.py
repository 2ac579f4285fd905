"""Patterns: re2 with lexicon names and gaps, and the literals that must be present for a match.

    {name}    any term of the lexicon           {~8}   up to 8 characters inside the clause
    a space   a blank or a hyphen               {~~20} up to 20 characters inside the sentence

A pattern is only tried on a sentence that holds its literals, which one automaton finds for all
patterns at once. So the cost of a check grows with what the text says, not with the rule count.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Any

import re2

CLAUSE_BREAK = ",、;:。!?\\n"
_MACRO = re.compile(r"\{(~~?)(\d+)\}|\{([a-z][a-z0-9_]*)\}")
_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.max_mem = 32 << 20


class PatternError(ValueError):
    """The pattern cannot be used; the message says why."""


def expand(source: str, lexicons: Mapping[str, tuple[str, ...]]) -> str:
    """The re2 expression of a pattern. Raises PatternError for an unknown lexicon."""

    def macro(found: re.Match[str]) -> str:
        gap, count, name = found.groups()
        if name is None:
            return f"[^{CLAUSE_BREAK}]{{0,{count}}}?" if gap == "~" else f"(?s:.{{0,{count}}}?)"
        if name not in lexicons:
            raise PatternError(f"no lexicon named {name!r}")
        longest_first = sorted(lexicons[name], key=lambda t: (-len(t), t))
        return "(?:" + "|".join(map(_term, longest_first)) + ")"

    return _spaces(_MACRO.sub(macro, source))


_ASCII_ONLY = (
    (re.compile(r"\[\^[^\]]*\\[Ww]"), r"\W in [^...] excludes Chinese; name the signs instead"),
    (
        re.compile("\\\\b[\u4e00-\u9fff]|[\u4e00-\u9fff]\\\\b"),
        r"\b beside a Chinese character never holds",
    ),
)


def misread(source: str) -> str:
    """What re2 reads otherwise than it looks, or "": its \\W and \\b know ASCII only."""
    return next((told for form, told in _ASCII_ONLY if form.search(source)), "")


def _spaces(expression: str) -> str:
    """A blank outside a character class also stands for a hyphen."""
    return re.sub(
        r"(\[\^?\]?(?:\\.|[^\]\\])*\])|( )", lambda m: m[1] or r"(?:[ \-]{1,2})", expression
    )


def _term(term: str) -> str:
    """A term as an expression: Latin words only match as whole words."""
    text = re.escape(term).replace(r"\ ", " ").replace(r"\-", "-")
    head = r"\b" if re.match(r"[a-z0-9]", term) else ""
    tail = r"\b" if re.search(r"[a-z0-9]$", term) else ""
    return head + text + tail


def compiled(expression: str) -> Any:
    """A re2 regex over UTF-8 bytes. Raises PatternError when re2 refuses it."""
    try:
        return re2.compile(expression.encode(), _OPTIONS)
    except re2.error as error:
        reason = error.args[0] if error.args else error
        reason = reason.decode() if isinstance(reason, bytes) else reason
        raise PatternError(f"not a usable expression ({reason})") from None


class Expression:
    """A regex of a condition; compiled when it is first needed."""

    def __init__(self, source: str, lexicons: Mapping[str, tuple[str, ...]]) -> None:
        self.source = source
        self._lexicons = lexicons

    @cached_property
    def regex(self) -> Any:
        return compiled(expand(self.source, self._lexicons))

    def finds(self, text: str) -> bool:
        return self.regex.search(text.encode()) is not None


class Pattern(Expression):
    """A regex that makes candidates. `needs`: sets of literals, one of each must be present."""

    @cached_property
    def needs(self) -> tuple[Need, ...]:
        return needs(self.source, self._lexicons)


_GRAMMAR = re.compile(
    r"(?P<words>\((?:\?:)?[^\\\[\](){}*+?.^$]+\))"  # plain alternatives, the most common group
    r"|(?P<run>[^\\\[\](){}|*+?.^$ ]{2,}(?![*+?]|\{\d))"
    r"|(?P<lexicon>\{[a-z][a-z0-9_]*\})|(?P<gap>\{~~?\d+\}| )"
    r"|(?P<quantifier>[*+?]\??|\{\d+(?:,\d*)?\}\??)"
    r"|(?P<open>\((?:\?(?:P?<[a-z]+>|[a-z\-]*:))?)|(?P<close>\))|(?P<or>\|)"
    r"|(?P<class>\[\^?\]?(?:\\.|[^\]\\])*\])"
    r"|(?P<other>\\p\{[^}]*\}|\\[a-zA-Z]|[.^$])|\\?(?P<literal>.)",
    re.S,
)

# --- which literals a match must hold ----------------------------------------------------------

Need = frozenset[str]


def needs(source: str, lexicons: Mapping[str, tuple[str, ...]]) -> tuple[Need, ...]:
    """Sets of literals of which every match holds at least one, once both are `unhyphened`: the two
    rarest in plain copy, the rarest first. A third one, or one that most sentences hold, costs
    more to look for than it spares."""
    found, _ = _branches(_tokens(source), 0, lexicons)
    usable = dict.fromkeys(need for need in found if _telling(need))
    first, *others = sorted(usable, key=_chance)[:2] or (None,)
    return tuple(n for n in (first, *others) if n and (n is first or _chance(n) < _USELESS))


_BLANKS = re.compile(" {2,}")
_USELESS = 0.8  # the chance of a literal from which on looking for it is of no use


def unhyphened(text: str) -> str:
    """With a single blank for blanks and hyphens: a blank in a pattern stands for either."""
    text = text.replace("-", " ")
    return _BLANKS.sub(" ", text) if "  " in text else text


_COMMON = frozenset(  # English words that stand in most sentences
    re.findall(
        "[a-z]+",
        "the and for you your are was has have all any can not with that this from out one our its "
        "use get but than then when who will more most just only into over as is in it of on to or "
        "be by an at no so we do if my up us good make made take every each free",
    )
)


@lru_cache(maxsize=4096)  # a lexicon's set is weighed once, not once a pattern
def _chance(need: Need) -> float:
    """About how often a sentence holds one of the words: the shorter and the more, the oftener."""
    return 1.0 - math.prod(1.0 - _often(word) for word in need)


def _often(word: str) -> float:
    bare = word.strip()
    if bare in _COMMON:
        return 0.3
    if len(word) < 3 and word.isascii():
        return (1.0 if word in _EVERYWHERE else 0.2) if len(word) < 2 else _PAIRS.get(word, 0.1)
    wide = (len(word.encode()) - len(word)) // 2  # Chinese characters have three bytes
    return float(0.35 ** (len(bare) - wide) * 0.04**wide)


_EVERYWHERE = frozenset("abcdefghijklmnopqrstuvwxyz0123456789 -,.")
_PAIRS = dict.fromkeys(  # the commonest pairs of letters in English
    re.findall(
        "[a-z]+",
        "th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le "
        "ve co me de hi ri ro ic ne ea ra ce li ch ll be ma si om ur",
    ),
    0.5,
)


@lru_cache(maxsize=4096)
def _telling(need: Need) -> bool:
    """A single Latin letter, digit, blank or stop is in every text and tells nothing."""
    if min(map(len, need), default=0) > 1:
        return True
    return all(len(t) > 1 or (bool(t) and t not in _EVERYWHERE) for t in need)


@lru_cache(maxsize=1024)
def _any_of(terms: tuple[str, ...]) -> Need:
    """The need for a term of a lexicon."""
    return frozenset(map(unhyphened, terms))


def _tokens(source: str) -> list[tuple[str, str]]:
    """(sort, text) for each part of a pattern; the sorts are the names in the grammar."""
    return [(m.lastgroup or "other", m[m.lastgroup or 0]) for m in _GRAMMAR.finditer(source)]


def _branches(
    tokens: list[tuple[str, str]], at: int, lexicons: Mapping[str, tuple[str, ...]]
) -> tuple[list[Need], int]:
    """Needs of the alternatives from `at` to the closing parenthesis, and where that is."""
    branches: list[list[Need]] = []
    while True:
        branch, at = _sequence(tokens, at, lexicons)
        branches.append(branch)
        if at >= len(tokens) or tokens[at][0] != "or":
            break
        at += 1
    if len(branches) == 1:
        return branches[0], at
    if not all(branches):
        return [], at
    return [frozenset().union(*(min(b, key=_chance) if len(b) > 1 else b[0] for b in branches))], at


def _sequence(
    tokens: list[tuple[str, str]], at: int, lexicons: Mapping[str, tuple[str, ...]]
) -> tuple[list[Need], int]:
    """Needs of one alternative: literals in a row join, optional parts don't count."""
    found: list[Need] = []
    run = ""
    while at < len(tokens) and tokens[at][0] not in ("or", "close"):
        sort, text = tokens[at]
        at += 1
        own: list[Need] = []
        if sort == "open":
            own, at = _branches(tokens, at, lexicons)
            at += 1
        elif sort == "words":
            own = _alternatives(text)
        elif sort == "lexicon":
            own = [_any_of(lexicons.get(text[1:-1], ()))]
        elif sort == "class":
            own = _class(text)
        optional = at < len(tokens) and tokens[at][0] == "quantifier" and _may_miss(tokens[at][1])
        if sort == "run" or (not optional and (sort == "literal" or text == " ")):
            run += text.lower()
            continue
        if run:
            found.append(frozenset((unhyphened(run),)))
            run = ""
        if not optional:
            found += [need for need in own if need]
    if run:
        found.append(frozenset((unhyphened(run),)))
    return found, at


def _may_miss(quantifier: str) -> bool:
    return quantifier[0] in "*?" or quantifier.startswith(("{0", "{,"))


def _alternatives(group: str) -> list[Need]:
    """The words of a group like (?:a|b); none when one of them is empty."""
    words = group[3 if group.startswith("(?:") else 1 : -1].lower().split("|")
    return [] if "" in words else [frozenset(map(unhyphened, words))]


def _class(text: str) -> list[Need]:
    """A short positive class is a set of one-character literals."""
    inner = text[1:-1]
    if inner.startswith("^") or "\\" in inner or re.search(r".-.", inner) or len(inner) > 40:
        return []
    return [frozenset(inner.lower())]
