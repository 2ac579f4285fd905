"""A photo that was opened and cut out: what every picture of a product starts from."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from studio.imaging import halo, measure
from studio.imaging import matte as mattes
from studio.imaging.fit import CutOut
from studio.imaging.matte import Matte
from studio.imaging.opening import Opened, Plane

DOUBTFUL = 0.70  # confidence below which a person should look
SURE = 0.90  # and from which nobody and nothing need look again


@dataclass(frozen=True)
class Shot:
    """`confidence` 0..1 is the engine's own times how far the colours bear it out."""

    sha256: str
    opened: Opened
    cut: CutOut
    matte: Matte
    confidence: float
    notes: tuple[str, ...]
    palette: tuple[tuple[int, int, int], ...]
    brightness: float
    enlarged: float = 1.0  # how far an engine has enlarged the cut-out
    mask: str = ""  # sha256 of the mask that a person has mended, where one has

    @property
    def doubtful(self) -> bool:
        return self.confidence < DOUBTFUL

    @property
    def cropped(self) -> bool:
        return any(self.cut.cropped)

    @property
    def hangs(self) -> bool:
        """True when the photo cuts it off below or at a side, so that it cannot stand."""
        left, _, right, bottom = self.cut.cropped
        return bottom or left or right

    @property
    def tall(self) -> float:
        """The product's height over its width."""
        return self.cut.box[3] / self.cut.box[2]

    @property
    def lying(self) -> bool:
        """True when the outline has no foot to stand on: its lowest part is a narrow tip."""
        x, y, width, height = self.cut.box
        low = self.cut.alpha[y + round(0.955 * height) : y + height, x : x + width] > 0.5
        return bool(low.any(axis=0).mean() < 0.16)


def from_mask(
    sha256: str,
    opened: Opened,
    mask: Plane,
    confidence: float,
    notes: tuple[str, ...],
    matte: Matte | None = None,
) -> Shot:
    """The shot for an engine's soft mask; `matte`: of that mask, where it is known already."""
    return _shot(sha256, opened, matte or mattes.refine(opened.rgb, mask), confidence, notes)


def from_alpha(sha256: str, opened: Opened) -> Shot:
    """The shot for a picture that brought its own matte."""
    assert opened.alpha is not None
    return _shot(sha256, opened, mattes.own_alpha(opened.alpha), 1.0, ())


def from_edited(sha256: str, opened: Opened, alpha: Plane, mask: str) -> Shot:
    """The shot for a matte that a person has mended; `mask`: the sha256 of its file."""
    made = _shot(sha256, opened, Matte(alpha, "edited", 1.0), 1.0, ())
    return replace(made, mask=mask)


def _shot(
    sha256: str, opened: Opened, matte: Matte, confidence: float, notes: tuple[str, ...]
) -> Shot:
    if matte.ground == "plain" and matte.trust >= mattes.TRUSTED:
        # the network and the ground's colour are independent witnesses; where they agree, the
        # network's own doubts (holes in a screen, a strap) were settled by the colours
        confidence, notes = max(confidence, 0.95 * matte.trust), ()
    colours = halo.foreground(opened.rgb, matte.alpha)
    solid = matte.alpha > 0.9
    grey = cv2.cvtColor(opened.rgb, cv2.COLOR_RGB2GRAY)
    return Shot(
        sha256,
        opened,
        CutOut(colours, matte.alpha, opened.rgb),
        matte,
        round(confidence * min(1.0, matte.trust / 0.9), 3),
        (*notes, *matte.notes),
        measure.palette(opened.rgb, matte.alpha),
        cv2.mean(grey, solid.view(np.uint8))[0] / 255 if solid.any() else 0.5,
    )
