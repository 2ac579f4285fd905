"""From a network's soft mask to a clean matte, and the product's own colours along its edge.

Three grounds, three ways. *alpha*: the picture brought its own matte, which is used as it is.
*plain*: the ground is one smooth colour, so what differs from it is product: solved exactly, down
to the pixel. *varied*: the mask is trusted but for a band along its edge, where colours decide.
A matte that a person has *edited* holds as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.imaging import ground as grounds
from studio.imaging import hesitant, planes, regions
from studio.imaging.opening import Pixels, Plane
from studio.imaging.regions import Bools

Ground = Literal["alpha", "plain", "varied", "edited"]
SOLID = 0.996  # from here on a pixel is wholly product and is never mixed with anything
TRUSTED = 0.85  # agreement of colours and mask from which a plain ground's colours have the say
_FAINT = 0.07  # share of the outline that may hardly differ from the ground where colours settle it
_GREY = 0.16  # as much of a mask, beside its product, may be neither where colours settle it
_PALE = 60  # levels from the ground up to which colours alone draw no clean outline
_FRAMED = 0.9  # share of the picture from which what was found is a poster, not a thing on a ground


@dataclass(frozen=True)
class Matte:
    """`alpha`: float32 HxW in 0..1. `trust`: 0..1, how far mask and colours agree. `faint`: share
    of the outline where product and plain ground differ little in colour."""

    alpha: Plane
    ground: Ground
    trust: float
    notes: tuple[str, ...] = ()
    faint: float = 0.0


class Trial:
    """Tells a cut-out engine of its first mask whether the picture's colours settle the outline by
    themselves; `matte` is then that outline."""

    def __init__(self, rgb: Pixels) -> None:
        self._rgb = rgb
        self.matte: Matte | None = None

    def settled(self, mask: Plane) -> bool:
        if float(((mask > 0.2) & (mask < 0.8)).sum()) > _GREY * float((mask > 0.5).sum()):
            return False
        found = _on_plain(self._rgb, mask)
        if found is None or found.trust < TRUSTED or found.notes or found.faint > _FAINT:
            return False
        *_, width, height = regions.around(found.alpha > 0.5, 0)
        if width * height < _FRAMED * mask.size:
            self.matte = found
        return self.matte is not None


def refine(rgb: Pixels, mask: Plane) -> Matte:
    """The matte of a product from its soft mask; both of one size."""
    if plain := _on_plain(rgb, mask):
        return plain
    clear, unsure = hesitant.without(mask)
    made = _finished(_solve_varied(rgb, clear), mask, "varied")
    note = "a part beside the product may be product or ground; it was left out"
    return _doubted(made, note) if unsure else made


def _on_plain(rgb: Pixels, mask: Plane) -> Matte | None:
    """The matte where the ground is plain and what differs from it is what the mask shows."""
    ground = grounds.plain(rgb, mask)
    if ground is None:
        return None
    slope = _slope(rgb)
    alpha, faint, deep = _solve_plain(rgb, mask, ground, slope)
    made = replace(_finished(alpha, mask, "plain"), faint=faint)
    few, seen = _few(alpha, mask)
    seen = regions.filled(seen)
    # what colours take away is a look through; what they add is another thing
    own = regions.iou(np.maximum(few, seen), seen) >= TRUSTED
    return _complete(slope, made, deep) if own and made.trust >= 0.6 else None


def own_alpha(alpha: Plane) -> Matte:
    """A matte that came with the picture; a soft shadow drawn under the product is left out."""
    count, parts, _, _ = cv2.connectedComponentsWithStats((alpha > 0.02).astype(np.uint8))
    faint = np.ones(count, bool)  # a shadow is nowhere solid
    faint[parts[alpha >= 0.7]] = False
    kept = np.where(faint[parts], np.float32(0), alpha)
    notes = ("a shadow drawn into the picture was left out",) if faint[1:].any() else ()
    return Matte(kept.astype(np.float32), "alpha", 1.0, notes)


def _solve_plain(
    rgb: Pixels, mask: Plane, ground: grounds.Ground, slope: Plane
) -> tuple[Plane, float, Bools]:
    """Everything is product that is not ground, not the ground's shadow and not a hole; how much of
    its outline is faint; and where the shadow is deep."""
    off = ground.off(rgb)
    like = off < ground.reach
    shadow, deep = np.zeros(mask.shape, bool), np.zeros(mask.shape, bool)
    maybe = regions.points(~like & (mask < 0.4))  # the network does not call a shadow product
    there = ground.at(*maybe, mask.shape)
    dim, dark = _shaded(rgb[maybe], there, ground.noise, slope[maybe])
    deep[maybe] = dark & (mask[maybe] < 0.1)
    deep = _at_foot(deep, mask)
    shadow[maybe] = dim
    shadow |= deep
    # white on white: where the network is sure, a ground-like colour does not make it ground
    outer = regions.reached((like & (mask < 0.9)) | shadow)
    product = ~outer
    inside = regions.Parts.of((like | shadow) & product)
    holes = (inside.mean(mask) < 0.45) & (inside.mean(like) > 0.5)
    holes &= inside.sizes >= 12  # specks are noise, they say nothing
    if ground.tinted:  # a wide part of just its colour is a look through a handle
        wide = inside.sizes >= 0.0005 * off.size
        holes |= _framed(wide & (inside.mean(off) < 1.5 * ground.noise + 0.5), inside, off)
    product.ravel()[inside.pixels(holes)] = False
    product = _evened(regions.grown_clean(product, mask, 0.3), mask, off)
    return *_edge_plain(rgb, product, ground), deep


def _at_foot(deep: Bools, mask: Plane) -> Bools:
    """Those parts of a deep shadow that begin where the product ends."""
    if not deep.any():
        return deep
    parts, reach = regions.Parts.of(deep), max(mask.shape) // 80
    beside = cv2.dilate((mask > 0.5).view(np.uint8), np.ones((2 * reach + 1,) * 2, np.uint8))
    found = np.zeros(deep.shape, bool)
    found.ravel()[parts.pixels(parts.mean(beside) > 0)] = True
    return found


def _evened(product: Bools, mask: Plane, off: Pixels) -> Bools:
    """The product with a smooth outline where it is hardly another colour than the ground: colours
    alone leave it ragged there, so the mask's has as much of a say."""
    size = max(mask.shape) / 400
    near, far = (np.ones((2 * round(n * size) + 1,) * 2, np.uint8) for n in (1.5, 3))
    x, y, width, height = regions.around(product, len(far))
    part = np.s_[y : y + height, x : x + width]
    hard, seen = product[part].view(np.uint8), mask[part]
    unsure = cv2.dilate(off[part], np.ones((7, 7), np.uint8)) < _PALE
    unsure &= cv2.dilate(hard, near) > cv2.erode(hard, near)
    if not unsure.any():
        return product
    for side in (seen > 0.95, seen < 0.05):  # a mask that fades slowly draws no outline either
        unsure &= cv2.dilate(side.view(np.uint8), far) > 0
    voted = cv2.blur(100 * (hard + (seen > 0.5).view(np.uint8)), near.shape) > 100
    even = product.copy()
    even[part] = np.where(unsure, voted, product[part])
    return even


def _framed(chosen: Bools, parts: regions.Parts, off: Pixels) -> Bools:
    """Those of the chosen parts at whose edge the colour leaps. Round a look through a handle the
    product begins (38 levels and more on real photos); on a white shirt whose folds pass through
    the ground's colour nothing does (9 to 12)."""
    leaps = chosen.copy()
    for label in np.flatnonzero(chosen):
        own = np.zeros(off.shape, np.uint8)
        own.ravel()[parts.pixels(np.arange(len(chosen)) == label)] = 1
        ring = cv2.dilate(own, np.ones((7, 7), np.uint8)) > own
        leaps[label] = np.median(off[ring]) > 25
    return leaps


def _shaded(
    picture: Pixels, ground: NDArray[np.float32], noise: float, slope: Plane
) -> tuple[Bools, Bools]:
    """Which of these pixels (Nx3) are the ground in shadow, darker, hardly coloured, and smooth, or
    a trifle lighter, and as smooth as paper; and which so dark as only a shadow at a foot is."""
    light = _dot(picture, ground) / np.maximum(_dot(ground, ground), 1)
    tint = _most(np.abs(picture - light[:, None] * ground))
    grey = tint < 7 + noise + 30 * np.clip(1 - light, 0, 1)
    dim = grey & (light > 0.3) & (light < np.where(slope < 3, 1.1, 1.04))
    # a shadow fades; what is dark behind a sharp edge is product that the network has missed
    return dim & ~((slope > 20) & (light < 0.75)), grey & (light <= 0.3) & (slope < 12)


def _edge_plain(rgb: Pixels, product: Bools, ground: grounds.Ground) -> tuple[Plane, float]:
    """The soft edge of a product on a known ground, and how much of it is faint."""
    x, y, width, height = regions.around(product, 8)
    part = np.s_[y : y + height, x : x + width]
    hard = product[part].view(np.uint8)
    solid = cv2.erode(hard, regions.disc(2)) > 0
    band = (cv2.dilate(hard, regions.disc(2)) > 0) & ~solid
    own = _spread(rgb[part], solid, max(6.0, max(product.shape) / 120), band)
    rows, columns = regions.points(band)
    soft = cv2.GaussianBlur(255 * hard, (0, 0), 1.0)[rows, columns] * np.float32(1 / 255)
    other = ground.at(rows + y, columns + x, product.shape)
    picture = rgb[part][rows, columns].astype(np.float32)
    contrast = np.sqrt(_dot(own - other, own - other))
    trust = np.clip((contrast - 20) / 40, 0, 1)  # a white edge on white cannot be solved by colour
    found = trust * _between(picture, own, other) + (1 - trust) * soft
    alpha = np.zeros(product.shape, np.float32)
    alpha[part] = solid
    alpha[part][rows, columns] = np.clip((found - 0.03) / 0.94, 0, 1)
    return alpha, float((trust < 0.9).mean()) if trust.size else 1.0


def _solve_varied(rgb: Pixels, mask: Plane) -> Plane:
    """The mask, hardened; in a band along its edge the colours of either side decide."""
    product = regions.grown_clean(mask > 0.5, mask, 0.5)
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
    own = _spread(rgb, sure, 2.5 * reach, band)
    other = _spread(rgb, none, 2.5 * reach, band)
    picture, seen = rgb[regions.points(band)].astype(np.float32), mask[band]
    alpha = _between(picture, own, other)
    mixed = alpha[:, None] * own + (1 - alpha[:, None]) * other
    miss = _most(np.abs(picture - mixed))
    contrast = np.sqrt(_dot(own - other, own - other))
    trust = np.clip((contrast - 25) / 60, 0, 1) * np.clip(1.5 - miss / 40, 0, 1)
    prior = np.clip((_guided(rgb, mask, max(3, reach), band) - 0.15) / 0.7, 0, 1)
    # colours may sharpen the edge but not run off with a part that the mask is sure of
    alpha = np.clip(alpha, np.clip(2.2 * seen - 1.4, 0, 1), np.clip(2.6 * seen, 0, 1))
    whole = sure.astype(np.float32)
    whole[band] = trust * alpha + (1 - trust) * prior
    # notches narrower than what the network saw are evened out, the edge stays as steep as it was
    wide = max(0.7, reach / 4)
    soft = cv2.GaussianBlur(whole, (0, 0), wide)[band]
    steep = np.clip((soft - 0.5) * min(5.0, max(1.0, wide / 0.5)) + 0.5, 0, 1)
    whole[band] = np.clip((steep - 0.06) / 0.86, 0, 1)
    return np.asarray(whole)


def _guided(rgb: Pixels, mask: Plane, radius: int, to: Bools) -> NDArray[np.float32]:
    """Guided filter of the mask with the picture's brightness as the guide, at the N pixels of
    `to` (He, Sun 2015, "Fast guided filter": the means are taken at half the size)."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    guide = planes.shrunk(grey, 2).astype(np.float32) / 255
    mask = planes.shrunk(mask, 2)
    size = (radius | 1, radius | 1)

    def mean(plane: NDArray[np.floating]) -> Plane:
        return np.asarray(cv2.boxFilter(plane, -1, size, borderType=cv2.BORDER_REFLECT))

    at, of = mean(guide), mean(mask)
    slope = (mean(guide * mask) - at * of) / (mean(guide * guide) - at * at + 1e-4)
    y, x = regions.points(to)
    steep, base = (
        planes.at(mean(plane), (x + 0.5) / 2 - 0.5, (y + 0.5) / 2 - 0.5)
        for plane in (slope, of - slope * at)
    )
    return np.asarray(np.clip(steep * (grey[y, x] / np.float32(255)) + base, 0, 1), np.float32)


def _finished(alpha: Plane, mask: Plane, ground: Ground) -> Matte:
    """The matte with a judgement: how much of it the mask bears out."""
    few, seen = _few(alpha, mask)
    agree = max(regions.iou(few, seen), regions.iou(few, regions.filled(seen)))
    notes = () if agree >= 0.85 else ("the photo's colours contradict the found outline",)
    return Matte(alpha, ground, round(agree, 3), notes)


def _few(alpha: Plane, mask: Plane) -> tuple[Plane, Plane]:
    """As many pixels of either as tell all: the mask was enlarged from as much."""
    step = max(1, max(mask.shape) // 320)
    return alpha[::step, ::step], mask[::step, ::step]


def _slope(rgb: Pixels) -> Plane:
    """How steeply the brightness changes, levels a pixel (a Sobel filter weighs by eight)."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    across, down = (cv2.Sobel(grey, cv2.CV_32F, dx, 1 - dx, scale=0.125) for dx in (1, 0))
    return np.asarray(cv2.magnitude(across, down))


def _complete(slope: Plane, matte: Matte, deep: Bools) -> Matte:
    """The matte with a doubt where something crisp was left out: a plain ground and its shadows are
    smooth but for the `deep` ones at a foot, so edges away from the product are another thing,
    lettering, or a lost part of it.

    Found on 70 real photos: 0 to 0.8 edge pixels for each pixel of outline where all was well, over
    2 where a laptop had lost its base or lettering stood beside the product.
    """
    hard = (matte.alpha > 0.5).astype(np.uint8)
    crisp = slope > 6
    foot = hard | deep.view(np.uint8)
    crisp &= cv2.dilate(foot, np.ones((13, 13), np.uint8)) == 0
    small = np.ones((3, 3), np.uint8)
    outline = max(1, int((cv2.dilate(hard, small) - cv2.erode(hard, small)).sum()) // 2)
    if int(crisp[4:-4, 4:-4].sum()) < 1.2 * outline:
        return matte
    return _doubted(matte, "something with clear edges beside the product was left out")


def _doubted(matte: Matte, note: str) -> Matte:
    """The matte with a note, and so little trust that a person is asked to look."""
    return replace(matte, trust=min(matte.trust, 0.6), notes=(*matte.notes, note))


def _between(
    picture: NDArray[np.float32], own: NDArray[np.float32], other: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Where each colour (Nx3) lies on the line from `other` (0) to `own` (1)."""
    line = own - other
    share = _dot(picture - other, line) / np.maximum(_dot(line, line), 1)
    return np.asarray(np.clip(share, 0, 1).astype(np.float32))


def _dot(one: NDArray[Any], two: NDArray[np.float32]) -> NDArray[np.float32]:
    """The scalar product of each pair of colours; Nx3 and Nx3 to N."""
    return np.asarray(np.einsum("ij,ij->i", one, two, dtype=np.float32))


def _most(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The greatest of the three channels; Nx3 to N."""
    return np.maximum(np.maximum(values[:, 0], values[:, 1]), values[:, 2])


def _spread(rgb: Pixels, where: Bools, sigma: float, to: Bools) -> NDArray[np.float32]:
    """The colours of `where`, carried to the N pixels of `to` (Nx3): a weighted blur, wide where
    nothing is near.

    Done small, each width from the one before, since only blurred colours come of it.
    """
    shrink = max(1, int(sigma / 2))
    held = cv2.merge([*cv2.split(rgb), np.full(where.shape, 255, np.uint8)])
    held = planes.put(np.zeros_like(held), where, held)
    little = planes.shrunk(held, shrink).astype(np.float32)
    total = planes.blur(little, sigma / shrink)
    for times, importance in ((4, 1e-2), (16, 1e-4)):
        total = total + importance * planes.blur(little, times * sigma / shrink)
    y, x = regions.points(to)
    found = planes.at(total, (x + 0.5) / shrink - 0.5, (y + 0.5) / shrink - 0.5)
    return np.asarray(found[:, :3] / np.maximum(found[:, 3:] / 255, 1e-6), np.float32)
