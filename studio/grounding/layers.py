"""Of which part of the goods a material is told: the outside, the lining, the filling, the body.

面料100%亚麻/内芯棉: what is said of one part neither carries nor contradicts what is said of
another. Words that name no part speak of the outside.
"""

from __future__ import annotations

from studio.grounding.patterns import Pattern
from studio.grounding.words import Hit, near

_REACH = 40  # code points from the name of a part to a material that stands behind it
_BEHIND = Pattern(r"[ -]?(?:材质的?|材料的?|制成?的?|做的|质地的?|质|的)?")  # 亚麻的面料
# 面料: 65%棉, 35%聚酯纤维: what may stand between the part and its materials, beside others
_BETWEEN = Pattern(
    r"(?:[\s:,、+&(]|[0-9.]+ ?%|是|为|由|用|采用|选用|成分|材质|含|纯|全|均|都|(?<![a-z])(?:is|are"
    r"|made|of|from|in|and|material|pure|genuine|soft)(?![a-z]))*"
)
_NEXT = frozenset(",、+&")  # after a part they begin something else
_OUTSIDE = frozenset(["", "outside", "body"])


def layer_of(text: str, hit: Hit, layers: list[Hit], materials: list[Hit]) -> str:
    """The part of which a material of the text is told, "" where its words name none.

    `layers`, `materials`: the hits of these lexicons in the text, in order.
    """
    if not layers:
        return ""
    for one in near(layers, hit.start, hit.end + _REACH):
        if _BEHIND.fullmatch(text, min(hit.end, one.start), one.start):
            return one.key
    before = near(layers, hit.start - _REACH, hit.start)
    if not before:
        return ""
    one = before[-1]
    if any(
        _BEHIND.fullmatch(text, m.end, one.start)
        for m in near(materials, one.start - _REACH, one.start)
    ):
        return ""  # it is the part of the material before it: 棉内芯, 亚麻
    rest = text[one.end : hit.start]
    if rest.lstrip()[:1] in _NEXT:
        return ""
    for other in reversed(near(materials, one.end, hit.start)):
        rest = rest[: other.start - one.end] + rest[other.end - one.end :]
    return one.key if _BETWEEN.fullmatch(rest) else ""


def carries(said: str, told: str) -> bool:
    """Whether a material told of one part may carry what is said of another."""
    return said == told or not said or not told or {said, told} <= _OUTSIDE


def rivals(said: str, told: str) -> bool:
    """Whether another material told of the one part contradicts what is said of the other."""
    return said == told or {said, told} <= _OUTSIDE
