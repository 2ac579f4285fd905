"""A plain ground where it is not quite plain: deep shadows, patches of light, a product as pale."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.imaging import matte

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]
LEFT, TOP, RIGHT, FOOT = 220, 140, 381, 471


def tin(
    colour: tuple[int, int, int], left: int = LEFT, top: int = TOP, right: int = RIGHT
) -> tuple[NDArray[np.float32], Plane]:
    """A tin on light grey paper, and the mask that a network would draw of it."""
    picture = np.full((600, 600, 3), 228, np.float32)
    picture[top:FOOT, left:right] = colour
    mask = np.zeros((600, 600), np.float32)
    mask[top:FOOT, left:right] = 1
    return picture, cv2.GaussianBlur(mask, (0, 0), 1.2)


def solved(picture: NDArray[np.float32], mask: Plane) -> matte.Matte:
    found = matte.refine(np.clip(picture.round(), 0, 255).astype(np.uint8), mask)
    assert found.ground == "plain"
    return found


def test_a_shadow_as_dark_as_the_foot_that_casts_it_is_no_product() -> None:
    """It is lighter by 7 levels a pixel where it is deepest: crisp, but no lost part of the tin."""
    picture, mask = tin((20, 22, 24), left=120, top=400, right=480)
    fade = np.minimum(np.concatenate([np.arange(16) * 7, 112 + 4 * np.arange(29)]) / 228 + 0.01, 1)
    picture[FOOT : FOOT + 45, 120:480] *= fade[:, None, None]
    found = solved(picture, mask)
    assert (found.alpha[405 : FOOT - 5, 125:475] == 1).all()
    assert (found.alpha[FOOT + 5 : FOOT + 45, 140:460] < 0.1).mean() > 0.97
    assert found.notes == ()


def test_a_dark_thing_apart_is_no_shadow_at_the_foot() -> None:
    """It may be a part that was lost, so it is a doubt; inside it is as smooth as a shadow."""
    picture, mask = tin((20, 22, 24))
    picture[100:240, 440:560] = 40 + 12 * np.sin(np.arange(120))[None, :, None]
    assert any("left out" in note for note in solved(picture, mask).notes)


def test_a_black_part_that_the_network_missed_stays_product() -> None:
    """It is as dark, but ends sharply."""
    picture, mask = tin((20, 22, 24))
    picture[60:TOP, 280:320] = (12, 12, 12)
    assert (solved(picture, mask).alpha[64 : TOP - 4, 284:316] > 0.9).all()


def test_a_patch_of_light_on_the_paper_is_no_crumb_of_the_product() -> None:
    """7% lighter than the paper round it, and further off than the paper's noise reaches."""
    picture, mask = tin((30, 90, 60))
    rough = np.random.default_rng(3).normal(0, 3, (600, 600, 1)).astype(np.float32)
    picture[mask < 0.01] += np.broadcast_to(rough, picture.shape)[mask < 0.01]
    glow = np.zeros((600, 600), np.float32)
    cv2.ellipse(glow, (RIGHT + 40, 300), (30, 60), 0, 0, 360, 1.0, -1)
    glow = cv2.GaussianBlur(glow, (0, 0), 5)[..., None]
    picture = picture * (1 - glow) + 244 * glow
    picture[290:310, RIGHT : RIGHT + 30] = 244  # it touches the product
    found = solved(picture, mask)
    assert not (found.alpha[270:330, RIGHT + 22 : RIGHT + 60] > 0.5).any()


def test_a_product_as_pale_as_the_paper_has_no_ragged_outline() -> None:
    """Its colour comes and goes on the paper's along one side; the mask's straight edge holds."""
    picture, mask = (np.kron(of, np.ones((2, 2, 1)[: of.ndim])) for of in tin((250, 247, 240)))
    mask = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 2)
    rows, right = slice(2 * TOP + 10, 2 * FOOT - 10), 2 * RIGHT
    picture[2 * TOP : 2 * FOOT, right - 6 : right][np.arange(2 * TOP, 2 * FOOT) // 5 % 2 == 0] = 229
    width = (solved(picture, mask).alpha[rows, 2 * LEFT + 50 : right + 40] > 0.5).sum(axis=1)
    assert width.max() - width.min() <= 1
    assert abs(float(width.mean()) - (right - 2 * LEFT - 50)) < 3
