"""Measures of a finished picture. They are taken from the file as written, never assumed."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.imaging import planes
from studio.imaging.opening import Pixels, Plane

_NOT_WHITE = 248  # JPEG ripples beside an edge stay above it


def decode(data: bytes) -> Pixels:
    """The pixels of a file that we wrote; a clear one as it looks on white."""
    file = np.frombuffer(data, np.uint8)
    found = cv2.imdecode(file, cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION)
    assert found is not None
    if found.ndim < 3 or found.shape[2] == 3:
        how = cv2.COLOR_GRAY2RGB if found.ndim < 3 else cv2.COLOR_BGR2RGB
        return np.asarray(cv2.cvtColor(found, how), np.uint8)
    share = found[..., 3].astype(np.float32) / np.float32(255)
    product = planes.times(cv2.cvtColor(found, cv2.COLOR_BGRA2RGB), share)
    return planes.whole(product + 255 * (1 - share)[..., None])


def white(picture: Pixels) -> dict[str, float]:
    """Of a white main picture: `fill` (longest side of the product over the picture's side),
    `border_white` (share of the outer 1% that is exactly 255), `off_centre` (share of a side)."""
    height, width = picture.shape[:2]
    darkest = planes.lowest(picture)
    there = darkest < _NOT_WHITE
    x, y, w, h = cv2.boundingRect(there.astype(np.uint8))
    ring = max(2, min(width, height) // 100)
    exact = darkest == 255
    sides = exact[ring:-ring, :ring], exact[ring:-ring, -ring:]
    frame = np.concatenate([side.ravel() for side in (exact[:ring], exact[-ring:], *sides)])
    off = max(abs(x + w / 2 - width / 2) / width, abs(y + h / 2 - height / 2) / height)
    return {
        "fill": round(max(w / width, h / height), 4),
        "border_white": round(float(frame.mean()), 4),
        "off_centre": round(off if w else 0.0, 4),
    }


def background(picture: Pixels, alpha: Plane) -> float:
    """The share of pixels away from the product (16 px, the reach of a JPEG block) that are 255."""
    near = cv2.dilate((alpha > 0).astype(np.uint8), np.ones((33, 33), np.uint8)) > 0
    exact = planes.lowest(picture) == 255
    return round(float(exact[~near].mean()), 5) if (~near).any() else 1.0


def sharpness(picture: Pixels, alpha: Plane | None = None) -> dict[str, float]:
    """Of the product, at 1024 px: `sharpness`, the variance of its Laplacian (below 90 soft, below
    25 blurred or plain), and `detail`, what its sharpest half per cent reaches: a smooth glaze has
    little variance, but a seam or speckle in it stays crisp unless it is out of focus."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    scale = min(1.0, 1024 / max(grey.shape))
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    edges = cv2.Laplacian(grey.astype(np.float32), cv2.CV_32F)
    if alpha is not None:
        solid = (cv2.resize(alpha, size, interpolation=cv2.INTER_AREA) > 0.8).astype(np.uint8)
        inside = cv2.erode(solid, np.ones((7, 7), np.uint8)) > 0
        if inside.sum() > 500:
            edges = edges[inside]
    return {
        "sharpness": round(float(edges.var()), 1),
        "detail": round(float(np.percentile(np.abs(edges), 99.5)), 1),
    }


def exposure(picture: Pixels, alpha: Plane) -> dict[str, float]:
    """Of the product: mean brightness 0..1 and the shares that are blown out or black."""
    solid = alpha > 0.9
    if not solid.any():
        return {}
    light = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[solid].astype(np.float32)
    return {
        "brightness": round(float(light.mean()) / 255, 3),
        "blown": round(float((light >= 254).mean()), 3),
        "black": round(float((light <= 3).mean()), 3),
    }


def palette(rgb: Pixels, alpha: Plane, count: int = 4) -> tuple[tuple[int, int, int], ...]:
    """The product's main colours, commonest first: k-means in CIE Lab over its solid pixels."""
    step = max(1, int(np.sqrt(alpha.size / 16000)))
    solid = rgb[::step, ::step][alpha[::step, ::step] > 0.9]
    if len(solid) < count:
        return ()
    sample = solid[:: max(1, len(solid) // 4000)].astype(np.float32) / 255
    lab = cv2.cvtColor(sample[None], cv2.COLOR_RGB2LAB)[0]
    centres, shares = _kmeans(lab, count)
    found = cv2.cvtColor(centres[None].astype(np.float32), cv2.COLOR_LAB2RGB)[0]
    colours = np.clip(found * 255 + 0.5, 0, 255).astype(int)
    order = [i for i in np.argsort(-shares) if shares[i] > 0.02]
    return tuple((int(r), int(g), int(b)) for r, g, b in colours[order])


def _kmeans(
    points: NDArray[np.float32], count: int
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Centres and their shares. Starts from brightness quantiles, so it needs no seed."""
    order = points[np.argsort(points[:, 0])]
    centres = order[np.linspace(0, len(order) - 1, count + 2).astype(int)[1:-1]].copy()
    for _ in range(12):
        apart = (centres**2).sum(axis=1) - 2 * points @ centres.T  # less what is alike for all
        whose = apart.argmin(axis=1)[:, None] == np.arange(count)
        sizes = whose.sum(axis=0)
        held = sizes > 0
        centres[held] = (whose.T.astype(np.float32) @ points)[held] / sizes[held, None]
    return centres, sizes / len(points)
