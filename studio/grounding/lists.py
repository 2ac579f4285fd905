"""Numbers in a list share the unit behind its last one: 20、30、40cm; 150×200、180×200cm."""

from __future__ import annotations

from studio.grounding.patterns import Pattern
from studio.grounding.tokens import Token
from studio.grounding.units import Unit

_JOIN = Pattern(r"\s?(?:、|/|和|或|及|以及|,? ?(?:and|or))\s?")
_COMMA = Pattern(r"[,，] ?")  # joins only before "and": "20, 24 and 28 cm"
_SIDE = Pattern(r"\s?[x*]\s?")
_WIDEST = 5
_OTHER = frozenset(["number", "count", "percent", "score"])  # what is no unit to be shared
_NUMBERED = 9.0  # "1、500ml": up to here a first number may be that of a line


def shared(text: str, tokens: list[Token]) -> list[Token]:
    """The tokens, those without a unit with the one that their list ends with."""
    given = list(tokens)
    units: tuple[Unit, ...] = ()  # of the token behind, its own or shared
    own = closed = False
    for at in range(len(tokens) - 1, -1, -1):
        token = tokens[at]
        if token.units and token.units[0].dimension not in _OTHER:
            units, own, closed = token.units, True, False
            continue
        if not units:
            continue
        end, start = token.end, tokens[at + 1].number.start
        bare = token.units and token.units[0].dimension == "number"
        if not bare or start - end > _WIDEST or token.number.percent:
            units = ()
        elif _SIDE.fullmatch(text, end, start):
            own = False
        elif _JOIN.fullmatch(text, end, start) or (closed and _COMMA.fullmatch(text, end, start)):
            if own and _numbers_a_line(text, token):
                units = ()
                continue
            closed = closed or text[end:start].strip() not in ("/", "、")
            given[at] = token._replace(units=units)
            own = False
        else:
            units = ()
    return given


def _numbers_a_line(text: str, token: Token) -> bool:
    start, number = token.number.start, token.number
    first = not start or text[start - 1] in "\n。;；"
    return first and number.low <= _NUMBERED and text.startswith("、", token.end)
