"""From a network's soft mask to a clean matte, and the product's own colours along its edge.

Three grounds, three ways. *alpha*: the picture brought its own matte, which is used as it is.
*plain*: the ground is one smooth colour, so what differs from it is product: solved exactly, down
to the pixel. *varied*: the mask is trusted but for a band along its edge, where colours decide.
A matte that a person has *edited* holds as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.imaging import planes, regions
from studio.imaging.opening import Pixels, Plane
from studio.imaging.regions import Bools

Ground = Literal["alpha", "plain", "varied", "edited"]
SOLID = 0.996  # from here on a pixel is wholly product and is never mixed with anything
TRUSTED = 0.85  # agreement of colours and mask from which a plain ground's colours have the say


@dataclass(frozen=True)
class Matte:
    """`alpha`: float32 HxW in 0..1. `trust`: 0..1, how far mask and colours agree."""

    alpha: Plane
    ground: Ground
    trust: float
    notes: tuple[str, ...] = ()


class Trial:
    """Tells a cut-out engine of its first mask whether the picture's colours settle the outline by
    themselves; `matte` is then that outline."""

    def __init__(self, rgb: Pixels) -> None:
        self._rgb = rgb
        self.matte: Matte | None = None

    def settled(self, mask: Plane) -> bool:
        found = _on_plain(self._rgb, mask)
        if found is not None and found.trust >= TRUSTED and not found.notes:
            self.matte = found
        return self.matte is not None


def refine(rgb: Pixels, mask: Plane) -> Matte:
    """The matte of a product from its soft mask; both of one size."""
    return _on_plain(rgb, mask) or _finished(_solve_varied(rgb, mask), mask, "varied")


def _on_plain(rgb: Pixels, mask: Plane) -> Matte | None:
    """The matte where the ground is plain and what differs from it is what the mask shows."""
    backdrop = plain_ground(rgb, mask)
    if backdrop is None:
        return None
    alpha = _solve_plain(rgb, mask, *backdrop)
    if regions.iou(alpha, mask) < 0.6 and regions.iou(alpha, regions.filled(mask)) < 0.6:
        return None
    return _complete(rgb, _finished(alpha, mask, "plain"))


def own_alpha(alpha: Plane) -> Matte:
    """A matte that came with the picture; a soft shadow drawn under the product is left out."""
    count, parts, _, _ = cv2.connectedComponentsWithStats((alpha > 0.02).astype(np.uint8))
    peak = np.zeros(count, np.float32)
    np.maximum.at(peak, parts.ravel(), alpha.ravel())
    faint = peak < 0.7  # a shadow is nowhere solid
    kept = np.where(faint[parts], np.float32(0), alpha)
    notes = ("a shadow drawn into the picture was left out",) if faint[1:].any() else ()
    return Matte(kept.astype(np.float32), "alpha", 1.0, notes)


def plain_ground(rgb: Pixels, mask: Plane) -> tuple[NDArray[np.float32], float] | None:
    """(the ground's colour at each pixel HxWx3, its noise) where the ground is plain, else None.

    A quadratic in x and y is fitted to what the mask calls ground, leaving out what doesn't fit
    (shadows, things); it is plain when nearly all of the picture's border fits.
    """
    height, width = mask.shape
    step = max(1, max(height, width) // 160)
    y, x = np.mgrid[0:height:step, 0:width:step]
    reach = cv2.dilate(mask, np.ones((9, 9), np.uint8))[::step, ::step]
    outside = reach < 0.05
    if outside.sum() < 200:
        return None
    terms = _terms(x[outside] / width, y[outside] / height)
    colours = rgb[::step, ::step][outside].astype(np.float32)
    keep = np.ones(len(colours), bool)
    for _ in range(5):
        if keep.sum() < 100:
            return None
        fit, *_ = np.linalg.lstsq(terms[keep], colours[keep], rcond=None)
        off = np.abs(colours - terms @ fit).max(axis=1)
        noise = float(np.median(off[keep])) + 0.5
        keep = off < 4 * noise + 2
    edge = (x[outside] < 2 * step) | (x[outside] > width - 3 * step) | (y[outside] < 2 * step)
    if noise > 4 or keep.mean() < 0.7 or edge.sum() < 30 or keep[edge].mean() < 0.9:
        return None
    return _surface(fit.astype(np.float32), width, height), noise


def _terms(x: NDArray[np.floating], y: NDArray[np.floating]) -> NDArray[np.float32]:
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1).astype(np.float32)


def _surface(fit: NDArray[np.float32], width: int, height: int) -> NDArray[np.float32]:
    """The fitted quadratics at every pixel, HxWx3: a row, a column, and their product."""
    x = np.arange(width, dtype=np.float32) / width
    y = np.arange(height, dtype=np.float32)[:, None] / height
    channels = [
        (a + c * y + f * y * y) + (b * x + d * x * x) + (e * y) * x for a, b, c, d, e, f in fit.T
    ]
    return np.asarray(np.clip(cv2.merge(channels), 0, 255))


def _solve_plain(rgb: Pixels, mask: Plane, ground: NDArray[np.float32], noise: float) -> Plane:
    """Everything is product that is not ground, not the ground's shadow and not a hole."""
    picture = rgb.astype(np.float32)
    far = planes.most(cv2.absdiff(picture, ground))
    like = far < np.clip(5 * noise, 5, 14)
    maybe = ~like & (mask < 0.4)  # the network does not call a shadow product
    shadow = np.zeros(mask.shape, bool)
    shadow[maybe] = _shaded(picture[maybe], ground[maybe], noise, _slope(rgb)[maybe])
    # white on white: where the network is sure, a ground-like colour does not make it ground
    outer = regions.reached((like & (mask < 0.9)) | shadow)
    holes = like & ~outer & (regions.mean_by_part(like & ~outer, mask) < 0.45)
    product = ~(outer | holes)
    product = regions.grown_clean(product & (regions.mean_by_part(product, mask) > 0.3))
    whole = np.zeros(mask.shape, np.float32)
    x, y, width, height = regions.around(product, 8)
    part = np.s_[y : y + height, x : x + width]
    whole[part] = _edge_plain(picture[part], product[part], ground[part], max(mask.shape) / 120)
    return whole


def _shaded(
    picture: NDArray[np.float32], ground: NDArray[np.float32], noise: float, slope: Plane
) -> Bools:
    """Which of these pixels (Nx3) are the ground in shadow: darker, hardly coloured, and smooth."""
    light = (picture * ground).sum(axis=1) / np.maximum((ground * ground).sum(axis=1), 1)
    tint = np.abs(picture - light[:, None] * ground).max(axis=1)
    dim = (light > 0.3) & (light < 1.04) & (tint < 7 + noise + 30 * np.clip(1 - light, 0, 1))
    # a shadow fades; what is dark behind a sharp edge is product that the network has missed
    return np.asarray(dim & ~((slope > 20) & (light < 0.75)))


def _edge_plain(
    picture: NDArray[np.float32], product: Bools, ground: NDArray[np.float32], wide: float
) -> Plane:
    """The soft edge of a product on a known ground; `wide`: how far its colours carry, px."""
    solid = cv2.erode(product.astype(np.uint8), regions.disc(2)) > 0
    clear = cv2.dilate(product.astype(np.uint8), regions.disc(2)) == 0
    band = ~(solid | clear)
    own = _spread(picture, solid, max(6.0, wide))[band]
    soft = cv2.GaussianBlur(product.astype(np.float32), (0, 0), 1.0)[band]
    contrast = np.sqrt(((own - ground[band]) ** 2).sum(axis=1))
    trust = np.clip((contrast - 20) / 40, 0, 1)  # a white edge on white cannot be solved by colour
    found = trust * _between(picture[band], own, ground[band]) + (1 - trust) * soft
    alpha = solid.astype(np.float32)
    alpha[band] = np.clip((found - 0.03) / 0.94, 0, 1)
    return np.asarray(alpha)


def _solve_varied(rgb: Pixels, mask: Plane) -> Plane:
    """The mask, hardened; in a band along its edge the colours of either side decide."""
    product = regions.grown_clean(mask > 0.5)
    reach = max(2, round(np.sqrt(float(product.sum())) / 110))
    whole = np.zeros(mask.shape, np.float32)
    x, y, width, height = regions.around(product, 12 * reach)
    part = np.s_[y : y + height, x : x + width]
    if product.any():
        whole[part] = _edge_varied(rgb[part], mask[part], product[part], reach)
    return whole


def _edge_varied(rgb: Pixels, mask: Plane, product: Bools, reach: int) -> Plane:
    """The soft edge; `reach`: half the band in which it may lie, px."""
    sure = cv2.erode(product.astype(np.uint8), regions.disc(reach)) > 0
    none = cv2.dilate(product.astype(np.uint8), regions.disc(reach)) == 0
    band = ~(sure | none)
    picture = rgb.astype(np.float32)
    own = _spread(picture, sure, 2.5 * reach)[band]
    other = _spread(picture, none, 2.5 * reach)[band]
    picture, seen = picture[band], mask[band]
    alpha = _between(picture, own, other)
    mixed = alpha[:, None] * own + (1 - alpha[:, None]) * other
    miss = np.abs(picture - mixed).max(axis=1)
    contrast = np.sqrt(((own - other) ** 2).sum(axis=1))
    trust = np.clip((contrast - 25) / 60, 0, 1) * np.clip(1.5 - miss / 40, 0, 1)
    prior = np.clip((_guided(rgb, mask, max(3, reach))[band] - 0.15) / 0.7, 0, 1)
    # colours may sharpen the edge but not run off with a part that the mask is sure of
    alpha = np.clip(alpha, np.clip(2.2 * seen - 1.4, 0, 1), np.clip(2.6 * seen, 0, 1))
    whole = sure.astype(np.float32)
    whole[band] = trust * alpha + (1 - trust) * prior
    soft = cv2.GaussianBlur(whole, (0, 0), 0.7)[band]
    whole[band] = np.clip((soft - 0.06) / 0.86, 0, 1)
    return np.asarray(whole)


def _guided(rgb: Pixels, mask: Plane, radius: int) -> Plane:
    """Guided filter (He, Sun, Tang 2010) of the mask with the picture's brightness as the guide."""
    guide = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    size = (2 * radius + 1, 2 * radius + 1)

    def mean(plane: NDArray[np.floating]) -> Plane:
        return np.asarray(cv2.boxFilter(plane, -1, size, borderType=cv2.BORDER_REFLECT))

    at, of = mean(guide), mean(mask)
    slope = (mean(guide * mask) - at * of) / (mean(guide * guide) - at * at + 1e-4)
    return np.asarray(np.clip(mean(slope) * guide + mean(of - slope * at), 0, 1).astype(np.float32))


def _finished(alpha: Plane, mask: Plane, ground: Ground) -> Matte:
    """The matte with a judgement: how much of it the mask bears out."""
    agree = max(regions.iou(alpha, mask), regions.iou(alpha, regions.filled(mask)))
    notes = () if agree >= 0.85 else ("the photo's colours contradict the found outline",)
    return Matte(alpha, ground, round(agree, 3), notes)


def _slope(rgb: Pixels) -> Plane:
    """How steeply the brightness changes, levels a pixel (a Sobel filter weighs by eight)."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    across, down = (cv2.Sobel(grey, cv2.CV_32F, dx, 1 - dx, scale=0.125) for dx in (1, 0))
    return np.asarray(cv2.magnitude(across, down))


def _complete(rgb: Pixels, matte: Matte) -> Matte:
    """The matte with a doubt where something crisp was left out: a plain ground and its shadows are
    smooth, so edges away from the product are another thing, lettering, or a lost part of it.

    Found on 70 real photos: 0 to 0.8 edge pixels for each pixel of outline where all was well, over
    2 where a laptop had lost its base or lettering stood beside the product.
    """
    hard = (matte.alpha > 0.5).astype(np.uint8)
    crisp = _slope(rgb) > 6
    crisp &= cv2.dilate(hard, np.ones((13, 13), np.uint8)) == 0
    small = np.ones((3, 3), np.uint8)
    outline = max(1, int((cv2.dilate(hard, small) - cv2.erode(hard, small)).sum()) // 2)
    if int(crisp[4:-4, 4:-4].sum()) < 1.2 * outline:
        return matte
    return replace(
        matte,
        trust=min(matte.trust, 0.6),
        notes=(*matte.notes, "something with clear edges beside the product was left out"),
    )


def _between(
    picture: NDArray[np.float32], own: NDArray[np.float32], other: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Where each colour (Nx3) lies on the line from `other` (0) to `own` (1)."""
    line = own - other
    share = ((picture - other) * line).sum(axis=1) / np.maximum((line * line).sum(axis=1), 1)
    return np.asarray(np.clip(share, 0, 1).astype(np.float32))


def _spread(picture: NDArray[np.float32], where: Bools, sigma: float) -> NDArray[np.float32]:
    """The colours of `where`, carried outward: a weighted blur, wide where nothing is near.

    Done small, each width from the one before, since only blurred colours come of it.
    """
    height, width = where.shape
    weight = where.astype(np.float32)
    both = cv2.merge([*cv2.split(picture * weight[..., None]), weight])  # colours and their weight
    shrink = max(1, int(sigma / 3))
    size = (max(2, width // shrink), max(2, height // shrink))
    little = np.asarray(cv2.resize(both, size, interpolation=cv2.INTER_AREA))
    total = planes.blur(little, sigma / shrink)
    for times, importance in ((4, 1e-2), (16, 1e-4)):
        total = total + importance * planes.blur(little, times * sigma / shrink)
    colours = total[..., :3] / np.maximum(total[..., 3:], 1e-6)
    return np.asarray(cv2.resize(colours, (width, height), interpolation=cv2.INTER_LINEAR))
