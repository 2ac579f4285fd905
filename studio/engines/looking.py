"""How a cut-out network is asked: twice, with a confidence in what it saw.

The first look finds the product in the whole picture, the second sees the crop round it. The second
is taken only where it agrees with the first: where it does not, it has usually dropped a part or
picked another thing. It is left away where the colours of a plain ground settle the outline.
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
    mask = look(image)
    if _box(mask) is None:
        return Cut(mask, 0.0, ("no product was found",))
    return _told(mask, 1.0, [])


def twice(image: NDArray[np.uint8], look: Look, settled: Settled | None = None) -> Cut:
    """The mask of two looks, of one where that is `settled` (see CutoutEngine). `look`: RGB uint8
    HxWx3 -> mask float32 HxW, 0..1."""
    import numpy as np

    first = look(image)
    box = _box(first)
    if box is None:
        return Cut(first, 0.0, ("no product was found",))
    mask, agree, notes = first, 1.0, list[str]()
    x, y, width, height = box
    if width * height <= _WHOLE * first.size and not (settled and settled(first)):
        crop = np.ascontiguousarray(image[y : y + height, x : x + width])
        second = _beside(first, look(crop), box)
        agree = _iou(first, second)
        if agree >= _AGREE:
            mask = second
        else:
            notes.append("two looks at the photo disagree on what the product is")
    return _told(mask, agree, notes)


def _told(mask: NDArray[np.float32], agree: float, notes: list[str]) -> Cut:
    sure = _sureness(mask)
    if sure < 0.8:
        notes = [*notes, "the product's outline is unsure"]
    return Cut(mask, round(min(1.0, agree) * sure, 3), tuple(notes))


def _box(mask: NDArray[np.float32]) -> tuple[int, int, int, int] | None:
    """x, y, width, height round all parts that are large enough to be product, with a margin."""
    import cv2
    import numpy as np

    count, _, stats, _ = cv2.connectedComponentsWithStats((mask > 0.5).astype(np.uint8))
    if count < 2:
        return None
    parts = stats[1:][stats[1:, 4] > 0.05 * stats[1:, 4].max()]
    left, top = int(parts[:, 0].min()), int(parts[:, 1].min())
    right, bottom = int((parts[:, 0] + parts[:, 2]).max()), int((parts[:, 1] + parts[:, 3]).max())
    margin = int(0.08 * max(right - left, bottom - top)) + 4
    left, top = max(0, left - margin), max(0, top - margin)
    right, bottom = min(mask.shape[1], right + margin), min(mask.shape[0], bottom + margin)
    return left, top, right - left, bottom - top


def _beside(
    first: NDArray[np.float32], crop: NDArray[np.float32], box: tuple[int, int, int, int]
) -> NDArray[np.float32]:
    """The crop's mask in its place, held to what the first pass thought possible."""
    import cv2
    import numpy as np

    x, y, width, height = box
    whole = np.zeros_like(first)
    whole[y : y + height, x : x + width] = crop
    reach = max(15, max(width, height) // 24) | 1
    near = cv2.dilate(first, np.ones((reach, reach), np.uint8))
    return np.asarray(np.minimum(whole, np.clip(near * 2.5, 0, 1)).astype(np.float32))


def _iou(one: NDArray[np.float32], two: NDArray[np.float32]) -> float:
    a, b = one > 0.5, two > 0.5
    union = float((a | b).sum())
    return float((a & b).sum()) / union if union else 1.0


def _sureness(mask: NDArray[np.float32]) -> float:
    """1 for a mask that is clearly 0 or 1; lower with the share of grey beside the product."""
    product = float((mask > 0.5).sum())
    grey = float(((mask > 0.2) & (mask < 0.8)).sum())
    return max(0.0, 1.0 - 1.5 * grey / product) if product else 0.0
