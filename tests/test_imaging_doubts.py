"""A cut-out that may be wrong is brought to a person: what was left out, or not found again."""

from __future__ import annotations

from hashlib import sha256
from io import BytesIO

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from studio import engines, photographer
from studio.engines import Cut, Settled, looking
from studio.imaging import matte
from studio.schema import Brief, Channel, Copy, Facts, Photo, Product, Slot

Pixels = NDArray[np.uint8]


def tin(beside: str = "") -> tuple[Pixels, NDArray[np.float32]]:
    """A tin on near-white with a soft shadow, and the mask of the tin alone."""
    picture = np.full((600, 600, 3), 246, np.uint8)
    shadow = np.zeros((600, 600), np.float32)
    cv2.ellipse(shadow, (330, 480), (150, 26), 0, 0, 360, 1.0, -1)
    shadow = cv2.GaussianBlur(shadow, (0, 0), 14)[..., None]
    picture = (picture * (1 - 0.35 * shadow)).astype(np.uint8)
    cv2.rectangle(picture, (220, 140), (380, 470), (30, 90, 60), -1)
    if beside == "lettering":
        for row in range(6):
            cv2.putText(picture, "new season", (400, 180 + 44 * row), 0, 1.0, (60, 60, 60), 2)
    mask = np.zeros((600, 600), np.float32)
    mask[140:471, 220:381] = 1
    return picture, cv2.GaussianBlur(mask, (0, 0), 2)


def test_a_product_with_a_soft_shadow_is_no_doubt() -> None:
    found = matte.refine(*tin())
    assert found.ground == "plain"
    assert found.notes == ()
    assert found.trust > 0.9


def test_lettering_that_was_left_out_is_told() -> None:
    found = matte.refine(*tin("lettering"))
    assert found.trust <= 0.6
    assert any("left out" in note for note in found.notes)
    assert not (found.alpha[170:440, 400:560] > 0.5).any()


class Scripted:
    """An engine that finds the tin, or, with `fickle`, whatever fills the frame's middle."""

    name, model = "scripted", ""

    def __init__(self, fickle: bool, sure: float) -> None:
        self.fickle, self.sure = fickle, sure
        self.looks = 0

    def ready(self) -> str:
        return ""

    def cut(self, image: Pixels, settled: Settled | None = None) -> Cut:
        self.looks += 1
        if self.fickle and self.looks > 1:
            mask = np.zeros(image.shape[:2], np.float32)
            height, width = mask.shape
            mask[height // 8 : height // 3, width // 8 : width // 3] = 1
        else:
            green = (image[..., 1].astype(int) - image[..., 0] > 40).astype(np.uint8)
            _, parts = cv2.connectedComponents(green)
            middle = parts[image.shape[0] // 2, image.shape[1] // 2]
            mask = (parts == middle).astype(np.float32)
        return Cut(cv2.GaussianBlur(mask, (0, 0), 1.5), self.sure, ())


@pytest.mark.parametrize(
    ("fickle", "sure", "looks", "doubts"),
    [(False, 0.85, 2, []), (True, 0.85, 2, ["picture.doubtful"]), (True, 0.95, 1, [])],
)
def test_on_a_varied_ground_a_product_must_be_found_again(
    fickle: bool, sure: float, looks: int, doubts: list[str]
) -> None:
    """A mask that is sure from end to end is believed at once."""
    noise = np.random.default_rng(5).integers(90, 220, (30, 30, 3)).astype(np.uint8)
    picture = cv2.resize(noise, (600, 600), interpolation=cv2.INTER_CUBIC)
    picture[..., 1] = picture[..., 0]
    cv2.rectangle(picture, (220, 140), (380, 470), (30, 120, 60), -1)
    out = BytesIO()
    Image.fromarray(picture).save(out, "PNG")
    data = out.getvalue()
    sha = sha256(data).hexdigest()
    engine = Scripted(fickle, sure)
    engine.model = f"{fickle} {sure}"  # the last cut-outs are kept by engine and model
    done = photographer.shoot(
        Product(
            id="p",
            locale="en",
            facts={"en": Facts(title="Tin")},
            photos=(Photo(ref="a.png", sha256=sha),),
        ),
        Brief(channel="c", locale="en"),
        Channel(
            id="c",
            name={"en": "C"},
            markets=(),
            fields={},
            slots=(Slot(name="main", kind="white", width=400, height=400, min_px=100),),
        ),
        lambda _: data,
        engine,
        engines.load("scene", "backdrop"),
        texts=Copy(),
    )
    assert engine.looks == looks
    assert [f.rule for f in done.findings if f.rule == "picture.doubtful"] == doubts


def test_a_dark_part_that_the_network_missed_is_no_shadow() -> None:
    """Its edge is sharp; a shadow's is not."""
    picture, mask = tin()
    cv2.rectangle(picture, (290, 60), (310, 140), (80, 80, 80), -1)  # a handle, not in the mask
    found = matte.refine(picture, mask)
    assert (found.alpha[70:135, 294:306] > 0.9).all()
    assert not (found.alpha[485:520, 400:470] > 0.1).any()


@pytest.mark.parametrize(("beside", "looks"), [("", 1), ("lettering", 2)])
def test_a_second_look_is_left_away_where_a_plain_ground_settles_the_outline(
    beside: str, looks: int
) -> None:
    picture, mask = tin(beside)
    seen: list[tuple[int, ...]] = []

    def look(image: Pixels) -> NDArray[np.float32]:
        seen.append(image.shape)
        return mask if image.shape == picture.shape else np.ones(image.shape[:2], np.float32)

    trial = matte.Trial(picture)
    looking.twice(picture, look, trial.settled)
    assert len(seen) == looks
    assert (trial.matte is not None) == (looks == 1)
    if trial.matte is not None:
        assert np.array_equal(trial.matte.alpha, matte.refine(picture, mask).alpha)


@pytest.mark.parametrize(
    ("colour", "ground", "settles"),
    [((30, 90, 60), 246, True), ((228, 228, 228), 246, False), ((30, 90, 60), 0, False)],
)
def test_colours_settle_no_pale_product_on_a_pale_ground_and_no_poster(
    colour: tuple[int, int, int], ground: int, settles: bool
) -> None:
    """With a ground of 0 the "product" fills the picture but for a thin rim."""
    picture = np.full((600, 600, 3), ground or 246, np.uint8)
    inner = (220, 140, 380, 470) if ground else (12, 12, 587, 587)
    cv2.rectangle(picture, inner[:2], inner[2:], colour, -1)
    mask = np.zeros((600, 600), np.float32)
    cv2.rectangle(mask, inner[:2], inner[2:], 1.0, -1)
    trial = matte.Trial(picture)
    assert trial.settled(cv2.GaussianBlur(mask, (0, 0), 2)) == settles
    assert matte.refine(picture, mask).ground == "plain"  # though it is solved as one


def test_a_glance_serves_where_it_settles_and_else_the_whole_is_seen() -> None:
    """Looks: the glance; the crop; where the crop contradicts the glance, the whole picture, and a
    mirrored crop of what that shows."""
    picture, mask = tin()
    wrong = np.zeros_like(mask)
    wrong[60:300, 60:300] = 1
    for glanced, settles, wanted in (
        (mask, True, []),
        (mask, False, ["crop"]),
        (wrong, False, ["crop", "whole", "crop"]),
    ):
        seen: list[str] = []

        def look(image: Pixels, seen: list[str] = seen) -> NDArray[np.float32]:
            whole = image.shape == picture.shape
            seen.append("whole" if whole else "crop")
            green = (image[..., 1].astype(int) - image[..., 0] > 40).astype(np.float32)
            return mask if whole else green

        cut = looking.twice(
            picture, look, lambda _, yes=settles: yes, lambda _, found=glanced: found
        )
        assert seen == wanted
        assert ((cut.mask > 0.5) == (mask > 0.5)).mean() > 0.98
