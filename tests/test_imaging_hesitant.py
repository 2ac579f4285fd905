"""Where a mask is neither product nor ground: what is left out, and what a person is asked."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from studio.engines import looking
from studio.imaging import hesitant, matte

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]
TIN, BESIDE, SMALL, INSIDE, RIVET = (
    np.s_[140:471, 220:381],
    np.s_[300:360, 381:441],
    np.s_[300:316, 381:397],
    np.s_[250:310, 270:330],
    np.s_[250:264, 290:304],
)


def busy() -> Pixels:
    """A tin on a ground of many colours."""
    noise = np.random.default_rng(5).integers(40, 220, (30, 30, 3)).astype(np.uint8)
    picture = cv2.resize(noise, (600, 600), interpolation=cv2.INTER_CUBIC)
    picture[TIN] = (30, 120, 60)
    return picture


def seen(place: tuple[slice, slice], value: float, blur: float = 1.5) -> Plane:
    """The tin's mask, as a network would draw it, with another value in one place."""
    mask = np.zeros((600, 600), np.float32)
    mask[TIN] = 1
    mask[place] = value
    return cv2.GaussianBlur(mask, (0, 0), blur)


@pytest.mark.parametrize(
    ("place", "value", "kept", "doubted"),
    [
        (BESIDE, 0.65, False, True),  # large
        (BESIDE, 0.4, False, True),  # large, and lost: it may be a part of the product
        (SMALL, 0.55, False, False),  # faint
        (SMALL, 0.75, True, False),
        (BESIDE, 1.0, True, False),  # seen clearly
        (INSIDE, 0.65, True, False),  # a shine
    ],
)
def test_what_is_neither_product_nor_ground_is_left_out_or_doubted(
    place: tuple[slice, slice], value: float, kept: bool, doubted: bool
) -> None:
    mask = seen(place, value)
    found = matte.refine(busy(), mask)
    assert found.ground == "varied"
    inner = tuple(slice(part.start + 5, part.stop - 5) for part in place)
    assert (found.alpha[inner] > 0.9).mean() == pytest.approx(float(kept), abs=0.05)
    assert any("product or ground" in note for note in found.notes) == doubted
    assert (found.trust <= 0.6) == doubted
    assert (found.alpha[150:460, 230:262] == 1).all(), "the product itself stays whole"


@pytest.mark.parametrize(
    ("place", "value", "filled"),
    [
        (RIVET, 0.4, True),
        (RIVET, 0.1, False),  # a look through
        (INSIDE, 0.4, False),  # too large to be a glint
        (SMALL, 0.45, False),  # not within the product
    ],
)
def test_a_shine_within_the_product_is_product(
    place: tuple[slice, slice], value: float, filled: bool
) -> None:
    mask, _ = hesitant.without(seen(place, value))
    inner = tuple(slice(part.start + 3, part.stop - 3) for part in place)
    assert (mask[inner] > 0.9).all() == filled


@pytest.mark.parametrize("blur", [0.8, 3.0])
def test_a_soft_outline_is_no_part(blur: float) -> None:
    mask = seen(TIN, 1.0, blur)
    found, unsure = hesitant.without(mask)
    assert found is mask
    assert not unsure


def test_a_sure_mask_holds_where_colours_would_add_another_thing() -> None:
    """A dark rail runs from side to side on a plain wall, behind the tin."""
    picture = np.full((600, 600, 3), 236, np.uint8)
    picture[150:230, 60:540] = (120, 80, 50)
    picture[TIN] = (30, 120, 60)
    found = matte.refine(picture, seen(TIN, 1.0))
    assert not (found.alpha[160:220, 70:200] > 0.1).any()
    assert (found.alpha[150:460, 230:370] > 0.99).all()


@pytest.mark.parametrize("steady", [True, False])
def test_where_two_looks_disagree_a_mirrored_one_decides(steady: bool) -> None:
    """The whole picture shows a thing too many; the crop does not, or sees another each time."""
    true, wrong = seen(TIN, 1.0), seen(BESIDE, 1.0)
    wrong[160:460, 60:200] = 1
    seen_so: list[Plane] = []

    def look(image: Pixels) -> Plane:
        if image.shape[:2] == (600, 600):
            return wrong
        green = (image[..., 1].astype(int) - image[..., 0] > 80).astype(np.float32)
        if seen_so and not steady:
            green[: green.shape[0] // 2] = 0
        seen_so.append(green)
        return green

    picture = np.full((600, 600, 3), 128, np.uint8)
    picture[TIN] = (30, 120, 60)
    cut = looking.twice(picture, look)
    assert len(seen_so) == 2
    wanted = (true if steady else wrong) > 0.5
    assert ((cut.mask > 0.5) != wanted).mean() < 0.005
    assert any("disagree" in note for note in cut.notes)
