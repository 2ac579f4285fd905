"""Cut-out without a network: exact on plain grounds, a rough guess (GrabCut) on any other.

What works where no weights are: the picture's border tells the ground's colour, and all that is
joined to the border and looks like it, or like its shadow, is ground.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from studio.engines import Cut, Settled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_WORK = 900  # longest side of the working copy; the matte is refined at full size afterwards


class Options(BaseModel):
    """Nothing can be set."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Engine:
    """Implements CutoutEngine. Always ready; a busy ground is admitted in confidence and notes."""

    name = "plain"
    model = ""

    def __init__(self, options: Options | None = None) -> None:
        self._options = options or Options()

    Options = Options

    def ready(self) -> str:
        return ""

    def cut(self, image: NDArray[np.uint8], settled: Settled | None = None) -> Cut:
        """The product's mask. It looks once, so `settled` is not asked."""
        import cv2
        import numpy as np

        scale = min(1.0, _WORK / max(image.shape[:2]))
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        found, plain = _by_ground(small)
        if plain and 0.004 < found.mean() < 0.97:
            confidence, notes = 0.9, list[str]()
        else:
            found = _by_grabcut(small)
            confidence, notes = 0.4, ["the ground is not plain"]
        size = (image.shape[1], image.shape[0])
        mask = cv2.GaussianBlur(found.astype(np.float32), (0, 0), 1.0)
        mask = cv2.resize(mask, size, interpolation=cv2.INTER_LINEAR)
        return Cut(np.clip(mask, 0, 1).astype(np.float32), confidence, tuple(notes))


def _by_ground(image: NDArray[np.uint8]) -> tuple[NDArray[np.bool_], bool]:
    """(product, was the ground plain?). A plane of colour is fitted to the border, twice."""
    import cv2
    import numpy as np

    height, width = image.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    terms = np.stack([np.ones_like(x), x / width, y / height], axis=-1)
    picture = image.astype(np.float32)
    ring = np.zeros((height, width), bool)
    edge = max(2, min(height, width) // 60)
    ring[:edge], ring[:, :edge], ring[:, -edge:], ring[-edge:] = True, True, True, True
    middle = np.median(picture[ring], axis=0)
    keep = ring & (np.abs(picture - middle).max(axis=2) < 30)
    if keep.sum() < 0.5 * ring.sum():
        return np.zeros((height, width), bool), False
    for _ in range(2):
        fit, *_ = np.linalg.lstsq(terms[keep], picture[keep], rcond=None)
        off = np.abs(picture - terms @ fit).max(axis=2)
        noise = float(np.median(off[keep])) + 0.5
        keep = ring & (off < 4 * noise + 2)
    ground = terms @ fit
    plain = noise < 4.5 and keep.sum() > 0.6 * ring.sum()
    light = (picture * ground).sum(axis=2) / np.maximum((ground * ground).sum(axis=2), 1)
    tint = np.abs(picture - light[..., None] * ground).max(axis=2)
    steep = cv2.morphologyEx(picture.mean(axis=2), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    shadow = (light > 0.55) & (light < 1.03) & (tint < 5 + noise) & (steep < 10)
    like = (off < np.clip(5 * noise, 6, 16)) | shadow
    _, parts = cv2.connectedComponents(like.astype(np.uint8), connectivity=4)
    outer = np.isin(parts, np.unique(parts[ring & like])) & like
    if ground.min() < 240:  # on white a white label would pass for a hole; on other grounds not
        outer |= cv2.morphologyEx(
            (off < 3 * noise + 1).astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5))
        ).astype(bool)
    product = cv2.morphologyEx((~outer).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3)))
    return product.astype(bool), plain


def _by_grabcut(image: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Colour models of the frame's middle against its rim (Rother, Kolmogorov, Blake 2004)."""
    import cv2
    import numpy as np

    height, width = image.shape[:2]
    marks = np.zeros((height, width), np.uint8)
    inner = (width // 16, height // 16, width - width // 8, height - height // 8)
    model: Any = np.zeros((1, 65))
    cv2.setRNGSeed(1)
    cv2.grabCut(
        np.ascontiguousarray(image[..., ::-1]),
        marks,
        inner,
        model,
        model.copy(),
        4,
        cv2.GC_INIT_WITH_RECT,
    )
    return np.asarray((marks == cv2.GC_FGD) | (marks == cv2.GC_PR_FGD))
