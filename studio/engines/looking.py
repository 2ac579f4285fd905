"""How a cut-out network is asked: twice, with a confidence in what it saw.

The first look, a glance where the network can see a smaller picture, finds the product; the second
sees the crop round it, and is taken only where it agrees with the first: where it does not, it has
usually dropped a part or picked another thing, unless a third, at a mirrored crop, sees the same as
it did; a doubt it is in any case. The second look is left away where the colours of a plain ground
settle the outline.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from studio.engines import Cut, Settled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Look = Callable[[NDArray[np.uint8]], NDArray[np.float32]]

_WHOLE = 0.72  # a product that fills more of the picture than this gains nothing from a crop
_AGREE = 0.80  # IoU of the looks below which the second is not trusted


def once(image: NDArray[np.uint8], look: Look) -> Cut:
    """The mask of one look: for networks that see a picture large enough at once."""
    return _told(look(image), 1.0, [])


def twice(
    image: NDArray[np.uint8],
    look: Look,
    settled: Settled | None = None,
    glance: Look | None = None,
) -> Cut:
    """The mask of two looks, of one where that is `settled` (see CutoutEngine). `look`: RGB uint8
    HxWx3 -> mask float32 HxW, 0..1; `glance`: the same, quicker and coarser."""
    import numpy as np

    first = (glance or look)(image)
    coarse = 2 if glance else 1
    box = _box(first, coarse)
    if box is not None and settled and settled(first):
        return _told(first, 1.0, [])
    if box is None or box[2] * box[3] > _WHOLE * first.size:
        return once(image, look) if glance else _told(first, 1.0, [])
    x, y, width, height = box
    crop = np.ascontiguousarray(image[y : y + height, x : x + width])
    second = _beside(first, look(crop), box, coarse)
    agree = _iou(first, second)
    if agree < _AGREE and glance:
        first = look(image)
        agree = _iou(first, second)
    if agree >= _AGREE:
        return _told(second, agree, [])
    third = _mirrored(image, first, look)
    steady = _iou(second, third) >= _AGREE
    found = np.asarray((second + third) / 2, np.float32) if steady else first
    return _told(found, agree, ["two looks at the photo disagree on what the product is"])


def _mirrored(
    image: NDArray[np.uint8], first: NDArray[np.float32], look: Look
) -> NDArray[np.float32]:
    """The mask of a look at the mirrored crop round what a look at the whole picture has shown."""
    import numpy as np

    x, y, width, height = box = _box(first, 1) or (0, 0, first.shape[1], first.shape[0])
    crop = np.ascontiguousarray(image[y : y + height, x : x + width][:, ::-1])
    return _beside(first, look(crop)[:, ::-1], box, 1)


def _told(mask: NDArray[np.float32], agree: float, notes: list[str]) -> Cut:
    if not (mask > 0.5).any():
        return Cut(mask, 0.0, ("no product was found",))
    sure = _sureness(mask)
    if sure < 0.8:
        notes = [*notes, "the product's outline is unsure"]
    return Cut(mask, round(min(1.0, agree) * sure, 3), tuple(notes))


def _box(mask: NDArray[np.float32], coarse: int) -> tuple[int, int, int, int] | None:
    """x, y, width, height round all parts that are large enough to be product, with a margin."""
    import cv2
    import numpy as np

    few = _few(mask)
    count, _, stats, _ = cv2.connectedComponentsWithStats((few > 0.5 / coarse).astype(np.uint8))
    if count < 2:
        return None
    parts = stats[1:][stats[1:, 4] > 0.05 * stats[1:, 4].max()] * _step(mask)
    left, top = int(parts[:, 0].min()), int(parts[:, 1].min())
    right, bottom = int((parts[:, 0] + parts[:, 2]).max()), int((parts[:, 1] + parts[:, 3]).max())
    margin = int(0.08 * coarse * max(right - left, bottom - top)) + 4
    left, top = max(0, left - margin), max(0, top - margin)
    right, bottom = min(mask.shape[1], right + margin), min(mask.shape[0], bottom + margin)
    return left, top, right - left, bottom - top


def _beside(
    first: NDArray[np.float32],
    crop: NDArray[np.float32],
    box: tuple[int, int, int, int],
    coarse: int,
) -> NDArray[np.float32]:
    """The crop's mask in its place, held to what the first look thought possible. Of a
    look twice as coarse, a fainter and farther hint counts."""
    import cv2
    import numpy as np

    x, y, width, height = box
    whole = np.zeros_like(first)
    there, step = np.s_[y : y + height, x : x + width], _step(first)
    reach = max(15, coarse * max(width, height) // 24) // step | 1
    near = cv2.dilate(_few(first[there], step), np.ones((reach, reach), np.uint8))
    near = cv2.resize(near, (width, height), interpolation=cv2.INTER_LINEAR)
    whole[there] = np.minimum(crop, np.clip(near * 2.5 * coarse**2, 0, 1))
    return whole


def _step(mask: NDArray[np.float32]) -> int:
    """Every so many pixels of a mask that was enlarged from what a network saw tell all of it."""
    height, width = mask.shape
    return max(1, int(max(height, width)) // 320)


def _few(mask: NDArray[np.float32], step: int = 0) -> NDArray[np.float32]:
    step = step or _step(mask)
    return mask[::step, ::step]


def _iou(one: NDArray[np.float32], two: NDArray[np.float32]) -> float:
    a, b = _few(one) > 0.5, _few(two) > 0.5
    union = float((a | b).sum())
    return float((a & b).sum()) / union if union else 1.0


def _sureness(mask: NDArray[np.float32]) -> float:
    """1 for a mask that is clearly 0 or 1; lower with the share of grey beside the product."""
    few = _few(mask)
    product = float((few > 0.5).sum())
    grey = float(((few > 0.2) & (few < 0.8)).sum())
    return max(0.0, 1.0 - 1.5 * grey / product) if product else 0.0
