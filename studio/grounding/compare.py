"""Does a quantity of the text agree with a quantity of the facts?"""

from __future__ import annotations

from studio.grounding.bounds import Bound
from studio.grounding.quantities import Reading
from studio.schema import ClaimStatus

TOLERANCE = 0.005  # of the fact's value; conversions and rounding stay within it
ROUNDED = 0.01  # the same where the text says 25 V of 25.2 V
ABOUT = 0.1  # when the text says "about"


def agree(
    text: Reading, bound: Bound, fact: Reading, fact_bound: Bound, better: str = ""
) -> ClaimStatus:
    """SUPPORTED, EXCEEDED (the text promises more than the fact) or CONTRADICTED.

    Values are in the same dimension. `better` is "up" or "down": which way a buyer likes more.
    """
    if text.per and fact.per and text.per == fact.per:
        text, fact = _rate(text), _rate(fact)
    if fact.high < 0 <= text.low and fact.dimension != "temperature":
        # a change: "20 g lighter" for -20 g
        fact = fact._replace(low=-fact.high, high=-fact.low)
    if fact.values:
        return _sides(text, fact)
    slack = _slack(text, fact, bound)
    low, high = text.low - slack, text.high + slack
    if _holds(text, bound, fact, fact_bound, low, high, slack, better):
        return ClaimStatus.SUPPORTED
    ranged = text.low != text.high and fact.low == fact.high
    above = (text.high if ranged else _top(text)) > _top(fact) + slack
    if better == "up" and (above or bound == "min"):
        return ClaimStatus.EXCEEDED
    if better == "down" and (not above or bound in ("max", "downto")):
        return ClaimStatus.EXCEEDED
    return ClaimStatus.CONTRADICTED


def _rate(reading: Reading) -> Reading:
    scale = reading.scale or 1.0
    return reading._replace(
        low=reading.low / scale, high=reading.high / scale, step=reading.step / scale, scale=1.0
    )


def _top(reading: Reading) -> float:
    return (reading.low + reading.high) / 2


def _slack(text: Reading, fact: Reading, bound: Bound) -> float:
    size = max(abs(fact.low), abs(fact.high))
    if text.dimension == "temperature":
        return 0.6 if text.unit != fact.unit else (3.0 if bound == "about" else 1e-6)
    if text.step == 0.0 and text.dimension != "water depth":
        return 1e-9  # a rating, a version or a vintage is exact
    slack = TOLERANCE * size
    if text.unit != fact.unit and text.dimension not in ("count", "number"):
        slack = max(slack, min(text.step / 2, 0.02 * size))  # rounded in its own unit
    elif fact.step < text.step:
        slack = max(slack, min(text.step / 2, ROUNDED * size))
    return max(slack, ABOUT * size) if bound == "about" else slack


def _holds(
    text: Reading,
    bound: Bound,
    fact: Reading,
    fact_bound: Bound,
    low: float,
    high: float,
    slack: float,
    better: str,
) -> bool:
    if bound == "min" and fact_bound == "min" and better != "up":
        return text.low >= fact.low - slack  # "from 6 months" for "from 12 months" widens it
    if bound == "min":
        return fact.high >= low
    if bound == "max":
        return fact.high <= high or (better == "up" and fact.low >= text.high - slack)
    if bound == "upto":
        return abs(fact.high - text.high) <= slack or (better == "up" and text.high <= fact.high)
    if bound == "downto":
        return abs(fact.low - text.low) <= slack or (better == "down" and text.low >= fact.low)
    if fact_bound in ("max", "upto") and better == "up":
        return text.high <= fact.high + slack  # "13 to 15 inch" for "up to 14 inch" is too much
    if fact_bound == "min" and better != "up":
        return low <= fact.low <= high or text.low >= fact.low - slack
    if _narrow(fact) and low <= fact.low and fact.high <= high:
        return True  # the text's range holds the fact's tolerance
    point = fact.low == fact.high and text.low != text.high
    return (fact.low - slack <= text.low and text.high <= fact.high + slack) or (
        point and low <= fact.low <= high
    )


def _narrow(fact: Reading) -> bool:
    """A tolerance, and not a range that the goods can serve."""
    return 0 < fact.high - fact.low <= 0.15 * abs(fact.high)


def _sides(text: Reading, fact: Reading) -> ClaimStatus:
    """Sizes agree when each side of the text is a side of the fact, in any order."""
    left = list(fact.values)
    for side in text.values or (text.high,):
        near = min(left, key=lambda v: abs(v - side), default=None)
        if near is None or abs(near - side) > max(
            TOLERANCE * near, min(text.step / 2, near * 0.02)
        ):
            return ClaimStatus.CONTRADICTED
        left.remove(near)
    return ClaimStatus.SUPPORTED
