"""Binds each quantity of a text to the fact that it speaks of, and says whether they agree."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from studio.grounding.compare import agree
from studio.grounding.differences import differing, is_difference
from studio.grounding.draft import Draft
from studio.grounding.facts import Book, Fact, Measured
from studio.grounding.heads import clash
from studio.grounding.notes import note, unmeasured
from studio.grounding.nouns import begins, same_noun, steps
from studio.grounding.patterns import Ending, Pattern
from studio.grounding.quantities import Quantity, Reading
from studio.grounding.ratings import BETTER, read_all, with_depth
from studio.grounding.sides import SIDES
from studio.grounding.topics import Topic, no_claim, portion, topic_of
from studio.grounding.words import kind_table
from studio.schema import ClaimStatus

# a quantity of this dimension speaks of this kind when no word says otherwise
_DEFAULT = {
    "volume": "capacity",
    "mass": "weight",
    "power": "power",
    "charge": "battery_capacity",
    "voltage": "voltage",
    "luminance": "brightness",
    "luminous": "brightness",
    "sound": "noise",
    "torque": "torque",
    "grammage": "grammage",
    "speed of rotation": "spin",
    "alcohol": "abv",
    "data": "storage",
    "cfu": "cfu",
    "pixels": "resolution",
    "angle": "view_angle",
}
# a single fact in one of these dimensions is what a number of that dimension speaks of
_SPECIFIC = frozenset(
    [
        "charge",
        "current",
        "energy",
        "power",
        "area",
        "volume",
        "luminous",
        "luminance",
        "sound",
        "data",
        "torque",
        "pressure",
        "voltage",
        "alcohol",
        "grammage",
        "denier",
        "frequency",
        "pixels",
        "cfu",
        "purity",
        "candela",
        "illuminance",
        "force",
        "zoom",
        "fineness",
    ]
)
_QUIET = frozenset({"price", "discount"})  # other rules own these
_PRICED = Ending(
    r"(?:[¥$€£]|rmb|usd|eur|gbp|售价|到手价?|吊牌价?|原价|现价|仅售|(?<![a-z])per|每)\s?",
    "¥|$|€|£|rmb|usd|eur|gbp|价|到手|吊牌|仅售|per|每",
)
_OFF = Ending(r"(?:直降|立减|满|减|省)\s?", "降|满|减|省")
_MONEY_AFTER = Pattern(
    r"\s?(?:元|块钱|人民币|美元|欧元|英镑|yuan|dollars?|usd|eur|euros?|gbp|rmb|折)(?![a-z])"
)


class Verdict(NamedTuple):
    status: ClaimStatus
    fact: Measured
    rank: int  # how sure the binding is: 3 same kind, 2 same words, 1 only the dimension


def measure(draft: Draft) -> None:
    """Adds a claim for every quantity of the text."""
    taken, t = draft.taken.spans, 0
    found = read_all(draft.text, draft.hits.get("scales", []))
    starts = [q.core[0] for q in found]
    for quantity in found:
        start, end = quantity.core
        while t < len(taken) and taken[t][1] <= start:
            t += 1
        if t == len(taken) or taken[t][0] >= end:
            _measure(draft, quantity, starts)


def _measure(draft: Draft, quantity: Quantity, starts: list[int]) -> None:
    text, (start, end) = draft.text, quantity.core
    if _PRICED.before(text, start, 8) or _paid(text, end):
        return  # "per 100 g" is the measure of another number
    dims = _dims(quantity)
    if dims == _NUMBER and _OFF.before(text, start, 3):
        return
    clause = draft.clauses.around(start, end)
    topic = topic_of(draft, quantity, clause, dims, starts)
    kinds = topic.kinds
    if kinds and kinds <= _QUIET and len(kinds) == 1:
        return
    quantity = with_depth(quantity, kinds)
    verdicts = _verdicts(draft, quantity, topic, clause)
    best = _best(verdicts, topic) if verdicts else None
    agrees = best is not None and best.status is ClaimStatus.SUPPORTED
    if best is None and quantity.readings[0].unit.startswith("代"):
        return  # 六代, 13代: which model it is
    if quantity.vague and not agrees and (best is None or not kinds):
        return  # a pinch: nobody gives the goods' own weight as "two or three grams"
    span = (quantity.start, quantity.end)
    kind = _claim_kind(dims, topic, best)
    if not agrees and dims != _PERCENT and is_difference(text, quantity.core):
        known = [m for d in dims for m in _comparable(draft.book, d)]
        if pair := differing(quantity.readings, known):
            draft.add(span, kind, ClaimStatus.SUPPORTED, pair)
        else:
            why = unmeasured(kinds or dims - _ASIDE or dims)
            draft.add(span, kind, ClaimStatus.UNSUPPORTED, None, why)
        return
    if best is not None and best.status is ClaimStatus.SUPPORTED and not topic.misfit:
        draft.add(span, kind, best.status, best.fact.fact)
    elif (best is None or not kinds) and not topic.misfit and no_claim(text, clause, topic, dims):
        return
    elif best is not None and not topic.misfit:
        draft.add(span, kind, best.status, best.fact.fact, draft.differs(*span, best.fact.fact))
    elif bare := _without_unit(draft.book, topic):
        why = note("no_unit", fact=bare.value.strip()[:60])
        draft.add(span, kind, ClaimStatus.UNSUPPORTED, bare, why)
    else:
        about = frozenset({topic.misfit}) if topic.misfit else kinds or dims - _ASIDE or dims
        other = verdicts[0].fact.fact.carrier if verdicts and best is None else ""
        draft.add(span, kind, ClaimStatus.UNSUPPORTED, None, unmeasured(about, other))


_NUMBER = frozenset({"number"})
_PERCENT = frozenset({"percent"})
_ASIDE = frozenset({"score"})  # a second reading of minutes (分), not worth naming


def _dims(quantity: Quantity) -> frozenset[str]:
    readings = quantity.readings
    if len(readings) == 1:
        return _alone(readings[0].dimension)
    return frozenset(r.dimension for r in readings)


@lru_cache(maxsize=256)
def _alone(dimension: str) -> frozenset[str]:
    return frozenset({dimension})


def _without_unit(book: Book, topic: Topic) -> Fact | None:
    """The fact about the same thing whose number says not of what: capacity 1.5."""
    bare = book.measured.get("number", ()) if topic.kinds else ()
    return next((m.fact for m in bare if topic.kinds & m.fact.kinds), None) if bare else None


_MONEY_FIRST = frozenset("元块人美欧英ydeugr折")


def _paid(text: str, end: int) -> bool:
    return text[end : end + 2].lstrip()[:1] in _MONEY_FIRST and bool(_MONEY_AFTER.match(text, end))


def _claim_kind(dims: frozenset[str], topic: Topic, best: Verdict | None) -> str:
    if dims == _NUMBER:
        return "quantity" if best and best.rank > 1 else "number"
    timed = best is None or any(r.dimension == "time" for r in best.fact.quantity.readings)
    if "time" in dims and timed and not _untimed(topic):
        aged = "age" in topic.kinds or (best and "age" in best.fact.kinds)
        return "age" if aged else "duration"
    if "count" in dims:
        return "count"
    return "grade" if dims & BETTER.keys() else "quantity"


def _untimed(topic: Topic) -> bool:
    """The words speak of what no time measures: "2 m cord"."""
    table = kind_table()
    return bool(topic.kinds) and all("time" not in table[k].dims for k in topic.kinds)


def _verdicts(
    draft: Draft, quantity: Quantity, topic: Topic, clause: tuple[int, int]
) -> list[Verdict]:
    """Every fact of the same dimension, compared."""
    found: list[Verdict] = []
    words = ""
    for reading in quantity.readings:
        comparable = _comparable(draft.book, reading.dimension)
        if not comparable:
            continue
        words = words or draft.text[clause[0] : clause[1]]
        alike = [m for m in comparable if m.quantity.readings[0].values or not reading.values]
        alone = len({m.fact.carrier for m in alike}) == 1
        for fact in comparable:
            if clash(topic.facets, fact.facets):
                continue
            others = [_side(o, fact, topic) for o in fact.quantity.readings]
            others = [o for o in others if _same_scale(reading, o)]
            if not others:
                continue
            rank = _rank(topic, fact, words, reading, alone)
            better = _better(topic, fact, reading.dimension)
            # without a word that binds them, only the same value may carry it
            bound = quantity.bound if rank > 1 or quantity.bound == "about" else ""
            if bound == "max" and fact.window:
                bound = ""
            for other in others:
                status = agree(reading, bound, other, fact.quantity.bound, better)
                found.append(Verdict(status, fact, rank))
    return found


_ALSO = {"count": "number", "alcohol": "percent", "percent": "alcohol", "score": "number"}


@lru_cache(maxsize=2048)
def _comparable(book: Book, dimension: str) -> tuple[Measured, ...]:
    """The facts of this dimension; a bare number may be a count, a percentage a strength."""
    table = book.measured
    if dimension == "number":
        return tuple(m for d in ("number", "count", "score") for m in table.get(d, ())[:80])
    return table.get(dimension, ())[:80] + table.get(_ALSO.get(dimension, ""), ())[:80]


def _side(reading: Reading, fact: Measured, topic: Topic) -> Reading:
    """The one side of a size of which the text speaks, when the fact says which it is."""
    side = topic.kinds & SIDES
    if not reading.values or len(side) != 1 or not side <= set(fact.sides):
        return reading
    value = reading.values[fact.sides.index(min(side))]
    return reading._replace(low=value, high=value, values=())


def _same_scale(one: Reading, other: Reading) -> bool:
    if one.values and not other.values:
        return False  # a size says nothing of a single length
    if one.dimension != other.dimension and not (
        _ALSO.get(one.dimension) == other.dimension or _ALSO.get(other.dimension) == one.dimension
    ):
        return False
    return not one.per or not other.per or one.per == other.per


def _better(topic: Topic, fact: Measured, dimension: str) -> str:
    if dimension in BETTER:
        return BETTER[dimension]
    table = kind_table()
    kinds = (topic.kinds & fact.kinds) or fact.kinds
    ways = {table[k].better for k in kinds}
    if not ways and dimension == "count":
        return "up"  # more levels, more seats
    return ways.pop() if len(ways) == 1 else ""


def _rank(topic: Topic, fact: Measured, words: str, reading: Reading, alone: bool) -> int:
    """3: the same kind; 2: the fact's own name in the clause; 1: unclear; 0: something else."""
    table = kind_table()
    if reading.dimension in BETTER or reading.dimension.endswith(" version"):
        return 3
    if fact.quantity.readings[0].values and not reading.values:  # one side against a size
        return 3 if topic.size or (topic.goods and fact.sides) else 1
    if not topic.kinds.isdisjoint(fact.wider):
        return 3
    if topic.kinds & SIDES and fact.wider & SIDES:
        return 0
    if steps(reading, fact):
        return 1
    if any(begins(words, word) for word in fact.words) or same_noun(reading, fact):
        return 2
    if fact.strict and any(table[k].strict for k in topic.kinds):
        return 0
    specific = reading.dimension in _SPECIFIC or bool(reading.values)
    if alone and specific and not portion(words):
        return 2
    if topic.kinds and fact.kinds:
        return 1
    default = _DEFAULT.get(reading.dimension) in fact.wider
    if default and not topic.kinds and ("share" in fact.facets or not portion(words)):
        return 3
    return 1


def _best(verdicts: list[Verdict], topic: Topic) -> Verdict | None:
    """An agreeing fact wins; else a fact that is surely about the same thing."""
    if not verdicts:
        return None
    usable = [v for v in verdicts if v.rank >= 1]
    agreeing = [v for v in usable if v.status is ClaimStatus.SUPPORTED]
    # the name supports, but what its numbers are about is too unclear to contradict
    sure = [v for v in usable if v.rank >= 2 and v.fact.fact.carrier != "attribute:name"]
    if agreeing:
        top = max(v.rank for v in agreeing)
        strong = [v for v in sure if v.status is not ClaimStatus.SUPPORTED]
        if top == 1 and any(v.rank == 3 for v in strong) and topic.kinds:
            return _other_part(max(strong, key=lambda v: v.rank), agreeing)
        return max(agreeing, key=lambda v: v.rank)
    if not sure:
        return None
    top = max(v.rank for v in sure)
    sure = [v for v in sure if v.rank == top]
    exceeded = [v for v in sure if v.status is ClaimStatus.EXCEEDED]
    worst = (exceeded or sure)[0]
    # the same attribute gives this very number to something else: bound to nothing
    elsewhere = [v for v in verdicts if v.rank == 0 and v.status is ClaimStatus.SUPPORTED]
    return None if any(v.fact.fact is worst.fact.fact for v in elsewhere) else worst


def _other_part(worst: Verdict, agreeing: list[Verdict]) -> Verdict:
    """One attribute with several numbers (cold 24 h, hot 12 h): its equal number speaks."""
    return next((v for v in agreeing if v.fact.fact is worst.fact.fact), worst)
